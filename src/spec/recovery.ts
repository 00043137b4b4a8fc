import { createHash } from 'node:crypto'
import type { Asking } from './asking.ts'
import { parseDuration } from './duration.ts'
import { BUCKET, cidrs, closed, duration, type Schema, text } from './schema-terms.ts'
import type { Backup, Objectives } from './settings.ts'
import { atLeast } from './tier.ts'

/** What is promised of the object store besides keeping what it is given: whoever makes the buckets has to keep it. */
export interface Copies {
  /** Days for which nobody can delete an object, whatever credentials he has stolen. */
  readonly lockDays?: number
  readonly offsite?: Offsite
}

/** A second bucket, in another region or account, to which the store copies by itself. */
export interface Offsite {
  readonly bucket: string
  readonly region: string
  readonly endpoint?: string
  readonly cidrs?: readonly string[]
}

/** How restores are tried: nobody knows whether a backup is one before it was restored. */
export interface Recovery {
  readonly cadence: 'monthly' | 'weekly'
  /** Five fields of cron, UTC. */
  readonly schedule: string
  /** The same for the copy elsewhere, every month; absent where there is none. */
  readonly offsiteSchedule?: string
  /** Seconds that a restore may take: the promise for the loss of a cluster. */
  readonly longest: number
  /** Seconds by which what came back may be older than the moment of the test. */
  readonly loss: number
}

export const COPIES_SCHEMA: Readonly<Record<string, Schema>> = {
  lock: duration('How long nobody can delete an object (Object Lock). Default: not at all.'),
  offsite: closed(
    'A second bucket to which the store copies by itself.',
    {
      bucket: text('The bucket.', { pattern: BUCKET }),
      region: text('Its region: another one than that of the first.'),
      endpoint: text('Its S3 endpoint, when it is not that of AWS.', { pattern: '^https://' }),
      cidrs: cidrs('Addresses of the endpoint.'),
    },
    ['bucket', 'region'],
  ),
}

export const RECOVERY_SCHEMA: Schema = closed('How restores are tried.', {
  restoreTest: {
    enum: ['never', 'monthly', 'weekly'],
    description:
      'How often the newest backup is restored. Default: in production from tier gold up weekly, else never; where "recovery" stands, monthly for tier silver.',
  },
})

/** A lock that ends before the retention does leaves the oldest backups to whoever wants them gone. */
export function copiesOf({ find, contradict }: Asking, retentionDays: number): Copies {
  const lock = find<string>('objectStorage.lock')
  const offsite = find<Offsite>('objectStorage.offsite')
  const lockDays = lock === undefined ? undefined : Math.floor((parseDuration(lock.value) ?? 0) / DAY)
  if (lock !== undefined && lockDays !== undefined && lockDays < retentionDays) {
    contradict({
      message: `objectStorage.lock ${lock.value} ends before backup.retention does (${retentionDays}d), so the oldest backups can be deleted`,
      hint: `raise objectStorage.lock to ${retentionDays}d at least, or shorten backup.retention`,
      key: lock.key,
      against: find('backup.retention')?.key ?? lock.key,
    })
  }
  return {
    ...(lockDays === undefined ? {} : { lockDays }),
    ...(offsite === undefined ? {} : { offsite: offsite.value }),
  }
}

const DAY = 86_400
const HOUR = 3_600

/** Restores are tried where real data is, and where somebody asks for it. */
export function recoveryOf(asking: Asking, { offsite }: Backup, objectives: Objectives): Recovery | undefined {
  const { unit, tier, defaults, find, settle, say } = asking
  const standsBy = unit.local.related?.primary !== undefined
  const wanted = find('recovery') !== undefined || atLeast(tier.value, 'gold')
  const cadence = settle<'never' | 'monthly' | 'weekly'>('recovery.restoreTest', () => [
    unit.production && !standsBy && wanted ? defaults.restoreTest : 'never',
    unit.production && !standsBy ? `tier ${tier.value}` : 'not where production data is at home',
    tier.key,
  ])
  if (cadence.value === 'never') return undefined
  return {
    cadence: cadence.value,
    schedule: cronFor(unit.name, cadence.value),
    ...(offsite === undefined ? {} : { offsiteSchedule: cronFor(`${unit.name} offsite`, 'monthly') }),
    longest: objectives.disasterRto,
    loss: say(
      'recovery.loss',
      objectives.disasterRpo + HOUR,
      'objectives.disasterRpo, and the quietest hour of the week',
      cadence.key,
    ).value,
  }
}

/** A moment between two and six on a Sunday, or on the second of a month, that differs between tenants. UTC. */
function cronFor(name: string, cadence: 'monthly' | 'weekly'): string {
  const [first = 0, second = 0] = createHash('sha256').update(name).digest()
  return `${first % 60} ${2 + (second % 4)} ${cadence === 'weekly' ? '* * 0' : '2 * *'}`
}
