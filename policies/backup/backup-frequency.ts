import { backupSchedule } from '../../src/analysis/backup-schedule.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

const HOUR = 3_600
/** Seconds between two full backups below which they cost more than they save. */
const SHORTEST = 6 * HOUR
/** Days beyond which a restore replays logs for hours. */
const LONGEST = 7

export default definePolicy({
  title: 'full backups are made at least once a week and not by the hour',
  fix: 'run one full backup a day; the archived logs cover the time in between',
  severity: { lite: 'info', standard: 'warning', strict: 'warning' },
  *check(index) {
    for (const source of index.ofKind('ScheduledBackup', 'postgresql.cnpg.io')) {
      const { schedule: text, suspend } = fieldsOf(source.manifest.spec)
      const schedule = backupSchedule(textOf(text) ?? '')
      // Five fields are a slip of their own.
      if (schedule === undefined || schedule.fields === 5 || suspend === true) continue
      const { name } = source.manifest.metadata
      const at = ['spec', 'schedule']
      if (schedule.shortest < SHORTEST) {
        yield {
          source,
          at,
          message: `scheduled backup "${name}" makes full backups ${Math.round(schedule.timesADay)} times a day, so the store fills up and the database is always being read`,
        }
      }
      if (schedule.longest > LONGEST) {
        yield {
          source,
          at,
          message: `scheduled backup "${name}" leaves up to ${Math.round(schedule.longest)} days between full backups, so a restore replays the logs of all of them`,
        }
      }
    }
  },
})
