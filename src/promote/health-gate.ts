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

/** The newest report of a status on a commit of the base that is not older than an instant, in seconds since 1970. */
export type StatusOf = (name: string, since: number) => StatusReport | undefined

/**
 * The statuses that the environment names are green. Each is looked for on the newest commit of the base that has it: what
 * follows a branch reports on the commit that it has reached, and one from before the revision came tells nothing of it.
 */
export function healthGate(status: StatusOf, target: Environment, source: string, unit: string, held: Held): Gate {
  const names = target.gates.health.map(name => name.replaceAll('{unit}', unit))
  if (names.length === 0) {
    return { name: 'health', state: 'not configured', reason: `${target.name} asks for no status` }
  }
  const found = names.map(name => ({ name, report: status(name, held.since) }))
  const dark = found.filter(({ report }) => report?.state !== 'success')
  if (dark.length === 0) return { name: 'health', state: 'open', reason: `${names.join(', ')} green` }
  const told = dark.map(({ name, report }) =>
    report === undefined
      ? `nobody has reported ${name} since ${source} holds it (${formatTime(held.since)})`
      : `${name} is ${report.state} at ${short(report.commit)}`,
  )
  const missing = dark.map(({ name }) => name).join(', ')
  return { name: 'health', state: 'closed', reason: told.join('; '), opens: `success of ${missing} on the base branch` }
}
