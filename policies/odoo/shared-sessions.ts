import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { isKeptElsewhere, storageOf } from '../../src/analysis/odoo-storage.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'several pods share their sessions',
  fix: 'load session_redis or session_db server-wide, or keep the data directory on a ReadWriteMany volume',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      const { most } = odoo.replicas
      if (!odoo.lasting || odoo.activity !== 'http' || most <= 1 || isKeptElsewhere(odoo, 'sessions') !== false)
        continue
      const storage = storageOf(index, odoo, 'sessions')
      if (storage === undefined || storage.kind === 'claim' || storage.kind === 'volume') continue
      const pods = Number.isFinite(most) ? `up to ${most} pods` : 'any number of pods'
      yield {
        ...containerPlace(odoo),
        message: `container "${odoo.container.name}" keeps sessions in its own pod and there are ${pods}, so people are logged out whenever another pod answers`,
      }
    }
  },
})
