import { kindWords } from '../../src/analysis/kind-words.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'no Service becomes a variable of Odoo',
  fix: 'set enableServiceLinks: false',
  severity: { lite: 'info', standard: 'warning', strict: 'warning' },
  edit: 'pod.enableServiceLinks = false',
  *check(index) {
    for (const odoo of odooOf(index)) {
      const { workload, container } = odoo
      if (workload.pod.enableServiceLinks === false) continue
      yield {
        source: workload.source,
        at: [...workload.podAt, 'spec', 'enableServiceLinks'],
        message: `${kindWords(workload.kind)} "${workload.name}" gives container "${container.name}" variables for every Service of its namespace, so a new Service called "db" or "odoo-http" changes the configuration`,
      }
    }
  },
})
