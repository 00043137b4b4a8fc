import { append } from '../manifest/group-by.ts'
import { byEndpointId, type Endpoint, type PodEndpoint, rangeEndpoint } from './endpoint.ts'
import { difference, overlay } from './interval-set.ts'
import { NO_PORTS, type PortSet } from './port-set.ts'
import type { Reach } from './reach.ts'
import type { Flow } from './reach-edge.ts'
import type { Group } from './reach-group.ts'

/** Endpoints between which the same ports opened, closed, or came under a cloud. */
export interface FlowChange {
  readonly from: readonly Endpoint[]
  readonly to: readonly Endpoint[]
  /** Allowed now and not before. */
  readonly opened: PortSet
  /** Allowed before and not now. */
  readonly closed: PortSet
  /** Unknown now and not before. */
  readonly clouded: PortSet
}

export interface ReachDiff {
  /** Pods that only one side has; their edges are among the changes. */
  readonly appeared: readonly string[]
  readonly disappeared: readonly string[]
  readonly changes: readonly FlowChange[]
}

/** Endpoints that are in one group before and in one group after. */
interface Cell {
  /** As they are after, or were before if they are gone. */
  readonly members: readonly Endpoint[]
  /** A single pod, which has no one of its kind to talk to. */
  readonly lone: boolean
  readonly groups: Readonly<Record<Side, Group | undefined>>
}

interface Pair {
  readonly before: Flow
  readonly after: Flow
}

type Side = keyof Pair

const NO_FLOW: Flow = { allowed: NO_PORTS, unknown: NO_PORTS }

/** Which edges appear and disappear between two states of an environment. Pods are the same when their ids are. */
export function diffReach(before: Reach, after: Reach): ReachDiff {
  const reaches = { before, after }
  const cells = cellsOf(reaches)
  const pairs = new Map<Cell, Map<Cell, Pair>>()
  for (const side of ['before', 'after'] as const) {
    const cellsIn = new Map<Group, Cell[]>()
    for (const cell of cells) {
      const group = cell.groups[side]
      if (group !== undefined) append(cellsIn, group, cell)
    }
    for (const { from, to, allowed, unknown } of reaches[side].edges()) {
      for (const source of cellsIn.get(from) ?? []) {
        const row = pairs.get(source) ?? new Map<Cell, Pair>()
        pairs.set(source, row)
        for (const target of cellsIn.get(to) ?? []) {
          const pair = row.get(target) ?? { before: NO_FLOW, after: NO_FLOW }
          row.set(target, { ...pair, [side]: { allowed, unknown } })
        }
      }
    }
  }
  const place = new Map(cells.map((cell, nth) => [cell, nth]))
  const inOrder = (found: Iterable<Cell>) => [...found].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
  const idsOf = (side: Side) => reaches[side].pods.map(({ id }) => id)
  return {
    appeared: idsOf('after').filter(id => before.find(id) === undefined),
    disappeared: idsOf('before').filter(id => after.find(id) === undefined),
    changes: inOrder(pairs.keys()).flatMap(source => {
      const row = pairs.get(source) ?? new Map<Cell, Pair>()
      return inOrder(row.keys()).flatMap(target => changeBetween(source, target, row.get(target)))
    }),
  }
}

function changeBetween(source: Cell, target: Cell, pair: Pair | undefined): readonly FlowChange[] {
  // A lone pod reaches itself before and after.
  if (pair === undefined || (source === target && source.lone)) return []
  const opened = difference(pair.after.allowed, pair.before.allowed)
  const closed = difference(pair.before.allowed, pair.after.allowed)
  const clouded = difference(pair.after.unknown, pair.before.unknown)
  if (opened.length + closed.length + clouded.length === 0) return []
  return [{ from: source.members, to: target.members, opened, closed, clouded }]
}

/** Pods in the order of ids, then addresses in the order of the first of them. */
function cellsOf(reaches: Readonly<Record<Side, Reach>>): readonly Cell[] {
  const byGroups = new Map<Group | undefined, Map<Group | undefined, PodEndpoint[]>>()
  const pods = new Map([...reaches.before.pods, ...reaches.after.pods].map(endpoint => [endpoint.id, endpoint]))
  for (const endpoint of [...pods.values()].sort(byEndpointId)) {
    const [before, after] = [homeOf(endpoint.id, reaches.before), homeOf(endpoint.id, reaches.after)]
    const row = byGroups.get(before) ?? new Map<Group | undefined, PodEndpoint[]>()
    byGroups.set(before, row)
    append(row, after, endpoint)
  }
  const podCells = [...byGroups].flatMap(([before, row]) =>
    [...row].map(([after, members]) => ({
      members,
      lone: members.length === 1 && members.every(({ single }) => single),
      groups: { before, after },
    })),
  )
  const rangesOf = (side: Side) =>
    reaches[side]
      .outside()
      .map(range => ({ label: { side, group: reaches[side].groupOf(range) }, set: range.addresses }))
  const rangeCells = overlay([...rangesOf('before'), ...rangesOf('after')]).map(({ labels, set }) => ({
    members: [rangeEndpoint(set)],
    lone: false,
    groups: {
      before: labels.find(({ side }) => side === 'before')?.group,
      after: labels.find(({ side }) => side === 'after')?.group,
    },
  }))
  return [...podCells, ...rangeCells]
}

function homeOf(id: string, reach: Reach): Group | undefined {
  const endpoint = reach.find(id)
  return endpoint === undefined ? undefined : reach.groupOf(endpoint)
}
