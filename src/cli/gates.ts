import { type Command, Option } from 'commander'
import { openForge } from '../forge/choice.ts'
import type { Forge, PullRequest } from '../forge/forge.ts'
import { type Git, openGit } from '../git.ts'
import { isClosed } from '../promote/gate.ts'
import { judgePull } from '../promote/judge-pull.ts'
import { verdictOf } from '../promote/pull-request.ts'
import { count } from '../report/plural.ts'
import { inputError } from '../spec/problem.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { headAt } from './head.ts'
import { gateLines } from './pulls.ts'
import { openWorkspace } from './workspace.ts'
import { forgeOption, type RoadOptions, worldAt } from './world.ts'

export function define(command: Command): Command {
  return command
    .requiredOption('--base <revision>', 'the commit or branch that the changes go into; its governance judges')
    .option('--head <revision>', 'the commit that is judged (default: that of the pull request, else HEAD)')
    .option('--pull <number>', 'the pull request whose approvals count (default: the open one with that head)')
    .option('--report', 'show the verdict beside the head as the status "waybill/gates", and exit 0 whatever it is')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Judges any pull request, whoever opened it. Calendar, holds, waivers and approvals come from the base; what the pull
request says of them is not heard. Exit 1 when a gate is closed.

Examples:
  waybill gates --base origin/main
  waybill gates --base origin/main --pull 12
  waybill gates --base HEAD --pull "$NUMBER" --report      in a workflow; require the status, not the job`,
    )
}

interface Options extends RoadOptions {
  readonly base: string
  readonly head?: string
  readonly pull?: string
  readonly report?: boolean
  readonly at?: string
}

export async function run(_args: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  const at = instantOf(options.at)
  const git = openGit(openWorkspace().root)
  const base = git.resolve(options.base)
  const forge = await openForge(git, options.forge, process.env, terminal)
  const world = await worldAt(git, forge, base, at)
  const named = options.pull === undefined ? undefined : await numbered(forge, options.pull)
  const head = git.resolve(options.head ?? named?.head ?? 'HEAD')
  const pull = named ?? (await pullOf(git, forge, head))
  const approvals = pull?.approvals ?? []
  const units = await judgePull(world, headAt(git, base, head, { approvals, accounts: forge.accounts }))
  const closed = units.flatMap(({ gates }) => gates.filter(isClosed)).length
  const verdict =
    units.length === 0 ? 'no unit changes' : closed === 0 ? 'every gate is open' : `${count(closed, 'gate')} closed`
  const told = { text: [...gateLines(units), verdict].join('\n'), data: { base, head, units } }
  if (options.report !== true) return { code: closed === 0 ? 0 : 1, ...told }
  if (forge.report === undefined) {
    throw inputError('--report', 'pull requests beside the repository have no place for it', 'use --forge github')
  }
  // A workflow judges the merge that GitHub tries, and the status belongs beside the head of the pull request.
  const isTried = named === undefined && pull !== undefined && git.parents(head).length > 1
  await forge.report(isTried ? pull.head : head, verdictOf(units))
  return { code: 0, ...told }
}

async function numbered(forge: Forge, number: string): Promise<PullRequest> {
  const pull = /^\d+$/.test(number) ? await forge.pull(Number(number)) : undefined
  if (pull === undefined) throw inputError('--pull', `there is no pull request "${number}"`)
  if (pull.state !== 'open') throw inputError('--pull', `#${number} is ${pull.state}, so there is nothing to judge`)
  return pull
}

/** The pull request of a commit. A workflow is given the merge that GitHub tries, whose second parent is the head. */
async function pullOf(git: Git, forge: Forge, commit: string) {
  const [, merged] = git.parents(commit)
  const [pull] = await forge.pulls({ head: commit })
  return pull ?? (merged === undefined ? undefined : (await forge.pulls({ head: merged }))[0])
}
