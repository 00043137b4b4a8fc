import type { AddressSet } from '../analysis/address-set.ts'
import { type Endpoint, rangeEndpoint } from '../analysis/endpoint.ts'
import { overlay, union } from '../analysis/interval-set.ts'
import type { PortSet } from '../analysis/port-set.ts'
import type { ReachPart } from '../analysis/reach-part.ts'
import { append } from '../manifest/group-by.ts'

/** Endpoints that one source reaches on the same ports: pods, or one set of addresses outside. */
export interface Flow {
  readonly to: readonly Endpoint[]
  readonly ports: PortSet
  /** Of the others nobody can tell. */
  readonly certain: boolean
}

/** All that some endpoints, which no policy tells apart, reach. */
export interface Flows {
  readonly from: readonly Endpoint[]
  readonly flows: readonly Flow[]
}

interface Line extends Flow {
  readonly from: readonly Endpoint[]
}

/**
 * The edges as people read them: by source, with the pods on the same ports together. The addresses outside, which
 * policies cut into parts, are one again wherever the same ports lead there or come from there.
 */
export function flowsOf(part: ReachPart): readonly Flows[] {
  const lines = [...part.edges()].flatMap(({ from, to, allowed, unknown }): readonly Line[] => [
    ...(allowed.length > 0 ? [{ from: from.members, to: to.members, ports: allowed, certain: true }] : []),
    ...(unknown.length > 0 ? [{ from: from.members, to: to.members, ports: unknown, certain: false }] : []),
  ])
  const bySource = new Map<string, { readonly from: readonly Endpoint[]; readonly flows: Map<string, Flow> }>()
  for (const { from, to, ports, certain } of [
    ...lines.filter(line => !isRange(line.from) && !isRange(line.to)),
    ...joined(lines, 'to', 'from'),
    ...joined(lines, 'from', 'to'),
  ]) {
    const source = bySource.get(keyOf(from)) ?? { from, flows: new Map<string, Flow>() }
    bySource.set(keyOf(from), source)
    const key = JSON.stringify([ports, certain, isRange(to) ? keyOf(to) : undefined])
    source.flows.set(key, { to: [...(source.flows.get(key)?.to ?? []), ...to], ports, certain })
  }
  return [...bySource.values()].map(({ from, flows }) => ({ from, flows: [...flows.values()] }))
}

/** The lines whose `side` is addresses, with the addresses of the same other end on the same ports as one. */
function joined(lines: readonly Line[], side: 'from' | 'to', other: 'from' | 'to'): readonly Line[] {
  const byOther = new Map<string, Line[]>()
  for (const line of lines) {
    if (!isRange(line[side])) continue
    const key = `${line.certain} ${keyOf(line[other])}`
    append(byOther, key, line)
  }
  return [...byOther.values()].flatMap(alike => {
    const sets = alike.flatMap(line =>
      line[side].flatMap(end => (end.kind === 'range' ? [{ label: end.addresses, set: line.ports }] : [])),
    )
    const [first] = alike
    return first === undefined
      ? []
      : overlay(sets).map(({ labels, set }) => ({
          ...first,
          [side]: [rangeEndpoint(labels.reduce<AddressSet>(union, []))],
          ports: set,
        }))
  })
}

function isRange([first]: readonly Endpoint[]): boolean {
  return first?.kind === 'range'
}

/** An endpoint is in one group, and a group in one line, so that the first of them tells all. */
function keyOf([first]: readonly Endpoint[]): string {
  return first?.id ?? ''
}
