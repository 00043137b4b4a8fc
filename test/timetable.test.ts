import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCalendars } from '../src/promote/calendar-file.ts'
import type { Weekly } from '../src/promote/recurrence.ts'
import { timetablesOf } from '../src/promote/timetable.ts'
import { awakeTimesOf, awayTimesOf, longestSleepOf, middayOf } from '../src/promote/weekly-hours.ts'
import type { Tenant } from '../src/spec/platform.ts'
import type { Timetable } from '../src/spec/timetable.ts'
import { calendarOf, HEAD } from './calendar-fixture.ts'

const DAY = 24 * 60
const WEEK = 7 * DAY

function hoursOf(rules: string | readonly string[]): readonly Weekly[] {
  return calendarOf({ businessHours: rules }).businessHours
}

function tenantWith(calendar: string | undefined, name = 'acme'): Tenant {
  const none = { file: 'platform.yaml', retired: false, promoted: {}, pages: {}, files: {} }
  const named = calendar === undefined ? {} : { calendar }
  return { name, ...none, ...named, environments: new Map(), localFiles: new Map() }
}

function timetableOf(calendar: unknown, more: object = {}, environment = 'production'): Timetable {
  const file = parseCalendars({ ...HEAD, calendars: { shop: calendar }, ...more })
  const found = timetablesOf(file)(tenantWith('shop'), environment)
  if (found === undefined) throw new Error('no timetable')
  return found
}

/** Minutes of the week, Monday first, at which a cron of `minute hour * * weekdays` fires. */
function firingsOf(cron: string): number[] {
  const [minute, hour, , , weekdays = ''] = cron.split(' ')
  const days = weekdays === '*' ? [0, 1, 2, 3, 4, 5, 6] : weekdays.split(',').flatMap(rangeOf)
  return days.map(day => ((day + 6) % 7) * DAY + Number(hour) * 60 + Number(minute))
}

function rangeOf(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** Whether a minute of the week lies in the hours, with a margin around them. */
function isOpen(hours: readonly Weekly[], margin: number, minute: number): boolean {
  return hours.some(({ weekdays, start, length }) =>
    weekdays.some(day => {
      const since = (((minute - ((day - 1) * DAY + start - margin)) % WEEK) + WEEK) % WEEK
      return since < length + 2 * margin
    }),
  )
}

test('servers are up a margin around business hours, on their days', () => {
  assert.equal(awakeTimesOf(hoursOf('Mon-Fri 08:00-18:00'), 15), [{ start: '45 7 * * 1-5', end: '15 18 * * 1-5' }])
  assert.equal(awakeTimesOf(hoursOf('Fri,Sat 22:00-02:00'), 15), [{ start: '45 21 * * 5,6', end: '15 2 * * 0,6' }])
  assert.equal(awakeTimesOf(hoursOf('Mon 00:10-02:00'), 15), [{ start: '55 23 * * 0', end: '15 2 * * 1' }])
})

test('hours that meet within the margin are one time, so that nothing is put to sleep in between', () => {
  const hours = hoursOf(['Mon-Fri 08:00-12:00', 'Mon-Fri 12:20-18:00', 'Sat 09:00-13:00'])
  assert.equal(awakeTimesOf(hours, 15), [
    { start: '45 7 * * 1-5', end: '15 18 * * 1-5' },
    { start: '45 8 * * 6', end: '15 13 * * 6' },
  ])
})

test('hours that never end leave nothing to sleep', () => {
  assert.equal(awakeTimesOf(hoursOf('Mon-Sun'), 15), [])
  assert.equal(awakeTimesOf(hoursOf(['Mon-Sun 00:00-12:00', 'Mon-Sun 12:10-23:50']), 15), [])
  assert.equal(awakeTimesOf([], 15), [])
  assert.is(longestSleepOf(hoursOf('Mon-Sun'), 15), 0)
  assert.is(longestSleepOf([], 15), 0)
})

const WEEKLY = fc.array(
  fc.record({
    kind: fc.constant('weekly' as const),
    weekdays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    start: fc.integer({ min: 0, max: DAY - 1 }),
    length: fc.integer({ min: 1, max: DAY }),
  }),
  { minLength: 1, maxLength: 4 },
)

test('whatever the hours, the servers wake and sleep exactly where the hours with their margins begin and end', () => {
  fc.assert(
    fc.property(WEEKLY, fc.constantFrom(0, 15, 60), (hours, margin) => {
      const times = awakeTimesOf(hours, margin)
      const open = Array.from({ length: WEEK }, (_, minute) => isOpen(hours, margin, minute))
      const edges = (now: boolean) =>
        open.flatMap((here, minute) => (here === now && open[(minute + WEEK - 1) % WEEK] !== now ? [minute] : []))
      const fired = (pick: 'start' | 'end') => times.flatMap(each => firingsOf(each[pick])).sort((a, b) => a - b)
      assert.equal(fired('start'), edges(true))
      assert.equal(fired('end'), edges(false))
      const closed = open.map(here => (here ? '1' : '0')).join('')
      const runs = (closed + closed).match(/0+/g) ?? []
      if (times.length > 0) assert.is(longestSleepOf(hours, margin), Math.max(0, ...runs.map(run => run.length)))
    }),
    { numRuns: 60, seed: 11 },
  )
})

test('times away are told in UTC, and hours count only where they are so in winter and in summer', () => {
  const nights = (from: string, to: string) => [
    { from: '00:00', to: from },
    { from: to, to: '24:00' },
  ]
  assert.equal(awayTimesOf(hoursOf('Mon-Fri 08:00-18:00'), 'Europe/Paris'), [
    { weekdays: [1, 2, 3, 4, 5], times: nights('07:00', '16:00') },
    { weekdays: [6, 7], times: [{ from: '00:00', to: '24:00' }] },
  ])
  assert.equal(awayTimesOf(hoursOf('Mon-Sun 09:00-17:00'), 'Asia/Kolkata'), [
    { weekdays: [1, 2, 3, 4, 5, 6, 7], times: nights('03:30', '11:30') },
  ])
  assert.equal(awayTimesOf(hoursOf('Mon-Sun'), 'Europe/Paris'), [])
  assert.equal(awayTimesOf([], 'Europe/Paris'), [])
})

test('whatever the hours and the zone, nobody is away exactly when it is business hours in both halves of the year', () => {
  const offsets: Readonly<Record<string, readonly number[]>> = {
    'Europe/Paris': [60, 120],
    'America/New_York': [-300, -240],
    'Pacific/Auckland': [780, 720],
    UTC: [0],
  }
  fc.assert(
    fc.property(WEEKLY, fc.constantFrom(...Object.keys(offsets)), (hours, zone) => {
      const away = awayTimesOf(hours, zone)
      const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
      const isAway = (minute: number) =>
        away.some(
          ({ weekdays, times }) =>
            weekdays.includes(Math.floor(minute / DAY) + 1) &&
            times.some(({ from, to }) => minutesOf(from) <= minute % DAY && minute % DAY < minutesOf(to)),
        )
      for (let minute = 0; minute < WEEK; minute++) {
        const open = (offsets[zone] ?? []).every(offset => isOpen(hours, 0, (minute + offset + WEEK) % WEEK))
        assert.is(isAway(minute), !open, `${zone} ${minute}`)
      }
    }),
    { numRuns: 25, seed: 3 },
  )
})

test('a moment of the day that is told in UTC lies in business hours in winter and in summer, wherever that is', () => {
  const places = ['Europe/Paris', 'America/New_York', 'Pacific/Auckland', 'Asia/Kolkata', 'UTC']
  for (const zone of places) {
    for (const rule of ['Mon-Fri 08:00-18:00', 'Mon-Sat 22:00-02:00', 'Tue 09:00-12:00']) {
      const hours = hoursOf(rule)
      const cron = middayOf(hours, zone) ?? ''
      assert.is(cron.split(' ').length, 6, `${zone} ${rule}`)
      for (const week of ['2027-01-11', '2027-07-12']) {
        for (const minute of firingsOf(cron.slice('0 '.length))) {
          const instant = Temporal.PlainDateTime.from(week).add({ minutes: minute }).toZonedDateTime('UTC')
          const local = instant.withTimeZone(zone)
          const within = (local.dayOfWeek - 1) * DAY + local.hour * 60 + local.minute
          assert.ok(isOpen(hours, 0, within), `${zone} ${rule} ${local.toString()}`)
        }
      }
    }
  }
  assert.is(middayOf(hoursOf('Mon-Fri 08:00-10:00'), 'Europe/Paris'), undefined, 'daylight saving would push it out')
})

test('a timetable says what a calendar means for a tenant in an environment', () => {
  const calendar = {
    timezone: 'Europe/Paris',
    businessHours: 'Mon-Fri 08:00-18:00',
    freezes: [
      { name: 'december', from: '12-01', to: '12-31', environments: ['production'] },
      { name: 'month-end', rule: 'BD-2..BD+2', environments: ['production'] },
    ],
  }
  const dated = timetableOf(calendar, { from: '2027-01-01' })
  assert.is(dated.windows.length, 14, 'a month end begins before the year, and one within it ends after')
  assert.is(dated.exactUntil, '2028-01-01')
  assert.equal(dated.undated, [])
  assert.equal(Object.keys(dated.windows[0] ?? {}).sort(), ['description', 'duration', 'kind', 'schedule', 'timeZone'])
  assert.equal(dated.open, [{ start: '0 8 * * 1-5', end: '0 18 * * 1-5' }])
  assert.is(dated.longestSleep, (WEEK - (4 * DAY + 18 * 60 + 15) + (8 * 60 - 15)) * 60)
  assert.is(dated.backup, '0 0 12 * * 1-5')

  const undated = timetableOf(calendar)
  assert.equal(undated.windows.length, 1)
  assert.is(undated.exactUntil, undefined)
  assert.equal(undated.undated, ['freeze "month-end"'])

  assert.equal(timetableOf(calendar, {}, 'dev').windows, [])
})

test('a calendar that cannot be read is a timetable that says why, and a tenant without one has none', () => {
  assert.match(String(timetableOf({ timezone: 'Paris' }).problems[0]), /no time zone/)
  const file = parseCalendars({ ...HEAD, calendars: {} })
  assert.match(String(timetablesOf(file)(tenantWith('shop'), 'dev')?.problems[0]), /has no calendar "shop"/)
  assert.is(timetablesOf(file)(tenantWith(undefined), 'dev'), undefined)
})

test('tenants under the same freezes share one timetable, and one that is left out of a freeze has its own', () => {
  const file = parseCalendars(
    {
      ...HEAD,
      calendars: {
        shop: { timezone: 'Europe/Paris', freezes: [{ name: 'count', from: '06-01', to: '06-02', tenants: ['acme'] }] },
      },
    },
    { tenants: ['acme', 'bolt', 'core'] },
  )
  const timetables = timetablesOf(file)
  const [acme, bolt, core] = ['acme', 'bolt', 'core'].map(name => timetables(tenantWith('shop', name), 'production'))
  assert.is(acme?.windows.length, 1)
  assert.equal(bolt?.windows, [])
  assert.is(bolt, core)
})

test('the year of dated windows is a date, or the calendars cannot be relied upon', () => {
  const file = parseCalendars({ ...HEAD, from: '2027-13-01', calendars: {} })
  assert.equal(
    file.problems.map(({ message }) => message),
    ['"2027-13-01" is no date, such as 2027-01-01, so nobody knows which year windows are for'],
  )
  assert.is(parseCalendars({ ...HEAD, from: '2027-01-01' }).from, '2027-01-01')
})

test.run()
