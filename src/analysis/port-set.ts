import { type IntervalSet, intersection, includes as isIn, union } from './interval-set.ts'

export const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** One port of one protocol, 1 to 65535. */
export interface Port {
  readonly protocol: Protocol
  readonly port: number
}

/** Ports `first` to `last` of one protocol, both included. */
export interface PortRange {
  readonly protocol: Protocol
  readonly first: number
  readonly last: number
}

const PORTS = 65_536

/**
 * A set of ports over all protocols: port `p` of the n-th protocol is the point `n × 65536 + p`. Port 0 is never in a
 * set, which keeps the protocols from touching.
 */
export type PortSet = IntervalSet<number>

export const NO_PORTS: PortSet = []
export const ALL_PORTS: PortSet = PROTOCOLS.flatMap(protocol => portRange(protocol, 1, PORTS - 1))

/** Ports `first` to `last` of a protocol, both included. */
export function portRange(protocol: Protocol, first: number, last: number = first): PortSet {
  const start = PROTOCOLS.indexOf(protocol) * PORTS
  return [{ from: start + first, until: start + last + 1 }]
}

export function isPortNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value < PORTS
}

export function isProtocol(value: unknown): value is Protocol {
  return PROTOCOLS.some(protocol => protocol === value)
}

export function hasPort(set: PortSet, { protocol, port }: Port): boolean {
  return isIn(set, PROTOCOLS.indexOf(protocol) * PORTS + port)
}

/** The set as ranges, in the order TCP, UDP, SCTP and then by number. */
export function portRanges(set: PortSet): readonly PortRange[] {
  return PROTOCOLS.flatMap((protocol, nth) =>
    intersection(set, [{ from: nth * PORTS, until: (nth + 1) * PORTS }]).map(({ from, until }) => ({
      protocol,
      first: from - nth * PORTS,
      last: until - 1 - nth * PORTS,
    })),
  )
}

/** `TCP 5432, 8000-8010, UDP 53`, `all ports`, `every TCP port`, `no port`. */
export function formatPorts(set: PortSet): string {
  if (set.length === 0) return 'no port'
  if (portKey(set) === portKey(ALL_PORTS)) return 'all ports'
  const texts: string[] = []
  let protocolBefore: Protocol | undefined
  for (const { protocol, first, last } of portRanges(set)) {
    const ports = first === last ? `${first}` : `${first}-${last}`
    if (first === 1 && last === PORTS - 1) texts.push(`every ${protocol} port`)
    else texts.push(protocol === protocolBefore ? ports : `${protocol} ${ports}`)
    protocolBefore = protocol
  }
  return texts.join(', ')
}

function portKey(set: PortSet): string {
  return set.map(({ from, until }) => `${from}-${until}`).join()
}

/** Sets of which equal ones are the same object, so that results are remembered and compared by identity. */
export interface PortAlgebra {
  intern(set: PortSet): PortSet
  /** Both operands must be interned; so are the results. */
  union(a: PortSet, b: PortSet): PortSet
  intersection(a: PortSet, b: PortSet): PortSet
}

export function portAlgebra(): PortAlgebra {
  const known = new Map<string, PortSet>()
  const interned = new Set<PortSet>()
  const intern = (set: PortSet): PortSet => {
    if (interned.has(set)) return set
    const key = portKey(set)
    const same = known.get(key)
    if (same !== undefined) return same
    known.set(key, set)
    interned.add(set)
    return set
  }
  const remembered = (combine: (a: PortSet, b: PortSet) => PortSet) => {
    const results = new Map<PortSet, Map<PortSet, PortSet>>()
    return (a: PortSet, b: PortSet): PortSet => {
      if (a === b) return a
      const ofA = results.get(a) ?? new Map<PortSet, PortSet>()
      const before = ofA.get(b)
      if (before !== undefined) return before
      const result = intern(combine(a, b))
      results.set(a, ofA.set(b, result))
      return result
    }
  }
  intern(NO_PORTS)
  intern(ALL_PORTS)
  return { intern, union: remembered(union), intersection: remembered(intersection) }
}
