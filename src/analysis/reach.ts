import { append } from '../manifest/group-by.ts'
import type { Index } from '../manifest/manifest-index.ts'
import type { AddressSet } from './address-set.ts'
import { byEndpointId, type Endpoint, type PodEndpoint, type RangeEndpoint, rangeEndpoint } from './endpoint.ts'
import { difference, intersection } from './interval-set.ts'
import type { Direction } from './network-policy.ts'
import { NO_PORTS, type Port, type PortSet, portAlgebra } from './port-set.ts'
import { type Edge, type EdgeEnd, edgeBetween, type Flow } from './reach-edge.ts'
import { type Audience, type Group, groupsOf } from './reach-group.ts'
import { type Row, type Rows, rowsWith } from './reach-row.ts'
import type { Stranger } from './stranger.ts'

/** Every member of `from` reaches every member of `to` in the same way. */
export interface EdgeBundle extends Flow {
  readonly from: Group
  readonly to: Group
}

/**
 * Who can reach whom in one environment, exactly as its NetworkPolicies say: both the egress of the source and the
 * ingress of the destination must allow a connection.
 *
 * Where Kubernetes leaves it to the network plugin: an ipBlock covers addresses outside the cluster and never a pod;
 * a pod on the host network is not isolated, and traffic between it and an isolated pod is `unknown` unless a rule
 * allows everyone (the node that a pod runs on always reaches it). Addresses outside are not governed.
 *
 * Only pods that the manifests tell of are seen: workloads, and what the operators of `OPERATED` make. Strangers join
 * them where the caller gives any; of the traffic between two of them, or with the outside, nothing is known and nothing said.
 */
export interface Reach {
  /** In the order of ids. */
  readonly pods: readonly PodEndpoint[]
  /** Pods by their first id, then ranges by their first address. */
  readonly groups: readonly Group[]
  /** By id: `Deployment/erp/web`. */
  find(id: string): PodEndpoint | undefined
  /** The addresses outside, or these of them, in parts that every policy treats alike. */
  outside(addresses?: AddressSet): readonly RangeEndpoint[]
  groupOf(endpoint: PodEndpoint | RangeEndpoint): Group
  /** The verdict on one pair and its reasons. Throws for an endpoint of another reach. */
  edge(from: Endpoint, to: Endpoint, port?: Port): Edge
  /** What passes from any member to any other; of one pod to itself see `edge`. */
  flow(from: Group, to: Group): Flow
  /** All pairs of groups between which something is allowed or unknown, in the order of `groups`. */
  edges(): Iterable<EdgeBundle>
  edgesFrom(from: Group): Iterable<EdgeBundle>
  edgesTo(to: Group): Iterable<EdgeBundle>
}

const NO_FLOW: Flow = { allowed: NO_PORTS, unknown: NO_PORTS }

export function reachOf(index: Index, strangers: readonly Stranger[] = []): Reach {
  const algebra = portAlgebra()
  const groups = groupsOf(index, strangers, algebra)
  const rows = rowsWith(algebra)
  const candidatesFor = candidatesAmong(groups, rows)
  const home = new WeakMap<Endpoint, Group>()
  const byId = new Map<string, PodEndpoint>()
  const ranges: RangeEndpoint[] = []
  for (const group of groups) {
    for (const member of group.members) {
      home.set(member, group)
      if (member.kind === 'range') ranges.push(member)
      else byId.set(member.id, member)
    }
  }

  const groupOf = (endpoint: PodEndpoint | RangeEndpoint): Group => {
    const group = home.get(endpoint)
    if (group === undefined) throw new Error(`"${endpoint.id}" is no endpoint of this reach`)
    return group
  }
  const partOf = (range: RangeEndpoint, addresses: AddressSet): readonly RangeEndpoint[] => {
    const common = intersection(range.addresses, addresses)
    if (common.length === 0) return []
    if (difference(range.addresses, common).length === 0) return [range]
    const part = rangeEndpoint(common)
    home.set(part, groupOf(range))
    return [part]
  }
  const endOf = (endpoint: Endpoint): EdgeEnd =>
    endpoint.kind === 'unseen' ? { endpoint, group: undefined } : { endpoint, group: groupOf(endpoint) }

  const flow = (from: Group, to: Group): Flow => {
    if (isBeyond(from) && isBeyond(to)) return NO_FLOW
    const [egress, ingress] = [rows.sideOf(from, 'egress', to), rows.sideOf(to, 'ingress', from)]
    const allowed = algebra.intersection(egress.open, ingress.open)
    const possible = algebra.intersection(egress.possible, ingress.possible)
    return { allowed, unknown: possible === allowed ? NO_PORTS : algebra.intern(difference(possible, allowed)) }
  }
  const bundle = (from: Group, to: Group): readonly EdgeBundle[] => {
    const { allowed, unknown } = flow(from, to)
    return isLonePod(from, to) || (isNone(allowed) && isNone(unknown)) ? [] : [{ from, to, allowed, unknown }]
  }
  const edgesFrom = function* (from: Group): Generator<EdgeBundle> {
    for (const to of candidatesFor(from, 'egress')) yield* bundle(from, to)
  }

  return {
    pods: [...byId.values()].sort(byEndpointId),
    groups,
    find: id => byId.get(id),
    outside: addresses => (addresses === undefined ? ranges : ranges.flatMap(range => partOf(range, addresses))),
    groupOf,
    edge: (from, to, port) => edgeBetween(endOf(from), endOf(to), port, rows.resolve),
    flow,
    *edges() {
      for (const from of groups) yield* edgesFrom(from)
    },
    edgesFrom,
    *edgesTo(to) {
      for (const from of candidatesFor(to, 'ingress')) yield* bundle(from, to)
    },
  }
}

function isNone(ports: PortSet): boolean {
  return ports.length === 0
}

function isRange({ members }: Group): boolean {
  return members.some(({ kind }) => kind === 'range')
}

/** Governed by nothing that stands in the manifests. */
function isBeyond(group: Group): boolean {
  return group.strangers || isRange(group)
}

/** A lone pod reaches itself whatever is said, which is no edge between two. */
function isLonePod(from: Group, to: Group): boolean {
  const [only, ...others] = from.members
  return from === to && others.length === 0 && only?.kind === 'pods' && only.single
}

type Groups = readonly Group[] | ReadonlySet<Group>

const OPPOSITE = { ingress: 'egress', egress: 'ingress' } as const

/** Groups by what they let through in one direction: everyone in some way, or only the audiences that they name. */
interface Doors {
  readonly wide: readonly Group[]
  readonly narrow: ReadonlyMap<Audience, readonly Group[]>
}

/**
 * For a group, those on the other end of an edge that may exist, in order: few wherever either end is closed by
 * default, so that the edges of a well-kept cluster are found without a look at all pairs.
 */
function candidatesAmong(
  groups: readonly Group[],
  rows: Rows,
): (subject: Group, direction: Direction) => readonly Group[] {
  const place = new Map(groups.map((group, nth) => [group, nth]))
  const inOrder = (found: Iterable<Group>): readonly Group[] =>
    [...new Set(found)].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
  const onHostNetwork = groups.filter(({ hostNetwork }) => hostNetwork)
  const ranges = groups.filter(isRange)
  const doors = new Map<Direction, Doors>()
  const doorsOf = (direction: Direction): Doors => {
    const wide: Group[] = []
    const narrow = new Map<Audience, Group[]>()
    for (const group of groups) {
      if (isRange(group)) continue
      const row = rows.rowOf(group, direction)
      if (row === undefined || isWide(row)) wide.push(group)
      else {
        for (const audience of row.audiences.keys()) {
          append(narrow, audience, group)
        }
      }
    }
    return { wide, narrow }
  }
  /** What the subject lets through; nothing when that is no short list. */
  const named = (subject: Group, direction: Direction): readonly Groups[] | undefined => {
    const row = rows.rowOf(subject, direction)
    if (row === undefined || isWide(row)) return undefined
    return [onHostNetwork, ...[...row.audiences.keys()].map(audience => audience.groups)]
  }
  /** Who lets the subject through. */
  const naming = (subject: Group, direction: Direction): readonly Groups[] => {
    if (subject.hostNetwork) return [groups]
    const opposite = doors.get(OPPOSITE[direction]) ?? doorsOf(OPPOSITE[direction])
    doors.set(OPPOSITE[direction], opposite)
    const own = [...subject.audiences].map(audience => opposite.narrow.get(audience) ?? [])
    return [opposite.wide, ...own, ...(isRange(subject) ? [] : [ranges])]
  }
  return (subject, direction) => {
    const [ours, theirs] = [named(subject, direction), naming(subject, direction)]
    return inOrder((ours === undefined || sizeOf(theirs) < sizeOf(ours) ? theirs : ours).flatMap(found => [...found]))
  }
}

function sizeOf(lists: readonly Groups[]): number {
  return lists.reduce((sum, list) => sum + ('size' in list ? list.size : list.length), 0)
}

function isWide({ everyone }: Row): boolean {
  return everyone.numbers.length > 0 || everyone.names.length > 0
}
