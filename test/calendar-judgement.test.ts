import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPath } from '../src/manifest/path.ts'
import type { Calendar } from '../src/promote/calendar.ts'
import { type Judgement, judge } from '../src/promote/calendar-judgement.ts'
import { describeJudgement, formatSpan } from '../src/promote/calendar-text.ts'
import { weeksOf } from '../src/promote/calendar-week.ts'
import { calendarOf, ms, question, utc, wall } from './calendar-fixture.ts'

const BLACK_FRIDAY = { name: 'black-friday', from: '11-15', to: '12-31' }
const EARLY = 'Tue,Wed 05:30-07:00'

function stateAt(calendar: Calendar, instant: number): string {
  return judge(calendar, question(instant)).state
}

test('a freeze closes from its first millisecond to its last, and a second before it is open', () => {
  const calendar = calendarOf({ freezes: [BLACK_FRIDAY] })
  const [start, end] = [wall('2026-11-15T00:00'), wall('2027-01-01T00:00')]
  assert.is(stateAt(calendar, start - 1000), 'open')
  assert.is(stateAt(calendar, start - 1), 'open')
  assert.is(stateAt(calendar, start), 'closed')
  assert.is(stateAt(calendar, end - 1), 'closed')
  assert.is(stateAt(calendar, end), 'open')
  assert.is(judge(calendar, question(start - 1000)).closesAt, start)
  assert.is(judge(calendar, question(start)).opensAt, end)
  assert.is(judge(calendar, question(end)).closesAt, wall('2027-11-15T00:00'))
})

test('a closed judgement names each freeze with its place and its times', () => {
  const calendar = calendarOf({ freezes: [BLACK_FRIDAY, { name: 'count', rule: 'last Sat of Jun,Dec', hours: 30 }] })
  const { because } = judge(calendar, question(wall('2026-12-26T12:00')))
  assert.equal(
    because.map(({ name, at, from, until }) => [name, formatPath(at), utc(from), utc(until)]),
    [
      ['black-friday', 'calendars.shop.freezes[0]', '2026-11-14T23:00:00Z', '2026-12-31T23:00:00Z'],
      ['count', 'calendars.shop.freezes[1]', '2026-12-25T23:00:00Z', '2026-12-27T05:00:00Z'],
    ],
  )
})

test('the opening is looked for through overlapping freezes and closed windows', () => {
  const calendar = calendarOf({
    freezes: [BLACK_FRIDAY, { name: 'sales', from: '12-20', to: '01-05' }],
    windows: [EARLY],
  })
  const judgement = judge(calendar, question(wall('2026-12-01T12:00')))
  assert.is(judgement.opensAt, wall('2027-01-06T05:30'))
  assert.equal(
    judgement.because.map(({ kind, until }) => [kind, utc(until)]),
    [
      ['freeze', '2026-12-31T23:00:00Z'],
      ['window', '2026-12-02T04:30:00Z'],
    ],
  )
})

test('a window that a freeze cuts opens when the freeze ends, and closes when it begins', () => {
  const calendar = calendarOf({
    windows: ['Tue 05:00-09:00'],
    freezes: [
      { name: 'a', from: '2026-10-06T00:00', to: '2026-10-06T06:00' },
      { name: 'b', from: '2026-10-06T08:00', to: '2026-10-06T10:00' },
    ],
  })
  assert.is(judge(calendar, question(wall('2026-10-06T05:30'))).opensAt, wall('2026-10-06T06:00'))
  assert.is(judge(calendar, question(wall('2026-10-06T07:00'))).closesAt, wall('2026-10-06T08:00'))
  assert.is(judge(calendar, question(wall('2026-10-06T09:00'))).opensAt, wall('2026-10-13T05:00'))
})

test('windows that follow on each other count as one', () => {
  const calendar = calendarOf({ windows: ['Tue 05:00-06:00', 'Tue 06:00-07:00', 'Tue 06:30-08:00'] })
  assert.is(judge(calendar, question(wall('2026-10-06T05:00'))).closesAt, wall('2026-10-06T08:00'))
})

test('a calendar that never opens, or never closes, within 400 days says so', () => {
  const never = judge(calendarOf({ freezes: [{ name: 'all', from: '01-01', to: '12-31' }] }), question(0))
  assert.is(never.state, 'closed')
  assert.is(never.opensAt, undefined)
  assert.is(describeJudgement(never).endsWith('; does not open within 400 days'), true)
  const always = judge(calendarOf({ windows: ['Mon-Sun'] }), question(0))
  assert.is(always.state, 'open')
  assert.is(always.closesAt, undefined)
  const far = calendarOf({ freezes: [{ name: 'far', from: '2030-01-01', to: '2030-01-02' }] })
  assert.is(judge(far, question(ms('2026-01-01T00:00Z'))).closesAt, undefined)
  assert.is(judge(far, question(ms('2029-01-01T00:00Z'))).closesAt, wall('2030-01-01T00:00'))
})

test('a rollback and more capacity pass freezes and windows, and the judgement says what they passed', () => {
  const calendar = calendarOf({ freezes: [BLACK_FRIDAY], windows: [EARLY] })
  for (const kind of ['rollback', 'capacity'] as const) {
    const judgement = judge(calendar, question(wall('2026-11-20T12:00'), { kind }))
    assert.is(judgement.state, 'open')
    assert.equal(judgement.because, [])
    assert.equal(
      judgement.passes.map(({ name }) => name),
      ['black-friday', 'windows'],
    )
    assert.is(describeJudgement(judgement), 'open; passes freeze "black-friday", windows')
  }
})

test('nothing passes a brake, which has no end', () => {
  const calendar = calendarOf({}, { on: true, reason: 'corrupt stock moves', by: 'ana' })
  for (const kind of ['change', 'rollback', 'capacity'] as const) {
    const judgement = judge(calendar, question(0, { kind }))
    assert.is(judgement.state, 'closed')
    assert.is(judgement.opensAt, undefined)
    assert.is(describeJudgement(judgement), 'closed by the brake: corrupt stock moves (ana)')
  }
})

test('a brake stops only those it names', () => {
  const brake = { on: true, reason: 'x', by: 'ana', tenants: ['acme'], environments: ['production'] }
  const calendar = calendarOf({}, brake)
  assert.is(judge(calendar, question(0)).state, 'closed')
  assert.is(judge(calendar, question(0, { tenant: 'baltic' })).state, 'open')
  assert.is(judge(calendar, question(0, { environment: 'staging' })).state, 'open')
})

test('a freeze closes only the tenants, environments, risks and level that it names', () => {
  const at = wall('2026-11-20T12:00')
  const states = (freeze: object, ...asked: Parameters<typeof question>[1][]) =>
    asked.map(more => judge(calendarOf({ freezes: [{ ...BLACK_FRIDAY, ...freeze }] }), question(at, more)).state)
  assert.equal(states({ tenants: ['acme'] }, {}, { tenant: 'baltic' }), ['closed', 'open'])
  assert.equal(states({ environments: ['production'] }, {}, { environment: 'staging' }), ['closed', 'open'])
  assert.equal(states({ risk: ['high'] }, {}, { risk: 'high' }), ['open', 'closed'])
  assert.equal(states({ level: 'app' }, {}, { tenant: 'platform' }), ['closed', 'open'])
  assert.equal(states({ level: 'full' }, {}, { tenant: 'platform' }), ['closed', 'closed'])
})

test("a freeze ends by the calendar's own zone, so the same freeze ends at different instants", () => {
  const end = (timezone: string) =>
    utc(judge(calendarOf({ timezone, freezes: [BLACK_FRIDAY] }), question(ms('2026-12-01T00:00Z'))).opensAt)
  assert.is(end('Europe/Paris'), '2026-12-31T23:00:00Z')
  assert.is(end('America/New_York'), '2027-01-01T05:00:00Z')
  assert.is(end('Pacific/Kiritimati'), '2026-12-31T10:00:00Z')
})

test('on 29 February a freeze over it holds, and one that ends on it ends there', () => {
  const calendar = calendarOf({ freezes: [{ name: 'leap', from: '02-25', to: '02-29' }] })
  assert.is(judge(calendar, question(wall('2028-02-29T23:59'))).opensAt, wall('2028-03-01T00:00'))
  assert.is(judge(calendar, question(wall('2027-02-28T23:59'))).opensAt, wall('2027-03-01T00:00'))
})

test('a judgement reads as a sentence with its zone', () => {
  const says = (fields: Readonly<Record<string, unknown>>, local: string) =>
    describeJudgement(judge(calendarOf(fields), question(wall(local))))
  assert.is(
    says({ freezes: [BLACK_FRIDAY] }, '2026-11-27T10:00'),
    'closed by freeze "black-friday" until 2027-01-01 00:00 Europe/Paris',
  )
  assert.is(
    says({ windows: [EARLY] }, '2026-10-06T07:00'),
    'closed outside its windows until 2026-10-07 05:30 Europe/Paris',
  )
  assert.is(
    says({ freezes: [BLACK_FRIDAY], windows: [EARLY] }, '2026-12-31T10:00'),
    'closed by freeze "black-friday" until 2027-01-01 00:00 Europe/Paris; outside its windows until 2027-01-05 05:30 Europe/Paris; opens 2027-01-05 05:30 Europe/Paris',
  )
  assert.is(
    says(
      { freezes: [{ name: 'a', from: '2026-10-01', to: '2026-10-05' }], windows: ['Tue 00:00-07:00'] },
      '2026-10-05T10:00',
    ),
    'closed by freeze "a" until 2026-10-06 00:00 Europe/Paris; outside its windows until 2026-10-06 00:00 Europe/Paris; opens 2026-10-06 00:00 Europe/Paris',
  )
  assert.is(says({ windows: [EARLY] }, '2026-10-06T06:00'), 'open until 2026-10-06 07:00 Europe/Paris')
  assert.is(says({}, '2026-10-06T06:00'), 'open')
  const unreadable = { name: 'shop', problems: [{ at: ['calendars', 'shop', 'timezone'], message: 'is a number' }] }
  assert.is(
    describeJudgement(judge(unreadable, question(0))),
    'closed: the calendar cannot be read, so nothing may change: calendars.shop.timezone: is a number',
  )
  const span = { from: wall('2026-11-15T00:00'), until: wall('2027-01-01T00:00') }
  assert.is(formatSpan(span, 'Europe/Paris'), '2026-11-15 00:00 to 2027-01-01 00:00 Europe/Paris')
})

test('a week shows what is frozen, when it is open, and the peaks', () => {
  const calendar = calendarOf({
    freezes: [BLACK_FRIDAY],
    windows: [EARLY],
    peaks: [{ name: 'saturday', rule: 'Sat 10:00-19:00', factor: 1.6 }],
  })
  const [before, frozen] = weeksOf(calendar, question(0), wall('2026-11-11T12:00'), 2)
  assert.is(before?.monday, '2026-11-09')
  assert.equal(
    before?.frozen.map(({ name }) => name),
    ['black-friday'],
  )
  assert.equal(
    before?.open.map(span => formatSpan(span, 'Europe/Paris')),
    ['2026-11-10 05:30 to 2026-11-10 07:00 Europe/Paris', '2026-11-11 05:30 to 2026-11-11 07:00 Europe/Paris'],
  )
  assert.equal(
    before?.peaks.map(({ name, factor, ...span }) => `${name} ${factor} ${formatSpan(span, 'Europe/Paris')}`),
    ['saturday 1.6 2026-11-14 10:00 to 2026-11-14 19:00 Europe/Paris'],
  )
  assert.is(frozen?.monday, '2026-11-16')
  assert.equal(frozen?.open, [])
})

test('a week holds its own part of what is open, and nothing that begins with the next', () => {
  const calendar = calendarOf({
    windows: ['Sun 22:00-02:00'],
    freezes: [{ name: 'monday', from: '2026-11-16', to: '2026-11-16' }],
    peaks: [{ name: 'monday', rule: 'Mon', factor: 2 }],
  })
  const [week] = weeksOf(calendar, question(0), wall('2026-11-12T12:00'), 1)
  assert.equal(week?.frozen, [])
  assert.equal(
    week?.peaks.map(({ from }) => from),
    [wall('2026-11-09T00:00')],
  )
  assert.equal(week?.open, [
    { from: wall('2026-11-09T00:00'), until: wall('2026-11-09T02:00') },
    { from: wall('2026-11-15T22:00'), until: wall('2026-11-16T00:00') },
  ])
  const [open] = weeksOf(calendarOf({ freezes: [BLACK_FRIDAY] }), question(0), wall('2026-10-28T12:00'), 1)
  assert.equal(open?.open, [{ from: wall('2026-10-26T00:00'), until: wall('2026-11-02T00:00') }])
})

test('weeks join without a gap over a change of the clock, and a brake leaves none open', () => {
  const weeks = weeksOf(calendarOf({}), question(0), wall('2026-10-21T12:00'), 3)
  assert.equal(
    weeks.map(({ from, until }) => (until - from) / 3_600_000),
    [169, 168, 168],
  )
  assert.is(weeks[0]?.until, weeks[1]?.from)
  assert.equal(
    weeks.map(({ open }) => open),
    weeks.map(({ from, until }) => [{ from, until }]),
  )
  const [braked] = weeksOf(calendarOf({}, { on: true, reason: 'x', by: 'ana' }), question(0), 0, 1)
  assert.equal([braked?.braked, braked?.open], [true, []])
})

/* Random calendars against an evaluator that asks, minute by minute, what the clock on the wall shows. */

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const HOLIDAYS = ['01-01', '2026-10-26', '2027-03-29']

interface RandomWeekly {
  readonly days: readonly number[]
  readonly start: number
  readonly length: number
}
interface RandomFreeze {
  readonly rule: Readonly<Record<string, unknown>>
  /** Whether it holds on the wall clock: `local` is the date, `minute` the minute of that day. */
  holds(local: Temporal.PlainDate, minute: number): boolean
}

const hhmm = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

function weeklyText({ days, start, length }: RandomWeekly): string {
  return `${days.map(day => DAYS[day]).join(',')} ${hhmm(start)}-${hhmm((start + length) % 1440)}`
}

function weeklyHolds({ days, start, length }: RandomWeekly, date: Temporal.PlainDate, minute: number): boolean {
  const today = date.dayOfWeek - 1
  return (
    (days.includes(today) && minute >= start && minute < start + length) ||
    (days.includes((today + 6) % 7) && minute < start + length - 1440)
  )
}

const randomWeekly: fc.Arbitrary<RandomWeekly> = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
  start: fc.integer({ min: 0, max: 1439 }),
  length: fc.integer({ min: 1, max: 1439 }),
})

const weeklyFreeze: fc.Arbitrary<RandomFreeze> = randomWeekly.map(weekly => ({
  rule: { rule: weeklyText(weekly) },
  holds: (date, minute) => weeklyHolds(weekly, date, minute),
}))

const monthDay = fc.tuple(fc.constantFrom('03', '04', '10', '11', '12', '01'), fc.integer({ min: 1, max: 30 }))
const yearlyFreeze: fc.Arbitrary<RandomFreeze> = fc.tuple(monthDay, monthDay).map(days => {
  const [from = '', to = ''] = days.map(([month, day]) => `${month}-${String(day).padStart(2, '0')}`)
  return {
    rule: { from, to },
    holds: date => {
      const today = date.toString().slice(5)
      return from <= to ? from <= today && today <= to : from <= today || today <= to
    },
  }
})

const nthFreeze: fc.Arbitrary<RandomFreeze> = fc
  .record({
    nth: fc.integer({ min: 0, max: 4 }),
    weekday: fc.integer({ min: 0, max: 6 }),
    start: fc.integer({ min: 0, max: 1439 }),
    hours: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ nth, weekday, start, hours }) => {
    const begins = (date: Temporal.PlainDate) =>
      date.dayOfWeek - 1 === weekday &&
      (nth === 4 ? date.day + 7 > date.daysInMonth : Math.ceil(date.day / 7) === nth + 1)
    return {
      rule: {
        rule: `${['first', 'second', 'third', 'fourth', 'last'][nth]} ${DAYS[weekday]} of * ${hhmm(start)}`,
        hours,
      },
      holds: (date, minute) =>
        [0, 1, 2, 3].some(ago => {
          const passed = ago * 1440 + minute - start
          return passed >= 0 && passed < hours * 60 && begins(date.subtract({ days: ago }))
        }),
    }
  })

function isBusiness(date: Temporal.PlainDate): boolean {
  const text = date.toString()
  return date.dayOfWeek <= 5 && !HOLIDAYS.includes(text) && !HOLIDAYS.includes(text.slice(5))
}

const businessFreeze: fc.Arbitrary<RandomFreeze> = fc
  .tuple(fc.constantFrom(-4, -3, -2, -1, 1, 2, 3), fc.constantFrom(-3, -2, -1, 1, 2, 3, 4))
  .filter(([first, last]) => first <= last)
  .map(([first, last]) => ({
    rule: { rule: `BD${first > 0 ? '+' : ''}${first}..BD${last > 0 ? '+' : ''}${last}` },
    holds: onceADay(date =>
      [0, 1].some(months => {
        const boundary = date.with({ day: 1 }).add({ months })
        const around = Array.from({ length: 41 }, (_, index) => boundary.add({ days: index - 20 })).filter(isBusiness)
        const zero = around.filter(day => day.toString() < boundary.toString()).length
        const nth = (count: number) => around[count > 0 ? zero + count - 1 : zero + count]?.toString() ?? ''
        return nth(first) <= date.toString() && date.toString() <= nth(last)
      }),
    ),
  }))

/** The same answer for every minute of a day. */
function onceADay(holds: (date: Temporal.PlainDate) => boolean): (date: Temporal.PlainDate) => boolean {
  const known = new Map<string, boolean>()
  return date => {
    const day = date.toString()
    const answer = known.get(day) ?? holds(date)
    known.set(day, answer)
    return answer
  }
}

/** Stretches over both changes of the clock, by an hour at night or at midnight and by half an hour, and over the ends of months and years. */
const STRETCHES = [
  ['Europe/Paris', '2026-03-27'],
  ['Europe/Paris', '2026-10-23'],
  ['America/New_York', '2026-03-06'],
  ['America/New_York', '2026-10-30'],
  ['America/Santiago', '2026-04-03'],
  ['America/Santiago', '2026-09-04'],
  ['Africa/Cairo', '2026-04-22'],
  ['Africa/Cairo', '2026-10-28'],
  ['Australia/Lord_Howe', '2026-04-03'],
  ['Australia/Lord_Howe', '2026-10-02'],
  ['Europe/Paris', '2026-12-30'],
  ['UTC', '2028-02-27'],
] as const

const MINUTES = 4 * 1440

interface RandomRules {
  readonly windows: readonly RandomWeekly[]
  readonly freezes: readonly RandomFreeze[]
}

const rules: fc.Arbitrary<RandomRules> = fc.record({
  windows: fc.array(randomWeekly, { maxLength: 3 }),
  freezes: fc.array(fc.oneof(weeklyFreeze, yearlyFreeze, nthFreeze, businessFreeze), { maxLength: 3 }),
})

function randomCalendar(timezone: string, { windows, freezes }: RandomRules): Calendar {
  return calendarOf({
    timezone,
    holidays: HOLIDAYS,
    freezes: freezes.map(({ rule }, index) => ({ name: `f${index}`, ...rule })),
    ...(windows.length === 0 ? {} : { windows: windows.map(weeklyText) }),
  })
}

/** Each minute of a stretch, with what the clock shows then, and whether it shows that twice. */
function minutesFrom(start: string, timezone: string) {
  const first = wall(`${start}T00:00`, timezone)
  return Array.from({ length: MINUTES }, (_, passed) => {
    const instant = first + passed * 60_000
    const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone)
    const local = zoned.toPlainDateTime()
    const doubled = (['earlier', 'later'] as const).some(
      disambiguation => !local.toZonedDateTime(timezone, { disambiguation }).equals(zoned),
    )
    return { instant, date: zoned.toPlainDate(), minute: zoned.hour * 60 + zoned.minute, doubled }
  })
}

test('at every minute, over every change of the clock, the judgement is what the clock on the wall says', () => {
  const seen = { open: 0, closed: 0, doubled: 0 }
  for (const [timezone, start] of STRETCHES) {
    const minutes = minutesFrom(start, timezone)
    const check = fc.property(rules, ({ windows, freezes }) => {
      const calendar = randomCalendar(timezone, { windows, freezes })
      let judgement: Judgement | undefined
      for (const { instant, date, minute, doubled } of minutes) {
        const turn = judgement?.opensAt ?? judgement?.closesAt
        if (judgement === undefined || (turn !== undefined && instant >= turn)) {
          judgement = judge(calendar, question(instant))
        }
        const open =
          !freezes.some(freeze => freeze.holds(date, minute)) &&
          (windows.length === 0 || windows.some(window => weeklyHolds(window, date, minute)))
        const where = `${date} ${minute}`
        // In the doubled hour the judgement may be stricter than the clock, never laxer.
        if (doubled) {
          seen.doubled += 1
          if (judgement.state === 'open') assert.ok(open, where)
        } else {
          seen[judgement.state] += 1
          assert.is(judgement.state, open ? 'open' : 'closed', where)
        }
      }
    })
    fc.assert(check, { numRuns: 4 })
  }
  assert.ok(seen.open > 1000 && seen.closed > 1000 && seen.doubled > 300, JSON.stringify(seen))
})

test('at the opening it is open and a second before closed, and the other way round at the closing', () => {
  let turns = 0
  const stretch = fc.constantFrom(...STRETCHES)
  const seconds = fc.integer({ min: 0, max: MINUTES * 60 })
  const check = fc.property(stretch, seconds, rules, ([timezone, start], passed, random) => {
    const calendar = randomCalendar(timezone, random)
    const instant = wall(`${start}T00:00`, timezone) + passed * 1000
    const { state, because, opensAt, closesAt } = judge(calendar, question(instant))
    assert.is(because.length > 0, state === 'closed')
    const turn = opensAt ?? closesAt
    if (turn === undefined) return
    turns += 1
    assert.ok(turn > instant)
    assert.is(judge(calendar, question(turn)).state, opensAt === undefined ? 'closed' : 'open')
    assert.is(judge(calendar, question(turn - 1000)).state, opensAt === undefined ? 'open' : 'closed')
  })
  fc.assert(check, { numRuns: 200 })
  assert.ok(turns > 100)
})

test.run()
