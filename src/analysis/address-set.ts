import { difference, type Interval, type IntervalSet, includes, intersection } from './interval-set.ts'

/**
 * Addresses of both families on one line: IPv4 from 0, IPv6 from 2^33. The gap keeps the families from touching.
 * An IPv4-mapped IPv6 address stays in the IPv6 family.
 */
export type AddressSet = IntervalSet<bigint>

interface Family {
  readonly start: bigint
  readonly bits: number
}

const IPV4: Family = { start: 0n, bits: 32 }
const IPV6: Family = { start: 1n << 33n, bits: 128 }

export const ALL_ADDRESSES: AddressSet = [whole(IPV4), whole(IPV6)]

const DECIMAL = /^(0|[1-9]\d{0,2})$/
const HEXADECIMAL = /^[0-9a-fA-F]{1,4}$/

function whole({ start, bits }: Family): Interval<bigint> {
  return { from: start, until: start + (1n << BigInt(bits)) }
}

/**
 * The addresses of a CIDR (`10.0.0.0/8`, `2001:db8::/32`), or `undefined` for any other text. Bits after the prefix
 * are dropped, as the API server does; leading zeros are refused, since readers disagree on what they mean.
 */
export function parseCidr(text: string): AddressSet | undefined {
  const slash = text.indexOf('/')
  const length = text.slice(slash + 1)
  if (slash === -1 || !DECIMAL.test(length)) return undefined
  const address = parseAddress(text.slice(0, slash))
  if (address === undefined) return undefined
  const { start, bits } = familyOf(address)
  if (Number(length) > bits) return undefined
  const size = 1n << BigInt(bits - Number(length))
  const from = start + ((address - start) / size) * size
  return [{ from, until: from + size }]
}

/** An address as a point of an `AddressSet`, or `undefined` for any other text. */
export function parseAddress(text: string): bigint | undefined {
  if (!text.includes(':')) return parseIpv4(text)
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, nth) => parseGroups(half, nth === halves.length - 1))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])]
  return IPV6.start + groups.reduce((value, group) => (value << 16n) | group, 0n)
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => DECIMAL.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parseGroups(text: string, mayEndInIpv4: boolean): bigint[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const embedded = mayEndInIpv4 ? parseIpv4(parts.at(-1) ?? '') : undefined
  if (embedded !== undefined) parts.splice(-1, 1, (embedded >> 16n).toString(16), (embedded & 0xffffn).toString(16))
  return parts.every(part => HEXADECIMAL.test(part)) ? parts.map(part => BigInt(`0x${part}`)) : undefined
}

function familyOf(address: bigint): Family {
  return address < IPV6.start ? IPV4 : IPV6
}

/** The fewest CIDRs that cover exactly this set. */
export function cidrsOf(set: AddressSet): readonly string[] {
  return set.flatMap(({ from, until }) => {
    const { start, bits } = familyOf(from)
    const cidrs: string[] = []
    for (let at = from - start; at < until - start; ) {
      let free = 0
      while (free < bits && (at >> BigInt(free)) % 2n === 0n && at + (2n << BigInt(free)) <= until - start) free++
      cidrs.push(`${formatAddress(start + at)}/${bits - free}`)
      at += 1n << BigInt(free)
    }
    return cidrs
  })
}

/**
 * `outside` for all addresses, else CIDRs, or what is missing from the whole or from a family where that is shorter.
 * Of a long list, the first few and the number of the others.
 */
export function formatAddresses(set: AddressSet): string {
  const missing = difference(ALL_ADDRESSES, set)
  if (missing.length === 0) return 'outside'
  const families = [IPV4, IPV6].flatMap(family => {
    const part = intersection(set, [whole(family)])
    return part.length === 0 ? [] : [formatWithin([whole(family)], part)]
  })
  const except = enumerated(cidrsOf(missing))
  const short = families.length === 2 && except.length < families.join().length
  return short ? `outside except ${except}` : families.join(', ')
}

function formatWithin(family: AddressSet, part: AddressSet): string {
  const [cidrs, holes] = [cidrsOf(part), cidrsOf(difference(family, part))]
  return holes.length > 0 && holes.length < cidrs.length
    ? `${cidrsOf(family).join()} except ${enumerated(holes)}`
    : enumerated(cidrs)
}

const LISTED = 8

function enumerated(cidrs: readonly string[]): string {
  const more = cidrs.length - LISTED
  return more > 0 ? `${cidrs.slice(0, LISTED).join(', ')} and ${more} more` : cidrs.join(', ')
}

function formatAddress(address: bigint): string {
  if (includes([whole(IPV4)], address)) {
    return [24n, 16n, 8n, 0n].map(shift => (address >> shift) & 0xffn).join('.')
  }
  const value = address - IPV6.start
  const groups = Array.from({ length: 8 }, (_, nth) => ((value >> BigInt(112 - 16 * nth)) & 0xffffn).toString(16))
  // RFC 5952: the longest run of two or more zero groups, the first of equals, becomes "::".
  const runs = groups.join(':').match(/(?<![0-9a-f])0(:0)+(?![0-9a-f])/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return groups.join(':')
  const at = groups.join(':').search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`))
  const text = groups.join(':')
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`
}
