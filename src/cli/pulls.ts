import { type Command, Option } from 'commander'
import type { PullRequest } from '../forge/forge.ts'
import { EVIDENCE } from '../promote/evidence.ts'
import { type Gate, isClosed } from '../promote/gate.ts'
import { HOLDS_FILE } from '../promote/hold.ts'
import { type Head, type JudgedUnit, judgePull, unitsTouched } from '../promote/judge-pull.ts'
import { OVERRIDES, overridesFile } from '../promote/override.ts'
import { OVERRIDE_TRAILER, overrideTrailer } from '../promote/override-trailer.ts'
import { unitKey } from '../promote/plan.ts'
import { pullReport, pullReportText } from '../promote/pull-report.ts'
import { OWN_PREFIX, verdictOf } from '../promote/pull-request.ts'
import { trailerValue, withTrailers } from '../promote/trailers.ts'
import { environmentNamed } from '../spec/platform.ts'
import { InputError, inputError } from '../spec/problem.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import { short } from '../synth/unit-file.ts'
import { atOption, instantOf } from './at.ts'
import type { ExitCode, Outcome, Terminal } from './command.ts'
import { headOf, report as reportHead } from './head.ts'
import { openWorkspace } from './workspace.ts'
import { forgeOption, openRoad, type Road, type RoadOptions } from './world.ts'

export function define(command: Command): Command {
  return command
    .argument('[action]', 'list, show, report, approve, merge or close', 'list')
    .argument('[number]', 'the number of the pull request, or the branch of an open one')
    .option('--as <name>', 'approve as this person; only the local forge knows no accounts')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  waybill pulls                        those that are open
  waybill pulls show 3                 its body, and its gates as they are now
  waybill pulls approve 3 --as anna
  waybill pulls report 3               all that it changes, with nothing left out
  waybill pulls merge 3                judges the gates again, at that instant
  waybill pulls merge                  all of the bot's, where the environment says "autoMerge: true"`,
    )
}

interface Options extends RoadOptions {
  readonly as?: string
  readonly at?: string
}

const ACTIONS = { list, show, report, approve, merge, close }

export async function run(args: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  const [action = 'list', number] = args
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action as keyof typeof ACTIONS] : undefined
  if (act === undefined)
    throw inputError(action, 'there is no such action', `one of ${Object.keys(ACTIONS).join(', ')}`)
  const at = instantOf(options.at)
  const { root } = openWorkspace()
  const open = () => openRoad(root, options, at, terminal)
  const road = await open()
  if (number === undefined) return act === merge ? mergeReady(road, open, at) : act(road, undefined, options, at)
  const pull = await pullNumbered(road, number)
  const judging = pull.base === road.base ? road : await openRoad(root, { ...options, base: pull.base }, at, terminal)
  return act(judging, pull, options, at)
}

async function pullNumbered({ forge }: Road, number: string): Promise<PullRequest> {
  const digits = number.replace(/^#/, '')
  const [pull] = /^\d+$/.test(digits)
    ? [await forge.pull(Number(digits))]
    : number.startsWith(OWN_PREFIX)
      ? await forge.pulls({ branch: number })
      : []
  if (pull !== undefined) return pull
  const open = (await forge.pulls({})).map(known => known.number).join(', ')
  throw inputError(number, 'there is no such pull request', open === '' ? 'none is open' : `open are ${open}`)
}

function required(pull: PullRequest | undefined): PullRequest {
  if (pull === undefined)
    throw inputError('pulls', 'the number of the pull request is missing', 'list them with `waybill pulls`')
  return pull
}

/** @throws InputError when the pull request is missing, merged or closed */
function requiredOpen(pull: PullRequest | undefined): PullRequest {
  const { number, state } = required(pull)
  if (state !== 'open') throw inputError(`#${number}`, `the pull request is ${state}`)
  return required(pull)
}

async function list({ forge }: Road): Promise<Outcome> {
  const pulls = await forge.pulls({})
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
  const judged = await judgePull(road.world, headOf(road, pull))
  const text = [`#${pull.number} ${pull.title}`, '', pull.body, 'gates now:', ...gateLines(judged)].join('\n')
  return { code: 0, text, data: { pull, units: judged } }
}

/** All that an open pull request brings. */
async function report(road: Road, chosen: PullRequest | undefined): Promise<Outcome> {
  const pull = required(chosen)
  if (pull.state === 'merged') {
    const commits = `${short(pull.head)}~1 ${short(pull.head)}`
    throw inputError(
      `#${pull.number}`,
      'the pull request is merged',
      `\`waybill diff ${commits}\` tells what it changed`,
    )
  }
  requiredOpen(pull)
  const head = headOf(road, pull)
  const told = pullReport(road.world, head, await judgePull(road.world, head))
  return { code: 0, text: `#${pull.number} ${pull.title}\n\n${pullReportText(told)}`, data: { pull, ...told } }
}

async function approve(road: Road, chosen: PullRequest | undefined, { as }: Options, at: number): Promise<Outcome> {
  const pull = requiredOpen(chosen)
  const judged = await judgePull(road.world, headOf(road, pull))
  const units = Object.fromEntries(judged.map(({ environment, unit, digest }) => [unitKey(environment, unit), digest]))
  const approved = await road.forge.approve(pull, as, { at, units })
  const after = await judgePull(road.world, headOf(road, approved))
  const text = [
    `#${pull.number} approved${as === undefined ? '' : ` by ${as}`}`,
    ...gateLines(after).filter(line => line.includes(' approvals ')),
  ].join('\n')
  return { code: 0, text, data: { pull: approved } }
}

/** People approve, the bot merges: pinned to the head, with every gate judged again at this instant. */
async function merge(road: Road, chosen: PullRequest | undefined, _options: Options, at: number): Promise<Outcome> {
  const known = required(chosen)
  if (known.state === 'merged') {
    // What is left of a run that did not get to its end.
    await road.forge.withdraw(known.branch, undefined, road.tip, '')
    return { code: 0, text: `#${known.number} is merged already: ${known.title}`, data: { pull: known } }
  }
  const pull = requiredOpen(known)
  const head = headOf(road, pull)
  const unjudged = unjudgedIn(head.changed)
  if (unjudged !== undefined) {
    throw inputError(
      `#${pull.number}`,
      `the pull request changes "${unjudged}", which no gate judges, so the bot does not merge it`,
      'leave that to a person who may',
    )
  }
  const moved = movedUnder(road, pull.head, head.changed)
  if (moved !== undefined) {
    const text = `#${pull.number} is not merged: "${moved}" has changed on "${road.base}" since, and nobody has judged both together\npropose it again to bring it up to date`
    return { code: 1, text, data: { pull, moved } }
  }
  const judged = await judgePull(road.world, head)
  await road.forge.report?.(pull.head, verdictOf(judged))
  const closed = judged.flatMap(({ gates }) => gates.filter(isClosed))
  if (closed.length > 0) {
    return {
      code: 1,
      text: [`#${pull.number} is not merged: ${closed.length} closed`, ...gateLines(judged, isClosed)].join('\n'),
      data: { pull, units: judged },
    }
  }
  const merged = await road.forge.merge({ pull, onto: road.tip, message: mergeMessage(road, pull, head, judged), at })
  return {
    code: 0,
    text: `#${pull.number} merged as ${merged.head.slice(0, 12)}: ${pull.title}`,
    data: { pull: merged },
  }
}

/** A file that no gate looks at. The overrides of a unit are judged with it, and those of any other one by nobody. */
function unjudgedIn(changed: readonly string[]): string | undefined {
  const overrides = new Set(
    unitsTouched(changed).map(key => {
      const [environment = '', unit = ''] = key.split('/')
      return overridesFile(environment, unit)
    }),
  )
  return changed.find(path => !path.startsWith(`${ENVIRONMENTS}/`) && path !== HOLDS_FILE && !overrides.has(path))
}

/**
 * The message of the head, with the people who wrote it, who merges it, and who said yes to what it is now. Overrides are
 * told as they are judged now: of those in the head, nobody knew yet who would be second.
 */
function mergeMessage({ git, tip }: Road, pull: PullRequest, head: Head, judged: readonly JudgedUnit[]): string {
  const by = git.user()
  const told = git.message(pull.head).split('\n')
  const message = told.filter(line => !line.startsWith(`${OVERRIDE_TRAILER}: `)).join('\n')
  const numbered = message.replace(/^.*$/m, subject => `${subject} (#${pull.number})`)
  const trailers = [
    ...judged.flatMap(({ environment, unit, gates }) =>
      gates.flatMap(({ name, override }) =>
        override === undefined ? [] : [overrideTrailer({ unit: unitKey(environment, unit), gate: name, ...override })],
      ),
    ),
    // Else they could approve, in the next environment, what they have written here.
    ...head.authors.map(({ name, email }) => `Co-authored-by: ${trailerValue(name)} <${trailerValue(email)}>`),
    ...(by === undefined ? [] : [`Merged-by: ${trailerValue(by)}`]),
    ...[...new Set(judged.flatMap(({ approvers }) => approvers))]
      .sort()
      .map(person => `Approved-by: ${trailerValue(person)}`),
  ]
  return withTrailers(numbered, trailers, git.foreign(tip, pull.head) === undefined)
}

/**
 * Merges every pull request of the bot that may go by itself: its environments say so, and every gate is open. What is
 * wrong with one of them does not keep the others.
 *
 * @param reopen opens the road anew, as every merge moves its base
 */
async function mergeReady(first: Road, reopen: () => Promise<Road>, at: number): Promise<Outcome> {
  const outcomes: { readonly number: number; readonly code: ExitCode; readonly text: string }[] = []
  let road = first
  for (const pull of await first.forge.pulls({})) {
    const { number, title } = pull
    const byHand = byHandIn(road, pull)
    if (byHand !== undefined) {
      if (pull.base === road.base) await reportHead(road, pull)
      outcomes.push({ number, code: 0, text: `#${number} is left to a person, as ${byHand}: ${title}` })
      continue
    }
    try {
      const { code, text } = await merge(road, pull, {}, at)
      outcomes.push({ number, code, text })
      if (code === 0) road = await reopen()
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      outcomes.push({ number, code: 2, text: `#${number} is not merged: ${error.message}` })
    }
  }
  // A closed gate is how it has to be, and nothing for a schedule to fail by.
  const code = outcomes.some(outcome => outcome.code === 2) ? 2 : 0
  const text = outcomes.length === 0 ? 'no open pull request' : outcomes.map(outcome => outcome.text).join('\n')
  return { code, text, data: { pulls: outcomes } }
}

/** Why a pull request waits for a person, `undefined` when it may be merged by itself. */
function byHandIn(road: Road, pull: PullRequest): string | undefined {
  if (pull.base !== road.base) return `it goes into "${pull.base}"`
  const environments = new Set(
    headOf(road, pull)
      .changed.map(environmentOf)
      .filter(name => name !== undefined),
  )
  const byHand = [...environments].filter(name => environmentNamed(road.world.platform, name)?.autoMerge !== true)
  return byHand.length === 0 ? undefined : `${byHand.join(', ')} does not say "autoMerge: true"`
}

/**
 * A file that has changed on the base since the branch went out from it, and with which the branch was never judged. What
 * happens to environments that the branch does not touch is no concern of it, nor is what gates read anew from the base
 * each time: evidence, holds and overrides that are history.
 */
function movedUnder({ git, tip }: Road, head: string, changed: readonly string[]): string | undefined {
  const touched = new Set(changed.map(environmentOf))
  return git.changedPaths(git.mergeBase(tip, head), tip).find(path => {
    if (changed.includes(path)) return true
    return !isReadAnew(path) && (environmentOf(path) === undefined || touched.has(environmentOf(path)))
  })
}

function isReadAnew(path: string): boolean {
  return path === HOLDS_FILE || [EVIDENCE, OVERRIDES].includes(path.split('/')[0] ?? '')
}

/** The environment that a file belongs to, `undefined` when it is none's alone. */
function environmentOf(path: string): string | undefined {
  const [top, environment] = path.split('/')
  return top === ENVIRONMENTS || top === OVERRIDES ? environment : undefined
}

async function close({ forge, tip }: Road, chosen: PullRequest | undefined): Promise<Outcome> {
  const pull = requiredOpen(chosen)
  await forge.withdraw(pull.branch, pull, tip, 'Closed by hand.')
  return { code: 0, text: `#${pull.number} closed`, data: { pull } }
}

/** A line for each gate that somebody asked for, with what opens it; the others are named. */
export function gateLines(units: readonly JudgedUnit[], wanted: (gate: Gate) => boolean = () => true): string[] {
  return units.flatMap(({ environment, unit, gates }) => {
    const shown = gates.filter(wanted)
    const idle = shown.filter(({ state }) => state === 'not configured').map(({ name }) => name)
    const lines = shown
      .filter(({ state }) => state !== 'not configured')
      .map(
        ({ name, state, reason, opens }) =>
          `${name} ${state}: ${reason}${opens === undefined ? '' : `; opens: ${opens}`}`,
      )
    const rest = idle.length === 0 ? [] : [`not configured: ${idle.join(', ')}`]
    return [...lines, ...rest].map(line => `  ${environment}/${unit}  ${line}`)
  })
}
