import type { Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, isFields, listOf } from '../manifest/value.ts'
import { type AddressSet, parseCidr } from './address-set.ts'
import { difference, union } from './interval-set.ts'
import { selectorFault, selectorKeys } from './label-index.ts'
import { ALL_PORTS, isPortNumber, isProtocol, NO_PORTS, type PortSet, type Protocol, portRange } from './port-set.ts'

export const DIRECTIONS = ['ingress', 'egress'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** A port by the name that the destination pod gives it: it means another number on every pod, and nothing outside. */
export interface PortName {
  readonly protocol: Protocol
  readonly name: string
}

export interface RulePorts {
  readonly numbers: PortSet
  readonly names: readonly PortName[]
}

/** Pods by label, in the policy's own namespace (`namespaces` absent) or in the namespaces with these labels. */
export interface PodPeer {
  readonly kind: 'pods'
  readonly at: FieldPath
  readonly namespaces: Fields | undefined
  readonly pods: Fields
}

/** Addresses outside the cluster. Whether they also cover pods differs between network plugins: here they do not. */
export interface AddressPeer {
  readonly kind: 'addresses'
  readonly at: FieldPath
  readonly addresses: AddressSet
}

export type Peer = PodPeer | AddressPeer

export interface Rule {
  readonly at: FieldPath
  /** Absent: everyone, pods and outside. */
  readonly peers: readonly Peer[] | undefined
  readonly ports: RulePorts
}

/** A `networking.k8s.io` NetworkPolicy with its defaults filled in. */
export interface NetworkPolicy {
  readonly source: Source
  readonly namespace: string
  readonly subject: Fields
  /** A direction with rules, be it none, isolates the subject in that direction; an absent one leaves it open. */
  readonly rules: Readonly<Partial<Record<Direction, readonly Rule[]>>>
}

/** Why the API server refuses a policy, and where. */
export interface PolicyFault {
  readonly at: FieldPath
  readonly reason: string
}

const PEERS_FIELD = { ingress: 'from', egress: 'to' } as const
const TYPE_NAME = { ingress: 'Ingress', egress: 'Egress' } as const

/**
 * The policy in a manifest, read as the API server defaults and validates it
 * (kubernetes.io/docs/concepts/services-networking/network-policies). What the API server would refuse is a fault:
 * nobody knows then which rules the cluster obeys.
 */
export function readNetworkPolicy(source: Source): NetworkPolicy | PolicyFault {
  const spec = fieldsOf(source.manifest.spec)
  const faults: PolicyFault[] = []
  const subject = selectorAt(spec.podSelector, ['spec', 'podSelector'], faults) ?? {}
  const types = listAt(spec.policyTypes, ['spec', 'policyTypes'], faults)
  const isolates: Record<Direction, boolean> =
    types.length === 0
      ? { ingress: true, egress: listOf(spec.egress).length > 0 }
      : { ingress: types.includes('Ingress'), egress: types.includes('Egress') }
  if (!types.every(type => type === TYPE_NAME.ingress || type === TYPE_NAME.egress)) {
    faults.push({ at: ['spec', 'policyTypes'], reason: 'policyTypes holds something else than Ingress and Egress' })
  }
  const rules: Partial<Record<Direction, readonly Rule[]>> = {}
  for (const direction of DIRECTIONS) {
    const read = listAt(spec[direction], ['spec', direction], faults).map((entry, nth) =>
      readRule(entry, ['spec', direction, nth], direction, faults),
    )
    if (isolates[direction]) rules[direction] = read
  }
  return faults[0] ?? { source, namespace: namespaceOf(source), subject, rules }
}

/** Labels that controllers put on pods when they make them, so that no manifest says which pods will carry them. */
const CONTROLLER_LABELS: ReadonlySet<string> = new Set([
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'controller-revision-hash',
  'controller-uid',
  'pod-template-generation',
  'pod-template-hash',
  'statefulset.kubernetes.io/pod-name',
])

/** A label of this selector that only a controller knows. */
export function controllerLabelIn(selector: unknown): string | undefined {
  return selectorKeys(selector).find(label => CONTROLLER_LABELS.has(label))
}

export function isPolicyFault(read: NetworkPolicy | PolicyFault): read is PolicyFault {
  return 'reason' in read
}

function readRule(entry: unknown, at: FieldPath, direction: Direction, faults: PolicyFault[]): Rule {
  const rule = mapAt(entry, at, faults)
  const field = PEERS_FIELD[direction]
  const peers = listAt(rule[field], [...at, field], faults)
  const ports = listAt(rule.ports, [...at, 'ports'], faults)
  return {
    at,
    peers: peers.length === 0 ? undefined : peers.map((peer, nth) => readPeer(peer, [...at, field, nth], faults)),
    ports: ports.length === 0 ? { numbers: ALL_PORTS, names: [] } : readPorts(ports, [...at, 'ports'], faults),
  }
}

function readPeer(entry: unknown, at: FieldPath, faults: PolicyFault[]): Peer {
  const { podSelector = null, namespaceSelector = null, ipBlock = null } = mapAt(entry, at, faults)
  const selects = podSelector !== null || namespaceSelector !== null
  if (selects === (ipBlock !== null)) {
    faults.push({ at, reason: selects ? 'a peer has both a selector and an ipBlock' : 'a peer names nobody' })
  }
  if (ipBlock !== null) return { kind: 'addresses', at, addresses: readBlock(ipBlock, [...at, 'ipBlock'], faults) }
  return {
    kind: 'pods',
    at,
    namespaces: selectorAt(namespaceSelector, [...at, 'namespaceSelector'], faults),
    pods: selectorAt(podSelector, [...at, 'podSelector'], faults) ?? {},
  }
}

function readBlock(entry: unknown, at: FieldPath, faults: PolicyFault[]): AddressSet {
  const block = mapAt(entry, at, faults)
  const cidr = cidrAt(block.cidr, [...at, 'cidr'], faults)
  let excepted: AddressSet = []
  for (const [nth, text] of listAt(block.except, [...at, 'except'], faults).entries()) {
    const hole = cidrAt(text, [...at, 'except', nth], faults)
    // The API server wants a strict subset: a block that is wholly excepted would be a rule that says nothing.
    if (difference(hole, cidr).length > 0 || difference(cidr, hole).length === 0) {
      faults.push({ at: [...at, 'except', nth], reason: `"${text}" is no strict part of "${block.cidr}"` })
    }
    excepted = union(excepted, hole)
  }
  return difference(cidr, excepted)
}

function cidrAt(value: unknown, at: FieldPath, faults: PolicyFault[]): AddressSet {
  const addresses = typeof value === 'string' ? parseCidr(value) : undefined
  if (addresses === undefined) faults.push({ at, reason: `"${value}" is no CIDR` })
  return addresses ?? []
}

function readPorts(entries: readonly unknown[], at: FieldPath, faults: PolicyFault[]): RulePorts {
  let numbers = NO_PORTS
  const names: PortName[] = []
  for (const [nth, entry] of entries.entries()) {
    const fields = mapAt(entry, [...at, nth], faults)
    const protocol = fields.protocol ?? 'TCP'
    const { port = null, endPort = null } = fields
    const last = endPort ?? port
    if (!isProtocol(protocol)) faults.push({ at: [...at, nth, 'protocol'], reason: `"${protocol}" is no protocol` })
    else if (port === null && endPort === null) numbers = union(numbers, portRange(protocol, 1, 65_535))
    else if (isPortNumber(port) && isPortNumber(last) && last >= port) {
      numbers = union(numbers, portRange(protocol, port, last))
    } else if (isPortName(port) && endPort === null) names.push({ protocol, name: port })
    else faults.push({ at: [...at, nth], reason: `"${port}"${endPort === null ? '' : ` to "${endPort}"`} is no port` })
  }
  return { numbers, names }
}

/** As the API server wants it: a text without a letter, such as `"80"`, is no name, and no number either. */
function isPortName(value: unknown): value is string {
  return typeof value === 'string' && /[a-z]/.test(value)
}

function selectorAt(value: unknown, at: FieldPath, faults: PolicyFault[]): Fields | undefined {
  const reason = selectorFault(value)
  if (reason !== undefined) faults.push({ at, reason })
  return isFields(value) ? value : undefined
}

/** The API server reads a null entry as an empty one. */
function mapAt(value: unknown, at: FieldPath, faults: PolicyFault[]): Fields {
  if (value !== null && !isFields(value)) faults.push({ at, reason: 'a map is expected here' })
  return fieldsOf(value)
}

function listAt(value: unknown, at: FieldPath, faults: PolicyFault[]): readonly unknown[] {
  if (value !== undefined && value !== null && !Array.isArray(value))
    faults.push({ at, reason: 'a list is expected here' })
  return listOf(value)
}
