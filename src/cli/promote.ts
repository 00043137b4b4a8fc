import { type Command, Option } from 'commander'
import { refuseForeign } from '../forge/foreign-commit.ts'
import type { PullRequest } from '../forge/forge.ts'
import { isClosed } from '../promote/gate.ts'
import type { Reviews } from '../promote/gates.ts'
import { formatTime } from '../promote/instant.ts'
import { type PromotionPlan, planPromotion } from '../promote/plan.ts'
import { frozenUnits, gatesOf, promotionBranch, pullRequestOf } from '../promote/pull-request.ts'
import { count } from '../report/plural.ts'
import type { Environment } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { short } from '../synth/unit-file.ts'
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
  waybill promote dev staging
  waybill promote staging production --dry-run`,
    )
}

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
  const target = targetOf(road, args[0] ?? '', args[1] ?? '')
  if (options.tenant !== undefined) requireTenant(road.world.platform, options.tenant)
  terminal.progress(`planning ${args[0]} → ${target.name}`)
  const plan = planPromotion(road.world, target, options.tenant)
  return options.dryRun ? dryRun(road, target, plan, options) : propose(road, target, plan, options, at)
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

async function dryRun(road: Road, target: Environment, plan: PromotionPlan, { tenant }: Options): Promise<Outcome> {
  const present = await openPull(road, target, tenant)
  const request = pullRequestOf(plan, target, await reviewsOf(road, target, plan, present), ontoOf(road, tenant))
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
  const present = await openPull(road, target, options.tenant)
  if (present !== undefined) refuseForeign(git, present.branch, road.tip, present.head)
  if (plan.riding.length === 0) {
    const branch = promotionBranch(target.name, options.tenant)
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
  const request = pullRequestOf(plan, target, reviews, ontoOf(road, options.tenant))
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

async function openPull(road: Road, target: Environment, tenant: string | undefined) {
  return openPullOf(road, promotionBranch(target.name, tenant))
}

function ontoOf({ base, tip, world }: Road, tenant: string | undefined) {
  return { base, onto: tip, files: world.base, tenant }
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
