import { type AddressSet, formatAddresses } from '../analysis/address-set.ts'
import type { Endpoint } from '../analysis/endpoint.ts'
import { overlay, union } from '../analysis/interval-set.ts'
import { formatPorts, type PortSet } from '../analysis/port-set.ts'
import { type Reach, reachOf } from '../analysis/reach.ts'
import { diffReach } from '../analysis/reach-diff.ts'
import { strangersOf } from '../analysis/stranger.ts'
import { append } from '../manifest/group-by.ts'
import type { Tree } from '../synth/tree.ts'
import { roleOf } from './subject.ts'
import { indexesOf, type TwoIndexes } from './two-indexes.ts'

/** `clouds`: nobody can tell any more, because a policy that is not evaluated here has a say. */
export type ReachEffect = 'opens' | 'closes' | 'clouds'

/** One connection, or the same one in several tenants, that comes or goes. */
export interface ChangedFlow {
  readonly effect: ReachEffect
  /** What the pods are: `web`, `cron`; `zenith web` where two tenants are concerned. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly ports: string
  /** None where it is nobody's in particular. */
  readonly tenants: readonly string[]
}

/** How many connections among its own pods a tenant brings or takes along. */
export interface OwnFlows {
  readonly tenant: string
  readonly effect: 'opens' | 'closes'
  readonly flows: number
}

/** Who connects to whom differently between two states of an environment, in the words of the platform. */
export interface ReachChange {
  readonly flows: readonly ChangedFlow[]
  /** Of tenants that come or go as a whole; what crosses their border is among the flows. */
  readonly own: readonly OwnFlows[]
}

const EFFECTS = ['opens', 'closes', 'clouds'] as const

export function reachChange(before: Tree, after: Tree): ReachChange {
  return reachBetween(indexesOf(before, after))
}

/** The same of what was read already. */
export function reachBetween({ before, after }: TwoIndexes): ReachChange {
  const was = reachOf(before, strangersOf(before))
  const is = reachOf(after, strangersOf(after))
  const standing = [was, is].map(tenantsIn)
  const isWhole = (tenant: string) => standing.some(tenants => !tenants.has(tenant))
  const lines: Line[] = []
  const own = new Map<string, number>()
  for (const { from, to, opened, closed, clouded } of diffReach(was, is).changes) {
    const changed = { opens: opened, closes: closed, clouds: clouded }
    for (const effect of EFFECTS) {
      const ports = changed[effect]
      if (ports.length === 0) continue
      for (const [source, target] of pairsByTenant(from, to)) {
        const { tenant } = source
        if (tenant !== undefined && tenant === target.tenant && effect !== 'clouds' && isWhole(tenant)) {
          const key = JSON.stringify([tenant, effect])
          own.set(key, (own.get(key) ?? 0) + source.names.length * target.names.length)
        } else lines.push(lineOf(effect, source, target, ports))
      }
    }
  }
  return {
    flows: sharedAmongTenants(sharedAmongRoles(joinedAddresses(lines))),
    own: [...own].map(([key, flows]) => {
      const [tenant, effect] = JSON.parse(key) as [string, OwnFlows['effect']]
      return { tenant, effect, flows }
    }),
  }
}

function tenantsIn({ pods }: Reach): ReadonlySet<string> {
  return new Set(pods.flatMap(({ tenant }) => tenant ?? []))
}

/** Endpoints of one tenant, or of none. */
interface Side {
  readonly tenant: string | undefined
  /** What each of them is, without a repetition. */
  readonly names: readonly string[]
  /** Empty for pods. */
  readonly addresses: AddressSet
}

function pairsByTenant(from: readonly Endpoint[], to: readonly Endpoint[]): readonly (readonly [Side, Side])[] {
  const targets = sidesOf(to)
  return sidesOf(from).flatMap(source => targets.map(target => [source, target] as const))
}

function sidesOf(endpoints: readonly Endpoint[]): readonly Side[] {
  const byTenant = new Map<string | undefined, Set<string>>()
  let addresses: AddressSet = []
  for (const endpoint of endpoints) {
    if (endpoint.kind === 'range') {
      addresses = union(addresses, endpoint.addresses)
      continue
    }
    const tenant = endpoint.kind === 'pods' ? endpoint.tenant : undefined
    byTenant.set(tenant, (byTenant.get(tenant) ?? new Set()).add(nameOf(endpoint)))
  }
  const pods = [...byTenant].map(([tenant, names]) => ({ tenant, names: [...names].sort(), addresses: [] }))
  return addresses.length === 0 ? pods : [...pods, { tenant: undefined, names: [], addresses }]
}

/** What pods are in the platform: their role; `Deployment/shop/web` where nothing says it. */
function nameOf(endpoint: Endpoint): string {
  if (endpoint.kind !== 'pods') return endpoint.id
  if (endpoint.stranger) return `namespace ${endpoint.namespace}`
  if (endpoint.tenant === undefined) return endpoint.id
  const { manifest } = endpoint.source
  const role = endpoint.labels['waybill.dev/role']
  return role ?? (roleOf(manifest) || endpoint.id)
}

interface Line {
  readonly effect: ReachEffect
  readonly from: Side
  readonly to: Side
  readonly ports: PortSet
}

function lineOf(effect: ReachEffect, from: Side, to: Side, ports: PortSet): Line {
  const isCrossing = from.tenant !== undefined && to.tenant !== undefined && from.tenant !== to.tenant
  const called = (side: Side) =>
    isCrossing ? { ...side, names: side.names.map(name => `${side.tenant} ${name}`) } : side
  return { effect, from: called(from), to: called(to), ports }
}

/**
 * Policies cut the addresses outside into parts. What changes alike for several of them, of the same pods and on the
 * same ports, is one line again.
 */
function joinedAddresses(lines: readonly Line[]): readonly Line[] {
  const byPods = new Map<string, Line[]>()
  for (const line of lines) {
    const outside = line.from.addresses.length + line.to.addresses.length > 0
    const key = JSON.stringify([line.effect, line.from.tenant, line.from.names, line.to.tenant, line.to.names])
    const own = outside ? key : `${key} ${byPods.size}`
    append(byPods, own, line)
  }
  return [...byPods.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    if (others.length === 0) return [first]
    const side = first.from.addresses.length > 0 ? 'from' : 'to'
    const sets = [first, ...others].map(line => ({ label: line[side].addresses, set: line.ports }))
    return overlay(sets).map(({ labels, set }) => ({
      ...first,
      [side]: { ...first[side], addresses: labels.reduce<AddressSet>(union, []) },
      ports: set,
    }))
  })
}

/** What is left of all addresses without those that nobody outside can have. */
const PUBLIC = '0.0.0.0/0 except 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16'

function saidOf({ names, addresses }: Side): readonly string[] {
  if (addresses.length === 0) return names
  const text = formatAddresses(addresses)
  if (text === PUBLIC) return ['outside: any public address']
  return [
    text.startsWith('outside')
      ? text
      : `outside ${text}`.replace('outside 0.0.0.0/0 except ', 'outside: any address but '),
  ]
}

/** The pods of one tenant that reach the same others on the same ports are told in one line, and so are those reached. */
function sharedAmongRoles(lines: readonly Line[]): readonly ChangedFlow[] {
  const flows = lines.map(({ effect, from, to, ports }): ChangedFlow => {
    const tenants = new Set([from.tenant, to.tenant].flatMap(tenant => tenant ?? []))
    return { effect, from: saidOf(from), to: saidOf(to), ports: formatPorts(ports), tenants: [...tenants].sort() }
  })
  return merged(merged(flows, 'from'), 'to')
}

function sharedAmongTenants(flows: readonly ChangedFlow[]): readonly ChangedFlow[] {
  const order = ({ effect, from, to, ports }: ChangedFlow) =>
    [EFFECTS.indexOf(effect), from.join(), to.join(), ports].join('\n')
  return [...merged(flows, 'tenants')].sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

/** Flows that differ in nothing but one list, as one with the lists put together. */
function merged(flows: readonly ChangedFlow[], list: 'from' | 'to' | 'tenants'): readonly ChangedFlow[] {
  const byRest = new Map<string, ChangedFlow>()
  for (const flow of flows) {
    const key = JSON.stringify({ ...flow, [list]: [] })
    const together = [...new Set([...(byRest.get(key)?.[list] ?? []), ...flow[list]])].sort()
    byRest.set(key, { ...flow, [list]: together })
  }
  return [...byRest.values()]
}
