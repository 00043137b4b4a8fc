import { parseCidr } from '../../src/analysis/address-set.ts'
import { environmentReach } from '../../src/analysis/environment-reach.ts'
import { policiesOf } from '../../src/analysis/foreign-policy.ts'
import { METADATA_ADDRESSES, METADATA_PORT } from '../../src/analysis/metadata-address.ts'
import type { Fact } from '../../src/analysis/reach-edge.ts'
import { definePolicy } from '../../src/lint/policy.ts'

const PORT = { protocol: 'TCP', port: METADATA_PORT } as const

export default definePolicy({
  title: 'no rule opens the metadata address of the node',
  fix: 'except 169.254.169.254/32 (and fd00:ec2::254/128) from the ipBlock',
  severity: { lite: 'warning', standard: 'warning', strict: 'error' },
  *check(index) {
    // Where no policy isolates anything, another one speaks of all that stands open.
    if (policiesOf(index).judged.length === 0) return
    const { reach } = environmentReach(index)
    const addresses = METADATA_ADDRESSES.flatMap(address =>
      reach.outside(parseCidr(address)).map(outside => ({ address: address.replace(/\/.*/, ''), outside })),
    )
    const opened = new Map<string, { readonly fact: Fact; readonly address: string; readonly pods: Set<string> }>()
    for (const group of reach.groups) {
      const [first, ...others] = group.members
      // Where nothing isolates the egress, another policy speaks of all that stands open.
      if (first?.kind !== 'pods' || first.stranger || group.stances.egress.isolations.length === 0) continue
      for (const { address, outside } of addresses) {
        const { verdict, because } = reach.edge(first, outside, PORT)
        for (const fact of verdict === 'allowed' ? because : []) {
          if (fact.place?.at.at(-2) !== 'to') continue
          const key = `${fact.place.source.file} ${JSON.stringify(fact.place.at)}`
          const known = opened.get(key) ?? { fact, address, pods: new Set<string>() }
          opened.set(key, known)
          for (const { id } of [first, ...others]) known.pods.add(id)
        }
      }
    }
    for (const { fact, address, pods } of opened.values()) {
      if (fact.place === undefined) continue
      const [one] = pods
      const more = pods.size > 1 ? ` (and ${pods.size - 1} more)` : ''
      const message = `egress rule opens the metadata address "${address}", so whoever breaks into "${one}"${more} is handed the credentials of its node`
      yield { ...fact.place, message }
    }
  },
})
