import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import { type Comparable, MAX_INT, MIN_INT, type Value } from './value.ts'

const NANO = 10n ** 9n

// In nano units, the finest that a quantity holds.
const SUFFIXES: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': NANO,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: NANO << 10n,
  Mi: NANO << 20n,
  Gi: NANO << 30n,
  Ti: NANO << 40n,
  Pi: NANO << 50n,
  Ei: NANO << 60n,
}

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

// No digits at all are zero: Kubernetes reads "Gi" as 0.
const FORM = /^(?!$)([+-]?)(\d*\.?\d*)(?:[eE]([+-]?\d{1,4})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/

/** The quantity that a text writes, or `undefined` when it writes none. */
function parse(text: string): Quantity | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, sign, number = '', exponent, suffix = ''] = match
  const [whole = '', fraction = ''] = number.split('.')
  const power = BigInt(exponent ?? 0)
  const scale = (SUFFIXES[suffix] ?? NANO) * (power > 0n ? 10n ** power : 1n)
  const divisor = 10n ** BigInt(fraction.length) * (power < 0n ? 10n ** -power : 1n)
  const product = BigInt(whole + fraction || '0') * scale
  const exact = (product + divisor - 1n) / divisor
  // Kubernetes caps binary quantities, and only those, at the largest int64.
  const size = suffix.endsWith('i') && exact > MAX_INT * NANO ? MAX_INT * NANO : exact
  return new Quantity(sign === '-' ? -size : size)
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
