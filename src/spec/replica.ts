import type { Asking, Known } from './asking.ts'
import { type Archive, archiveIn } from './elsewhere.ts'
import type { PostgresMajor } from './facts/postgres.ts'
import type { Schedule } from './schedule.ts'
import type { Backup } from './settings.ts'

/** Two environments of which one follows the other, and takes over when that one is lost. */
export interface Replica {
  /** Whether this one follows: its servers are read-only, and nothing of Odoo runs. */
  readonly follows: boolean
  /** The environment in which business runs. */
  readonly primary: string
  readonly other: Archive
  /** What the old primary left when it was demoted on purpose; without it a switch is a failover. */
  readonly promotionToken?: string
}

/** How the tenant is doubled; `undefined` where no other environment stands by for this one, or this one for another. */
export function replicaOf(
  { unit, find, say, contradict, home }: Asking,
  backup: Backup | undefined,
  major: Known<PostgresMajor>,
  schedule: Schedule | undefined,
): Replica | undefined {
  const { primary, standby } = unit.local.related ?? {}
  const elsewhere = primary ?? standby
  if (elsewhere === undefined) return undefined
  const other = archiveIn(unit.name, unit.promoted, elsewhere)
  const standsBy = primary !== undefined
  const switched = standsBy ? unit.local.environment.leads === true : standby?.leads === true
  const leading = standsBy === switched ? unit.environment : other.environment
  const key = ['environments', standsBy ? unit.environment : other.environment, 'standby']
  say('replica', leading, switched ? 'switched: "leads" is stated' : `"${leading}" leads`, key)
  if (backup === undefined) {
    contradict({
      message: `"${unit.environment}" and "${other.environment}" follow each other's archives, and no backups are made here`,
      hint: 'choose a tier with backups, or state "backup"',
      key: home,
      against: key,
    })
  }
  if (other.major !== major.value) {
    contradict({
      message: `PostgreSQL ${major.value} cannot follow an archive of PostgreSQL ${other.major} (${other.environment})`,
      hint: 'state the same database.major for both, best for the whole tenant',
      key: major.key,
      against: key,
    })
  }
  if (schedule !== undefined) {
    contradict({
      message: `"${unit.environment}" and "${other.environment}" stand by for each other, and this one sleeps outside business hours`,
      hint: 'leave schedule out: who sleeps takes over from nobody',
      key: find('schedule')?.key ?? home,
      against: key,
    })
  }
  const token = find<string>('database.promotionToken')
  return {
    follows: leading !== unit.environment,
    primary: leading,
    other,
    ...(token === undefined ? {} : { promotionToken: token.value }),
  }
}
