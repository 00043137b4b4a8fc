import type { CommitState } from '../forge/forge.ts'
import type { Environment } from '../spec/platform.ts'
import { short } from '../synth/unit-file.ts'
import type { Held } from './candidate.ts'
import type { Gate } from './gate.ts'
import { formatTime } from './instant.ts'

/** The newest word on a status, and the commit that it is about. */
export interface StatusReport {
  readonly commit: string
  readonly state: CommitState
}

/** The newest report of a status on the commits of the base at which the source held a revision. */
export type StatusOf = (name: string, held: Held) => StatusReport | { readonly unknown: string } | undefined

/** The names of statuses that an environment asks of a unit. */
export function statusNames({ gates }: Environment, unit: string): readonly string[] {
  return gates.health.map(name => name.replaceAll('{unit}', unit))
}

/**
 * The statuses that the environment names are green. Each is looked for on the newest commit of the base that has it: what
 * follows a branch reports on the commit that it has reached, and one from before the revision came, or from after it
 * went, tells nothing of it.
 */
export function healthGate(status: StatusOf, target: Environment, source: string, unit: string, held: Held): Gate {
  const names = statusNames(target, unit)
  if (names.length === 0) {
    return { name: 'health', state: 'not configured', reason: `${target.name} asks for no status` }
  }
  const reports: { readonly name: string; readonly report: StatusReport | undefined }[] = []
  for (const name of names) {
    const report = status(name, held)
    if (report !== undefined && 'unknown' in report) {
      const reason = `nobody can tell how ${name} stands: ${report.unknown}`
      return { name: 'health', state: 'closed', reason, opens: 'a forge that answers' }
    }
    reports.push({ name, report })
  }
  const dark = reports.filter(({ report }) => report?.state !== 'success')
  if (dark.length === 0) return { name: 'health', state: 'open', reason: `${names.join(', ')} green` }
  const told = dark.map(({ name, report }) =>
    report === undefined
      ? `nobody has reported ${name} ${whileHeld(source, held)}`
      : `${name} is ${report.state} at ${short(report.commit)}`,
  )
  const missing = dark.map(({ name }) => name).join(', ')
  return { name: 'health', state: 'closed', reason: told.join('; '), opens: `success of ${missing} on the base branch` }
}

function whileHeld(source: string, { since, until }: Held): string {
  return until === undefined
    ? `since ${source} holds it (${formatTime(since)})`
    : `while ${source} held it (${formatTime(since)} to ${formatTime(until)})`
}
