import type { Violation } from '../lint/finding.ts'
import { objectName, type Source } from '../manifest/manifest.ts'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  multiplyQuantity,
  type Quantity,
} from '../manifest/quantity.ts'
import type { Budget } from './budget.ts'
import { type BudgetRow, MOMENTS, type Moment } from './budget-row.ts'
import { type ConnectionBudget, connectionSubject, contributorText } from './connections.ts'
import { podCount } from './pod-count.ts'
import type { QuotaUse } from './quota.ts'
import { evidenceOf, type Fact } from './reach-edge.ts'
import { ONE, type ResourceList, ZERO } from './resource-list.ts'

/** Nodes of one kind, and what each of them has for pods (its allocatable resources). */
export interface NodePool {
  readonly name: string
  readonly nodes: number
  readonly allocatable: ResourceList
}

/** More than there is, as a policy may report it. */
export interface OverBudget extends Violation {
  readonly kind: 'quota' | 'refused' | 'nodes' | 'connections'
  readonly source: Source
  /** The chain of facts: what asks for it, the largest first. */
  readonly because: readonly Fact[]
}

const WHEN = {
  steady: 'with autoscalers at their least',
  rollout: 'during a rollout',
  peak: 'during a rollout, with autoscalers at their most',
} as const satisfies Record<Moment, string>

/**
 * Everything in a budget that does not fit: pods that are refused, then quotas, nodes and connections.
 *
 * @param pools the nodes of the environment; without them nothing is said of nodes
 */
export function overBudget(budget: Budget, pools: readonly NodePool[] = []): readonly OverBudget[] {
  return [
    ...budget.refusals.map(refusal => over('refused', refusal)),
    ...budget.quotas.uses.flatMap(overQuota),
    ...overNodes(budget.environment.rows, pools),
    ...budget.connections.flatMap(overConnections),
  ]
}

function over(
  kind: OverBudget['kind'],
  { source, at, message, because }: Pick<OverBudget, 'source' | 'at' | 'message' | 'because'>,
): OverBudget {
  return { kind, source, at, message, because, evidence: evidenceOf(because) }
}

function overQuota({ source, resource, at, hard, used, rows, claims, count }: QuotaUse): OverBudget[] {
  const moment = MOMENTS.find(each => compareQuantities(used[each], hard) > 0)
  if (moment === undefined) return []
  const asked = `${formatQuantity(used[moment])} of ${resource}`
  const message = `"${objectName(source.manifest)}" has ${formatQuantity(hard)}, and ${asked} are asked for ${WHEN[moment]}, so what comes last is refused`
  const stored = claims.map(claim => ({
    total: count.ofClaim(claim),
    fact: {
      message: `"${objectName(claim.source.manifest)}": ${formatQuantity(count.ofClaim(claim))}`,
      place: { source: claim.source, at: claim.at },
    },
  }))
  const because = largestFirst([...contributions(rows, moment, count.ofPod), ...stored])
  return [over('quota', { source, at, message, because })]
}

/** Who asks for how much. */
interface Contribution {
  readonly total: Quantity
  readonly fact: Fact
}

function contributions(
  rows: readonly BudgetRow[],
  moment: Moment,
  ofPod: (row: BudgetRow) => Quantity,
): Contribution[] {
  return rows.map(row => {
    const { set, pods } = row
    const total = multiplyQuantity(ofPod(row), pods[moment])
    const { place } = (moment === 'peak' ? set.scale.ceiling : set.scale.floor).because
    const message = `"${set.id}": ${podCount(pods[moment])} × ${formatQuantity(ofPod(row))} = ${formatQuantity(total)}`
    return { total, fact: { message, ...(place === undefined ? {} : { place }) } }
  })
}

function largestFirst(all: readonly Contribution[]): Fact[] {
  return all
    .filter(({ total }) => total.nanos > 0n)
    .sort((a, b) => compareQuantities(b.total, a.total))
    .map(({ fact }) => fact)
}

/** Pods that fit on no node, then resources of which all nodes together have too little. */
function overNodes(rows: readonly BudgetRow[], pools: readonly NodePool[]): OverBudget[] {
  const used = pools.filter(({ nodes }) => nodes > 0)
  if (pools.length === 0) return []
  const names = new Set(rows.flatMap(({ pod }) => [...pod.requests.keys()]))
  // Nodes bound the number of pods only where somebody says how many they take.
  const counted = used.length > 0 && used.every(({ allocatable }) => allocatable.has(PODS))
  const all = [...names, ...(counted ? [PODS] : [])].sort()
  return [...rows.flatMap(row => homeless(row, used)), ...all.flatMap(name => overCapacity(rows, used, name))]
}

const PODS = 'pods'

function ofPod(name: string): (row: BudgetRow) => Quantity {
  return ({ pod }) => (name === PODS ? ONE : (pod.requests.get(name) ?? ZERO))
}

/** A pod for which every kind of node lacks something. */
function homeless({ set, pod, pods }: BudgetRow, pools: readonly NodePool[]): OverBudget[] {
  if (pods.peak === 0) return []
  const lacked = pools.map(({ allocatable }) =>
    [...pod.requests].find(([name, request]) => compareQuantities(request, allocatable.get(name) ?? ZERO) > 0),
  )
  const [first] = lacked
  if (first === undefined || lacked.includes(undefined)) return []
  const [name, request] = first
  const message = `a pod of "${set.id}" asks for ${formatQuantity(request)} of ${name}, and no node has room for it, so it never starts`
  const at = set.placeOf(['containers', 0, 'resources'])
  return [over('nodes', { source: set.source, at, message, because: [] })]
}

function overCapacity(rows: readonly BudgetRow[], pools: readonly NodePool[], name: string): OverBudget[] {
  const total = (quantities: readonly Quantity[]) => quantities.reduce(addQuantities, ZERO)
  const capacity = total(pools.map(({ nodes, allocatable }) => multiplyQuantity(allocatable.get(name) ?? ZERO, nodes)))
  const askedAt = (moment: Moment) => contributions(rows, moment, ofPod(name))
  const moment = MOMENTS.find(each => compareQuantities(total(askedAt(each).map(asked => asked.total)), capacity) > 0)
  if (moment === undefined) return []
  const asked = askedAt(moment)
  const because = largestFirst(asked)
  const place = because[0]?.place
  if (place === undefined) return []
  const sum = formatQuantity(total(asked.map(each => each.total)))
  const message = `all nodes have ${formatQuantity(capacity)} of ${name}, and ${sum} are asked for ${WHEN[moment]}, so pods wait for nodes`
  return [over('nodes', { ...place, message, because })]
}

function overConnections(budget: ConnectionBudget): OverBudget[] {
  const { source, kind, at, max, total, contributors } = budget
  if (total <= max) return []
  const consequence =
    kind === 'servers' ? 'so the database turns clients away' : 'so clients wait until they are turned away'
  const message = `"${connectionSubject(budget)}" accepts ${max} connections, and up to ${total} are opened at the autoscalers' most and during a rollout, ${consequence}`
  const because = contributors
    .toSorted((a, b) => b.total - a.total)
    .map(each => ({ message: contributorText(each), place: { source: each.source, at: each.at } }))
  return [over('connections', { source, at, message, because })]
}
