import type { Finding } from '../lint/finding.ts'
import { diffText } from '../report/diff-text.ts'
import { environmentNamed } from '../spec/platform.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import { type CapacityChange, capacityChange, type FactsByUnit } from './capacity-change.ts'
import { group } from './group.ts'
import type { Head, JudgedUnit } from './judge-pull.ts'
import { unitKey, type World } from './plan.ts'
import { type ChangedFlow, reachBetween } from './reach-change.ts'
import { indexesOf } from './two-indexes.ts'

/** All that a pull request brings, with nothing left out. */
export interface PullReport {
  readonly units: readonly JudgedUnit[]
  /** Findings that the base does not have. */
  readonly findings: readonly Finding[]
  readonly connections: readonly ChangedFlow[]
  /** What is asked for, paid and promised differently, a line each. */
  readonly capacity: readonly string[]
  /** `+ path`, `- path`, `~ path`. */
  readonly files: readonly string[]
}

export function pullReport(world: World, head: Head, units: readonly JudgedUnit[]): PullReport {
  const { base } = world
  const environments = [...new Set(units.map(({ environment }) => environment))].map(name => {
    const folder = `${ENVIRONMENTS}/${name}`
    return { name, before: base.below(folder), after: head.reader.below(folder) }
  })
  const findings = environments.flatMap(({ name, before, after }) => {
    const target = environmentNamed(world.platform, name) ?? environmentNamed(head.platform, name)
    if (target === undefined) return []
    const known = new Set(world.judge(target, before).findings.map(({ fingerprint }) => fingerprint))
    return world.judge(target, after).findings.filter(({ fingerprint }) => !known.has(fingerprint))
  })
  const states = environments.map(({ before, after }) => indexesOf(before, after))
  return {
    units,
    findings,
    connections: states.flatMap(state => reachBetween(state).flows),
    capacity: states.flatMap(state => capacityLines(capacityChange(state, world.prices()))),
    files: head.changed.map(path => {
      const sign = base.read(path) === undefined ? '+' : head.reader.read(path) === undefined ? '-' : '~'
      return `${sign} ${path}`
    }),
  }
}

function capacityLines({ cost, costs, amounts, connections, broken, repaired }: CapacityChange): readonly string[] {
  const lines = (title: string, facts: FactsByUnit) =>
    [...facts].flatMap(([unit, own]) =>
      own.map(({ what, told }) => `${title} ${unit}: ${what === '' ? '' : `${what}: `}${told}`),
    )
  return [
    ...lines('promise broken', broken),
    ...lines('promise kept again', repaired),
    ...(cost === undefined ? [] : [`cost: ${cost}`]),
    ...lines('cost', costs),
    ...lines('at the peak', amounts),
    ...lines('connections', connections),
  ]
}

/** The report for a terminal. */
export function pullReportText({ units, findings, connections, capacity, files }: PullReport): string {
  const operations = new Map(units.map(({ environment, unit, operations: own }) => [`${unit}/${environment}`, own]))
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['changes', diffText(group(operations), Number.POSITIVE_INFINITY, units.length).trimEnd().split('\n')],
    [
      'connections',
      connections.map(
        ({ effect, from, to, ports, tenants }) =>
          `${effect} ${from.join(', ')} → ${to.join(', ')} on ${ports}${tenants.length === 0 ? '' : ` in ${tenants.join(', ')}`}`,
      ),
    ],
    ['capacity', capacity],
    [
      'gates',
      units.flatMap(({ environment, unit, gates }) =>
        gates.map(({ name, state, reason }) => `${unitKey(environment, unit)}  ${name} ${state}: ${reason}`),
      ),
    ],
    [
      'new findings',
      findings.map(
        ({ severity, policy, object, message, state }) => `${severity} ${policy} ${object}: ${message} (${state})`,
      ),
    ],
    ['files', files],
  ]
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [title, ...lines.map(line => (line === '' ? '' : `  ${line}`))].join('\n'))
    .join('\n\n')
}
