import { Temporal } from 'temporal-polyfill'
import {
  type AroundMonthEnd,
  DAY_MINUTES,
  FARTHEST_MOVE,
  type Minutes,
  type Monthly,
  type NthWeekday,
  type Recurrence,
  type Weekly,
  type YearDay,
} from './recurrence.ts'
import type { EpochMilliseconds } from './wall-clock.ts'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** In the order of `nth`: the last is `LAST`. */
const ORDINALS = ['first', 'second', 'third', 'fourth', 'last']

/** The longest that `hours` may be: a month. */
const MOST_HOURS = 31 * 24

/** The farthest business day from the end of a month that a rule may name. */
const FARTHEST_BUSINESS_DAY = 15

/** What was read, or what kept it from being read: a fact about the text, for the end of a message. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string }

const WEEKDAY_RULE = /^([A-Za-z,-]+)(?: (\d.*))?$/
const MONTH_RULE = new RegExp(`^(${ORDINALS.join('|')}) ([A-Za-z]+) of (\\*|[A-Za-z,-]+)(?: ([+-]\\d+))?(?: (\\d.*))?$`)
const BUSINESS_DAY_RULE = /^BD([+-]\d+)(?:\.\.BD([+-]\d+))?$/
const TIME_RANGE = /^(\d\d):(\d\d)(?:-(\d\d):(\d\d))?$/
const MONTH_DAY = /^(\d\d)-(\d\d)$/
const LOCAL_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::00)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/

const RULE_FORMS = '"Tue,Wed 05:30-07:00", "last Sat of Jun,Dec" and "BD-2..BD+2" are rules'
const BOUND_FORMS = '"11-15", "2026-11-15", "2026-11-15T06:00", "2026-11-15T06:00Z" and "fourth Thu of Nov +1" are'

/**
 * Reads a rule: days, and for weekdays a time on them.
 *
 * - `Tue,Wed 05:30-07:00`, `Mon-Sat`: weekdays; without a time, the whole day. An end at or before the start is the
 *   next day's; an end of `24:00` is midnight.
 * - `last Sat of Jun,Dec`, `first Mon of * 05:00-07:00`, `fourth Thu of Nov +1`: a weekday of months, moved by days.
 * - `BD-2..BD+2`, `BD+1`: business days around the end of every month, whole days.
 *
 * `hours` is a length on the wall clock from the start of the rule's day, or from its one time: `last Sat of Jun
 * 20:00`.
 */
export function parseRule(text: string, hours?: number): Parsed<Recurrence> {
  const businessDays = BUSINESS_DAY_RULE.exec(text)
  if (businessDays !== null) return parseBusinessDays(businessDays, hours)
  const monthly = MONTH_RULE.exec(text)
  if (monthly !== null) return parseMonthly(monthly, hours)
  const weekly = WEEKDAY_RULE.exec(text)
  if (weekly !== null) return parseWeekly(weekly, hours)
  return { problem: `is no rule; ${RULE_FORMS}` }
}

function parseWeekly([, days = '', time]: RegExpExecArray, hours: number | undefined): Parsed<Weekly> {
  const weekdays = parseNames(days, WEEKDAYS, 'weekday')
  if ('problem' in weekdays) return weekdays
  const minutes = parseMinutes(time, hours)
  if ('problem' in minutes) return minutes
  return { value: { kind: 'weekly', weekdays: weekdays.value, ...minutes.value } }
}

function parseMonthly(match: RegExpExecArray, hours: number | undefined): Parsed<Monthly> {
  const nth = parseNthWeekday(match)
  if ('problem' in nth) return nth
  const months = parseNames(match[3] ?? '', MONTHS, 'month')
  if ('problem' in months) return months
  const minutes = parseMinutes(match[5], hours)
  if ('problem' in minutes) return minutes
  return { value: { kind: 'monthly', ...nth.value, months: months.value, ...minutes.value } }
}

function parseBusinessDays(match: RegExpExecArray, hours: number | undefined): Parsed<AroundMonthEnd> {
  if (hours !== undefined) return { problem: 'counts whole days, so "hours" has no meaning beside it' }
  const first = Number(match[1])
  const last = Number(match[2] ?? match[1])
  if (first === 0 || last === 0) return { problem: 'names BD0, but the days around a month end are BD-1 and BD+1' }
  if (Math.max(Math.abs(first), Math.abs(last)) > FARTHEST_BUSINESS_DAY) {
    return { problem: `counts past BD±${FARTHEST_BUSINESS_DAY}, which is nearer to another month end` }
  }
  if (first > last) return { problem: 'ends before it begins' }
  return { value: { kind: 'around-month-end', first, last } }
}

function parseNthWeekday([, ordinal = '', name = '', , by = '0']: RegExpExecArray): Parsed<NthWeekday> {
  const weekdays = parseNames(name, WEEKDAYS, 'weekday')
  if ('problem' in weekdays) return weekdays
  const [weekday = 0] = weekdays.value
  const move = Number(by)
  if (Math.abs(move) > FARTHEST_MOVE) return { problem: `moves the day by more than ${FARTHEST_MOVE} days` }
  return { value: { nth: ORDINALS.indexOf(ordinal) + 1, weekday, move } }
}

/** `Jun,Dec`, `Mon-Fri`, `Sat-Mon` or `*`, as sorted numbers from 1. */
function parseNames(text: string, names: readonly string[], what: string): Parsed<number[]> {
  if (text === '*') return { value: names.map((_, index) => index + 1) }
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const ends = part.split('-')
    const unknown = ends.find(name => !names.includes(name))
    if (unknown !== undefined) return { problem: `names "${unknown}", which is no ${what}: ${names.join(', ')}` }
    if (ends.length > 2) return { problem: `has the range "${part}" with more than two ends` }
    const first = names.indexOf(ends[0] ?? '')
    const last = names.indexOf(ends[1] ?? ends[0] ?? '')
    for (let index = first; ; index = (index + 1) % names.length) {
      numbers.add(index + 1)
      if (index === last) break
    }
  }
  return { value: [...numbers].sort((a, b) => a - b) }
}

function parseMinutes(text: string | undefined, hours: number | undefined): Parsed<Minutes> {
  const problem = hours === undefined ? undefined : hoursProblem(hours)
  if (problem !== undefined) return { problem }
  const length = hours === undefined ? undefined : hours * 60
  if (text === undefined) return { value: { start: 0, length: length ?? DAY_MINUTES } }
  const match = TIME_RANGE.exec(text)
  const start = match === null ? undefined : minuteOfDay(match[1], match[2])
  if (match === null || start === undefined || start === DAY_MINUTES) {
    return { problem: `has the time "${text}", which is no time of a day; "05:30-07:00" is` }
  }
  if (match[3] === undefined) {
    if (length === undefined) return { problem: `has a start, "${text}", but neither an end nor "hours"` }
    return { value: { start, length } }
  }
  const end = minuteOfDay(match[3], match[4])
  if (end === undefined) return { problem: `has the time "${text}", which is no time of a day; "05:30-07:00" is` }
  if (length !== undefined) return { problem: 'has an end of its own, so "hours" has no meaning beside it' }
  if (end === start) return { problem: 'ends when it begins; a whole day needs no time' }
  return { value: { start, length: end > start ? end - start : end - start + DAY_MINUTES } }
}

function hoursProblem(hours: number): string | undefined {
  if (Number.isInteger(hours) && hours >= 1 && hours <= MOST_HOURS) return undefined
  return `has "hours" of ${hours}, which is no whole number from 1 to ${MOST_HOURS}`
}

function minuteOfDay(hour: string | undefined, minute: string | undefined): number | undefined {
  const total = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && total <= DAY_MINUTES ? total : undefined
}

type Bound =
  | { readonly kind: 'yearly'; readonly day: YearDay }
  | { readonly kind: 'local'; readonly from: Temporal.PlainDateTime; readonly until: Temporal.PlainDateTime }
  | { readonly kind: 'instant'; readonly at: EpochMilliseconds }

/**
 * Reads the two ends of a stretch. Both are of one sort:
 *
 * - days of every year, both included: `11-15`, `fourth Thu of Nov +1`; `12-18` to `01-08` passes the year's end;
 * - dates, both included: `2026-11-15`; or times on the wall clock: `2026-11-15T06:00`, where the end is no longer in
 *   it;
 * - instants: `2026-11-15T06:00Z`, `2026-11-15T06:00+01:00`; the end is no longer in it.
 */
export function parseRange(from: string, to: string): ParsedRange {
  const start = parseBound(from)
  if ('problem' in start) return { ...start, key: 'from' }
  const end = parseBound(to)
  if ('problem' in end) return { ...end, key: 'to' }
  const [first, last] = [start.value, end.value]
  if (first.kind === 'yearly' && last.kind === 'yearly') {
    return { value: { kind: 'annual', from: first.day, to: last.day } }
  }
  if (first.kind === 'local' && last.kind === 'local') {
    if (Temporal.PlainDateTime.compare(first.from, last.until) >= 0) return ENDS_TOO_EARLY
    return { value: { kind: 'once', from: minuteText(first.from), until: minuteText(last.until) } }
  }
  if (first.kind === 'instant' && last.kind === 'instant') {
    if (first.at >= last.at) return ENDS_TOO_EARLY
    return { value: { kind: 'fixed', from: first.at, until: last.at } }
  }
  const problem = 'is of another sort than "from": days of every year, dates, or instants with an offset'
  return { problem, key: 'to' }
}

type ParsedRange = { readonly value: Recurrence } | { readonly problem: string; readonly key: 'from' | 'to' }

const ENDS_TOO_EARLY = { problem: 'is not after "from"', key: 'to' } as const

function parseBound(text: string): Parsed<Bound> {
  const monthDay = MONTH_DAY.exec(text)
  if (monthDay !== null) {
    const [month, day] = [Number(monthDay[1]), Number(monthDay[2])]
    if (!isYearDay(text)) return { problem: `names "${text}", which is no day of a year` }
    return { value: { kind: 'yearly', day: { kind: 'date', month, day } } }
  }
  const nth = MONTH_RULE.exec(text)
  if (nth !== null && nth[5] === undefined) {
    const weekday = parseNthWeekday(nth)
    const months = parseNames(nth[3] ?? '', MONTHS, 'month')
    if ('problem' in weekday) return weekday
    if ('problem' in months) return months
    const [month, second] = months.value
    if (month === undefined || second !== undefined)
      return { problem: `names "${text}", which is not one day of a year` }
    return { value: { kind: 'yearly', day: { kind: 'weekday', month, ...weekday.value } } }
  }
  return parseLocalTime(text)
}

function parseLocalTime(text: string): Parsed<Bound> {
  const match = LOCAL_TIME.exec(text)
  if (match === null) return { problem: `names "${text}", which is no day or time; ${BOUND_FORMS}` }
  const [, year, month, day, hour, minute, offset] = match
  const minutes = hour === undefined ? 0 : minuteOfDay(hour, minute)
  if (!isDate(text.slice(0, '2026-11-15'.length)) || minutes === undefined || minutes === DAY_MINUTES) {
    return { problem: `names "${text}", which no calendar shows` }
  }
  if (offset !== undefined) return { value: { kind: 'instant', at: Temporal.Instant.from(text).epochMilliseconds } }
  const midnight = Temporal.PlainDateTime.from({ year: Number(year), month: Number(month), day: Number(day) })
  const from = midnight.add({ minutes })
  return { value: { kind: 'local', from, until: hour === undefined ? midnight.add({ days: 1 }) : from } }
}

/** Whether `2026-12-25` is a date that there is. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return month >= 1 && month <= 12 && day >= 1 && day <= Temporal.PlainYearMonth.from({ year, month }).daysInMonth
}

/** Whether `12-25` is a day of some year; `02-29` is. */
export function isYearDay(text: string): boolean {
  return isDate(`2024-${text}`)
}

function minuteText(local: Temporal.PlainDateTime): string {
  return local.toString({ smallestUnit: 'minute' })
}
