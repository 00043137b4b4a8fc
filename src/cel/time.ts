import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import { checkedInt, type Ordered, type Value } from './value.ts'

const SECOND = 1_000_000_000n
const MILLISECOND = 1_000_000n
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: MILLISECOND,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
}

// Years 1 to 9999, which is all that RFC 3339 can write.
const EARLIEST = -62_135_596_800n * SECOND
const LATEST = 253_402_300_800n * SECOND - 1n

/** A point in time, in nanoseconds since the epoch. */
export class Timestamp implements Ordered {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    if (nanos < EARLIEST || nanos > LATEST) throw fault('timestamp overflow')
    this.nanos = nanos
  }
  equals(other: Value): boolean {
    return other instanceof Timestamp && other.nanos === this.nanos
  }
  order(other: Timestamp): number {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0
  }
}

/** A span of time in nanoseconds; like Go's, it holds 292 years at most. */
export class Duration implements Ordered {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = checkedInt(nanos)
  }
  equals(other: Value): boolean {
    return other instanceof Duration && other.nanos === this.nanos
  }
  order(other: Duration): number {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0
  }
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** Parses RFC 3339; throws an evaluation error for anything else. */
export function parseTimestamp(text: string): Timestamp {
  const match = RFC3339.exec(text)
  if (match === null) throw fault(`parsing time "${text}" failed`)
  const number = (group: number) => Number(match[group] ?? 0)
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!real || hour > 23 || minute > 59 || second > 59) throw fault(`parsing time "${text}" failed: out of range`)
  const offset = (number(9) * 60 + number(10)) * (match[8] === '-' ? -60 : 60)
  const seconds = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset)
  return new Timestamp(seconds * SECOND + BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0')))
}

/** Parses Go's notation (`1h30m`, `-1.5s`, `0`); throws an evaluation error for anything else. */
export function parseDuration(text: string): Duration {
  const unsigned = text.replace(/^[+-]/, '')
  if (unsigned === '0') return new Duration(0n)
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(unsigned)) throw fault(`time: invalid duration "${text}"`)
  let nanos = 0n
  for (const [, whole = '', fraction = '', name = ''] of unsigned.matchAll(/(\d*)(?:\.(\d*))?([a-zµμ]+)/g)) {
    const unit = UNITS[name] ?? 0n
    nanos += BigInt(whole === '' ? 0 : whole) * unit
    nanos += (BigInt(fraction === '' ? 0 : fraction) * unit) / 10n ** BigInt(fraction.length)
  }
  return new Duration(text.startsWith('-') ? -nanos : nanos)
}

export function formatTimestamp({ nanos }: Timestamp): string {
  const fraction = floorMod(nanos, SECOND)
  const date = new Date(Number((nanos - fraction) / MILLISECOND)).toISOString().replace(/\.\d+Z$/, '')
  return fraction === 0n ? `${date}Z` : `${date}.${trimZeros(fraction)}Z`
}

export function formatDuration({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos
  const fraction = size % SECOND
  return `${nanos < 0n ? '-' : ''}${size / SECOND}${fraction === 0n ? '' : `.${trimZeros(fraction)}`}s`
}

function trimZeros(fraction: bigint): string {
  return `${fraction}`.padStart(9, '0').replace(/0+$/, '')
}

function floorMod(value: bigint, by: bigint): bigint {
  const rest = value % by
  return rest < 0n ? rest + by : rest
}

/** The date fields as a wall clock in that zone shows them: its time, read as if it were UTC. */
function wallClock({ nanos }: Timestamp, zone: string): Date {
  const millis = Number((nanos - floorMod(nanos, MILLISECOND)) / MILLISECOND)
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone)
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3])
    return new Date(millis + (fixed[1] === '-' ? -minutes : minutes) * 60_000)
  }
  if (zone === '' || zone === 'UTC') return new Date(millis)
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(millis)
    const field = (type: string) => Number(parts.find(part => part.type === type)?.value)
    const date = new Date(0)
    date.setUTCFullYear(field('year'), field('month') - 1, field('day'))
    date.setUTCHours(field('hour'), field('minute'), field('second'), Number(floorMod(BigInt(millis), 1000n)))
    return date
  } catch {
    throw fault(`unknown time zone ${zone}`)
  }
}

const DAY = 86_400_000

const DATE_FIELDS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: date => date.getUTCFullYear(),
  getMonth: date => date.getUTCMonth(),
  getDate: date => date.getUTCDate(),
  getDayOfMonth: date => date.getUTCDate() - 1,
  getDayOfWeek: date => date.getUTCDay(),
  getDayOfYear: date => Math.floor((date.getTime() - new Date(date).setUTCMonth(0, 1)) / DAY),
  getHours: date => date.getUTCHours(),
  getMinutes: date => date.getUTCMinutes(),
  getSeconds: date => date.getUTCSeconds(),
  getMilliseconds: date => date.getUTCMilliseconds(),
}

const selectors = Object.entries(DATE_FIELDS).flatMap(([name, field]) => [
  [`Timestamp.${name}(): int`, (time: Timestamp) => BigInt(field(wallClock(time, 'UTC')))],
  [`Timestamp.${name}(string): int`, (time: Timestamp, zone: string) => BigInt(field(wallClock(time, zone)))],
])

export const TIME_TYPES: readonly ValueType[] = [
  { name: 'Timestamp', ctor: Timestamp },
  { name: 'Duration', ctor: Duration },
]

export const TIME_OPERATORS: Library = {
  'Timestamp + Duration: Timestamp': (a: Timestamp, b: Duration) => new Timestamp(a.nanos + b.nanos),
  'Duration + Timestamp: Timestamp': (a: Duration, b: Timestamp) => new Timestamp(a.nanos + b.nanos),
  'Duration + Duration: Duration': (a: Duration, b: Duration) => new Duration(a.nanos + b.nanos),
  'Timestamp - Timestamp: Duration': (a: Timestamp, b: Timestamp) => new Duration(a.nanos - b.nanos),
  'Timestamp - Duration: Timestamp': (a: Timestamp, b: Duration) => new Timestamp(a.nanos - b.nanos),
  'Duration - Duration: Duration': (a: Duration, b: Duration) => new Duration(a.nanos - b.nanos),
}

export const TIME: Library = {
  'timestamp(string): Timestamp': parseTimestamp,
  'timestamp(int): Timestamp': (seconds: bigint) => new Timestamp(seconds * SECOND),
  'timestamp(Timestamp): Timestamp': (time: Timestamp) => time,
  'duration(string): Duration': parseDuration,
  'duration(Duration): Duration': (span: Duration) => span,
  'int(Timestamp): int': ({ nanos }: Timestamp) => (nanos - floorMod(nanos, SECOND)) / SECOND,
  'string(Timestamp): string': formatTimestamp,
  'string(Duration): string': formatDuration,
  ...Object.fromEntries(selectors),
  'Duration.getHours(): int': ({ nanos }: Duration) => nanos / (3600n * SECOND),
  'Duration.getMinutes(): int': ({ nanos }: Duration) => nanos / (60n * SECOND),
  'Duration.getSeconds(): int': ({ nanos }: Duration) => nanos / SECOND,
  'Duration.getMilliseconds(): int': ({ nanos }: Duration) => nanos / MILLISECOND,
}
