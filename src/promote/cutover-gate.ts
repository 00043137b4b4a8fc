import { formatDuration } from '../spec/duration.ts'
import { type Migration, migrationOf, WAVES, type WaveName } from '../spec/migration.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import { InputError } from '../spec/problem.ts'
import type { TreeReader } from '../synth/tree.ts'
import { type CalendarFile, calendarNamed } from './calendar-file.ts'
import { type Evidence, evidenceFile, readEvidence, SIGN_OFF } from './evidence.ts'
import type { Gate } from './gate.ts'
import { formatInstant, wallInstant } from './wall-clock.ts'

interface Ground {
  readonly platform: Platform
  readonly base: TreeReader
  readonly calendars: CalendarFile
  /** Seconds since 1970. */
  readonly now: number
}

/** What has to be on record at the end of a wave, besides what the tenant itself adds and somebody signs for. */
const EXITS: Readonly<Record<Exclude<WaveName, 'cutover'>, readonly string[]>> = {
  'landing-zone': ['segmentation', 'identity-federation', 'secrets', 'backup-policy', 'baseline-monitoring'],
  'non-production': ['images', 'manifests', 'restore-test', 'integrations'],
  rehearsal: ['masked-data', 'load-test', 'failover-simulation', 'process-acceptance'],
}

const DAY = 86_400

/**
 * A tenant that is on its way to the platform comes one wave after the other: each one's exit criteria are on record, and
 * it is signed, before an environment of the next one changes. The cutover itself has its window, before it a freeze, in
 * it the signatures of every role, and after it nothing until somebody signs that it is done.
 */
export function cutoverGate(ground: Ground, target: Environment, unit: string): Gate {
  const wave = target.gates.migrationWave
  const idle = (reason: string): Gate => ({ name: 'cutover', state: 'not configured', reason })
  if (wave === undefined) return idle(`${target.name} is part of no migration`)
  const tenant = ground.platform.tenants.find(({ name }) => name === unit)
  const migration = tenant && migrationOf(tenant.pages, tenant.owner ?? ground.platform.name)
  if (tenant === undefined || migration === undefined) return idle('the unit does not come from elsewhere')
  const file = evidenceFile(target.name, unit)
  let known: readonly Evidence[]
  try {
    known = readEvidence(ground.base, target.name, unit).filter(({ at }) => at <= ground.now)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return closed(`${file} cannot be read: ${error.problems[0]?.message ?? ''}`, `mend ${file}`)
  }
  for (const before of WAVES.slice(0, WAVES.indexOf(wave))) {
    if (before === 'cutover') continue
    const missing = EXITS[before].filter(what => known.every(entry => entry.what !== what))
    if (missing.length > 0) {
      return closed(`the wave ${before} has no record of ${missing.join(', ')}`, `that record in ${file}`)
    }
    if (migration.waves[before].signed === undefined) {
      return closed(`the wave ${before} is not signed`, `waves.${before}.signed in the migration of ${unit}`)
    }
  }
  if (wave !== 'cutover') return open(`the waves before ${wave} are done and signed`)
  const calendar = calendarNamed(ground.calendars, tenant.calendar)
  return theNight(migration, known, ground.now, 'problems' in calendar ? 'UTC' : calendar.timezone, file, unit)
}

function theNight(
  { waves, cutover }: Migration,
  known: readonly Evidence[],
  now: number,
  zone: string,
  file: string,
  unit: string,
): Gate {
  const { signed } = waves.cutover
  const clock = (seconds: number) => formatInstant(seconds * 1000, zone)
  if (signed !== undefined) {
    const until = Date.parse(signed.on) / 1000 + (cutover.hypercareDays + 1) * DAY
    const care = now < until ? `; hypercare until ${clock(until)}, so everybody who came with it is near` : ''
    return open(`the cutover is signed by ${signed.by}${care}`)
  }
  const instant = wallInstant(cutover.begins, zone)
  if (instant === undefined) return closed(`cutover.begins "${cutover.begins}" is no day`, 'mend it')
  const begins = instant / 1000
  const ends = begins + cutover.lasts
  if (now < begins - cutover.freeze)
    return open(`the cutover begins at ${clock(begins)}; until its freeze it is prepared`)
  if (now < begins) {
    return {
      ...closed(
        `frozen for ${formatDuration(cutover.freeze)} before the cutover of ${clock(begins)}`,
        `time, at ${clock(begins)}`,
      ),
      eta: begins,
    }
  }
  if (now >= ends) {
    return closed(
      `the cutover ended at ${clock(ends)}, and nobody has signed it`,
      `waves.cutover.signed in the migration of ${unit}, or another cutover`,
    )
  }
  const absent = cutover.signOff.filter(role => known.every(entry => entry.what !== SIGN_OFF || entry.role !== role))
  if (absent.length > 0) {
    return closed(
      `${absent.join(', ')} ${absent.length === 1 ? 'has' : 'have'} not signed off`,
      `a ${SIGN_OFF} of each in ${file}`,
    )
  }
  const back = begins + cutover.rollbackBy
  const way = now < back ? `the way back is open until ${clock(back)}` : `the way back closed at ${clock(back)}`
  return open(`in the cutover, which ends at ${clock(ends)}; ${way}`)
}

function open(reason: string): Gate {
  return { name: 'cutover', state: 'open', reason }
}

function closed(reason: string, opens: string): Gate {
  return { name: 'cutover', state: 'closed', reason, opens }
}
