import { MAX_INT, MIN_INT, type Value } from './value.ts'

/**
 * A manifest as expressions see it: integers are `bigint`, fields that are null are absent, as they are for the API
 * server. Whatever holds neither is shared with the manifest, so most of it is not copied.
 */
export function bindValue(value: unknown): Value {
  if (typeof value === 'number') return bindNumber(value)
  if (typeof value === 'bigint') return value > MAX_INT || value < MIN_INT ? Number(value) : value
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? bindList(value) : bindFields(value as Readonly<Record<string, unknown>>)
}

/** The API server reads a number as int64 where it can, as a double where it cannot. */
function bindNumber(value: number): bigint | number {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value
}

function bindList(list: readonly unknown[]): Value {
  let copy: unknown[] | undefined
  for (const [index, element] of list.entries()) {
    const bound = bindValue(element)
    if (bound === element) continue
    copy ??= list.slice()
    copy[index] = bound
  }
  return copy ?? list
}

function bindFields(fields: Readonly<Record<string, unknown>>): Value {
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(fields)) {
    const value = fields[key]
    const bound = bindValue(value)
    if (bound === value && bound !== null && bound !== undefined) continue
    copy ??= { ...fields }
    if (bound === null || bound === undefined) delete copy[key]
    else copy[key] = bound
  }
  return bindMap(copy ?? fields)
}

/** A map of bound values. */
export function bindMap(map: Readonly<Record<string, Value>>): Value {
  // The library underneath tells a map by its constructor, which a key of that name hides.
  return Object.hasOwn(map, 'constructor') || Object.hasOwn(map, '__proto__') ? new Map(Object.entries(map)) : map
}
