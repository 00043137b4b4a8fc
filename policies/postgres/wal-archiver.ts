import { isReplica, postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, isFields, listOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'write-ahead logs are archived, by one archiver',
  fix: 'give exactly one entry of spec.plugins isWALArchiver: true, with a barmanObjectName',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    for (const cluster of postgresClustersOf(index)) {
      const { source, name, spec, archivers, tier } = cluster
      // The lowest tier promises no backup, and a follower is archived where it follows.
      if (tier === 'bronze' || isReplica(cluster) || isFields(fieldsOf(spec.backup).barmanObjectStore)) continue
      if (archivers.length === 0) {
        const at = listOf(spec.plugins).length > 0 ? ['spec', 'plugins'] : ['spec']
        yield {
          source,
          at,
          message: `cluster "${name}" archives no write-ahead logs, so a restore loses everything since the last full backup`,
        }
      }
      for (const { at, plugin } of archivers.slice(1)) {
        yield {
          source,
          at,
          message: `cluster "${name}" has a second archiver "${plugin}", so the operator refuses the cluster`,
        }
      }
    }
  },
})
