import {
  childrenOf,
  type Environment,
  isEngineError,
  type MemberCallNode,
  type Node,
  type Program,
  type Type,
} from './engine.ts'
import { CALLABLE, environmentWith, type OptionalVariables, privateName, publicName } from './environment.ts'
import { faultMessage, unknowable } from './fault.ts'
import { hasMacro, listLiteral, mapLiteral, OPERATORS, withinRange } from './node-semantics.ts'
import { regexOf } from './regex.ts'
import { parseDuration, parseTimestamp } from './time.ts'
import { MAX_INT, type Value } from './value.ts'
import { type LazyVariable, VariableScope } from './variable-scope.ts'

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
  evaluate(bindings: Bindings): Outcome
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

/** Compiles an expression as the API server does for admission policies. */
export function compileExpression(text: string, declared: Declarations): Expression | CompileError {
  const environment = environmentWith(declared)
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
      read: program,
      evaluate: bindings => evaluate(program, bindings),
    }
  } catch (error) {
    return compileError(text, error)
  }
}

function evaluate(program: Program, bindings: Bindings): Outcome {
  try {
    return { kind: 'value', value: program(bindings) }
  } catch (error) {
    const reason = unknowable(error)
    if (reason !== undefined) return { kind: 'unknown', reason }
    return { kind: 'error', message: faultMessage(error) }
  }
}

/** The bindings of one evaluation: those of the manifest, the parameters, and the variables, evaluated when first read. */
export function bindVariables(
  variables: ReadonlyMap<string, Expression>,
  manifest: Bindings,
  params?: Value,
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
  bindings.variables = new VariableScope(variables, bindings)
  return bindings
}

class Refusal extends Error {
  readonly node: Node
  constructor(message: string, node: Node) {
    super(message)
    this.node = node
  }
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

/** Which elements of a literal a remembered question mark stands directly before. */
function optionalEntries(
  starts: readonly Node[],
  ends: readonly Node[],
  from: number,
  marks: readonly number[],
): boolean[] {
  return starts.map((start, index) => {
    const after = index === 0 ? from : (ends[index - 1]?.end ?? from)
    return marks.some(mark => mark >= after && mark < start.start)
  })
}

/** What the preparation of a node needs to know of the expression that it is in. */
interface Preparation {
  readonly environment: Environment
  readonly text: string
  readonly declared: Declarations
  /** Where the question marks of optional entries stood. */
  readonly marks: readonly number[]
}

/** Gives every node the meaning that it has in Kubernetes, before types are checked. */
function prepare(node: Node, preparation: Preparation): void {
  node.setMeta('async', false)
  node.meta.alternate?.setMeta('async', false)
  if (node.op === 'call' || node.op === 'rcall') prepareCall(node)
  else if (node.op === '-_' || node.op === '/') node.setMeta('evaluate', withinRange(node.meta.evaluate))
  else if (node.op === 'list') prepareList(node, preparation)
  else if (node.op === 'map') prepareMap(node, preparation)
  else if (node.op === '.') prepareVariable(node, preparation)
  else if (node.op === 'value') prepareLiteral(node, preparation)
  else if (OPERATORS[node.op] !== undefined) node.setMeta('evaluate', OPERATORS[node.op])
  for (const child of childrenOf(node)) {
    // 2^63 is a literal only behind a minus.
    if (child.op === 'value' && child.args === MAX_INT + 1n && node.op !== '-_') {
      throw new Refusal('invalid int literal', child)
    }
    prepare(child, preparation)
  }
}

function prepareLiteral(node: Node, { environment, text }: Preparation): void {
  if (typeof node.args === 'bigint' && node.args > MAX_INT + 1n) throw new Refusal('invalid int literal', node)
  if (!(node.args instanceof Uint8Array)) return
  // The library takes each character of a bytes literal for one byte, where its UTF-8 is meant.
  const escaped = text
    .slice(node.start, node.end)
    .replace(/[\u0080-\u{10ffff}]/gu, char => Buffer.from(char).toString('hex').replace(/../g, '\\x$&'))
  Object.assign(node, { args: environment.parse(escaped).ast.args })
}

function prepareCall(node: Node & { op: 'call' | 'rcall' }): void {
  const [name] = node.args
  if (!CALLABLE.has(name)) throw new Refusal(`undeclared reference to '${name}'`, node)
  if (node.op === 'call' && name === 'has' && node.meta.macro !== undefined) {
    node.setMeta('macro', hasMacro(node.args[1][0]))
  } else if (node.meta.macro === undefined && node.meta.alternate === undefined) {
    node.args[0] = privateName(name)
  }
}

function prepareList(node: Node & { op: 'list' }, { marks }: Preparation): void {
  const optional = optionalEntries(node.args, node.args, node.start, marks)
  // An empty list is a list of anything: the library would give it a type that is still to be found.
  if (node.args.length > 0 && !optional.includes(true)) return
  const literal = listLiteral(optional)
  node.setMeta('check', literal.check).setMeta('evaluate', literal.evaluate)
}

function prepareMap(node: Node & { op: 'map' }, { marks }: Preparation): void {
  const keys = node.args.map(([key]) => key)
  const values = node.args.map(([, value]) => value)
  const literal = mapLiteral(optionalEntries(keys, values, node.start, marks))
  node.setMeta('check', literal.check).setMeta('evaluate', literal.evaluate)
}

function prepareVariable(node: Node & { op: '.' | '.?' }, { declared: { variables } }: Preparation): void {
  const [base, name] = node.args
  if (base.op !== 'id' || base.args !== 'variables') return
  const { check, evaluate } = node.meta
  let isOurs = true
  node.setMeta('check', ((checker, self, scope) => {
    isOurs = checker.check(base, scope).name === 'kubernetes.variables'
    if (!isOurs) return check(checker, self, scope)
    const type: Type | undefined = variables.get(name)?.node.checkedType
    if (type === undefined) throw checker.createError('no_such_key', `undefined field '${name}'`, self)
    return type
  }) satisfies typeof check)
  node.setMeta('evaluate', ((evaluator, self, scope) => {
    if (!isOurs) return evaluate(evaluator, self, scope)
    return (evaluator.run(base, scope) as VariableScope).read(name)
  }) satisfies typeof evaluate)
}

/** Literal arguments that the API server parses when it compiles. */
const LITERALS: Readonly<Record<string, (text: string) => boolean>> = {
  matches: text => typeof regexOf(text) !== 'string',
  duration: text => parses(parseDuration, text),
  timestamp: text => parses(parseTimestamp, text),
}

function parses(parser: (text: string) => unknown, text: string): boolean {
  try {
    parser(text)
    return true
  } catch (error) {
    if (!isEngineError(error)) throw error
    return false
  }
}

/** What is refused after types are known: literals that do not parse, lists and maps of unlike elements. */
function validate(node: Node, inFormat: boolean): void {
  if (node.op === 'call' || node.op === 'rcall') validateCall(node)
  if (!inFormat && node.op === 'list') requireLike(node.args)
  if (!inFormat && node.op === 'map') {
    requireLike(node.args.map(([key]) => key))
    requireLike(node.args.map(([, value]) => value))
  }
  const stays = inFormat && (node.op === 'list' || node.op === 'map')
  for (const child of childrenOf(node)) validate(child, stays || isFormatArgument(node, child))
}

function isFormatArgument(node: Node, child: Node): boolean {
  return node.op === 'rcall' && node.args[0] === privateName('format') && node.args[2].includes(child)
}

function validateCall(node: (Node & { op: 'call' }) | MemberCallNode): void {
  const name = publicName(`${node.args[0]}(`).slice(0, -1)
  const args = node.op === 'call' ? node.args[1] : node.args[2]
  // `matches(text, pattern)` and `text.matches(pattern)`: the pattern is the last argument of both.
  const literal = args.at(-1)
  const isFine = LITERALS[name]
  if (isFine === undefined || literal?.op !== 'value' || typeof literal.args !== 'string') return
  if (!isFine(literal.args)) throw new Refusal(`invalid ${name} argument`, literal)
}

function requireLike(nodes: readonly Node[]): void {
  const contentOf = ({ checkedType }: Node) => (checkedType?.kind === 'optional' ? checkedType.valueType : checkedType)
  const [first] = nodes
  const expected = first === undefined ? undefined : contentOf(first)
  for (const node of nodes) {
    const found = contentOf(node)
    if (expected === undefined || found === undefined || expected.matches(found)) continue
    throw new Refusal(`expected type '${expected.name}' but found '${found.name}'`, node)
  }
}
