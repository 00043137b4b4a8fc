import { type Command, Option } from 'commander'
import { refuseForeign } from '../forge/foreign-commit.ts'
import type { PullRequest } from '../forge/forge.ts'
import { nearest } from '../manifest/nearest.ts'
import { GATES, isClosed } from '../promote/gate.ts'
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
import type { Environment } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { recordedUnit } from '../synth/plan.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome, Terminal } from './command.ts'
import { openPullOf, report } from './head.ts'
import { openWorkspace, requireEnvironment, requireTenant } from './workspace.ts'
import { forgeOption, openRoad, type Road, type RoadOptions } from './world.ts'

export function define(command: Command): Command {
  return command
    .argument('<from>', 'the environment whose revisions go')
    .argument('<to>', 'the environment that they go into')
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

Examples:
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
  const target = targetOf(road, args[0] ?? '', args[1] ?? '')
  if (options.tenant !== undefined) requireTenant(road.world.platform, options.tenant)
  terminal.progress(`planning ${args[0]} → ${target.name}`)
  const plans = planPromotions(road.world, target, await requestOf(road, target, options))
  const outcomes: Outcome[] = []
  for (const plan of plans) {
    outcomes.push(options.dryRun ? await dryRun(road, target, plan) : await propose(road, target, plan, options, at))
  }
  if (!options.dryRun && options.tenant === undefined) await withdrawStrangers(road, target)
  const [only] = outcomes
  if (only !== undefined && outcomes.length === 1) return only
  const told = plans.map((plan, index) => [`wave ${partName(plan)}`, outcomes[index]?.text ?? ''].join('\n'))
  // What would be proposed is long: before all of it stands who goes and who waits.
  const overview = plans.map(plan => [`wave ${partName(plan)}`, summary(plan)].join('\n'))
  return {
    code: 0,
    text: (options.dryRun ? [...overview, ...told.filter((_, index) => plans[index]?.riding.length !== 0)] : told).join(
      '\n\n',
    ),
    data: { from: args[0], to: target.name, waves: outcomes.map(({ data }) => data) },
  }
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

async function dryRun(road: Road, target: Environment, plan: PromotionPlan): Promise<Outcome> {
  const present = await openPullOf(road, promotionBranch(plan))
  const request = pullRequestOf(plan, target, await reviewsOf(road, target, plan, present), ontoOf(road))
  const files = request.changes.map(
    ({ path, before, after }) => `${before === undefined ? '+' : after === undefined ? '-' : '~'} ${path}`,
  )
  const text =
    plan.riding.length === 0
      ? ''
      : [`would propose "${request.title}" on ${request.branch}`, '', request.body, ...files, ''].join('\n')
  return {
    code: 0,
    text: `${text}${summary(plan)}`,
    data: { ...dataOf(plan), proposed: plan.riding.length === 0 ? null : request },
  }
}

async function propose(
  road: Road,
  target: Environment,
  plan: PromotionPlan,
  options: Options,
  at: number,
): Promise<Outcome> {
  const { git, forge } = road
  const branch = promotionBranch(plan)
  const present = await openPullOf(road, branch)
  if (present !== undefined) refuseForeign(git, present.branch, road.tip, present.head)
  if (plan.riding.length === 0) {
    await forge.withdraw(branch, present, road.tip, 'Nothing is left of it to promote.')
    const closed = present === undefined ? '' : `closed #${present.number}: nothing is left of it to promote\n`
    return { code: 0, text: `${closed}${summary(plan)}`, data: { ...dataOf(plan), pull: null } }
  }
  const frozen = present === undefined || options.supersede ? [] : frozenUnits(present, git.tree(present.head), plan)
  if (present !== undefined && frozen.length > 0) {
    await report(road, present)
    const text = [
      `#${present.number} stands as it was approved; ${frozen.join(', ')} would be something else by now`,
      'merge it, or replace it with --supersede',
      summary(plan),
    ].join('\n')
    return { code: 0, text, data: { ...dataOf(plan), pull: present.number, did: 'nothing', frozen } }
  }
  const reviews = await reviewsOf(road, target, plan, present)
  const request = pullRequestOf(plan, target, reviews, ontoOf(road))
  const { pull, did } = await forge.propose(request, present, at)
  await report(road, pull)
  const gates = plan.riding.flatMap(promotion => gatesOf(promotion, target, reviews).filter(isClosed))
  const next =
    gates.length === 0
      ? `merge it with \`waybill pulls merge ${pull.number}\``
      : `closed: ${[...new Set(gates.map(gate => `${gate.name} (${gate.reason})`))].join(', ')}`
  const text = [`#${pull.number} ${did === 'nothing' ? 'is as it should be' : did}: ${pull.title}`, next, summary(plan)]
    .filter(line => line !== '')
    .join('\n')
  return { code: 0, text, data: { ...dataOf(plan), pull: pull.number, did } }
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
  if (reason === undefined) throw inputError('--override', 'nobody says why', 'add --reason <text>')
  if (by === undefined) throw inputError('--by', 'nobody is named who asks', 'add --by <name>, or set user.name in Git')
  const gates = override.map(name => {
    const gate = GATES.find(known => known === name)
    const near = nearest(name, GATES)
    if (gate !== undefined) return gate
    throw inputError(name, 'there is no such gate', near === undefined ? GATES.join(', ') : `did you mean "${near}"?`)
  })
  const wish = { gates, reason, by }
  checkWish(wish)
  return wish
}

/** Closes what is open of waves that the environment no longer declares. */
async function withdrawStrangers({ forge, world, base, tip }: Road, target: Environment): Promise<void> {
  if (target.waves.length === 0) return
  const prefix = promotionBranch({ to: target.name, part: { wave: '' } })
  const known = new Set([...target.waves, ...world.platform.tenants].map(({ name }) => `${prefix}${name}`))
  for (const pull of await forge.pulls({})) {
    if (pull.base !== base || !pull.branch.startsWith(prefix) || known.has(pull.branch)) continue
    await forge.withdraw(pull.branch, pull, tip, `${target.name} is promoted in other waves now.`)
  }
}

function ontoOf({ base, tip, world }: Road) {
  return { base, onto: tip, files: world.base }
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
