import { odooOf } from '../../src/analysis/odoo.ts'
import { neededBy } from '../../src/analysis/odoo-memory.ts'
import { settingEvidence } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the memory limit holds the workers',
  fix: 'raise resources.limits.memory, or lower workers or limit_memory_hard',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      const needed = odoo.lasting ? neededBy(odoo) : undefined
      if (needed === undefined) continue
      const { limit, workers, least, ratio } = needed
      const place = { source: odoo.workload.source, at: [...odoo.container.at, 'resources', 'limits', 'memory'] }
      const evidence = [...settingEvidence(odoo, 'workers'), ...settingEvidence(odoo, 'limit_memory_hard')]
      const name = odoo.container.name
      if (limit < least) {
        yield {
          ...place,
          message: `container "${name}" has ${mebibytes(limit)} for ${workers} workers that take about ${mebibytes(least)} at work, so the kernel ends the whole container in the busiest hour`,
          evidence,
        }
      } else if (ratio > 3) {
        yield {
          ...place,
          message: `container "${name}" has ${mebibytes(limit)} for ${workers} workers that may grow to ${ratio.toFixed(1)} times as much, so a few large reports at once end the whole container`,
          evidence,
        }
      }
    }
  },
})

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}
