import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { backupSchedule } from '../src/analysis/backup-schedule.ts'

const HOUR = 3_600

/** Schedules with times a day, the shortest gap in hours and the longest in days. */
const CASES: readonly (readonly [text: string, timesADay: number, shortest: number, longest: number])[] = [
  ['0 30 1 * * *', 1, 24, 1],
  ['0 0 * * * *', 24, 1, 1],
  ['30 1 * * *', 24, 1, 1],
  ['0 0 */6 * * *', 4, 6, 1],
  ['0 0 1,13 * * *', 2, 12, 1],
  ['0 0 2-4 * * *', 3, 1, 1],
  ['0 0 3 * * SUN', 1, 24, 7],
  ['0 0 3 * * 1,4', 1, 24, 4],
  ['0 0 3 1,15 * *', 1, 24, 17],
  ['0 0 3 1 * 0', 1, 24, 7],
  ['0 0 3 1 */3 ?', 1, 24, 93],
  ['*/30 0 3 * * *', 2, 30 / HOUR, 1],
  ['@weekly', 1, 24, 7],
  ['@every 6h30m', perDay(6.5), 6.5, 6.5 / 24],
]

function perDay(hours: number): number {
  return 24 / hours
}

for (const [text, timesADay, shortest, longest] of CASES) {
  test(`"${text}" runs ${timesADay} times a day, ${shortest} h apart at least and ${longest} days at most`, () => {
    const found = backupSchedule(text)
    assert.is(found?.timesADay, timesADay)
    assert.is(found?.shortest, shortest * HOUR)
    assert.is(found?.longest, longest)
  })
}

for (const text of [
  '',
  '* * * *',
  '0 0 0 * * * *',
  '0 0 24 * * *',
  '0 0 1 0 * *',
  '0 0 1 * * 7',
  '0 0 5-2 * * *',
  '0 0 1/0 * * *',
  '0 0 x * * *',
  '@sometimes',
  '@every 0s',
]) {
  test(`"${text}" is refused`, () => assert.is(backupSchedule(text), undefined))
}

test('five fields are counted', () => {
  assert.is(backupSchedule('0 1 * * *')?.fields, 5)
  assert.is(backupSchedule('0 0 1 * * *')?.fields, 6)
})

test.run()
