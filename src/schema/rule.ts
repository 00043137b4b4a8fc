import { culpritOf } from '../cel/culprit.ts'
import { childrenOf, type Node, Optional } from '../cel/engine.ts'
import { type CompileError, compileExpression, type Expression, isCompileError } from '../cel/expression.ts'
import { isMap, keysOf, lookup, type Value } from '../cel/value.ts'
import type { Violation } from '../lint/finding.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { fieldSchema, schemasBelow } from './places.ts'
import type { Registry } from './registry.ts'
import { fieldName, ruleValue } from './rule-value.ts'
import type { Schema, ValidationRule } from './schema.ts'

/** What the CEL rules of a kind say about a manifest. */
export interface RuleOutcome {
  readonly problems: readonly Violation[]
  /** Rules that cannot be run here: never a pass. */
  readonly notEvaluated: readonly string[]
}

/**
 * Evaluates `x-kubernetes-validations` of a manifest's schema, as the API server does when the object is created: over the
 * defaulted object, without the rules that compare with what was before. The manifest is one that the schema accepts, since
 * the API server asks no rule about another one.
 */
export function evaluateRules(registry: Registry, manifest: Manifest): RuleOutcome {
  const root = registry.kind(manifest.apiVersion, manifest.kind)
  if (root === undefined || !hasRules(registry, root)) return NOTHING
  const run: Run = { registry, path: [], problems: [], notEvaluated: [] }
  visit(run, root, ruleValue(registry, root, manifest))
  return run
}

const NOTHING: RuleOutcome = { problems: [], notEvaluated: [] }

/** One evaluation under way. `path` is where it stands, changed in place. */
interface Run {
  readonly registry: Registry
  readonly path: (string | number)[]
  readonly problems: Violation[]
  readonly notEvaluated: string[]
}

const known = new WeakMap<Schema, boolean>()

/** Whether any rule stands in a schema, or in one that it leads to. */
function hasRules(registry: Registry, root: Schema): boolean {
  const found = known.get(root)
  if (found !== undefined) return found
  const has = [...schemasBelow(registry, root)].some(schema => schema['x-kubernetes-validations'] !== undefined)
  known.set(root, has)
  return has
}

function visit(run: Run, declared: Schema, value: Value): void {
  const schema = run.registry.resolve(declared)
  for (const rule of schema['x-kubernetes-validations'] ?? []) evaluate(run, schema, rule, value)
  const step = (key: string | number, inner: Schema, child: Value) => {
    run.path.push(key)
    visit(run, inner, child)
    run.path.pop()
  }
  if (Array.isArray(value)) {
    const { items } = schema
    if (items !== undefined) for (const [index, child] of value.entries()) step(index, items, child)
  } else if (isMap(value)) {
    for (const key of keysOf(value)) {
      const name = fieldName(schema, String(key))
      const field = fieldSchema(schema, name)
      if (field !== undefined) step(name, field, lookup(value, key))
    }
  }
}

/** A rule ready to run; `compares`: it asks for the value that was there before. */
type Compiled = { readonly expression: Expression; readonly compares: boolean } | { readonly error: CompileError }

const compiled = new WeakMap<ValidationRule, Compiled>()

function compile(rule: ValidationRule): Compiled {
  const earlier = compiled.get(rule)
  if (earlier !== undefined) return earlier
  const expression = compileExpression(rule.rule, RULE_NAMES)
  const made = isCompileError(expression)
    ? { error: expression }
    : { expression, compares: namesOldSelf(expression.node) }
  compiled.set(rule, made)
  return made
}

const RULE_NAMES = { variables: new Map<string, Expression>(), params: false, authorizer: false, self: true }

function namesOldSelf(node: Node): boolean {
  return (node.op === 'id' && node.args === 'oldSelf') || childrenOf(node).some(namesOldSelf)
}

function evaluate(run: Run, schema: Schema, rule: ValidationRule, self: Value): void {
  const made = compile(rule)
  const subject = run.path.length === 0 ? 'the manifest' : `"${formatPath(run.path)}"`
  if ('error' in made) {
    const { message, unsupported } = made.error
    const fact = unsupported ? 'cannot be compiled here' : 'does not compile'
    run.notEvaluated.push(`rule "${rule.rule}" of ${subject} ${fact}: ${message}`)
    return
  }
  const { expression, compares } = made
  if (compares && rule.optionalOldSelf !== true) return
  const bindings = { self, oldSelf: Optional.none() }
  const outcome = expression.evaluate(bindings)
  if (outcome.kind === 'unknown')
    run.notEvaluated.push(`rule "${rule.rule}" of ${subject} is not run: ${outcome.reason}`)
  else if (outcome.kind === 'error' || outcome.value !== true) {
    const wrong =
      outcome.kind === 'error' ? `"${rule.rule}" ends in an error: ${outcome.message}` : messageOf(rule, bindings)
    const below =
      rule.fieldPath === undefined ? culprit(run.registry, schema, expression, bindings) : stepsOf(rule.fieldPath)
    run.problems.push({ at: [...run.path, ...below], message: `${subject} breaks a rule of its schema: ${wrong}` })
  }
}

/** What the rule says of itself: its `messageExpression` if that gives a line of text, its `message`, or its text. */
function messageOf(rule: ValidationRule, bindings: { readonly self: Value; readonly oldSelf: Value }): string {
  const own = rule.messageExpression === undefined ? undefined : compileExpression(rule.messageExpression, RULE_NAMES)
  const outcome = own === undefined || isCompileError(own) ? undefined : own.evaluate(bindings)
  if (outcome?.kind === 'value' && typeof outcome.value === 'string') {
    const text = outcome.value.trim()
    if (text !== '' && !text.includes('\n')) return text
  }
  return rule.message?.trim() ?? `failed rule: ${rule.rule.trim()}`
}

/** The field below the value that made the rule false, by the name that it has in the manifest. */
function culprit(
  registry: Registry,
  declared: Schema,
  expression: Expression,
  bindings: { readonly self: Value; readonly oldSelf: Value },
): FieldPath {
  let schema: Schema | undefined = declared
  return culpritOf(expression, bindings).map(step => {
    const name: string | number = typeof step === 'string' && schema !== undefined ? fieldName(schema, step) : step
    const next: Schema | undefined = typeof name === 'string' ? schema && fieldSchema(schema, name) : schema?.items
    schema = next === undefined ? undefined : registry.resolve(next)
    return name
  })
}

/** The steps of a `fieldPath`: `.spec.names['a.b']`. */
function stepsOf(fieldPath: string): FieldPath {
  return [...fieldPath.matchAll(/\.([^.[\]]+)|\['([^']+)'\]/g)].flatMap(([, plain, quoted]) => plain ?? quoted ?? [])
}
