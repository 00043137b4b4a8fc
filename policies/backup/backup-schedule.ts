import { backupSchedule } from '../../src/analysis/backup-schedule.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'the schedule of a backup begins with the seconds',
  fix: 'write six fields: second, minute, hour, day of the month, month, day of the week',
  severity: 'error',
  *check(index) {
    for (const source of index.ofKind('ScheduledBackup', 'postgresql.cnpg.io')) {
      const text = textOf(fieldsOf(source.manifest.spec).schedule)
      if (text === undefined) continue
      const { name } = source.manifest.metadata
      const at = ['spec', 'schedule']
      const schedule = backupSchedule(text)
      if (schedule === undefined) {
        yield { source, at, message: `"${text}" is no schedule of scheduled backup "${name}", so no backup is made` }
      } else if (schedule.fields === 5) {
        yield {
          source,
          at,
          message: `"${text}" of scheduled backup "${name}" has five fields and is read from the seconds on, so it runs ${schedule.timesADay} times a day`,
        }
      }
    }
  },
})
