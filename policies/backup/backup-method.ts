import { clusterOf } from '../../src/analysis/database-host.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { type PostgresCluster, postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, isFields, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'a backup is made by the means that its cluster has',
  fix: 'set method: plugin and pluginConfiguration.name to the plugin of the cluster',
  severity: 'error',
  *check(index) {
    const clusters = new Map(postgresClustersOf(index).map(cluster => [cluster.source, cluster]))
    for (const kind of ['ScheduledBackup', 'Backup']) {
      for (const source of index.ofKind(kind, 'postgresql.cnpg.io')) {
        const of = clusterOf(index, source)
        const cluster = of === undefined ? undefined : clusters.get(of)
        if (cluster === undefined) continue
        const { method = 'barmanObjectStore', pluginConfiguration } = fieldsOf(source.manifest.spec)
        const plugin = textOf(fieldsOf(pluginConfiguration).name)
        const fault = faultOf(cluster, String(method), plugin)
        if (fault === undefined) continue
        const what = kind === 'Backup' ? 'backup' : 'scheduled backup'
        yield {
          source,
          at: ['spec', fault.field],
          message: `${what} "${source.manifest.metadata.name}" ${fault.message}, so every one of them fails`,
          evidence: [evidenceAt({ source: cluster.source, at: ['spec', 'plugins'] }, `cluster "${cluster.name}"`)],
        }
      }
    }
  },
})

function faultOf({ spec, archivers, name }: PostgresCluster, method: string, plugin: string | undefined) {
  const [archiver] = archivers
  const { barmanObjectStore, volumeSnapshot } = fieldsOf(spec.backup)
  if (method === 'barmanObjectStore' && !isFields(barmanObjectStore)) {
    return { field: 'method', message: `uses barmanObjectStore, which cluster "${name}" does not have` }
  }
  if (method === 'volumeSnapshot' && !isFields(volumeSnapshot)) {
    return { field: 'method', message: `uses volumeSnapshot, which cluster "${name}" does not have` }
  }
  if (method !== 'plugin') return undefined
  if (archiver === undefined)
    return { field: 'method', message: `uses a plugin, and cluster "${name}" has none that archives` }
  if (plugin === archiver.plugin) return undefined
  const named = plugin === undefined ? 'names no plugin' : `names plugin "${plugin}"`
  return { field: 'pluginConfiguration', message: `${named}, and cluster "${name}" has "${archiver.plugin}"` }
}
