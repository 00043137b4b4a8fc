import type { Asking } from './asking.ts'
import type { Schema } from './schema-terms.ts'
import type { Settings } from './settings.ts'
import type { Timetable } from './timetable.ts'

/** When an environment that nobody uses at night is up. */
export type Schedule = Pick<Timetable, 'timezone' | 'open' | 'awake' | 'longestSleep' | 'backup'>

export const SCHEDULE_SCHEMA: Schema = {
  enum: ['always', 'office'],
  description:
    "Up always, or in the business hours of the tenant's calendar alone. Never in production. Default: always.",
}

/** When the tenant is up; `undefined` where it always is. */
export function scheduleOf({ unit, find, say, home, contradict }: Asking): Schedule | undefined {
  const stated = find<'always' | 'office'>('schedule')
  const key = stated?.key ?? home
  const office = stated?.value === 'office'
  say('schedule', stated?.value ?? 'always', stated === undefined ? 'default' : 'stated', key)
  if (!office) return undefined
  const { timetable } = unit.local
  const reason = unit.production
    ? 'and production is always up'
    : timetable === undefined
      ? 'and the tenant has no calendar that would say when that is'
      : (timetable.problems[0] ?? (timetable.awake.length > 0 ? undefined : noHours(timetable)))
  if (reason !== undefined || timetable === undefined) {
    contradict({
      message: `schedule office is up in business hours alone, ${reason ?? ''}`,
      hint: unit.production
        ? 'leave it out, or state schedule: always'
        : 'name a calendar with business hours, or state schedule: always',
      key,
    })
    return undefined
  }
  return hoursOf(timetable)
}

/** What of a timetable is about hours. */
export function hoursOf({ timezone, open, awake, longestSleep, backup }: Timetable): Schedule {
  return { timezone, open, awake, longestSleep, ...(backup === undefined ? {} : { backup }) }
}

function noHours({ calendar, open }: Timetable): string {
  return open.length === 0
    ? `and the calendar "${calendar}" has none`
    : `and those of the calendar "${calendar}" never end, so there is nothing to save`
}

/** Backups of servers that sleep at night: during the day, or, where business hours are too short for that, none. */
export function backupWithin(
  { find, say, home }: Pick<Asking, 'find' | 'say' | 'home'>,
  schedule: Pick<Schedule, 'backup'> | undefined,
  backup: Settings['backup'],
): Settings['backup'] {
  if (schedule === undefined || backup === undefined || find('backup.schedule') !== undefined) return backup
  const key = find('schedule')?.key ?? home
  if (schedule.backup === undefined) {
    say('backup.suspended', true, 'business hours are too short for a backup', key)
    return { ...backup, suspended: true }
  }
  const { value } = say('backup.schedule', schedule.backup, 'in the middle of business hours, in UTC', key)
  return { ...backup, schedule: value }
}
