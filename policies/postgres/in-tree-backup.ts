import { postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, isFields, listOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'backups go through the plugin',
  fix: 'move the settings to an ObjectStore, and name it in spec.plugins (or externalClusters[].plugin)',
  severity: 'error',
  *check(index) {
    for (const { source, name, spec } of postgresClustersOf(index)) {
      if (isFields(fieldsOf(spec.backup).barmanObjectStore)) {
        yield {
          source,
          at: ['spec', 'backup', 'barmanObjectStore'],
          message: `cluster "${name}" keeps backups by barmanObjectStore, which CloudNativePG 1.31 no longer has, so they stop with the next upgrade of the operator`,
        }
      }
      for (const [nth, entry] of listOf(spec.externalClusters).entries()) {
        const { name: external, barmanObjectStore } = fieldsOf(entry)
        if (!isFields(barmanObjectStore)) continue
        yield {
          source,
          at: ['spec', 'externalClusters', nth, 'barmanObjectStore'],
          message: `cluster "${name}" reads the backup of "${external}" by barmanObjectStore, which CloudNativePG 1.31 no longer has, so nobody can restore from it after the next upgrade of the operator`,
        }
      }
    }
  },
})
