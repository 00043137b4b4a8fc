import { clusterOf } from '../../src/analysis/database-host.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { isReplica, postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { append } from '../../src/manifest/group-by.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every database is backed up on a schedule',
  fix: 'add a ScheduledBackup for the cluster, not suspended',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    const schedules = new Map<Source | undefined, Source[]>()
    for (const schedule of index.ofKind('ScheduledBackup', 'postgresql.cnpg.io')) {
      const cluster = clusterOf(index, schedule)
      append(schedules, cluster, schedule)
    }
    for (const cluster of postgresClustersOf(index)) {
      const { source, name, tier } = cluster
      // The lowest tier promises no backup, and a follower is backed up where it follows.
      if (tier === 'bronze' || isReplica(cluster)) continue
      const own = schedules.get(source) ?? []
      if (own.some(({ manifest }) => fieldsOf(manifest.spec).suspend !== true)) continue
      const [suspended] = own
      const what = suspended === undefined ? 'no ScheduledBackup' : 'only a ScheduledBackup that is suspended'
      yield {
        source,
        at: ['metadata', 'name'],
        message: `cluster "${name}" has ${what}, so a restore replays every log since the last backup that somebody made by hand`,
        evidence:
          suspended === undefined ? [] : [evidenceAt({ source: suspended, at: ['spec', 'suspend'] }, 'suspended')],
      }
    }
  },
})
