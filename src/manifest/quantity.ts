/** How a quantity was written, which decides how it is written again. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

/** An amount of a resource, exact: `500m` of CPU, `1Gi` of memory. Compare with `compareQuantities`, never by format. */
export interface Quantity {
  /** In units of 10^-9, the smallest amount that Kubernetes knows. */
  readonly nanos: bigint
  readonly format: QuantityFormat
}

const NUMBER = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([A-Za-z]*)([+-]?[0-9]*)$/
const BINARY_EXPONENTS: ReadonlyMap<string, bigint> = new Map(
  ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, BigInt(index + 1) * 10n]),
)
const DECIMAL_SUFFIXES: readonly string[] = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const NANO = 9n
const ONE = 10n ** NANO
/** Binary quantities end here, as in the API server. */
const LARGEST_BINARY = (2n ** 63n - 1n) * ONE
/** Beyond 10^±this no resource is counted, and the powers would only cost memory. */
const LARGEST_EXPONENT = 300n

/**
 * The quantity in a field of a manifest, or `undefined` when it is malformed: `1K`, `1 Gi`, `1e`, an exponent beyond ±300.
 * As in Kubernetes, what is finer than 10^-9 is rounded away from zero, and digits may be missing: `Gi` and `-` are zero.
 */
export function parseQuantity(value: unknown): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined
  const match = NUMBER.exec(String(value))
  if (match === null || match[0] === '') return undefined
  const [, sign, whole = '', fraction = '', suffix = '', power = ''] = match
  const scale = scaleOf(suffix, power)
  if (scale === undefined) return undefined
  const digits = BigInt(`0${whole}${fraction}`)
  const magnitude = scaled(digits << scale.two, scale.ten + NANO - BigInt(fraction.length))
  const nanos = scale.format === 'BinarySI' && magnitude > LARGEST_BINARY ? LARGEST_BINARY : magnitude
  // A binary quantity below one would not survive being written in binary.
  const format = scale.format === 'BinarySI' && nanos > 0n && nanos < ONE ? 'DecimalSI' : scale.format
  return { nanos: sign === '-' ? -nanos : nanos, format }
}

interface Scale {
  readonly two: bigint
  readonly ten: bigint
  readonly format: QuantityFormat
}

function scaleOf(suffix: string, power: string): Scale | undefined {
  if (power !== '') {
    if ((suffix !== 'e' && suffix !== 'E') || !/[0-9]/.test(power)) return undefined
    const ten = BigInt(power.replace('+', ''))
    return ten > LARGEST_EXPONENT || ten < -LARGEST_EXPONENT ? undefined : { two: 0n, ten, format: 'DecimalExponent' }
  }
  const two = BINARY_EXPONENTS.get(suffix)
  if (two !== undefined) return { two, ten: 0n, format: 'BinarySI' }
  const index = DECIMAL_SUFFIXES.indexOf(suffix)
  return index === -1 ? undefined : { two: 0n, ten: BigInt(index) * 3n - NANO, format: 'DecimalSI' }
}

/** `value × 10^exponent`, rounded up. */
function scaled(value: bigint, exponent: bigint): bigint {
  if (exponent >= 0n) return value * 10n ** exponent
  const divisor = 10n ** -exponent
  return (value + divisor - 1n) / divisor
}

/** Negative when `a` is less than `b`, zero when they are equal in amount, positive when it is more. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

/** The sum, written like `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** `times` is an integer: a number of pods, of nodes. */
export function multiplyQuantity(quantity: Quantity, times: number | bigint): Quantity {
  return { nanos: quantity.nanos * BigInt(times), format: quantity.format }
}

/** In its unit: cores of CPU, bytes of memory. Exact up to the 15 digits that a number has. */
export function quantityNumber({ nanos }: Quantity): number {
  return Number(nanos / ONE) + Number(nanos % ONE) / Number(ONE)
}

/** The canonical form, as the API server shows it: `1000m` is `1`, `1024Mi` is `1Gi`, `0.5Gi` is `512Mi`. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0'
  const isSmall = nanos > -1024n * ONE && nanos < 1024n * ONE
  if (format === 'BinarySI' && !isSmall && nanos % ONE === 0n) {
    const { value, steps } = reduced(nanos / ONE, 1024n, BINARY_EXPONENTS.size)
    return `${value}${[...BINARY_EXPONENTS.keys()][steps - 1] ?? ''}`
  }
  const isExponent = format === 'DecimalExponent'
  const { value, steps } = reduced(nanos, 1000n, isExponent ? Number.POSITIVE_INFINITY : DECIMAL_SUFFIXES.length - 1)
  const power = steps * 3 - Number(NANO)
  if (isExponent) return power === 0 ? `${value}` : `${value}e${power}`
  return `${value}${DECIMAL_SUFFIXES[steps]}`
}

/** Divides by `base` while nothing is lost, at most `limit` times. */
function reduced(amount: bigint, base: bigint, limit: number): { value: bigint; steps: number } {
  let value = amount
  let steps = 0
  while (steps < limit && value % base === 0n) {
    value /= base
    steps++
  }
  return { value, steps }
}
