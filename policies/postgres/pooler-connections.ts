import { clusterOf } from '../../src/analysis/database-host.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

/** PgBouncer's own default, and the one of CloudNativePG for max_connections. */
const POOL_SIZE = 20
const MAX_CONNECTIONS = 100
/** Connections that PostgreSQL keeps for superusers. */
const RESERVED = 3

export default definePolicy({
  title: 'a pooler opens no more connections than the database has',
  fix: 'set max_db_connections, so that all instances together stay below max_connections of the cluster',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const source of index.ofKind('Pooler', 'postgresql.cnpg.io')) {
      const { instances, pgbouncer } = fieldsOf(source.manifest.spec)
      const parameters = fieldsOf(fieldsOf(pgbouncer).parameters)
      const count = (name: string) => Number(textOf(parameters[name]) ?? parameters[name] ?? 0)
      const { name } = source.manifest.metadata
      const limit = count('max_db_connections')
      const at = ['spec', 'pgbouncer', 'parameters', 'max_db_connections']
      // Zero is no limit to PgBouncer.
      if (limit === 0) {
        const pool = (count('default_pool_size') || POOL_SIZE) + count('reserve_pool_size')
        yield {
          source,
          at,
          message: `pooler "${name}" has no max_db_connections, so it may open ${pool} connections for every user and database and take the last one of those it protects`,
        }
        continue
      }
      const cluster = clusterOf(index, source)
      const allowed = Number(
        fieldsOf(fieldsOf(fieldsOf(cluster?.manifest.spec).postgresql).parameters).max_connections ?? MAX_CONNECTIONS,
      )
      const opened = Number(instances ?? 1) * limit
      if (cluster === undefined || opened <= allowed - RESERVED) continue
      yield {
        source,
        at,
        message: `pooler "${name}" may open ${opened} connections and cluster "${cluster.manifest.metadata.name}" has ${allowed}, so logins fail when it is needed most`,
        evidence: [
          evidenceAt(
            { source: cluster, at: ['spec', 'postgresql', 'parameters', 'max_connections'] },
            `max_connections: ${allowed}`,
          ),
        ],
      }
    }
  },
})
