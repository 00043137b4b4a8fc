import { type Command, Option } from 'commander'
import { isClosed } from '../promote/gate.ts'
import { planRollback } from '../promote/rollback.ts'
import { rollbackRequest } from '../promote/rollback-request.ts'
import { inputError } from '../spec/problem.ts'
import { short } from '../synth/unit-file.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { openPullOf, report } from './head.ts'
import { openWorkspace, requireEnvironment } from './workspace.ts'
import { forgeOption, openRoad, type RoadOptions } from './world.ts'

export function define(command: Command): Command {
  return command
    .argument('<environment>', 'where')
    .argument('<unit>', 'a tenant, or platform')
    .requiredOption('--reason <text>', 'why; it stands in holds.yaml and in the history')
    .option('--by <name>', 'who rolls back (default: the Git user)')
    .option('--to <revision>', 'a revision that it held before (default: the one before this)')
    .option('--dry-run', 'print the body, and do nothing')
    .option('--base <branch>', 'the branch that the pull request goes into (default: the one checked out)')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Opens a pull request that brings the earlier files back, and puts the revision on hold, so that promote does not propose
it again. A freeze lets a rollback pass; a brake does not.

Example:
  waybill rollback production acme-retail --reason "tills lose the basket"`,
    )
}

interface Options extends RoadOptions {
  readonly reason: string
  readonly by?: string
  readonly to?: string
  readonly dryRun?: boolean
  readonly at?: string
}

export async function run(
  [environment = '', unit = '']: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<Outcome> {
  const at = instantOf(options.at)
  const road = await openRoad(openWorkspace().root, options, at, terminal)
  const target = requireEnvironment(road.world.platform, environment)
  const by = options.by ?? road.git.user()
  if (by === undefined)
    throw inputError('--by', 'nobody is named who rolls back', 'add --by <name>, or set user.name in Git')
  const plan = planRollback(road.world, target, unit, options.to, { reason: options.reason, by })
  const onto = { base: road.base, onto: road.tip, files: road.world.base }
  const request = rollbackRequest(plan, target, { ...onto, reason: options.reason, by })
  const data = { environment, unit, from: plan.previous, to: plan.revision, restored: plan.restored, gates: plan.gates }
  if (options.dryRun) return { code: 0, text: request.body, data: { ...data, proposed: request } }
  const { pull, did } = await road.forge.propose(request, await openPullOf(road, request.branch), at)
  await report(road, pull)
  const text = [
    `#${pull.number} ${did === 'nothing' ? 'is as it should be' : did}: ${pull.title}`,
    plan.restored
      ? `the files of ${short(plan.revision)} come back byte for byte`
      : `the local settings have changed since, so ${short(plan.revision)} is rendered anew`,
    ...plan.gates
      .filter(isClosed)
      .map(({ name, reason, opens }) => `closed: ${name} (${reason}); opens: ${opens ?? ''}`),
    `${short(plan.previous)} is on hold until \`waybill resume ${environment} ${unit}\``,
  ]
  return { code: 0, text: text.join('\n'), data: { ...data, pull: pull.number, did } }
}
