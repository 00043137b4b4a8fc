import type { Index } from '../manifest/manifest-index.ts'
import {
  type BudgetRow,
  budgetRowOf,
  declaredClaims,
  MOMENTS,
  type Moment,
  type Totals,
  totalsAt,
  type VolumeClaim,
} from './budget-row.ts'
import { byNamespace } from './by-namespace.ts'
import { type ClusterShape, THREE_ZONES } from './cluster-shape.ts'
import { type ConnectionBudget, connectionsOf } from './connections.ts'
import { limitItemsOf } from './limit-range.ts'
import type { SeriesOf } from './odoo-connections.ts'
import { podSetsOf } from './pod-set.ts'
import { type Quotas, quotasOf } from './quota.ts'
import { claimRefusals, type Refusal, refusalsOf } from './refusal.ts'

/** What a namespace, or an environment, takes. */
export interface Sums {
  readonly rows: readonly BudgetRow[]
  /** Those that stand in manifests of their own; the claims of pods are in the rows. */
  readonly claims: readonly VolumeClaim[]
  readonly totals: Readonly<Record<Moment, Totals>>
}

/** What everything in an environment asks for, and the bounds that it meets there. */
export interface Budget {
  readonly environment: Sums
  /** In the order of their names; those that take nothing are left out. */
  readonly namespaces: ReadonlyMap<string, Sums>
  readonly quotas: Quotas
  /** Pods and claims that the API server refuses whatever room there is. */
  readonly refusals: readonly Refusal[]
  readonly connections: readonly ConnectionBudget[]
}

export interface BudgetOptions {
  readonly shape?: ClusterShape
  readonly seriesOf?: SeriesOf
}

export function budgetOf(index: Index, { shape = THREE_ZONES, seriesOf }: BudgetOptions = {}): Budget {
  const limitItems = limitItemsOf(index)
  const rows = podSetsOf(index, shape).map(set => budgetRowOf(set, limitItems(set.namespace)))
  const claims = declaredClaims(index)
  const quotas = quotasOf(index, rows, claims)
  const rowsIn = byNamespace(rows, ({ set }) => set.namespace)
  const claimsIn = byNamespace(claims, ({ namespace }) => namespace)
  const usesIn = byNamespace(quotas.uses, ({ namespace }) => namespace)
  const names = new Set([...rows.map(({ set }) => set.namespace), ...claims.map(({ namespace }) => namespace)])
  const namespaces = [...names].sort().map(name => [name, sumsOf(rowsIn(name), claimsIn(name))] as const)
  const refusals = [
    ...rows.flatMap(row => refusalsOf(row, limitItems(row.set.namespace), usesIn(row.set.namespace))),
    ...rows.flatMap(({ set, claims: own }) => own.flatMap(claim => claimRefusals(claim, limitItems(set.namespace)))),
    ...claims.flatMap(claim => claimRefusals(claim, limitItems(claim.namespace))),
  ]
  return {
    environment: sumsOf(rows, claims),
    namespaces: new Map(namespaces),
    quotas,
    refusals,
    connections: connectionsOf(index, rows, seriesOf),
  }
}

function sumsOf(rows: readonly BudgetRow[], claims: readonly VolumeClaim[]): Sums {
  const totals = Object.fromEntries(MOMENTS.map(moment => [moment, totalsAt(moment, rows, claims)]))
  return { rows, claims, totals: totals as Sums['totals'] }
}
