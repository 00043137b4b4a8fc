import { ENTRYPOINT } from '../../src/analysis/data/odoo-images.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the password of the database is no argument',
  fix: 'start the program itself (command: [odoo]) and give the password as PGPASSWORD or in odoo.conf',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { command, container, image, environment, config } of odooOf(index)) {
      for (const { arguments: given } of command.invocations) {
        for (const { option, place } of given.filter(({ option }) => option.name === 'db_password')) {
          yield {
            ...place,
            message: `container "${container.name}" has the database password as argument "${option.name}", so everybody who may list processes or read the manifest has it`,
          }
        }
      }
      if (image.style !== 'official' || !command.entrypoint || command.invocations.length === 0) continue
      const names = ['PASSWORD_FILE', ...(ENTRYPOINT.db_password?.variables ?? [])]
      const variable = names.map(name => environment.get(name)).find(found => found !== undefined)
      const setting = config.setting('db_password')
      const place = variable?.place ?? (setting?.value === undefined ? undefined : setting.place)
      if (place === undefined) continue
      const what = variable === undefined ? 'db_password of its file' : `variable "${variable.name}"`
      yield {
        ...place,
        message: `the entrypoint of container "${container.name}" makes an argument of ${what}, so everybody who may list processes there has the database password`,
      }
    }
  },
})
