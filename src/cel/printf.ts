import { formatDouble } from './conversions.ts'
import { UnsignedInt } from './engine.ts'
import { fault } from './fault.ts'
import { Duration, formatDuration, formatTimestamp, Timestamp } from './time.ts'
import { isMap, keysOf, lookup, typeName, type Value } from './value.ts'

const DEFAULT_PRECISION = 6

type Clause = (value: Value, precision: number) => string

/** The verbs of `string.format`, as the CEL string extension has them. */
const VERBS: Readonly<Record<string, Clause>> = {
  s: text,
  d: value => `${integer(value, 'd')}`,
  f: (value, precision) => fixed(value, precision),
  e: (value, precision) => scientific(value, precision),
  b: value => (typeof value === 'boolean' ? (value ? '1' : '0') : integer(value, 'b').toString(2)),
  o: value => integer(value, 'o').toString(8),
  x: hex,
  X: value => hex(value).toUpperCase(),
}

/** Fills a printf-style template; throws an evaluation error when the arguments do not fit it. */
export function format(template: string, args: readonly Value[]): string {
  let next = 0
  return template.replace(/%(?:%|(?:\.(\d+))?(.)?)/gsu, (clause, precision: string | undefined, verb?: string) => {
    if (clause === '%%') return '%'
    const write = verb === undefined ? undefined : VERBS[verb]
    if (write === undefined)
      throw fault(`could not parse formatting clause: unrecognized formatting clause "${verb ?? ''}"`)
    if (next >= args.length) throw fault(`index ${next} out of range`)
    const value = args[next]
    next += 1
    return write(value, precision === undefined ? DEFAULT_PRECISION : Number(precision))
  })
}

function mismatch(verb: string, value: Value): Error {
  return fault(`error during formatting: %${verb} clause cannot be used on ${typeName(value)}`)
}

function integer(value: Value, verb: string): bigint {
  if (typeof value === 'bigint') return value
  if (value instanceof UnsignedInt) return value.valueOf()
  throw mismatch(verb, value)
}

function hex(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return integer(value, 'x').toString(16)
}

function double(value: Value, verb: string): number {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  if (value === 'Infinity') return Infinity
  if (value === '-Infinity') return -Infinity
  throw mismatch(verb, value)
}

function unbounded(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞'
}

function fixed(value: Value, precision: number): string {
  const number = double(value, 'f')
  if (!Number.isFinite(number)) return unbounded(number)
  const [whole = '', fraction] = roundHalfEven(number, precision).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** `toFixed` rounds the exact value, but halves away from zero; Go rounds halves to even. */
function roundHalfEven(value: number, precision: number): string {
  const up = value.toFixed(precision)
  const scaled = Math.abs(value) * 10 ** precision
  if (scaled - Math.floor(scaled) !== 0.5 || scaled / 10 ** precision !== Math.abs(value)) return up
  const even = Math.floor(scaled) % 2 === 0 ? Math.floor(scaled) : Math.floor(scaled) + 1
  return ((Math.sign(value) * even) / 10 ** precision).toFixed(precision)
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

function scientific(value: Value, precision: number): string {
  const number = double(value, 'e')
  if (!Number.isFinite(number)) return unbounded(number)
  const [digits = '', power = '0'] = number.toExponential(precision).split('e')
  const size = power.replace(/^[+-]/, '').padStart(2, '0')
  const raised = [...size].map(digit => SUPERSCRIPTS[Number(digit)]).join('')
  return `${digits}\u202f×\u202f10${power.startsWith('-') ? '⁻' : ''}${raised}`
}

function text(value: Value): string {
  if (typeof value === 'string') return value
  if (value === null) return 'null'
  if (typeof value === 'number') return formatDouble(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (isMap(value)) {
    const entries = keysOf(value).map(key => `${literal(key)}:${literal(lookup(value, key))}`)
    return `{${entries.sort().join(', ')}}`
  }
  if (typeof value === 'boolean' || typeof value === 'bigint' || value instanceof UnsignedInt) return `${value}`
  throw mismatch('s', value)
}

/** A value inside a list or map, written as a literal of the language. */
function literal(value: Value): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? value.toFixed(DEFAULT_PRECISION) : quote(formatDouble(value))
  if (value instanceof Uint8Array) return `b${quote(text(value))}`
  if (value instanceof Timestamp || value instanceof Duration) {
    return `${value instanceof Timestamp ? 'timestamp' : 'duration'}(${quote(text(value))})`
  }
  return text(value)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** A text in double quotes, escaped as the language reads it back. */
export function quote(text: string): string {
  return `"${[...text].map(char => ESCAPES[char] ?? char).join('')}"`
}
