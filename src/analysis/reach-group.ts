import { append } from '../manifest/group-by.ts'
import type { Index } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type AddressSet, ALL_ADDRESSES } from './address-set.ts'
import { byEndpointId, type PodEndpoint, podEndpointsOf, type RangeEndpoint, rangeEndpoint } from './endpoint.ts'
import { type PodScope, policiesOf, type UnjudgedPolicy } from './foreign-policy.ts'
import { overlay } from './interval-set.ts'
import { type LabelIndex, labelIndexOf } from './label-index.ts'
import {
  DIRECTIONS,
  type Direction,
  type NetworkPolicy,
  type Peer,
  type PortName,
  type Rule,
} from './network-policy.ts'
import { NO_PORTS, type PortAlgebra, type PortSet, portRange } from './port-set.ts'
import type { Stranger } from './stranger.ts'

/** Peers that select the same, whichever rules they stand in, and the groups that they select. */
export interface Audience {
  readonly id: number
  readonly kind: Peer['kind']
  readonly groups: Set<Group>
}

export interface PlacedRule {
  readonly policy: NetworkPolicy
  readonly rule: Rule
  /** Absent: everyone. */
  readonly peers: readonly { readonly at: FieldPath; readonly audience: Audience }[] | undefined
}

/** The policies with one subject that isolate it in one direction. */
export interface Isolation {
  readonly policies: readonly NetworkPolicy[]
  readonly rules: readonly PlacedRule[]
}

/** What governs one direction of a group's traffic. Groups under the same policies share the object. */
export interface Stance {
  /** None leaves it open. */
  readonly isolations: readonly Isolation[]
  readonly unjudged: readonly UnjudgedPolicy[]
}

/** What the port names that policies use mean here. Groups that agree share the object. */
export type NamedPorts = ReadonlyMap<string, PortSet>

/** Endpoints that no policy tells apart: the same policies select them, the same peers match them. */
export interface Group {
  /** Pods in the order of ids, or one range. */
  readonly members: readonly PodEndpoint[] | readonly [RangeEndpoint]
  readonly hostNetwork: boolean
  /** Whether they are in no manifest; all members are, or none. */
  readonly strangers: boolean
  readonly stances: Readonly<Record<Direction, Stance>>
  /** The peers that match it. */
  readonly audiences: ReadonlySet<Audience>
  readonly namedPorts: NamedPorts
}

const OPEN: Stance = { isolations: [], unjudged: [] }

/** The key of a port name in `NamedPorts`. */
export function nameKey({ protocol, name }: PortName): string {
  return `${protocol}/${name}`
}

/** Groups in a fixed order: pods by their first id, then ranges by their first address. */
export function groupsOf(index: Index, strangers: readonly Stranger[], algebra: PortAlgebra): readonly Group[] {
  const pods = [...podEndpointsOf(index), ...strangers.map(({ pods }) => pods)].sort(byEndpointId)
  const { judged, unjudged } = policiesOf(index)
  const select = selectionOf(pods, namespaceLabelsWith(index, strangers))
  // The host network is the node's: policies do not isolate it, and selectors do not find its traffic.
  const selectIsolable = (scope: PodScope) => select(scope).filter(({ hostNetwork }) => !hostNetwork)
  const audiences = audiencesOf(judged, selectIsolable)
  const stances = stancesOf(judged, unjudged, selectIsolable, select, audiences.of)
  const namedPorts = namedPortsOf(judged, algebra)

  const groups = new Map<string, { readonly group: Group; readonly members: PodEndpoint[] }>()
  for (const pod of pods) {
    const matching = audiences.including(pod)
    const [ingress, egress, names] = [stances(pod, 'ingress'), stances(pod, 'egress'), namedPorts(pod)]
    const beyond = [pod.hostNetwork, pod.stranger]
    const signature = [ingress.key, egress.key, names.key, beyond, matching.map(({ id }) => id)].join('\n')
    const known = groups.get(signature)
    if (known !== undefined) {
      known.members.push(pod)
      continue
    }
    const members = [pod]
    const group: Group = {
      members,
      hostNetwork: pod.hostNetwork,
      strangers: pod.stranger,
      stances: { ingress: ingress.value, egress: egress.value },
      audiences: new Set(matching),
      namedPorts: names.value,
    }
    for (const { groups: selected } of matching) selected.add(group)
    groups.set(signature, { group, members })
  }
  return [...[...groups.values()].map(({ group }) => group), ...rangeGroupsOf(audiences.ofAddresses)]
}

type LabelsOf = (namespace: string) => Readonly<Record<string, string>>

function namespaceLabelsWith(index: Index, strangers: readonly Stranger[]): LabelsOf {
  const known = new Map<string, Readonly<Record<string, string>>>()
  for (const { pods, namespaceLabels } of strangers) {
    known.set(pods.namespace, { ...known.get(pods.namespace), ...namespaceLabels })
  }
  return namespace => known.get(namespace) ?? index.namespaceLabels(namespace)
}

/** Pods by scope. Each namespace is indexed once, and so is the whole. */
export function selectionOf(
  pods: readonly PodEndpoint[],
  namespaceLabels: LabelsOf,
): (scope: PodScope) => readonly PodEndpoint[] {
  const labelsOf = ({ labels }: PodEndpoint) => labels
  const everywhere = labelIndexOf(pods, labelsOf)
  const own = new Map<string, PodEndpoint[]>()
  for (const pod of pods) append(own, pod.namespace, pod)
  const inNamespace = new Map<string, LabelIndex<PodEndpoint>>()
  for (const [namespace, members] of own) inNamespace.set(namespace, labelIndexOf(members, labelsOf))
  const namespaces = labelIndexOf([...own.keys()], namespaceLabels)
  return ({ namespace, namespaces: selector, pods: podSelector = {} }) => {
    if (namespace !== undefined) return inNamespace.get(namespace)?.select(podSelector) ?? []
    const names = selector === undefined ? namespaces.items : namespaces.select(selector)
    if (names.length === own.size) return everywhere.select(podSelector)
    return names.flatMap(name => inNamespace.get(name)?.select(podSelector) ?? [])
  }
}

interface AddressAudience {
  readonly audience: Audience
  readonly addresses: AddressSet
}

function audiencesOf(policies: readonly NetworkPolicy[], select: (scope: PodScope) => readonly PodEndpoint[]) {
  const byKey = new Map<string, Audience>()
  const byPod = new Map<PodEndpoint, Audience[]>()
  const ofAddresses: AddressAudience[] = []
  const of = (policy: NetworkPolicy, peer: Peer): Audience => {
    const scope = peer.kind === 'pods' ? scopeOf(policy, peer) : undefined
    const key = peer.kind === 'pods' ? JSON.stringify(scope) : spansOf(peer.addresses)
    const known = byKey.get(key)
    if (known !== undefined) return known
    const audience: Audience = { id: byKey.size, kind: peer.kind, groups: new Set() }
    byKey.set(key, audience)
    if (peer.kind === 'addresses') ofAddresses.push({ audience, addresses: peer.addresses })
    for (const pod of scope === undefined ? [] : select(scope)) append(byPod, pod, audience)
    return audience
  }
  const peers = (policy: NetworkPolicy) =>
    DIRECTIONS.flatMap(direction => policy.rules[direction] ?? []).flatMap(rule => rule.peers ?? [])
  for (const policy of policies) for (const peer of peers(policy)) of(policy, peer)
  return { of, including: (pod: PodEndpoint): readonly Audience[] => byPod.get(pod) ?? [], ofAddresses }
}

/** Whom a peer means: pods of its own namespace, or of the namespaces that it selects. */
export function scopeOf(policy: NetworkPolicy, { namespaces, pods }: Extract<Peer, { kind: 'pods' }>): PodScope {
  return namespaces === undefined ? { namespace: policy.namespace, pods } : { namespaces, pods }
}

function spansOf(addresses: AddressSet): string {
  return addresses.map(({ from, until }) => `${from}-${until}`).join()
}

/** A value that equal ones share, and the text that equal ones have in common. */
interface Shared<T> {
  readonly key: string
  readonly value: T
}

function stancesOf(
  judged: readonly NetworkPolicy[],
  unjudged: readonly UnjudgedPolicy[],
  selectIsolable: (scope: PodScope) => readonly PodEndpoint[],
  select: (scope: PodScope) => readonly PodEndpoint[],
  audienceOf: (policy: NetworkPolicy, peer: Peer) => Audience,
): (pod: PodEndpoint, direction: Direction) => Shared<Stance> {
  const isolating = {
    ingress: new Map<PodEndpoint, Known<Isolation>[]>(),
    egress: new Map<PodEndpoint, Known<Isolation>[]>(),
  }
  const clouding = {
    ingress: new Map<PodEndpoint, Known<UnjudgedPolicy>[]>(),
    egress: new Map<PodEndpoint, Known<UnjudgedPolicy>[]>(),
  }
  for (const direction of DIRECTIONS) {
    const bySubject = new Map<string, NetworkPolicy[]>()
    for (const policy of judged) {
      if (policy.rules[direction] !== undefined) append(bySubject, JSON.stringify(subjectOf(policy)), policy)
    }
    for (const [nth, policies] of [...bySubject.values()].entries()) {
      const rules = policies.flatMap(policy => placedRules(policy, direction, audienceOf))
      const [first] = policies
      const subjects = first === undefined ? [] : selectIsolable(subjectOf(first))
      for (const pod of subjects) append(isolating[direction], pod, { nth, value: { policies, rules } })
    }
    for (const [nth, policy] of unjudged.entries()) {
      if (!policy.directions.includes(direction)) continue
      for (const pod of select(policy.scope)) append(clouding[direction], pod, { nth, value: policy })
    }
  }
  const known = { ingress: new Map<string, Stance>(), egress: new Map<string, Stance>() }
  return (pod, direction) => {
    const by = isolating[direction].get(pod) ?? []
    const under = clouding[direction].get(pod) ?? []
    const key = [by, under].map(list => list.map(({ nth }) => nth).join()).join(';')
    const value = known[direction].get(key) ?? {
      isolations: by.map(({ value }) => value),
      unjudged: under.map(({ value }) => value),
    }
    known[direction].set(key, value)
    return { key, value }
  }
}

/** One of a list, with its place in it. */
interface Known<T> {
  readonly nth: number
  readonly value: T
}

function subjectOf({ namespace, subject }: NetworkPolicy): PodScope {
  return { namespace, pods: subject }
}

function placedRules(
  policy: NetworkPolicy,
  direction: Direction,
  audienceOf: (policy: NetworkPolicy, peer: Peer) => Audience,
): readonly PlacedRule[] {
  return (policy.rules[direction] ?? []).map(rule => ({
    policy,
    rule,
    peers: rule.peers?.map(peer => ({ at: peer.at, audience: audienceOf(policy, peer) })),
  }))
}

function namedPortsOf(policies: readonly NetworkPolicy[], algebra: PortAlgebra) {
  const used = new Set<string>()
  for (const { rules } of policies) {
    for (const direction of DIRECTIONS) {
      for (const { ports } of rules[direction] ?? []) for (const name of ports.names) used.add(nameKey(name))
    }
  }
  const known = new Map<string, NamedPorts>()
  return ({ ports }: PodEndpoint): Shared<NamedPorts> => {
    const named = new Map<string, PortSet>()
    for (const { name, protocol, port } of ports) {
      const key = nameKey({ protocol, name: name ?? '' })
      if (!used.has(key)) continue
      named.set(key, algebra.union(named.get(key) ?? NO_PORTS, algebra.intern(portRange(protocol, port))))
    }
    const key = JSON.stringify([...named])
    const value = known.get(key) ?? named
    known.set(key, value)
    return { key, value }
  }
}

/** The addresses outside, in parts that no policy tells apart. */
function rangeGroupsOf(audiences: readonly AddressAudience[]): readonly Group[] {
  const everywhere = { label: undefined, set: ALL_ADDRESSES }
  const blocks = audiences.map(({ audience, addresses }) => ({ label: audience, set: addresses }))
  return overlay([everywhere, ...blocks]).map(({ labels, set }) => {
    const matching = labels.filter(label => label !== undefined)
    const group: Group = {
      members: [rangeEndpoint(set)],
      hostNetwork: false,
      strangers: false,
      stances: { ingress: OPEN, egress: OPEN },
      audiences: new Set(matching),
      namedPorts: new Map(),
    }
    for (const { groups } of matching) groups.add(group)
    return group
  })
}
