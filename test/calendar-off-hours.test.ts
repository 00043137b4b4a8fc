import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type AlertmanagerInterval,
  type KedaCronTrigger,
  kedaTriggersOf,
  muteIntervalOf,
} from '../src/promote/off-hours.ts'
import { calendarOf } from './calendar-fixture.ts'

test('business hours become a KEDA trigger that keeps the replicas up', () => {
  assert.equal(kedaTriggersOf(calendarOf({ businessHours: 'Mon-Sat 07:00-21:00' }), 2), [
    {
      type: 'cron',
      metadata: { timezone: 'Europe/Paris', start: '0 7 * * 1-6', end: '0 21 * * 1-6', desiredReplicas: '2' },
    },
  ])
})

test('hours over midnight end on the days after', () => {
  const [trigger] = kedaTriggersOf(calendarOf({ businessHours: 'Fri,Sat 22:00-02:30' }), 1)
  assert.is(trigger?.metadata.start, '0 22 * * 5,6')
  assert.is(trigger?.metadata.end, '30 2 * * 0,6')
})

test('hours around the clock become one trigger a day, since KEDA refuses a start that is also the end', () => {
  const triggers = kedaTriggersOf(calendarOf({ businessHours: 'Mon-Sun' }), 1)
  assert.is(triggers.length, 7)
  for (const { metadata } of triggers) assert.is.not(metadata.start, metadata.end)
})

test('without business hours nothing is scaled or muted, and fewer than one replica is refused', () => {
  assert.equal(kedaTriggersOf(calendarOf({ holidays: ['01-01'] }), 1), [])
  assert.is(muteIntervalOf(calendarOf({ holidays: ['01-01'] }), 'off'), undefined)
  assert.throws(() => kedaTriggersOf(calendarOf({}), 0), 'keep the workload down')
})

test('what lies outside the business hours, and the holidays, become one mute interval in the zone', () => {
  const location = 'Europe/Paris'
  const calendar = calendarOf({
    businessHours: ['Mon-Fri 07:00-12:00', 'Mon-Fri 13:00-21:00', 'Sat 08:00-13:00'],
    holidays: ['2026-12-25', '01-01'],
  })
  assert.equal(muteIntervalOf(calendar, 'off-hours'), {
    name: 'off-hours',
    time_intervals: [
      {
        times: [
          { start_time: '00:00', end_time: '07:00' },
          { start_time: '12:00', end_time: '13:00' },
          { start_time: '21:00', end_time: '24:00' },
        ],
        weekdays: ['monday:friday'],
        location,
      },
      {
        times: [
          { start_time: '00:00', end_time: '08:00' },
          { start_time: '13:00', end_time: '24:00' },
        ],
        weekdays: ['saturday'],
        location,
      },
      { weekdays: ['sunday'], location },
      { days_of_month: ['1'], months: ['1'], location },
      { days_of_month: ['25'], months: ['12'], years: ['2026'], location },
    ],
  })
})

test('a weekend is written from Sunday, because Alertmanager refuses a range from Saturday to Sunday', () => {
  const interval = muteIntervalOf(calendarOf({ businessHours: 'Mon-Fri' }), 'off')
  assert.equal(interval?.time_intervals[0]?.weekdays, ['sunday', 'saturday'])
})

/* KEDA's and Alertmanager's own readings, for comparison. */

const MONDAY = Temporal.PlainDateTime.from('2026-10-05T00:00')

function nextFire(schedule: string, after: Temporal.PlainDateTime): number {
  const [minute = '', hour = '', , , weekdays = ''] = schedule.split(' ')
  for (let day = 0; ; day += 1) {
    const date = after.toPlainDate().add({ days: day })
    const fire = date.toPlainDateTime({ hour: Number(hour), minute: Number(minute) })
    const on =
      weekdays === '*' ||
      weekdays.split(',').some(part => {
        const [low = 0, high = low] = part.split('-').map(Number)
        return date.dayOfWeek % 7 >= low && date.dayOfWeek % 7 <= high
      })
    if (on && Temporal.PlainDateTime.compare(fire, after) > 0) return after.until(fire).total('minutes')
  }
}

/** KEDA holds a trigger active unless its next start comes before its next end. */
function isUp(triggers: readonly KedaCronTrigger[], local: Temporal.PlainDateTime): boolean {
  return triggers.some(({ metadata }) => nextFire(metadata.start, local) >= nextFire(metadata.end, local))
}

const ORDER = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function isMuted(interval: AlertmanagerInterval | undefined, local: Temporal.PlainDateTime): boolean {
  const clock = local.toPlainTime().toString({ smallestUnit: 'minute' })
  return (interval?.time_intervals ?? []).some(({ times, weekdays }) => {
    const day = (weekdays ?? []).some(range => {
      const [first = '', last = first] = range.split(':')
      assert.ok(ORDER.indexOf(first) <= ORDER.indexOf(last))
      const today = local.dayOfWeek % 7
      return today >= ORDER.indexOf(first) && today <= ORDER.indexOf(last)
    })
    return (
      day &&
      (times ?? [{ start_time: '00:00', end_time: '24:00' }]).some(
        ({ start_time, end_time }) => start_time <= clock && clock < end_time,
      )
    )
  })
}

test('KEDA is up and Alertmanager unmuted in exactly the business hours', () => {
  const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
  const hours = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
    start: fc.integer({ min: 0, max: 95 }),
    length: fc.integer({ min: 1, max: 95 }),
  })
  const text = (quarter: number) =>
    `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`
  fc.assert(
    fc.property(fc.array(hours, { minLength: 1, maxLength: 3 }), rules => {
      const calendar = calendarOf({
        timezone: 'UTC',
        businessHours: rules.map(
          ({ days: on, start, length }) =>
            `${on.map(day => days[day]).join(',')} ${text(start)}-${text((start + length) % 96)}`,
        ),
      })
      const triggers = kedaTriggersOf(calendar, 1)
      const interval = muteIntervalOf(calendar, 'off')
      for (let quarter = 0; quarter < 7 * 96; quarter += 1) {
        // In the middle of a quarter: both systems round at the very start and end.
        const local = MONDAY.add({ minutes: quarter * 15 + 7 })
        const busy = rules.some(({ days: on, start, length }) =>
          on.some(day => {
            const since = (quarter - day * 96 - start + 14 * 96) % (7 * 96)
            return since < length
          }),
        )
        assert.is(isUp(triggers, local), busy, `${local}`)
        assert.is(isMuted(interval, local), !busy, `${local}`)
      }
    }),
    { numRuns: 40 },
  )
})

test.run()
