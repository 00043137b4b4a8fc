import { poolsTransactions } from '../../src/analysis/database-host.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace, settingEvidence } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'migrations connect past the pooler',
  fix: 'set db_host of the Job to the -rw Service of the cluster',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      const pooler = odoo.database?.pooler
      if (odoo.role !== 'migrate' || pooler === undefined || !poolsTransactions(pooler)) continue
      const { workload, container } = odoo
      const own = odoo.config.setting('db_host')?.place
      yield {
        ...(own?.source === workload.source ? own : containerPlace(odoo)),
        message: `container "${container.name}" migrates through pooler "${pooler.manifest.metadata.name}", where locks, temporary tables and settings end with each transaction, so the migration breaks off or runs twice`,
        evidence: [
          evidenceAt({ source: pooler, at: ['spec', 'pgbouncer', 'poolMode'] }, 'poolMode: transaction'),
          ...settingEvidence(odoo, 'db_host'),
        ],
      }
    }
  },
})
