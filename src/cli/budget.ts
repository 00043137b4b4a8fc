import { type Command, Option } from 'commander'
import { budgetOf } from '../analysis/budget.ts'
import { overBudget } from '../analysis/over-budget.ts'
import { indexOf } from '../manifest/manifest-index.ts'
import { budgetText, connectionsText, overBudgetText } from '../report/budget-text.ts'
import type { Outcome } from './command.ts'
import { manifestsIn, standingFor } from './standing.ts'

export function define(command: Command): Command {
  return command
    .argument(
      '[paths...]',
      'files, folders, globs, or - for standard input; without any, an environment of the platform',
    )
    .option('-e, --env <environment>', 'the environment of the platform')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
What everything asks for at its most, autoscalers at their maximum in the middle of a rollout, against the quotas; and the
connections that Odoo may open against what PostgreSQL admits.

Examples:
  waybill budget --env production
  waybill budget k8s/`,
    )
}

export async function run(paths: readonly string[], options: { readonly env?: string }): Promise<Outcome> {
  const { environment, files } = await standingFor(paths, options.env)
  const budget = budgetOf(indexOf(manifestsIn(files), { profile: 'standard' }))
  const over = overBudget(budget)
  const sections = [budgetText(budget), connectionsText(budget.connections), overBudgetText(over)]
  return {
    code: 0,
    text: sections.filter(text => text.trim() !== '').join('\n'),
    data: {
      environment: environment?.name ?? null,
      connections: budget.connections.map(({ source, kind, role, max, total, contributors }) => ({
        name: source.manifest.metadata.name,
        namespace: source.manifest.metadata.namespace ?? null,
        kind,
        role: role ?? null,
        max,
        total,
        contributors: contributors.map(({ who, total: connections }) => ({ who, connections })),
      })),
      over: over.map(({ message }) => message),
    },
  }
}
