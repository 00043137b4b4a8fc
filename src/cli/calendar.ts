import { type Command, Option } from 'commander'
import { calendarNamed } from '../promote/calendar-file.ts'
import { judge, type Subject } from '../promote/calendar-judgement.ts'
import { describeJudgement, formatSpan } from '../promote/calendar-text.ts'
import { type Week, weeksOf } from '../promote/calendar-week.ts'
import { isClosed } from '../promote/gate.ts'
import { formatTime } from '../promote/instant.ts'
import { planPromotions } from '../promote/plan.ts'
import { newerLines } from '../promote/plan-text.ts'
import { type Environment, environmentsOf, PLATFORM_UNIT, type Platform } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { ONLY_WAVE } from '../spec/wave.ts'
import { short } from '../synth/unit-file.ts'
import { atOption, instantOf } from './at.ts'
import { calendarsIn } from './calendars.ts'
import type { Outcome, Terminal } from './command.ts'
import { openWorkspace, requireEnvironment, requireTenant } from './workspace.ts'
import { forgeOption, openRoad, type RoadOptions } from './world.ts'

export function define(command: Command): Command {
  return command
    .argument('[action]', 'show the coming weeks, or simulate what could be promoted', 'show')
    .option('-e, --env <environment>', 'only this environment')
    .option('-t, --tenant <tenant>', 'only this tenant')
    .option('--weeks <number>', 'how many weeks to show', '4')
    .addOption(forgeOption())
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  waybill calendar --tenant acme-retail               when its changes may reach each environment
  waybill calendar simulate --at 2026-12-24           what a promotion would carry on that day, and what it would not`,
    )
}

interface Options extends RoadOptions {
  readonly env?: string
  readonly tenant?: string
  readonly weeks: string
  readonly at?: string
}

export async function run(
  [action = 'show']: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<Outcome> {
  const at = instantOf(options.at)
  if (action === 'simulate') return simulate(options, at, terminal)
  if (action !== 'show') throw inputError(action, 'there is no such action', 'one of show, simulate')
  return show(options, at)
}

function show({ env, tenant, weeks: wanted }: Options, at: number): Outcome {
  const { platform, reader } = openWorkspace()
  const weeks = Number(wanted)
  if (!Number.isInteger(weeks) || weeks < 1 || weeks > 53) {
    throw inputError('--weeks', `"${wanted}" is no number of weeks`, 'write a whole number from 1 to 53')
  }
  const calendars = calendarsIn(reader, platform)
  const rows = subjectsOf(platform, env, tenant).map(subject => {
    const calendar = calendarNamed(calendars, platform.tenants.find(({ name }) => name === subject.tenant)?.calendar)
    const now = judge(calendar, { ...subject, instant: at * 1000, kind: 'change' })
    return {
      unit: `${subject.environment}/${subject.tenant}`,
      calendar: calendar.name,
      now: describeJudgement(now),
      opensAt: now.opensAt,
      timezone: now.timezone,
      weeks: 'problems' in calendar ? [] : weeksOf(calendar, subject, at * 1000, weeks),
    }
  })
  const text = rows.map(({ unit, calendar, now, timezone, weeks: shown }) =>
    [
      `${unit}  ${calendar === '' ? 'no calendar' : calendar}: ${now}`,
      ...shown.map(week => `  ${weekLine(week, timezone)}`),
    ].join('\n'),
  )
  return { code: 0, text: text.join('\n\n'), data: { at, units: rows } }
}

function subjectsOf(platform: Platform, env: string | undefined, tenant: string | undefined): Subject[] {
  if (env !== undefined) requireEnvironment(platform, env)
  if (tenant !== undefined) requireTenant(platform, tenant)
  const units = tenant === undefined ? [PLATFORM_UNIT, ...platform.tenants.map(({ name }) => name)] : [tenant]
  return units.flatMap(unit =>
    environmentsOf(platform, unit)
      .filter(({ name }) => env === undefined || name === env)
      .map(({ name }) => ({ tenant: unit, environment: name, risk: 'medium' })),
  )
}

function weekLine({ monday, from, until, frozen, open, braked }: Week, zone: string): string {
  if (braked) return `week of ${monday}  the brake is on`
  const whole = open.length === 1 && open[0]?.from === from && open[0].until === until
  const when = whole
    ? 'open'
    : open.length === 0
      ? 'closed'
      : `open ${open.map(span => formatSpan(span, zone)).join(', ')}`
  const why = frozen.length === 0 ? '' : `  (${[...new Set(frozen.map(({ name }) => name))].join(', ')})`
  return `week of ${monday}  ${when}${why}`
}

/** What each promotion would carry at that instant, given what stands on the base branch now. */
async function simulate(options: Options, at: number, terminal: Terminal): Promise<Outcome> {
  const { env, tenant } = options
  const { root, platform } = openWorkspace()
  if (env !== undefined) requireEnvironment(platform, env)
  if (tenant !== undefined) requireTenant(platform, tenant)
  const { world } = await openRoad(root, options, at, terminal)
  const targets = world.platform.environments.filter(
    ({ name, after }) => after !== undefined && (env === undefined || name === env),
  )
  const plans = targets.flatMap((target: Environment) =>
    planPromotions(world, target, tenant === undefined ? undefined : { tenant }),
  )
  const text = plans.map(({ from, to, part, riding, waiting, standing }) => {
    const lines = [
      ...riding.map(
        ({ unit, revision }) =>
          `  ${unit}  ${revision === undefined ? 'would be removed' : `${short(revision)} would go`}`,
      ),
      ...waiting.flatMap(({ unit, gates }) =>
        gates.filter(isClosed).map(({ name, reason }) => `  ${unit}  ${name} closed: ${reason}`),
      ),
      ...standing.flatMap(({ unit, soaking, behind }) =>
        newerLines(unit, to, { soaking, behind, onHold: [] }).map(line => `  ${line}`),
      ),
    ]
    const wave = 'wave' in part && part.wave !== ONLY_WAVE ? `, wave ${part.wave},` : ''
    return [
      `${from} → ${to}${wave} at ${formatTime(at)}`,
      ...(lines.length === 0 ? ['  nothing to promote'] : lines),
    ].join('\n')
  })
  const data = plans.map(({ from, to, part, riding, waiting }) => ({
    from,
    to,
    ...part,
    riding: riding.map(({ unit }) => unit),
    waiting: waiting.map(({ unit, gates }) => ({ unit, gates: gates.filter(isClosed) })),
  }))
  return { code: 0, text: text.join('\n\n'), data: { at, promotions: data } }
}
