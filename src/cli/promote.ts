import { type Command, Option } from 'commander'
import { isAsPlanned } from '../forge/as-planned.ts'
import { refuseForeign } from '../forge/foreign-commit.ts'
import type { Proposed, PullRequest, PullRequestPlan } from '../forge/forge.ts'
import { type Gate, isClosed } from '../promote/gate.ts'
import type { Reviews } from '../promote/gates.ts'
import { formatTime } from '../promote/instant.ts'
import { type PromotionPlan, planPromotion } from '../promote/plan.ts'
import { frozenUnits, gatesOf, promotionBranch, pullRequestOf } from '../promote/pull-request.ts'
import { count } from '../report/plural.ts'
import type { Environment } from '../spec/platform.ts'
import { InputError, inputError } from '../spec/problem.ts'
import type { FileChange } from '../synth/tree.ts'
import { short } from '../synth/unit-file.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { openPullOf, report } from './head.ts'
import { openWorkspace, requireEnvironment, requireTenant } from './workspace.ts'
import { forgeOption, openRoad, type Road, type RoadOptions } from './world.ts'

export function define(command: Command): Command {
  return command
    .argument('[from]', 'the environment whose revisions go (default: each in turn)')
    .argument('[to]', 'the environment that they go into')
    .option('-t, --tenant <tenant>', 'only this tenant, in a pull request of its own')
    .option('--dry-run', 'print the plan and the body, and do nothing')
    .option('--supersede', 'replace content that somebody has approved already')
    .option('--base <branch>', 'the branch that the pull request goes into (default: the one checked out)')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Plans from the base branch, and opens or updates one pull request. The work tree is never touched. Running it twice
changes nothing. A unit rides when its gates are open; the others are told with what opens them, and when.

Pull requests are on GitHub where "origin" is there and a token is at hand: GITHUB_TOKEN or GH_TOKEN, or an app by
WAYBILL_APP_ID and WAYBILL_APP_KEY, its private key. Else they stand beside the repository, as with --forge local.

Examples:
  waybill promote                             each environment into the next: what a schedule runs
  waybill promote dev staging
  waybill promote staging production --dry-run`,
    )
}

/** Why a pull request is closed. */
const NOTHING_LEFT = 'Nothing is left of it to promote.'

interface Options extends RoadOptions {
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly supersede?: boolean
  readonly at?: string
}

export async function run(args: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  const { root } = openWorkspace()
  const at = instantOf(options.at)
  const road = await openRoad(root, options, at, terminal)
  if (options.tenant !== undefined) requireTenant(road.world.platform, options.tenant)
  const promoted = async (target: Environment): Promise<Outcome> => {
    terminal.progress(`planning ${target.after} → ${target.name}`)
    const plan = planPromotion(road.world, target, options.tenant)
    const { code, text, data } = options.dryRun
      ? await dryRun(road, target, plan, options)
      : await propose(road, target, plan, options, at)
    const closed = options.tenant === undefined ? await closeSuperseded(road, target, options.dryRun === true) : []
    const verb = options.dryRun ? 'would close' : 'closed'
    const lines = closed.map(number => `${verb} #${number}: nothing is left of it to promote`)
    return { code, text: [...lines, text].join('\n'), data: { ...data, closed } }
  }
  const [from, to] = args
  if (from === undefined) return inTurn(road, promoted)
  if (to === undefined) {
    throw inputError('promote', `where "${from}" goes is missing`, 'name both environments, or none for each in turn')
  }
  return promoted(targetOf(road, from, to))
}

/** Every environment that another one feeds, one after the other; what is wrong with one does not keep the next. */
async function inTurn({ world }: Road, promoted: (target: Environment) => Promise<Outcome>): Promise<Outcome> {
  const outcomes: (Outcome & { readonly to: string })[] = []
  for (const target of world.platform.environments.filter(({ after }) => after !== undefined)) {
    try {
      outcomes.push({ to: target.name, ...(await promoted(target)) })
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      const told = error.problems.map(({ message, hint }) => (hint === undefined ? message : `${message}\n${hint}`))
      outcomes.push({ to: target.name, code: 2, text: told.join('\n'), data: { error: error.message } })
    }
  }
  return {
    code: outcomes.some(({ code }) => code === 2) ? 2 : 0,
    text: outcomes.map(({ to, text }) => `${to}\n${text}`).join('\n\n'),
    data: { promotions: outcomes.map(({ to, data }) => ({ to, ...data })) },
  }
}

/**
 * Closes pull requests of single tenants of which nothing is left to promote, such as those that a larger one has carried
 * with it. Their numbers.
 */
async function closeSuperseded(road: Road, target: Environment, dryRun: boolean): Promise<readonly number[]> {
  const { forge, world, tip, git } = road
  const branches = new Set(forge.branches())
  const closed: number[] = []
  for (const { name } of world.platform.tenants) {
    const branch = promotionBranch(target.name, name)
    if (!branches.has(branch) || planPromotion(world, target, name).riding.length > 0) continue
    const present = await openPullOf(road, branch)
    // What a person has pushed to is theirs to close.
    if (present === undefined || git.foreign(tip, present.head) !== undefined) continue
    if (!dryRun) await forge.withdraw(branch, present, tip, NOTHING_LEFT)
    closed.push(present.number)
  }
  return closed
}

function targetOf({ world }: Road, from: string, to: string): Environment {
  const source = requireEnvironment(world.platform, from)
  const target = requireEnvironment(world.platform, to)
  if (target.after === source.name) return target
  const hint =
    target.after === undefined
      ? `"${to}" is a first environment: \`waybill synth\` writes it`
      : `"${to}" is fed by "${target.after}"`
  throw inputError(`${from} → ${to}`, `"${from}" does not feed "${to}"`, hint)
}

/** What a promotion comes to, before anything is done. */
type Intent =
  | {
      readonly kind: 'propose'
      readonly request: PullRequestPlan
      readonly did: Proposed['did']
      readonly gates: string
    }
  /** People have approved other content, so it stays as it is. */
  | { readonly kind: 'stand'; readonly number: number; readonly frozen: readonly string[] }
  | { readonly kind: 'withdraw' }

/**
 * Decides what a plan comes to, reading only. A dry run tells it, and else it is done.
 *
 * @throws InputError when a person has pushed to the branch
 */
async function intentOf(
  road: Road,
  target: Environment,
  plan: PromotionPlan,
  present: PullRequest | undefined,
  { tenant, supersede }: Options,
): Promise<Intent> {
  const { git, forge, base, tip, world } = road
  const rides = plan.riding.length > 0
  const before = present?.head ?? (rides ? forge.branch(promotionBranch(target.name, tenant)) : undefined)
  if (before !== undefined) refuseForeign(git, promotionBranch(target.name, tenant), tip, before)
  if (!rides) return { kind: 'withdraw' }
  const frozen = present === undefined || supersede ? [] : frozenUnits(present, git.tree(present.head), plan)
  if (present !== undefined && frozen.length > 0) return { kind: 'stand', number: present.number, frozen }
  const reviews = await reviewsOf(road, target, plan, present)
  const request = pullRequestOf(plan, target, reviews, { base, onto: tip, files: world.base, tenant })
  const closed = plan.riding.flatMap(promotion => gatesOf(promotion, target, reviews).filter(isClosed))
  const did = present === undefined ? 'opened' : isAsPlanned(git, present, request) ? 'nothing' : 'updated'
  return { kind: 'propose', request, did, gates: closedText(closed) }
}

async function dryRun(road: Road, target: Environment, plan: PromotionPlan, options: Options): Promise<Outcome> {
  const present = await openPull(road, target, options.tenant)
  const intent = await intentOf(road, target, plan, present, options)
  const pull = present?.number ?? null
  if (intent.kind === 'stand') return standing(plan, intent)
  if (intent.kind === 'withdraw') {
    const text = present === undefined ? '' : `would close #${present.number}: nothing is left of it to promote\n`
    return { code: 0, text: `${text}${summary(plan)}`, data: { ...dataOf(plan), pull, proposed: null } }
  }
  const { request, did } = intent
  const signs = ({ before, after }: FileChange) => (before === undefined ? '+' : after === undefined ? '-' : '~')
  const verb = { opened: 'open', updated: `update #${pull}`, nothing: `leave #${pull} as it is` }[did]
  const text = [
    `would ${verb}: "${request.title}" on ${request.branch}`,
    '',
    request.body,
    ...request.changes.map(change => `${signs(change)} ${change.path}`),
    '',
    summary(plan),
  ]
  return { code: 0, text: text.join('\n'), data: { ...dataOf(plan), pull, did, proposed: request } }
}

async function propose(
  road: Road,
  target: Environment,
  plan: PromotionPlan,
  options: Options,
  at: number,
): Promise<Outcome> {
  const { forge, tip } = road
  const present = await openPull(road, target, options.tenant)
  const intent = await intentOf(road, target, plan, present, options)
  if (intent.kind === 'withdraw') {
    const branch = promotionBranch(target.name, options.tenant)
    await forge.withdraw(branch, present, tip, NOTHING_LEFT)
    const closed = present === undefined ? '' : `closed #${present.number}: nothing is left of it to promote\n`
    return { code: 0, text: `${closed}${summary(plan)}`, data: { ...dataOf(plan), pull: null } }
  }
  if (intent.kind === 'stand') {
    if (present !== undefined) await report(road, present)
    return standing(plan, intent)
  }
  const { pull, did } = await forge.propose(intent.request, present, at)
  await report(road, pull)
  const next = intent.gates === '' ? `merge it with \`waybill pulls merge ${pull.number}\`` : intent.gates
  const text = [`#${pull.number} ${did === 'nothing' ? 'is as it should be' : did}: ${pull.title}`, next, summary(plan)]
    .filter(line => line !== '')
    .join('\n')
  return { code: 0, text, data: { ...dataOf(plan), pull: pull.number, did } }
}

function standing(plan: PromotionPlan, { number, frozen }: Intent & { readonly kind: 'stand' }): Outcome {
  const text = [
    `#${number} stands as it was approved; ${frozen.join(', ')} would be something else by now`,
    'merge it, or replace it with --supersede',
    summary(plan),
  ].join('\n')
  return { code: 0, text, data: { ...dataOf(plan), pull: number, did: 'nothing', frozen } }
}

function closedText(closed: readonly Gate[]): string {
  const names = [...new Set(closed.map(gate => `${gate.name} (${gate.reason})`))]
  return names.length === 0 ? '' : `closed: ${names.join(', ')}`
}

async function openPull(road: Road, target: Environment, tenant: string | undefined) {
  return openPullOf(road, promotionBranch(target.name, tenant))
}

/** What people said of the open pull request. Nobody's account matters where no approval is asked. */
async function reviewsOf(
  { forge }: Road,
  target: Environment,
  plan: PromotionPlan,
  present: PullRequest | undefined,
): Promise<Reviews> {
  const authors = target.approvals === 0 ? [] : plan.riding.flatMap(unit => unit.authors)
  return { approvals: present?.approvals ?? [], accountOf: await forge.accounts(authors) }
}

/** Who rides, who waits and until when, and who has nothing to promote. */
function summary({ riding, waiting, standing, from, to }: PromotionPlan): string {
  const lines = riding.map(
    ({ unit, previous, revision }) =>
      `  ${unit}  ${previous === undefined ? 'new' : short(previous)} → ${revision === undefined ? 'removed' : short(revision)}`,
  )
  for (const { unit, gates } of waiting) {
    const closed = gates.filter(isClosed)
    lines.push(
      ...closed.map(
        ({ name, reason, opens }) =>
          `  ${unit}  waits for ${name}: ${reason}${opens === undefined ? '' : `; opens: ${opens}`}`,
      ),
    )
  }
  for (const { unit, soaking, onHold } of standing) {
    for (const { held, ready } of soaking)
      lines.push(`  ${unit}  ${short(held.revision)} soaks${ready === undefined ? '' : ` until ${formatTime(ready)}`}`)
    for (const held of onHold)
      lines.push(`  ${unit}  ${short(held.revision)} is on hold; \`waybill resume ${to} ${unit}\` lifts it`)
  }
  const idle = standing.filter(({ soaking, onHold }) => soaking.length + onHold.length === 0)
  lines.push(...idle.filter(({ present }) => !present).map(({ unit }) => `  ${unit}  is not in ${from} yet`))
  const upToDate = idle.filter(({ present }) => present).length
  if (upToDate > 0) lines.push(`  ${count(upToDate, 'unit')} up to date`)
  return riding.length === 0 ? ['nothing to promote', ...lines].join('\n') : lines.join('\n')
}

function dataOf({ from, to, riding, waiting, standing, risk, reach }: PromotionPlan) {
  const unit = (promotion: PromotionPlan['riding'][number]) => ({
    unit: promotion.unit,
    kind: promotion.kind,
    revision: promotion.revision,
    previous: promotion.previous,
    risk: promotion.risk.class,
    gates: promotion.gates,
  })
  return { from, to, risk: risk.class, riding: riding.map(unit), waiting: waiting.map(unit), standing, reach }
}
