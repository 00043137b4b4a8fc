import { evidenceAt } from '../../src/analysis/evidence.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the database manager is closed to everybody outside',
  fix: 'set list_db = False',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (odoo.activity !== 'http' || odoo.config.flag('list_db') !== true) continue
      const [way] = [...odoo.routes.map(({ route }) => route), ...odoo.exposed]
      if (way === undefined) continue
      const place = settingPlace(odoo, 'list_db')
      yield {
        ...place,
        message: `${subjectAt(odoo, place)} leaves the database manager open to everybody outside, so whoever learns the master password can copy, replace or drop the databases`,
        evidence: [evidenceAt(way, 'this is the way in')],
      }
    }
  },
})
