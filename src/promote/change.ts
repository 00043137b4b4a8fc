import type { FieldPath } from '../manifest/path.ts'
import { type Fields, isFields } from '../manifest/value.ts'
import { isSameSet, pairElements } from './list-match.ts'

/** One place where two manifests differ. */
export interface Change {
  /** In the new manifest, or in the old one where the value is gone. */
  readonly at: FieldPath
  /** The same path with list elements by their names: `['spec', 'containers', '[web]', 'image']`. */
  readonly names: readonly string[]
  /** `undefined`: absent. */
  readonly from: unknown
  readonly to: unknown
  /** The elements are the same ones in another order, and in this list the order means something. */
  readonly reordered?: true
}

/** Which values are compared as one, instead of field by field: a tree of field names. */
export interface Wholes {
  readonly whole?: boolean
  /** Below a field of that name, or below the elements of the list when the name is `ELEMENTS`. */
  below(name: string): Wholes | undefined
}

/** The step from a list to its elements, whatever their names. */
export const ELEMENTS = '[]'

/**
 * Every place where two values differ, in code-unit order of fields and in the order of lists. Elements of lists of
 * maps are matched by what identifies them, so that reordering them is no change where Kubernetes sees none. A field
 * with the value null is an absent field, as the API server takes it.
 */
export function changesBetween(from: unknown, to: unknown, wholes?: Wholes): Change[] {
  const changes: Change[] = []
  walk({ at: [], was: [], names: [], from, to }, wholes, changes)
  return changes
}

/** On the way: the path in both manifests, since elements of lists may stand elsewhere in each. */
interface Step extends Change {
  readonly was: FieldPath
}

function told({ at, was, ...change }: Step): Change {
  return { ...change, at: isAbsent(change.to) ? was : at }
}

function walk(change: Step, wholes: Wholes | undefined, found: Change[]): void {
  const { from, to } = change
  if (isSame(from, to) || isSameSet(change)) return
  if (wholes?.whole === true) {
    found.push(told(change))
    return
  }
  const fields = fieldsToCompare(from, to)
  const elements = elementsToCompare(from, to)
  if (fields !== undefined) walkFields(change, ...fields, wholes, found)
  else if (elements !== undefined) walkElements(change, ...elements, wholes, found)
  else found.push(told(change))
}

/** Deep equality; the order of fields is nothing, the order of elements is, and null is as good as absent. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b)
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => isSame(element, b[index]))
  }
  if (!isFields(a) || !isFields(b)) return Number.isNaN(a) && Number.isNaN(b)
  for (const key in a) if (!isSame(a[key], own(b, key))) return false
  for (const key in b) if (!Object.hasOwn(a, key) && !isAbsent(b[key])) return false
  return true
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

/** The field, `undefined` when it is absent or null. */
function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? (fields[key] ?? undefined) : undefined
}

/** Both are maps, or one is and the other is absent. An empty map that comes or goes is a value of its own. */
function fieldsToCompare(from: unknown, to: unknown): [Fields, Fields] | undefined {
  if (isFields(from) && isFields(to)) return [from, to]
  if (isAbsent(from) && isFields(to) && Object.keys(to).length > 0) return [{}, to]
  if (isAbsent(to) && isFields(from) && Object.keys(from).length > 0) return [from, {}]
  return undefined
}

function elementsToCompare(from: unknown, to: unknown): [readonly Fields[], readonly Fields[]] | undefined {
  const left = isAbsent(from) ? [] : from
  const right = isAbsent(to) ? [] : to
  if (!Array.isArray(left) || !Array.isArray(right) || left.length + right.length === 0) return undefined
  return left.every(isFields) && right.every(isFields) ? [left, right] : undefined
}

function walkFields(change: Step, from: Fields, to: Fields, wholes: Wholes | undefined, found: Change[]): void {
  for (const key of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()) {
    const step = {
      at: [...change.at, key],
      was: [...change.was, key],
      names: [...change.names, key],
      from: own(from, key),
      to: own(to, key),
    }
    walk(step, wholes?.below(key), found)
  }
}

function walkElements(
  change: Step,
  from: readonly Fields[],
  to: readonly Fields[],
  wholes: Wholes | undefined,
  found: Change[],
): void {
  const below = wholes?.below(ELEMENTS)
  const list = change.names.at(-1) ?? ''
  const { pairs, isReordered } = pairElements(from, to, list)
  for (const { name, left, right } of pairs) {
    const step = {
      at: [...change.at, right ?? 0],
      was: [...change.was, left ?? 0],
      names: [...change.names, `[${name}]`],
      from: left === undefined ? undefined : from[left],
      to: right === undefined ? undefined : to[right],
    }
    // An element that comes or goes is one change: its fields mean nothing without it.
    if (left === undefined || right === undefined) found.push(told(step))
    else walk(step, below, found)
  }
  if (isReordered) found.push({ ...told(change), reordered: true })
}
