import { odooOf } from '../../src/analysis/odoo.ts'
import { settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

/** Levels at which statements, or requests and answers, are written out in full. */
const TALKATIVE = ['debug_sql', 'debug_rpc', 'debug_rpc_answer']

export default definePolicy({
  title: 'no development mode where people work',
  fix: 'remove --dev, --test-enable and log levels of debugging',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting) continue
      const said = (name: string, what: string) => {
        const place = settingPlace(odoo, name)
        return { ...place, message: `${subjectAt(odoo, place)} ${what}` }
      }
      const mode = odoo.config.text('dev_mode')
      if (mode !== undefined && mode !== '') {
        yield said(
          'dev_mode',
          `runs in development mode "${mode}", so errors show source code to whoever causes them, and views are read anew each time`,
        )
      }
      if (odoo.config.flag('test_enable') === true) {
        yield said('test_enable', 'runs tests at its start, so they write into the database that people work in')
      }
      const level = odoo.config.text('log_level') ?? ''
      if (TALKATIVE.includes(level)) {
        yield said(
          'log_level',
          `logs at level "${level}", so names, prices and passwords of requests are kept in plain text`,
        )
      }
    }
  },
})
