import type { Endpoint, PodEndpoint, RangeEndpoint } from './endpoint.ts'
import { hasPort, type Port } from './port-set.ts'
import type { Reach } from './reach.ts'
import type { Edge, Flow, Reachability } from './reach-edge.ts'
import type { Group } from './reach-group.ts'
import type { RouteEntry } from './route-entry.ts'

export interface Hop {
  readonly edge: Edge
  /** The route, exposed Service or node port that leads this way. */
  readonly via?: RouteEntry
}

/** From outside the cluster to some pods, one connection after the other. */
export interface ReachPath {
  readonly hops: readonly Hop[]
  /** `unknown` when some hop is. */
  readonly verdict: Exclude<Reachability, 'denied'>
}

/**
 * The shortest way in to some pods, or `undefined` when there is none: one of connections that are surely allowed, else
 * one of connections that may be. Between pods any port serves; the last connection is on `port` when one is given.
 */
export type WayIn = (target: PodEndpoint, port?: Port) => ReachPath | undefined

/** A first connection: from outside, or from the pods of a controller that are in no manifest, through an entry. */
interface Start {
  readonly from: Endpoint
  readonly to: PodEndpoint
  /** Absent for a controller, which is asked on any port that is open. */
  readonly port: Port | undefined
  readonly via: RouteEntry
}

/** Everything that can be come upon from outside, nearest first, each with what led to it. */
interface Exploration {
  readonly starts: readonly Start[]
  readonly arrivals: ReadonlyMap<PodEndpoint, PodEndpoint | Start>
}

type Passes = (flow: Flow, port: Port | undefined) => boolean

const isAllowed: Passes = ({ allowed }, port) => (port === undefined ? allowed.length > 0 : hasPort(allowed, port))
const isPossible: Passes = (flow, port) =>
  isAllowed(flow, port) || (port === undefined ? flow.unknown.length > 0 : hasPort(flow.unknown, port))

/** What can be come upon from outside is worked out once for all targets, when the first is asked for. */
export function waysInto(reach: Reach, entries: readonly RouteEntry[]): WayIn {
  const routes = routesBetween(entries)
  const explored = new Map<Passes, Exploration>()
  return (target, port) => {
    for (const passes of [isAllowed, isPossible]) {
      const exploration = explored.get(passes) ?? explore(reach, entries, passes)
      explored.set(passes, exploration)
      const hops = hopsTo(target, port, exploration, passes, reach, routes)
      if (hops === undefined) continue
      return { hops, verdict: hops.some(({ edge }) => edge.verdict === 'unknown') ? 'unknown' : 'allowed' }
    }
    return undefined
  }
}

function explore(reach: Reach, entries: readonly RouteEntry[], passes: Passes): Exploration {
  const starts = startsOf(reach, entries, passes)
  const arrivals = new Map<PodEndpoint, PodEndpoint | Start>()
  for (const start of starts) if (!arrivals.has(start.to)) arrivals.set(start.to, start)
  const left = new Set<Group>()
  // A map is walked in the order of insertion, which includes what is inserted on the way: breadth first.
  for (const pods of arrivals.keys()) {
    const group = reach.groupOf(pods)
    // The members of a group reach the same pods, so the first of them to be come upon speaks for all.
    if (left.has(group)) continue
    left.add(group)
    for (const bundle of reach.edgesFrom(group)) {
      if (!passes(bundle, undefined)) continue
      for (const next of bundle.to.members) {
        if (next.kind === 'pods' && !arrivals.has(next)) arrivals.set(next, pods)
      }
    }
  }
  return { starts, arrivals }
}

function startsOf(reach: Reach, entries: readonly RouteEntry[], passes: Passes): readonly Start[] {
  const outside = reach.outside()
  const found = new Map<string, RangeEndpoint | undefined>()
  const rangeThatEnters = (pods: PodEndpoint, port: Port | undefined): RangeEndpoint | undefined => {
    const key = `${pods.id}\n${port?.protocol}\n${port?.port}`
    if (!found.has(key)) {
      const group = reach.groupOf(pods)
      found.set(
        key,
        outside.find(range => passes(reach.flow(reach.groupOf(range), group), port)),
      )
    }
    return found.get(key)
  }
  const fromOutside = (to: PodEndpoint, port: Port | undefined, via: RouteEntry): readonly Start[] => {
    const from = rangeThatEnters(to, port)
    return from === undefined ? [] : [{ from, to, port, via }]
  }
  // What a controller is exposed by leads to it more plainly than the routes that it serves.
  const plainest = [
    ...entries.filter(({ through }) => through.length === 0),
    ...entries.filter(({ through }) => through.length > 0),
  ]
  return plainest.flatMap(via => {
    const backends = via.backends.flatMap(route => route.backends)
    if (via.through.length === 0) return backends.flatMap(({ pods, ...port }) => fromOutside(pods, port, via))
    return via.through.flatMap(controller =>
      controller.kind === 'pods' && !controller.stranger
        ? fromOutside(controller, undefined, via)
        : backends.flatMap(({ pods, ...port }) =>
            passes(reach.edge(controller, pods, port), port) ? [{ from: controller, to: pods, port, via }] : [],
          ),
    )
  })
}

function hopsTo(
  target: PodEndpoint,
  port: Port | undefined,
  { starts, arrivals }: Exploration,
  passes: Passes,
  reach: Reach,
  routes: ReadonlyMap<string, RouteEntry>,
): readonly Hop[] | undefined {
  if (port === undefined) return arrivals.has(target) ? trailTo(target, arrivals, reach, routes) : undefined
  const first = starts.find(({ from, to, port: own }) => {
    if (to !== target) return false
    return own === undefined ? passes(reach.edge(from, to, port), port) : samePort(own, port)
  })
  if (first !== undefined) return [{ edge: reach.edge(first.from, target, port), via: first.via }]
  const home = reach.groupOf(target)
  for (const pods of arrivals.keys()) {
    if (pods === target || !passes(reach.flow(reach.groupOf(pods), home), port)) continue
    return [...trailTo(pods, arrivals, reach, routes), hopBetween(pods, target, port, reach, routes)]
  }
  return undefined
}

function trailTo(
  pods: PodEndpoint,
  arrivals: Exploration['arrivals'],
  reach: Reach,
  routes: ReadonlyMap<string, RouteEntry>,
): readonly Hop[] {
  const before = arrivals.get(pods)
  if (before === undefined) return []
  if (!('via' in before))
    return [...trailTo(before, arrivals, reach, routes), hopBetween(before, pods, undefined, reach, routes)]
  return [{ edge: reach.edge(before.from, pods, before.port), via: before.via }]
}

function hopBetween(
  from: PodEndpoint,
  to: PodEndpoint,
  port: Port | undefined,
  reach: Reach,
  routes: ReadonlyMap<string, RouteEntry>,
): Hop {
  const via = routes.get(routeKey(from, to))
  return { edge: reach.edge(from, to, port), ...(via === undefined ? {} : { via }) }
}

/** The first route that each controller passes on to each of its backends. */
function routesBetween(entries: readonly RouteEntry[]): ReadonlyMap<string, RouteEntry> {
  const routes = new Map<string, RouteEntry>()
  for (const entry of entries) {
    for (const controller of entry.through) {
      for (const { pods } of entry.backends.flatMap(({ backends }) => backends)) {
        const key = routeKey(controller, pods)
        if (!routes.has(key)) routes.set(key, entry)
      }
    }
  }
  return routes
}

function routeKey(from: Endpoint, to: Endpoint): string {
  return `${from.id}\n${to.id}`
}

function samePort(a: Port, b: Port): boolean {
  return a.port === b.port && a.protocol === b.protocol
}
