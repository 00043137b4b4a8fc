import type { Evidence } from '../lint/finding.ts'
import { objectName, type Source } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import type { Endpoint } from './endpoint.ts'
import { difference, intersection, union } from './interval-set.ts'
import type { Direction, RulePorts } from './network-policy.ts'
import { ALL_PORTS, formatPorts, hasPort, NO_PORTS, type Port, type PortSet, portRange } from './port-set.ts'
import type { Group, Isolation, NamedPorts, PlacedRule } from './reach-group.ts'

/** `unknown`: something that is not computed here decides, or network plugins differ. Never a guess. */
export type Reachability = 'allowed' | 'denied' | 'unknown'

/** One link of the chain that leads to a verdict: a line of a manifest, or something that holds without one. */
export interface Fact {
  readonly message: string
  /** Where it stands; a fact that rests on the absence of any policy stands nowhere. */
  readonly place?: { readonly source: Source; readonly at: FieldPath }
}

/** What a fact does to a connection; `clouds` leaves open what it does. */
export interface EdgeFact extends Fact {
  readonly effect: 'opens' | 'closes' | 'clouds'
}

/** Ports on which connections are allowed, and those of which it is unknown; on all others they are denied. */
export interface Flow {
  readonly allowed: PortSet
  readonly unknown: PortSet
}

/** What may pass from one endpoint to another, and why. */
export interface Edge extends Flow {
  readonly from: Endpoint
  readonly to: Endpoint
  /** Of the port asked for; where none was, `allowed` when any port is. */
  readonly verdict: Reachability
  /** The egress of `from` first, then the ingress of `to`. */
  readonly because: readonly EdgeFact[]
}

/** What the policies of one endpoint let through to or from the other: `open` surely, `possible` at most. */
export interface Side {
  readonly open: PortSet
  readonly possible: PortSet
}

export const FREE: Side = { open: ALL_PORTS, possible: ALL_PORTS }
export const UNTOLD: Side = { open: NO_PORTS, possible: ALL_PORTS }

/** An endpoint with its group; the unseen has none. */
export interface EdgeEnd {
  readonly endpoint: Endpoint
  readonly group: Group | undefined
}

type Resolve = (ports: RulePorts, names: NamedPorts) => PortSet

/** The edge between two endpoints, on one port or on any, with the facts that decide it. */
export function edgeBetween(from: EdgeEnd, to: EdgeEnd, port: Port | undefined, resolve: Resolve): Edge {
  const [source, target] = [from.endpoint, to.endpoint]
  const wanted = port === undefined ? ALL_PORTS : portRange(port.protocol, port.port)
  if (source.kind === 'pods' && source.single && source.id === target.id) {
    const because: readonly EdgeFact[] = [
      { effect: 'opens', message: `"${source.id}" is one pod, which always reaches itself` },
    ]
    return { from: source, to: target, allowed: ALL_PORTS, unknown: NO_PORTS, verdict: 'allowed', because }
  }
  const egress = sideWithFacts(from, 'egress', to, wanted, resolve)
  const ingress = sideWithFacts(to, 'ingress', from, wanted, resolve)
  const allowed = intersection(egress.open, ingress.open)
  const unknown = difference(intersection(egress.possible, ingress.possible), allowed)
  const asked = (set: PortSet) => (port === undefined ? set.length > 0 : hasPort(set, port))
  const verdict = asked(allowed) ? 'allowed' : asked(unknown) ? 'unknown' : 'denied'
  const because = [...egress.facts, ...ingress.facts]
  if (verdict === 'denied' && asked(egress.possible) && asked(ingress.possible)) {
    because.push({ effect: 'closes', message: `no port is open both out of "${source.id}" and into "${target.id}"` })
  }
  return { from: source, to: target, allowed, unknown, verdict, because }
}

/** The facts that stand in a file, for a finding to show. */
export function evidenceOf(facts: readonly Fact[]): readonly Evidence[] {
  return facts.flatMap(({ message, place }) =>
    place === undefined ? [] : [{ file: place.source.file, range: place.source.range(place.at), message }],
  )
}

/** A fact, and how many further policies say the same. */
export interface Telling<F extends Fact = Fact> {
  readonly fact: F
  readonly repeats: number
}

/** The facts without those that only say of another policy what the one before them says. */
export function tellingFacts<F extends Fact>(facts: readonly F[]): readonly Telling<F>[] {
  const tellings: { readonly said: string; readonly fact: F; repeats: number }[] = []
  for (const fact of facts) {
    const said = fact.message.replace(/^"[^"]*"/, '')
    const last = tellings.at(-1)
    if (last?.said === said) last.repeats += 1
    else tellings.push({ said, fact, repeats: 0 })
  }
  return tellings
}

const PREPOSITION = { ingress: 'from', egress: 'to' } as const

function sideWithFacts(
  { endpoint: subject, group }: EdgeEnd,
  direction: Direction,
  peer: EdgeEnd,
  wanted: PortSet,
  resolve: Resolve,
): Side & { readonly facts: readonly EdgeFact[] } {
  if (subject.kind === 'range') return { ...FREE, facts: [] }
  if (group === undefined) {
    return {
      ...FREE,
      facts: [{ effect: 'opens', message: `the pods of "${subject.id}" are not among these manifests` }],
    }
  }
  const whose = `the ${direction} of "${subject.id}"`
  const whom = `${PREPOSITION[direction]} "${peer.endpoint.id}"`
  const { isolations, unjudged } = group.stances[direction]
  if (unjudged.length > 0) {
    const facts = unjudged.map(
      ({ source, at, reason }): EdgeFact => ({
        effect: 'clouds',
        message: `${reason}, so ${whose} is unknown`,
        place: { source, at },
      }),
    )
    return { ...UNTOLD, facts }
  }
  if (isolations.length === 0) {
    if (group.strangers) {
      return {
        ...FREE,
        facts: [
          { effect: 'opens', message: `"${subject.id}" is in no manifest, so its ${direction} is taken as open` },
        ],
      }
    }
    const why = group.hostNetwork ? 'uses the host network, which no policy isolates' : 'is selected by no policy'
    return { ...FREE, facts: [{ effect: 'opens', message: `"${subject.id}" ${why}, so its ${direction} is open` }] }
  }

  let [open, possible]: [PortSet, PortSet] = [NO_PORTS, NO_PORTS]
  const openers: EdgeFact[] = []
  for (const placed of isolations.flatMap(({ rules }) => rules)) {
    const match = matchOf(placed, peer)
    if (match === undefined) continue
    const names = direction === 'ingress' ? group.namedPorts : peer.group?.namedPorts
    const ports = resolve(placed.rule.ports, names ?? new Map())
    possible = union(possible, ports)
    if (match.surely) open = union(open, ports)
    const opened = intersection(ports, wanted)
    if (opened.length === 0) continue
    const verb = match.surely ? 'opens' : 'may open'
    const message = `"${objectName(placed.policy.source.manifest)}" ${verb} ${formatPorts(opened)} ${whom}`
    openers.push({
      effect: match.surely ? 'opens' : 'clouds',
      message,
      place: { source: placed.policy.source, at: match.at },
    })
  }
  const onHost = peer.group?.hostNetwork === true
  const facts = openers.length > 0 ? openers : isolationFacts(isolations, whose, wanted, whom)
  if (onHost && difference(wanted, open).length > 0) {
    const message = `"${peer.endpoint.id}" uses the host network, and network plugins differ in what a policy sees of it`
    return { open, possible: ALL_PORTS, facts: [...facts, { effect: 'clouds', message }] }
  }
  return { open, possible, facts }
}

function isolationFacts(
  isolations: readonly Isolation[],
  whose: string,
  wanted: PortSet,
  whom: string,
): readonly EdgeFact[] {
  const anything = difference(ALL_PORTS, wanted).length === 0 ? 'any port' : formatPorts(wanted)
  return isolations
    .flatMap(({ policies }) => policies)
    .map(({ source }) => ({
      effect: 'closes',
      message: `"${objectName(source.manifest)}" isolates ${whose}, and no policy opens ${anything} ${whom}`,
      place: { source, at: ['spec', 'podSelector'] },
    }))
}

/** Where a rule speaks of this peer, and whether it surely does; `undefined` where it does not. */
function matchOf(
  { rule, peers }: PlacedRule,
  peer: EdgeEnd,
): { readonly at: FieldPath; readonly surely: boolean } | undefined {
  if (peers === undefined) return { at: rule.at, surely: true }
  const { group } = peer
  const found = peers.find(({ audience }) =>
    group === undefined ? audience.kind === 'pods' : audience.groups.has(group),
  )
  return found === undefined ? undefined : { at: found.at, surely: group !== undefined }
}
