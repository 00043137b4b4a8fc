import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPorts } from '../src/analysis/port-set.ts'
import { reachOf } from '../src/analysis/reach.ts'
import { waysInto } from '../src/analysis/reach-path.ts'
import { routeEntriesOf } from '../src/analysis/route-entry.ts'
import { serviceTargetsOf } from '../src/analysis/service-target.ts'
import { anyOtherPod, strangersOf } from '../src/analysis/stranger.ts'
import { world } from './reach-world.ts'

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{containerPort: 8069}]}]}}}
`
const policy = (name: string, spec: string) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec: ${spec}
`
const from = (peer: string) => policy('in', `{podSelector: {}, ingress: [{from: [${peer}], ports: [{port: 8069}]}]}`)
const named = (name: string) => `namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}`
const idsFor = (yaml: string) => strangersOf(world(yaml)).map(({ pods }) => pods.id)

test('a peer that no manifest tells of is a stranger, named by what the policy asks for', () => {
  assert.equal(idsFor(WEB + from(`{${named('traefik')}, podSelector: {matchLabels: {role: edge}}}`)), [
    'Pod/traefik/role=edge',
  ])
  assert.equal(idsFor(WEB + from(`{${named('monitoring')}}`)), ['Pod/monitoring/*'])
  assert.equal(idsFor(WEB + from('{namespaceSelector: {matchLabels: {zone: edge}}, podSelector: {}}')), [
    'Pod/zone=edge/*',
  ])
})

test('a list of namespaces is a stranger for each of them', () => {
  const list = '{key: kubernetes.io/metadata.name, operator: In, values: [keda, monitoring]}'
  assert.equal(idsFor(WEB + from(`{namespaceSelector: {matchExpressions: [${list}]}}`)), [
    'Pod/keda/*',
    'Pod/monitoring/*',
  ])
})

test('whoever is in the manifests is no stranger, and neither is a peer in the own namespace', () => {
  assert.equal(idsFor(WEB + from(`{${named('shop')}, podSelector: {matchLabels: {app: web}}}`)), [])
  assert.equal(idsFor(WEB + from('{namespaceSelector: {}}')), [])
  assert.equal(idsFor(WEB + from('{podSelector: {matchLabels: {app: operated}}}')), [])
})

test('labels that a declared namespace does not have name nobody in it', () => {
  const declared = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: edge, labels: {zone: edge}}\n'
  const asking = (zone: string) =>
    from(`{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge, zone: ${zone}}}}`)
  assert.equal(idsFor(WEB + declared + asking('data')), [])
  assert.equal(idsFor(WEB + declared + asking('edge')), ['Pod/edge/*'])
})

test('a selector that nothing can meet names nobody', () => {
  const never = '{key: app, operator: In, values: [a]}, {key: app, operator: NotIn, values: [a]}'
  assert.equal(idsFor(WEB + from(`{namespaceSelector: {}, podSelector: {matchExpressions: [${never}]}}`)), [])
})

test('a stranger reaches exactly what the policies open to it, and the facts say that nothing more is known', () => {
  const index = world(WEB + from(`{${named('traefik')}}`))
  const reach = reachOf(index, strangersOf(index))
  const [traefik, web] = [reach.find('Pod/traefik/*'), reach.find('Deployment/shop/web')]
  if (traefik === undefined || web === undefined) throw new Error('both are there')
  const edge = reach.edge(traefik, web)
  assert.is(formatPorts(edge.allowed), 'TCP 8069')
  assert.equal(
    edge.because.map(({ message }) => message),
    [
      '"Pod/traefik/*" is in no manifest, so its egress is taken as open',
      '"NetworkPolicy/shop/in" opens TCP 8069 from "Pod/traefik/*"',
    ],
  )
})

test('of the traffic among strangers, and between them and the outside, nothing is said', () => {
  const index = world(WEB + from(`{${named('traefik')}}, {${named('monitoring')}}`))
  const reach = reachOf(index, strangersOf(index))
  const beyond = [...reach.edges()].filter(({ from, to }) =>
    [from, to].every(({ strangers, members }) => strangers || members.some(({ kind }) => kind === 'range')),
  )
  assert.equal(beyond, [])
})

test('an ingress controller that only a policy names is the way in', () => {
  const route = `---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 8069}]}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: shop, namespace: shop}
spec: {routes: [{match: 'Host(\`shop.example\`)', services: [{name: web, port: 8069}]}]}
`
  const index = world(
    WEB + from(`{${named('edge')}, podSelector: {matchLabels: {app.kubernetes.io/name: traefik}}}`) + route,
  )
  const reach = reachOf(index, strangersOf(index))
  const web = reach.find('Deployment/shop/web')
  if (web === undefined) throw new Error('it is there')
  const way = waysInto(reach, routeEntriesOf(index, reach, serviceTargetsOf(index, reach)))(web)
  assert.is(way?.verdict, 'allowed')
  assert.equal(
    way?.hops.map(({ edge }) => edge.from.id),
    ['Pod/edge/app.kubernetes.io/name=traefik'],
  )
})

test('any other pod of the cluster is let in only where everybody is', () => {
  for (const [peer, verdict] of [
    [`{${named('traefik')}}`, 'denied'],
    ['{podSelector: {}}', 'denied'],
    ['{namespaceSelector: {}}', 'allowed'],
  ] as const) {
    const index = world(WEB + from(peer))
    const reach = reachOf(index, anyOtherPod(index))
    const [other, web] = [reach.find('Pod/*/*'), reach.find('Deployment/shop/web')]
    if (other === undefined || web === undefined) throw new Error('both are there')
    assert.is(reach.edge(other, web).verdict, verdict, peer)
  }
})

test.run()
