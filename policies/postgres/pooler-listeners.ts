import { poolsTransactions } from '../../src/analysis/database-host.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { type Odoo, odooOf } from '../../src/analysis/odoo.ts'
import { settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'whoever listens connects past the pooler',
  fix: 'set db_host to the -rw Service of the cluster for live connections, scheduled actions and queued jobs',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      const pooler = odoo.database?.pooler
      const waits = pooler !== undefined && odoo.lasting && poolsTransactions(pooler) ? listensFor(odoo) : undefined
      if (pooler === undefined || waits === undefined) continue
      const place = settingPlace(odoo, 'db_host')
      const who = place.source === odoo.workload.source ? subjectAt(odoo, place) : `container "${odoo.container.name}"`
      yield {
        ...place,
        message: `${who} listens for ${waits} through pooler "${pooler.manifest.metadata.name}", which gives the connection away after each transaction, so the messages never arrive and no log says so`,
        evidence: [evidenceAt({ source: pooler, at: ['spec', 'pgbouncer', 'poolMode'] }, 'poolMode: transaction')],
      }
    }
  },
})

/** What a server waits for on a connection that it never gives back; `undefined` for one that only sends. */
function listensFor({ role, activity, runsCron, config, routes }: Odoo): string | undefined {
  if (role === 'queue') return 'queued jobs'
  if (activity === 'websocket') return 'live connections'
  if (runsCron === true) return 'scheduled actions'
  const live = config.integer('gevent_port')
  const holdsLive =
    config.integer('workers') === 0 || routes.some(({ ports }) => live !== undefined && ports.includes(live))
  return role === 'web' && holdsLive ? 'live connections' : undefined
}
