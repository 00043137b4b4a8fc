import { evidenceAt } from '../../src/analysis/evidence.ts'
import { BARMAN_PLUGIN, postgresClustersOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'the store of a backup is there, and leaves the folder to the cluster',
  fix: 'name an ObjectStore of the same namespace as barmanObjectName, and give serverName in the plugin, never in the store',
  severity: 'error',
  *check(index) {
    for (const { source, name, namespace, archivers } of postgresClustersOf(index)) {
      for (const { at, plugin, store } of archivers) {
        if (plugin !== BARMAN_PLUGIN) continue
        if (store === undefined) {
          yield {
            source,
            at: [...at, 'parameters'],
            message: `cluster "${name}" names no ObjectStore for its archiver, so nothing is archived and the volume of logs fills up`,
          }
        } else if (index.find('ObjectStore', store, namespace) === undefined) {
          const elsewhere = index.ofKind('ObjectStore').find(({ manifest }) => manifest.metadata.name === store)
          const where = elsewhere === undefined ? '' : ` (there is one in "${namespaceOf(elsewhere)}")`
          yield {
            source,
            at: [...at, 'parameters', 'barmanObjectName'],
            message: `object store "${store}" of cluster "${name}" is not in namespace "${namespace}"${where}, so nothing is archived and the volume of logs fills up`,
            evidence:
              elsewhere === undefined
                ? []
                : [evidenceAt({ source: elsewhere, at: ['metadata', 'namespace'] }, 'it is here')],
          }
        }
      }
    }
    for (const source of index.ofKind('ObjectStore', 'barmancloud.cnpg.io')) {
      const { serverName } = fieldsOf(fieldsOf(source.manifest.spec).configuration)
      if (serverName === undefined || serverName === '') continue
      yield {
        source,
        at: ['spec', 'configuration', 'serverName'],
        message: `object store "${source.manifest.metadata.name}" sets serverName, which the plugin takes from each cluster, so the API server refuses the store`,
      }
    }
  },
})
