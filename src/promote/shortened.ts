import { count } from '../report/plural.ts'

/** Room for the line that counts what was left out. */
const RESERVE = 80

/** Lines in at most `room` characters (100 or more); those that do not fit are counted. */
export function fitLines(lines: readonly string[], room: number, noun: string): string {
  const whole = lines.join('\n')
  if (whole.length <= room) return whole
  let length = 0
  let shown = 0
  for (const line of lines) {
    length += line.length + 1
    if (length > room - RESERVE) break
    shown++
  }
  return [...lines.slice(0, shown), `… and ${count(lines.length - shown, `more ${noun}`)}`].join('\n')
}

/** More names than these are counted. */
const NAMES = 8

/** `a, b`, and of many `200: a, b, … and 192 more`. */
export function someNames(names: readonly string[]): string {
  if (names.length <= NAMES) return names.join(', ')
  return `${names.length}: ${names.slice(0, NAMES).join(', ')} and ${names.length - NAMES} more`
}

/** The units, or how many when it is all of several. */
export function someOf(units: readonly string[], all: number): string {
  return units.length === all && all > 1 ? `all ${count(all, 'unit')}` : someNames(units)
}
