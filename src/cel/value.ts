import { Optional, UnsignedInt } from './engine.ts'
import { fault } from './fault.ts'

/**
 * CEL values as they are held here: int is `bigint`, uint `UnsignedInt`, double `number`, bytes `Uint8Array`, a list an
 * array, a map a plain object (from a manifest) or a `Map` (from an expression); the Kubernetes types are classes below.
 */
export type Value = unknown

/** A value with an identity of its own that CEL can compare: quantities, addresses, points in time. */
export interface Comparable {
  equals(other: Value): boolean
}

export const MAX_INT = 2n ** 63n - 1n
export const MIN_INT = -(2n ** 63n)
export const MAX_UINT = 2n ** 64n - 1n

function isComparable(value: Value): value is Comparable {
  return typeof value === 'object' && value !== null && 'equals' in value && typeof value.equals === 'function'
}

export function isMap(value: Value): value is ReadonlyMap<Value, Value> | Readonly<Record<string, Value>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || prototype === Map.prototype
}

/** The value under a key, or `undefined` when the map has none. */
export function lookup(map: ReadonlyMap<Value, Value> | Readonly<Record<string, Value>>, key: Value): Value {
  if (map instanceof Map) return map.get(mapKey(key))
  return typeof key === 'string' && Object.hasOwn(map, key) ? (map as Record<string, Value>)[key] : undefined
}

export function keysOf(map: ReadonlyMap<Value, Value> | Readonly<Record<string, Value>>): readonly Value[] {
  return map instanceof Map ? [...map.keys()] : Object.keys(map)
}

/** Numeric keys are one key whatever their type: `{1: 'a'}[1u]` is found. */
export function mapKey(key: Value): Value {
  if (key instanceof UnsignedInt) return key.valueOf()
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key
}

/** The number behind int, uint and double. */
function numeric(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value
  return value instanceof UnsignedInt ? value.valueOf() : undefined
}

/** CEL equality: numbers by value across types, lists and maps deeply, unlike types never equal. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  const left = numeric(a)
  if (left !== undefined) {
    const right = numeric(b)
    return right !== undefined && compareNumbers(left, right) === 0
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => equal(element, b[index]))
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Optional) {
    if (!(b instanceof Optional) || a.hasValue() !== b.hasValue()) return false
    return !a.hasValue() || equal(a.value(), b.value())
  }
  if (isComparable(a)) return a.equals(b)
  if (!isMap(a) || !isMap(b)) return false
  const keys = keysOf(a)
  if (keys.length !== keysOf(b).length) return false
  return keys.every(key => {
    const other = lookup(b, key)
    return other !== undefined && equal(lookup(a, key), other)
  })
}

/** A comparable value with an order among its own kind: points and spans of time. */
export interface Ordered extends Comparable {
  order(other: this): number
}

/** Negative, zero or positive; `NaN` when a NaN is involved. Throws "no such overload" for values that have no order. */
export function compare(a: Value, b: Value): number {
  const left = numeric(a)
  if (left !== undefined) {
    const right = numeric(b)
    if (right !== undefined) return compareNumbers(left, right)
  } else if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  else if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  else if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  else if (isOrdered(a) && isOrdered(b) && a.constructor === b.constructor) return a.order(b)
  throw fault('no such overload')
}

function isOrdered(value: Value): value is Ordered {
  return isComparable(value) && 'order' in value
}

/** By code point, as UTF-8 bytes order: UTF-16 puts astral characters before U+E000. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  let index = 0
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index += 1
  if (index === length) return a.length - b.length
  const left = a.charCodeAt(index)
  const right = b.charCodeAt(index)
  const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
  return rank(left) - rank(right)
}

/** An integer is compared with a double as a double, digits beyond 2^53 lost; NaN with anything gives NaN. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  const [left, right] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)]
  if (left < right) return -1
  if (left > right) return 1
  return left === right ? 0 : Number.NaN
}

/** Whether a list holds an equal value, or a map the key; throws for anything else. */
export function contains(container: Value, value: Value): boolean {
  if (Array.isArray(container)) return container.some(element => equal(element, value))
  if (isMap(container)) return lookup(container, value) !== undefined
  throw fault('no such overload')
}

/** `list[index]` or `map[key]`; throws in the API server's words when there is nothing. */
export function elementAt(container: Value, index: Value): Value {
  if (Array.isArray(container)) {
    const position = mapKey(index)
    if (typeof position !== 'bigint') throw fault(`unsupported index type '${typeName(index)}' in list`)
    const element = position >= 0n && position < BigInt(container.length) ? container[Number(position)] : undefined
    if (element === undefined) throw fault(`index out of bounds: ${position}`)
    return element
  }
  if (!isMap(container)) throw fault('no such overload')
  const found = lookup(container, index)
  if (found === undefined) throw fault(`no such key: ${index}`)
  return found
}

/** The CEL name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'null_type'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (value instanceof UnsignedInt) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'list'
  if (isMap(value)) return 'map'
  return value instanceof Optional ? 'optional_type' : 'object'
}

export function checkedInt(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw fault('integer overflow')
  return value
}
