import type { Temporal } from 'temporal-polyfill'

/** Days off: `2026-12-25` once, `01-01` every year. */
export type Holidays = ReadonlySet<string>

/** Past this many days the count stops: holidays that leave no business day must not make it endless. */
const FARTHEST_DAYS = 92

const SATURDAY = 6

function isBusinessDay(date: Temporal.PlainDate, holidays: Holidays): boolean {
  const text = date.toString()
  return date.dayOfWeek < SATURDAY && !holidays.has(text) && !holidays.has(text.slice('2026-'.length))
}

/**
 * The business day that stands `count` from the end of a month, as finance counts: 1 is the first of the month that
 * `monthStart` begins, -1 the last of the month before; there is no 0. Saturdays, Sundays and holidays are skipped.
 */
export function businessDay(monthStart: Temporal.PlainDate, count: number, holidays: Holidays): Temporal.PlainDate {
  const step = Math.sign(count)
  let date = step > 0 ? monthStart : monthStart.subtract({ days: 1 })
  let left = Math.abs(count)
  for (let walked = 0; walked < FARTHEST_DAYS; walked += 1) {
    if (isBusinessDay(date, holidays)) left -= 1
    if (left === 0) break
    date = date.add({ days: step })
  }
  return date
}
