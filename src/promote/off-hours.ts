import type { Holidays } from './business-day.ts'
import type { Calendar } from './calendar.ts'
import { cronTime, cronWeekdays, runsOf } from './cron.ts'
import { DAY_MINUTES, type Weekly } from './recurrence.ts'

/** A trigger of a KEDA ScaledObject; all values are text there. */
export interface KedaCronTrigger {
  readonly type: 'cron'
  readonly metadata: {
    readonly timezone: string
    readonly start: string
    readonly end: string
    readonly desiredReplicas: string
  }
}

/**
 * The business hours of a calendar as KEDA cron triggers that keep `replicas` (at least 1) running; outside of them
 * the ScaledObject falls to its own minimum. Empty when the calendar has no business hours: then nothing is to be
 * scaled down.
 *
 * Holidays are left out, because cron cannot say them: an environment is up on a holiday. Throws a RangeError on fewer
 * than one replica, which would keep the workload down in business hours.
 */
export function kedaTriggersOf({ businessHours, timezone }: Calendar, replicas: number): KedaCronTrigger[] {
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new RangeError(`${replicas} replicas in business hours would keep the workload down`)
  }
  return businessHours.flatMap(splitWhenEndless).map(({ weekdays, start, length }) => {
    const end = start + length
    const endDays = weekdays.map(day => weekdayAfter(day, Math.floor(end / DAY_MINUTES)))
    return {
      type: 'cron',
      metadata: {
        timezone,
        start: `${cronTime(start)} * * ${cronWeekdays(weekdays)}`,
        end: `${cronTime(end % DAY_MINUTES)} * * ${cronWeekdays(endDays)}`,
        desiredReplicas: String(replicas),
      },
    }
  })
}

/**
 * Every day around the clock would start and end at the same time, which KEDA refuses: a trigger for each day says it.
 */
function splitWhenEndless(hours: Weekly): Weekly[] {
  if (hours.weekdays.length < 7 || hours.length < DAY_MINUTES) return [hours]
  return hours.weekdays.map(day => ({ ...hours, weekdays: [day] }))
}

function weekdayAfter(day: number, days: number): number {
  return ((day - 1 + days) % 7) + 1
}

/** A period of an Alertmanager time interval; a field that is absent holds always. */
interface AlertmanagerPeriod {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[]
  readonly weekdays?: readonly string[]
  readonly days_of_month?: readonly string[]
  readonly months?: readonly string[]
  readonly years?: readonly string[]
  readonly location: string
}

/** An entry of `time_intervals` in Alertmanager's own configuration. */
export interface AlertmanagerInterval {
  readonly name: string
  readonly time_intervals: readonly AlertmanagerPeriod[]
}

/**
 * What lies outside the business hours, and the holidays, as one named interval to mute routes by. `undefined` when
 * the calendar has no business hours: then no time is off. In Alertmanager's own words, because the AlertmanagerConfig
 * kind of the Prometheus operator has no `location` and would read the hours in UTC.
 */
export function muteIntervalOf(calendar: Calendar, name: string): AlertmanagerInterval | undefined {
  if (calendar.businessHours.length === 0) return undefined
  const location = calendar.timezone
  return {
    name,
    time_intervals: [...offHours(calendar.businessHours, location), ...daysOff(calendar.holidays, location)],
  }
}

/** In Alertmanager's order: a range from Saturday to Sunday would end before it begins. */
const WEEKDAY_NAMES = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** Weekdays whose free minutes are the same share a period. */
function offHours(businessHours: readonly Weekly[], location: string): AlertmanagerPeriod[] {
  const byTimes = new Map<string, { times: Minutes[]; days: number[] }>()
  for (let day = 1; day <= 7; day += 1) {
    const times = freeMinutes(businessHours, day)
    const key = JSON.stringify(times)
    const group = byTimes.get(key)
    if (group !== undefined) group.days.push(day)
    else if (times.length > 0) byTimes.set(key, { times, days: [day] })
  }
  return [...byTimes.values()].map(({ times, days }) => ({
    ...(isWholeDay(times)
      ? {}
      : { times: times.map(([start, end]) => ({ start_time: clock(start), end_time: clock(end) })) }),
    weekdays: weekdayRanges(days),
    location,
  }))
}

/** From a minute of the day up to, not including, another. */
type Minutes = readonly [start: number, end: number]

function isWholeDay([first]: readonly Minutes[]): boolean {
  return first?.[0] === 0 && first[1] === DAY_MINUTES
}

/** The minutes of a weekday, Monday is 1, in no business hours; those that began the day before count. */
function freeMinutes(businessHours: readonly Weekly[], day: number): Minutes[] {
  const busy = businessHours.flatMap(({ weekdays, start, length }) => [
    ...(weekdays.includes(day) ? [[start, start + length] as const] : []),
    ...(weekdays.includes(weekdayAfter(day, 6)) ? [[start - DAY_MINUTES, start + length - DAY_MINUTES] as const] : []),
  ])
  const free: Minutes[] = []
  let from = 0
  for (const [start, end] of busy.sort(([a], [b]) => a - b)) {
    if (start > from) free.push([from, start])
    from = Math.max(from, end)
  }
  if (from < DAY_MINUTES) free.push([from, DAY_MINUTES])
  return free
}

function weekdayRanges(weekdays: readonly number[]): string[] {
  const days = weekdays.map(day => day % 7).sort((a, b) => a - b)
  return runsOf(days).map(run => {
    const names = run.map(day => WEEKDAY_NAMES[day])
    return names.length > 1 ? `${names[0]}:${names.at(-1)}` : `${names[0]}`
  })
}

function daysOff(holidays: Holidays, location: string): AlertmanagerPeriod[] {
  return [...holidays].sort().map(holiday => {
    const [day, month, year] = holiday.split('-').reverse().map(Number)
    return {
      days_of_month: [String(day)],
      months: [String(month)],
      ...(year === undefined ? {} : { years: [String(year)] }),
      location,
    }
  })
}

function clock(minuteOfDay: number): string {
  const [hour, minute] = [Math.floor(minuteOfDay / 60), minuteOfDay % 60]
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
