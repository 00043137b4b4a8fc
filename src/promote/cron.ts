/** Minute and hour fields for a minute of the day: `30 5` for 330. */
export function cronTime(minuteOfDay: number): string {
  return `${minuteOfDay % 60} ${Math.floor(minuteOfDay / 60)}`
}

/**
 * Weekdays from 1, Monday, to 7 as cron counts them: `1-5`, `0,6`, `*` for all. Three and more in a row become a range.
 */
export function cronWeekdays(weekdays: readonly number[]): string {
  const days = [...new Set(weekdays.map(day => day % 7))].sort((a, b) => a - b)
  if (days.length === 7) return '*'
  return runsOf(days)
    .map(run => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(',')))
    .join(',')
}

/** Consecutive numbers together; the numbers come sorted and once each. */
export function runsOf(numbers: readonly number[]): number[][] {
  const runs: number[][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run?.at(-1) === number - 1) run.push(number)
    else runs.push([number])
  }
  return runs
}
