import { type Quantity, quantityNumber } from '../manifest/quantity.ts'
import type { Budget, Sums } from './budget.ts'
import { type BudgetRow, MOMENTS, type Moment, type Totals, totalsAt } from './budget-row.ts'

/** What a month of everything costs. Amounts are in `currency`; a month has `hoursPerMonth` hours. */
export interface PriceList {
  readonly name: string
  /** The month in which the prices held: `2026-04`. */
  readonly asOf: string
  /** ISO 4217. */
  readonly currency: string
  readonly hoursPerMonth: number
  /** One core for an hour. */
  readonly cpuHour: number
  /** One GiB of memory for an hour. */
  readonly memoryGibHour: number
  /** One GiB of storage for a month, of any class that is not listed. */
  readonly storageGibMonth: number
  readonly storageClassGibMonth: Readonly<Record<string, number>>
}

/** What a month costs if a moment lasted all of it. */
export type MonthlyCost = Readonly<Record<Moment, number>>

export interface Cost {
  readonly prices: PriceList
  readonly environment: MonthlyCost
  readonly namespaces: ReadonlyMap<string, MonthlyCost>
  /** By the id of the set of pods, its claims included. */
  readonly sets: ReadonlyMap<string, MonthlyCost>
}

const GIB = 2 ** 30

/**
 * The price of what is asked for: requests and claims, whatever of it is used. Where a schedule takes pods away at times, a month
 * is counted as if it did not.
 */
export function costOf(budget: Budget, prices: PriceList): Cost {
  return {
    prices,
    environment: ofSums(budget.environment, prices),
    namespaces: new Map([...budget.namespaces].map(([name, sums]) => [name, ofSums(sums, prices)])),
    sets: new Map(budget.environment.rows.map(row => [row.set.id, ofRow(row, prices)])),
  }
}

function ofSums({ totals }: Sums, prices: PriceList): MonthlyCost {
  return eachMoment(moment => ofTotals(totals[moment], prices))
}

function ofRow(row: BudgetRow, prices: PriceList): MonthlyCost {
  return eachMoment(moment => ofTotals(totalsAt(moment, [row], []), prices))
}

function eachMoment(of: (moment: Moment) => number): MonthlyCost {
  return Object.fromEntries(MOMENTS.map(moment => [moment, of(moment)])) as MonthlyCost
}

function ofTotals({ requests, volumes }: Totals, prices: PriceList): number {
  const amount = (quantity: Quantity | undefined) => (quantity === undefined ? 0 : quantityNumber(quantity))
  const hourly =
    amount(requests.get('cpu')) * prices.cpuHour + (amount(requests.get('memory')) / GIB) * prices.memoryGibHour
  const stored = [...volumes].reduce((sum, [name, { storage }]) => {
    const { storageClassGibMonth: byClass, storageGibMonth } = prices
    const price = Object.hasOwn(byClass, name) ? byClass[name] : undefined
    return sum + (quantityNumber(storage) / GIB) * (price ?? storageGibMonth)
  }, 0)
  return hourly * prices.hoursPerMonth + stored
}
