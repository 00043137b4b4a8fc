import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reachOf } from '../src/analysis/reach.ts'
import { type RouteEntry, routeEntriesOf } from '../src/analysis/route-entry.ts'
import { serviceTargetsOf } from '../src/analysis/service-target.ts'
import { formatPath } from '../src/manifest/path.ts'
import { world } from './reach-world.ts'

const CAST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: erp}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8069}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: erp}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
`
const TRAEFIK = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik, namespace: edge}
spec: {template: {metadata: {labels: {app.kubernetes.io/name: traefik}}, spec: {containers: []}}}
`
const UNSEEN = (kind: string, name = 'traefik') => [`controller of ${kind} (${name})`]

function entriesOf(text: string): readonly RouteEntry[] {
  const index = world(`${CAST}${text}`)
  const reach = reachOf(index)
  return routeEntriesOf(index, reach, serviceTargetsOf(index, reach))
}

/** An entry in one line: place, hosts, paths, who passes it on, and where to. */
function summary({ source, at, hosts, paths, through, backends, fault }: RouteEntry): string {
  const tests = [...hosts, ...paths].map(({ kind, value, negated }) => `${negated ? 'not ' : ''}${kind} ${value}`)
  const targets = backends.flatMap(route => [
    `${route.service}:${route.port}`,
    ...route.backends.map(({ pods, port }) => `(${pods.id}:${port})`),
  ])
  const parts = [
    `${source.manifest.kind} ${formatPath(at)}`,
    tests.join(', '),
    through.map(({ id }) => id).join(),
    targets.join(' '),
  ]
  return [...parts, ...(fault === undefined ? [] : [fault])].join(' | ')
}

const summaries = (text: string) => entriesOf(text).map(summary)

test('each path of an Ingress is an entry, and so is its default backend', () => {
  assert.equal(
    summaries(`${TRAEFIK}---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: erp}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
  rules:
  - host: erp.example
    http:
      paths:
      - {path: /web, pathType: Exact, backend: {service: {name: web, port: {name: http}}}}
      - {path: /, pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}
`),
    [
      'Ingress spec.rules[0].http.paths[0] | exact erp.example, exact /web | Deployment/edge/traefik,controller of Ingress (the default class) | erp/web:http (Deployment/erp/web:8069)',
      'Ingress spec.rules[0].http.paths[1] | exact erp.example, prefix / | Deployment/edge/traefik,controller of Ingress (the default class) | erp/gone:80',
      'Ingress spec.defaultBackend |  | Deployment/edge/traefik,controller of Ingress (the default class) | erp/web:80 (Deployment/erp/web:8069)',
    ],
  )
})

test('an IngressClass in the manifests says whose pods serve an Ingress', () => {
  const ingress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: erp}
spec: {ingressClassName: public, defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: public}
`
  const through = (controller: string) =>
    entriesOf(`${TRAEFIK}${ingress}spec: {controller: ${controller}}\n`)[0]?.through.map(({ id }) => id)
  assert.equal(through('traefik.io/ingress-controller'), ['Deployment/edge/traefik'])
  assert.equal(through('k8s.io/ingress-nginx'), UNSEEN('Ingress', 'public'))
})

const route = (kind: string, spec: string) =>
  `---\napiVersion: traefik.io/v1alpha1\nkind: ${kind}\nmetadata: {name: r, namespace: erp}\nspec: ${spec}\n`

test('the match of an IngressRoute gives its hosts and paths', () => {
  assert.equal(
    summaries(
      route(
        'IngressRoute',
        '{routes: [{match: "Host(`erp.example`) && !PathPrefix(`/web/database`)", services: [{name: web, port: 80}, {name: web, port: http}]}]}',
      ),
    ),
    [
      `IngressRoute spec.routes[0] | exact erp.example, not prefix /web/database | ${UNSEEN('IngressRoute')} | erp/web:80 (Deployment/erp/web:8069) erp/web:http (Deployment/erp/web:8069)`,
    ],
  )
})

test('a match that Traefik refuses is no way in, and says why', () => {
  assert.equal(
    summaries(route('IngressRoute', '{routes: [{match: "Host(`a`) Path(`/b`)", services: [{name: web, port: 80}]}]}')),
    [
      `IngressRoute spec.routes[0].match |  | ${UNSEEN('IngressRoute')} |  | its match is refused at character 11: an operator is expected here`,
    ],
  )
})

test('a TraefikService stands for the Services that it shares or mirrors to, loops left out', () => {
  const services = `---
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: split, namespace: erp}
spec: {weighted: {services: [{name: web, port: 80}, {name: mirror, kind: TraefikService}]}}
---
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: mirror, namespace: erp}
spec: {mirroring: {name: web, port: 80, mirrors: [{name: copy, port: 81}, {name: split, kind: TraefikService}]}}
`
  const [entry] = entriesOf(
    `${services}${route('IngressRouteTCP', '{routes: [{match: "HostSNI(`*`)", services: [{name: split, kind: TraefikService}]}]}')}`,
  )
  assert.equal(
    entry?.backends.map(({ service, port }) => `${service}:${port}`),
    ['erp/web:80', 'erp/web:80', 'erp/copy:81'],
  )
})

test('a route of UDP has nothing to match on', () => {
  assert.equal(summaries(route('IngressRouteUDP', '{routes: [{services: [{name: web, port: 80}]}]}')), [
    `IngressRouteUDP spec.routes[0] |  | ${UNSEEN('IngressRouteUDP')} | erp/web:80 (Deployment/erp/web:8069)`,
  ])
})

const GATEWAY = `---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: public}
spec: {controllerName: traefik.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g, namespace: edge}
spec: {gatewayClassName: public, listeners: [{name: a, hostname: a.example}, {name: b, hostname: b.example}]}
`

test('an HTTPRoute hangs on a Gateway, and takes the hosts of its listeners where it names none', () => {
  const http = (spec: string) =>
    `---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: h, namespace: erp}\nspec: ${spec}\n`
  const rules =
    'rules: [{matches: [{path: {value: /a}}, {path: {type: Exact, value: /b}}], backendRefs: [{name: web, port: 80}]}]'
  const line = (hosts: string) => [
    `HTTPRoute spec.rules[0] | ${hosts}prefix /a, exact /b | Deployment/edge/traefik | erp/web:80 (Deployment/erp/web:8069)`,
  ]
  const of = (spec: string) => summaries(`${TRAEFIK}${GATEWAY}${http(`{${spec}, ${rules}}`)}`)
  assert.equal(of('parentRefs: [{name: g, namespace: edge}]'), line('exact a.example, exact b.example, '))
  assert.equal(of('parentRefs: [{name: g, namespace: edge, sectionName: b}]'), line('exact b.example, '))
  assert.equal(of('hostnames: [c.example], parentRefs: [{name: g, namespace: edge}]'), line('exact c.example, '))
  assert.equal(of('parentRefs: [{kind: Service, name: web}]'), [])
})

test('exposed Services, node ports of pods and the host network are ways in without a controller', () => {
  assert.equal(
    summaries(`---
apiVersion: v1
kind: Service
metadata: {name: public, namespace: erp}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443, targetPort: 8069}]}
---
apiVersion: v1
kind: Service
metadata: {name: own, namespace: erp}
spec: {externalIPs: [9.9.9.9], selector: {app: web}, ports: [{port: 444, targetPort: 8069}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops}
spec: {template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81}]}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node, namespace: ops}
spec: {template: {metadata: {labels: {app: node}}, spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 9100}]}]}}}
`),
    [
      'Service spec |  |  | erp/public:443 (Deployment/erp/web:8069)',
      'Service spec |  |  | erp/own:444 (Deployment/erp/web:8069)',
      'DaemonSet spec.template.spec.containers[0].ports[0].hostPort |  |  | DaemonSet/ops/agent:80 (DaemonSet/ops/agent:80)',
      'DaemonSet spec.template.spec.hostNetwork |  |  | DaemonSet/ops/node:9100 (DaemonSet/ops/node:9100)',
    ],
  )
})

test('unseen pods of a controller get in where everyone does, and may where some pods do', () => {
  const index = (from: string) =>
    world(`${CAST}${route('IngressRoute', '{routes: [{match: "Host(`a`)", services: [{name: web, port: 80}]}]}')}---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: erp}
spec: {podSelector: {}, ingress: [{${from}ports: [{port: 8069}]}]}
`)
  const verdict = (from: string, port: number) => {
    const reach = reachOf(index(from))
    const web = reach.find('Deployment/erp/web')
    if (web === undefined) throw new Error('web is there')
    return reach.edge({ kind: 'unseen', id: 'a controller' }, web, { protocol: 'TCP', port }).verdict
  }
  assert.is(verdict('', 8069), 'allowed')
  assert.is(verdict('', 8070), 'denied')
  assert.is(verdict('from: [{namespaceSelector: {matchLabels: {zone: edge}}}], ', 8069), 'unknown')
  assert.is(verdict('from: [{ipBlock: {cidr: 0.0.0.0/0}}], ', 8069), 'denied')
})

test.run()
