import { odooOf } from '../../src/analysis/odoo.ts'
import { settingEvidence, settingPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'servers that people use have workers',
  fix: 'set workers to 2 × cores + 1, by --workers or in odoo.conf',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting || (odoo.role !== 'web' && odoo.role !== 'api' && odoo.role !== 'queue')) continue
      if (odoo.config.integer('workers') !== 0) continue
      const place = settingPlace(odoo, 'workers')
      const isOwn = place.source === odoo.workload.source
      const { workload, container } = odoo
      yield {
        source: workload.source,
        at: isOwn ? place.at : container.at,
        message: `container "${container.name}" runs Odoo without workers, so requests, live connections and scheduled actions share one process and one core`,
        evidence: settingEvidence(odoo, 'workers'),
      }
    }
  },
})
