import type { ICertificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate'
import type { IIngressRoute } from '@kubernetes-models/traefik/traefik.io/v1alpha1/IngressRoute'
import type { IMiddleware } from '@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware'
import type { IMiddlewareSpec } from '@kubernetes-models/traefik/traefik.io/v1alpha1/MiddlewareSpec'
import type { IRoute } from '@kubernetes-models/traefik/traefik.io/v1alpha1/Route'
import type { IServersTransport } from '@kubernetes-models/traefik/traefik.io/v1alpha1/ServersTransport'
import type { ITLSOption } from '@kubernetes-models/traefik/traefik.io/v1alpha1/TLSOption'
import { Construct } from 'constructs'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, NAMES, PORTS } from './names.ts'
import { add } from './object.ts'

/** The routes and all that they use: Traefik serves nothing at all when a route names what is not there. */
const NAME = 'odoo'

/** Bytes that one request may carry: Odoo's own limit of an upload. */
const LARGEST_BODY = 128 * 1024 * 1024
/** Bytes of it that Traefik keeps in memory. */
const BODY_IN_MEMORY = 2 * 1024 * 1024
/** Seconds for which browsers refuse to speak without TLS: a year. */
const HSTS = 31_536_000
/** Seconds that Traefik waits for an answer beyond the time that Odoo gives a request. */
const MARGIN = 10
/** Hours before its end at which the certificate is renewed: longer than any freeze of deliveries. */
const RENEW = 30 * 24

/** Pages that nobody outside has any business with; some of them ask for no login. */
const CLOSED = ['/web/database', '/web/tests', '/queue_job/', '/metrics', '/monitoring']
/** Pages on which somebody may guess a password; a website puts its language in front. */
const GUESSABLE = '^/([a-z]{2,3}(_[A-Za-z]{2,4})?/)?web/(login|reset_password|signup)'
const API = ['/xmlrpc', '/jsonrpc', '/json/']
const LIVE = ['/websocket']

/** How requests from outside reach Odoo. */
export class Ingress extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { api, loginsPerMinute, hosts, place } = settings
    const middlewares: Record<string, readonly [IMiddlewareSpec, string]> = {
      // Paths are matched as they were sent, and Odoo decodes them: "/web%2Fdatabase" would pass the rule below.
      'encoded-characters': [{ encodedCharacters: {} }, 'hosts'],
      closed: [{ ipAllowList: { sourceRange: ['127.0.0.1/32'], rejectStatusCode: 404 } }, 'hosts'],
      security: [{ headers: SECURITY_HEADERS }, 'hosts'],
      // Till networks are slow, and a worker that waits for a body serves nobody.
      body: [{ buffering: { maxRequestBodyBytes: LARGEST_BODY, memRequestBodyBytes: BODY_IN_MEMORY } }, 'hosts'],
      compress: [{ compress: {} }, 'hosts'],
      'login-rate': [{ rateLimit: { average: loginsPerMinute, period: '1m', burst: loginsPerMinute } }, 'users'],
      'api-rate': [{ rateLimit: { average: api.perSecond, period: '1s', burst: 2 * api.perSecond } }, 'users'],
      ...(api.from.length === 0 ? {} : { 'api-callers': [{ ipAllowList: { sourceRange: [...api.from] } }, 'users'] }),
      https: [{ redirectScheme: { scheme: 'https', permanent: true } }, 'hosts'],
    }
    for (const [name, [spec, decidedBy]] of Object.entries(middlewares)) {
      add<IMiddleware>(
        this,
        `middleware-${name}`,
        {
          apiVersion: 'traefik.io/v1alpha1',
          kind: 'Middleware',
          metadata: metadata(settings, 'app', name, 'edge'),
          spec,
        },
        decidedBy,
      )
    }
    const here = hosts.map(host => `Host(\`${host}\`)`).join(' || ')
    const secure = (name: string, routes: IRoute[]) =>
      add<IIngressRoute>(
        this,
        name,
        {
          apiVersion: 'traefik.io/v1alpha1',
          kind: 'IngressRoute',
          metadata: metadata(settings, 'app', name, 'edge'),
          spec: {
            ingressClassName: place.ingressClass,
            entryPoints: ['websecure'],
            routes,
            tls: { secretName: NAMES.tls, options: { name: NAME } },
          },
        },
        'hosts',
      )
    secure(NAME, routesOf(settings, here))
    secure(NAMES.websocket, [liveRoute(here)])
    add<IIngressRoute>(
      this,
      'redirect',
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'IngressRoute',
        metadata: metadata(settings, 'app', `${NAME}-redirect`, 'edge'),
        spec: {
          ingressClassName: place.ingressClass,
          entryPoints: ['web'],
          // The lowest priority: the answer to a certificate challenge has to come unredirected.
          routes: [route(here, 1, ['https'], NAMES.web, PORTS.odoo)],
        },
      },
      'hosts',
    )
    add<ITLSOption>(
      this,
      'tls-option',
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'TLSOption',
        metadata: metadata(settings, 'app', NAME, 'edge'),
        spec: { minVersion: 'VersionTLS12', sniStrict: true },
      },
      'hosts',
    )
    add<IServersTransport>(
      this,
      'transport',
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'ServersTransport',
        metadata: metadata(settings, 'app', NAME, 'edge'),
        // Odoo has to give up first: a caller that is sent away while the work goes on tries again, and orders twice.
        spec: { forwardingTimeouts: { dialTimeout: '5s', responseHeaderTimeout: `${ODOO.timeReal + MARGIN}s` } },
      },
      'hosts',
    )
    add<ICertificate>(
      this,
      'certificate',
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: metadata(settings, 'app', NAMES.tls, 'edge'),
        spec: {
          secretName: NAMES.tls,
          dnsNames: [...hosts],
          issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: place.issuer },
          renewBefore: `${RENEW}h`,
          privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        },
      },
      'hosts',
    )
  }
}

const SECURITY_HEADERS = {
  stsSeconds: HSTS,
  contentTypeNosniff: true,
  customFrameOptionsValue: 'SAMEORIGIN',
  referrerPolicy: 'strict-origin-when-cross-origin',
}

/**
 * Apart from the others, whose durations are measured: a live connection is no request and no answer. Nothing may hold it
 * back to look at it.
 */
function liveRoute(hosts: string): IRoute {
  return route(on(hosts, under(LIVE)), 900, ['security'], NAMES.websocket, PORTS.websocket)
}

function on(hosts: string, paths: string): string {
  return `(${hosts}) && (${paths})`
}

function under(paths: readonly string[]): string {
  return paths.map(path => `PathPrefix(\`${path}\`)`).join(' || ')
}

/** Explicit priorities: the default one is the length of the rule, which says nothing about what it guards. */
function routesOf({ api }: Settings, hosts: string): IRoute[] {
  const callers = api.from.length === 0 ? [] : ['api-callers']
  const web = (match: string, priority: number, ...middlewares: string[]) =>
    route(match, priority, ['encoded-characters', ...middlewares], NAMES.web, PORTS.odoo)
  return [
    web(on(hosts, under(CLOSED)), 1_000, 'closed'),
    web(on(hosts, under(API)), 800, ...callers, 'api-rate', 'body', 'security'),
    web(on(hosts, `PathRegexp(\`${GUESSABLE}\`)`), 700, 'login-rate', 'body', 'security'),
    web(hosts, 10, 'body', 'security', 'compress'),
  ]
}

function route(match: string, priority: number, middlewares: readonly string[], name: string, port: number): IRoute {
  return {
    kind: 'Rule',
    match,
    priority,
    middlewares: middlewares.map(middleware => ({ name: middleware })),
    services: [{ name, port, serversTransport: NAME }],
  }
}
