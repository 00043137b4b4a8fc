import type { Direction, PortName, RulePorts } from './network-policy.ts'
import { ALL_PORTS, NO_PORTS, type PortAlgebra, type PortSet } from './port-set.ts'
import { FREE, type Side, UNTOLD } from './reach-edge.ts'
import {
  type Audience,
  type Group,
  type Isolation,
  type NamedPorts,
  nameKey,
  type PlacedRule,
  type Stance,
} from './reach-group.ts'

/** Ports that are opened; the names are those that only the peer can resolve. */
interface Opening {
  readonly numbers: PortSet
  readonly names: readonly PortName[]
}

/** What a stance that isolates opens, to everyone and to each audience. */
export interface Row {
  readonly everyone: Opening
  readonly audiences: ReadonlyMap<Audience, Opening>
}

/** The sides of connections between groups, each row computed once for all groups that share it. */
export interface Rows {
  resolve(ports: RulePorts, names: NamedPorts): PortSet
  /** Nothing for a group that nothing isolates, or of which nobody can tell. */
  rowOf(subject: Group, direction: Direction): Row | undefined
  sideOf(subject: Group, direction: Direction, peer: Group): Side
}

/** A port name means what the destination says: on ingress the subject itself, on egress each of its peers. */
type NamedBy = NamedPorts | 'peer'

const NOTHING: Opening = { numbers: NO_PORTS, names: [] }

export function rowsWith(algebra: PortAlgebra): Rows {
  const resolve = ({ numbers, names }: RulePorts, meaning: NamedPorts): PortSet => {
    let set = algebra.intern(numbers)
    for (const name of names) set = algebra.union(set, meaning.get(nameKey(name)) ?? NO_PORTS)
    return set
  }
  const join = (a: Opening, b: Opening): Opening => ({
    numbers: algebra.union(a.numbers, b.numbers),
    names: b.names.length === 0 ? a.names : [...a.names, ...b.names],
  })
  const openingOf = (ports: RulePorts, namedBy: NamedBy): Opening =>
    namedBy === 'peer'
      ? { numbers: algebra.intern(ports.numbers), names: ports.names }
      : { numbers: resolve(ports, namedBy), names: [] }
  const joinRows = (rows: Iterable<Row>): Row => {
    let everyone = NOTHING
    const audiences = new Map<Audience, Opening>()
    for (const row of rows) {
      everyone = join(everyone, row.everyone)
      for (const [audience, opening] of row.audiences) {
        audiences.set(audience, join(audiences.get(audience) ?? NOTHING, opening))
      }
    }
    return { everyone, audiences }
  }
  const rowOfRule = ({ rule, peers }: PlacedRule, namedBy: NamedBy): Row => {
    const opening = openingOf(rule.ports, namedBy)
    return peers === undefined
      ? { everyone: opening, audiences: new Map() }
      : { everyone: NOTHING, audiences: new Map(peers.map(({ audience }) => [audience, opening])) }
  }
  const rowOfIsolation = remembered((isolation: Isolation, namedBy: NamedBy) =>
    joinRows(isolation.rules.map(rule => rowOfRule(rule, namedBy))),
  )
  const rowOfStance = remembered((stance: Stance, namedBy: NamedBy) =>
    joinRows(stance.isolations.map(isolation => rowOfIsolation(isolation, namedBy))),
  )
  const rowOf = ({ stances, namedPorts }: Group, direction: Direction): Row | undefined => {
    const stance = stances[direction]
    if (stance.isolations.length === 0 || stance.unjudged.length > 0) return undefined
    return rowOfStance(stance, direction === 'ingress' ? namedPorts : 'peer')
  }
  return {
    resolve,
    rowOf,
    sideOf: (subject, direction, peer) => {
      const row = rowOf(subject, direction)
      if (row === undefined) return subject.stances[direction].unjudged.length > 0 ? UNTOLD : FREE
      let open = resolve(row.everyone, peer.namedPorts)
      const [few, many] = bySize(row.audiences, peer.audiences)
      for (const audience of few.keys()) {
        const opening = many.has(audience) ? row.audiences.get(audience) : undefined
        if (opening !== undefined) open = algebra.union(open, resolve(opening, peer.namedPorts))
      }
      return { open, possible: peer.hostNetwork ? ALL_PORTS : open }
    },
  }
}

type Audiences = ReadonlyMap<Audience, unknown> | ReadonlySet<Audience>

function bySize(a: Audiences, b: Audiences): readonly [Audiences, Audiences] {
  return a.size < b.size ? [a, b] : [b, a]
}

/** The function with its results kept, by the identity of both arguments. */
function remembered<A extends object, B, R extends object>(compute: (a: A, b: B) => R): (a: A, b: B) => R {
  const results = new WeakMap<A, Map<B, R>>()
  return (a, b) => {
    const ofA = results.get(a) ?? new Map<B, R>()
    const result = ofA.get(b) ?? compute(a, b)
    results.set(a, ofA.set(b, result))
    return result
  }
}
