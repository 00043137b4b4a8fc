import { type Command, Option } from 'commander'
import { openForge } from '../forge/choice.ts'
import type { Forge } from '../forge/forge.ts'
import { type Git, openGit } from '../git.ts'
import { isClosed } from '../promote/gate.ts'
import { judgePull } from '../promote/judge-pull.ts'
import { count } from '../report/plural.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { headAt } from './head.ts'
import { gateLines } from './pulls.ts'
import { openWorkspace } from './workspace.ts'
import { forgeOption, type RoadOptions, worldAt } from './world.ts'

export function define(command: Command): Command {
  return command
    .requiredOption('--base <revision>', 'the commit or branch that the changes go into; its governance judges')
    .option('--head <revision>', 'the commit that is judged', 'HEAD')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Judges any pull request, whoever opened it. Calendar, holds, waivers and approvals come from the base; what the pull
request says of them is not heard. Exit 1 when a gate is closed.

Example:
  waybill gates --base origin/main`,
    )
}

export async function run(
  _args: readonly string[],
  options: RoadOptions & { readonly base: string; readonly head: string; readonly at?: string },
  terminal: Terminal,
): Promise<Outcome> {
  const at = instantOf(options.at)
  const git = openGit(openWorkspace().root)
  const base = git.resolve(options.base)
  const head = git.resolve(options.head)
  const forge = await openForge(git, options.forge, process.env, terminal)
  const world = await worldAt(git, forge, base, at)
  const approvals = (await pullOf(git, forge, head))?.approvals ?? []
  const units = await judgePull(world, headAt(git, base, head, { approvals, accounts: forge.accounts }))
  const closed = units.flatMap(({ gates }) => gates.filter(isClosed)).length
  const verdict =
    units.length === 0 ? 'no unit changes' : closed === 0 ? 'every gate is open' : `${count(closed, 'gate')} closed`
  return { code: closed === 0 ? 0 : 1, text: [...gateLines(units), verdict].join('\n'), data: { base, head, units } }
}

/** The pull request of a commit. A workflow is given the merge that GitHub tries, whose second parent is the head. */
async function pullOf(git: Git, forge: Forge, commit: string) {
  const [, merged] = git.parents(commit)
  const [pull] = await forge.pulls({ head: commit })
  return pull ?? (merged === undefined ? undefined : (await forge.pulls({ head: merged }))[0])
}
