import { type Availability, SCENARIOS, type Scenario } from '../analysis/availability.ts'
import type { BrokenPromise } from '../analysis/availability-promise.ts'
import type { Budget } from '../analysis/budget.ts'
import { allVolumes, MOMENTS, type Moment } from '../analysis/budget-row.ts'
import { connectionSubject } from '../analysis/connections.ts'
import type { Cost } from '../analysis/cost.ts'
import type { OverBudget } from '../analysis/over-budget.ts'
import { compareQuantities, type Quantity } from '../manifest/quantity.ts'
import { amountText } from './amount-text.ts'
import { type Cell, type HtmlTable, left, right } from './html-table.ts'

const TITLES = {
  steady: 'as it stands',
  rollout: 'during a rollout',
  drain: 'a node drained',
  zone: 'a zone lost',
} as const satisfies Record<Scenario, string>

/** How many pods stay ready, beside what their tier promises where that is more; then how to mend what is broken. */
export function availabilityTables({ sets }: Availability, broken: readonly BrokenPromise[]): readonly HtmlTable[] {
  const ready: HtmlTable = {
    caption: 'Pods that stay ready',
    note: 'The least number at any time. What no field of a manifest forbids is taken to happen.',
    columns: [left('pods'), left('namespace'), left('tier'), ...SCENARIOS.map(scenario => right(TITLES[scenario]))],
    rows: sets.map(({ set, serves, verdicts }) => {
      const cells = SCENARIOS.map((scenario): Cell => {
        const { ready } = verdicts[scenario]
        const promise = broken.find(each => each.set === set && each.scenario === scenario)
        if (promise !== undefined) return { text: `${ready} of ${promise.promised}`, tone: 'bad' }
        return serves ? String(ready) : { text: String(ready), tone: 'quiet' }
      })
      return [set.id.replace(`/${set.namespace}/`, '/'), set.namespace, set.tier ?? '', ...cells]
    }),
    empty: 'Nothing runs here for good.',
  }
  return broken.length === 0 ? [ready] : [ready, brokenTable(broken)]
}

function brokenTable(broken: readonly BrokenPromise[]): HtmlTable {
  return {
    caption: 'Promises that are not kept',
    columns: [left('what'), left('because'), left('what to change'), left('where')],
    rows: broken.map(({ message, because, repair, source, at }) => [
      message,
      because.map(fact => fact.message).join('; '),
      repair.message,
      `${source.file}:${source.range(at).start.line}`,
    ]),
    empty: '',
  }
}

/** Sums by namespace against its quota, connections against what each database accepts, what does not fit, what a month costs. */
export function budgetTables(
  { namespaces, quotas, connections }: Budget,
  over: readonly OverBudget[],
  cost: Cost,
): readonly HtmlTable[] {
  const rows = [...namespaces].map(([namespace, { totals }]): readonly Cell[] => {
    const { pods, requests, limits } = totals.peak
    const of = (names: readonly string[], resource: string, quantity: Quantity | undefined): Cell => {
      const use = quotas.uses.find(each => each.namespace === namespace && names.includes(each.resource))
      const asked = amountText(resource, quantity)
      if (use === undefined) return asked
      const isOver = compareQuantities(use.used.peak, use.hard) > 0
      const text = `${asked} of ${amountText(resource, use.hard)}`
      return isOver ? { text, tone: 'bad' } : text
    }
    return [
      namespace,
      String(pods),
      of(['requests.cpu', 'cpu'], 'cpu', requests.get('cpu')),
      of(['requests.memory', 'memory'], 'memory', requests.get('memory')),
      of(['limits.memory'], 'memory', limits.get('memory')),
      of(['requests.storage'], 'storage', allVolumes(totals.peak).storage),
    ]
  })
  return [
    {
      caption: 'What is asked for, and what the quota has',
      note: 'During a rollout, with autoscalers at their most. Processor time in cores.',
      columns: [
        left('namespace'),
        right('pods'),
        right('processors'),
        right('memory'),
        right('memory limits'),
        right('storage'),
      ],
      rows,
      empty: 'Nothing is asked for.',
    },
    {
      caption: 'Database connections',
      note: 'All that clients open at the same time, at most.',
      columns: [left('server'), right('opened'), right('accepted'), right('to spare')],
      rows: connections.map(budget => {
        const { total, max } = budget
        const spare: Cell = total > max ? { text: `${total - max} too many`, tone: 'bad' } : String(max - total)
        return [connectionSubject(budget), String(total), String(max), spare]
      }),
      empty: 'No database stands here.',
    },
    ...(over.length === 0 ? [] : [overTable(over)]),
    costTable(cost),
  ]
}

function costTable({ prices, namespaces, environment }: Cost): HtmlTable {
  return {
    caption: `What a month costs, in ${prices.currency}`,
    note: `Of requests and claims, whatever of them is used. Prices: ${prices.name}, ${prices.asOf}.`,
    columns: [left('namespace'), ...MOMENTS.map(moment => right(COST_TITLES[moment]))],
    rows: [...namespaces, ['all', environment] as const].map(([name, month]) => [
      name,
      ...MOMENTS.map(moment => month[moment].toFixed(2)),
    ]),
    empty: '',
  }
}

const COST_TITLES = {
  steady: 'as it stands',
  rollout: 'if a rollout lasted',
  peak: 'if the peak lasted',
} as const satisfies Record<Moment, string>

function overTable(over: readonly OverBudget[]): HtmlTable {
  return {
    caption: 'What does not fit',
    columns: [left('what'), left('because'), left('where')],
    rows: over.map(({ message, because, source, at }) => [
      message,
      because.map(fact => fact.message).join('; '),
      `${source.file}:${source.range(at).start.line}`,
    ]),
    empty: '',
  }
}
