import { evidenceAt } from '../../src/analysis/evidence.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { longestWork } from '../../src/analysis/odoo-patience.ts'
import { settingEvidence, settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { answerTimeout } from '../../src/analysis/route-timeout.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'a request ends in Odoo before the proxy gives up on it',
  fix: 'keep limit_time_cpu ≤ limit_time_real < the time for which the proxy waits for an answer',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting || odoo.activity !== 'http') continue
      const cpu = odoo.config.integer('limit_time_cpu')
      const real = longestWork(odoo)?.seconds
      if (cpu !== undefined && real !== undefined && cpu > real) {
        const place = settingPlace(odoo, 'limit_time_cpu')
        yield {
          ...place,
          message: `${subjectAt(odoo, place)} allows ${cpu} s of computing in requests that end after ${real} s, so the limit of computing never holds`,
          evidence: settingEvidence(odoo, 'limit_time_real'),
        }
      }
      for (const { route } of odoo.routes) {
        const timeout = answerTimeout(index, route)
        // Zero waits for ever.
        if (timeout === undefined || timeout.seconds === 0 || real === undefined || timeout.seconds >= real) continue
        const { source, at } = timeout.place
        yield {
          source,
          at,
          message: `the proxy gives up after ${timeout.seconds} s on requests that container "${odoo.container.name}" works on for up to ${real} s, so people see an error, try again, and what they asked for happens twice`,
          evidence: [evidenceAt(route, 'the route'), ...settingEvidence(odoo, 'limit_time_real')],
        }
      }
    }
  },
})
