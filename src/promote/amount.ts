/** A family of units: the factor of each suffix, in one base unit. */
export type Units = Readonly<Record<string, number>>

/** Kubernetes quantities: `100m`, `2`, `512Mi`, `1.5G`. */
export const QUANTITY: Units = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** Retention as barman writes it, in days; a month counts 30. */
export const RETENTION: Units = { d: 1, w: 7, m: 30 }

const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)$/

/**
 * Negative when `a` is the smaller amount, zero when both are the same amount however written, `undefined` when
 * either is absent or not of this family of units.
 */
export function compareAmounts(a: unknown, b: unknown, units: Units): number | undefined {
  const left = amountOf(a, units)
  const right = amountOf(b, units)
  if (left === undefined || right === undefined) return undefined
  // Decimal factors are not exact in binary: 1.1 and 1100m are one amount.
  const tolerance = Math.max(Math.abs(left), Math.abs(right)) * 1e-12
  return Math.abs(left - right) <= tolerance ? 0 : left - right
}

/** The amount in the base unit of the family, `undefined` when the value is no amount of it. */
export function amountOf(value: unknown, units: Units): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string') return undefined
  const [, digits, suffix = ''] = NUMBER.exec(value.trim()) ?? []
  if (digits === undefined || !Object.hasOwn(units, suffix)) return undefined
  return Number(digits) * (units[suffix] ?? 1)
}
