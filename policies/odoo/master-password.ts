import { odooOf } from '../../src/analysis/odoo.ts'
import { settingPlace, subjectAt } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

/** How a password looks that was hashed as Odoo does it; the configuration file then gives nothing away. */
const HASH = /^\$pbkdf2/

export default definePolicy({
  title: 'the master password is neither the known one nor readable',
  fix: 'set admin_passwd to a hash that comes out of a Secret, or to nothing',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const odoo of odooOf(index)) {
      if (!odoo.lasting || odoo.activity !== 'http') continue
      const setting = odoo.config.setting('admin_passwd')
      // An empty one forbids every use of it.
      if (setting?.value === undefined || setting.value === '' || HASH.test(setting.value)) continue
      const place = settingPlace(odoo, 'admin_passwd')
      const subject = subjectAt(odoo, place)
      if (setting.value === 'admin') {
        yield {
          ...place,
          message: `${subject} leaves the master password at "admin", so anybody who reaches the database manager owns every database`,
        }
      } else if (place.source.manifest.kind !== 'Secret' && place.source.manifest.kind !== 'ExternalSecret') {
        yield {
          ...place,
          message: `${subject} has the master password in plain text, so everybody who reads this repository owns every database`,
        }
      }
    }
  },
})
