import { Temporal } from 'temporal-polyfill'
import type { FieldPath } from '../manifest/path.ts'
import type { Calendar } from './calendar.ts'
import { freezesOn, type Subject } from './calendar-judgement.ts'
import { cronTime, cronWeekdays } from './cron.ts'
import { type Annual, localSpans, type Recurrence, spanInYear } from './recurrence.ts'
import { type LocalSpan, localTime } from './wall-clock.ts'

/** An entry of an Argo CD AppProject's `spec.syncWindows`. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny'
  /** Five fields, read on the wall clock of `timeZone`. */
  readonly schedule: string
  /** As Go writes it, `1h30m`; counted on the wall clock too. */
  readonly duration: string
  readonly timeZone: string
  readonly manualSync: false
  readonly applications: readonly string[]
  /** What it comes from: `freeze "month-end" of 2026-08-27`, with the date only where it is for that date. */
  readonly description: string
}

export interface SyncWindows {
  readonly windows: readonly SyncWindow[]
  /**
   * The day, in the calendar's zone, from which dated windows are those of the year before; `undefined` when none is
   * dated.
   */
  readonly exactUntil: string | undefined
  /** What comes on dates of its own, and is left out because `target.from` names no year: `freeze "month-end"`. */
  readonly undated: readonly string[]
  /** What Argo CD cannot tell, so that only the gate keeps it. */
  readonly leftOut: readonly { readonly at: FieldPath; readonly message: string }[]
}

export interface SyncTarget extends Pick<Subject, 'tenant' | 'environment'> {
  /** Names or globs, at least one: Argo CD refuses a window without. */
  readonly applications: readonly string[]
  /**
   * `2026-08-20`, the first day of the year that is expanded. An argument and not the clock: same day, same windows.
   * Without it nothing dated is written.
   */
  readonly from: string | undefined
}

/**
 * A calendar as sync windows of an Argo CD project.
 *
 * What comes back every week, or on the same days of every year, becomes one window for good. Business days, weekdays
 * of a month, single dates and ranges over a leap day become dated windows, for one year from `target.from`: cron has
 * no year, so the window of a thirteenth month would fire in the first month too, on a date that is none of the
 * calendar's. Within that year Argo CD refuses exactly when `judge` says closed, except in the hour that a clock shows
 * twice, where `judge` may be closed for longer.
 *
 * Argo CD refuses a project in which two windows have kind, schedule and duration in common, even for different
 * applications. Equal ones are merged here; calendars of several tenants in one project are the caller's to keep apart.
 *
 * The brake is not compiled: it is for the moment, and the gates keep it. Throws a RangeError when `target.from` is no
 * date.
 */
export function syncWindowsOf(calendar: Calendar, target: SyncTarget): SyncWindows {
  const year = target.from === undefined ? undefined : yearFrom(Temporal.PlainDate.from(target.from))
  const freezes = freezesOn(calendar, target)
  const entries: readonly Entry[] = [
    ...calendar.windows.map(({ recurrence }) => ({ kind: 'allow' as const, source: 'window', recurrence })),
    ...freezes
      .filter(({ risk }) => risk === undefined)
      .map(({ name, recurrence }) => ({ kind: 'deny' as const, source: `freeze "${name}"`, recurrence })),
  ]
  const dated = entries.filter(({ recurrence }) => lasting(recurrence) === undefined)
  const schedules = entries.flatMap(entry => schedulesOf(entry, calendar, year))
  if (calendar.windows.length > 0 && !schedules.some(({ kind }) => kind === 'allow')) schedules.push(DENY_ALWAYS)
  return {
    windows: distinct(schedules).map(({ description, ...schedule }) => ({
      ...schedule,
      timeZone: calendar.timezone,
      manualSync: false,
      applications: target.applications,
      description,
    })),
    exactUntil: dated.length === 0 ? undefined : year?.until.toPlainDate().toString(),
    undated: year === undefined ? [...new Set(dated.map(({ source }) => source))] : [],
    leftOut: freezes
      .filter(({ risk }) => risk !== undefined)
      .map(({ name, at }) => ({
        at,
        message: `freeze "${name}" is for some risks only, which Argo CD cannot see, so only the gate keeps it`,
      })),
  }
}

interface Entry extends Pick<SyncWindow, 'kind'> {
  readonly source: string
  readonly recurrence: Recurrence
}

type Times = Pick<SyncWindow, 'schedule' | 'duration'>
type Schedule = Times & Pick<SyncWindow, 'kind' | 'description'>

/** With no allow window at all Argo CD reads "always", where the calendar says "not this year". */
const DENY_ALWAYS: Schedule = {
  kind: 'deny',
  schedule: '* * * * *',
  duration: '1h',
  description: 'no window this year',
}

function yearFrom(day: Temporal.PlainDate): LocalSpan {
  return { from: day.toPlainDateTime(), until: day.add({ years: 1 }).toPlainDateTime() }
}

function schedulesOf({ kind, source, recurrence }: Entry, calendar: Calendar, year: LocalSpan | undefined): Schedule[] {
  const times = lasting(recurrence)
  if (times !== undefined) return [{ kind, ...times, description: source }]
  if (year === undefined) return []
  return datesWithin(recurrence, calendar, year).map(span => ({
    kind,
    ...timesOf(span),
    description: `${source} of ${span.from.toPlainDate().toString()}`,
  }))
}

/** The one schedule that says a recurrence for ever; `undefined` when cron has none. */
function lasting(recurrence: Recurrence): Times | undefined {
  if (recurrence.kind === 'weekly') {
    const { start, length, weekdays } = recurrence
    return { schedule: `${cronTime(start)} * * ${cronWeekdays(weekdays)}`, duration: goDuration(length) }
  }
  return recurrence.kind === 'annual' ? lastingYearly(recurrence) : undefined
}

/** A range that starts on one date and is as long in a year with a leap day, before one, and after one. */
function lastingYearly(recurrence: Annual): Times | undefined {
  const { from, to } = recurrence
  if (from.kind === 'weekday' || to.kind === 'weekday' || (from.month === 2 && from.day === 29)) return undefined
  const [common, ...others] = [2023, 2024, 2025].map(year => timesOf(spanInYear(recurrence, year)))
  return others.every(other => other.duration === common?.duration) ? common : undefined
}

/**
 * The dated times that touch the year, cut to it: a start before it, or an end after it, would come round again
 * inside it. They are on the wall clock; an instant in the doubled hour has the same wall clock an hour away, which
 * Argo CD cannot tell apart either.
 */
function datesWithin(recurrence: Recurrence, calendar: Calendar, year: LocalSpan): LocalSpan[] {
  const last = year.until.toPlainDate().subtract({ days: 1 })
  const spans =
    recurrence.kind === 'fixed'
      ? [{ from: localTime(recurrence.from, calendar.timezone), until: localTime(recurrence.until, calendar.timezone) }]
      : localSpans(recurrence, { first: year.from.toPlainDate(), last }, calendar.holidays)
  const { compare } = Temporal.PlainDateTime
  return spans
    .map(({ from, until }) => ({
      from: compare(from, year.from) < 0 ? year.from : from,
      until: compare(until, year.until) > 0 ? year.until : until,
    }))
    .filter(({ from, until }) => compare(from, until) < 0)
}

function timesOf({ from, until }: LocalSpan): Times {
  const schedule = `${from.minute} ${from.hour} ${from.day} ${from.month} *`
  return { schedule, duration: goDuration(from.until(until, { largestUnit: 'minutes' }).minutes) }
}

function goDuration(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  return `${hours > 0 ? `${hours}h` : ''}${rest > 0 ? `${rest}m` : ''}`
}

function distinct(schedules: readonly Schedule[]): Schedule[] {
  const found = new Map<string, Schedule>()
  for (const schedule of schedules) {
    const key = `${schedule.kind} ${schedule.schedule} ${schedule.duration}`
    if (!found.has(key)) found.set(key, schedule)
  }
  return [...found.values()]
}
