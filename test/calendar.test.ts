import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { formatPath } from '../src/manifest/path.ts'
import { calendarNamed, NO_CALENDARS, parseCalendars } from '../src/promote/calendar-file.ts'
import { judge } from '../src/promote/calendar-judgement.ts'
import { CALENDAR_PRESETS } from '../src/promote/data/calendar-presets.ts'
import { calendarOf, HEAD, ms, question } from './calendar-fixture.ts'

/** The problems of one calendar "shop" with these fields, as `path: message`. */
function problemsOf(fields: unknown, known = {}): string[] {
  return texts(parseCalendars({ ...HEAD, calendars: { shop: fields } }, known))
}

function texts({ problems }: { problems: readonly { at: readonly (string | number)[]; message: string }[] }): string[] {
  return problems.map(({ at, message }) => `${formatPath(at)}: ${message}`)
}

const PARIS = { timezone: 'Europe/Paris' }

test('a calendar is read from the file that people write', () => {
  const file = parseCalendars(
    parse(`
apiVersion: waybill.dev/v1alpha1
kind: Calendar
calendars:
  retail-eu:
    timezone: Europe/Paris
    businessHours: "Mon-Sat 07:00-21:00"
    holidays: [2026-12-25, 01-01]
    freezes:
      - {name: black-friday, from: 11-15, to: 12-31}
      - {name: stock-count, rule: "last Sat of Jun,Dec", hours: 30}
      - {name: month-end, rule: "BD-2..BD+2", level: app, environments: [production], tenants: [acme], risk: [high]}
    peaks: [{name: q4, from: 11-15, to: 12-31, factor: 2.5}, {name: saturday, rule: "Sat 10:00-19:00", factor: 1.6}]
    windows: ["Tue,Wed 05:30-07:00"]
brake: {on: false, reason: "storm", by: ana}
`),
  )
  assert.equal(file.problems, [])
  assert.is(file.brake, undefined)
  const at = ['calendars', 'retail-eu']
  assert.equal(calendarNamed(file, 'retail-eu'), {
    name: 'retail-eu',
    timezone: 'Europe/Paris',
    holidays: new Set(['2026-12-25', '01-01']),
    businessHours: [{ kind: 'weekly', weekdays: [1, 2, 3, 4, 5, 6], start: 420, length: 840 }],
    freezes: [
      {
        name: 'black-friday',
        at: [...at, 'freezes', 0],
        recurrence: {
          kind: 'annual',
          from: { kind: 'date', month: 11, day: 15 },
          to: { kind: 'date', month: 12, day: 31 },
        },
        level: 'full',
        tenants: undefined,
        environments: undefined,
        risk: undefined,
      },
      {
        name: 'stock-count',
        at: [...at, 'freezes', 1],
        recurrence: { kind: 'monthly', nth: 5, weekday: 6, move: 0, months: [6, 12], start: 0, length: 1800 },
        level: 'full',
        tenants: undefined,
        environments: undefined,
        risk: undefined,
      },
      {
        name: 'month-end',
        at: [...at, 'freezes', 2],
        recurrence: { kind: 'around-month-end', first: -2, last: 2 },
        level: 'app',
        tenants: ['acme'],
        environments: ['production'],
        risk: ['high'],
      },
    ],
    peaks: [
      {
        name: 'q4',
        at: [...at, 'peaks', 0],
        recurrence: {
          kind: 'annual',
          from: { kind: 'date', month: 11, day: 15 },
          to: { kind: 'date', month: 12, day: 31 },
        },
        factor: 2.5,
      },
      {
        name: 'saturday',
        at: [...at, 'peaks', 1],
        recurrence: { kind: 'weekly', weekdays: [6], start: 600, length: 540 },
        factor: 1.6,
      },
    ],
    windows: [{ at: [...at, 'windows', 0], recurrence: { kind: 'weekly', weekdays: [2, 3], start: 330, length: 90 } }],
    brake: undefined,
  })
})

test('a misspelt key names the nearest one, and so does a misspelt name', () => {
  assert.equal(problemsOf({ ...PARIS, freezs: [] }), [
    'calendars.shop.freezs: "freezs" is no key of calendar "shop"; the nearest is "freezes"',
  ])
  assert.equal(problemsOf({ ...PARIS, freezes: [{ name: 'a', from: '11-15', to: '12-31', tenant: ['acme'] }] }), [
    'calendars.shop.freezes[0].tenant: "tenant" is no key of a freeze; the nearest is "tenants"',
  ])
  const freeze = { name: 'a', from: '11-15', to: '12-31', environments: ['prodction'], risk: ['hihg'] }
  assert.equal(
    problemsOf({ ...PARIS, freezes: [freeze] }, { environments: ['staging', 'production'], risks: ['high'] }),
    [
      'calendars.shop.freezes[0].environments[0]: freeze "a" names "prodction" in "environments", which the platform does not have; the nearest is "production"',
      'calendars.shop.freezes[0].risk[0]: freeze "a" names "hihg" in "risk", which the platform does not have; the nearest is "high"',
    ],
  )
})

test('each thing that cannot be read is named with its place', () => {
  const freeze = (fields: object) => problemsOf({ ...PARIS, freezes: [{ name: 'a', ...fields }] })
  const rule = (text: unknown, hours?: unknown) => freeze(hours === undefined ? { rule: text } : { rule: text, hours })
  const at = 'calendars.shop.freezes[0]'
  const cases: readonly [string[], string][] = [
    [
      problemsOf({}),
      'calendars.shop: "timezone" is absent and not a name such as "Europe/Paris", so no time can be placed',
    ],
    [
      problemsOf({ timezone: 'Europe/Pairs' }),
      'calendars.shop.timezone: "Europe/Pairs" is no time zone of the IANA database; "Europe/Paris" is one',
    ],
    [
      problemsOf({ timezone: '+02:00' }),
      'calendars.shop.timezone: "+02:00" is no time zone of the IANA database; "Europe/Paris" is one',
    ],
    [
      problemsOf({ timezone: 'europe/paris' }),
      'calendars.shop.timezone: the time zone "europe/paris" is written "Europe/Paris"',
    ],
    [
      problemsOf({ timezone: '2026-01-01T00:00[Europe/Paris]' }),
      'calendars.shop.timezone: "2026-01-01T00:00[Europe/Paris]" is no time zone of the IANA database; "Europe/Paris" is one',
    ],
    [problemsOf(null), 'calendars.shop: calendar "shop" is empty, so it cannot be read'],
    [
      problemsOf({ ...PARIS, holidays: ['2026-02-29'] }),
      'calendars.shop.holidays[0]: "2026-02-29" is no holiday; "2026-12-25" and, for every year, "01-01" are',
    ],
    [
      problemsOf({ ...PARIS, holidays: '01-01' }),
      'calendars.shop.holidays: "calendars.shop.holidays" is no list, so it cannot be read',
    ],
    [
      problemsOf({ ...PARIS, presets: ['retial'] }),
      'calendars.shop.presets[0]: "retial" is no preset; there are "retail" and "distribution"',
    ],
    [
      problemsOf({ ...PARIS, windows: [] }),
      'calendars.shop.windows: "windows" is empty, so it would never open; without the key it is always open',
    ],
    [
      problemsOf({ ...PARIS, businessHours: 'last Sat of Jun' }),
      'calendars.shop.businessHours: the business hours "last Sat of Jun" are not of every week, as in "Mon-Sat 07:00-21:00"',
    ],
    [
      problemsOf({ ...PARIS, peaks: [{ name: 'q4', from: '11-15', to: '12-31', factor: 0 }] }),
      'calendars.shop.peaks[0].factor: the factor 0 is no number above 0, so the load is unknown',
    ],
    [
      freeze({}),
      `${at}: freeze "a" has neither a "rule" nor both "from" and "to" as text, so it is unclear when it holds`,
    ],
    [
      freeze({ from: '11-15' }),
      `${at}: freeze "a" has neither a "rule" nor both "from" and "to" as text, so it is unclear when it holds`,
    ],
    [freeze({ from: '13-01', to: '12-31' }), `${at}.from: freeze "a": "from" names "13-01", which is no day of a year`],
    [freeze({ from: '04-31', to: '12-31' }), `${at}.from: freeze "a": "from" names "04-31", which is no day of a year`],
    [
      freeze({ from: '2026-11-15', to: '12-31' }),
      `${at}.to: freeze "a": "to" is of another sort than "from": days of every year, dates, or instants with an offset`,
    ],
    [
      freeze({ from: '2026-11-15T06:00', to: '2026-11-15T06:00Z' }),
      `${at}.to: freeze "a": "to" is of another sort than "from": days of every year, dates, or instants with an offset`,
    ],
    [freeze({ from: '2026-12-31', to: '2026-11-15' }), `${at}.to: freeze "a": "to" is not after "from"`],
    [
      freeze({ from: '2026-11-15T06:00Z', to: '2026-11-15T07:00+01:00' }),
      `${at}.to: freeze "a": "to" is not after "from"`,
    ],
    [
      freeze({ from: '2027-02-29', to: '2027-03-01' }),
      `${at}.from: freeze "a": "from" names "2027-02-29", which no calendar shows`,
    ],
    [
      freeze({ from: '2027-02-28T24:00', to: '2027-03-01' }),
      `${at}.from: freeze "a": "from" names "2027-02-28T24:00", which no calendar shows`,
    ],
    [
      freeze({ from: 'fourth Thu of Nov,Dec', to: '12-31' }),
      `${at}.from: freeze "a": "from" names "fourth Thu of Nov,Dec", which is not one day of a year`,
    ],
    [
      freeze({ from: '11-15', to: '12-31', hours: 3 }),
      `${at}.hours: freeze "a" has "hours", which count from the day of a "rule", but no rule`,
    ],
    [
      freeze({ from: '11-15', to: '12-31', rule: 'Sat' }),
      `${at}.rule: freeze "a" has a "rule" beside "from" and "to", so it is unclear when it holds`,
    ],
    [freeze({ rule: 'Sat', level: 'half' }), `${at}.level: level "half" is neither "full" nor "app"`],
    [freeze({ rule: 'Sat', tenants: [] }), `${at}.tenants: "tenants" is empty, so freeze "a" would concern nobody`],
    [
      rule('Monday 05:00-07:00'),
      `${at}.rule: freeze "a": "Monday 05:00-07:00" names "Monday", which is no weekday: Mon, Tue, Wed, Thu, Fri, Sat, Sun`,
    ],
    [
      rule('last Sat of June'),
      `${at}.rule: freeze "a": "last Sat of June" names "June", which is no month: Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec`,
    ],
    [
      rule('fifth Sat of Jun'),
      `${at}.rule: freeze "a": "fifth Sat of Jun" is no rule; "Tue,Wed 05:30-07:00", "last Sat of Jun,Dec" and "BD-2..BD+2" are rules`,
    ],
    [
      rule('Tue 5:30-07:00'),
      `${at}.rule: freeze "a": "Tue 5:30-07:00" has the time "5:30-07:00", which is no time of a day; "05:30-07:00" is`,
    ],
    [
      rule('Tue 05:30-07:60'),
      `${at}.rule: freeze "a": "Tue 05:30-07:60" has the time "05:30-07:60", which is no time of a day; "05:30-07:00" is`,
    ],
    [
      rule('Tue 24:00-07:00'),
      `${at}.rule: freeze "a": "Tue 24:00-07:00" has the time "24:00-07:00", which is no time of a day; "05:30-07:00" is`,
    ],
    [
      rule('Tue 05:30-05:30'),
      `${at}.rule: freeze "a": "Tue 05:30-05:30" ends when it begins; a whole day needs no time`,
    ],
    [rule('Tue 05:30'), `${at}.rule: freeze "a": "Tue 05:30" has a start, "05:30", but neither an end nor "hours"`],
    [
      rule('Tue 05:30-07:00', 3),
      `${at}.rule: freeze "a": "Tue 05:30-07:00" has an end of its own, so "hours" has no meaning beside it`,
    ],
    [rule('Tue', 0), `${at}.rule: freeze "a": "Tue" has "hours" of 0, which is no whole number from 1 to 744`],
    [rule('Tue', '30'), `${at}.rule: freeze "a": "hours" of "30" is no number`],
    [
      rule('BD-2..BD0'),
      `${at}.rule: freeze "a": "BD-2..BD0" is no rule; "Tue,Wed 05:30-07:00", "last Sat of Jun,Dec" and "BD-2..BD+2" are rules`,
    ],
    [
      rule('BD-2..BD+0'),
      `${at}.rule: freeze "a": "BD-2..BD+0" names BD0, but the days around a month end are BD-1 and BD+1`,
    ],
    [rule('BD+2..BD-2'), `${at}.rule: freeze "a": "BD+2..BD-2" ends before it begins`],
    [
      rule('BD-16..BD+2'),
      `${at}.rule: freeze "a": "BD-16..BD+2" counts past BD±15, which is nearer to another month end`,
    ],
    [
      rule('BD-2..BD+2', 4),
      `${at}.rule: freeze "a": "BD-2..BD+2" counts whole days, so "hours" has no meaning beside it`,
    ],
    [
      rule('fourth Thu of Nov +32'),
      `${at}.rule: freeze "a": "fourth Thu of Nov +32" moves the day by more than 31 days`,
    ],
    [rule('Mon-Wed-Fri'), `${at}.rule: freeze "a": "Mon-Wed-Fri" has the range "Mon-Wed-Fri" with more than two ends`],
    [rule(7), `${at}.rule: freeze "a": 7 is no rule, which is text such as "Tue,Wed 05:30-07:00"`],
  ]
  for (const [found, wanted] of cases) assert.equal(found, [wanted])
})

test('one reading names every problem', () => {
  assert.is(problemsOf({ timezone: 1, freezes: [{ rule: 'Sta' }, 'x'], peaks: [{}] }).length, 7)
})

test('a freeze that stands twice in one calendar is a problem', () => {
  const freeze = { name: 'a', rule: 'Sat' }
  assert.equal(problemsOf({ ...PARIS, freezes: [freeze, freeze] }), [
    'calendars.shop.freezes[1].name: freeze "a" stands twice in calendar "shop"',
  ])
})

test('a calendar that cannot be read is closed to everything, with the place, and leaves the others alone', () => {
  const file = parseCalendars({
    ...HEAD,
    calendars: { good: PARIS, bad: { ...PARIS, freezes: [{ name: 'a', rule: 'Someday' }] } },
  })
  for (const kind of ['change', 'rollback', 'capacity'] as const) {
    const { state, because, opensAt } = judge(calendarNamed(file, 'bad'), question(ms('2026-08-20T10:00Z'), { kind }))
    assert.is(state, 'closed')
    assert.is(opensAt, undefined)
    assert.equal(
      because.map(cause => formatPath(cause.at)),
      ['calendars.bad.freezes[0].rule'],
    )
  }
  assert.is(judge(calendarNamed(file, 'good'), question(ms('2026-08-20T10:00Z'))).state, 'open')
})

test('a file whose head or brake cannot be read closes every calendar, and units without one', () => {
  const broken: readonly [unknown, string][] = [
    [null, ': calendar.yaml is empty, so it cannot be read'],
    [[], ': calendar.yaml is no map, so it cannot be read'],
    [
      { ...HEAD, kind: 'Calender' },
      'kind: "kind" is "Calender" and not "Calendar", so the file may mean something else',
    ],
    [{ ...HEAD, calenders: {} }, 'calenders: "calenders" is no key of calendar.yaml; the nearest is "calendars"'],
    [{ ...HEAD, calendars: [] }, 'calendars: "calendars" is no map of names to calendars, so none can be read'],
    [
      { ...HEAD, brake: { on: 'yes' } },
      'brake.on: "on" of the brake is "yes", neither true nor false, so it counts as on',
    ],
    [{ ...HEAD, brake: {} }, 'brake.on: "on" of the brake is absent, neither true nor false, so it counts as on'],
    [{ ...HEAD, brake: { on: true, by: 'ana' } }, 'brake: the brake has no "reason"'],
    [{ ...HEAD, brake: { on: true, reason: 'x', by: ' ' } }, 'brake.by: the brake has no "by"'],
    [{ ...HEAD, brake: null }, 'brake: the brake is empty, so it cannot be read'],
  ]
  for (const [data, problem] of broken) {
    const file = parseCalendars(data)
    assert.equal(texts(file), [problem])
    assert.is(judge(calendarNamed(file, undefined), question(0)).state, 'closed', problem)
    assert.is(judge(calendarNamed(file, 'shop'), question(0)).state, 'closed', problem)
  }
})

test('a calendar that the file does not have is closed, and the nearest name is given', () => {
  const file = parseCalendars({ ...HEAD, calendars: { 'retail-eu': PARIS } })
  const [cause] = judge(calendarNamed(file, 'retail-ue'), question(0)).because
  assert.is(cause?.detail, 'calendar.yaml has no calendar "retail-ue"; the nearest is "retail-eu"')
})

test('without a calendar file, or without a calendar in it, everything is open', () => {
  for (const file of [NO_CALENDARS, parseCalendars(HEAD), parseCalendars({ ...HEAD, calendars: {} })]) {
    const { state, closesAt } = judge(calendarNamed(file, undefined), question(ms('2026-11-27T10:00Z')))
    assert.is(state, 'open')
    assert.is(closesAt, undefined)
  }
  assert.is(judge(calendarNamed(NO_CALENDARS, 'shop'), question(0)).state, 'closed')
})

test('every preset can be read, says when it was reviewed, and gives the reason of each freeze', () => {
  for (const [name, preset] of Object.entries(CALENDAR_PRESETS)) {
    assert.is(calendarOf({ presets: [name] }).freezes.length, preset.freezes.length)
    assert.match(preset.reviewed, /^\d{4}-\d\d-\d\d$/)
    assert.ok(preset.source.length > 0)
    for (const { reason } of preset.freezes) assert.ok(reason.length > 20)
  }
})

test("a calendar's own freeze takes the place of a preset's of the same name", () => {
  const own = { name: 'black-friday', from: '11-15', to: '12-31' }
  const { freezes } = calendarOf({ presets: ['retail'], freezes: [own] })
  assert.equal(
    freezes.map(({ name, at }) => `${name} ${formatPath(at.slice(2))}`),
    ['black-friday freezes[0]', 'january-sales presets[0]', 'stock-count presets[0]', 'month-end presets[0]'],
  )
})

test.run()
