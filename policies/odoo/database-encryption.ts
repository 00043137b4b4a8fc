import { odooOf } from '../../src/analysis/odoo.ts'
import { settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

const VERIFIED = ['verify-ca', 'verify-full']
/** Connections that leave no pod. */
const LOCAL = ['localhost', '127.0.0.1', '::1']

export default definePolicy({
  title: 'connections to the database are encrypted, and it is known who answers',
  fix: 'set db_sslmode = verify-full and PGSSLROOTCERT to the mounted authority of the cluster',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      const mode = odoo.config.text('db_sslmode')
      const host = odoo.config.text('db_host')
      // A socket in a shared folder, or no host at all, leaves no machine.
      const isLocal = host === '' || host?.startsWith('/') === true || LOCAL.includes(host ?? '')
      if (odoo.role === 'shell' || mode === undefined || isLocal || VERIFIED.includes(mode)) continue
      const place = settingPlace(odoo, 'db_sslmode')
      const what =
        mode === 'require'
          ? 'encrypts without asking who answers'
          : 'goes on in plain text when nobody offers encryption'
      yield {
        ...place,
        message: `${subjectAt(odoo, place)} connects to the database with sslmode "${mode}", which ${what}, so whoever stands in between reads the password and the books`,
      }
    }
  },
})
