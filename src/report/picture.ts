import { type AddressSet, formatAddresses } from '../analysis/address-set.ts'
import type { Endpoint, PodEndpoint } from '../analysis/endpoint.ts'
import { union } from '../analysis/interval-set.ts'
import { formatPorts, NO_PORTS, type PortSet, portRange } from '../analysis/port-set.ts'
import type { Reach } from '../analysis/reach.ts'
import { reachBetween } from '../analysis/reach-part.ts'
import type { RouteEntry } from '../analysis/route-entry.ts'
import { type Guests, isGuest } from '../analysis/zone-assertions.ts'
import { podName, strangerName } from './pod-name.ts'
import { flowsOf } from './reach-flows.ts'

/**
 * `own`: pods of the picture's subject. `shared`: pods that belong to no tenant, or that share servers with it. `stranger`: in no manifest.
 * `trespasser`: pods of another tenant. `hosts`: the names under which people come in. `outside`: addresses.
 */
export type NodeKind = 'own' | 'shared' | 'stranger' | 'trespasser' | 'hosts' | 'outside'

export interface PictureNode {
  readonly key: string
  readonly kind: NodeKind
  readonly title: string
  /** The ports on which somebody reaches it, or what else there is to say of it in a few words. */
  readonly note: string
  /** What the pods are called in full. */
  readonly members: readonly PodEndpoint[]
  /** The frame around it, a zone or a namespace. */
  readonly frame: string | undefined
}

export interface PictureEdge {
  readonly from: string
  readonly to: string
  readonly ports: string
  /** Of the others nobody can tell. */
  readonly certain: boolean
}

/** One tenant, or what belongs to none, with everybody that it has to do with. */
export interface Picture {
  readonly title: string
  readonly nodes: readonly PictureNode[]
  /** Sorted. */
  readonly frames: readonly string[]
  readonly edges: readonly PictureEdge[]
  /** Whom all own pods reach, which is said instead of drawn: the DNS of the cluster. */
  readonly everybody: readonly { readonly title: string; readonly ports: string }[]
}

/** Pictures of all tenants by name, then of the pods that belong to none, where there are any. */
export function picturesOf(reach: Reach, entries: readonly RouteEntry[], guests: Guests): readonly Picture[] {
  const seen = reach.pods.filter(({ stranger }) => !stranger)
  const tenants = [...new Set(seen.map(({ tenant }) => tenant))].sort((a, b) =>
    (a ?? '\uffff') < (b ?? '\uffff') ? -1 : 1,
  )
  return tenants.map(tenant =>
    pictureOf(
      tenant,
      seen.filter(pods => pods.tenant === tenant),
      reach,
      entries,
      guests,
    ),
  )
}

function pictureOf(
  tenant: string | undefined,
  own: readonly PodEndpoint[],
  reach: Reach,
  entries: readonly RouteEntry[],
  guests: Guests,
): Picture {
  const nodes = new Map<string, Sketch>()
  const edges = new Map<string, Wire>()
  const nodeOf = (endpoint: Endpoint): Sketch => {
    const sketch = sketchOf(endpoint, tenant, reach, guests)
    const known = nodes.get(sketch.identity) ?? { ...sketch, key: `n${nodes.size}` }
    nodes.set(sketch.identity, known)
    if (endpoint.kind === 'pods' && !known.members.includes(endpoint)) known.members.push(endpoint)
    return known
  }
  const connect = (from: Sketch, to: Sketch, ports: PortSet, certain: boolean) => {
    const identity = JSON.stringify([from.key, to.key, certain])
    edges.set(identity, { from, to, certain, ports: union(edges.get(identity)?.ports ?? NO_PORTS, ports) })
  }
  for (const pods of own) nodeOf(pods)
  for (const { from, flows } of [
    ...flowsOf(reachBetween(reach, own, undefined)),
    ...flowsOf(reachBetween(reach, undefined, own)),
  ]) {
    for (const { to, ports, certain } of flows) {
      const targets = new Set(to.map(nodeOf))
      for (const source of new Set(from.map(nodeOf)))
        for (const target of targets) connect(source, target, ports, certain)
    }
  }
  for (const entry of entries) {
    const led = entry.backends.flatMap(({ backends }) => backends.filter(({ pods }) => own.includes(pods)))
    const hosts = entry.hosts.flatMap(({ kind, value, negated }) => (kind === 'exact' && !negated ? [value] : []))
    if (led.length === 0 || hosts.length === 0) continue
    const node = nodes.get(HOSTS) ?? { ...hostsSketch(), key: `n${nodes.size}` }
    nodes.set(HOSTS, node)
    node.hosts.push(...hosts.filter(host => !node.hosts.includes(host)))
    const seen = entry.through.filter(controller => controller.kind === 'pods')
    for (const target of new Set((seen.length > 0 ? seen : led.map(({ pods }) => pods)).map(nodeOf))) {
      connect(node, target, portRange('TCP', 443), true)
    }
  }
  return finished(tenant, [...nodes.values()], [...edges.values()])
}

/** A node while it is being drawn. */
interface Sketch extends Omit<PictureNode, 'title' | 'note' | 'members'> {
  readonly identity: string
  readonly members: PodEndpoint[]
  readonly hosts: string[]
  /** Of addresses. */
  readonly addresses: AddressSet
}

interface Wire extends Omit<PictureEdge, 'from' | 'to' | 'ports'> {
  readonly from: Sketch
  readonly to: Sketch
  readonly ports: PortSet
}

const HOSTS = 'hosts'

function hostsSketch(): Omit<Sketch, 'key'> {
  return { identity: HOSTS, kind: 'hosts', frame: undefined, members: [], hosts: [], addresses: [] }
}

/** Pods that no policy tells apart are one node, unless they stand in different frames or are different tenants'. */
function sketchOf(
  endpoint: Endpoint,
  tenant: string | undefined,
  reach: Reach,
  guests: Guests,
): Omit<Sketch, 'key'> & { key: string } {
  const bare = { key: '', members: [], hosts: [], addresses: [] }
  if (endpoint.kind === 'range') {
    return {
      ...bare,
      identity: `range ${endpoint.id}`,
      kind: 'outside',
      frame: undefined,
      addresses: endpoint.addresses,
    }
  }
  if (endpoint.kind === 'unseen' || endpoint.stranger) {
    return { ...bare, identity: endpoint.id, kind: 'stranger', frame: undefined }
  }
  const [first] = reach.groupOf(endpoint).members
  const kind = kindOf(endpoint.tenant, tenant, guests)
  const frame = kind === 'own' ? frameOf(endpoint) : undefined
  return { ...bare, identity: JSON.stringify([first?.id, frame, endpoint.tenant]), kind, frame }
}

function kindOf(tenant: string | undefined, subject: string | undefined, guests: Guests): NodeKind {
  if (tenant === subject) return 'own'
  if (tenant === undefined) return 'shared'
  const areAcquainted = subject !== undefined && (isGuest(guests, tenant, subject) || isGuest(guests, subject, tenant))
  return areAcquainted ? 'shared' : 'trespasser'
}

function frameOf({ zone, namespace }: PodEndpoint): string {
  return zone === undefined ? namespace : `${zone} zone`
}

/** The fewest own nodes of which it is worth saying that all of them reach somebody. */
const ALL = 3

function finished(tenant: string | undefined, sketches: readonly Sketch[], wires: readonly Wire[]): Picture {
  const own = sketches.filter(({ kind }) => kind === 'own')
  const everybody = sketches.filter(target => {
    const inward = wires.filter(({ to, certain }) => to === target && certain)
    const isAlike = new Set(inward.map(({ ports }) => formatPorts(ports))).size === 1
    const isBeyond = target.kind === 'stranger' || target.kind === 'outside'
    const isLeaf = wires.every(({ from }) => from !== target)
    return (
      isBeyond && isLeaf && isAlike && own.length >= ALL && own.every(pods => inward.some(({ from }) => from === pods))
    )
  })
  const drawn = wires.filter(({ from, to }) => from !== to && !everybody.includes(to))
  return {
    title: tenant ?? 'of no tenant',
    nodes: sketches
      .filter(sketch => !everybody.includes(sketch))
      .map(sketch => ({
        key: sketch.key,
        kind: sketch.kind,
        frame: sketch.frame,
        members: sketch.members,
        title: titleOf(sketch),
        note: noteOf(sketch, wires),
      })),
    frames: [...new Set(own.map(({ frame }) => frame))].flatMap(frame => (frame === undefined ? [] : [frame])).sort(),
    edges: drawn.map(({ from, to, ports, certain }) => ({
      from: from.key,
      to: to.key,
      ports: formatPorts(ports),
      certain,
    })),
    everybody: everybody.map(target => {
      const ports = wires.find(({ to }) => to === target)?.ports ?? NO_PORTS
      return { title: titleOf(target), ports: formatPorts(ports) }
    }),
  }
}

function titleOf({ kind, members, hosts, addresses, identity }: Sketch): string {
  if (kind === 'hosts') return hosts[0] ?? ''
  if (kind === 'outside') return addressesTitle(addresses)
  const [first] = members
  if (first === undefined) return identity
  if (kind === 'stranger') return strangerName(first)
  const names = [...new Set(members.map(podName))].sort()
  return `${kind === 'own' || first.tenant === undefined ? '' : `${first.tenant}: `}${names.join(', ')}`
}

/** More than half of all IPv4 addresses. */
const MANY = 2n ** 31n

function addressesTitle(addresses: AddressSet): string {
  const text = formatAddresses(addresses)
  const amount = addresses.reduce((sum, { from, until }) => sum + (until - from), 0n)
  return text === 'outside' ? 'any address' : amount > MANY ? 'public addresses' : text
}

function noteOf(sketch: Sketch, wires: readonly Wire[]): string {
  const { kind, hosts, members } = sketch
  if (kind === 'hosts')
    return hosts.length === 1 ? 'public' : hosts.length === 2 ? (hosts[1] ?? '') : `and ${hosts.length - 1} more hosts`
  if (kind === 'stranger') return members.length === 0 ? 'ingress controller' : 'in no manifest'
  const ports = wires.filter(({ to }) => to === sketch).reduce<PortSet>((all, wire) => union(all, wire.ports), NO_PORTS)
  if (ports.length > 0) return formatPorts(ports)
  return kind === 'outside' ? '' : 'reached by nobody'
}
