import { type Origin, objectName, type Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { type FieldPath, valueAt } from '../manifest/path.ts'
import { accept, type Raised, WAIVER_POLICIES } from './acceptance.ts'
import type { Finding, LintResult, NotEvaluated, Note, Severity } from './finding.ts'
import { fingerprint } from './fingerprint.ts'
import type { Policy, Verdict } from './policy.ts'
import { type Redactor, redactorOf, secretTexts } from './secret.ts'
import { type SeverityOverrides, severityOf, severityRank } from './severity.ts'
import type { Waiver } from './waiver.ts'

/** One environment to judge, or all of somebody's YAML taken as one. */
export interface JudgedEnvironment {
  readonly index: Index
  readonly severityOverrides: SeverityOverrides
}

export interface LintInput {
  readonly environments: readonly JudgedEnvironment[]
  /** The whole catalogue; which of them run is decided by profile and overrides. */
  readonly policies: readonly Policy[]
  readonly waivers: readonly Waiver[]
  /** `YYYY-MM-DD`: decides which waivers still hold. */
  readonly today: string
  /** Whether `environments` hold all that the waivers may speak of: only then can a waiver be called unused. */
  readonly complete: boolean
  /** What could not be judged before any policy ran: files that do not parse, entries that are no waiver. */
  readonly notEvaluated: readonly NotEvaluated[]
  /** What the reading of the files has to say and decides nothing. */
  readonly notes: readonly string[]
  /** How many files were read, those without a manifest too. */
  readonly files: number
  /** The spec key behind one field, where that is known more closely than the origin of the whole manifest. */
  readonly originOf?: (source: Source, at: FieldPath) => Origin | undefined
}

/**
 * Judges the environments. Pure: the same input gives the same result in the same order, by file, line, column,
 * policy and message in code units.
 *
 * Fails closed: a policy that throws, or that says it could not be run, is a `notEvaluated` line and never a pass;
 * what it and the others found besides stays. Values of Secrets, and of fields that a policy of the family `secrets`
 * flags, are masked in every message.
 */
export function lint(input: LintInput): LintResult {
  const { environments, policies } = input
  const sources = [...new Set(environments.flatMap(({ index }) => index.sources))]
  const heard: Heard = { raised: [], notEvaluated: [], notes: [], flagged: [] }
  const ran = new Set<Policy>()
  for (const environment of environments) {
    for (const policy of policies) {
      const severity = severityOf(policy, environment.index.facts.profile, environment.severityOverrides)
      if (severity === 'off') continue
      ran.add(policy)
      hear(policy, severity, environment, input, heard)
    }
  }

  const redact = redactorFor(sources, heard)
  const notEvaluated = [
    ...[...input.notEvaluated, ...strangeOverrides(input)].map(entry => ({ ...entry, reason: redact(entry.reason) })),
    ...heard.notEvaluated.map(({ entry, near }) => ({ ...entry, reason: redact(entry.reason, near) })),
  ]
  const findings = accept({
    raised: heard.raised.map(item => ({ ...item, finding: redacted(item.finding, redact, item.near) })),
    waivers: input.waivers,
    sources,
    today: input.today,
    complete: input.complete,
    policies: new Set(policies.map(policy => policy.name)),
    notEvaluated,
    severity: name => strictest(WAIVER_POLICIES[name], environments),
  })
  return {
    findings: inOrder(findings),
    notEvaluated: distinct(notEvaluated),
    notes: counted([
      ...input.notes.map(text => ({ text: redact(text) })),
      ...heard.notes.map(({ policy, text, near }) => ({ policy, text: redact(text, near) })),
    ]),
    files: input.files,
    manifests: environments.reduce((sum, { index }) => sum + index.sources.length, 0),
    policies: ran.size,
  }
}

/** All that the policies said, before masking and waivers; `near` are the secret texts that a line speaks about. */
interface Heard {
  readonly raised: (Raised & { readonly near: readonly string[] })[]
  readonly notEvaluated: { readonly entry: NotEvaluated; readonly near: readonly string[] }[]
  readonly notes: { readonly policy: string; readonly text: string; readonly near: readonly string[] }[]
  /** The values of fields that the family `secrets` flags. */
  readonly flagged: string[]
}

function hear(policy: Policy, severity: Severity, { index }: JudgedEnvironment, input: LintInput, heard: Heard): void {
  try {
    for (const verdict of policy.judge(index)) take(verdict, policy, severity, index, input, heard)
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : String(thrown)
    const reason = `policy "${policy.name}" threw "${what}", so nothing of it counts as passed`
    heard.notEvaluated.push({ entry: { policy: policy.name, reason }, near: [] })
  }
}

function take(
  verdict: Verdict,
  policy: Policy,
  severity: Severity,
  index: Index,
  { originOf }: LintInput,
  heard: Heard,
): void {
  const { source } = verdict
  const near = secretTexts(source.manifest)
  const object = objectName(source.manifest)
  if ('note' in verdict) {
    heard.notes.push({ policy: policy.name, text: verdict.note, near })
  } else if ('notEvaluated' in verdict) {
    const { file } = source
    const entry = { file, range: source.range([]), policy: policy.name, object, reason: verdict.notEvaluated }
    heard.notEvaluated.push({ entry, near })
  } else {
    const { at } = verdict.violation
    const value = policy.family === 'secrets' ? valueAt(source.manifest, at) : undefined
    if (typeof value === 'string') {
      near.push(value)
      heard.flagged.push(value)
    }
    const origin = originOf?.(source, at) ?? source.origin
    const finding: Finding = {
      ...verdict.violation,
      policy: policy.name,
      severity,
      fix: policy.fix,
      object,
      file: source.file,
      range: source.range(at),
      ...(origin === undefined ? {} : { origin }),
      fingerprint: fingerprint(policy.name, source.manifest, at),
      state: 'open',
    }
    heard.raised.push({ finding, source, environment: index.facts.name, near })
  }
}

function redactorFor(sources: readonly Source[], { flagged }: Heard): Redactor {
  const names = new Set<string>()
  for (const { manifest } of sources) {
    names.add(manifest.kind).add(manifest.metadata.name)
    if (manifest.metadata.namespace !== undefined) names.add(manifest.metadata.namespace)
  }
  return redactorOf([...sources.flatMap(({ manifest }) => secretTexts(manifest)), ...flagged], names)
}

function redacted(finding: Finding, redact: Redactor, near: readonly string[]): Finding {
  const message = redact(finding.message, near)
  if (finding.evidence === undefined) return { ...finding, message }
  return { ...finding, message, evidence: finding.evidence.map(e => ({ ...e, message: redact(e.message, near) })) }
}

/** An override of a policy that does not exist is a slip of the pen that would loosen or tighten nothing. */
function strangeOverrides({ environments, policies }: LintInput): NotEvaluated[] {
  const known = new Set([...Object.keys(WAIVER_POLICIES), ...policies.map(policy => policy.name)])
  return environments
    .flatMap(({ severityOverrides }) => Object.keys(severityOverrides))
    .filter(name => !known.has(name))
    .map(name => ({ policy: name, reason: `severity override names policy "${name}", which does not exist` }))
}

/** Waivers belong to no environment: what is required of them is as severe as the strictest environment has it. */
function strictest(
  policy: Pick<Policy, 'name' | 'severity'>,
  environments: readonly JudgedEnvironment[],
): Severity | 'off' {
  const severities = environments
    .map(({ index, severityOverrides }) => severityOf(policy, index.facts.profile, severityOverrides))
    .filter(severity => severity !== 'off')
  return severities.sort((a, b) => severityRank(a) - severityRank(b))[0] ?? 'off'
}

/**
 * Sorted, with what was said twice of one place (a manifest in two environments) said once: open before waived,
 * and as severe as it was anywhere.
 */
function inOrder(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.range.start.line - b.range.start.line ||
      a.range.start.column - b.range.start.column ||
      compareText(a.policy, b.policy) ||
      compareText(a.message, b.message) ||
      compareText(a.fingerprint, b.fingerprint) ||
      compareText(a.state, b.state) ||
      severityRank(a.severity) - severityRank(b.severity),
  )
  return sorted.filter((finding, index) => {
    const previous = sorted[index - 1]
    return previous === undefined || !isSame(previous, finding)
  })
}

function isSame(a: Finding, b: Finding): boolean {
  return (
    a.fingerprint === b.fingerprint &&
    a.message === b.message &&
    a.file === b.file &&
    a.range.start.offset === b.range.start.offset
  )
}

function distinct(entries: readonly NotEvaluated[]): NotEvaluated[] {
  const keyOf = ({ file = '', range, policy = '', object = '', reason }: NotEvaluated): string => {
    const { line, column } = range?.start ?? { line: 0, column: 0 }
    return [file, String(line).padStart(9, '0'), String(column).padStart(9, '0'), policy, object, reason].join('\n')
  }
  const byKey = new Map(entries.map(entry => [keyOf(entry), entry]))
  return [...byKey.entries()].sort(([a], [b]) => compareText(a, b)).map(([, entry]) => entry)
}

function counted(notes: readonly Omit<Note, 'times'>[]): Note[] {
  const byKey = new Map<string, Note>()
  for (const note of notes) {
    const key = `${note.policy ?? ''}\n${note.text}`
    byKey.set(key, { ...note, times: (byKey.get(key)?.times ?? 0) + 1 })
  }
  return [...byKey.entries()].sort(([a], [b]) => compareText(a, b)).map(([, note]) => note)
}

/** By code units: no locale decides an order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
