import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { type Fields, fieldsOf, listOf } from '../../src/manifest/value.ts'

const TIERS = ['gold', 'platinum']
const ZONE = 'topology.kubernetes.io/zone'

export default definePolicy({
  title: 'the servers of a database stand in different zones',
  fix: 'set affinity.podAntiAffinityType: required with topologyKey topology.kubernetes.io/zone',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { source, name, instances, tier, spec } of postgresClustersOf(index)) {
      if (!TIERS.includes(tier ?? '') || instances < 2 || isSpread(spec)) continue
      yield {
        source,
        at: ['spec', 'affinity'],
        message: `the ${instances} servers of cluster "${name}" of tier "${tier}" may all stand in one zone, so a lost zone takes the database and every standby`,
      }
    }
  },
})

function isSpread({ affinity, topologySpreadConstraints }: Fields): boolean {
  const { enablePodAntiAffinity = true, podAntiAffinityType, topologyKey } = fieldsOf(affinity)
  if (enablePodAntiAffinity !== false && podAntiAffinityType === 'required' && topologyKey === ZONE) return true
  return listOf(topologySpreadConstraints)
    .map(fieldsOf)
    .some(({ topologyKey: key, whenUnsatisfiable }) => key === ZONE && whenUnsatisfiable === 'DoNotSchedule')
}
