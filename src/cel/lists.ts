import { UnsignedInt } from './engine.ts'
import { fault } from './fault.ts'
import type { Library } from './library.ts'
import { Duration } from './time.ts'
import { checkedInt, compare, contains, equal, MAX_UINT, type Value } from './value.ts'

type List = readonly Value[]

function isSorted(list: List): boolean {
  return list.every((element, index) => index === 0 || !(compare(list[index - 1], element) > 0))
}

function extreme(name: string, sign: number): (list: List) => Value {
  return list => {
    if (list.length === 0) throw fault(`${name} called on empty list`)
    return list.reduce((best, element) => (compare(element, best) * sign > 0 ? element : best))
  }
}

function ofType<T>(list: List, isOne: (value: Value) => value is T): readonly T[] {
  if (!list.every(isOne)) throw fault('no such overload')
  return list
}

const isInt = (value: Value) => typeof value === 'bigint'
const isDouble = (value: Value) => typeof value === 'number'
const isUint = (value: Value) => value instanceof UnsignedInt
const isDuration = (value: Value) => value instanceof Duration

function sumUint(list: List): UnsignedInt {
  const sum = ofType(list, isUint).reduce((total, value) => total + value.valueOf(), 0n)
  if (sum > MAX_UINT) throw fault('unsigned integer overflow')
  return new UnsignedInt(sum)
}

const indexOf = (list: List, wanted: Value) => BigInt(list.findIndex(element => equal(element, wanted)))
const lastIndexOf = (list: List, wanted: Value) => BigInt(list.findLastIndex(element => equal(element, wanted)))

function flatten(list: List, depth: bigint): Value[] {
  if (depth < 0n) throw fault('level must be non-negative')
  return list.flatMap(element => (Array.isArray(element) && depth > 0n ? flatten(element, depth - 1n) : [element]))
}

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end < 0n) throw fault(`cannot slice(${start}, ${end}), negative indexes not supported`)
  if (start > end) throw fault(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`)
  if (end > BigInt(list.length)) throw fault(`cannot slice(${start}, ${end}), list is length ${list.length}`)
  return list.slice(Number(start), Number(end))
}

function distinct(list: List): List {
  return list.filter((element, index) => list.findIndex(other => equal(other, element)) === index)
}

const MAX_RANGE = 1_000_000n

function range(size: bigint): bigint[] {
  if (size > MAX_RANGE) throw fault(`range of ${size} exceeds the limit of ${MAX_RANGE}`)
  return Array.from({ length: Math.max(0, Number(size)) }, (_, index) => BigInt(index))
}

const includesAll = (list: List, wanted: List) => wanted.every(element => contains(list, element))

/** List functions of Kubernetes (`isSorted`, `sum` …), of the CEL list extension (`flatten`, `slice` …), and sets. */
export const LISTS: Library = {
  'list.isSorted(): bool': isSorted,
  'list<int>.sum(): int': (list: List) => ofType(list, isInt).reduce((total, value) => checkedInt(total + value), 0n),
  'list<uint>.sum(): uint': sumUint,
  'list<double>.sum(): double': (list: List) => ofType(list, isDouble).reduce((total, value) => total + value, 0),
  'list<Duration>.sum(): Duration': (list: List) =>
    new Duration(ofType(list, isDuration).reduce((total, { nanos }) => total + nanos, 0n)),
  'list<A>.min(): A': extreme('min', -1),
  'list<A>.max(): A': extreme('max', 1),
  'list<A>.indexOf(A): int': indexOf,
  'list<A>.lastIndexOf(A): int': lastIndexOf,
  'list<A>.slice(int, int): list<A>': slice,
  'list.flatten(): list<dyn>': (list: List) => flatten(list, 1n),
  'list.flatten(int): list<dyn>': flatten,
  'list<A>.distinct(): list<A>': distinct,
  'list<A>.reverse(): list<A>': (list: List) => list.toReversed(),
  'list<A>.sort(): list<A>': (list: List) => list.toSorted(compare),
  'ListsNamespace.range(int): list<int>': (_: unknown, size: bigint) => range(size),
  'SetsNamespace.contains(list<A>, list<A>): bool': (_: unknown, list: List, wanted: List) => includesAll(list, wanted),
  'SetsNamespace.equivalent(list<A>, list<A>): bool': (_: unknown, a: List, b: List) =>
    includesAll(a, b) && includesAll(b, a),
  'SetsNamespace.intersects(list<A>, list<A>): bool': (_: unknown, a: List, b: List) =>
    a.some(element => contains(b, element)),
}
