import { type Command, Option } from 'commander'
import { type Budget, budgetOf } from '../analysis/budget.ts'
import { type AmountChange, budgetDelta } from '../analysis/budget-delta.ts'
import { MOMENTS } from '../analysis/budget-row.ts'
import { type Cost, costOf, type MonthlyCost } from '../analysis/cost.ts'
import { overBudget } from '../analysis/over-budget.ts'
import { diskTree, findRoot } from '../files.ts'
import type { Source } from '../manifest/manifest.ts'
import { indexOf } from '../manifest/manifest-index.ts'
import { formatQuantity } from '../manifest/quantity.ts'
import {
  budgetDeltaText,
  budgetText,
  connectionsText,
  costDeltaText,
  costText,
  overBudgetText,
} from '../report/budget-text.ts'
import type { Outcome } from './command.ts'
import { pricesIn } from './prices.ts'
import { anyManifestsIn, manifestsArgument, manifestsIn, standingBefore, standingFor } from './standing.ts'

export function define(command: Command): Command {
  return manifestsArgument(command)
    .option('--against <revision>', 'only what has changed since that commit')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
What everything asks for at its most, autoscalers at their maximum in the middle of a rollout, against the quotas; the
connections that Odoo may open against what PostgreSQL admits; and what a month of it costs, by prices.yaml beside
platform.yaml or else by an example list. Both sides of --against are told in the prices of today.

Examples:
  waybill budget --env production
  waybill budget --env production --against main
  waybill budget k8s/`,
    )
}

interface Options {
  readonly env?: string
  readonly against?: string
}

export async function run(paths: readonly string[], options: Options): Promise<Outcome> {
  const earlier = options.against === undefined ? undefined : await standingBefore(paths, options.env, options.against)
  const { environment, files } = await standingFor(paths, options.env)
  const root = findRoot(process.cwd())
  const prices = pricesIn(root === undefined ? undefined : diskTree(root))
  const after = budgetFrom(manifestsIn(files))
  const cost = costOf(after, prices)
  const over = overBudget(after)
  const data = {
    environment: environment?.name ?? null,
    connections: after.connections.map(({ source, kind, role, max, total, contributors }) => ({
      name: source.manifest.metadata.name,
      namespace: source.manifest.metadata.namespace ?? null,
      kind,
      role: role ?? null,
      max,
      total,
      contributors: contributors.map(({ who, total: connections }) => ({ who, connections })),
    })),
    over: over.map(({ message }) => message),
    cost: costData(cost),
  }
  if (earlier === undefined) {
    const sections = [budgetText(after), connectionsText(after.connections), overBudgetText(over), costText(cost)]
    return { code: 0, text: joined(sections), data }
  }
  const before = budgetFrom(anyManifestsIn(earlier.files))
  const costBefore = costOf(before, prices)
  const text = joined([
    budgetDeltaText(budgetDelta(before, after)),
    costDeltaText(costBefore, cost),
    overBudgetText(over),
  ])
  return {
    code: 0,
    text: text === '' ? `nothing asks for more or less than in ${options.against}` : text,
    data: { ...data, against: { revision: options.against, ...deltaData(before, after), cost: costData(costBefore) } },
  }
}

function budgetFrom(sources: readonly Source[]): Budget {
  return budgetOf(indexOf(sources, { profile: 'standard' }))
}

function joined(sections: readonly string[]): string {
  return sections.filter(text => text.trim() !== '').join('\n')
}

/** Money in whole cents. */
function costData({ prices, environment, namespaces }: Cost) {
  const amounts = (cost: MonthlyCost) =>
    Object.fromEntries(MOMENTS.map(moment => [moment, Math.round(cost[moment] * 100) / 100]))
  return {
    prices: prices.name,
    asOf: prices.asOf,
    currency: prices.currency,
    month: amounts(environment),
    namespaces: [...namespaces].map(([namespace, cost]) => ({ namespace, month: amounts(cost) })),
  }
}

function deltaData(before: Budget, after: Budget) {
  const { moment, environment, namespaces, connections } = budgetDelta(before, after)
  const amounts = (changes: readonly AmountChange[]) =>
    changes.map(change => ({
      resource: change.resource,
      before: formatQuantity(change.before),
      after: formatQuantity(change.after),
    }))
  return {
    moment,
    environment: amounts(environment),
    namespaces: namespaces.map(({ subject, changes }) => ({ namespace: subject, changes: amounts(changes) })),
    connections: connections.map(change => ({
      subject: change.subject,
      before: change.before ?? null,
      after: change.after ?? null,
    })),
  }
}
