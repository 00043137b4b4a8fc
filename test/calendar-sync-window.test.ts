import { AppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Calendar } from '../src/promote/calendar.ts'
import { judge } from '../src/promote/calendar-judgement.ts'
import { cronWeekdays } from '../src/promote/cron.ts'
import { type SyncWindow, type SyncWindows, syncWindowsOf } from '../src/promote/sync-window.ts'
import { calendarOf, question, wall } from './calendar-fixture.ts'

const TARGET = { tenant: 'acme', environment: 'production', applications: ['acme-*'], from: '2026-08-20' }

/** `deny 0 0 15 11 * 1128h`. */
function lines({ windows }: SyncWindows): string[] {
  return windows.map(({ kind, schedule, duration }) => `${kind} ${schedule} ${duration}`)
}

test('what comes back every week or on the same days of every year is one window for good', () => {
  const compiled = syncWindowsOf(
    calendarOf({
      windows: ['Tue,Wed 05:30-07:00', 'Sat-Sun 22:00-02:00'],
      freezes: [
        { name: 'black-friday', from: '11-15', to: '12-31' },
        { name: 'year-end', from: '12-18', to: '01-08' },
        { name: 'saturday', rule: 'Sat', hours: 30 },
      ],
    }),
    TARGET,
  )
  assert.equal(lines(compiled), [
    'allow 30 5 * * 2,3 1h30m',
    'allow 0 22 * * 0,6 4h',
    'deny 0 0 15 11 * 1128h',
    'deny 0 0 18 12 * 528h',
    'deny 0 0 * * 6 30h',
  ])
  assert.is(compiled.exactUntil, undefined)
  assert.equal(compiled.windows[0], {
    kind: 'allow',
    schedule: '30 5 * * 2,3',
    duration: '1h30m',
    timeZone: 'Europe/Paris',
    manualSync: false,
    applications: ['acme-*'],
    description: 'window',
  })
})

test('what cron cannot say is dated for a year, and the year is named', () => {
  const compiled = syncWindowsOf(
    calendarOf({ freezes: [{ name: 'count', rule: 'last Sat of Jun,Dec', hours: 30 }] }),
    TARGET,
  )
  assert.equal(lines(compiled), ['deny 0 0 26 12 * 30h', 'deny 0 0 26 6 * 30h'])
  assert.equal(
    compiled.windows.map(({ description }) => description),
    ['freeze "count" of 2026-12-26', 'freeze "count" of 2027-06-26'],
  )
  assert.is(compiled.exactUntil, '2027-08-20')
})

test('a range over the end of February is dated, because it is longer in a leap year', () => {
  const freeze = (from: string, to: string) => calendarOf({ freezes: [{ name: 'a', from, to }] })
  assert.is(syncWindowsOf(freeze('02-20', '03-02'), TARGET).exactUntil, '2027-08-20')
  assert.is(syncWindowsOf(freeze('02-29', '03-05'), TARGET).exactUntil, '2027-08-20')
  assert.is(syncWindowsOf(freeze('03-01', '02-28'), TARGET).exactUntil, undefined)
  assert.equal(lines(syncWindowsOf(freeze('02-20', '03-02'), { ...TARGET, from: '2028-01-01' })), [
    'deny 0 0 20 2 * 288h',
  ])
})

test('a dated window is cut to its year, since cron would bring it back a year later', () => {
  const freeze = { name: 'a', from: '2026-08-10', to: '2026-08-25' }
  assert.equal(lines(syncWindowsOf(calendarOf({ freezes: [freeze] }), TARGET)), ['deny 0 0 20 8 * 144h'])
  const later = { name: 'a', from: '2027-08-18', to: '2027-08-25' }
  assert.equal(lines(syncWindowsOf(calendarOf({ freezes: [later] }), TARGET)), ['deny 0 0 18 8 * 48h'])
  const past = { name: 'a', from: '2026-08-10', to: '2026-08-19' }
  const none = syncWindowsOf(calendarOf({ freezes: [past] }), TARGET)
  assert.equal([none.windows, none.exactUntil], [[], '2027-08-20'])
})

test('a calendar whose windows do not open in the year is denied always', () => {
  // The fourth Thursday of November moves from the 22nd to the 28th in 2030, 371 days later.
  const calendar = calendarOf({ windows: ['fourth Thu of Nov'] })
  assert.equal(lines(syncWindowsOf(calendar, { ...TARGET, from: '2029-11-23' })), ['deny * * * * * 1h'])
})

test('only freezes of the tenant and the environment are compiled, and those for some risks are left to the gate', () => {
  const calendar = calendarOf({
    freezes: [
      { name: 'other', from: '11-01', to: '11-02', tenants: ['baltic'] },
      { name: 'app', from: '11-03', to: '11-04', level: 'app' },
      { name: 'risky', from: '11-05', to: '11-06', risk: ['high'] },
    ],
  })
  const compiled = syncWindowsOf(calendar, TARGET)
  assert.equal(lines(compiled), ['deny 0 0 3 11 * 48h'])
  assert.equal(compiled.leftOut, [
    {
      at: ['calendars', 'shop', 'freezes', 2],
      message: 'freeze "risky" is for some risks only, which Argo CD cannot see, so only the gate keeps it',
    },
  ])
  assert.equal(lines(syncWindowsOf(calendar, { ...TARGET, tenant: 'platform' })), [])
})

test('equal windows are merged, because Argo CD refuses a project that has two', () => {
  const days = { from: '11-03', to: '11-04' }
  const calendar = calendarOf({
    freezes: [
      { name: 'a', ...days },
      { name: 'b', ...days },
    ],
  })
  const compiled = syncWindowsOf(calendar, TARGET)
  assert.equal(lines(compiled), ['deny 0 0 3 11 * 48h'])
  assert.is(compiled.windows[0]?.description, 'freeze "a"')
})

test('the same day gives the same windows, and the project that holds them fits its schema', () => {
  const compile = () =>
    syncWindowsOf(calendarOf({ presets: ['retail', 'distribution'], windows: ['Tue 05:30-07:00'] }), TARGET)
  assert.is(JSON.stringify(compile()), JSON.stringify(compile()))
  const syncWindows = compile().windows.map(window => ({ ...window, applications: [...window.applications] }))
  new AppProject({ metadata: { name: 'acme' }, spec: { syncWindows } }).validate()
})

test('a day that is none is refused', () => {
  assert.throws(() => syncWindowsOf(calendarOf({}), { ...TARGET, from: '2026-02-30' }), /RangeError|day/i)
})

test('weekdays are written as cron counts them', () => {
  assert.is(cronWeekdays([1, 2, 3, 4, 5, 6, 7]), '*')
  assert.is(cronWeekdays([6, 7]), '0,6')
  assert.is(cronWeekdays([1, 2, 3, 5]), '1-3,5')
  assert.is(cronWeekdays([5, 6, 7, 1]), '0,1,5,6')
})

/* Argo CD's own reading, for comparison: a window holds when its cron fired within the last `duration`, all on the wall clock. */

function fires(schedule: string, local: Temporal.PlainDateTime): boolean {
  const [minute, hour, day, month, weekday] = schedule.split(' ')
  const matches = (field: string | undefined, value: number) =>
    field === '*' ||
    (field ?? '').split(',').some(part => {
      const [low, high] = part.split('-').map(Number)
      return low !== undefined && value >= low && value <= (high ?? low)
    })
  return (
    matches(minute, local.minute) &&
    matches(hour, local.hour) &&
    matches(day, local.day) &&
    matches(month, local.month) &&
    matches(weekday, local.dayOfWeek % 7)
  )
}

function isActive({ schedule, duration, timeZone }: SyncWindow, instant: number): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDateTime()
  if (schedule === '* * * * *') return true
  const [, hours = '0', minutes = '0'] = /^(?:(\d+)h)?(?:(\d+)m)?$/.exec(duration) ?? []
  const since = local.subtract({ minutes: Number(hours) * 60 + Number(minutes) })
  const [minute, hour] = schedule.split(' ').map(Number)
  for (
    let date = local.toPlainDate();
    Temporal.PlainDate.compare(date, since.toPlainDate()) >= 0;
    date = date.subtract({ days: 1 })
  ) {
    const fired = date.toPlainDateTime({ hour: hour ?? 0, minute: minute ?? 0 })
    const inside = Temporal.PlainDateTime.compare(fired, local) < 0 && Temporal.PlainDateTime.compare(fired, since) > 0
    if (inside && fires(schedule, fired)) return true
  }
  return false
}

function argoAllows(windows: readonly SyncWindow[], instant: number): boolean {
  const active = windows.filter(window => isActive(window, instant))
  if (active.some(({ kind }) => kind === 'deny')) return false
  return active.some(({ kind }) => kind === 'allow') || !windows.some(({ kind }) => kind === 'allow')
}

const FREEZES = [
  { name: 'fixed', from: '2026-12-01T06:00Z', to: '2026-12-03T18:00Z' },
  { name: 'once', from: '2027-03-27T22:00', to: '2027-03-28T04:00' },
  { name: 'yearly', from: '09-25', to: '11-02' },
  { name: 'over', from: '12-18', to: '01-08' },
  { name: 'leap', from: '02-27', to: '03-02' },
  { name: 'count', rule: 'last Sun of Mar,Jun,Oct 01:15', hours: 30 },
  { name: 'friday', rule: 'fourth Thu of Nov +1' },
  { name: 'month', rule: 'BD-3..BD+2' },
  { name: 'night', rule: 'Sun 01:30-02:30' },
]
const WINDOWS = ['Tue,Wed 05:30-07:00', 'Sat-Mon 22:00-02:45', 'first Mon of * 05:00-17:00', 'BD+1..BD+4']

function isDoubled(instant: number, { timezone }: Calendar): boolean {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone)
  return (['earlier', 'later'] as const).some(
    disambiguation => !zoned.toPlainDateTime().toZonedDateTime(timezone, { disambiguation }).equals(zoned),
  )
}

/** A zone, the first day of a year, and a night in it in which the clock changes. */
const YEARS = [
  ['Europe/Paris', '2026-08-20', '2026-10-25T00:00'],
  ['America/New_York', '2026-10-30', '2026-11-01T00:00'],
  ['America/Santiago', '2026-12-31', '2027-04-03T20:00'],
  ['Australia/Lord_Howe', '2027-02-28', '2027-04-04T00:00'],
  ['Europe/Paris', '2028-02-29', '2028-03-26T00:00'],
] as const

test('in its year Argo CD refuses exactly when the judgement is closed; in the doubled hour, never less', () => {
  const seen = { open: 0, closed: 0, doubled: 0 }
  const night = fc.integer({ min: 0, max: 6 * 60 })
  const minutes = fc.array(fc.tuple(fc.integer({ min: 0, max: 364 * 1440 }), night), { minLength: 20, maxLength: 20 })
  for (const [timezone, from, change] of YEARS) {
    const check = fc.property(fc.subarray(FREEZES), fc.subarray(WINDOWS), minutes, (freezes, windows, passed) => {
      const calendar = calendarOf({
        timezone,
        holidays: ['01-01', '12-25'],
        freezes,
        ...(windows.length === 0 ? {} : { windows }),
      })
      const compiled = syncWindowsOf(calendar, { ...TARGET, from })
      const [start, nightfall] = [wall(`${from}T00:00`, timezone), wall(change, timezone)]
      // In the middle of a minute, since Argo CD leaves out the very start of a window.
      const instants = passed.flatMap(([any, near]) => [
        start + any * 60_000 + 30_000,
        nightfall + near * 60_000 + 30_000,
      ])
      for (const instant of instants) {
        const { state } = judge(calendar, question(instant))
        const allowed = argoAllows(compiled.windows, instant)
        const where = `${timezone} ${instant} ${lines(compiled).join('; ')}`
        if (isDoubled(instant, calendar)) {
          seen.doubled += 1
          if (state === 'open') assert.ok(allowed, where)
        } else {
          seen[state] += 1
          assert.is(allowed ? 'open' : 'closed', state, where)
        }
      }
    })
    fc.assert(check, { numRuns: 10 })
  }
  assert.ok(seen.open > 50 && seen.closed > 50 && seen.doubled > 50, JSON.stringify(seen))
})

test.run()
