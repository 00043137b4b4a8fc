import { type Command, Option } from 'commander'
import type { PullRequest } from '../forge/forge.ts'
import { type Gate, isClosed } from '../promote/gate.ts'
import { type JudgedUnit, judgePull } from '../promote/judge-pull.ts'
import { unitKey } from '../promote/plan.ts'
import { inputError } from '../spec/problem.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome } from './command.ts'
import { headOf } from './head.ts'
import { openWorkspace } from './workspace.ts'
import { openRoad, type Road } from './world.ts'

export function define(command: Command): Command {
  return command
    .argument('[action]', 'list, show, approve, merge or close', 'list')
    .argument('[number]', 'the number of the pull request')
    .option('--as <name>', 'approve as this person; only the local forge knows no accounts')
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  waybill pulls                        those that are open
  waybill pulls show 3                 its body, and its gates as they are now
  waybill pulls approve 3 --as anna
  waybill pulls merge 3                judges the gates again, at that instant`,
    )
}

interface Options {
  readonly as?: string
  readonly at?: string
}

const ACTIONS = { list, show, approve, merge, close }

export async function run(args: readonly string[], options: Options): Promise<Outcome> {
  const [action = 'list', number] = args
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action as keyof typeof ACTIONS] : undefined
  if (act === undefined)
    throw inputError(action, 'there is no such action', `one of ${Object.keys(ACTIONS).join(', ')}`)
  const at = instantOf(options.at)
  const road = await openRoad(openWorkspace().root, undefined, at)
  return act(road, number === undefined ? undefined : await pullNumbered(road, number), options, at)
}

async function pullNumbered({ forge }: Road, number: string): Promise<PullRequest> {
  const pulls = await forge.pulls()
  const pull = pulls.find(candidate => String(candidate.number) === number.replace(/^#/, ''))
  if (pull !== undefined) return pull
  throw inputError(
    number,
    'there is no such pull request',
    `known are ${pulls.map(({ number: known }) => known).join(', ') || 'none'}`,
  )
}

function required(pull: PullRequest | undefined): PullRequest {
  if (pull === undefined)
    throw inputError('pulls', 'the number of the pull request is missing', 'list them with `waybill pulls`')
  return pull
}

async function list({ forge }: Road): Promise<Outcome> {
  const pulls = (await forge.pulls()).filter(({ state }) => state === 'open')
  const lines = pulls.map(
    ({ number, title, approvals }) =>
      `#${number}  ${title}${approvals.length > 0 ? `  (approved by ${approvals.map(({ by }) => by).join(', ')})` : ''}`,
  )
  return { code: 0, text: lines.length === 0 ? 'no open pull request' : lines.join('\n'), data: { pulls } }
}

async function show(road: Road, chosen: PullRequest | undefined): Promise<Outcome> {
  const pull = required(chosen)
  if (pull.state !== 'open')
    return { code: 0, text: `#${pull.number} ${pull.title} (${pull.state})\n\n${pull.body}`, data: { pull } }
  const judged = judgePull(road.world, headOf(road, pull))
  const text = [`#${pull.number} ${pull.title}`, '', pull.body, 'gates now:', ...gateLines(judged)].join('\n')
  return { code: 0, text, data: { pull, units: judged } }
}

async function approve(road: Road, chosen: PullRequest | undefined, { as }: Options, at: number): Promise<Outcome> {
  const pull = required(chosen)
  if (as === undefined) throw inputError('--as', 'nobody is named who approves', 'add --as <name>')
  const judged = judgePull(road.world, headOf(road, pull))
  const units = Object.fromEntries(judged.map(({ environment, unit, digest }) => [unitKey(environment, unit), digest]))
  const approved = await road.forge.approve(pull.number, { by: as, at, units })
  const after = judgePull(road.world, headOf(road, approved))
  const text = [
    `#${pull.number} approved by ${as}`,
    ...gateLines(after).filter(line => line.includes(' approvals ')),
  ].join('\n')
  return { code: 0, text, data: { pull: approved } }
}

/** People approve, the bot merges: pinned to the head, with every gate judged again at this instant. */
async function merge(road: Road, chosen: PullRequest | undefined, _options: Options, at: number): Promise<Outcome> {
  const pull = required(chosen)
  const judged = judgePull(road.world, headOf(road, pull))
  const closed = judged.flatMap(({ gates }) => gates.filter(isClosed))
  if (closed.length > 0) {
    return {
      code: 1,
      text: [`#${pull.number} is not merged: ${closed.length} closed`, ...gateLines(judged, isClosed)].join('\n'),
      data: { pull, units: judged },
    }
  }
  const approvers = [...new Set(pull.approvals.map(({ by }) => by))].sort()
  const message = road.git.message(pull.head).trimEnd()
  const full = `${message.replace(/^.*$/m, subject => `${subject} (#${pull.number})`)}${approvers.map(by => `\nApproved-by: ${by}`).join('')}\n`
  const merged = await road.forge.merge(pull.number, pull.head, full, at)
  return {
    code: 0,
    text: `#${pull.number} merged as ${merged.head.slice(0, 12)}: ${pull.title}`,
    data: { pull: merged },
  }
}

async function close({ forge }: Road, chosen: PullRequest | undefined): Promise<Outcome> {
  const pull = await forge.close(required(chosen).number)
  return { code: 0, text: `#${pull.number} closed`, data: { pull } }
}

/** A line for each gate, with what opens it. */
export function gateLines(units: readonly JudgedUnit[], wanted: (gate: Gate) => boolean = () => true): string[] {
  return units.flatMap(({ environment, unit, gates }) =>
    gates
      .filter(wanted)
      .map(
        ({ name, state, reason, opens }) =>
          `  ${environment}/${unit}  ${name} ${state}: ${reason}${opens === undefined ? '' : `; opens: ${opens}`}`,
      ),
  )
}
