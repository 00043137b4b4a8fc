import { Temporal } from 'temporal-polyfill'
import { businessDay, type Holidays } from './business-day.ts'
import { type LocalSpan, localTime, type Reading, type Span, spanOf } from './wall-clock.ts'

export const DAY_MINUTES = 24 * 60

/** The most days that a weekday of a month is moved by. */
export const FARTHEST_MOVE = 31

/** The `nth` of the last weekday of a month, be it the fourth or the fifth. */
export const LAST = 5

/** Minutes on the wall clock, from midnight of the day that a rule names. */
export interface Minutes {
  readonly start: number
  /** More than zero. On the wall clock: 24 hours is a day, also when the clock changes. */
  readonly length: number
}

/** `Tue,Wed 05:30-07:00`. Weekdays from 1, Monday, to 7, in order. */
export interface Weekly extends Minutes {
  readonly kind: 'weekly'
  readonly weekdays: readonly number[]
}

/** `last Sat`, moved by whole days: the day after the fourth Thursday has `move` 1. */
export interface NthWeekday {
  /** 1 to 4, or `LAST`. */
  readonly nth: number
  readonly weekday: number
  /** Days, up to `FARTHEST_MOVE` either way. */
  readonly move: number
}

/** `last Sat of Jun,Dec`. Months from 1. */
export interface Monthly extends Minutes, NthWeekday {
  readonly kind: 'monthly'
  readonly months: readonly number[]
}

/** `BD-2..BD+2`: whole days around every end of month, both ends included. */
export interface AroundMonthEnd {
  readonly kind: 'around-month-end'
  readonly first: number
  readonly last: number
}

/** A day of every year. `02-29` is 28 February in a year without it. */
export type YearDay =
  | { readonly kind: 'date'; readonly month: number; readonly day: number }
  | ({ readonly kind: 'weekday'; readonly month: number } & NthWeekday)

/** `11-15` to `12-31` of every year, both included; `to` is in the next year when it comes before `from`. */
export interface Annual {
  readonly kind: 'annual'
  readonly from: YearDay
  readonly to: YearDay
}

/** Once, on the wall clock: `2026-11-15T06:00`, half-open. */
interface Once {
  readonly kind: 'once'
  readonly from: string
  readonly until: string
}

/** Once, between two instants, whatever a clock shows. */
interface Fixed extends Span {
  readonly kind: 'fixed'
}

type LocalRecurrence = Weekly | Monthly | AroundMonthEnd | Annual | Once
export type Recurrence = LocalRecurrence | Fixed

/** The dates to look at, both included. */
interface Dates {
  readonly first: Temporal.PlainDate
  readonly last: Temporal.PlainDate
}

/** All times of a recurrence that touch these dates on the wall clock, in order, and perhaps some near them. */
function occurrencesOf(recurrence: LocalRecurrence, dates: Dates, holidays: Holidays): LocalSpan[] {
  switch (recurrence.kind) {
    case 'weekly':
      return weeklySpans(recurrence, dates)
    case 'monthly':
      return monthlySpans(recurrence, dates)
    case 'around-month-end':
      return monthEndSpans(recurrence, dates, holidays)
    case 'annual':
      return annualSpans(recurrence, dates)
    case 'once':
      return [
        { from: Temporal.PlainDateTime.from(recurrence.from), until: Temporal.PlainDateTime.from(recurrence.until) },
      ]
  }
}

function weeklySpans(recurrence: Weekly, { first, last }: Dates): LocalSpan[] {
  const found: LocalSpan[] = []
  const reach = Math.floor((recurrence.start + recurrence.length) / DAY_MINUTES)
  for (let date = first.subtract({ days: reach }); !isAfter(date, last); date = date.add({ days: 1 })) {
    if (recurrence.weekdays.includes(date.dayOfWeek)) found.push(minutesOf(date, recurrence))
  }
  return found
}

function monthlySpans(recurrence: Monthly, { first, last }: Dates): LocalSpan[] {
  const reach = Math.ceil((recurrence.start + recurrence.length) / DAY_MINUTES) + FARTHEST_MOVE
  return monthsOf(first.subtract({ days: reach }), last.add({ days: FARTHEST_MOVE }))
    .filter(month => recurrence.months.includes(month.month))
    .map(month => minutesOf(nthWeekday(month, recurrence), recurrence))
}

function monthEndSpans(recurrence: AroundMonthEnd, { first, last }: Dates, holidays: Holidays): LocalSpan[] {
  return monthsOf(first.subtract({ months: 2 }), last.add({ months: 2 })).map(month => ({
    from: businessDay(month, recurrence.first, holidays).toPlainDateTime(),
    until: businessDay(month, recurrence.last, holidays).add({ days: 1 }).toPlainDateTime(),
  }))
}

function annualSpans(recurrence: Annual, { first, last }: Dates): LocalSpan[] {
  const found: LocalSpan[] = []
  for (let year = first.year - 2; year <= last.year + 1; year += 1) found.push(spanInYear(recurrence, year))
  return found
}

/** The range that starts in a year. */
export function spanInYear(recurrence: Annual, year: number): LocalSpan {
  const from = dayOfYear(recurrence.from, year)
  const sameYear = dayOfYear(recurrence.to, year)
  const to = isAfter(from, sameYear) ? dayOfYear(recurrence.to, year + 1) : sameYear
  return { from: from.toPlainDateTime(), until: to.add({ days: 1 }).toPlainDateTime() }
}

function isAfter(a: Temporal.PlainDate, b: Temporal.PlainDate): boolean {
  return Temporal.PlainDate.compare(a, b) > 0
}

function minutesOf(date: Temporal.PlainDate, { start, length }: Minutes): LocalSpan {
  const from = date.toPlainDateTime().add({ minutes: start })
  return { from, until: from.add({ minutes: length }) }
}

/** The first day of each month from the one that `first` is in to the one that `last` is in. */
function monthsOf(first: Temporal.PlainDate, last: Temporal.PlainDate): Temporal.PlainDate[] {
  const found: Temporal.PlainDate[] = []
  for (let month = first.with({ day: 1 }); !isAfter(month, last); month = month.add({ months: 1 })) found.push(month)
  return found
}

function nthWeekday(month: Temporal.PlainDate, { nth, weekday, move }: NthWeekday): Temporal.PlainDate {
  const end = month.with({ day: month.daysInMonth })
  const day =
    nth === LAST
      ? month.daysInMonth - ((end.dayOfWeek - weekday + 7) % 7)
      : 1 + ((weekday - month.dayOfWeek + 7) % 7) + 7 * (nth - 1)
  return month.add({ days: day - 1 + move })
}

function dayOfYear(day: YearDay, year: number): Temporal.PlainDate {
  if (day.kind === 'date') return Temporal.PlainDate.from({ year, month: day.month, day: day.day })
  return nthWeekday(Temporal.PlainDate.from({ year, month: day.month, day: 1 }), day)
}

/** The times of a recurrence on the wall clock that touch the dates (both included), in order. */
export function localSpans(recurrence: LocalRecurrence, dates: Dates, holidays: Holidays): LocalSpan[] {
  const start = dates.first.toPlainDateTime()
  const end = dates.last.add({ days: 1 }).toPlainDateTime()
  const { compare } = Temporal.PlainDateTime
  return occurrencesOf(recurrence, dates, holidays).filter(
    span => compare(span.until, start) > 0 && compare(span.from, end) < 0,
  )
}

/** Where a recurrence is read: the zone of its calendar, the days off there, and which way the doubled hour counts. */
interface Place {
  readonly timezone: string
  readonly holidays: Holidays
}

/** The spans of a recurrence that touch `around` (its end included), in order. */
export function spansOf(recurrence: Recurrence, place: Place, around: Span, reading: Reading): Span[] {
  const touches = (span: Span) => span.until > around.from && span.from <= around.until
  if (recurrence.kind === 'fixed') return [{ from: recurrence.from, until: recurrence.until }].filter(touches)
  const dates = {
    first: localTime(around.from, place.timezone).toPlainDate().subtract({ days: 1 }),
    last: localTime(around.until, place.timezone).toPlainDate().add({ days: 1 }),
  }
  return localSpans(recurrence, dates, place.holidays)
    .map(local => spanOf(local, place.timezone, reading))
    .filter(span => span !== undefined)
    .filter(touches)
}
