import { UnsignedInt } from './engine.ts'
import { fault } from './fault.ts'
import type { Library } from './library.ts'
import { checkedInt, keysOf, MAX_UINT } from './value.ts'

const TRUE_WORDS = new Set(['1', 't', 'true', 'TRUE', 'True'])
const FALSE_WORDS = new Set(['0', 'f', 'false', 'FALSE', 'False'])

function toBool(text: string): boolean {
  if (TRUE_WORDS.has(text)) return true
  if (FALSE_WORDS.has(text)) return false
  throw fault(`type conversion error from 'string' to 'bool'`)
}

function textToInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw fault(`strconv.ParseInt: parsing "${text}": invalid syntax`)
  return checkedInt(BigInt(text.replace(/^\+/, '')))
}

function uint(value: bigint): UnsignedInt {
  if (value < 0n || value > MAX_UINT) throw fault('unsigned integer overflow')
  return new UnsignedInt(value)
}

function textToUint(text: string): UnsignedInt {
  if (!/^\d+$/.test(text)) throw fault(`strconv.ParseUint: parsing "${text}": invalid syntax`)
  return uint(BigInt(text))
}

function whole(value: number, overflow: string): bigint {
  if (!Number.isFinite(value)) throw fault(overflow)
  return BigInt(Math.trunc(value))
}

/** An int from a double: the borders of int64 themselves are refused, since rounding may already have crossed them. */
function doubleToInt(value: number): bigint {
  if (value <= -(2 ** 63) || value >= 2 ** 63) throw fault('integer overflow')
  return whole(value, 'integer overflow')
}

const WORD_NUMBERS: Readonly<Record<string, number>> = {
  inf: Infinity,
  infinity: Infinity,
  nan: Number.NaN,
}

function textToDouble(text: string): number {
  const [, sign = '', word = ''] = /^([+-]?)([A-Za-z]+)$/.exec(text) ?? []
  const named = WORD_NUMBERS[word.toLowerCase()]
  if (named !== undefined) return sign === '-' ? -named : named
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text)
  throw fault(`strconv.ParseFloat: parsing "${text}": invalid syntax`)
}

/** A double as Go prints the shortest form that reads back the same. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  return `${value}`
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw fault('invalid UTF-8 in bytes, cannot convert to string')
  }
}

/** The number of code points. */
export function textSize(text: string): number {
  let size = text.length
  for (let index = 0; index < text.length - 1; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit >= 0xd800 && unit <= 0xdbff) size -= 1
  }
  return size
}

const sizeOfList = (list: readonly unknown[]) => BigInt(list.length)
const sizeOfMap = (map: Parameters<typeof keysOf>[0]) => BigInt(map instanceof Map ? map.size : keysOf(map).length)
const sizeOfText = (text: string) => BigInt(textSize(text))
const sizeOfBytes = (bytes: Uint8Array) => BigInt(bytes.length)
const same = (value: unknown) => value

/** The functions of the language itself, besides `type` and `dyn`. */
export const CONVERSIONS: Library = {
  'size(string): int': sizeOfText,
  'size(bytes): int': sizeOfBytes,
  'size(list): int': sizeOfList,
  'size(map): int': sizeOfMap,
  'string.size(): int': sizeOfText,
  'bytes.size(): int': sizeOfBytes,
  'list.size(): int': sizeOfList,
  'map.size(): int': sizeOfMap,
  'bool(bool): bool': same,
  'bool(string): bool': toBool,
  'int(int): int': same,
  'int(uint): int': (value: UnsignedInt) => checkedInt(value.valueOf()),
  'int(double): int': doubleToInt,
  'int(string): int': textToInt,
  'uint(uint): uint': same,
  'uint(int): uint': uint,
  'uint(double): uint': (value: number) => uint(whole(value, 'unsigned integer overflow')),
  'uint(string): uint': textToUint,
  'double(double): double': same,
  'double(int): double': Number,
  'double(uint): double': Number,
  'double(string): double': textToDouble,
  'string(string): string': same,
  'string(bool): string': String,
  'string(int): string': String,
  'string(uint): string': String,
  'string(double): string': formatDouble,
  'string(bytes): string': decode,
  'bytes(bytes): bytes': same,
  'bytes(string): bytes': (text: string) => Buffer.from(text, 'utf8'),
}
