import { Temporal } from 'temporal-polyfill'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { businessDay } from '../src/promote/business-day.ts'
import { type Recurrence, spansOf } from '../src/promote/recurrence.ts'
import { type Parsed, parseRange, parseRule } from '../src/promote/recurrence-rule.ts'
import { formatInstant, type Reading, spanOf, zoneName } from '../src/promote/wall-clock.ts'
import { ms, utc } from './calendar-fixture.ts'

/** The spans in `from`..`until` as `start/end`, to the minute, on the wall of the zone. */
function spans(
  parsed: Parsed<Recurrence>,
  from: string,
  until: string,
  { timezone = 'Europe/Paris', holidays = [] as string[], reading = 'wide' as Reading } = {},
): string[] {
  if ('problem' in parsed) throw new Error(parsed.problem)
  const around = { from: ms(`${from}T00:00Z`), until: ms(`${until}T00:00Z`) }
  return spansOf(parsed.value, { timezone, holidays: new Set(holidays) }, around, reading).map(
    span => `${short(span.from, timezone)}/${short(span.until, timezone)}`,
  )
}

function short(instant: number, timezone: string): string {
  return formatInstant(instant, timezone).slice(0, -timezone.length - 1)
}

test('weekdays and times recur every week, also over midnight', () => {
  assert.equal(spans(parseRule('Tue,Wed 05:30-07:00'), '2026-10-05', '2026-10-12'), [
    '2026-10-06 05:30/2026-10-06 07:00',
    '2026-10-07 05:30/2026-10-07 07:00',
  ])
  assert.equal(spans(parseRule('Fri-Sun 22:00-02:00'), '2026-10-09', '2026-10-11'), [
    '2026-10-09 22:00/2026-10-10 02:00',
    '2026-10-10 22:00/2026-10-11 02:00',
  ])
  assert.equal(spans(parseRule('Sat-Sun'), '2026-10-08', '2026-10-13'), [
    '2026-10-10 00:00/2026-10-11 00:00',
    '2026-10-11 00:00/2026-10-12 00:00',
  ])
  assert.equal(spans(parseRule('Sat 20:00-24:00'), '2026-10-08', '2026-10-13'), ['2026-10-10 20:00/2026-10-11 00:00'])
  assert.equal(parseRule('Sat-Mon'), { value: { kind: 'weekly', weekdays: [1, 6, 7], start: 0, length: 1440 } })
})

test('a weekly stretch of many hours is found on its last day', () => {
  assert.equal(spans(parseRule('Sat 20:00', 100), '2026-10-14', '2026-10-14'), ['2026-10-10 20:00/2026-10-15 00:00'])
})

test('a weekday of a month recurs with its hours', () => {
  assert.equal(spans(parseRule('last Sat of Jun,Dec', 30), '2026-01-01', '2027-12-31'), [
    '2026-06-27 00:00/2026-06-28 06:00',
    '2026-12-26 00:00/2026-12-27 06:00',
    '2027-06-26 00:00/2027-06-27 06:00',
    '2027-12-25 00:00/2027-12-26 06:00',
  ])
  assert.equal(spans(parseRule('first Mon of * 05:00-07:00'), '2026-08-01', '2026-11-01'), [
    '2026-08-03 05:00/2026-08-03 07:00',
    '2026-09-07 05:00/2026-09-07 07:00',
    '2026-10-05 05:00/2026-10-05 07:00',
  ])
  assert.equal(spans(parseRule('last Thu of Apr-Jun +1'), '2026-01-01', '2026-12-31'), [
    '2026-05-01 00:00/2026-05-02 00:00',
    '2026-05-29 00:00/2026-05-30 00:00',
    '2026-06-26 00:00/2026-06-27 00:00',
  ])
})

test('a day that is moved into another month is found there', () => {
  assert.equal(spans(parseRule('last Sat of Jan +10'), '2026-02-10', '2026-02-10'), [
    '2026-02-10 00:00/2026-02-11 00:00',
  ])
  assert.equal(spans(parseRule('first Sun of Feb -20'), '2026-01-12', '2026-01-12'), [
    '2026-01-12 00:00/2026-01-13 00:00',
  ])
})

test('Black Friday is the day after the fourth Thursday of November, be that the last or not', () => {
  assert.equal(spans(parseRule('fourth Thu of Nov +1'), '2023-01-01', '2030-12-31'), [
    '2023-11-24 00:00/2023-11-25 00:00',
    '2024-11-29 00:00/2024-11-30 00:00',
    '2025-11-28 00:00/2025-11-29 00:00',
    '2026-11-27 00:00/2026-11-28 00:00',
    '2027-11-26 00:00/2027-11-27 00:00',
    '2028-11-24 00:00/2028-11-25 00:00',
    '2029-11-23 00:00/2029-11-24 00:00',
    '2030-11-29 00:00/2030-11-30 00:00',
  ])
  assert.equal(spans(parseRange('fourth Thu of Nov +1', '12-31'), '2026-12-01', '2027-10-01'), [
    '2026-11-27 00:00/2027-01-01 00:00',
  ])
})

test('days of every year include both ends, pass the end of the year, and know leap days', () => {
  assert.equal(spans(parseRange('11-15', '12-31'), '2026-01-01', '2027-01-01'), ['2026-11-15 00:00/2027-01-01 00:00'])
  assert.equal(spans(parseRange('12-18', '01-08'), '2027-01-08', '2027-01-08'), ['2026-12-18 00:00/2027-01-09 00:00'])
  assert.equal(spans(parseRange('02-29', '02-29'), '2027-01-01', '2028-12-31'), [
    '2027-02-28 00:00/2027-03-01 00:00',
    '2028-02-29 00:00/2028-03-01 00:00',
  ])
  assert.equal(spans(parseRange('02-20', '03-02'), '2028-02-29', '2028-02-29'), ['2028-02-20 00:00/2028-03-03 00:00'])
})

test('dates include both ends; times and instants leave out the end', () => {
  assert.equal(spans(parseRange('2026-11-15', '2026-11-16'), '2026-01-01', '2027-01-01'), [
    '2026-11-15 00:00/2026-11-17 00:00',
  ])
  assert.equal(spans(parseRange('2026-11-15T06:00', '2026-11-16'), '2026-01-01', '2027-01-01'), [
    '2026-11-15 06:00/2026-11-17 00:00',
  ])
  assert.equal(spans(parseRange('2026-11-15T06:00', '2026-11-15T06:30'), '2026-01-01', '2027-01-01'), [
    '2026-11-15 06:00/2026-11-15 06:30',
  ])
  assert.equal(spans(parseRange('2026-11-15T06:00Z', '2026-11-15T09:30:00+02:00'), '2026-01-01', '2027-01-01'), [
    '2026-11-15 07:00/2026-11-15 08:30',
  ])
})

test('business days around the end of a month skip weekends and holidays', () => {
  // 31 August 2026 is a Monday; 28 February 2027 a Sunday.
  assert.equal(spans(parseRule('BD-2..BD+2'), '2026-08-20', '2026-09-20'), ['2026-08-28 00:00/2026-09-03 00:00'])
  assert.equal(spans(parseRule('BD-1'), '2027-02-15', '2027-03-15'), ['2027-02-26 00:00/2027-02-27 00:00'])
  assert.equal(spans(parseRule('BD+1..BD+3'), '2027-02-15', '2027-03-15'), ['2027-03-01 00:00/2027-03-04 00:00'])
  const holidays = ['2026-12-25', '01-01', '2026-12-31']
  assert.equal(spans(parseRule('BD-2..BD+2'), '2026-12-15', '2027-01-15', { holidays }), [
    '2026-12-29 00:00/2027-01-06 00:00',
  ])
})

test('business days that a long shutdown pushes into the next month are found there', () => {
  const shutdown = Temporal.PlainDate.from('2026-12-14')
  const holidays = Array.from({ length: 28 }, (_, day) => shutdown.add({ days: day }).toString())
  assert.equal(spans(parseRule('BD+9..BD+15'), '2027-01-15', '2027-01-15', { holidays }), [
    '2026-12-11 00:00/2027-01-19 00:00',
  ])
})

test('holidays that leave no business day end the count and not the program', () => {
  const start = Temporal.PlainDate.from('2026-01-01')
  const all = new Set(Array.from({ length: 366 }, (_, day) => start.add({ days: day }).toString()))
  assert.ok(businessDay(Temporal.PlainDate.from('2026-06-01'), 1, all).toString() > '2026-06-01')
})

// Paris: 02:00 to 03:00 is skipped on 29 March 2026, and shown twice on 25 October 2026.
test('what starts in the skipped hour starts at the jump, and what lies in it whole does not happen', () => {
  const around = ['2026-03-28', '2026-03-30'] as const
  for (const reading of ['wide', 'narrow'] as const) {
    assert.equal(spans(parseRule('Sun 02:30-04:00'), ...around, { reading }), ['2026-03-29 03:00/2026-03-29 04:00'])
    assert.equal(spans(parseRule('Sun 01:00-02:30'), ...around, { reading }), ['2026-03-29 01:00/2026-03-29 03:00'])
    assert.equal(spans(parseRule('Sun 02:10-02:50'), ...around, { reading }), [])
  }
})

test('in the doubled hour a freeze takes the widest reading and a window the narrowest', () => {
  const read = (rule: string, reading: Reading) => spans(parseRule(rule), '2026-10-24', '2026-10-26', { reading })
  assert.equal(read('Sun 02:30-04:00', 'wide'), ['2026-10-25 02:30+02:00/2026-10-25 04:00'])
  assert.equal(read('Sun 02:30-04:00', 'narrow'), ['2026-10-25 02:30+01:00/2026-10-25 04:00'])
  assert.equal(read('Sun 01:00-02:30', 'wide'), ['2026-10-25 01:00/2026-10-25 02:30+01:00'])
  assert.equal(read('Sun 01:00-02:30', 'narrow'), ['2026-10-25 01:00/2026-10-25 02:30+02:00'])
  assert.equal(read('Sun 02:10-02:50', 'wide'), ['2026-10-25 02:10+02:00/2026-10-25 02:50+01:00'])
  assert.equal(read('Sun 02:10-02:50', 'narrow'), ['2026-10-25 02:10+01:00/2026-10-25 02:50+01:00'])
  assert.equal(read('Sun 01:00-04:00', 'narrow'), ['2026-10-25 01:00/2026-10-25 04:00'])
})

test('a day is 23, 24 or 25 hours long', () => {
  const hours = (date: string) => {
    const from = Temporal.PlainDateTime.from(date)
    const span = spanOf({ from, until: from.add({ days: 1 }) }, 'Europe/Paris', 'wide')
    return span === undefined ? undefined : (span.until - span.from) / 3_600_000
  }
  assert.is(hours('2026-03-29'), 23)
  assert.is(hours('2026-03-30'), 24)
  assert.is(hours('2026-10-25'), 25)
})

test('where the clock skips midnight, the day begins at the jump', () => {
  // Santiago goes from 24:00 to 01:00 on 6 September 2026.
  const [span] = spans(parseRange('2026-09-06', '2026-09-06'), '2026-09-01', '2026-09-10', {
    timezone: 'America/Santiago',
  })
  assert.is(span, '2026-09-06 01:00/2026-09-07 00:00')
})

test('an instant is shown to the minute in its zone, with the offset only in the doubled hour', () => {
  assert.is(formatInstant(ms('2026-12-31T23:00Z'), 'Europe/Paris'), '2027-01-01 00:00 Europe/Paris')
  assert.is(formatInstant(ms('2026-12-31T22:59:59Z'), 'Europe/Paris'), '2026-12-31 23:59:59 Europe/Paris')
  assert.is(formatInstant(ms('2026-10-25T00:30Z'), 'Europe/Paris'), '2026-10-25 02:30+02:00 Europe/Paris')
  assert.is(formatInstant(ms('2026-10-25T01:30Z'), 'Europe/Paris'), '2026-10-25 02:30+01:00 Europe/Paris')
  assert.is(formatInstant(ms('2026-03-29T01:00Z'), 'Europe/Paris'), '2026-03-29 03:00 Europe/Paris')
})

test('only names of the IANA database are zones', () => {
  assert.is(zoneName('Europe/Paris'), 'Europe/Paris')
  assert.is(zoneName('UTC'), 'UTC')
  assert.is(zoneName('europe/paris'), 'Europe/Paris')
  assert.is(zoneName('Etc/GMT+5'), 'Etc/GMT+5')
  for (const text of ['Europe/Pairs', '+02:00', '', 'Z', '2026-01-01T00:00[UTC]']) assert.is(zoneName(text), undefined)
})

test('an instant is found whatever the zone says', () => {
  const range = parseRange('2026-11-15T06:00Z', '2026-11-15T07:00Z')
  if ('problem' in range) throw new Error(range.problem)
  const place = { timezone: 'Pacific/Kiritimati', holidays: new Set<string>() }
  const at = ms('2026-11-15T06:59:59Z')
  const [span] = spansOf(range.value, place, { from: at, until: at }, 'wide')
  assert.is(utc(span?.from), '2026-11-15T06:00:00Z')
})

test.run()
