import { evidenceAt } from '../../src/analysis/evidence.ts'
import { installationsOf, type Odoo } from '../../src/analysis/odoo.ts'
import { containerPlace, settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'every process of an Odoo names its one database',
  fix: 'set db_name in the configuration that all roles share',
  severity: 'error',
  *check(index) {
    for (const members of installationsOf(index)) {
      const naming = members.filter(({ role }) => role !== 'shell')
      for (const odoo of naming.filter(({ databases }) => databases?.length === 0)) {
        const place = settingPlace(odoo, 'db_name')
        yield {
          ...place,
          message: `${subjectAt(odoo, place)} names no database, so the server works on every database that its user can open, scheduled actions of a copy included`,
        }
      }
      const told = naming.filter(({ databases }) => databases !== undefined && databases.length > 0)
      const first = told.find(({ role }) => role === 'web') ?? told[0]
      for (const odoo of told.filter(other => nameOf(other) !== nameOf(first))) {
        if (first === undefined) continue
        yield {
          ...settingPlace(odoo, 'db_name'),
          message: `container "${odoo.container.name}" works on database "${nameOf(odoo)}" and container "${first.container.name}" of the same Odoo on "${nameOf(first)}", so one of them does the work of somebody else`,
          evidence: [evidenceAt(containerPlace(first), `container "${first.container.name}"`)],
        }
      }
    }
  },
})

function nameOf(odoo: Odoo | undefined): string {
  return [...(odoo?.databases ?? [])].sort().join(',')
}
