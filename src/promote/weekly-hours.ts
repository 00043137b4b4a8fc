import { Temporal } from 'temporal-polyfill'
import { append } from '../manifest/group-by.ts'
import type { UtcTimes, WeeklyTimes } from '../spec/timetable.ts'
import { cronTime, cronWeekdays } from './cron.ts'
import { DAY_MINUTES, type Weekly } from './recurrence.ts'

/** Part of every week, in minutes since its Monday began; it may reach into the next one. */
interface Stretch {
  readonly start: number
  readonly length: number
}

const WEEK = 7 * DAY_MINUTES

/**
 * The hours with `margin` minutes before and after, as one schedule: merged where they meet, in the order of the week.
 * Empty when there are none, and when they never end.
 */
export function awakeTimesOf(hours: readonly Weekly[], margin: number): WeeklyTimes[] {
  const stretches = stretchesOf(hours, margin)
  if (stretches.some(({ length }) => length >= WEEK)) return []
  return alikes(stretches).map(({ minute, length, days }) => {
    const end = minute + length
    return {
      start: `${cronTime(minute)} * * ${cronWeekdays(days)}`,
      end: `${cronTime(end % DAY_MINUTES)} * * ${cronWeekdays(shifted(days, Math.floor(end / DAY_MINUTES)))}`,
    }
  })
}

/** Minutes of the longest time between two of `awakeTimesOf`; zero when there is no such time. */
export function longestSleepOf(hours: readonly Weekly[], margin: number): number {
  const stretches = stretchesOf(hours, margin)
  const gaps = stretches.map(({ start, length }, index) => {
    const next = stretches[(index + 1) % stretches.length]
    const ends = start + length
    return (next?.start ?? 0) + (index + 1 < stretches.length ? 0 : WEEK) - ends
  })
  return Math.max(0, ...gaps)
}

/** Minutes that hours must have at least for `middayOf` to find a moment that daylight saving does not push out of them. */
const LONG_ENOUGH = 180

/**
 * A moment in the middle of the hours of most days, as six fields of cron in UTC. Half the year it is an hour off, for UTC
 * knows no daylight saving, and still inside. Absent when no hours are three hours long.
 */
export function middayOf(hours: readonly Weekly[], timezone: string): string | undefined {
  const [best] = alikes(stretchesOf(hours, 0).filter(({ length }) => length >= LONG_ENOUGH)).sort(
    (left, right) => right.days.length - left.days.length || right.length - left.length,
  )
  if (best === undefined) return undefined
  // Any winter will do: what matters is that the same one is asked every time.
  const winter = Temporal.Instant.from('2026-01-15T12:00Z').toZonedDateTimeISO(timezone)
  const minute = best.minute + Math.floor(best.length / 2) - Math.round(winter.offsetNanoseconds / 6e10)
  const days = shifted(best.days, Math.floor(minute / DAY_MINUTES))
  return `0 ${cronTime(((minute % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES)} * * ${cronWeekdays(days)}`
}

/**
 * When it may be outside the hours, in UTC: inside is only what is so in winter and in summer. Days that are alike stand
 * together. Empty when there are no hours, and when they never end.
 */
export function awayTimesOf(hours: readonly Weekly[], timezone: string): UtcTimes[] {
  const stretches = stretchesOf(hours, 0)
  if (stretches.length === 0) return []
  // Of any year: what matters is that the same one is asked every time.
  const offsets = ['2026-01-15T12:00Z', '2026-07-15T12:00Z'].map(instant =>
    Math.round(Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).offsetNanoseconds / 6e10),
  )
  const isInside = (minute: number) =>
    offsets.every(offset => stretches.some(({ start, length }) => (minute + offset - start + 2 * WEEK) % WEEK < length))
  const days = new Map<string, number[]>()
  for (let day = 1; day <= 7; day++) {
    const begins = (day - 1) * DAY_MINUTES
    const minutes = Array.from({ length: DAY_MINUTES }, (_, minute) => isInside(begins + minute))
    const times = minutes.flatMap((inside, minute) => {
      if (inside || (minute > 0 && minutes[minute - 1] === false)) return []
      const next = minutes.indexOf(true, minute)
      return [{ from: clock(minute), to: clock(next === -1 ? DAY_MINUTES : next) }]
    })
    if (times.length === 0) continue
    const key = JSON.stringify(times)
    append(days, key, day)
  }
  return [...days].map(([times, weekdays]) => ({ weekdays, times: JSON.parse(times) as UtcTimes['times'] }))
}

function clock(minute: number): string {
  const part = (value: number) => String(value).padStart(2, '0')
  return `${part(Math.floor(minute / 60))}:${part(minute % 60)}`
}

function stretchesOf(hours: readonly Weekly[], margin: number): Stretch[] {
  const single = hours.flatMap(({ weekdays, start, length }) =>
    weekdays.map(day => {
      const begins = (day - 1) * DAY_MINUTES + start - margin
      return { start: (begins + WEEK) % WEEK, length: length + 2 * margin }
    }),
  )
  const merged: Stretch[] = []
  for (const stretch of single.sort((left, right) => left.start - right.start)) {
    const last = merged.at(-1)
    if (last !== undefined && meets(last, stretch.start)) merged[merged.length - 1] = joined(last, stretch, 0)
    else merged.push(stretch)
  }
  // Sunday night may run into Monday morning.
  for (;;) {
    const [first, last] = [merged[0], merged.at(-1)]
    if (first === undefined || last === undefined || !meets(last, first.start + WEEK)) return merged
    if (first === last) return [{ start: 0, length: WEEK }]
    merged.shift()
    merged[merged.length - 1] = joined(last, first, WEEK)
  }
}

function meets({ start, length }: Stretch, next: number): boolean {
  return start + length >= next
}

function joined(one: Stretch, other: Stretch, later: number): Stretch {
  const end = Math.max(one.start + one.length, other.start + later + other.length)
  return { start: one.start, length: end - one.start }
}

/** Stretches that begin at the same time of the day and last equally long, with their days: Monday is 1. */
function alikes(stretches: readonly Stretch[]): { minute: number; length: number; days: number[] }[] {
  const groups = new Map<string, { minute: number; length: number; days: number[] }>()
  for (const { start, length } of stretches) {
    const minute = start % DAY_MINUTES
    const group = groups.get(`${minute} ${length}`) ?? { minute, length, days: [] }
    group.days.push(Math.floor(start / DAY_MINUTES) + 1)
    groups.set(`${minute} ${length}`, group)
  }
  return [...groups.values()]
}

function shifted(days: readonly number[], by: number): number[] {
  return days.map(day => ((((day - 1 + by) % 7) + 7) % 7) + 1)
}
