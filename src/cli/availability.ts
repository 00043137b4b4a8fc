import { type Command, Option } from 'commander'
import { availabilityOf } from '../analysis/availability.ts'
import { brokenPromises } from '../analysis/availability-promise.ts'
import { indexOf } from '../manifest/manifest-index.ts'
import { availabilityText, brokenPromisesText, budgetFaultsText } from '../report/availability-text.ts'
import type { Outcome } from './command.ts'
import { manifestsArgument, manifestsIn, standingFor } from './standing.ts'

export function define(command: Command): Command {
  return manifestsArgument(command)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
The least number of ready pods through a rollout, the drain of a node and the loss of a zone, with autoscalers at their
least; and what the tier promises of it. What no field forbids is taken to happen.

Examples:
  waybill availability --env production
  waybill availability k8s/`,
    )
}

export async function run(paths: readonly string[], options: { readonly env?: string }): Promise<Outcome> {
  const { environment, files } = await standingFor(paths, options.env)
  const availability = availabilityOf(indexOf(manifestsIn(files), { profile: 'standard' }))
  const broken = brokenPromises(availability)
  const sections = [
    availabilityText(availability, broken),
    brokenPromisesText(broken),
    budgetFaultsText(availability.faults),
  ]
  return {
    code: 0,
    text: sections.filter(text => text.trim() !== '').join('\n'),
    data: {
      environment: environment?.name ?? null,
      sets: availability.sets.map(({ set, verdicts }) => ({
        set: set.id,
        tier: set.tier ?? null,
        ready: Object.fromEntries(Object.entries(verdicts).map(([scenario, { ready }]) => [scenario, ready])),
      })),
      broken: broken.map(({ message, set }) => ({ set: set.id, message })),
    },
  }
}
