import type { FieldPath } from '../manifest/path.ts'
import type { Brake, Calendar, Freeze, Problem, Scope, UnreadableCalendar } from './calendar.ts'
import { type Recurrence, spansOf } from './recurrence.ts'
import type { EpochMilliseconds, Reading, Span } from './wall-clock.ts'

/** The unit that an environment shares; `level: app` leaves it out. */
const SHARED_UNIT = 'platform'

const DAY = 24 * 60 * 60 * 1000

/** How far ahead an opening or closing is looked for. */
export const HORIZON_DAYS = 400
const HORIZON = HORIZON_DAYS * DAY

/**
 * How far the first look goes; each further one goes twice as far, since most openings are days away and few are
 * months.
 */
const FIRST_LOOK = 8 * DAY

/** What is to happen. `capacity` adds replicas or storage and nothing else. */
export type ChangeKind = 'change' | 'rollback' | 'capacity'

/** Whether a freeze and the lack of a window stop it. Nothing passes a brake. */
const STOPPED_BY_CALENDAR: Readonly<Record<ChangeKind, boolean>> = { change: true, rollback: false, capacity: false }

/** Who is asked about: which freezes and brakes concern it. */
export interface Subject {
  /** The tenant, or `platform` for the unit that the environment shares. */
  readonly tenant: string
  readonly environment: string
  readonly risk: string
}

export interface Question extends Subject {
  readonly instant: EpochMilliseconds
  readonly kind: ChangeKind
}

/** One thing that stands against a change. */
export interface Cause {
  readonly kind: 'brake' | 'freeze' | 'window' | 'unreadable'
  /** Of the freeze; else what it is: `brake`, `windows`, the calendar's name. */
  readonly name: string
  /** In calendar.yaml. */
  readonly at: FieldPath
  /** When it began; `undefined` where that has no meaning, as for a brake. */
  readonly from: EpochMilliseconds | undefined
  /** When it ends by itself; `undefined` when it does not, or not within 400 days. */
  readonly until: EpochMilliseconds | undefined
  /** A brake's reason and author, or what cannot be read. */
  readonly detail: string | undefined
}

export interface Judgement {
  readonly state: 'open' | 'closed'
  /** Everything that closes it, in the order brake, freezes, windows; empty when open. */
  readonly because: readonly Cause[]
  /** What would close it to a change, and is passed by a rollback or more capacity. */
  readonly passes: readonly Cause[]
  /** When closed: the next instant at which it is open; `undefined` under a brake, or when not within 400 days. */
  readonly opensAt: EpochMilliseconds | undefined
  /** When open: the next instant at which it is closed; `undefined` when not within 400 days. */
  readonly closesAt: EpochMilliseconds | undefined
  /** The zone to show the instants in: the calendar's own. */
  readonly timezone: string
}

/**
 * Whether a change may be made at an instant. Deny wins: any freeze closes, also inside a window. A calendar that
 * cannot be read is closed to everything, a rollback too, because it may hold a brake that cannot be read either.
 */
export function judge(calendar: Calendar | UnreadableCalendar, question: Question): Judgement {
  if ('problems' in calendar) return closed('UTC', calendar.problems.map(unreadable(calendar.name)), undefined)
  const { timezone } = calendar
  const { instant } = question
  const causes = causesAt(calendar, question, instant)
  const brake = brakeFor(calendar, question)
  if (brake !== undefined) return closed(timezone, [brakeCause(brake), ...causes], undefined)
  if (!STOPPED_BY_CALENDAR[question.kind]) {
    return { state: 'open', because: [], passes: causes, opensAt: undefined, closesAt: undefined, timezone }
  }
  if (causes.length > 0) return closed(timezone, causes, nextOpening(calendar, question, instant))
  const closesAt = nextClosing(calendar, question, instant)
  return { state: 'open', because: [], passes: [], opensAt: undefined, closesAt, timezone }
}

function closed(timezone: string, because: readonly Cause[], opensAt: EpochMilliseconds | undefined): Judgement {
  return { state: 'closed', because, passes: [], opensAt, closesAt: undefined, timezone }
}

function unreadable(name: string): (problem: Problem) => Cause {
  return ({ at, message }) => ({ kind: 'unreadable', name, at, from: undefined, until: undefined, detail: message })
}

function brakeCause({ at, reason, by }: Brake): Cause {
  return { kind: 'brake', name: 'brake', at, from: undefined, until: undefined, detail: `${reason} (${by})` }
}

function concerns(scope: Scope, unit: Pick<Subject, 'tenant' | 'environment'>): boolean {
  return (
    (scope.tenants === undefined || scope.tenants.includes(unit.tenant)) &&
    (scope.environments === undefined || scope.environments.includes(unit.environment))
  )
}

/** The brake that stops a subject, if one does. */
export function brakeFor({ brake }: Calendar, subject: Subject): Brake | undefined {
  return brake !== undefined && concerns(brake, subject) ? brake : undefined
}

/** The freezes that concern a unit, for all risks or for some. */
export function freezesOn(calendar: Calendar, unit: Pick<Subject, 'tenant' | 'environment'>): Freeze[] {
  return calendar.freezes.filter(
    freeze => concerns(freeze, unit) && (freeze.level === 'full' || unit.tenant !== SHARED_UNIT),
  )
}

function freezesFor(calendar: Calendar, subject: Subject): Freeze[] {
  return freezesOn(calendar, subject).filter(({ risk }) => risk === undefined || risk.includes(subject.risk))
}

/** The freezes that touch a stretch of time, each with when it lasts, in the order in which they are declared. */
export function freezeCauses(calendar: Calendar, subject: Subject, around: Span): Cause[] {
  return freezesFor(calendar, subject).flatMap(({ name, at, recurrence }) =>
    spansOf(recurrence, calendar, around, 'wide').map(span => ({
      kind: 'freeze',
      name,
      at,
      ...span,
      detail: undefined,
    })),
  )
}

function causesAt(calendar: Calendar, subject: Subject, instant: EpochMilliseconds): Cause[] {
  const causes = freezeCauses(calendar, subject, { from: instant, until: instant })
  if (calendar.windows.length === 0 || windowEnd(calendar, instant) !== undefined) return causes
  const until = nextStart(calendar, calendar.windows, 'narrow', instant, instant + HORIZON)
  const at = ['calendars', calendar.name, 'windows']
  return [...causes, { kind: 'window', name: 'windows', at, from: undefined, until, detail: undefined }]
}

/** Jumps from end to end of whatever closes, until nothing does. */
function nextOpening(calendar: Calendar, subject: Subject, instant: EpochMilliseconds): EpochMilliseconds | undefined {
  const limit = instant + HORIZON
  const freezes = freezesFor(calendar, subject)
  for (let at: EpochMilliseconds | undefined = instant; at !== undefined && at <= limit; ) {
    const thawed = latestEnd(calendar, freezes, 'wide', at)
    if (thawed !== undefined) at = thawed
    else if (calendar.windows.length === 0 || windowEnd(calendar, at) !== undefined) return at
    else at = nextStart(calendar, calendar.windows, 'narrow', at, limit)
  }
  return undefined
}

/**
 * From an open instant: the end of the windows that follow on each other, or the first freeze, whichever comes first.
 */
function nextClosing(calendar: Calendar, subject: Subject, instant: EpochMilliseconds): EpochMilliseconds | undefined {
  const limit = instant + HORIZON
  let end = calendar.windows.length === 0 ? undefined : instant
  while (end !== undefined) {
    const further = windowEnd(calendar, end)
    if (further === undefined) break
    end = further > limit ? undefined : further
  }
  return nextStart(calendar, freezesFor(calendar, subject), 'wide', instant, end ?? limit) ?? end
}

type Recurring = readonly { readonly recurrence: Recurrence }[]

function windowEnd(calendar: Calendar, instant: EpochMilliseconds): EpochMilliseconds | undefined {
  return latestEnd(calendar, calendar.windows, 'narrow', instant)
}

/** When the last of those that hold at an instant ends; `undefined` when none holds. */
function latestEnd(
  calendar: Calendar,
  recurring: Recurring,
  reading: Reading,
  instant: EpochMilliseconds,
): EpochMilliseconds | undefined {
  const at = { from: instant, until: instant }
  const ends = recurring
    .flatMap(({ recurrence }) => spansOf(recurrence, calendar, at, reading))
    .map(({ until }) => until)
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/** The first start after an instant at which none of them holds, and not after `limit`. */
function nextStart(
  calendar: Calendar,
  recurring: Recurring,
  reading: Reading,
  instant: EpochMilliseconds,
  limit: EpochMilliseconds,
): EpochMilliseconds | undefined {
  for (let from = instant, look = FIRST_LOOK; from < limit; from += look, look *= 2) {
    const around = { from, until: Math.min(from + look, limit) }
    const starts = recurring
      .flatMap(({ recurrence }) => spansOf(recurrence, calendar, around, reading))
      .map(span => span.from)
    if (starts.length > 0) return Math.min(...starts)
  }
  return undefined
}
