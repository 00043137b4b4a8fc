import { environmentReach } from '../../src/analysis/environment-reach.ts'
import { policiesOf } from '../../src/analysis/foreign-policy.ts'
import { DIRECTIONS, type Direction } from '../../src/analysis/network-policy.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'

const CONSEQUENCE: Readonly<Record<Direction, string>> = {
  ingress: 'every pod of the cluster can connect to it',
  egress: 'whoever breaks into it can connect to anything',
}

export default definePolicy({
  title: 'servers that operators run are isolated',
  fix: 'add a NetworkPolicy to their namespace with podSelector {}, policyTypes [Ingress, Egress] and no rules, and allow beside it what is needed',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    // Who isolates nothing at all relies on something else, or is not there yet.
    if (policiesOf(index).judged.length === 0) return
    const { reach } = environmentReach(index)
    const open = new Map<Source, Set<Direction>>()
    for (const pods of reach.pods) {
      // Where there are workloads besides, the namespace as a whole is asked to deny by default.
      if (pods.stranger || index.workloadsIn(pods.namespace).length > 0) continue
      const { stances } = reach.groupOf(pods)
      for (const direction of DIRECTIONS) {
        const { isolations, unjudged } = stances[direction]
        if (isolations.length + unjudged.length > 0) continue
        open.set(pods.source, (open.get(pods.source) ?? new Set()).add(direction))
      }
    }
    for (const [source, directions] of open) {
      const { kind, metadata } = source.manifest
      const consequences = [...directions].map(direction => CONSEQUENCE[direction])
      const message = `no policy isolates the ${[...directions].join(' and ')} of the servers of ${kind} "${metadata.name}", so ${consequences.join(', and ')}`
      yield { source, at: ['metadata', 'name'], message }
    }
  },
})
