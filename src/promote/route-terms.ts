import { fieldsOf, listOf } from '../manifest/value.ts'
import { canonicalText } from './canonical-text.ts'
import { high, low, medium } from './risk.ts'
import {
  element,
  fromTo,
  lastName,
  rest,
  say,
  set,
  type Term,
  type Terms,
  unnamedElement,
  value,
  whole,
  within,
} from './term.ts'
import { hostsOf, withoutHosts } from './traefik-rule.ts'

const OTHER_HOST = high('the old address is no longer served')

const MATCH: Term = {
  read(change) {
    if (withoutHosts(String(change.from)) !== withoutHosts(String(change.to))) {
      return [{ topic: 'route', what: 'rule', ...fromTo(change), risk: high('other requests are routed here') }]
    }
    const hosts = fromTo(change, match => hostsOf(match).join(', '))
    return [{ topic: 'route', what: 'host', ...hosts, risk: OTHER_HOST }]
  },
}

function sayRule(rule: unknown): string | undefined {
  const { match, host } = fieldsOf(rule)
  return say(match) ?? say(host) ?? say(rule)
}

/** `web:8069`, or just the name of a middleware. */
function sayTarget(target: unknown): string | undefined {
  const { namespace, name, port } = fieldsOf(target)
  if (name === undefined) return say(target)
  return `${namespace === undefined ? '' : `${String(namespace)}/`}${String(name)}${port === undefined ? '' : `:${String(port)}`}`
}

const RULE = {
  added: medium('more requests are served'),
  removed: high('these requests are no longer served'),
  changed: high('these requests go elsewhere or are treated differently'),
}

const TLS = rest('route', high('the certificate or the protection of the route changes'))

export const INGRESS: Terms = {
  metadata: {
    annotations: {
      '*': value(
        'route',
        change => `annotation ${lastName(change)}`,
        medium('the ingress controller treats requests differently'),
      ),
    },
  },
  spec: {
    ingressClassName: value('route', 'ingress class', high('another ingress controller serves the route')),
    rules: {
      '[]': {
        host: value('route', 'host', OTHER_HOST),
        '': unnamedElement('route', 'host', RULE, rule => say(fieldsOf(rule).host) ?? say(rule)),
      },
    },
    tls: TLS,
    '': rest('route', medium('the route behaves differently')),
  },
}

const MIDDLEWARE = {
  added: medium('requests pass another check or change'),
  removed: high('requests no longer pass this check'),
  changed: medium('requests are treated differently'),
}

export const INGRESS_ROUTE: Terms = {
  spec: {
    ingressClassName: value('route', 'ingress class', high('another ingress controller serves the route')),
    entryPoints: set('route', 'entry points', {
      added: high('the route is served on more ports'),
      removed: high('the route is no longer served there'),
    }),
    routes: {
      '[]': {
        match: MATCH,
        ...within('routes', 'rule', {
          priority: value('route', 'priority', medium('another rule may win for some requests')),
          middlewares: {
            '[]': unnamedElement('route', 'middleware', MIDDLEWARE, sayTarget),
            '': value('route', 'order of middlewares', medium('requests pass the same checks in another order')),
          },
          services: {
            '[]': unnamedElement(
              'route',
              'service',
              {
                added: high('requests go elsewhere'),
                removed: high('requests go elsewhere'),
                changed: high('requests go elsewhere'),
              },
              sayTarget,
            ),
          },
        }),
        '': unnamedElement('route', 'rule', RULE, sayRule),
      },
    },
    tls: TLS,
    '': rest('route', medium('the route behaves differently')),
  },
}

const HOSTNAMES = set('route', 'hosts', { added: medium('more addresses are served'), removed: OTHER_HOST })

export const GATEWAY_ROUTE: Terms = {
  spec: {
    hostnames: HOSTNAMES,
    parentRefs: whole('route', 'gateway', high('another gateway serves the route')),
    '': rest('route', high('requests go elsewhere or are treated differently')),
  },
}

export const GATEWAY: Terms = {
  spec: {
    gatewayClassName: value('route', 'gateway class', high('another controller serves the gateway')),
    listeners: {
      '[]': element('route', 'listener', {
        added: medium('more is served'),
        removed: high('it is no longer served'),
        changed: high('it is served differently'),
      }),
    },
    '': rest('route', high('the gateway behaves differently')),
  },
}

export const CERTIFICATE: Terms = {
  spec: {
    dnsNames: set('route', 'certificate hosts', {
      added: low('the certificate covers more hosts'),
      removed: high('browsers refuse that host'),
    }),
    issuerRef: whole('route', 'certificate issuer', high('clients may not trust the other issuer')),
    secretName: value('route', 'certificate secret', high('routes may not find the certificate')),
    '': rest('route', medium('the certificate is made differently')),
  },
}

/** The hosts that a route serves, whatever its kind. */
export function sayHosts(spec: unknown): string | undefined {
  return hostsIn(spec).join(', ') || undefined
}

/** The same, each by itself, in code-unit order. */
export function hostsIn(spec: unknown): readonly string[] {
  const { rules, routes, hostnames, dnsNames } = fieldsOf(spec)
  const hosts = [
    ...listOf(rules).map(rule => fieldsOf(rule).host),
    ...listOf(routes).flatMap(route => hostsOf(fieldsOf(route).match)),
    ...listOf(hostnames),
    ...listOf(dnsNames),
  ]
  const named = hosts
    .filter(host => host !== undefined)
    .map(host => (typeof host === 'string' ? host : canonicalText(host)))
  return [...new Set(named)].sort()
}
