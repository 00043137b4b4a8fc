import { Temporal } from 'temporal-polyfill'
import type { Calendar } from '../src/promote/calendar.ts'
import { calendarNamed, parseCalendars } from '../src/promote/calendar-file.ts'
import type { Question } from '../src/promote/calendar-judgement.ts'

export const HEAD = { apiVersion: 'waybill.dev/v1alpha1', kind: 'Calendar' }

/** A calendar "shop" of these fields, in Paris unless they say otherwise. Throws when it cannot be read. */
export function calendarOf(fields: Readonly<Record<string, unknown>>, brake?: unknown): Calendar {
  const shop = { timezone: 'Europe/Paris', ...fields }
  const file = parseCalendars({ ...HEAD, calendars: { shop }, ...(brake === undefined ? {} : { brake }) })
  const calendar = calendarNamed(file, 'shop')
  if ('problems' in calendar) throw new Error(JSON.stringify(calendar.problems))
  return calendar
}

/** `2026-11-15T00:00+01:00` in milliseconds. */
export function ms(instant: string): number {
  return Temporal.Instant.from(instant).epochMilliseconds
}

/** A wall-clock time in a zone; of a doubled one, the first. */
export function wall(local: string, zone = 'Europe/Paris'): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds
}

export function utc(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : Temporal.Instant.fromEpochMilliseconds(instant).toString()
}

export function question(instant: number, more: Partial<Question> = {}): Question {
  return { instant, tenant: 'acme', environment: 'production', risk: 'low', kind: 'change', ...more }
}
