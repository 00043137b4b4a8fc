import { objectName } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { matchesSelector } from '../manifest/selector.ts'
import { type AddressSet, ALL_ADDRESSES, parseCidr } from './address-set.ts'
import type { Endpoint, PodEndpoint, RangeEndpoint } from './endpoint.ts'
import { difference, intersection, union } from './interval-set.ts'
import {
  ALL_PORTS,
  formatPorts,
  NO_PORTS,
  type Port,
  type PortRange,
  type PortSet,
  portRange,
  portRanges,
} from './port-set.ts'
import type { Reach } from './reach.ts'
import type { Edge, Reachability } from './reach-edge.ts'
import type { Group } from './reach-group.ts'
import type { ReachPath, WayIn } from './reach-path.ts'
import type { RouteEntry } from './route-entry.ts'

/** Pods that answer to everything that is given; nothing given means all pods. */
export interface PodParty {
  readonly tenant?: string
  /** Pods of any tenant but this one; of no tenant at all are not meant. */
  readonly otherTenantThan?: string
  readonly zone?: string
  readonly namespace?: string
  /** LabelSelector over the labels of namespaces. */
  readonly namespaces?: unknown
  /** LabelSelector over the labels of pods. */
  readonly pods?: unknown
  /** Id of a workload: `Deployment/erp/web`; of a custom resource, all pods that its operator makes. */
  readonly workload?: string
}

/** Addresses outside the cluster: all, or those of a CIDR. */
export interface OutsideParty {
  readonly outside: true | string
}

export type Party = PodParty | OutsideParty

/**
 * What is declared of the traffic from some parties to others, on some ports or (none given) on any.
 *
 * - `allow`: each of `from` reaches each of `to`, on all of these ports, or without ports on some port.
 * - `deny`: none of `from` reaches any of `to` on any of them; nor does a route lead the outside there.
 * - `only`: nobody else than `from` reaches any of `to` on any of them.
 *
 * A workload's traffic with itself is asked for by `allow` alone.
 */
export interface Assertion {
  readonly name: string
  readonly expect: 'allow' | 'deny' | 'only'
  readonly from: readonly Party[]
  readonly to: readonly Party[]
  readonly ports?: readonly PortRange[]
}

/** Endpoints that break an assertion in the same way. */
export interface BrokenAssertion {
  readonly assertion: Assertion
  /** What holds instead; `unknown` breaks an assertion too, since it is not seen to hold. */
  readonly verdict: Reachability
  readonly message: string
  /** Empty, both, when the assertion speaks of nobody. */
  readonly from: readonly Endpoint[]
  readonly to: readonly Endpoint[]
  /** On which it is broken. */
  readonly ports: PortSet
  /** The first pair, with the lines that decide it. */
  readonly example?: Edge
  /** The route that leads there, where one does. */
  readonly via?: RouteEntry
  /** From outside through the example to its target, where there is such a way. */
  readonly path?: ReachPath
}

/** What is broken, in the order of the assertions, then of the groups. */
export function brokenAssertions(
  index: Index,
  reach: Reach,
  entries: readonly RouteEntry[],
  wayIn: WayIn,
  assertions: readonly Assertion[],
): readonly BrokenAssertion[] {
  return assertions.flatMap(assertion => {
    const from = crowdOf(assertion.from, index, reach)
    const to = endpointsOf(assertion.to, index, reach)
    const isFromEmpty = from.outside.length === 0 && !reach.pods.some(from.means)
    const empty = isFromEmpty ? 'from' : to.length === 0 ? 'to' : undefined
    if (empty !== undefined) {
      const message = `"${assertion.name}" speaks of nobody: no endpoint matches its "${empty}", so it proves nothing`
      return [{ assertion, verdict: 'unknown', message, from: [], to: [], ports: NO_PORTS }]
    }
    const wanted = (assertion.ports ?? []).reduce<PortSet>(
      (set, { protocol, first, last }) => union(set, portRange(protocol, first, last)),
      NO_PORTS,
    )
    if (assertion.expect === 'allow') return missing(assertion, membersOf(from, reach), to, wanted, reach)
    const ports = wanted.length === 0 ? ALL_PORTS : wanted
    const refused = assertion.expect === 'deny' ? from : othersThan(from, reach)
    const published =
      assertion.expect === 'deny' ? publications(assertion, from.outside, to, ports, reach, entries) : []
    return [...trespasses(assertion, refused, to, ports, reach, wayIn), ...published]
  })
}

/** The endpoints that a party means, pods in the order of ids. */
export function endpointsOf(parties: readonly Party[], index: Index, reach: Reach): readonly OutsideOrPods[] {
  return membersOf(crowdOf(parties, index, reach), reach)
}

/** Endpoints that are not listed before somebody asks: there may be thousands of them for each of thousands of assertions. */
interface Crowd {
  means(endpoint: PodEndpoint): boolean
  readonly outside: readonly RangeEndpoint[]
}

function crowdOf(parties: readonly Party[], index: Index, reach: Reach): Crowd {
  const pods = parties.flatMap(party => ('outside' in party ? [] : [party]))
  const addresses = parties
    .flatMap(party => ('outside' in party ? [addressesOf(party)] : []))
    .reduce<AddressSet>(union, [])
  return {
    means: endpoint => pods.some(party => isMeant(endpoint, party, index)),
    outside: addresses.length === 0 ? [] : reach.outside(addresses),
  }
}

function membersOf({ means, outside }: Crowd, reach: Reach): readonly OutsideOrPods[] {
  return [...reach.pods.filter(means), ...outside]
}

function addressesOf({ outside }: OutsideParty): AddressSet {
  return outside === true ? ALL_ADDRESSES : (parseCidr(outside) ?? [])
}

function isMeant(endpoint: PodEndpoint, party: PodParty, index: Index): boolean {
  const { tenant, otherTenantThan, zone, namespace, namespaces, pods, workload } = party
  const isOther = endpoint.tenant !== undefined && endpoint.tenant !== otherTenantThan
  return (
    (tenant === undefined || endpoint.tenant === tenant) &&
    (otherTenantThan === undefined || isOther) &&
    (zone === undefined || endpoint.zone === zone) &&
    (namespace === undefined || endpoint.namespace === namespace) &&
    (namespaces === undefined || matchesSelector(namespaces, index.namespaceLabels(endpoint.namespace))) &&
    (pods === undefined || matchesSelector(pods, endpoint.labels)) &&
    (workload === undefined || endpoint.id === workload || endpoint.id.startsWith(`${workload}:`))
  )
}

function othersThan(named: Crowd, reach: Reach): Crowd {
  const addresses = named.outside.reduce<AddressSet>((set, endpoint) => union(set, endpoint.addresses), [])
  return {
    means: endpoint => !named.means(endpoint),
    outside: reach.outside(difference(ALL_ADDRESSES, addresses)),
  }
}

function missing(
  assertion: Assertion,
  from: readonly OutsideOrPods[],
  to: readonly OutsideOrPods[],
  wanted: PortSet,
  reach: Reach,
): readonly BrokenAssertion[] {
  const targets = blocksOf(to, reach)
  return blocksOf(from, reach).flatMap(source =>
    targets.flatMap((target): readonly BrokenAssertion[] => {
      if (isLonePod(source, target)) return []
      const { allowed, unknown } = reach.flow(source.group, target.group)
      const ports = wanted.length === 0 && allowed.length === 0 ? ALL_PORTS : difference(wanted, allowed)
      if (ports.length === 0) return []
      const denied = difference(ports, unknown)
      const untold = wanted.length === 0 ? unknown.length > 0 : denied.length === 0
      const verdict = untold ? 'unknown' : 'denied'
      const message = untold
        ? `whether ${names(source)} reaches ${names(target)} ${on(ports, wanted)} cannot be told, and "${assertion.name}" needs it`
        : `${names(source)} does not reach ${names(target)} ${on(ports, wanted)}, which "${assertion.name}" needs`
      const example = exampleOf(source, target, wanted.length === 0 ? NO_PORTS : untold ? ports : denied, reach)
      return [{ assertion, verdict, message, from: source.members, to: target.members, ports, example }]
    }),
  )
}

function trespasses(
  assertion: Assertion,
  from: Crowd,
  to: readonly OutsideOrPods[],
  wanted: PortSet,
  reach: Reach,
  wayIn: WayIn,
): readonly BrokenAssertion[] {
  const outside = new Map(blocksOf(from.outside, reach).map(block => [block.group, block]))
  return blocksOf(to, reach).flatMap(target =>
    [...reach.edgesTo(target.group)].flatMap((bundle): readonly BrokenAssertion[] => {
      const open = intersection(bundle.allowed, wanted)
      const ports = open.length > 0 ? open : intersection(bundle.unknown, wanted)
      if (ports.length === 0) return []
      const source = outside.get(bundle.from) ?? blockIn(bundle.from, from)
      if (source === undefined || isAlone(source, target)) return []
      const verdict = open.length > 0 ? 'allowed' : 'unknown'
      const verb = verdict === 'allowed' ? 'reaches' : 'may reach'
      const broken = assertion.expect === 'deny' ? 'denies' : 'keeps to others'
      const message = `${names(source)} ${verb} ${names(target)} ${on(ports, wanted)}, which "${assertion.name}" ${broken}`
      const example = exampleOf(source, target, ports, reach)
      const path = pathThrough(example, wayIn)
      const withPath = path === undefined ? {} : { path }
      return [{ assertion, verdict, message, from: source.members, to: target.members, ports, example, ...withPath }]
    }),
  )
}

/** Routes that lead the outside, if that is refused, to the targets through a controller that gets through to them. */
function publications(
  assertion: Assertion,
  outside: readonly RangeEndpoint[],
  to: readonly OutsideOrPods[],
  wanted: PortSet,
  reach: Reach,
  entries: readonly RouteEntry[],
): readonly BrokenAssertion[] {
  if (outside.length === 0) return []
  const targets = new Set<OutsideOrPods>(to)
  return entries.flatMap(via => {
    const backends = via.backends.flatMap(route => route.backends).filter(({ pods }) => targets.has(pods))
    return via.through.flatMap(controller =>
      backends.flatMap(({ pods, ...port }): readonly BrokenAssertion[] => {
        const ports = portRange(port.protocol, port.port)
        const example = reach.edge(controller, pods, port)
        const { verdict } = example
        if (verdict === 'denied' || intersection(ports, wanted).length === 0) return []
        const route = objectName(via.source.manifest)
        const message = `"${route}" leads from outside to "${pods.id}" on ${formatPorts(ports)}, which "${assertion.name}" denies`
        return [{ assertion, verdict, message, from: outside, to: [pods], ports, example, via }]
      }),
    )
  })
}

/** The way from outside to the source of an edge, and the edge: how the outside profits from it. */
function pathThrough(edge: Edge, wayIn: WayIn): ReachPath | undefined {
  const before = edge.from.kind === 'pods' ? wayIn(edge.from) : undefined
  if (before === undefined || edge.verdict === 'denied') return undefined
  const verdict = before.verdict === 'allowed' ? edge.verdict : 'unknown'
  return { hops: [...before.hops, { edge }], verdict }
}

/** Of the first pair, on the first of these ports; on any where all are meant or none is named. */
function exampleOf(from: Block, to: Block, ports: PortSet, reach: Reach): Edge {
  const [source, ...moreSources] = from.members
  const [target, ...moreTargets] = to.members
  // A block holds at least one; the pair of one endpoint with itself is the worst example.
  const other = source === target ? (moreTargets[0] ?? target) : target
  const first = source === target && moreTargets.length === 0 ? (moreSources[0] ?? source) : source
  const [range] = portRanges(ports)
  const isAny = range === undefined || difference(ALL_PORTS, ports).length === 0
  const port: Port | undefined = isAny ? undefined : { protocol: range.protocol, port: range.first }
  return reach.edge(first, other, port)
}

type OutsideOrPods = PodEndpoint | RangeEndpoint

/** Those of some endpoints that are in one group. */
interface Block {
  readonly group: Group
  readonly members: readonly [OutsideOrPods, ...OutsideOrPods[]]
}

function blocksOf(endpoints: readonly OutsideOrPods[], reach: Reach): readonly Block[] {
  const blocks = new Map<Group, [OutsideOrPods, ...OutsideOrPods[]]>()
  for (const endpoint of endpoints) {
    const group = reach.groupOf(endpoint)
    const members = blocks.get(group)
    if (members === undefined) blocks.set(group, [endpoint])
    else members.push(endpoint)
  }
  return [...blocks].map(([group, members]) => ({ group, members }))
}

/** The pods of a group that are among some endpoints. */
function blockIn(group: Group, { means }: Crowd): Block | undefined {
  const [first, ...others] = group.members.flatMap(member => (member.kind === 'pods' && means(member) ? [member] : []))
  return first === undefined ? undefined : { group, members: [first, ...others] }
}

function isAlone({ members: [from, ...sources] }: Block, { members: [to, ...targets] }: Block): boolean {
  return from === to && sources.length === 0 && targets.length === 0
}

function isLonePod(from: Block, to: Block): boolean {
  const [only] = from.members
  return isAlone(from, to) && only.kind === 'pods' && only.single
}

function names({ members: [first, ...others] }: Block): string {
  return others.length === 0 ? `"${first.id}"` : `"${first.id}" (and ${others.length} more)`
}

function on(ports: PortSet, wanted: PortSet): string {
  return wanted.length === 0 ? 'on any port' : `on ${formatPorts(ports)}`
}
