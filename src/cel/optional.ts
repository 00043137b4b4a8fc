import { Optional, UnsignedInt } from './engine.ts'
import type { Library } from './library.ts'
import { isMap, keysOf, type Value } from './value.ts'

function isZero(value: Value): boolean {
  if (value === null || value === '' || value === false || value === 0 || value === 0n) return true
  if (value instanceof UnsignedInt) return value.valueOf() === 0n
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  return isMap(value) && keysOf(value).length === 0
}

/** Optional values, besides the macros `or`, `orValue`, `optMap` and `optFlatMap`. */
export const OPTIONALS: Library = {
  'OptionalNamespace.none(): optional': () => Optional.none(),
  'OptionalNamespace.of(A): optional<A>': (_: unknown, value: Value) => Optional.of(value),
  'OptionalNamespace.ofNonZeroValue(A): optional<A>': (_: unknown, value: Value) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  'OptionalNamespace.unwrap(list<optional<A>>): list<A>': (_: unknown, list: readonly Optional[]) => unwrap(list),
  'list<optional<A>>.unwrapOpt(): list<A>': unwrap,
  'optional.hasValue(): bool': (of: Optional) => of.hasValue(),
  'optional<A>.value(): A': (of: Optional) => of.value(),
  'list<A>.first(): optional<A>': (list: readonly Value[]) => Optional.of(list[0]),
  'list<A>.last(): optional<A>': (list: readonly Value[]) => Optional.of(list.at(-1)),
}

function unwrap(list: readonly Optional[]): Value[] {
  return list.flatMap(element => (element.hasValue() ? [element.value()] : []))
}
