import { append } from '../manifest/group-by.ts'
import { objectName, type Range, type Source } from '../manifest/manifest.ts'
import { daysBetween } from './date.ts'
import { type AcceptedBy, type Finding, type NotEvaluated, SEVERITIES, type Severity } from './finding.ts'
import { fingerprint, fingerprintOf } from './fingerprint.ts'
import type { Policy } from './policy.ts'
import {
  type AnnotatedWaiver,
  annotatedWaivers,
  fits,
  WAIVE_ANNOTATION,
  WAIVE_ANNOTATION_PATH,
  type Waiver,
} from './waiver.ts'

/** For how many days, counted from today, a waiver may accept findings of a severity. */
export const LONGEST_WAIVER: Readonly<Record<Severity, number>> = { error: 90, warning: 180, info: 365 }

/** The most manifests that one waiver may accept findings of; what reaches further is a change of policy. */
export const BROADEST_WAIVER = 20

/** What the engine itself requires of waivers. They are policies to a reader, and nothing waives them. */
export const WAIVER_POLICIES = {
  'waiver-expired': {
    name: 'waiver-expired',
    family: 'waivers',
    title: 'A waiver has expired',
    fix: 'fix what it accepted, or renew it with a new date and a reason that still holds',
    severity: { lite: 'warning', standard: 'warning', strict: 'error' },
  },
  'waiver-unused': {
    name: 'waiver-unused',
    family: 'waivers',
    title: 'A waiver accepts nothing',
    fix: 'remove it, or correct its policy and target',
    severity: { lite: 'info', standard: 'warning', strict: 'error' },
  },
  'waiver-too-broad': {
    name: 'waiver-too-broad',
    family: 'waivers',
    title: 'A waiver accepts more than anybody judged',
    fix: 'name kind, namespace and name in its target, or set the severity of the policy instead',
    severity: { lite: 'warning', standard: 'error', strict: 'error' },
  },
  'waiver-too-long': {
    name: 'waiver-too-long',
    family: 'waivers',
    title: 'A waiver lasts longer than its severity allows',
    fix: 'bring its expiry nearer, and renew it when that day comes',
    severity: { lite: 'warning', standard: 'error', strict: 'error' },
  },
} as const satisfies Readonly<Record<string, Omit<Policy, 'judge'>>>

export type WaiverPolicyName = keyof typeof WAIVER_POLICIES

/** A finding before any waiver was asked, with all that a waiver's target may name. */
export interface Raised {
  readonly finding: Finding
  readonly source: Source
  readonly environment: string | undefined
}

export interface AcceptanceInput {
  readonly raised: readonly Raised[]
  readonly waivers: readonly Waiver[]
  /** Every manifest that was judged: their annotations waive too. */
  readonly sources: readonly Source[]
  /** `YYYY-MM-DD` */
  readonly today: string
  /** Whether all that the waivers may speak of was judged: only then can one be called unused. */
  readonly complete: boolean
  /** Names of the policies that exist, whether they run or not. */
  readonly policies: ReadonlySet<string>
  readonly notEvaluated: readonly NotEvaluated[]
  readonly severity: (policy: WaiverPolicyName) => Severity | 'off'
}

/** The findings with their state after the waivers, and the findings about the waivers themselves. */
export function accept(input: AcceptanceInput): Finding[] {
  const { raised, waivers, today } = input
  const accepted = new Map<Waiver | AnnotatedWaiver, Raised[]>()
  const standing = waivers.filter(waiver => waiver.expires >= today)
  const byPolicy = new Map<string, Waiver[]>()
  for (const waiver of standing) append(byPolicy, waiver.policy, waiver)
  const annotated = input.sources.flatMap(annotatedWaivers)
  const bySource = new Map<Source, AnnotatedWaiver[]>()
  for (const waiver of annotated) append(bySource, waiver.source, waiver)

  const findings = raised.map((item): Finding => {
    const { finding, source, environment } = item
    const waiver = byPolicy.get(finding.policy)?.find(({ target }) => fits(target, source, finding.at, environment))
    if (waiver !== undefined) {
      append(accepted, waiver, item)
      const { reason, owner, expires, file, range } = waiver
      return waived(finding, { reason, owner, expires, file, range })
    }
    const own = bySource.get(source)?.find(({ policy, reason }) => policy === finding.policy && reason !== '')
    if (own === undefined) return finding
    append(accepted, own, item)
    const { reason, range } = own
    if (finding.severity !== 'error') return waived(finding, { reason, file: source.file, range })
    const message = `annotation "${WAIVE_ANNOTATION}" accepts warnings and infos only, so this error stays open`
    return { ...finding, evidence: [...(finding.evidence ?? []), { file: source.file, range, message }] }
  })
  return [
    ...findings,
    ...waivers.flatMap(waiver => aboutWaiver(waiver, accepted.get(waiver) ?? [], input)),
    ...annotated.filter(waiver => !accepted.has(waiver)).flatMap(waiver => aboutAnnotation(waiver, input)),
  ]
}

function waived(finding: Finding, waiver: AcceptedBy): Finding {
  return { ...finding, state: 'waived', waiver }
}

function aboutWaiver(waiver: Waiver, accepted: readonly Raised[], input: AcceptanceInput): Finding[] {
  const { policy, target, expires, file, range } = waiver
  const subject = `waiver of "${policy}"`
  const identity = [policy, ...Object.entries(target).sort().flat()]
  const say = (name: WaiverPolicyName, message: string): Finding[] =>
    findingOf(name, message, input, {
      object: `Waiver/${policy}`,
      file,
      range,
      at: [],
      fingerprint: fingerprintOf([name, ...identity]),
    })

  if (expires < input.today) {
    return say('waiver-expired', `${subject} expired on "${expires}", so what it accepted counts again`)
  }
  if (!input.policies.has(policy)) {
    return say('waiver-unused', `waiver names policy "${policy}", which does not exist, so it accepts nothing`)
  }
  const found: Finding[] = []
  const objects = new Set(accepted.map(({ source }) => `${source.file}\n${objectName(source.manifest)}`))
  if (Object.keys(target).length === 0) {
    found.push(...say('waiver-too-broad', `${subject} has no target, so it accepts every finding of the policy`))
  } else if (objects.size > BROADEST_WAIVER) {
    const fact = `accepts findings of ${objects.size} manifests, more than ${BROADEST_WAIVER}`
    found.push(...say('waiver-too-broad', `${subject} ${fact}, so it changes the policy without saying so`))
  }
  const days = daysBetween(input.today, expires)
  const gravest = mostSevere(accepted.map(({ finding }) => finding.severity)) ?? 'info'
  if (days > LONGEST_WAIVER[gravest]) {
    const fact = `expires in ${days} days, ${LONGEST_WAIVER[gravest]} are the most for severity "${gravest}"`
    found.push(...say('waiver-too-long', `${subject} ${fact}, so nobody looks at it again in time`))
  }
  if (accepted.length === 0 && input.complete && wasJudged(policy, input)) {
    found.push(...say('waiver-unused', `${subject} accepts no finding, so it would hide the next one`))
  }
  return found
}

/** An annotation stands in a manifest that was judged, so it can be called unused whatever else was. */
function aboutAnnotation({ policy, reason, source, range }: AnnotatedWaiver, input: AcceptanceInput): Finding[] {
  const message = !input.policies.has(policy)
    ? `annotation "${WAIVE_ANNOTATION}" names policy "${policy}", which does not exist, so it accepts nothing`
    : reason === ''
      ? `annotation "${WAIVE_ANNOTATION}" gives no reason for "${policy}", so it accepts nothing`
      : `annotation "${WAIVE_ANNOTATION}" accepts no finding of "${policy}", so it would hide the next one`
  if (reason !== '' && !wasJudged(policy, input)) return []
  return findingOf('waiver-unused', message, input, {
    object: objectName(source.manifest),
    file: source.file,
    range,
    at: WAIVE_ANNOTATION_PATH,
    fingerprint: fingerprint(`waiver-unused ${policy}`, source.manifest, WAIVE_ANNOTATION_PATH),
  })
}

/** Whether the policy looked at everything: where it could not, a waiver that accepted nothing may still be needed. */
function wasJudged(policy: string, input: AcceptanceInput): boolean {
  return input.notEvaluated.every(entry => entry.policy !== undefined && entry.policy !== policy)
}

function mostSevere(severities: readonly Severity[]): Severity | undefined {
  return SEVERITIES.find(severity => severities.includes(severity))
}

interface Place {
  readonly object: string
  readonly file: string
  readonly range: Range
  readonly at: Finding['at']
  readonly fingerprint: string
}

function findingOf(name: WaiverPolicyName, message: string, input: AcceptanceInput, place: Place): Finding[] {
  const severity = input.severity(name)
  if (severity === 'off') return []
  return [{ ...place, policy: name, severity, fix: WAIVER_POLICIES[name].fix, message, state: 'open' }]
}
