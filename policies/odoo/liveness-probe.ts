import { DATABASE_PATHS } from '../../src/analysis/data/odoo-paths.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { longestWork } from '../../src/analysis/odoo-patience.ts'
import { settingEvidence } from '../../src/analysis/odoo-setting.ts'
import { probeOf } from '../../src/analysis/probe.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the liveness probe kills neither the busy nor those whose database is away',
  fix: 'ask /web/health, with failureThreshold × periodSeconds of at least limit_time_real, or drop the probe',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      const probe = odoo.lasting ? probeOf(odoo.container, 'livenessProbe') : undefined
      if (probe?.path === undefined || (odoo.activity !== 'http' && odoo.activity !== 'websocket')) continue
      const { source } = odoo.workload
      const [page = '', query = ''] = probe.path.split('?')
      if (query.includes('db_server_status') || (DATABASE_PATHS as readonly string[]).includes(page)) {
        yield {
          source,
          at: [...probe.at, 'httpGet', 'path'],
          message: `the livenessProbe of container "${odoo.container.name}" asks "${probe.path}", which needs the database, so a failover there restarts every pod here`,
        }
      }
      const longest = longestWork(odoo)
      if (odoo.activity !== 'http' || longest === undefined || probe.patience >= longest.seconds) continue
      yield {
        source,
        at: probe.at,
        message: `the livenessProbe of container "${odoo.container.name}" gives up after ${probe.patience} s while a request may take ${longest.seconds} s, so the busiest pods are killed first`,
        evidence: settingEvidence(odoo, longest.option),
      }
    }
  },
})
