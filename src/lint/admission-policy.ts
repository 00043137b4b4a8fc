import { culpritOf } from '../cel/culprit.ts'
import {
  type Bindings,
  bindVariables,
  type CompileError,
  compileExpression,
  type Declarations,
  type Expression,
  isCompileError,
  type Outcome,
} from '../cel/expression.ts'
import { type Manifest, objectName, type Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { PROFILES } from '../manifest/manifest-index.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import {
  type ParamKind,
  type PolicyBinding,
  paramsFor,
  policyBindingOf,
  UNBOUND,
  type ValidationAction,
} from './admission-binding.ts'
import { type Match, type MatchResources, matches, matchResourcesOf } from './admission-matching.ts'
import { type Target, targetsOf } from './admission-target.ts'
import { type NotEvaluated, SEVERITIES, type Severity } from './finding.ts'
import type { Policy, SeverityByProfile, Verdict } from './policy.ts'

/** A verdict with the bindings it came about by, so that a caller can weigh `Deny` against `Warn`. */
export type AdmissionVerdict = Verdict & {
  readonly bindings: readonly string[]
  /** What the bindings do about it; empty for a policy that applies without one. */
  readonly actions: readonly ValidationAction[]
}

/** A ValidatingAdmissionPolicy that judges manifests as the API server judges their creation. */
export interface AdmissionPolicy extends Policy {
  /** What of the policy itself cannot be run, such as expressions that do not compile. None of it was judged. */
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
  const report = (path: FieldPath, reason: string) => problems.push(problemAt(given, path, name, reason))
  const rules = rulesOf(manifest, report)
  const annotations = labelsOf(manifest.metadata.annotations)
  const firstMessage = rules.validations.find(({ message }) => message !== '')?.message
  return {
    name,
    family: annotations['waybill.dev/family'] ?? 'admission',
    title: annotations['waybill.dev/title'] ?? name,
    fix: annotations['waybill.dev/fix'] ?? firstMessage ?? `satisfy ValidatingAdmissionPolicy "${name}"`,
    severity: severityOf(annotations['waybill.dev/severity'], bindings, report),
    problems,
    *judge(index) {
      const { match, conditions } = rules
      if (match === undefined || conditions === undefined) return
      const runnable: Runnable = { ...rules, conditions, applied, params: options.params ?? [], said: new Set() }
      for (const target of targetsOf(index)) {
        const selected = matches(match, target, index)
        if (selected !== 'no') yield* merged(judgeTarget(runnable, selected, target, index))
      }
    },
  }
}

function problemAt(given: Source | Manifest, path: FieldPath, policy: string, reason: string): NotEvaluated {
  const problem = { policy, object: objectName(manifestOf(given)), reason: `${formatPath(path)} ${reason}` }
  return isSource(given) ? { ...problem, file: given.file, range: given.range(path) } : problem
}

type Report = (path: FieldPath, reason: string) => void

// ---- reading a policy ----------------------------------------------------------------------------------------------

interface Validation {
  readonly expression: Expression
  readonly message: string
  readonly messageExpression: Expression | undefined
}

interface Rules {
  readonly match: MatchResources | undefined
  readonly paramKind: ParamKind | undefined
  /** `undefined` when one of them does not compile: nobody can say what the policy applies to. */
  readonly conditions: readonly Expression[] | undefined
  readonly variables: ReadonlyMap<string, Expression>
  readonly validations: readonly Validation[]
  readonly auditAnnotations: readonly Expression[]
  readonly ignoresErrors: boolean
}

function rulesOf(manifest: Manifest, report: Report): Rules {
  const spec = fieldsOf(manifest.spec)
  if (!isFields(spec.matchConstraints)) report(['spec', 'matchConstraints'], 'is absent, so the policy matches nothing')
  const paramKind = fieldsOf(spec.paramKind)
  const [apiVersion, kind] = [textOf(paramKind.apiVersion), textOf(paramKind.kind)]
  const hasParams = isFields(spec.paramKind)
  const variables = new Map<string, Expression>()
  const declared: Declarations = { variables, params: hasParams, authorizer: true }

  const compile = (value: unknown, path: FieldPath, declarations: Declarations, types: readonly string[]) => {
    const text = textOf(value)
    if (text === undefined) {
      report(path, 'is no text, so it cannot be evaluated')
      return undefined
    }
    const compiled = compileExpression(text, declarations)
    if (isCompileError(compiled)) report(path, compileProblem(compiled, text))
    else if (types.length === 0 || types.includes(compiled.type)) return compiled
    else report(path, `does not compile: must evaluate to ${types.join(' or ')} but got ${compiled.type}`)
    return undefined
  }

  for (const [index, value] of listOf(spec.variables).entries()) {
    const { name, expression } = fieldsOf(value)
    const seen = { ...declared, variables: new Map(variables) }
    const compiled = compile(expression, ['spec', 'variables', index, 'expression'], seen, [])
    if (compiled !== undefined && typeof name === 'string') variables.set(name, compiled)
  }

  const conditions = listOf(spec.matchConditions).map((value, index) =>
    compile(fieldsOf(value).expression, ['spec', 'matchConditions', index, 'expression'], declared, ['bool']),
  )
  const validations = listOf(spec.validations).flatMap((value, index) => {
    const { expression, message, messageExpression } = fieldsOf(value)
    const at: FieldPath = ['spec', 'validations', index]
    const compiled = compile(expression, [...at, 'expression'], declared, ['bool'])
    const compiledMessage =
      messageExpression === undefined
        ? undefined
        : compile(messageExpression, [...at, 'messageExpression'], { ...declared, authorizer: false }, ['string'])
    if (compiled === undefined) return []
    return [{ expression: compiled, message: (textOf(message) ?? '').trim(), messageExpression: compiledMessage }]
  })
  const auditAnnotations = listOf(spec.auditAnnotations).flatMap((value, index) => {
    const path: FieldPath = ['spec', 'auditAnnotations', index, 'valueExpression']
    return compile(fieldsOf(value).valueExpression, path, declared, ['string', 'null']) ?? []
  })
  return {
    match: isFields(spec.matchConstraints) ? matchResourcesOf(spec.matchConstraints) : undefined,
    paramKind: apiVersion !== undefined && kind !== undefined ? { apiVersion, kind } : undefined,
    conditions: conditions.every(condition => condition !== undefined) ? conditions : undefined,
    variables,
    validations,
    auditAnnotations,
    ignoresErrors: spec.failurePolicy === 'Ignore',
  }
}

function compileProblem({ message, start, unsupported }: CompileError, text: string): string {
  const before = text.slice(0, start).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1} of the expression`
  return `${unsupported ? 'cannot be compiled here' : 'does not compile'}: ${message} (${place})`
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

// ---- judging a manifest --------------------------------------------------------------------------------------------

interface Runnable extends Rules {
  readonly conditions: readonly Expression[]
  readonly applied: readonly PolicyBinding[]
  readonly params: readonly Manifest[]
  /** Bindings of which it was said already that they have no params. */
  readonly said: Set<PolicyBinding>
}

function* judgeTarget(rules: Runnable, selected: Match, target: Target, index: Index): Generator<AdmissionVerdict> {
  const { source } = target
  for (const binding of rules.applied) {
    const by = { bindings: binding.name === undefined ? [] : [binding.name], actions: binding.actions }
    const bound = matches(binding.match, target, index)
    if (bound === 'no') continue
    const open = [selected, bound].find(one => typeof one === 'object')
    if (open !== undefined) {
      yield { source, notEvaluated: open.unknown, ...by }
      continue
    }
    const found = paramsFor(rules.paramKind, binding, target, index, rules.params)
    if (found.kind === 'none') {
      // It holds for every manifest of the binding, and is said once.
      if (!rules.said.has(binding))
        yield { source, note: `binding "${binding.name}" has no params, and allows that`, ...by }
      rules.said.add(binding)
    } else if (found.kind === 'misconfigured') {
      yield { ...failure(source, [], found.message, rules.ignoresErrors), ...by }
    } else {
      for (const params of found.params) {
        const bindings = bindVariables(rules.variables, target.bindings(), params)
        for (const verdict of evaluate(rules, source, bindings)) yield { ...verdict, ...by }
      }
    }
  }
}

function failure(source: Source, at: FieldPath, message: string, ignored: boolean): Verdict {
  return ignored ? { source, note: message } : { source, violation: { at, message } }
}

function* evaluate(rules: Runnable, source: Source, bindings: Bindings): Generator<Verdict> {
  const applies = conditionsMet(rules, source, bindings)
  if (applies === false) return
  if (applies !== true) {
    yield applies
    return
  }
  for (const validation of rules.validations) {
    const { expression } = validation
    const outcome = expression.evaluate(bindings)
    if (outcome.kind !== 'value') yield unevaluated(rules, source, expression, outcome, bindings)
    else if (outcome.value !== true) {
      yield { source, violation: { at: culpritOf(expression, bindings), message: messageOf(validation, bindings) } }
    }
  }
  for (const expression of rules.auditAnnotations) {
    const outcome = expression.evaluate(bindings)
    if (outcome.kind !== 'value') yield unevaluated(rules, source, expression, outcome, bindings)
  }
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
function conditionsMet(rules: Runnable, source: Source, bindings: Bindings): boolean | Verdict {
  const errors: { readonly condition: Expression; readonly message: string }[] = []
  let unknown: string | undefined
  for (const condition of rules.conditions) {
    const outcome = condition.evaluate(bindings)
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
function merged(verdicts: Iterable<AdmissionVerdict>): Iterable<AdmissionVerdict> {
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
