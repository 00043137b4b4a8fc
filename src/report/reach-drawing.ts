import { formatPorts } from '../analysis/port-set.ts'
import type { Group } from '../analysis/reach-group.ts'
import type { ReachPart } from '../analysis/reach-part.ts'

/** A group of endpoints, as a box. */
export interface DrawnNode {
  readonly key: string
  readonly lines: readonly string[]
  /** The namespace that all its members are in. */
  readonly frame: string | undefined
}

export interface DrawnEdge {
  readonly from: string
  readonly to: string
  readonly label: string
  /** Of which nobody can tell. */
  readonly dashed: boolean
}

/** What the drawings of every format show: groups, frames around namespaces, an arrow for each bundle of edges. */
export interface ReachDrawing {
  readonly nodes: readonly DrawnNode[]
  /** Sorted. */
  readonly frames: readonly string[]
  readonly edges: readonly DrawnEdge[]
}

/** More members than these are counted on the box. */
const SHOWN = 5

/** Addresses that no arrow touches are left out; pods never are. */
export function drawingOf(reach: ReachPart): ReachDrawing {
  const bundles = [...reach.edges()]
  const touched = new Set(bundles.flatMap(({ from, to }) => [from, to]))
  const drawn = reach.groups.filter(group => touched.has(group) || group.members.some(({ kind }) => kind === 'pods'))
  const keys = new Map(drawn.map((group, nth) => [group, `n${nth}`]))
  const keyOf = (group: Group) => keys.get(group) ?? ''
  const nodes = drawn.map(group => ({ key: keyOf(group), lines: linesOf(group), frame: frameOf(group) }))
  return {
    nodes,
    frames: [...new Set(nodes.flatMap(({ frame }) => frame ?? []))].sort(),
    edges: bundles.flatMap(({ from, to, allowed, unknown }) => {
      const ends = { from: keyOf(from), to: keyOf(to) }
      return [
        ...(allowed.length > 0 ? [{ ...ends, label: formatPorts(allowed), dashed: false }] : []),
        ...(unknown.length > 0 ? [{ ...ends, label: formatPorts(unknown), dashed: true }] : []),
      ]
    }),
  }
}

function linesOf({ members }: Group): readonly string[] {
  const ids: readonly string[] = members.map(({ id }) => id)
  return ids.length > SHOWN ? [...ids.slice(0, SHOWN), `and ${ids.length - SHOWN} more`] : ids
}

function frameOf({ members }: Group): string | undefined {
  const namespaces = new Set(members.map(member => (member.kind === 'pods' ? member.namespace : undefined)))
  const [only] = namespaces
  return namespaces.size === 1 ? only : undefined
}
