/** When a backup runs, as CloudNativePG reads it (robfig/cron 1.2: its documentation, read September 2026). */
export interface BackupSchedule {
  /** Five are read from the seconds on, without days of the week. */
  readonly fields: number
  readonly timesADay: number
  /** Seconds between two runs on one day; a day where there is only one. */
  readonly shortest: number
  /** Days between two runs, at most. */
  readonly longest: number
}

const DAY = 86_400

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@annually': '0 0 0 1 1 *',
  '@daily': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
  '@midnight': '0 0 0 * * *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@yearly': '0 0 0 1 1 *',
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

interface Field {
  readonly first: number
  readonly last: number
  readonly names?: readonly string[]
}

const FIELDS: readonly Field[] = [
  { first: 0, last: 59 },
  { first: 0, last: 59 },
  { first: 0, last: 23 },
  { first: 1, last: 31 },
  { first: 1, last: 12, names: MONTHS },
  { first: 0, last: 6, names: WEEKDAYS },
]

/** `undefined` for a text that the operator refuses. Intervals (`@every 6h`) are read to the second. */
export function backupSchedule(text: string): BackupSchedule | undefined {
  const every = /^@every\s+(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim())
  if (every !== null) {
    const seconds = Number(every[1] ?? 0) * 3_600 + Number(every[2] ?? 0) * 60 + Number(every[3] ?? 0)
    return seconds === 0
      ? undefined
      : { fields: 6, timesADay: DAY / seconds, shortest: seconds, longest: seconds / DAY }
  }
  const given = (DESCRIPTORS[text.trim()] ?? text).trim().split(/\s+/)
  if (given.length < 5 || given.length > 6) return undefined
  const sets = FIELDS.map((field, nth) => valuesOf(given[nth] ?? '*', field))
  const [seconds, minutes, hours, days, months, weekdays] = sets
  if (sets.includes(undefined) || !seconds || !minutes || !hours || !days || !months || !weekdays) return undefined
  return {
    fields: given.length,
    timesADay: seconds.length * minutes.length * hours.length,
    shortest: shortestGap(seconds, minutes, hours),
    longest: longestGap(days, months, weekdays),
  }
}

/** The values of one field in order: lists, ranges, steps and names; `undefined` when it is none. */
function valuesOf(text: string, { first, last, names = [] }: Field): readonly number[] | undefined {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? []
    const [from, to] =
      range === '*' || range === '?' ? [first, last] : range.split('-', 2).map(value => numberIn(value, names, first))
    // A start with a step goes on to the end.
    const end = to ?? (step === undefined ? from : last)
    if (from === undefined || end === undefined || !(from >= first && end <= last && from <= end)) return undefined
    const by = step === undefined ? 1 : Number(step)
    if (by === 0) return undefined
    for (let value = from; value <= end; value += by) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}

function numberIn(text: string, names: readonly string[], first: number): number {
  const named = names.indexOf(text.toUpperCase())
  return named === -1 ? (/^\d+$/.test(text) ? Number(text) : Number.NaN) : named + first
}

function shortestGap(seconds: readonly number[], minutes: readonly number[], hours: readonly number[]): number {
  if (seconds.length > 1) return Math.min(...gaps(seconds, 60))
  if (minutes.length > 1) return Math.min(...gaps(minutes, 60)) * 60
  return hours.length > 1 ? Math.min(...gaps(hours, 24)) * 3_600 : DAY
}

/** As in cron, days of the month and of the week add up when both are restricted. */
function longestGap(days: readonly number[], months: readonly number[], weekdays: readonly number[]): number {
  if (months.length < 12) return Math.max(...gaps(months, 12)) * 31
  const byWeek = weekdays.length < 7 ? Math.max(...gaps(weekdays, 7)) : undefined
  const byMonth = days.length < 31 ? Math.max(...gaps(days, 31)) : undefined
  return Math.min(byWeek ?? byMonth ?? 1, byMonth ?? byWeek ?? 1)
}

/** Distances between neighbours on a circle. */
function gaps(values: readonly number[], around: number): readonly number[] {
  return values.map((value, nth) => (values[nth + 1] ?? (values[0] ?? 0) + around) - value)
}
