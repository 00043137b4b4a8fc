import { culpritOf, culpritsOf } from '../cel/culprit.ts'
import { type Bindings, bindVariables, type Expression, type Outcome } from '../cel/expression.ts'
import { type Outcomes, outcomeOf } from '../cel/variable-scope.ts'
import { type Manifest, objectName, type Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { PROFILES } from '../manifest/manifest-index.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import { type PolicyBinding, paramsFor, policyBindingOf, UNBOUND, type ValidationAction } from './admission-binding.ts'
import { type Match, matches, matchResourcesOf, mayMatch } from './admission-matching.ts'
import { type Report, type Rules, rulesOf, type Validation } from './admission-rules.ts'
import { type Target, targetsByResource } from './admission-target.ts'
import { type NotEvaluated, SEVERITIES, type Severity } from './finding.ts'
import type { Policy, SeverityByProfile, Verdict } from './policy.ts'
import { isEdit } from './remedy.ts'

/** A verdict with the bindings it came about by, so that a caller can weigh `Deny` against `Warn`. */
export type AdmissionVerdict = Verdict & {
  readonly bindings: readonly string[]
  /** What the bindings do about it; empty for a policy that applies without one. */
  readonly actions: readonly ValidationAction[]
}

/** A ValidatingAdmissionPolicy that judges manifests as the API server judges their creation. */
export interface AdmissionPolicy extends Policy {
  /**
   * What of the policy itself cannot be run, such as expressions that do not compile; none of it is judged. Reading this
   * compiles the policy, which otherwise happens when it meets the first manifest that it may select.
   */
  readonly problems: readonly NotEvaluated[]
  judge(index: Index): Iterable<AdmissionVerdict>
}

export interface AdmissionOptions {
  /** ValidatingAdmissionPolicyBindings; those of other policies are passed over. Without one the policy applies as itself. */
  readonly bindings?: readonly (Source | Manifest)[]
  /** Parameter objects besides those of the environment. */
  readonly params?: readonly Manifest[]
}

function isSource(given: Source | Manifest): given is Source {
  return typeof given.range === 'function'
}

const manifestOf = (given: Source | Manifest) => (isSource(given) ? given.manifest : given)

/** The policy that a ValidatingAdmissionPolicy declares. Its own fields are `waybill.dev/*` annotations, where it has them. */
export function admissionPolicy(given: Source | Manifest, options: AdmissionOptions = {}): AdmissionPolicy {
  const manifest = manifestOf(given)
  const { name } = manifest.metadata
  const bindings = (options.bindings ?? [])
    .map(manifestOf)
    .filter(({ spec }) => fieldsOf(spec).policyName === name)
    .map(policyBindingOf)
  const applied = bindings.length === 0 ? [UNBOUND] : bindings
  const problems: NotEvaluated[] = []
  const report: Report = (path, reason) => problems.push(problemAt(given, path, name, reason))
  let compiled: Rules | undefined
  const rules = () => {
    compiled ??= rulesOf(manifest, report)
    return compiled
  }
  const annotations = labelsOf(manifest.metadata.annotations)
  const { matchConstraints, validations } = fieldsOf(manifest.spec)
  const match = isFields(matchConstraints) ? matchResourcesOf(matchConstraints) : undefined
  const [message] = listOf(validations).flatMap(validation => textOf(fieldsOf(validation).message) ?? [])
  return {
    name,
    family: annotations['waybill.dev/family'] ?? 'admission',
    title: annotations['waybill.dev/title'] ?? name,
    fix: annotations['waybill.dev/fix'] ?? message ?? `satisfy ValidatingAdmissionPolicy "${name}"`,
    severity: severityOf(annotations['waybill.dev/severity'], bindings, report),
    ...editOf(annotations['waybill.dev/edit'], report),
    get problems() {
      rules()
      return problems
    },
    *judge(index) {
      if (match === undefined) return
      const said = new Set<PolicyBinding>()
      for (const targets of targetsByResource(index)) {
        if (!mayMatch(match, targets)) continue
        const { conditions } = rules()
        if (conditions === undefined) return
        const runnable: Runnable = { ...rules(), conditions, applied, params: options.params ?? [], said }
        for (const target of targets) {
          const selected = matches(match, target, index)
          if (selected !== 'no') yield* merged(judgeTarget(runnable, selected, target, index))
        }
      }
    },
  }
}

function editOf(annotation: string | undefined, report: Report): Pick<Policy, 'edit'> {
  if (annotation === undefined) return {}
  if (isEdit(annotation)) return { edit: annotation }
  report(['metadata', 'annotations', 'waybill.dev/edit'], `is no edit: "${annotation}"`)
  return {}
}

function problemAt(given: Source | Manifest, path: FieldPath, policy: string, reason: string): NotEvaluated {
  const problem = { policy, object: objectName(manifestOf(given)), reason: `${formatPath(path)} ${reason}` }
  return isSource(given) ? { ...problem, file: given.file, range: given.range(path) } : problem
}

function severityOf(
  annotation: string | undefined,
  bindings: readonly PolicyBinding[],
  report: Report,
): SeverityByProfile {
  const inferred = bindings.some(({ actions }) => actions.includes('Deny')) ? 'error' : 'warning'
  const byProfile = { lite: inferred, standard: inferred, strict: inferred } as Record<
    keyof SeverityByProfile,
    Severity | 'off'
  >
  if (annotation === undefined) return byProfile
  for (const part of annotation.split(',')) {
    const [left = '', right] = part.split('=').map(word => word.trim())
    const severity = [...SEVERITIES, 'off' as const].find(one => one === (right ?? left))
    const profiles = right === undefined ? PROFILES : PROFILES.filter(one => one === left)
    if (severity === undefined || profiles.length === 0) {
      report(['metadata', 'annotations', 'waybill.dev/severity'], `has no severity in "${part.trim()}"`)
    } else for (const profile of profiles) byProfile[profile] = severity
  }
  return byProfile
}

interface Runnable extends Rules {
  readonly conditions: readonly Expression[]
  readonly applied: readonly PolicyBinding[]
  readonly params: readonly Manifest[]
  /** Bindings of which it was said already that they have no params. */
  readonly said: Set<PolicyBinding>
}

function judgeTarget(rules: Runnable, selected: Match, target: Target, index: Index): readonly AdmissionVerdict[] {
  return rules.applied.flatMap(binding => {
    const bound = matches(binding.match, target, index)
    if (bound === 'no') return []
    const verdicts = judgeBound(rules, binding, [selected, bound], target, index)
    const by = { bindings: binding.name === undefined ? [] : [binding.name], actions: binding.actions }
    return verdicts.map(verdict => ({ ...verdict, ...by }))
  })
}

function judgeBound(
  rules: Runnable,
  binding: PolicyBinding,
  matched: readonly Match[],
  target: Target,
  index: Index,
): readonly Verdict[] {
  const { source } = target
  const open = matched.find(one => typeof one === 'object')
  if (open !== undefined) return [{ source, notEvaluated: open.unknown }]
  const found = paramsFor(rules.paramKind, binding, target, index, rules.params)
  if (found.kind === 'misconfigured') return [failure(source, [], found.message, rules.ignoresErrors)]
  if (found.kind === 'found') {
    return found.params.flatMap(params => {
      const outcomes: Outcomes = rules.paramKind === undefined ? target.outcomes : new Map()
      return evaluate(rules, source, bindVariables(rules.variables, target.bindings(), params, outcomes), outcomes)
    })
  }
  // It holds for every manifest of the binding, and is said once.
  if (rules.said.has(binding)) return []
  rules.said.add(binding)
  return [{ source, note: `binding "${binding.name}" has no params, and allows that` }]
}

function failure(source: Source, at: FieldPath, message: string, ignored: boolean): Verdict {
  return ignored ? { source, note: message } : { source, violation: { at, message } }
}

function evaluate(rules: Runnable, source: Source, bindings: Bindings, outcomes: Outcomes): readonly Verdict[] {
  const applies = conditionsMet(rules, source, bindings, outcomes)
  if (applies === false) return []
  if (applies !== true) return [applies]
  const verdicts: Verdict[] = []
  for (const validation of rules.validations) {
    const { expression, elementMessage } = validation
    const outcome = expression.evaluate(bindings)
    if (outcome.kind !== 'value') verdicts.push(unevaluated(rules, source, expression, outcome, bindings))
    else if (outcome.value !== true) {
      const general = messageOf(validation, bindings)
      for (const { at, names } of culpritsOf(expression, bindings)) {
        verdicts.push({ source, violation: { at, message: elementMessage?.(names) ?? general } })
      }
    }
  }
  for (const expression of rules.auditAnnotations) {
    const outcome = expression.evaluate(bindings)
    if (outcome.kind !== 'value') verdicts.push(unevaluated(rules, source, expression, outcome, bindings))
  }
  return verdicts
}

type Failed = Exclude<Outcome, { readonly kind: 'value' }>

function unevaluated(
  rules: Rules,
  source: Source,
  expression: Expression,
  outcome: Failed,
  bindings: Bindings,
): Verdict {
  if (outcome.kind === 'unknown') return { source, notEvaluated: outcome.reason }
  return failure(
    source,
    culpritOf(expression, bindings),
    errorMessage(expression, outcome.message),
    rules.ignoresErrors,
  )
}

/** Whether all match conditions hold. One that is false decides, whatever becomes of the others. */
function conditionsMet(rules: Runnable, source: Source, bindings: Bindings, outcomes: Outcomes): boolean | Verdict {
  const errors: { readonly condition: Expression; readonly message: string }[] = []
  let unknown: string | undefined
  for (const condition of rules.conditions) {
    const outcome = outcomeOf(condition, bindings, outcomes)
    if (outcome.kind === 'unknown') unknown ??= outcome.reason
    else if (outcome.kind === 'error') errors.push({ condition, message: errorMessage(condition, outcome.message) })
    else if (outcome.value !== true) return false
  }
  if (unknown !== undefined) return { source, notEvaluated: unknown }
  const [first, ...more] = errors
  if (first === undefined) return true
  const message = more.length === 0 ? first.message : `[${errors.map(error => error.message).join(', ')}]`
  return failure(source, culpritOf(first.condition, bindings), message, rules.ignoresErrors)
}

function errorMessage({ text }: Expression, message: string): string {
  return `expression '${text}' resulted in error: ${message}`
}

/** Longer messages of a `messageExpression` are not shown, as in the API server. */
const MAX_MESSAGE_BYTES = 5 * 1024

/** The message of a failed validation: its `messageExpression` if that gives a line of text, its `message`, or itself. */
function messageOf({ expression, message, messageExpression }: Validation, bindings: Bindings): string {
  const outcome = messageExpression?.evaluate(bindings)
  if (outcome?.kind === 'value' && typeof outcome.value === 'string') {
    const text = outcome.value.trim()
    if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES) return text
  }
  return message === '' ? `failed expression: ${expression.text.trim()}` : message
}

/** One verdict for what several bindings or params say alike of a manifest. */
function merged(verdicts: readonly AdmissionVerdict[]): Iterable<AdmissionVerdict> {
  if (verdicts.length < 2) return verdicts
  const bySaying = new Map<string, AdmissionVerdict>()
  for (const verdict of verdicts) {
    const { bindings, actions, ...said } = verdict
    const key = JSON.stringify({ ...said, source: undefined })
    const known = bySaying.get(key)
    if (known === undefined) bySaying.set(key, verdict)
    else {
      bySaying.set(key, {
        ...known,
        bindings: [...new Set([...known.bindings, ...bindings])],
        actions: [...new Set([...known.actions, ...actions])],
      })
    }
  }
  return bySaying.values()
}
