import { budgetOf } from '../analysis/budget.ts'
import { type NodePool, type OverBudget, overBudget } from '../analysis/over-budget.ts'
import { indexOf } from '../manifest/manifest-index.ts'
import { parseManifests } from '../manifest/parse.ts'
import { parseQuantity, type Quantity } from '../manifest/quantity.ts'
import type { AskedGates } from '../spec/asked-gates.ts'
import { isUnitFile, KUSTOMIZATION } from '../synth/layout.ts'
import type { Tree } from '../synth/tree.ts'
import type { Gate } from './gate.ts'

type Asked = NonNullable<AskedGates['capacity']>

/** Everything that does not fit into an environment with these files. */
export function shortages({ nodes }: Asked, files: Tree): readonly OverBudget[] {
  const sources = [...files].flatMap(([path, text]) =>
    isUnitFile(path) || path.endsWith(`/${KUSTOMIZATION}`) ? [] : parseManifests(path, text).sources,
  )
  const pools = nodes.map(({ name, count, ...room }): NodePool => {
    const allocatable = Object.entries(room)
      .map(([resource, amount]) => [resource, parseQuantity(amount)] as const)
      .filter((entry): entry is readonly [string, Quantity] => entry[1] !== undefined)
    return { name, nodes: count, allocatable: new Map(allocatable) }
  })
  return overBudget(budgetOf(indexOf(sources, { profile: 'standard' })), pools)
}

/**
 * What a unit asks for fits once the change stands. What did not fit before, and is not touched, is no reason to wait.
 *
 * @param folder of the unit; too few nodes are everybody's
 */
export function capacityGate(folder: string, before: readonly OverBudget[], after: readonly OverBudget[]): Gate {
  const known = new Set(before.map(({ message }) => message))
  const short = after.filter(
    ({ kind, message, source }) => !known.has(message) && (kind === 'nodes' || source.file.startsWith(folder)),
  )
  const [first] = short
  if (first === undefined) return { name: 'capacity', state: 'open', reason: 'what is asked for fits' }
  const more = short.length > 1 ? `, and ${short.length - 1} more` : ''
  return {
    name: 'capacity',
    state: 'closed',
    reason: `${first.message}${more}`,
    opens:
      first.kind === 'nodes'
        ? 'more nodes, stated under gates.capacity, or less asked for'
        : 'a larger bound, or less asked for',
  }
}
