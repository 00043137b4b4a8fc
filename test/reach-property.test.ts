import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAddress } from '../src/analysis/address-set.ts'
import type { Endpoint, PodEndpoint, RangeEndpoint } from '../src/analysis/endpoint.ts'
import { hasPort, type Port, type PortSet } from '../src/analysis/port-set.ts'
import { type Reach, reachOf } from '../src/analysis/reach.ts'
import { brokenAssertions } from '../src/analysis/reach-assertion.ts'
import { diffReach } from '../src/analysis/reach-diff.ts'
import { waysInto } from '../src/analysis/reach-path.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { worldOf } from './reach-world.ts'

/*
 * Random worlds, judged twice: by the product, and by the evaluator below, which takes each pair and port on its own
 * and follows the text of the NetworkPolicy documentation word by word. It shares no code with the product.
 */

type Labels = Readonly<Record<string, string>>
interface Expression {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}
interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly Expression[]
}
interface PeerSpec {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}
interface PortSpec {
  readonly protocol?: string
  readonly port?: number | string
  readonly endPort?: number
}
interface RuleSpec {
  readonly from?: readonly PeerSpec[]
  readonly to?: readonly PeerSpec[]
  readonly ports?: readonly PortSpec[]
}
interface PolicySpec {
  readonly podSelector: Selector
  readonly policyTypes?: readonly string[]
  readonly ingress?: readonly RuleSpec[]
  readonly egress?: readonly RuleSpec[]
}
interface Policy {
  readonly namespace: string
  readonly spec: PolicySpec
}
interface Workload {
  readonly kind: 'Pod' | 'Deployment'
  readonly namespace: string
  readonly labels: Labels
  readonly hostNetwork: boolean
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[]
}
interface Foreign {
  readonly namespace: string
  readonly directions: readonly ('ingress' | 'egress')[]
  readonly endpointSelector: Selector
}
interface World {
  /** Undefined for one that pods stand in and that no manifest tells of. */
  readonly namespaces: readonly (Labels | undefined)[]
  readonly workloads: readonly Workload[]
  readonly policies: readonly Policy[]
  readonly foreign: readonly Foreign[]
}

const KEYS = ['a', 'b']
const VALUES = ['x', 'y']
const NAMES = ['n0', 'n1', 'n2']
const ADDRESSES = ['10.0.0.1', '10.1.0.1', '10.1.1.1', '10.200.0.1', '192.168.0.1', '8.8.8.8']
const BLOCKS: readonly NonNullable<PeerSpec['ipBlock']>[] = [
  { cidr: '10.0.0.0/8' },
  { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
  { cidr: '10.1.0.0/16', except: ['10.1.1.0/24'] },
  { cidr: '0.0.0.0/0', except: ['10.0.0.0/9', '192.168.0.0/16'] },
  { cidr: '8.8.8.8/32' },
]
const PORTS: readonly Port[] = [
  { protocol: 'TCP', port: 1 },
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 81 },
  { protocol: 'UDP', port: 80 },
  { protocol: 'SCTP', port: 65_535 },
]

const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), { maxKeys: 2 })
const expression: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray(VALUES, { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
)
const selector: fc.Arbitrary<Selector> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ matchLabels: labels }) },
  { weight: 2, arbitrary: fc.record({ matchExpressions: fc.array(expression, { maxLength: 2 }) }) },
)
const namespaceSelector = fc.oneof(
  selector,
  fc.constantFrom(...NAMES).map(name => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
)
const peer: fc.Arbitrary<PeerSpec> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector: selector, namespaceSelector }),
  fc.record({ ipBlock: fc.constantFrom(...BLOCKS) }),
)
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP')
const port: fc.Arbitrary<PortSpec> = fc.oneof(
  fc.record({ protocol, port: fc.constantFrom(80, 81, 'http', 'dns') }, { requiredKeys: [] }),
  fc.record(
    { protocol, port: fc.constantFrom(1, 80), endPort: fc.constantFrom(80, 81, 65_535) },
    { requiredKeys: ['port', 'endPort'] },
  ),
)
const rules = (field: 'from' | 'to'): fc.Arbitrary<readonly RuleSpec[]> =>
  fc.array(
    fc.record(
      { [field]: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  )
const policy: fc.Arbitrary<Policy> = fc.record({
  namespace: fc.constantFrom(...NAMES),
  spec: fc.record(
    {
      podSelector: selector,
      policyTypes: fc.subarray(['Ingress', 'Egress']),
      ingress: rules('from'),
      egress: rules('to'),
    },
    { requiredKeys: ['podSelector'] },
  ),
})
const workload: fc.Arbitrary<Workload> = fc.record({
  kind: fc.constantFrom('Pod', 'Deployment'),
  namespace: fc.constantFrom(...NAMES),
  labels,
  hostNetwork: fc.integer({ max: 5, min: 0 }).map(die => die === 0),
  ports: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('http', 'dns'),
      containerPort: fc.constantFrom(80, 81),
      protocol: fc.constantFrom('TCP', 'UDP'),
    }),
    { maxLength: 2, selector: ({ name }) => name },
  ),
})
const foreign: fc.Arbitrary<Foreign> = fc.record({
  namespace: fc.constantFrom(...NAMES),
  directions: fc.subarray<'ingress' | 'egress'>(['ingress', 'egress'], { minLength: 1 }),
  endpointSelector: selector,
})
const anyWorld: fc.Arbitrary<World> = fc.record({
  namespaces: fc.tuple(labels, fc.option(labels, { nil: undefined }), fc.option(labels, { nil: undefined })),
  workloads: fc.array(workload, { minLength: 1, maxLength: 6 }),
  policies: fc.array(policy, { maxLength: 6 }),
  foreign: fc.array(foreign, { maxLength: 1 }),
})

function manifestsOf({ namespaces, workloads, policies, foreign }: World): readonly Manifest[] {
  return [
    ...namespaces.flatMap((own, nth) =>
      own === undefined ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${nth}`, labels: own } }],
    ),
    ...workloads.map(({ kind, namespace, labels: own, hostNetwork, ports }, nth): Manifest => {
      const spec = { hostNetwork, containers: [{ name: 'c', ports }] }
      return kind === 'Pod'
        ? { apiVersion: 'v1', kind, metadata: { name: `w${nth}`, namespace, labels: own }, spec }
        : {
            apiVersion: 'apps/v1',
            kind,
            metadata: { name: `w${nth}`, namespace },
            spec: { template: { metadata: { labels: own }, spec } },
          }
    }),
    ...policies.map(({ namespace, spec }, nth) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `p${nth}`, namespace },
      spec,
    })),
    ...foreign.map(({ namespace, directions, endpointSelector }, nth) => ({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name: `c${nth}`, namespace },
      spec: { endpointSelector, ...Object.fromEntries(directions.map(direction => [direction, []])) },
    })),
  ]
}

// The slow evaluator.

type Party = Workload | string
type Told = boolean | undefined

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, own: Labels): boolean {
  for (const key of Object.keys(matchLabels)) if (own[key] !== matchLabels[key]) return false
  for (const { key, operator, values = [] } of matchExpressions) {
    const value = own[key]
    if (operator === 'In' && (value === undefined || !values.includes(value))) return false
    if (operator === 'NotIn' && value !== undefined && values.includes(value)) return false
    if (operator === 'Exists' && value === undefined) return false
    if (operator === 'DoesNotExist' && value !== undefined) return false
  }
  return true
}

function inBlock(address: string, cidr: string): boolean {
  const number = (text: string) => text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const [base = '', length = ''] = cidr.split('/')
  const size = 2 ** (32 - Number(length))
  return Math.floor(number(address) / size) === Math.floor(number(base) / size)
}

function peerMatches(peer: PeerSpec, policy: Policy, party: Party, world: World): boolean {
  if (peer.ipBlock !== undefined) {
    if (typeof party !== 'string') return false
    return inBlock(party, peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some(hole => inBlock(party, hole))
  }
  if (typeof party === 'string' || party.hostNetwork) return false
  if (peer.podSelector !== undefined && !selects(peer.podSelector, party.labels)) return false
  if (peer.namespaceSelector === undefined) return party.namespace === policy.namespace
  const own = world.namespaces[NAMES.indexOf(party.namespace)]
  return selects(peer.namespaceSelector, { ...own, 'kubernetes.io/metadata.name': party.namespace })
}

function portMatches(spec: PortSpec, port: Port, destination: Party): boolean {
  if ((spec.protocol ?? 'TCP') !== port.protocol) return false
  if (spec.port === undefined) return true
  if (typeof spec.port === 'number') return spec.port <= port.port && port.port <= (spec.endPort ?? spec.port)
  if (typeof destination === 'string') return false
  return destination.ports.some(
    own => own.name === spec.port && own.protocol === port.protocol && own.containerPort === port.port,
  )
}

function side(direction: 'ingress' | 'egress', subject: Party, other: Party, port: Port, world: World): Told {
  if (typeof subject === 'string') return true
  for (const { namespace, directions, endpointSelector } of world.foreign) {
    if (
      namespace === subject.namespace &&
      directions.includes(direction) &&
      selects(endpointSelector, subject.labels)
    ) {
      return undefined
    }
  }
  if (subject.hostNetwork) return true
  let isolated = false
  for (const policy of world.policies) {
    const { podSelector, policyTypes = [], ingress = [], egress = [] } = policy.spec
    if (policy.namespace !== subject.namespace || !selects(podSelector, subject.labels)) continue
    const types = policyTypes.length > 0 ? policyTypes : ['Ingress', ...(egress.length > 0 ? ['Egress'] : [])]
    if (!types.includes(direction === 'ingress' ? 'Ingress' : 'Egress')) continue
    isolated = true
    for (const rule of direction === 'ingress' ? ingress : egress) {
      const peers = (direction === 'ingress' ? rule.from : rule.to) ?? []
      const ports = rule.ports ?? []
      const destination = direction === 'ingress' ? subject : other
      if (peers.length > 0 && !peers.some(peer => peerMatches(peer, policy, other, world))) continue
      if (ports.length > 0 && !ports.some(spec => portMatches(spec, port, destination))) continue
      return true
    }
  }
  if (!isolated) return true
  return typeof other !== 'string' && other.hostNetwork ? undefined : false
}

function expected(from: Party, to: Party, port: Port, world: World): string {
  if (from === to && typeof from !== 'string' && from.kind === 'Pod') return 'allowed'
  const sides = [side('egress', from, to, port, world), side('ingress', to, from, port, world)]
  return sides.includes(false) ? 'denied' : sides.includes(undefined) ? 'unknown' : 'allowed'
}

// What the product says.

type Known = PodEndpoint | RangeEndpoint

function idOf(party: Workload, world: World): string {
  return `${party.kind}/${party.namespace}/w${world.workloads.indexOf(party)}`
}

function endpointOf(party: Party, world: World, reach: Reach): Known {
  if (typeof party === 'string') {
    const from = parseAddress(party) ?? -1n
    const [range] = reach.outside([{ from, until: from + 1n }])
    if (range !== undefined) return range
  } else {
    const pods = reach.find(idOf(party, world))
    if (pods !== undefined) return pods
  }
  throw new Error('every party has an endpoint')
}

function* pairs(world: World): Generator<readonly [Party, Party]> {
  const all: readonly Party[] = [...world.workloads, ...ADDRESSES]
  for (const from of all) {
    for (const to of all) if (typeof from !== 'string' || typeof to !== 'string') yield [from, to]
  }
}

/** Whether the party is one of these endpoints. */
function covers(endpoints: readonly Endpoint[], party: Party, world: World): boolean {
  return endpoints.some(endpoint => {
    if (typeof party !== 'string') return endpoint.id === idOf(party, world)
    const point = parseAddress(party) ?? -1n
    return endpoint.kind === 'range' && endpoint.addresses.some(({ from, until }) => from <= point && point < until)
  })
}

const among = (allowed: PortSet, unknown: PortSet, port: Port) =>
  hasPort(allowed, port) ? 'allowed' : hasPort(unknown, port) ? 'unknown' : 'denied'

test('on random worlds the verdict is that of the evaluator, for every pair and port', () => {
  fc.assert(
    fc.property(anyWorld, world => {
      const reach = reachOf(worldOf(manifestsOf(world)))
      for (const [from, to] of pairs(world)) {
        for (const port of PORTS) {
          const edge = reach.edge(endpointOf(from, world, reach), endpointOf(to, world, reach), port)
          assert.is(edge.verdict, expected(from, to, port, world), `${edge.from.id} to ${edge.to.id}`)
          assert.is(among(edge.allowed, edge.unknown, port), edge.verdict)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('on random worlds the listed edges are exactly those that the evaluator finds, from either end', () => {
  fc.assert(
    fc.property(anyWorld, world => {
      const reach = reachOf(worldOf(manifestsOf(world)))
      const listed = new Map(
        [...reach.edges()].map(edge => [`${reach.groups.indexOf(edge.from)} ${reach.groups.indexOf(edge.to)}`, edge]),
      )
      const backwards = reach.groups.flatMap(group => [...reach.edgesTo(group)])
      assert.is(backwards.length, listed.size)
      for (const { from, to, allowed, unknown } of backwards) {
        const same = listed.get(`${reach.groups.indexOf(from)} ${reach.groups.indexOf(to)}`)
        assert.is(same?.allowed, allowed)
        assert.is(same?.unknown, unknown)
      }
      for (const [from, to] of pairs(world)) {
        if (from === to && typeof from !== 'string' && from.kind === 'Pod') continue
        const [source, target] = [from, to].map(party =>
          reach.groups.indexOf(reach.groupOf(endpointOf(party, world, reach))),
        )
        const edge = listed.get(`${source} ${target}`)
        for (const port of PORTS) {
          assert.is(among(edge?.allowed ?? [], edge?.unknown ?? [], port), expected(from, to, port, world))
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('between two random states the changes are exactly the pairs and ports on which the evaluator differs', () => {
  const twoStates = fc.tuple(anyWorld, fc.array(policy, { maxLength: 4 }), fc.nat(6))
  fc.assert(
    fc.property(twoStates, ([before, policies, kept]) => {
      const after: World = { ...before, policies, workloads: before.workloads.slice(0, Math.max(1, kept)) }
      const [old, now] = [before, after].map(world => reachOf(worldOf(manifestsOf(world))))
      if (old === undefined || now === undefined) return
      const diff = diffReach(old, now)
      assert.is(diff.disappeared.length, before.workloads.length - after.workloads.length)
      const isThere = (party: Party, world: World) => typeof party === 'string' || world.workloads.includes(party)
      const told = (from: Party, to: Party, port: Port, world: World) =>
        isThere(from, world) && isThere(to, world) ? expected(from, to, port, world) : 'denied'
      for (const [from, to] of pairs(before)) {
        if (from === to && typeof from !== 'string' && from.kind === 'Pod') continue
        const found = diff.changes.filter(change => covers(change.from, from, before) && covers(change.to, to, before))
        for (const port of PORTS) {
          const [was, is] = [told(from, to, port, before), told(from, to, port, after)]
          const some = (ports: 'opened' | 'closed' | 'clouded') => found.some(change => hasPort(change[ports], port))
          assert.is(some('opened'), was !== 'allowed' && is === 'allowed')
          assert.is(some('closed'), was === 'allowed' && is !== 'allowed')
          assert.is(some('clouded'), was !== 'unknown' && is === 'unknown')
        }
      }
    }),
    { numRuns: 200 },
  )
})

/** Every set of ports that these worlds can open holds one of them. */
const ANY_PORT = (['TCP', 'UDP', 'SCTP'] as const).flatMap(protocol => [1, 80, 81].map(port => ({ protocol, port })))

test('on random worlds the shortest way in has as many connections as the evaluator needs', () => {
  fc.assert(
    fc.property(anyWorld, world => {
      const reach = reachOf(worldOf(manifestsOf(world)))
      const [first] = world.workloads
      if (first === undefined) return
      const pods = endpointOf(first, world, reach)
      if (pods.kind !== 'pods') return
      const http: Port = { protocol: 'TCP', port: 80 }
      const backends = [{ at: [], service: '', port: 80, backends: [{ pods, ...http }] }]
      const wayIn = waysInto(reach, [{ source: pods.source, at: [], hosts: [], paths: [], through: [], backends }])

      const enters = ADDRESSES.some(address => expected(address, first, http, world) === 'allowed')
      const steps = new Map<Workload, number>(enters ? [[first, 1]] : [])
      for (const [from, taken] of steps) {
        for (const to of world.workloads) {
          const opens = ANY_PORT.some(port => expected(from, to, port, world) === 'allowed')
          if (opens && !steps.has(to)) steps.set(to, taken + 1)
        }
      }
      for (const target of world.workloads) {
        const found = endpointOf(target, world, reach)
        const way = found.kind === 'pods' ? wayIn(found) : undefined
        assert.is(way?.verdict === 'allowed' ? way.hops.length : undefined, steps.get(target))
        for (const hop of way?.hops ?? []) assert.is.not(hop.edge.verdict, 'denied')
      }
    }),
    { numRuns: 300 },
  )
})

test('on random worlds a denied flow is broken by exactly the pairs that the evaluator finds', () => {
  const flow = fc.record({
    from: fc.constantFrom(...NAMES),
    to: fc.constantFrom(...NAMES),
    port: fc.constantFrom(...PORTS),
  })
  fc.assert(
    fc.property(anyWorld, flow, (world, { from, to, port }) => {
      const index = worldOf(manifestsOf(world))
      const reach = reachOf(index)
      const ports = [{ protocol: port.protocol, first: port.port, last: port.port }]
      const parties = { from: [{ namespace: from }], to: [{ namespace: to }], ports }
      for (const expect of ['deny', 'allow'] as const) {
        const broken = brokenAssertions(index, reach, [], () => undefined, [{ name: 'flow', expect, ...parties }])
        for (const [source, target] of pairs(world)) {
          if (typeof source === 'string' || typeof target === 'string' || source === target) continue
          if (source.namespace !== from || target.namespace !== to) continue
          const verdict = expected(source, target, port, world)
          const found = broken.filter(one => covers(one.from, source, world) && covers(one.to, target, world))
          const isBroken = expect === 'deny' ? verdict !== 'denied' : verdict !== 'allowed'
          assert.equal(
            found.map(one => one.verdict),
            isBroken ? [verdict] : [],
          )
        }
      }
    }),
    { numRuns: 300 },
  )
})

test.run()
