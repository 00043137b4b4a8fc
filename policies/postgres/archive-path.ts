import { evidenceAt, type Place } from '../../src/analysis/evidence.ts'
import { postgresClustersOf, storePath } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'every cluster archives into a folder of its own',
  fix: 'give each cluster another serverName, and a new one after every restore or major upgrade',
  severity: 'error',
  *check(index) {
    const owners = new Map<string, { readonly place: Place; readonly name: string }>()
    for (const { source, name, namespace, archivers } of postgresClustersOf(index)) {
      for (const { at, store, serverName } of archivers) {
        const path = storePath(index, store, namespace)
        if (path === undefined) continue
        const folder = `${path}/${serverName}`
        const first = owners.get(folder)
        if (first === undefined) {
          owners.set(folder, { place: { source, at }, name })
          continue
        }
        yield {
          source,
          at: [...at, 'parameters', 'serverName'],
          message: `cluster "${name}" archives into "${folder}" like cluster "${first.name}", so their logs mix and neither can be restored`,
          evidence: [evidenceAt(first.place, `cluster "${first.name}"`)],
        }
      }
    }
  },
})
