import { postgresClustersOf, statementsOf } from '../../src/analysis/postgres-cluster.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, listOf } from '../../src/manifest/value.ts'

const REVOKE = /\bREVOKE\s+(?:CONNECT|ALL(?:\s+PRIVILEGES)?)\s+ON\s+DATABASE\s+"?postgres"?/i

export default definePolicy({
  title: 'the user of Odoo may connect to the database "postgres"',
  fix: 'let the user of Odoo connect to "postgres" as well, and keep it out of everything else',
  severity: 'error',
  *check(index) {
    for (const cluster of postgresClustersOf(index)) {
      const { source, name, spec, clients, owner } = cluster
      if (clients.length === 0) continue
      for (const { at, sql } of statementsOf(cluster)) {
        if (!REVOKE.test(sql)) continue
        yield { source, at, message: `cluster "${name}" takes the database "postgres" from everybody, ${CONSEQUENCE}` }
      }
      for (const [nth, line] of listOf(fieldsOf(spec.postgresql).pg_hba).entries()) {
        if (!rejects(String(line), owner)) continue
        yield {
          source,
          at: ['spec', 'postgresql', 'pg_hba', nth],
          message: `cluster "${name}" refuses connections to the database "postgres", ${CONSEQUENCE}`,
        }
      }
    }
  },
})

const CONSEQUENCE = 'where Odoo waits for messages, so live connections and scheduled actions wake up late or never'

/** Whether a line of pg_hba keeps the user of Odoo out of the database: `host postgres all 0.0.0.0/0 reject`. */
function rejects(line: string, owner: string | undefined): boolean {
  const [type = '', databases = '', users = '', ...rest] = line.trim().split(/\s+/)
  if (!type.startsWith('host') || rest.at(-1) !== 'reject') return false
  const among = (list: string, ...names: readonly (string | undefined)[]) =>
    list.split(',').some(entry => names.includes(entry.replaceAll('"', '')))
  return among(databases, 'postgres') && among(users, 'all', owner)
}
