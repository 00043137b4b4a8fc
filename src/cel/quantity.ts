import { parseQuantity } from '../manifest/quantity.ts'
import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import { type Comparable, MAX_INT, MIN_INT, type Value } from './value.ts'

const NANO = 10n ** 9n

/** A resource quantity as an exact number of nano units; what is finer is rounded away from zero. */
class Quantity implements Comparable {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
  equals(other: Value): boolean {
    return other instanceof Quantity && other.nanos === this.nanos
  }
}

/** The quantity that a text writes, or `undefined` when it writes none. */
function parse(text: string): Quantity | undefined {
  const parsed = parseQuantity(text)
  return parsed === undefined ? undefined : new Quantity(parsed.nanos)
}

function quantity(text: string): Quantity {
  const parsed = parse(text)
  if (parsed !== undefined) return parsed
  throw fault("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
}

function integerOf({ nanos }: Quantity): bigint | undefined {
  const value = nanos / NANO
  return value * NANO === nanos && value >= MIN_INT && value <= MAX_INT ? value : undefined
}

function asInteger(of: Quantity): bigint {
  const value = integerOf(of)
  if (value === undefined) throw fault('cannot convert value to integer')
  return value
}

function order(a: Quantity, b: Quantity): bigint {
  return a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n
}

export const QUANTITY_TYPES: readonly ValueType[] = [{ name: 'kubernetes.Quantity', ctor: Quantity }]

const Q = 'kubernetes.Quantity'

export const QUANTITIES: Library = {
  [`quantity(string): ${Q}`]: quantity,
  'isQuantity(string): bool': (text: string) => parse(text) !== undefined,
  [`${Q}.isInteger(): bool`]: (of: Quantity) => integerOf(of) !== undefined,
  [`${Q}.asInteger(): int`]: asInteger,
  [`${Q}.asApproximateFloat(): double`]: ({ nanos }: Quantity) => Number(nanos) / 1e9,
  [`${Q}.sign(): int`]: ({ nanos }: Quantity) => (nanos === 0n ? 0n : nanos > 0n ? 1n : -1n),
  [`${Q}.add(${Q}): ${Q}`]: (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
  [`${Q}.add(int): ${Q}`]: (a: Quantity, b: bigint) => new Quantity(a.nanos + b * NANO),
  [`${Q}.sub(${Q}): ${Q}`]: (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
  [`${Q}.sub(int): ${Q}`]: (a: Quantity, b: bigint) => new Quantity(a.nanos - b * NANO),
  [`${Q}.isLessThan(${Q}): bool`]: (a: Quantity, b: Quantity) => a.nanos < b.nanos,
  [`${Q}.isGreaterThan(${Q}): bool`]: (a: Quantity, b: Quantity) => a.nanos > b.nanos,
  [`${Q}.compareTo(${Q}): int`]: order,
}
