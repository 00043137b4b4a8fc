import { evidenceAt } from '../../src/analysis/evidence.ts'
import { installationsOf } from '../../src/analysis/odoo.ts'
import { containerPlace, settingPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'servers that answer requests run no scheduled actions beside',
  fix: 'set --max-cron-threads=0 where requests are answered, and run one pod with --no-http for scheduled actions',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const members of installationsOf(index)) {
      const owner = members.find(({ lasting, role, runsCron }) => lasting && role === 'cron' && runsCron === true)
      for (const odoo of members) {
        if (!odoo.lasting || odoo.activity !== 'http' || odoo.runsCron !== true) continue
        const { most } = odoo.replicas
        if (most <= 1 && owner === undefined) continue
        const { container, config, workload } = odoo
        const threads = config.integer('max_cron_threads')
        const pods = most > 1 ? ` in each of up to ${Number.isFinite(most) ? most : 'any number of'} pods` : ''
        const besides = owner === undefined ? '' : ` besides container "${owner.container.name}"`
        const place = settingPlace(odoo, 'max_cron_threads')
        yield {
          ...(place.source === workload.source ? place : containerPlace(odoo)),
          message: `container "${container.name}" runs ${threads} ${threads === 1 ? 'thread' : 'threads'} of scheduled actions${pods}${besides}, so long actions take the processor and the connections that requests wait for`,
          evidence: owner === undefined ? [] : [evidenceAt(containerPlace(owner), 'scheduled actions run here')],
        }
      }
    }
  },
})
