import { childrenOf, type Environment, isEngineError, type MemberCallNode, type Node, type Type } from './engine.ts'
import { CALLABLE, privateName, publicName } from './environment.ts'
import type { Declarations } from './expression.ts'
import { hasMacro, listLiteral, mapLiteral, OPERATORS, withinRange } from './node-semantics.ts'
import { patternOf } from './regex.ts'
import { parseDuration, parseTimestamp } from './time.ts'
import { MAX_INT } from './value.ts'
import type { VariableScope } from './variable-scope.ts'

/** An expression that parses and that the API server refuses all the same: why, and at which node. */
export class Refusal extends Error {
  readonly node: Node
  constructor(message: string, node: Node) {
    super(message)
    this.node = node
  }
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
export function prepare(node: Node, preparation: Preparation): void {
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
  matches: text => typeof patternOf(text) !== 'string',
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
export function validate(node: Node, inFormat: boolean): void {
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
