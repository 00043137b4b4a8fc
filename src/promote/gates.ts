import type { AccountOf, Approval } from '../forge/forge.ts'
import type { Author } from '../git.ts'
import type { Finding, LintResult } from '../lint/finding.ts'
import { formatDuration } from '../spec/duration.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import { InputError } from '../spec/problem.ts'
import type { StatedRelease } from '../spec/stated-release.ts'
import { unitNamed } from '../spec/unit.ts'
import { unitFolder } from '../synth/layout.ts'
import { render } from '../synth/render.ts'
import type { TreeReader } from '../synth/tree.ts'
import { localDigest, short, type UnitFile } from '../synth/unit-file.ts'
import { type CalendarFile, calendarNamed } from './calendar-file.ts'
import { type ChangeKind, judge } from './calendar-judgement.ts'
import { describeJudgement } from './calendar-text.ts'
import type { Held } from './candidate.ts'
import type { Gate } from './gate.ts'
import { formatTime } from './instant.ts'
import type { Operation } from './operation.ts'
import { capacityOnly, riskOf } from './risk.ts'

/** No new finding at or above `error` in the unit; carried ones are told elsewhere. */
export function policyGate(folder: string, base: LintResult, head: LintResult): Gate {
  const known = new Set(base.findings.map(({ fingerprint }) => fingerprint))
  const isNew = ({ severity, state, file, fingerprint }: Finding) =>
    severity === 'error' && state === 'open' && file.startsWith(folder) && !known.has(fingerprint)
  const added = head.findings.filter(isNew)
  const first = added[0]
  if (first === undefined) return { name: 'policy', state: 'open', reason: 'no new error' }
  const more = added.length > 1 ? `, and ${added.length - 1} more` : ''
  return {
    name: 'policy',
    state: 'closed',
    reason: `${first.policy}: ${first.message} (${first.object})${more}`,
    opens: first.fix,
  }
}

/** Every manifest of the unit could be read and judged. */
export function schemaGate(folder: string, base: LintResult, head: LintResult): Gate {
  const failed = head.notEvaluated.filter(({ file }) => file === undefined || file.startsWith(folder))
  const carried = base.notEvaluated.length
  const first = failed[0]
  if (first === undefined) return { name: 'schema', state: 'open', reason: 'every manifest was read and judged' }
  return {
    name: 'schema',
    state: 'closed',
    reason: `${first.file ?? first.policy ?? ''} was not evaluated: ${first.reason}${carried > 0 ? ' (some of it stood before)' : ''}`,
    opens: 'mend what could not be read; what was not judged does not pass',
  }
}

/** The source re-renders byte for byte with the running generator: nobody promotes what the source never ran. */
export function determinismGate(
  environment: string,
  name: string,
  recorded: UnitFile,
  then: { readonly reader: TreeReader; readonly platform: Platform },
  generator: string,
): Gate {
  const closed = (reason: string, opens: string): Gate => ({ name: 'determinism', state: 'closed', reason, opens })
  if (recorded.generator !== generator) {
    return closed(
      `${environment} was rendered by waybill ${recorded.generator}, this is ${generator}`,
      `bring this version to ${environment} first, or promote with version ${recorded.generator}`,
    )
  }
  const declared = then.platform.environments.find(candidate => candidate.name === environment)
  const unit = declared && unitNamed(then.platform, declared, name)
  if (unit === undefined || localDigest(unit.local) !== recorded.local) {
    return closed(`${environment} was rendered from other local settings than it has`, 'run `waybill synth` and commit')
  }
  const folder = unitFolder(environment, name)
  let files: ReadonlyMap<string, string>
  try {
    files = render({ ...unit, promoted: recorded.promoted }, generator, then.platform.locate)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return closed(`${environment} does not render again: ${error.message}`, 'mend the spec')
  }
  const wrong = [...files].find(([path, text]) => then.reader.read(`${folder}/${path}`) !== text)
  if (wrong !== undefined) {
    return closed(
      `${folder}/${wrong[0]} does not render again to the same bytes`,
      'run `waybill synth --check` for the whole list',
    )
  }
  return { name: 'determinism', state: 'open', reason: `${environment} renders again to the same bytes` }
}

/** The source holds, or has held, the revision. */
export function originGate(environment: string, held: Held | undefined): Gate {
  if (held === undefined) {
    return {
      name: 'origin',
      state: 'closed',
      reason: `${environment} has never held this revision`,
      opens: `promote it to ${environment} first`,
    }
  }
  const verb = held.until === undefined ? 'holds' : 'has held'
  return {
    name: 'origin',
    state: 'open',
    reason: `${environment} ${verb} ${short(held.revision)} since ${formatTime(held.since)}`,
  }
}

/** What no environment before has held comes as a hotfix, with a reason and a last day (in UTC) that is not over. */
export function hotfixGate({ reason, expires }: NonNullable<StatedRelease['hotfix']>, now: number): Gate {
  const told = `a hotfix until ${expires}: ${reason}`
  if (now * 1000 < Date.parse(expires) + 86_400_000) return { name: 'origin', state: 'open', reason: told }
  return {
    name: 'origin',
    state: 'closed',
    reason: `${told}; that day is over`,
    opens: 'promote the release that mends it and take the hotfix out, or state another day',
  }
}

/** The source has held the revision for as long as the target asks. */
export function soakGate(target: Environment, held: Held, now: number): Gate {
  if (target.soak === 0) return { name: 'soak', state: 'not configured', reason: `${target.name} asks for no soak` }
  const lasted = (held.until ?? now) - held.since
  if (lasted >= target.soak) {
    return { name: 'soak', state: 'open', reason: `held for ${roughly(lasted)}, ${formatDuration(target.soak)} asked` }
  }
  const reason = `held for ${roughly(lasted)} of ${formatDuration(target.soak)}`
  if (held.until !== undefined) return { name: 'soak', state: 'closed', reason, opens: 'a newer revision that stays' }
  const eta = held.since + target.soak
  return { name: 'soak', state: 'closed', reason, opens: `time, at ${formatTime(eta)}`, eta }
}

/** The tenant's calendar lets a change of this kind through now. */
export function calendarGate(
  { platform, calendars, now }: { readonly platform: Platform; readonly calendars: CalendarFile; readonly now: number },
  target: Environment,
  unit: string,
  operations: readonly Operation[],
  kind: ChangeKind,
): Gate {
  const calendar = calendarNamed(calendars, platform.tenants.find(({ name }) => name === unit)?.calendar)
  const judgement = judge(calendar, {
    instant: now * 1000,
    tenant: unit,
    environment: target.name,
    risk: riskOf(operations).class,
    kind: kind === 'change' && capacityOnly(operations) ? 'capacity' : kind,
  })
  const reason = describeJudgement(judgement)
  if (judgement.state === 'open') return { name: 'calendar', state: 'open', reason }
  const { opensAt, because } = judgement
  const firm = because.some(cause => cause.kind === 'brake' || cause.kind === 'unreadable')
  return {
    name: 'calendar',
    state: 'closed',
    reason,
    ...(firm ? { firm } : {}),
    opens:
      opensAt === undefined
        ? 'a person: release the brake, or mend the calendar'
        : `time, at ${formatTime(opensAt / 1000)}`,
    ...(opensAt === undefined ? {} : { eta: Math.ceil(opensAt / 1000) }),
  }
}

/** What people said of a pull request, and who is who. */
export interface Reviews {
  readonly approvals: readonly Approval[]
  readonly accountOf: AccountOf
}

/**
 * Enough people, none of them an author of what is promoted, have approved exactly this content. Closed while an author
 * has no account: then nobody can tell whether somebody approves their own work.
 */
export function approvalsGate(
  target: Environment,
  key: string,
  digest: string,
  authors: readonly Author[],
  { approvals, accountOf }: Reviews,
): Gate {
  const needed = target.approvals
  if (needed === 0) return { name: 'approvals', state: 'not configured', reason: `${target.name} asks for no approval` }
  const bound = approvals.filter(({ units }) => units[key] === digest)
  const unknown = authors.find(author => accountOf(author) === undefined)
  if (unknown !== undefined) {
    return {
      name: 'approvals',
      state: 'closed',
      reason: `${unknown.name} <${unknown.email}> wrote part of it, and no account has that address, so an approval might be their own`,
      opens: 'the author adds the address to their account',
    }
  }
  const writers = authors.map(accountOf)
  const valid = bound.filter(({ by }) => !writers.includes(by))
  const people = valid.map(({ by }) => by).sort()
  if (people.length >= needed) return { name: 'approvals', state: 'open', reason: `approved by ${people.join(', ')}` }
  const own = bound.filter(({ by }) => writers.includes(by)).map(({ by }) => by)
  const stale = approvals.filter(({ units }) => units[key] !== undefined && units[key] !== digest).map(({ by }) => by)
  const notes = [
    ...(own.length > 0 ? [`${own.join(', ')} wrote part of it and does not count`] : []),
    ...(stale.length > 0 ? [`${stale.join(', ')} approved other content`] : []),
  ]
  return {
    name: 'approvals',
    state: 'closed',
    reason: [`${people.length} of ${needed} approvals`, ...notes].join('; '),
    opens: `${needed - people.length} more ${needed - people.length === 1 ? 'approval' : 'approvals'}`,
  }
}

/**
 * Gates as people have opened them: overrides by a second person, who is neither the one who asks nor an author, and the
 * approvals last.
 */
export function reviewed(
  gates: readonly Gate[],
  target: Environment,
  key: string,
  digest: string,
  authors: readonly Author[],
  reviews: Reviews,
): readonly Gate[] {
  const settled = gates.map(gate => overridden(gate, key, digest, authors, reviews))
  return [...settled, approvalsGate(target, key, digest, authors, reviews)]
}

function overridden(
  gate: Gate,
  key: string,
  digest: string,
  authors: readonly Author[],
  { approvals, accountOf }: Reviews,
): Gate {
  const { override, ...closed } = gate
  if (override === undefined) return gate
  const { by, reason } = override
  const writers = authors.map(accountOf)
  const second = writers.includes(undefined)
    ? undefined
    : approvals.find(
        approval => approval.units[key] === digest && !isSame(approval.by, by) && !writers.includes(approval.by),
      )
  if (second === undefined) {
    return {
      ...closed,
      reason: `${gate.reason}; ${by} asks to override it: ${reason}`,
      opens: `the approval of a second person, who is neither ${by} nor an author`,
      override,
    }
  }
  return {
    name: gate.name,
    state: 'open',
    reason: `overridden by ${by} with ${second.by}: ${reason}; it was closed: ${gate.reason}`,
    override: { ...override, second: second.by },
  }
}

/** Accounts are the same in any case of letters. */
function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

const HOUR = 3_600

/** Time that has passed, in the coarsest unit that still tells something. */
function roughly(seconds: number): string {
  if (seconds >= 48 * HOUR) return `${Math.floor(seconds / (24 * HOUR))}d`
  if (seconds >= HOUR) return `${Math.floor(seconds / HOUR)}h`
  return seconds >= 60 ? `${Math.floor(seconds / 60)}m` : `${Math.max(0, seconds)}s`
}
