import type { Evidence, Finding, LintResult, NotEvaluated, Severity } from '../lint/finding.ts'
import type { Range } from '../manifest/manifest.ts'
import type { ReportContext, ReportedPolicy } from './reporter.ts'

/** SARIF calls the least severe level a note. */
const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
}

/**
 * SARIF 2.1.0, within what GitHub code scanning requires of an upload: every result has a rule with help text, one
 * location with a full region, and a partial fingerprint.
 *
 * GitHub does not honour `suppressions`: it shows what is waived as an alert unless a later step dismisses it.
 */
export function sarif(result: LintResult, { version, policies }: ReportContext): string {
  const rules = rulesOf(result, policies)
  const indexOf = new Map(rules.map((rule, index) => [rule.id, index]))
  const compared = result.findings.some(({ state }) => state === 'carried')
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'waybill', version, semanticVersion: version, rules } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: result.notEvaluated.length === 0,
            toolExecutionNotifications: [
              ...result.notEvaluated.map(entry => notificationOf(entry, indexOf)),
              ...result.notes.map(({ text, times }) => ({
                level: 'note',
                message: { text: times === 1 ? text : `${text} (${times} times)` },
              })),
            ],
          },
        ],
        results: result.findings.map(finding => resultOf(finding, indexOf, compared)),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function rulesOf({ findings }: LintResult, policies: readonly ReportedPolicy[]) {
  const known = new Set(policies.map(({ name }) => name))
  const unknown = new Map<string, ReportedPolicy>()
  for (const { policy: name, fix, severity } of findings) {
    if (known.has(name)) continue
    const everywhere = { lite: severity, standard: severity, strict: severity }
    unknown.set(name, { name, family: 'other', title: name, fix, severity: everywhere })
  }
  return [...policies, ...unknown.values()].map(ruleOf)
}

function ruleOf({ name, family, title, fix, help, severity }: ReportedPolicy) {
  // GitHub takes no level "none": a policy that is off by default has that of the first profile which asks for it.
  const asked = [severity.standard, severity.strict, severity.lite].find(level => level !== 'off') ?? 'info'
  const text = `${title}. Fix: ${fix}`
  return {
    id: name,
    shortDescription: { text: title },
    fullDescription: { text },
    help: help === undefined ? { text } : { text, markdown: help },
    defaultConfiguration: { level: LEVEL[asked] },
    properties: { tags: [family] },
  }
}

function resultOf(finding: Finding, indexOf: ReadonlyMap<string, number>, compared: boolean) {
  const { policy, severity, message, fix, file, range, fingerprint, evidence = [], object } = finding
  // Viewers show a related location only where the message links to it.
  const links = evidence.map((item, index) => `[${escapedLink(item.message)}](${index + 1})`)
  return {
    ruleId: policy,
    ruleIndex: indexOf.get(policy),
    level: LEVEL[severity],
    message: { text: [`${message}.`, ...links.map(link => `See ${link}.`), `Fix: ${fix}`].join(' ') },
    locations: [
      { physicalLocation: physicalLocation(file, range), logicalLocations: [{ fullyQualifiedName: object }] },
    ],
    ...(evidence.length === 0 ? {} : { relatedLocations: evidence.map(relatedLocation) }),
    // GitHub's own key, primaryLocationLineHash, is left to its upload action, which warns of any other value in it.
    partialFingerprints: { 'waybillFingerprint/v1': fingerprint },
    // Both are for all results of a run or for none, says the standard (3.27.23, 3.27.24).
    suppressions: suppressionsOf(finding),
    ...(compared ? { baselineState: finding.state === 'open' ? 'new' : 'unchanged' } : {}),
  }
}

function relatedLocation({ file, range, message }: Evidence, index: number) {
  return { id: index + 1, physicalLocation: physicalLocation(file, range), message: { text: message } }
}

function suppressionsOf({ waiver }: Finding) {
  if (waiver === undefined) return []
  const { reason, owner, expires, file, range } = waiver
  const justification = owner === undefined ? reason : `${reason} (${owner}, until ${expires})`
  const location = { physicalLocation: physicalLocation(file, range) }
  return [{ kind: owner === undefined ? 'inSource' : 'external', status: 'accepted', justification, location }]
}

function notificationOf({ file, range, policy, object, reason }: NotEvaluated, indexOf: ReadonlyMap<string, number>) {
  const index = policy === undefined ? undefined : indexOf.get(policy)
  return {
    level: 'error',
    message: { text: object === undefined ? reason : `${object}: ${reason}` },
    ...(file === undefined ? {} : { locations: [{ physicalLocation: physicalLocation(file, range) }] }),
    ...(index === undefined ? {} : { associatedRule: { id: policy, index } }),
  }
}

function physicalLocation(file: string, range: Range | undefined) {
  const artifactLocation = { uri: uriOf(file) }
  if (range === undefined) return { artifactLocation }
  const { start, end } = range
  const region = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
  return { artifactLocation, region }
}

/** Relative paths stay relative to the root of the repository. */
function uriOf(file: string): string {
  const path = file
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  return path.startsWith('/') ? `file://${path}` : path
}

function escapedLink(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&')
}
