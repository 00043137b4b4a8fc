import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

const WORK = { cron: 'scheduled actions', queue: 'queued jobs' } as const

export default definePolicy({
  title: 'nothing scales what must be one',
  fix: 'remove the autoscaler; for more work at once raise max_cron_threads, or channels and workers',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      const { scaler, most } = odoo.replicas
      if (!odoo.lasting || scaler === undefined || most <= 1) continue
      if (odoo.role !== 'cron' && odoo.role !== 'queue') continue
      const { kind, metadata } = scaler.manifest
      yield {
        source: scaler,
        at: ['spec', 'scaleTargetRef'],
        message: `${kindWords(kind)} "${metadata.name}" makes up to ${Number.isFinite(most) ? most : 'any number of'} pods of container "${odoo.container.name}", which runs ${WORK[odoo.role]}, so work is done twice when it grows and cut off when it shrinks`,
        evidence: [evidenceAt(containerPlace(odoo), `it runs ${WORK[odoo.role]}`)],
      }
    }
  },
})
