import { evidenceAt } from '../../src/analysis/evidence.ts'
import { kindWords } from '../../src/analysis/kind-words.ts'
import { installationsOf } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'exactly one workload of an Odoo runs its scheduled actions',
  fix: 'run one Deployment of one pod with --no-http and --max-cron-threads of 1 or more',
  severity: 'error',
  *check(index) {
    for (const members of installationsOf(index)) {
      const lasting = members.filter(odoo => odoo.lasting)
      const web = lasting.find(({ role }) => role === 'web')
      // Where something cannot be read, the scheduled actions may run there.
      if (web !== undefined && lasting.every(({ runsCron }) => runsCron === false)) {
        yield {
          ...containerPlace(web),
          message: `no workload beside container "${web.container.name}" runs scheduled actions, so nothing is sent, invoiced or replenished by itself, and nobody is told`,
        }
      }
      const [first, ...others] = lasting.filter(({ role, runsCron }) => role === 'cron' && runsCron === true)
      for (const odoo of others) {
        if (first === undefined || first.workload === odoo.workload) continue
        yield {
          ...containerPlace(odoo),
          message: `container "${odoo.container.name}" runs scheduled actions that ${kindWords(first.workload.kind)} "${first.workload.name}" runs as well, so two places have to be stopped and sized for one job`,
          evidence: [evidenceAt(containerPlace(first), 'scheduled actions run here, too')],
        }
      }
    }
  },
})
