import { databasesShown } from '../../src/analysis/database-filter.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { type Odoo, odooOf } from '../../src/analysis/odoo.ts'
import { settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'every host leads to exactly one database',
  fix: 'set dbfilter to an expression that only the one database of the host matches, such as ^acme$',
  severity: 'error',
  *check(index) {
    for (const odoo of odooOf(index)) {
      const filter = odoo.config.text('dbfilter')
      const { databases = [] } = odoo
      if (!odoo.lasting || odoo.activity !== 'http' || filter === undefined || databases.length === 0) continue
      const place = settingPlace(odoo, 'dbfilter')
      for (const [host, source] of hostsOf(odoo)) {
        const found = databasesShown(filter, host, databases)
        if (found === undefined || found.length === 1) continue
        const message =
          found.length === 0
            ? `${subjectAt(odoo, place)} has a dbfilter that no database passes for host "${host}", so every page of it is "not found"`
            : `${subjectAt(odoo, place)} offers ${found.length} databases to host "${host}", so people are asked which one they want and machines are refused`
        yield { ...place, message, evidence: [evidenceAt(source, `the route of "${host}"`)] }
      }
    }
  },
})

function hostsOf({ routes }: Odoo) {
  return new Map(routes.flatMap(({ route }) => route.exactHosts.map(host => [host, route] as const)))
}
