import type { Tenant } from '../spec/platform.ts'
import type { Timetable } from '../spec/timetable.ts'
import type { Calendar } from './calendar.ts'
import { type CalendarFile, calendarNamed } from './calendar-file.ts'
import { freezesOn } from './calendar-judgement.ts'
import { kedaTriggersOf } from './off-hours.ts'
import { syncWindowsOf } from './sync-window.ts'
import { awakeTimesOf, awayTimesOf, longestSleepOf, middayOf } from './weekly-hours.ts'

/** Minutes for which servers are up before business hours begin, and after they end. */
const MARGIN = 15

/**
 * What calendar.yaml means for a tenant in an environment; `undefined` for a tenant without a calendar. Tenants under the
 * same freezes of the same calendar share one answer: expanding dates is slow, and most tenants differ in nothing.
 */
export function timetablesOf(file: CalendarFile): (tenant: Tenant, environment: string) => Timetable | undefined {
  const known = new Map<string, Timetable>()
  return ({ name: tenant, calendar: name }, environment) => {
    if (name === undefined) return undefined
    const calendar = calendarNamed(file, name)
    if ('problems' in calendar) {
      return { ...NOTHING, calendar: name, problems: calendar.problems.map(({ message }) => message) }
    }
    const subject = { tenant, environment }
    const key = JSON.stringify([name, freezesOn(calendar, subject).map(freeze => freeze.name)])
    const found = known.get(key) ?? timetableOf(calendar, subject, file.from)
    known.set(key, found)
    return found
  }
}

const NOTHING = { timezone: 'UTC', windows: [], undated: [], open: [], awake: [], away: [], longestSleep: 0 }

function timetableOf(
  calendar: Calendar,
  subject: { readonly tenant: string; readonly environment: string },
  from: string | undefined,
): Timetable {
  const { name, timezone, businessHours } = calendar
  const { windows, undated, exactUntil } = syncWindowsOf(calendar, { ...subject, applications: [], from })
  const backup = middayOf(businessHours, timezone)
  return {
    calendar: name,
    timezone,
    windows: windows.map(({ applications: _, manualSync: _manual, ...times }) => times),
    ...(exactUntil === undefined ? {} : { exactUntil }),
    undated,
    open: kedaTriggersOf(calendar, 1).map(({ metadata: { start, end } }) => ({ start, end })),
    awake: awakeTimesOf(businessHours, MARGIN),
    away: awayTimesOf(businessHours, timezone),
    longestSleep: longestSleepOf(businessHours, MARGIN) * 60,
    ...(backup === undefined ? {} : { backup }),
    problems: [],
  }
}
