import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import type { Comparable, Value } from './value.ts'

/** A semantic version; build metadata does not take part in its order. */
class Semver implements Comparable {
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly prerelease: readonly string[]
  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.numbers = numbers
    this.prerelease = prerelease
  }
  equals(other: Value): boolean {
    return other instanceof Semver && order(this, other) === 0n
  }
}

const NUMBER = '(0|[1-9]\\d*)'
const IDENTIFIERS = '([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)'
const FORM = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`)

function parse(text: string): Semver | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const prerelease = match[4]?.split('.') ?? []
  if (prerelease.some(part => /^0\d+$/.test(part))) return undefined
  const number = (group: number) => BigInt(match[group] ?? 0)
  return new Semver([number(1), number(2), number(3)], prerelease)
}

/** The full form of a tolerant one: no leading "v", no leading zeros, minor and patch filled in. */
function normalized(text: string): string {
  const [major = '', minor, ...patch] = text.replace(/^v/, '').split('.')
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(patch.length > 0 ? [patch.join('.')] : [])]
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return text
  const trimmed = parts.map(part => part.replace(/^0+(?=\d)/, ''))
  return [...trimmed, '0', '0'].slice(0, Math.max(3, trimmed.length)).join('.')
}

function semver(text: string, normalize = false): Semver {
  const parsed = parse(normalize ? normalized(text) : text)
  if (parsed === undefined) throw fault(`"${text}" is no semantic version`)
  return parsed
}

function isSemver(text: string, normalize = false): boolean {
  return parse(normalize ? normalized(text) : text) !== undefined
}

/** Negative, zero or positive, by https://semver.org/#spec-item-11. */
function order(a: Semver, b: Semver): bigint {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (number !== other) return number < other ? -1n : 1n
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return BigInt(Math.sign(b.prerelease.length - a.prerelease.length))
  }
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index]
    if (other === undefined) return 1n
    const sign = orderIdentifiers(part, other)
    if (sign !== 0n) return sign
  }
  return a.prerelease.length === b.prerelease.length ? 0n : -1n
}

function orderIdentifiers(a: string, b: string): bigint {
  const [aNumeric, bNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (aNumeric && bNumeric) return BigInt(a) === BigInt(b) ? 0n : BigInt(a) < BigInt(b) ? -1n : 1n
  if (aNumeric !== bNumeric) return aNumeric ? -1n : 1n
  return a === b ? 0n : a < b ? -1n : 1n
}

export const SEMVER_TYPES: readonly ValueType[] = [{ name: 'kubernetes.Semver', ctor: Semver }]

const V = 'kubernetes.Semver'

export const SEMVERS: Library = {
  [`semver(string): ${V}`]: (text: string) => semver(text),
  [`semver(string, bool): ${V}`]: semver,
  'isSemver(string): bool': (text: string) => isSemver(text),
  'isSemver(string, bool): bool': isSemver,
  [`${V}.major(): int`]: (of: Semver) => of.numbers[0],
  [`${V}.minor(): int`]: (of: Semver) => of.numbers[1],
  [`${V}.patch(): int`]: (of: Semver) => of.numbers[2],
  [`${V}.isLessThan(${V}): bool`]: (a: Semver, b: Semver) => order(a, b) < 0n,
  [`${V}.isGreaterThan(${V}): bool`]: (a: Semver, b: Semver) => order(a, b) > 0n,
  [`${V}.compareTo(${V}): int`]: order,
}
