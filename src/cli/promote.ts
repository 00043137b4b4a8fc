import { type Command, Option } from 'commander'
import { isAsPlanned } from '../forge/as-planned.ts'
import { refuseForeign } from '../forge/foreign-commit.ts'
import type { Proposed, PullRequest, PullRequestPlan } from '../forge/forge.ts'
import { nearest } from '../manifest/nearest.ts'
import { GATES, type Gate, isClosed } from '../promote/gate.ts'
import type { Reviews } from '../promote/gates.ts'
import {
  checkWish,
  FIRM_GATES,
  OVERRIDABLE_GATES,
  overridesFile,
  readOverrides,
  type Wish,
} from '../promote/override.ts'
import { type PromotionPlan, planPromotions, type Request } from '../promote/plan.ts'
import { planLines } from '../promote/plan-text.ts'
import { frozenUnits, gatesOf, promotionBranch, pullRequestOf } from '../promote/pull-request.ts'
import { trailerValue } from '../promote/trailers.ts'
import type { Environment } from '../spec/platform.ts'
import { InputError, inputError } from '../spec/problem.ts'
import { recordedUnit } from '../synth/plan.ts'
import type { FileChange } from '../synth/tree.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { openPullOf, report } from './head.ts'
import { openWorkspace, requireEnvironment, requireTenant } from './workspace.ts'
import { forgeOption, openRoad, type Road, type RoadOptions } from './world.ts'

/** Why a pull request is closed. */
const NOTHING_LEFT = 'nothing is left of it to promote'

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}

export function define(command: Command): Command {
  return command
    .argument('[from]', 'the environment whose revisions go (default: each in turn)')
    .argument('[to]', 'the environment that they go into')
    .option('-t, --tenant <tenant>', 'only this tenant, in a pull request of its own')
    .option('--dry-run', 'print the plan and the body, and do nothing')
    .option('--supersede', 'replace content that somebody has approved already')
    .option('--override <gates...>', 'ask for closed gates of the tenant to be opened by a second person')
    .option('--reason <text>', 'why they cannot wait; it stands in the history')
    .option('--by <name>', 'who asks (default: the Git user)')
    .option('--base <branch>', 'the branch that the pull request goes into (default: the one checked out)')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Plans from the base branch, and opens or updates one pull request, or one for each wave that the environment declares.
The work tree is never touched. Running it twice changes nothing. A unit rides when its gates are open; the others are told
with what opens them, and when.

An override opens ${OVERRIDABLE_GATES.join(', ')} for exactly this content, once somebody has approved it who is neither
the one who asks nor an author. Nothing overrides ${FIRM_GATES.join(', ')}, nor a brake.

Pull requests are on GitHub where "origin" is there and a token is at hand: GITHUB_TOKEN or GH_TOKEN, or an app by
WAYBILL_APP_ID and WAYBILL_APP_KEY, its private key. Else they stand beside the repository, as with --forge local.

Examples:
  waybill promote                             each environment into the next: what a schedule runs
  waybill promote dev staging
  waybill promote staging production --dry-run
  waybill promote staging production -t acme-retail --override calendar --reason "tills are down"`,
    )
}

interface Options extends RoadOptions {
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly supersede?: boolean
  readonly override?: readonly string[]
  readonly reason?: string
  readonly by?: string
  readonly at?: string
}

export async function run(args: readonly string[], options: Options, terminal: Terminal): Promise<Outcome> {
  const { root } = openWorkspace()
  const at = instantOf(options.at)
  const road = await openRoad(root, options, at, terminal)
  if (options.tenant !== undefined) requireTenant(road.world.platform, options.tenant)
  const promoted = (target: Environment) => {
    terminal.progress(`planning ${target.after} → ${target.name}`)
    return promoteInto(road, target, options, at)
  }
  const [from, to] = args
  if (from === undefined && options.override !== undefined) {
    throw inputError('--override', 'gates are overridden in one environment', 'name both environments')
  }
  if (from === undefined) return inTurn(road, promoted)
  if (to === undefined) {
    throw inputError('promote', `where "${from}" goes is missing`, 'name both environments, or none for each in turn')
  }
  return promoted(targetOf(road, from, to))
}

/** Every wave of an environment, or the one tenant that is asked for; then what is left of earlier pull requests. */
async function promoteInto(road: Road, target: Environment, options: Options, at: number): Promise<Outcome> {
  const plans = planPromotions(road.world, target, await requestOf(road, target, options))
  const outcomes: Outcome[] = []
  for (const plan of plans) {
    outcomes.push(
      options.dryRun ? await dryRun(road, target, plan, options) : await propose(road, target, plan, options, at),
    )
  }
  const leftovers =
    options.tenant === undefined ? await closeLeftovers(road, target, plans, options.dryRun === true) : []
  const verb = options.dryRun ? 'would close' : 'closed'
  const lines = leftovers.map(({ number, because }) => `${verb} #${number}: ${because}`)
  const closed = leftovers.map(({ number }) => number)
  const [only] = outcomes
  if (only !== undefined && outcomes.length === 1) {
    return { ...only, text: [...lines, only.text].join('\n'), data: { ...only.data, closed } }
  }
  const told = plans.map((plan, index) => [`wave ${partName(plan)}`, outcomes[index]?.text ?? ''].join('\n'))
  // What would be proposed is long: before all of it stands who goes and who waits.
  const overview = plans.map(plan => [`wave ${partName(plan)}`, summary(plan)].join('\n'))
  const waves = options.dryRun ? [...overview, ...told.filter((_, index) => plans[index]?.riding.length !== 0)] : told
  return {
    code: 0,
    text: [...(lines.length === 0 ? [] : [lines.join('\n')]), ...waves].join('\n\n'),
    data: { from: target.after, to: target.name, waves: outcomes.map(({ data }) => data), closed },
  }
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
 * Closes pull requests of waves that the environment no longer declares, and of single tenants of which nothing is left to
 * promote, such as those that a larger one has carried with it. Their numbers, and why.
 */
async function closeLeftovers(
  road: Road,
  target: Environment,
  plans: readonly PromotionPlan[],
  dryRun: boolean,
): Promise<readonly { readonly number: number; readonly because: string }[]> {
  const { forge, world, tip, git } = road
  const planned = new Set(plans.map(promotionBranch))
  const prefix = promotionBranch({ to: target.name, part: { wave: '' } })
  const tenants = new Set(world.platform.tenants.map(({ name }) => name))
  const closed: { number: number; because: string }[] = []
  for (const branch of [...forge.branches()].sort()) {
    if (!branch.startsWith(prefix) || planned.has(branch)) continue
    const name = branch.slice(prefix.length)
    const tenant = tenants.has(name) ? name : undefined
    if (tenant !== undefined) {
      const own = planPromotions(world, target, await requestOf(road, target, { tenant }))
      if (own.some(({ riding }) => riding.length > 0)) continue
    }
    const present = await openPullOf(road, branch)
    const head = present?.head ?? forge.branch(branch)
    // What a person has pushed to is theirs to close.
    if (head === undefined || git.foreign(tip, head) !== undefined) continue
    const because = tenant === undefined ? `${target.name} is promoted in other waves now` : NOTHING_LEFT
    if (!dryRun) await forge.withdraw(branch, present, tip, sentence(because))
    if (present !== undefined) closed.push({ number: present.number, because })
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
  { supersede }: Options,
): Promise<Intent> {
  const { git, forge, base, tip, world } = road
  const rides = plan.riding.length > 0
  const before = present?.head ?? (rides ? forge.branch(promotionBranch(plan)) : undefined)
  if (before !== undefined) refuseForeign(git, promotionBranch(plan), tip, before)
  if (!rides) return { kind: 'withdraw' }
  const frozen = present === undefined || supersede ? [] : frozenUnits(present, git.tree(present.head), plan)
  if (present !== undefined && frozen.length > 0) return { kind: 'stand', number: present.number, frozen }
  const reviews = await reviewsOf(road, target, plan, present)
  const request = pullRequestOf(plan, target, reviews, { base, onto: tip, files: world.base })
  const closed = plan.riding.flatMap(promotion => gatesOf(promotion, target, reviews).filter(isClosed))
  const did = present === undefined ? 'opened' : isAsPlanned(git, present, request) ? 'nothing' : 'updated'
  return { kind: 'propose', request, did, gates: closedText(closed) }
}

async function dryRun(road: Road, target: Environment, plan: PromotionPlan, options: Options): Promise<Outcome> {
  const present = await openPullOf(road, promotionBranch(plan))
  const intent = await intentOf(road, target, plan, present, options)
  const pull = present?.number ?? null
  if (intent.kind === 'stand') return standing(plan, intent)
  if (intent.kind === 'withdraw') {
    const text = present === undefined ? '' : `would close #${present.number}: ${NOTHING_LEFT}\n`
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
  const present = await openPullOf(road, promotionBranch(plan))
  const intent = await intentOf(road, target, plan, present, options)
  if (intent.kind === 'withdraw') {
    const branch = promotionBranch(plan)
    await forge.withdraw(branch, present, tip, sentence(NOTHING_LEFT))
    const closed = present === undefined ? '' : `closed #${present.number}: ${NOTHING_LEFT}\n`
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

/** The one tenant that is asked for, with the overrides of its open pull request and those that are wished for now. */
async function requestOf(road: Road, target: Environment, options: Options): Promise<Request | undefined> {
  const { tenant } = options
  const wish = wishOf(road, options)
  if (tenant === undefined) return undefined
  const pull = await openPullOf(road, promotionBranch({ to: target.name, part: { tenant } }))
  if (pull === undefined) return { tenant, ...(wish === undefined ? {} : { wish }) }
  const head = road.git.tree(pull.head)
  const file = overridesFile(target.name, tenant)
  const standing = {
    revision: recordedUnit(head, target.name, tenant)?.revision,
    overrides: readOverrides(file, head.read(file)),
  }
  return { tenant, standing, ...(wish === undefined ? {} : { wish }) }
}

function wishOf({ git }: Road, { tenant, override, reason, by = git.user() }: Options): Wish | undefined {
  if (override === undefined) return undefined
  if (tenant === undefined)
    throw inputError('--override', 'gates are overridden for one tenant', 'add --tenant <tenant>')
  if (reason === undefined || reason.trim() === '')
    throw inputError('--override', 'nobody says why', 'add --reason <text>')
  if (by === undefined) throw inputError('--by', 'nobody is named who asks', 'add --by <name>, or set user.name in Git')
  const names = override.flatMap(text => text.split(/[\s,]+/)).filter(name => name !== '')
  const gates = names.map(name => {
    const gate = GATES.find(known => known === name)
    const near = nearest(name, GATES)
    if (gate !== undefined) return gate
    throw inputError(name, 'there is no such gate', near === undefined ? GATES.join(', ') : `did you mean "${near}"?`)
  })
  const wish = { gates, reason: trailerValue(reason), by: trailerValue(by) }
  checkWish(wish)
  return wish
}

function closedText(closed: readonly Gate[]): string {
  const names = [...new Set(closed.map(gate => `${gate.name} (${gate.reason})`))]
  return names.length === 0 ? '' : `closed: ${names.join(', ')}`
}

/** What people said of the open pull request. Nobody's account matters where no approval and no override is asked. */
async function reviewsOf(
  { forge }: Road,
  target: Environment,
  plan: PromotionPlan,
  present: PullRequest | undefined,
): Promise<Reviews> {
  const authors = plan.riding
    .filter(({ overrides }) => target.approvals > 0 || overrides.length > 0)
    .flatMap(unit => unit.authors)
  return { approvals: present?.approvals ?? [], accountOf: await forge.accounts(authors) }
}

function summary(plan: PromotionPlan): string {
  const lines = planLines(plan).map(line => `  ${line}`)
  return plan.riding.length === 0 ? ['nothing to promote', ...lines].join('\n') : lines.join('\n')
}

function partName({ part }: PromotionPlan): string {
  return 'wave' in part ? part.wave : part.tenant
}

function dataOf({ from, to, part, riding, waiting, standing, risk, reach }: PromotionPlan) {
  const unit = (promotion: PromotionPlan['riding'][number]) => ({
    unit: promotion.unit,
    kind: promotion.kind,
    revision: promotion.revision,
    previous: promotion.previous,
    risk: promotion.risk.class,
    gates: promotion.gates,
    newer: promotion.newer,
  })
  return { from, to, ...part, risk: risk.class, riding: riding.map(unit), waiting: waiting.map(unit), standing, reach }
}
