import { odooOf } from '../../src/analysis/odoo.ts'
import { neededBy } from '../../src/analysis/odoo-memory.ts'
import { settingEvidence } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the workers may together grow to at most twice the memory limit',
  fix: 'raise resources.limits.memory, or lower limit_memory_hard to what the largest honest request needs',
  severity: { lite: 'info', standard: 'warning', strict: 'warning' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      const needed = odoo.lasting ? neededBy(odoo) : undefined
      if (needed === undefined || needed.limit < needed.least || needed.ratio <= 2 || needed.ratio > 3) continue
      yield {
        source: odoo.workload.source,
        at: [...odoo.container.at, 'resources', 'limits', 'memory'],
        message: `container "${odoo.container.name}" lets its ${needed.workers} workers grow to ${needed.ratio.toFixed(1)} times its memory limit, so the kernel may end it before Odoo recycles the largest of them`,
        evidence: [...settingEvidence(odoo, 'workers'), ...settingEvidence(odoo, 'limit_memory_hard')],
      }
    }
  },
})
