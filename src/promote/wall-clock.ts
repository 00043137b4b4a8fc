import { Temporal } from 'temporal-polyfill'

/**
 * An instant, in milliseconds since 1970-01-01T00:00Z. A plain number and no Temporal object, because those have no own
 * fields: two different ones pass for deeply equal, and a comparison with `<` throws.
 */
export type EpochMilliseconds = number

/** A stretch of time: `from` belongs to it, `until` does not. */
export interface Span {
  readonly from: EpochMilliseconds
  readonly until: EpochMilliseconds
}

/** A stretch on the clock on the wall, wherever that hangs; half-open like `Span`. */
export interface LocalSpan {
  readonly from: Temporal.PlainDateTime
  readonly until: Temporal.PlainDateTime
}

/**
 * How a wall-clock time is read in the hour that the clock shows twice: `wide` for what closes (from the first pass
 * of its start to the last pass of its end), `narrow` for what opens (from the last pass of its start to the first pass
 * of its end after that). So the doubled hour never opens what one reading would keep closed.
 */
export type Reading = 'wide' | 'narrow'

/** The instants at which the clock of a zone shows a time: two in the doubled hour; in the skipped one, the jump. */
function passesOf(local: Temporal.PlainDateTime, zone: string): { first: EpochMilliseconds; last: EpochMilliseconds } {
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'earlier' })
  const later = local.toZonedDateTime(zone, { disambiguation: 'later' })
  const skipped = !earlier.toPlainDateTime().equals(local)
  const jump = skipped ? earlier.getTimeZoneTransition('next') : null
  if (jump !== null) return { first: jump.epochMilliseconds, last: jump.epochMilliseconds }
  return { first: earlier.epochMilliseconds, last: later.epochMilliseconds }
}

/** The span in which the clock of the zone stands within `local`; `undefined` when the clock skips it whole. */
export function spanOf(local: LocalSpan, zone: string, reading: Reading): Span | undefined {
  const start = passesOf(local.from, zone)
  const end = passesOf(local.until, zone)
  const from = reading === 'wide' ? start.first : start.last
  const until = reading === 'wide' || end.first <= from ? end.last : end.first
  return from < until ? { from, until } : undefined
}

/** What the calendar and the clock on the wall of a zone show at an instant. */
export function localTime(instant: EpochMilliseconds, zone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDateTime()
}

/** The instant at which a day begins: midnight, or the jump where the clock skips midnight. */
export function startOfDay(date: Temporal.PlainDate, zone: string): EpochMilliseconds {
  return date.toZonedDateTime(zone).epochMilliseconds
}

/** The instant at which the clock of a zone shows `2027-02-07 22:00`, the first of two; `undefined` when that is no day. */
export function wallInstant(text: string, zone: string): EpochMilliseconds | undefined {
  try {
    return passesOf(Temporal.PlainDateTime.from(text.replace(' ', 'T')), zone).first
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * The name of a zone as the IANA database spells it, or `undefined` when there is none of that name. Plain offsets
 * (`+02:00`) are none: they know no daylight saving, and the systems that calendars are compiled for refuse them.
 */
export function zoneName(text: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text)) return undefined
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * `2027-01-01 00:00 Europe/Paris`: to the minute, seconds only where they are not zero. In the doubled hour the
 * offset tells the two apart: `2026-10-25 02:30+01:00 Europe/Paris`.
 */
export function formatInstant(instant: EpochMilliseconds, zone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const { first, last } = passesOf(zoned.toPlainDateTime(), zone)
  const time = zoned.toPlainTime().toString({ smallestUnit: zoned.second === 0 ? 'minute' : 'second' })
  return `${zoned.toPlainDate().toString()} ${time}${first === last ? '' : zoned.offset} ${zone}`
}
