import { textSize } from './conversions.ts'
import { fault } from './fault.ts'
import type { Library } from './library.ts'
import { format, quote } from './printf.ts'

/** Positions count code points: most texts have one code unit for each, and are cut directly. */
function pointsOf(text: string): readonly string[] | undefined {
  return textSize(text) === text.length ? undefined : [...text]
}

function slice(text: string, start: bigint, end: bigint | undefined): string {
  const points = pointsOf(text)
  const size = points === undefined ? text.length : points.length
  const last = end ?? BigInt(size)
  if (start < 0n || start > BigInt(size)) throw fault(`index out of range: ${start}`)
  if (last < 0n || last > BigInt(size)) throw fault(`index out of range: ${last}`)
  if (start > last) throw fault(`invalid substring range. start: ${start}, end: ${last}`)
  if (points === undefined) return text.slice(Number(start), Number(last))
  return points.slice(Number(start), Number(last)).join('')
}

function charAt(text: string, index: bigint): string {
  const size = BigInt(textSize(text))
  if (index < 0n || index > size) throw fault(`index out of range: ${index}`)
  return index === size ? '' : slice(text, index, index + 1n)
}

/** The index in code points of a hit at a code unit. */
function pointIndex(text: string, unit: number): bigint {
  return BigInt(unit <= 0 ? unit : textSize(text.slice(0, unit)))
}

/** The code unit at which that code point starts. */
function unitIndex(text: string, point: bigint): number {
  const points = pointsOf(text)
  return points === undefined ? Number(point) : points.slice(0, Number(point)).join('').length
}

function indexOf(text: string, wanted: string, from = 0n): bigint {
  if (wanted === '') return from
  if (from < 0n) throw fault(`index out of range: ${from}`)
  if (from >= BigInt(textSize(text))) {
    if (from === 0n) return -1n
    throw fault(`index out of range: ${from}`)
  }
  return pointIndex(text, text.indexOf(wanted, unitIndex(text, from)))
}

function lastIndexOf(text: string, wanted: string, from?: bigint): bigint {
  const size = BigInt(textSize(text))
  if (wanted === '') return from ?? size
  if (from === undefined) return pointIndex(text, text.lastIndexOf(wanted))
  if (from < 0n || from >= size) throw fault(`index out of range: ${from}`)
  return pointIndex(text, text.lastIndexOf(wanted, unitIndex(text, from)))
}

/** As Go splits: an empty separator splits into code points; a limit keeps the rest in the last part. */
function split(text: string, separator: string, limit = -1n): string[] {
  if (limit === 0n) return []
  const parts = separator === '' ? [...text] : text.split(separator)
  if (limit < 0n || BigInt(parts.length) <= limit) return parts
  const kept = Number(limit) - 1
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)]
}

function replace(text: string, old: string, by: string, limit = -1n): string {
  if (limit < 0n && old !== '') return text.replaceAll(old, () => by)
  if (limit === 0n) return text
  if (old !== '') return split(text, old, limit + 1n).join(by)
  // Go puts the replacement before every code point and after the last.
  const points = [...text]
  const times = limit < 0n ? points.length + 1 : Math.min(Number(limit), points.length + 1)
  return points.map((point, index) => (index < times ? by + point : point)).join('') + (times > points.length ? by : '')
}

// Unicode White_Space; JavaScript's own trim also takes U+FEFF.
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const OUTER_SPACE = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g')

const onlyAscii = (text: string, from: RegExp, change: (run: string) => string) => text.replace(from, change)

function join(list: readonly unknown[], separator = ''): string {
  for (const element of list) if (typeof element !== 'string') throw fault('no such overload')
  return list.join(separator)
}

/** The string functions of CEL and its string extension, at the version that Kubernetes enables. */
export const STRINGS: Library = {
  'string.contains(string): bool': (text: string, part: string) => text.includes(part),
  'string.startsWith(string): bool': (text: string, part: string) => text.startsWith(part),
  'string.endsWith(string): bool': (text: string, part: string) => text.endsWith(part),
  'string.charAt(int): string': charAt,
  'string.indexOf(string): int': (text: string, wanted: string) => indexOf(text, wanted),
  'string.indexOf(string, int): int': indexOf,
  'string.lastIndexOf(string): int': (text: string, wanted: string) => lastIndexOf(text, wanted),
  'string.lastIndexOf(string, int): int': lastIndexOf,
  'string.lowerAscii(): string': (text: string) => onlyAscii(text, /[A-Z]+/g, run => run.toLowerCase()),
  'string.upperAscii(): string': (text: string) => onlyAscii(text, /[a-z]+/g, run => run.toUpperCase()),
  'string.replace(string, string): string': (text: string, old: string, by: string) => replace(text, old, by),
  'string.replace(string, string, int): string': replace,
  'string.split(string): list<string>': (text: string, separator: string) => split(text, separator),
  'string.split(string, int): list<string>': split,
  'string.substring(int): string': (text: string, start: bigint) => slice(text, start, undefined),
  'string.substring(int, int): string': slice,
  'string.trim(): string': (text: string) => text.replace(OUTER_SPACE, ''),
  'string.reverse(): string': (text: string) => [...text].reverse().join(''),
  'string.format(list): string': format,
  'list<string>.join(): string': (list: readonly unknown[]) => join(list),
  'list<string>.join(string): string': join,
  'StringsNamespace.quote(string): string': (_: unknown, text: string) => quote(text),
}
