import type { Quantity } from '../manifest/quantity.ts'
import type { Budget } from './budget.ts'
import { allVolumes, type Moment, type Totals } from './budget-row.ts'
import { connectionSubject } from './connections.ts'
import { wholeQuantity, ZERO } from './resource-list.ts'

/** One amount before and after a change. */
export interface AmountChange {
  /** `pods`, `requests.memory`, `storage`. */
  readonly resource: string
  readonly before: Quantity
  readonly after: Quantity
}

/** What changes for one subject: a namespace, or the environment. */
export interface SubjectChange {
  readonly subject: string
  readonly changes: readonly AmountChange[]
}

export interface BudgetDelta {
  readonly moment: Moment
  readonly environment: readonly AmountChange[]
  /** Namespaces in which anything changes, in the order of their names. */
  readonly namespaces: readonly SubjectChange[]
  /** Databases and poolers whose connections, or the number that they accept, change. */
  readonly connections: readonly {
    readonly subject: string
    readonly before: { readonly total: number; readonly max: number } | undefined
    readonly after: { readonly total: number; readonly max: number } | undefined
  }[]
}

/** What asks for more or less after a change, by default at its most. */
export function budgetDelta(before: Budget, after: Budget, moment: Moment = 'peak'): BudgetDelta {
  const names = [...new Set([...before.namespaces.keys(), ...after.namespaces.keys()])].sort()
  const namespaces = names.map(subject => ({
    subject,
    changes: changesBetween(
      before.namespaces.get(subject)?.totals[moment],
      after.namespaces.get(subject)?.totals[moment],
    ),
  }))
  return {
    moment,
    environment: changesBetween(before.environment.totals[moment], after.environment.totals[moment]),
    namespaces: namespaces.filter(({ changes }) => changes.length > 0),
    connections: connectionChanges(before, after),
  }
}

function changesBetween(before: Totals | undefined, after: Totals | undefined): AmountChange[] {
  const [old, now] = [amountsOf(before), amountsOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap(resource => {
    const change = { resource, before: old.get(resource) ?? ZERO, after: now.get(resource) ?? ZERO }
    return change.before.nanos === change.after.nanos ? [] : [change]
  })
}

function amountsOf(totals: Totals | undefined): ReadonlyMap<string, Quantity> {
  if (totals === undefined) return new Map()
  const { claims, storage } = allVolumes(totals)
  return new Map([
    ['pods', wholeQuantity(totals.pods)],
    ['claims', wholeQuantity(claims)],
    ['storage', storage],
    ...[...totals.requests].map(([name, quantity]) => [`requests.${name}`, quantity] as const),
    ...[...totals.limits].map(([name, quantity]) => [`limits.${name}`, quantity] as const),
  ])
}

function connectionChanges(before: Budget, after: Budget): BudgetDelta['connections'] {
  const byName = ({ connections }: Budget) =>
    new Map(connections.map(each => [connectionSubject(each), { total: each.total, max: each.max }]))
  const [old, now] = [byName(before), byName(after)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .map(subject => ({ subject, before: old.get(subject), after: now.get(subject) }))
    .filter(({ before: from, after: to }) => from?.total !== to?.total || from?.max !== to?.max)
}
