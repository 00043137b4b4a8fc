import type { FieldPath } from '../manifest/path.ts'
import { childrenOf, type MemberCallNode, type Node } from './engine.ts'
import type { Bindings, Expression, RuleBindings } from './expression.ts'
import {
  attempt,
  child,
  elements,
  enterBind,
  enterOptional,
  type Frame,
  firstRead,
  gives,
  isBlank,
  isHeld,
  type Place,
  pathOf,
  placeOf,
  reads,
  rootFrame,
  rootOf,
  splitArguments,
  variableOf,
} from './place.ts'
import { isMap, type Value } from './value.ts'

/**
 * The field that made an expression false, or fail: the failing conjunct, the failing element of an `all()`, the field
 * that was read there or is missing. Values are always the evaluator's; only the *places* they come from are followed
 * here, through lists that the expression builds, through variables and defaults, since a value does not say where it
 * stood. An aggregate (`size(x) > 3`, a failing `exists`) has no single culprit: it is the list, or the first field read.
 *
 * Never throws for an expression that was evaluated with these bindings. Gives the root, `[]`, only when the expression
 * reads no field of the object.
 */
export function culpritOf(expression: Expression, bindings: Bindings | RuleBindings): FieldPath {
  const root = rootFrame(expression, bindings)
  return blame(expression.node, root) ?? longest(reads(expression.node, root)) ?? []
}

/** One of several fields to blame, with what the names of the expression stand for there. */
export interface Culprit {
  readonly at: FieldPath
  readonly names: ReadonlyMap<string, Value>
}

/**
 * Every field to blame, in the order of the manifest, where `culpritOf` gives the first: of an `all()` each failing
 * element, of a negated `exists()` each that exists. At least one.
 */
export function culpritsOf(expression: Expression, bindings: Bindings): readonly Culprit[] {
  const root = rootFrame(expression, bindings)
  return decidersOf(expression.node, root).map(({ node, frame, element }) => ({
    at: blame(node, frame) ?? element?.path ?? longest(reads(expression.node, root)) ?? [],
    names: new Map([...frame.names.keys()].map(name => [name, frame.scope.getValue(name)])),
  }))
}

function longest(paths: readonly FieldPath[]): FieldPath | undefined {
  return paths.reduce<FieldPath | undefined>(
    (best, path) => (best === undefined || path.length > best.length ? path : best),
    undefined,
  )
}

/** The field that decided the value of a node, whatever that value is; or made it fail. */
function blame(node: Node, frame: Frame): FieldPath | undefined {
  const tried = attempt(node, frame)
  if ('error' in tried) return blameFailure(node, frame)
  switch (node.op) {
    case '!_':
      return blame(node.args, frame)
    case '&&':
    case '||':
      return blameLogic(node, tried.value, frame)
    case '?:':
      return blameChoice(node.args, frame)
    case 'id': {
      const bound = frame.names.get(node.args)?.bound
      return bound === undefined ? pathOf(node, frame) : blame(bound.node, bound.frame)
    }
    case '.': {
      const variable = variableOf(node, frame)
      return variable === undefined ? pathOf(node, frame) : blame(variable, rootOf(frame))
    }
    case 'call':
      return node.args[0] === 'has' ? blameHas(node.args[1][0], frame) : firstRead(node, frame)
    case 'rcall':
      return blameMember(node, tried.value, frame)
    case 'in':
      return blameMembership(node.args, frame)
    case '==':
    case '!=':
      return blameComparison(node.args, frame)
    default:
      return firstRead(node, frame)
  }
}

/** `a && b && c` as its operands. */
function operandsOf(node: Node, op: '&&' | '||'): readonly Node[] {
  return node.op === op ? node.args.flatMap(arg => operandsOf(arg, op)) : [node]
}

/**
 * A false `&&` is its first false operand. For a false `||` every operand was needed; of those the demand is blamed,
 * not the conditions under which it is made: `!has(x) || x.y` is about `x.y`.
 */
function blameLogic(node: Node & { op: '&&' | '||' }, value: Value, frame: Frame): FieldPath | undefined {
  for (const operand of decisiveOperands(node, value, frame)) {
    const at = blame(operand, frame)
    if (at !== undefined) return at
  }
  return undefined
}

/** The operands that may be blamed, the likeliest first. */
function decisiveOperands(node: Node & { op: '&&' | '||' }, value: Value, frame: Frame): readonly Node[] {
  const operands = operandsOf(node, node.op)
  const decisive = node.op === '||'
  if (value === decisive) return operands.filter(operand => gives(attempt(operand, frame), decisive)).slice(0, 1)
  return operands.toReversed().sort((a, b) => demandRank(b) - demandRank(a))
}

/** How much an operand looks like the demand of a rule, rather than a guard in front of it. */
function demandRank(node: Node): number {
  if (node.op === 'call' && node.args[0] === 'has') return 0
  if (node.op === '!_') return Math.min(1, demandRank(node.args))
  return node.op === '!=' ? 1 : 2
}

function blameChoice([condition, yes, no]: [Node, Node, Node], frame: Frame): FieldPath | undefined {
  const chosen = gives(attempt(condition, frame), true) ? yes : no
  return (chosen.op === 'value' ? undefined : blame(chosen, frame)) ?? blame(condition, frame)
}

function blameHas(argument: Node | undefined, frame: Frame): FieldPath | undefined {
  return argument && pathOf(argument, frame)
}

/** `'key' in map` is about that key; `value in [...]` about the value; `'x' in list` about the list. */
function blameMembership([value, container]: [Node, Node], frame: Frame): FieldPath | undefined {
  const read = firstRead(value, frame)
  const at = placeOf(container, frame)
  if (at?.path === undefined) return read ?? firstRead(container, frame)
  const [key, held] = [attempt(value, frame), attempt(container, frame)]
  if ('value' in held && isMap(held.value) && 'value' in key && read === undefined) return child(at, key.value)?.path
  return read ?? at.path
}

/** A comparison with a literal truth is about the other side; else it is about the first side that reads a field. */
function blameComparison([left, right]: [Node, Node], frame: Frame): FieldPath | undefined {
  const isTruth = (node: Node) => node.op === 'value' && typeof node.args === 'boolean'
  if (isTruth(right)) return blame(left, frame)
  if (isTruth(left)) return blame(right, frame)
  return firstRead(left, frame) ?? firstRead(right, frame)
}

/** The value of a quantifier for which a single element is to blame; of `exists_one` there is none. */
const GUILTY: ReadonlyMap<string, boolean> = new Map([
  ['all', false],
  ['exists', true],
])

function blameMember(node: MemberCallNode, value: Value, frame: Frame): FieldPath | undefined {
  const [name, receiver, args] = node.args
  if (node.meta.alternate === undefined && node.meta.macro === undefined) return firstRead(node, frame)
  switch (name) {
    case 'all':
    case 'exists':
    case 'exists_one':
    case 'existsOne':
      return blameQuantifier(node, value, frame)
    case 'bind': {
      const [body, inner] = enterBind(args, frame)
      return blame(body, inner)
    }
    case 'or':
    case 'orValue':
      return blame(isHeld(receiver, frame) || isBlank(args[0], frame) ? receiver : (args[0] ?? receiver), frame)
    case 'optMap':
    case 'optFlatMap': {
      const entered = enterOptional(node, frame)
      return entered === undefined ? pathOf(receiver, frame) : blame(entered[0], entered[1])
    }
    default:
      return firstRead(node, frame)
  }
}

/**
 * One element is to blame for a false `all` and a true `exists`; for the rest it is the list, or, where the list is not
 * of the object (`allowed.exists(r, c.image.startsWith(r))`), what is compared with its elements.
 */
function blameQuantifier(node: MemberCallNode, value: Value, frame: Frame): FieldPath | undefined {
  const [name, receiver] = node.args
  const [names, [body]] = splitArguments(node)
  const guilty = GUILTY.get(name)
  if (body !== undefined && guilty !== undefined && value === guilty) {
    for (const { place, inner } of elements(receiver, names, frame)) {
      if (gives(attempt(body, inner), guilty)) return blame(body, inner) ?? place?.path
    }
  }
  return pathOf(receiver, frame) ?? firstRead(node, frame)
}

/** The field at which an evaluation failed: the innermost node that throws though nothing below it does. */
function blameFailure(node: Node, frame: Frame): FieldPath | undefined {
  const fails = (one: Node, at: Frame) => 'error' in attempt(one, at)
  if (node.op === '?:') {
    const [condition, yes, no] = node.args
    if (fails(condition, frame)) return blameFailure(condition, frame)
    return blameFailure(gives(attempt(condition, frame), true) ? yes : no, frame)
  }
  if (node.op === 'rcall' && (node.meta.alternate !== undefined || node.meta.macro !== undefined)) {
    return blameMacroFailure(node, frame)
  }
  const variable = variableOf(node, frame)
  if (variable !== undefined) return blameFailure(variable, rootOf(frame))
  const inside = node.op === 'call' && node.args[0] === 'has' ? childrenOf(node).flatMap(childrenOf) : childrenOf(node)
  const failing = inside.find(one => fails(one, frame))
  return failing === undefined ? pathOf(node, frame) : blameFailure(failing, frame)
}

function blameMacroFailure(node: MemberCallNode, frame: Frame): FieldPath | undefined {
  const [name, receiver, args] = node.args
  if (name === 'bind') {
    const [, bound] = args
    if (bound !== undefined && 'error' in attempt(bound, frame)) return blameFailure(bound, frame)
    const [body, inner] = enterBind(args, frame)
    return blameFailure(body, inner)
  }
  if ('error' in attempt(receiver, frame)) return blameFailure(receiver, frame)
  if (name === 'optMap' || name === 'optFlatMap') {
    const entered = enterOptional(node, frame)
    return entered && blameFailure(entered[0], entered[1])
  }
  if (name === 'or' || name === 'orValue') return args[0] && blameFailure(args[0], frame)
  const [names, bodies] = splitArguments(node)
  for (const { inner } of elements(receiver, names, frame)) {
    const failing = bodies.find(body => 'error' in attempt(body, inner))
    if (failing !== undefined) return blameFailure(failing, inner)
  }
  return pathOf(receiver, frame)
}

/** A part of an expression that suffices for its value. */
interface Decider {
  readonly node: Node
  readonly frame: Frame
  /** The element of a list that the node is about. */
  readonly element: Place | undefined
}

/** The parts that decided the value of a node: several where a quantifier failed for several elements. */
function decidersOf(node: Node, frame: Frame, element?: Place): readonly Decider[] {
  const tried = attempt(node, frame)
  const next = 'error' in tried ? undefined : stepTowards(node, tried.value, frame)
  if (next !== undefined) return decidersOf(next.node, next.frame, element)
  const guilty = 'error' in tried || node.op !== 'rcall' ? [] : guiltyElements(node, tried.value, frame)
  if (guilty.length === 0) return [{ node, frame, element }]
  return guilty.flatMap(({ body, inner, place }) => decidersOf(body, inner, place))
}

/** The part that alone decided the value of a node. */
function stepTowards(node: Node, value: Value, frame: Frame): { node: Node; frame: Frame } | undefined {
  if (node.op === '!_') return { node: node.args, frame }
  if (node.op === '&&' || node.op === '||') {
    const [operand] = decisiveOperands(node, value, frame)
    return operand && { node: operand, frame }
  }
  if (node.op === '?:') {
    const chosen = gives(attempt(node.args[0], frame), true) ? node.args[1] : node.args[2]
    return chosen.op === 'value' ? undefined : { node: chosen, frame }
  }
  if (node.op === 'id') return frame.names.get(node.args)?.bound
  if (node.op === 'rcall' && node.args[0] === 'bind') {
    const [body, inner] = enterBind(node.args[2], frame)
    return { node: body, frame: inner }
  }
  const variable = variableOf(node, frame)
  return variable && { node: variable, frame: rootOf(frame) }
}

/** The elements for which a quantifier has the value that it has. */
function guiltyElements(node: MemberCallNode, value: Value, frame: Frame) {
  const [name, receiver] = node.args
  const [names, [body]] = splitArguments(node)
  const guilty = GUILTY.get(name)
  if (body === undefined || guilty === undefined || value !== guilty) return []
  return elements(receiver, names, frame)
    .filter(({ inner }) => gives(attempt(body, inner), guilty))
    .map(({ inner, place }) => ({ body, inner, place }))
}
