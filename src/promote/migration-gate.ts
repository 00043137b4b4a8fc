import { formatDuration } from '../spec/duration.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import { InputError } from '../spec/problem.ts'
import type { StatedRelease } from '../spec/stated-release.ts'
import type { TreeReader } from '../synth/tree.ts'
import { type CalendarFile, calendarNamed } from './calendar-file.ts'
import { BACKUP, type Evidence, evidenceFile, latest, ROLLBACK_NOTE, readEvidence } from './evidence.ts'
import type { Gate } from './gate.ts'
import { formatTime } from './instant.ts'
import { schemaChanges } from './schema-change.ts'

interface Ground {
  readonly platform: Platform
  readonly base: TreeReader
  readonly calendars: CalendarFile
  /** Seconds since 1970. */
  readonly now: number
}

/** What happens to the database of a unit. `arrived`: the release that is left came at that time, in seconds since 1970. */
export type DatabaseStep =
  | { readonly kind: 'forward'; readonly before: StatedRelease | undefined; readonly after: StatedRelease | undefined }
  | {
      readonly kind: 'back'
      readonly before: StatedRelease | undefined
      readonly after: StatedRelease | undefined
      readonly arrived: number
    }
  | { readonly kind: 'removal' }

interface Want {
  readonly missing: string
  readonly opens: string
}

/**
 * A release that changes the schema has a backup, a change window and a note that says how data comes back. Going back from
 * one needs the note and a backup of before it came, since no manifest brings a schema back; taking a tenant out needs a
 * backup, since its database goes with it.
 */
export function migrationGate(ground: Ground, target: Environment, unit: string, step: DatabaseStep): Gate {
  const limit = target.gates.migration?.backup
  if (limit === undefined) {
    return { name: 'migration', state: 'not configured', reason: `${target.name} does not ask for it` }
  }
  const changes = step.kind === 'removal' ? [] : schemaChanges(step.before, step.after)
  if (step.kind !== 'removal' && changes.length === 0) {
    return { name: 'migration', state: 'open', reason: 'the schema of the database stays as it is' }
  }
  const file = evidenceFile(target.name, unit)
  let known: readonly Evidence[]
  try {
    known = readEvidence(ground.base, target.name, unit)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const reason = `${file} cannot be read: ${error.problems[0]?.message ?? ''}`
    return { name: 'migration', state: 'closed', reason, opens: `mend ${file}` }
  }
  const why =
    step.kind === 'removal' ? 'the database goes with the tenant' : `the schema changes (${changes.join(', ')})`
  const wants = [
    step.kind === 'back'
      ? backupBefore(known, limit, step.arrived, file)
      : recentBackup(known, limit, ground.now, file),
    ...(step.kind === 'removal'
      ? []
      : [note(known, (step.kind === 'back' ? step.before : step.after)?.id ?? '', file)]),
    ...(step.kind === 'forward' ? [changeWindow(ground, unit)] : []),
  ].filter(want => want !== undefined)
  if (wants.length === 0) {
    const backup = latest(known, BACKUP, step.kind === 'back' ? step.arrived : ground.now)
    return { name: 'migration', state: 'open', reason: `${why}; backup of ${formatTime(backup?.at ?? 0)}` }
  }
  return {
    name: 'migration',
    state: 'closed',
    reason: `${why}, and ${wants.map(({ missing }) => missing).join(', ')}`,
    opens: wants.map(({ opens }) => opens).join(', and '),
  }
}

function recentBackup(known: readonly Evidence[], limit: number, now: number, file: string): Want | undefined {
  const backup = latest(known, BACKUP, now)
  if (backup !== undefined && now - backup.at <= limit) return undefined
  const missing =
    backup === undefined
      ? 'no backup is on record'
      : `the backup of ${formatTime(backup.at)} is older than ${formatDuration(limit)}`
  return { missing, opens: `a backup, recorded in ${file}` }
}

/** Only what was saved before the release came holds the schema that it found. */
function backupBefore(known: readonly Evidence[], limit: number, arrived: number, file: string): Want | undefined {
  const backup = latest(known, BACKUP, arrived)
  if (backup !== undefined && arrived - backup.at <= limit) return undefined
  return {
    missing: `no backup of the ${formatDuration(limit)} before it came (${formatTime(arrived)}) is on record`,
    opens: `the record of that backup in ${file}; without it, mend the release instead of going back`,
  }
}

function note(known: readonly Evidence[], release: string, file: string): Want | undefined {
  if (known.some(entry => entry.what === ROLLBACK_NOTE && entry.release === release)) return undefined
  return {
    missing: `no note says how data comes back from release ${release}`,
    opens: `a ${ROLLBACK_NOTE} of release ${release} in ${file}`,
  }
}

/** The calendar gate sees to it that a change comes inside a window; here it is made sure that there is one. */
function changeWindow({ platform, calendars }: Ground, unit: string): Want | undefined {
  const calendar = calendarNamed(calendars, platform.tenants.find(({ name }) => name === unit)?.calendar)
  if ('problems' in calendar || calendar.windows.length > 0) return undefined
  return {
    missing: calendar.name === '' ? 'the tenant has no calendar' : `the calendar "${calendar.name}" has no windows`,
    opens: 'windows in the calendar of the tenant',
  }
}
