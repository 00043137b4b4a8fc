import type { FieldPath } from '../manifest/path.ts'
import { pairsOf } from './comprehension.ts'
import { childrenOf, type Evaluator, type MemberCallNode, type Node, Optional, type Scope } from './engine.ts'
import { probe } from './environment.ts'
import type { Bindings, Declarations, Expression } from './expression.ts'
import { equal, isMap, type Value } from './value.ts'

/**
 * The field that made an expression false, or fail: the failing conjunct, the failing element of an `all()`, the field
 * that was read there or is missing. Values are always the evaluator's; only the *places* they come from are followed
 * here, through lists that the expression builds, through variables and defaults, since a value does not say where it
 * stood. An aggregate (`size(x) > 3`, a failing `exists`) has no single culprit: it is the list, or the first field read.
 *
 * Never throws for an expression that was evaluated with these bindings. Gives the root, `[]`, only when the expression
 * reads no field of the object.
 */
export function culpritOf(expression: Expression, bindings: Bindings): FieldPath {
  const { evaluator, scope } = probe(expression.environment, bindings)
  const root: Frame = { evaluator, scope, names: ROOT_NAMES, rootScope: scope, declared: expression.declared }
  return blame(expression.node, root) ?? longest(reads(expression.node, root)) ?? []
}

/** Where a value stands: at a path of the object, or, for a list that the expression made, where its elements stand. */
interface Place {
  readonly path?: FieldPath
  readonly items?: readonly (Place | undefined)[]
}

/** What a name stands for: a place, and for `cel.bind` the expression that it abbreviates. */
interface Named {
  readonly place: Place | undefined
  readonly bound?: { readonly node: Node; readonly frame: Frame }
}

interface Frame {
  readonly evaluator: Evaluator
  readonly scope: Scope
  readonly names: ReadonlyMap<string, Named>
  readonly rootScope: Scope
  readonly declared: Declarations
}

const ROOT_NAMES: ReadonlyMap<string, Named> = new Map([['object', { place: { path: [] } }]])

/** Variables of a policy see no names of the expression that reads them. */
function rootOf(frame: Frame): Frame {
  return { ...frame, scope: frame.rootScope, names: ROOT_NAMES }
}

type Attempt = { readonly value: Value } | { readonly error: unknown }

function attempt(node: Node, { evaluator, scope }: Frame): Attempt {
  try {
    return { value: evaluator.run(node, scope) }
  } catch (error) {
    return { error }
  }
}

const gives = (tried: Attempt, value: boolean) => 'value' in tried && tried.value === value

function withName(frame: Frame, name: string, value: Value, named: Named): Frame {
  const { evaluator } = frame
  const scope = frame.scope.forkWithVariable(name, evaluator.getType('dyn')).setIterValue(value, evaluator)
  return { ...frame, scope, names: new Map(frame.names).set(name, named) }
}

// ---- blame: from a result to a field -------------------------------------------------------------------------------

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
  const operands = operandsOf(node, node.op)
  const decisive = node.op === '||'
  if (value === decisive) {
    const decider = operands.find(operand => gives(attempt(operand, frame), decisive))
    return decider && blame(decider, frame)
  }
  const demands = operands.toReversed().sort((a, b) => demandRank(b) - demandRank(a))
  for (const demand of demands) {
    const at = blame(demand, frame)
    if (at !== undefined) return at
  }
  return undefined
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
  const [name, receiver, args] = node.args
  const body = args.at(-1)
  const guilty = GUILTY.get(name)
  if (body !== undefined && guilty !== undefined && value === guilty) {
    for (const { place, inner } of elements(receiver, args.slice(0, -1), frame)) {
      if (gives(attempt(body, inner), guilty)) return blame(body, inner) ?? place?.path
    }
  }
  return pathOf(receiver, frame) ?? firstRead(node, frame)
}

function isHeld(node: Node, frame: Frame): boolean {
  const tried = attempt(node, frame)
  return 'value' in tried && tried.value instanceof Optional && tried.value.hasValue()
}

/** A default that stands in no field: a literal, or a default of a default. */
function isBlank(node: Node | undefined, frame: Frame): boolean {
  if (node?.op === 'rcall' && node.args[0] === 'orValue') {
    return !isHeld(node.args[1], frame) && isBlank(node.args[2][0], frame)
  }
  return (
    node === undefined || node.op === 'value' || ((node.op === 'list' || node.op === 'map') && node.args.length === 0)
  )
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
  const bodies = args.filter((arg, index) => index > 0 && !isVariable(name, args, index, arg))
  for (const { inner } of elements(receiver, args.slice(0, args.length - bodies.length), frame)) {
    const failing = bodies.find(body => 'error' in attempt(body, inner))
    if (failing !== undefined) return blameFailure(failing, inner)
  }
  return pathOf(receiver, frame)
}

// ---- places: where a value stood -----------------------------------------------------------------------------------

function child(place: Place | undefined, key: Value): Place | undefined {
  if (place === undefined) return undefined
  const step = typeof key === 'string' ? key : Number(key)
  if (place.path !== undefined) return { path: [...place.path, step] }
  return typeof step === 'number' ? place.items?.[step] : undefined
}

/** The places of the elements of a list. */
function itemsOf(place: Place | undefined, list: Value): readonly (Place | undefined)[] {
  if (!Array.isArray(list)) return []
  return place?.items ?? list.map((_, index) => child(place, index))
}

function variableOf(node: Node, { declared }: Frame): Node | undefined {
  if (node.op !== '.' || node.args[0].op !== 'id' || node.args[0].args !== 'variables') return undefined
  return declared.variables.get(node.args[1])?.node
}

/** Where the value of a node stands, if it stands anywhere; of an absent field, where it would stand. */
function placeOf(node: Node, frame: Frame): Place | undefined {
  switch (node.op) {
    case 'id':
      return frame.names.get(node.args)?.place
    case '.':
    case '.?': {
      const variable = variableOf(node, frame)
      return variable === undefined
        ? child(placeOf(node.args[0], frame), node.args[1])
        : placeOf(variable, rootOf(frame))
    }
    case '[]':
    case '[?]': {
      const key = attempt(node.args[1], frame)
      return 'value' in key ? child(placeOf(node.args[0], frame), key.value) : undefined
    }
    case '?:':
      return placeOf(gives(attempt(node.args[0], frame), true) ? node.args[1] : node.args[2], frame)
    case 'list':
      return { items: node.args.map(arg => placeOf(arg, frame)) }
    case '+': {
      const [left, right] = node.args.map(arg => listPlaces(arg, frame))
      return left === undefined || right === undefined ? undefined : { items: [...left, ...right] }
    }
    case 'call':
      return node.args[0] === 'dyn' ? placeOf(node.args[1][0] as Node, frame) : undefined
    case 'rcall':
      return placeOfMember(node, frame)
    default:
      return undefined
  }
}

/** The places of the elements of a node that gives a list. */
function listPlaces(node: Node, frame: Frame): readonly (Place | undefined)[] | undefined {
  const tried = attempt(node, frame)
  return 'value' in tried && Array.isArray(tried.value) ? itemsOf(placeOf(node, frame), tried.value) : undefined
}

/** Functions that give some elements of a list in some order: each is found again by its value. */
const REARRANGED = new Set(['distinct_', 'sort_', 'reverse_', 'slice_', 'sortBy'])
/** Macros with two variables, and those that the library underneath does not expand itself. */
const WALKS = new Set([
  'all',
  'exists',
  'existsOne',
  'exists_one',
  'transformList',
  'transformMap',
  'transformMapEntry',
  'sortBy',
])
/** Functions that give one element of a list. */
const PICKED = new Set(['min_', 'max_', 'first_', 'last_'])

function placeOfMember(node: MemberCallNode, frame: Frame): Place | undefined {
  const [name, receiver, args] = node.args
  if (name === 'map' || name === 'transformList') {
    const body = args.at(-1) as Node
    const test = args.length > (name === 'map' ? 2 : 3) ? args.at(-2) : undefined
    const names = args.slice(0, name === 'map' ? 1 : 2)
    const walked = elements(receiver, names, frame)
    const kept = test === undefined ? walked : walked.filter(({ inner }) => gives(attempt(test, inner), true))
    return { items: kept.map(({ inner, place }) => placeOf(body, inner) ?? place) }
  }
  if (name === 'filter') {
    const kept = elements(receiver, args.slice(0, 1), frame)
    return { items: kept.filter(({ inner }) => gives(attempt(args[1] as Node, inner), true)).map(({ place }) => place) }
  }
  if (name === 'flatten_') return { items: flattened(attempt(receiver, frame), placeOf(receiver, frame)) }
  if (REARRANGED.has(name) || PICKED.has(name)) return rearranged(node, frame)
  if (name === 'bind') {
    const [body, inner] = enterBind(args, frame)
    return placeOf(body, inner)
  }
  if (name === 'or' || name === 'orValue') {
    const fromDefault = !isHeld(receiver, frame) && !isBlank(args[0], frame)
    return placeOf(fromDefault ? (args[0] as Node) : receiver, frame) ?? placeOf(receiver, frame)
  }
  if (name === 'optMap' || name === 'optFlatMap') {
    const entered = enterOptional(node, frame)
    return entered && (placeOf(entered[0], entered[1]) ?? placeOf(receiver, frame))
  }
  if (name === 'value_') return placeOf(receiver, frame)
  return name === 'of_' || name === 'ofNonZeroValue_' ? placeOf(args[0] as Node, frame) : undefined
}

function flattened(tried: Attempt, place: Place | undefined): readonly (Place | undefined)[] {
  if (!('value' in tried) || !Array.isArray(tried.value)) return []
  const items = itemsOf(place, tried.value)
  return tried.value.flatMap((element, index) =>
    Array.isArray(element) ? itemsOf(items[index], element) : [items[index]],
  )
}

function rearranged(node: MemberCallNode, frame: Frame): Place | undefined {
  const [name, receiver] = node.args
  const [from, to] = [attempt(receiver, frame), attempt(node, frame)]
  if (!('value' in from) || !('value' in to) || !Array.isArray(from.value)) return undefined
  const list: readonly Value[] = from.value
  const items = itemsOf(placeOf(receiver, frame), list)
  const left = new Set(list.keys())
  const find = (wanted: Value) => {
    const index = [...left].find(at => equal(list[at], wanted))
    if (index === undefined) return undefined
    left.delete(index)
    return items[index]
  }
  if (PICKED.has(name)) return find(to.value instanceof Optional ? to.value.orValue(undefined) : to.value)
  return Array.isArray(to.value) ? { items: to.value.map(find) } : undefined
}

/** The elements of a list, or the entries of a map, each with the frame in which a macro sees it. */
function elements(
  receiver: Node,
  names: readonly Node[],
  frame: Frame,
): readonly { readonly place: Place | undefined; readonly inner: Frame }[] {
  const tried = attempt(receiver, frame)
  if (!('value' in tried)) return []
  const range = tried.value
  const isList = Array.isArray(range)
  if (!isList && !isMap(range)) return []
  const own = placeOf(receiver, frame)
  const items = itemsOf(own, range)
  return pairsOf(range).map(([key, value], index) => {
    const place = isList ? items[index] : child(own, key)
    const values = names.length === 2 ? [key, value] : [isList ? value : key]
    const inner = names.reduce(
      (outer, name, position) => (name.op === 'id' ? withName(outer, name.args, values[position], { place }) : outer),
      frame,
    )
    return { place, inner }
  })
}

/** Two-variable macros have two names in front, the others one. */
function isVariable(name: string, args: readonly Node[], index: number, arg: Node): boolean {
  if (index !== 1 || arg.op !== 'id') return false
  return name.startsWith('transform') || (args.length === 3 && name !== 'map')
}

function enterBind(args: readonly Node[], frame: Frame): [Node, Frame] {
  const [variable, bound, body] = args as [Node, Node, Node]
  const tried = attempt(bound, frame)
  if (variable.op !== 'id' || !('value' in tried)) return [bound, frame]
  const named = { place: placeOf(bound, frame), bound: { node: bound, frame } }
  return [body, withName(frame, variable.args, tried.value, named)]
}

function enterOptional(node: MemberCallNode, frame: Frame): [Node, Frame] | undefined {
  const [, receiver, [variable, body]] = node.args
  const held = attempt(receiver, frame)
  if (!('value' in held) || !(held.value instanceof Optional) || !held.value.hasValue()) return undefined
  if (variable?.op !== 'id' || body === undefined) return undefined
  const named = { place: placeOf(receiver, frame) }
  return [body, withName(frame, variable.args, held.value.value(), named)]
}

// ---- reads: the fields a value was computed from -------------------------------------------------------------------

/** Every field that a node reads, in the order of the text. */
function reads(node: Node, frame: Frame): readonly FieldPath[] {
  const place = placeOf(node, frame)
  if (place?.path !== undefined && place.path.length > 0) return [place.path]
  const variable = variableOf(node, frame)
  if (variable !== undefined) return reads(variable, rootOf(frame))
  if (node.op === 'id') {
    const bound = frame.names.get(node.args)?.bound
    return bound === undefined ? [] : reads(bound.node, bound.frame)
  }
  if (node.op === 'rcall' && node.args[0] === 'bind') {
    const [body, inner] = enterBind(node.args[2], frame)
    return reads(body, inner)
  }
  if (isComprehension(node)) {
    // What a filter kept is what the rule is about; if it kept nothing, that is.
    const kept = node.args[0] === 'filter' ? place?.items?.[0]?.path : undefined
    return kept === undefined ? readsOfMacro(node, frame) : [kept]
  }
  return childrenOf(node).flatMap(one => reads(one, frame))
}

/** What the list of a macro is read from; if that is nothing of the object, what its body reads for the first element. */
function readsOfMacro(node: MemberCallNode, frame: Frame): readonly FieldPath[] {
  const [, receiver, args] = node.args
  const ofRange = reads(receiver, frame)
  const body = args.at(-1)
  if (ofRange.length > 0 || body === undefined) return ofRange
  const [first] = elements(receiver, args.slice(0, -1), frame)
  return reads(body, first?.inner ?? frame)
}

function isComprehension(node: Node): node is MemberCallNode {
  return (
    node.op === 'rcall' &&
    (node.meta.alternate !== undefined || (node.meta.macro !== undefined && WALKS.has(node.args[0])))
  )
}

function firstRead(node: Node, frame: Frame): FieldPath | undefined {
  return reads(node, frame)[0]
}

function pathOf(node: Node, frame: Frame): FieldPath | undefined {
  return placeOf(node, frame)?.path ?? firstRead(node, frame)
}

function longest(paths: readonly FieldPath[]): FieldPath | undefined {
  return paths.reduce<FieldPath | undefined>(
    (best, path) => (best === undefined || path.length > best.length ? path : best),
    undefined,
  )
}
