import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import type { Comparable, Value } from './value.ts'

type Family = 4 | 6

const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }

/** An IP address as the number that its bits make. */
class Ip implements Comparable {
  readonly family: Family
  readonly bits: bigint
  constructor(family: Family, bits: bigint) {
    this.family = family
    this.bits = bits
  }
  equals(other: Value): boolean {
    return other instanceof Ip && other.family === this.family && other.bits === this.bits
  }
}

/** A network: an address, not necessarily the first of its range, and the length of the prefix. */
class Cidr implements Comparable {
  readonly address: Ip
  readonly length: number
  constructor(address: Ip, length: number) {
    this.address = address
    this.length = length
  }
  equals(other: Value): boolean {
    return other instanceof Cidr && other.length === this.length && this.address.equals(other.address)
  }
}

/** The address that a text writes; a sentence for what is none. Zones, leading zeros and IPv4 in IPv6 are refused. */
function parseIp(text: string): Ip | string {
  if (text.includes('%')) return `IP address "${text}" with zone value is not allowed`
  const ip = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  if (ip === undefined) return `IP Address "${text}" parse error during conversion from string`
  if (ip.family === 6 && ip.bits >> 32n === 0xffffn) return `IPv4-mapped IPv6 address "${text}" is not allowed`
  return ip
}

function parseIpv4(text: string): Ip | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return new Ip(
    4,
    parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n),
  )
}

function parseIpv6(text: string): Ip | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groupsOf(halves[0] ?? ''), groupsOf(halves[1] ?? '')]
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail]
  return new Ip(
    6,
    groups.reduce((bits, group) => (bits << 16n) | group, 0n),
  )
}

/** The 16-bit groups of one side of `::`; the last may be written as an IPv4 address. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return []
  const groups: bigint[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`))
    else {
      const last = index === parts.length - 1 ? parseIpv4(part) : undefined
      if (last === undefined) return undefined
      groups.push(last.bits >> 16n, last.bits & 0xffffn)
    }
  }
  return groups
}

/** The canonical form: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatIp({ family, bits }: Ip): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map(shift => (bits >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16))
  let [best, length] = [-1, 1]
  for (let start = 0; start < 8; start += 1) {
    let end = start
    while (groups[end] === '0') end += 1
    if (end - start > length) [best, length] = [start, end - start]
  }
  if (best === -1) return groups.join(':')
  return `${groups.slice(0, best).join(':')}::${groups.slice(best + length).join(':')}`
}

function ip(text: string): Ip {
  const parsed = parseIp(text)
  if (typeof parsed === 'string') throw fault(parsed)
  return parsed
}

function parseCidr(text: string): Cidr | string {
  const refused = `network address parse error during conversion from string: invalid CIDR address: ${text}`
  const slash = text.lastIndexOf('/')
  const prefix = text.slice(slash + 1)
  if (slash === -1 || !/^(0|[1-9]\d{0,2})$/.test(prefix)) return refused
  const address = parseIp(text.slice(0, slash))
  if (typeof address === 'string') return address
  return Number(prefix) > BITS[address.family] ? refused : new Cidr(address, Number(prefix))
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (typeof parsed === 'string') throw fault(parsed)
  return parsed
}

/** The address with everything behind the first `length` bits cleared. */
function masked({ family, bits }: Ip, length: number): Ip {
  const host = BigInt(BITS[family] - length)
  return new Ip(family, (bits >> host) << host)
}

function holdsIp(network: Cidr, address: Ip): boolean {
  return (
    network.address.family === address.family &&
    masked(address, network.length).equals(masked(network.address, network.length))
  )
}

function holdsCidr(network: Cidr, other: Cidr): boolean {
  return other.length >= network.length && holdsIp(network, other.address)
}

/** Whether the address lies in one of these networks. */
function within(...networks: readonly string[]): (address: Ip) => boolean {
  const parsed = networks.map(cidr)
  return address => parsed.some(network => holdsIp(network, address))
}

const isUnspecified = within('0.0.0.0/32', '::/128')
const isLoopback = within('127.0.0.0/8', '::1/128')
const isMulticast = within('224.0.0.0/4', 'ff00::/8')
const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10')
// RFC 4291: the low four bits of the second byte are the scope, 2 is link-local.
const isLinkLocalMulticast = (address: Ip) =>
  address.family === 4
    ? holdsIp(cidr('224.0.0.0/24'), address)
    : isMulticast(address) && ((address.bits >> 112n) & 15n) === 2n
const isBroadcast = within('255.255.255.255/32')
const isGlobalUnicast = (address: Ip) =>
  ![isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast, isBroadcast].some(is => is(address))

export const NETWORK_TYPES: readonly ValueType[] = [
  { name: 'net.IP', ctor: Ip },
  { name: 'net.CIDR', ctor: Cidr },
]

export const NETWORKS: Library = {
  'ip(string): net.IP': ip,
  'isIP(string): bool': (text: string) => typeof parseIp(text) !== 'string',
  'IpNamespace.isCanonical(string): bool': (_: unknown, text: string) => formatIp(ip(text)) === text,
  'net.IP.family(): int': (of: Ip) => BigInt(of.family),
  'net.IP.isUnspecified(): bool': isUnspecified,
  'net.IP.isLoopback(): bool': isLoopback,
  'net.IP.isLinkLocalMulticast(): bool': isLinkLocalMulticast,
  'net.IP.isLinkLocalUnicast(): bool': isLinkLocalUnicast,
  'net.IP.isGlobalUnicast(): bool': isGlobalUnicast,
  'string(net.IP): string': formatIp,
  'cidr(string): net.CIDR': cidr,
  'isCIDR(string): bool': (text: string) => typeof parseCidr(text) !== 'string',
  'net.CIDR.containsIP(net.IP): bool': holdsIp,
  'net.CIDR.containsIP(string): bool': (network: Cidr, text: string) => holdsIp(network, ip(text)),
  'net.CIDR.containsCIDR(net.CIDR): bool': holdsCidr,
  'net.CIDR.containsCIDR(string): bool': (network: Cidr, text: string) => holdsCidr(network, cidr(text)),
  'net.CIDR.ip(): net.IP': (network: Cidr) => network.address,
  'net.CIDR.masked(): net.CIDR': ({ address, length }: Cidr) => new Cidr(masked(address, length), length),
  'net.CIDR.prefixLength(): int': (network: Cidr) => BigInt(network.length),
  'string(net.CIDR): string': ({ address, length }: Cidr) => `${formatIp(address)}/${length}`,
}
