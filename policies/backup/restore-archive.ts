import { evidenceAt } from '../../src/analysis/evidence.ts'
import { type PostgresCluster, postgresClustersOf, storePath } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Index } from '../../src/manifest/manifest-index.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'whatever is restored writes into no archive that it reads',
  fix: 'give the archiver of the restored cluster another serverName, or none at all to a rehearsal',
  severity: 'error',
  *check(index) {
    for (const cluster of postgresClustersOf(index)) {
      const origin = sourceOf(index, cluster)
      if (origin === undefined) continue
      for (const { at, store, serverName } of cluster.archivers) {
        if (`${storePath(index, store, cluster.namespace)}/${serverName}` !== origin.folder) continue
        yield {
          source: cluster.source,
          at: [...at, 'parameters'],
          message: `cluster "${cluster.name}" archives into "${origin.folder}", which it was restored from, so it overwrites the archive that the next restore needs`,
          evidence: [evidenceAt({ source: cluster.source, at: origin.at }, 'it is restored from here')],
        }
      }
    }
  },
})

/** The folder that a cluster is restored from; `undefined` when it is not, or the store is not among the manifests. */
function sourceOf(
  index: Index,
  { spec, namespace }: PostgresCluster,
): { readonly at: FieldPath; readonly folder: string } | undefined {
  const wanted = textOf(fieldsOf(fieldsOf(spec.bootstrap).recovery).source)
  const externals = listOf(spec.externalClusters).map(fieldsOf)
  const nth = externals.findIndex(({ name }) => wanted !== undefined && name === wanted)
  const { barmanObjectName, serverName } = fieldsOf(fieldsOf(externals[nth]?.plugin).parameters)
  const path = storePath(index, textOf(barmanObjectName), namespace)
  if (nth === -1 || path === undefined) return undefined
  return { at: ['spec', 'externalClusters', nth], folder: `${path}/${textOf(serverName) ?? wanted}` }
}
