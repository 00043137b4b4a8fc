import { prepare, Refusal, validate } from './dialect.ts'
import { type Environment, isEngineError, type Node, type Program } from './engine.ts'
import { environmentWith, type OptionalVariables, publicName } from './environment.ts'
import { faultMessage, unknowable } from './fault.ts'
import type { Value } from './value.ts'
import { type LazyVariable, type Outcomes, VariableScope } from './variable-scope.ts'

/** What an expression may name: `variables.x` for each of these, `params` and `authorizer` where the policy has them. */
export interface Declarations extends OptionalVariables {
  readonly variables: ReadonlyMap<string, Expression>
}

/** Values for the names of an expression; `variables` is made by `bindVariables`. No authorizer exists outside of a cluster. */
export interface Bindings {
  readonly object: Value
  readonly oldObject: Value
  readonly request: Value
  readonly namespaceObject: Value
  readonly params?: Value
  readonly variables?: VariableScope | undefined
}

/** Values for the names of a rule in a schema. Nothing is there before it is created: `oldSelf` is an empty optional. */
export interface RuleBindings {
  readonly self: Value
  readonly oldSelf: Value
}

/** The value of an evaluation, its error in the API server's words, or what only a running cluster could tell. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: string }

/** A compiled expression: compiled once, evaluated for every manifest. */
export interface Expression extends LazyVariable {
  readonly text: string
  /** The type of its value: `bool`, `string`, `dyn`, `list<dyn>` … */
  readonly type: string
  readonly node: Node
  readonly environment: Environment
  readonly declared: Declarations
  evaluate(bindings: Bindings | RuleBindings): Outcome
}

/** Why an expression does not compile, and where in it: offsets in UTF-16 code units. */
export interface CompileError {
  readonly message: string
  /** Whether the expression may be fine in a cluster, and only this engine cannot compile it. */
  readonly unsupported: boolean
  readonly start: number
  readonly end: number
}

export function isCompileError(compiled: Expression | CompileError): compiled is CompileError {
  return 'message' in compiled
}

/** By text: policies about pods begin with the same expressions, each of which is compiled, and evaluated, once. */
const compiled = new Map<string, Expression[]>()

function isAlike(left: Declarations, right: Declarations): boolean {
  const { params, authorizer, self, variables } = left
  if (params !== right.params || authorizer !== right.authorizer || self !== right.self) return false
  return (
    variables.size === right.variables.size && [...variables].every(([name, one]) => right.variables.get(name) === one)
  )
}

/** Compiles an expression as the API server does for admission policies and for the rules of schemas. */
export function compileExpression(text: string, declared: Declarations): Expression | CompileError {
  const alike = compiled.get(text) ?? []
  const known = alike.find(expression => isAlike(expression.declared, declared))
  if (known !== undefined) return known
  const made = compile(text, declared)
  if (!isCompileError(made)) compiled.set(text, [...alike, made])
  return made
}

function compile(text: string, declared: Declarations): Expression | CompileError {
  const environment = environmentWith(text, declared)
  try {
    const { program, marks } = parse(environment, text)
    prepare(program.ast, { environment, text, declared, marks })
    const checked = program.check()
    if (!checked.valid) throw checked.error
    validate(program.ast, false)
    return {
      text,
      type: program.ast.checkedType?.name ?? 'dyn',
      node: program.ast,
      environment,
      declared,
      evaluate: bindings => evaluate(program, bindings),
    }
  } catch (error) {
    return compileError(text, error)
  }
}

function evaluate(program: Program, bindings: object): Outcome {
  try {
    return { kind: 'value', value: program(bindings) }
  } catch (error) {
    const reason = unknowable(error)
    if (reason !== undefined) return { kind: 'unknown', reason }
    return { kind: 'error', message: faultMessage(error) }
  }
}

/**
 * The bindings of one evaluation: those of the manifest, the parameters, and the variables, evaluated when first read.
 * `outcomes` are those of the same manifest and parameters.
 */
export function bindVariables(
  variables: ReadonlyMap<string, Expression>,
  manifest: Bindings,
  params?: Value,
  outcomes: Outcomes = new Map(),
): Bindings {
  // Field by field: bindings of one shape evaluate several times faster than copies or heirs.
  const bindings: { -readonly [Name in keyof Bindings]: Bindings[Name] } = {
    object: manifest.object,
    oldObject: manifest.oldObject,
    request: manifest.request,
    namespaceObject: manifest.namespaceObject,
    params,
    variables: undefined,
  }
  if (variables.size > 0) bindings.variables = new VariableScope(variables, bindings, outcomes)
  return bindings
}

function compileError(text: string, error: unknown): CompileError {
  if (error instanceof Refusal) {
    const { message, node } = error
    return { message, unsupported: false, start: node.start, end: node.end }
  }
  if (error instanceof SyntaxError) return { message: error.message, unsupported: false, start: 0, end: text.length }
  // Whatever else the library throws is its own failure, and says nothing about the expression.
  if (!isEngineError(error)) return { message: String(error), unsupported: true, start: 0, end: text.length }
  const unknown = /^Unknown variable: (.*)$/.exec(error.summary)
  return {
    message: unknown === null ? publicName(error.summary) : `undeclared reference to '${unknown[1]}'`,
    unsupported: error.code === 'limit_exceeded',
    start: error.range?.start ?? 0,
    end: error.range?.end ?? text.length,
  }
}

/**
 * Parses, and knows optional entries (`[?x]`, `{?k: v}`) that the library does not: it stops at the question mark, which
 * is blanked and remembered.
 */
function parse(environment: Environment, text: string): { program: Program; marks: readonly number[] } {
  const marks: number[] = []
  let blanked = text
  for (;;) {
    try {
      return { program: environment.parse(blanked) as unknown as Program, marks }
    } catch (error) {
      const at = isEngineError(error) && error.code === 'unexpected_token' ? error.range?.start : undefined
      if (at === undefined || blanked[at] !== '?' || !/[[{,]\s*$/.test(blanked.slice(0, at))) throw error
      marks.push(at)
      blanked = `${blanked.slice(0, at)} ${blanked.slice(at + 1)}`
    }
  }
}
