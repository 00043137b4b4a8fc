import type { Budget, Sums } from '../analysis/budget.ts'
import type { BudgetDelta } from '../analysis/budget-delta.ts'
import { allVolumes, type BudgetRow, MOMENTS, type Moment, type Totals, totalsAt } from '../analysis/budget-row.ts'
import { type ConnectionBudget, connectionSubject } from '../analysis/connections.ts'
import type { Cost } from '../analysis/cost.ts'
import type { OverBudget } from '../analysis/over-budget.ts'
import type { QuotaUse } from '../analysis/quota.ts'
import { amountText } from './amount-text.ts'
import { factLines } from './fact-text.ts'
import { type Column, table } from './table.ts'

const left = (title: string): Column => ({ title, align: 'left' })
const right = (title: string): Column => ({ title, align: 'right' })

/** A table for each namespace: who takes how much at the most, and what its quota has. */
export function budgetText(budget: Budget): string {
  const tables = [...budget.namespaces].map(([namespace, sums]) => namespaceText(namespace, sums, budget.quotas.uses))
  return tables.join('\n')
}

const COLUMNS = [
  right('pods'),
  right('cpu'),
  right('memory'),
  right('memory limit'),
  right('claims'),
  right('storage'),
] as const

function namespaceText(namespace: string, { rows, claims, totals }: Sums, uses: readonly QuotaUse[]): string {
  const lines = [
    ...rows.map(row => [nameIn(namespace, row.set.id), podsText(row), ...cells(totalsAt('peak', [row], [])).slice(1)]),
    ...(claims.length === 0 ? [] : [['claims by themselves', '', ...cells(totalsAt('peak', [], claims)).slice(1)]]),
    ...MOMENTS.map(moment => [`= ${TITLES[moment]}`, ...cells(totals[moment])]),
    ...quotaLines(namespace, uses),
  ]
  return table([left(namespace), ...COLUMNS], lines)
}

const TITLES = { steady: 'steady', rollout: 'during a rollout', peak: 'at the peak' } as const satisfies Record<
  Moment,
  string
>

/** `Deployment/web` of `Deployment/erp/web`. */
function nameIn(namespace: string, id: string): string {
  return id.replace(`/${namespace}/`, '/')
}

/** `3`, or least and most: `3-9`. */
function podsText({ pods: { steady, peak } }: BudgetRow): string {
  return steady === peak ? String(peak) : `${steady}-${peak}`
}

function cells(totals: Totals): string[] {
  const { pods, requests, limits } = totals
  const { claims, storage } = allVolumes(totals)
  return [
    String(pods),
    amountText('cpu', requests.get('cpu')),
    amountText('memory', requests.get('memory')),
    amountText('memory', limits.get('memory')),
    claims === 0 ? '-' : String(claims),
    claims === 0 ? '-' : amountText('storage', storage),
  ]
}

/** Names under which a quota bounds each column. */
const BOUNDS = [
  ['pods', 'count/pods'],
  ['requests.cpu', 'cpu'],
  ['requests.memory', 'memory'],
  ['limits.memory'],
  ['persistentvolumeclaims', 'count/persistentvolumeclaims'],
  ['requests.storage'],
] as const

function quotaLines(namespace: string, uses: readonly QuotaUse[]): string[][] {
  const sources = new Set(uses.filter(use => use.namespace === namespace).map(({ source }) => source))
  return [...sources].map(source => [
    `quota ${source.manifest.metadata.name}`,
    ...BOUNDS.map(names => {
      const use = uses.find(each => each.source === source && names.some(name => name === each.resource))
      return use === undefined ? '' : amountText(use.resource, use.hard)
    }),
  ])
}

/** A table for each database and each pooler: who opens how many connections, and how many it accepts. */
export function connectionsText(budgets: readonly ConnectionBudget[]): string {
  return budgets
    .map(budget => {
      const { kind, max, total, contributors } = budget
      const lines = contributors.map(({ who, pods, total: sum, formula }) => [
        who,
        pods === undefined ? '' : String(pods.number),
        pods === undefined ? '' : String(pods.each),
        String(sum),
        formula,
      ])
      const verdict = total > max ? 'too many' : `${max - total} to spare`
      return table(
        [left(`${connectionSubject(budget)} (${kind})`), right('pods'), right('each'), right('connections'), left('')],
        [...lines, ['= at the peak', '', '', String(total), `${max} accepted, ${verdict}`]],
      )
    })
    .join('\n')
}

/** What a month costs, by namespace. */
export function costText({ prices, namespaces, environment }: Cost): string {
  const rows = [...namespaces, ['= all', environment] as const].map(([name, cost]) => [
    name,
    ...MOMENTS.map(moment => cost[moment].toFixed(2)),
  ])
  const head = `${prices.currency} a month, ${prices.name}, prices of ${prices.asOf}\n`
  return namespaces.size === 0 ? '' : head + table([left(''), ...MOMENTS.map(moment => right(TITLES[moment]))], rows)
}

/** How the cost of a month changes, by namespace; the empty text where none does. */
export function costDeltaText(before: Cost, after: Cost, moment: Moment = 'peak'): string {
  const names = [...new Set([...before.namespaces.keys(), ...after.namespaces.keys()])].sort()
  const sides = [
    ['all', before.environment, after.environment] as const,
    ...names.map(name => [name, before.namespaces.get(name), after.namespaces.get(name)] as const),
  ]
  const rows = sides
    .map(([name, from, to]) => [name, (from?.[moment] ?? 0).toFixed(2), '->', (to?.[moment] ?? 0).toFixed(2)] as const)
    .filter(([, from, , to]) => from !== to)
  const title = `${after.prices.currency} a month ${TITLES[moment]}`
  return table([left(title), right('before'), left(''), right('after')], rows)
}

/** Everything that does not fit, with what asks for it. */
export function overBudgetText(all: readonly OverBudget[]): string {
  return all
    .map(({ message, because, source, at }) => {
      const { line } = source.range(at).start
      return [message, `  at: ${source.file}:${line}`, ...factLines(because)].map(text => `${text}\n`).join('')
    })
    .join('\n')
}

/** What grows and what shrinks; the empty text where nothing does. */
export function budgetDeltaText({ moment, environment, namespaces, connections }: BudgetDelta): string {
  const subjects = [...(environment.length === 0 ? [] : [{ subject: 'all', changes: environment }]), ...namespaces]
  const amounts = subjects.flatMap(({ subject, changes }) =>
    changes.map(({ resource, before, after }) => [
      subject,
      resource,
      amountText(resource, before),
      '->',
      amountText(resource, after),
    ]),
  )
  const opened = connections.map(({ subject, before, after }) => [
    subject,
    'connections',
    acceptedText(before),
    '->',
    acceptedText(after),
  ])
  return table([left(TITLES[moment]), left(''), right('before'), left(''), right('after')], [...amounts, ...opened])
}

function acceptedText(side: { readonly total: number; readonly max: number } | undefined): string {
  return side === undefined ? '-' : `${side.total} of ${side.max}`
}
