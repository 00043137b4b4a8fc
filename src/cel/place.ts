import type { FieldPath } from '../manifest/path.ts'
import { pairsOf } from './comprehension.ts'
import { childrenOf, type Evaluator, type MemberCallNode, type Node, Optional, type Scope } from './engine.ts'
import { privateName, probe } from './environment.ts'
import type { Bindings, Declarations, Expression, RuleBindings } from './expression.ts'
import { equal, isMap, type Value } from './value.ts'

/** Where a value stands: at a path of the object, or, for a list that the expression made, where its elements stand. */
export interface Place {
  readonly path?: FieldPath
  readonly items?: readonly (Place | undefined)[]
}

/** What a name stands for: a place, and for `cel.bind` the expression that it abbreviates. */
interface Named {
  readonly place: Place | undefined
  readonly bound?: { readonly node: Node; readonly frame: Frame }
}

export interface Frame {
  readonly evaluator: Evaluator
  readonly scope: Scope
  readonly names: ReadonlyMap<string, Named>
  readonly rootScope: Scope
  readonly declared: Declarations
}

/** What an expression judges: the object of a request, or the value that a rule of a schema is about. */
const ROOT_NAMES: ReadonlyMap<string, Named> = new Map(['object', 'self'].map(name => [name, { place: { path: [] } }]))

/** Variables of a policy see no names of the expression that reads them. */
export function rootOf(frame: Frame): Frame {
  return { ...frame, scope: frame.rootScope, names: ROOT_NAMES }
}

type Attempt = { readonly value: Value } | { readonly error: unknown }

export function attempt(node: Node, { evaluator, scope }: Frame): Attempt {
  try {
    return { value: evaluator.run(node, scope) }
  } catch (error) {
    return { error }
  }
}

export const gives = (tried: Attempt, value: boolean) => 'value' in tried && tried.value === value

function withName(frame: Frame, name: string, value: Value, named: Named): Frame {
  const { evaluator } = frame
  const scope = frame.scope.forkWithVariable(name, evaluator.getType('dyn')).setIterValue(value, evaluator)
  return { ...frame, scope, names: new Map(frame.names).set(name, named) }
}

/** The frame in which a whole expression is evaluated. */
export function rootFrame({ environment, declared }: Expression, bindings: Bindings | RuleBindings): Frame {
  const { evaluator, scope } = probe(environment, bindings)
  return { evaluator, scope, names: ROOT_NAMES, rootScope: scope, declared }
}

export function isHeld(node: Node, frame: Frame): boolean {
  const tried = attempt(node, frame)
  return 'value' in tried && tried.value instanceof Optional && tried.value.hasValue()
}

/** A default that stands in no field: a literal, or a default of a default. */
export function isBlank(node: Node | undefined, frame: Frame): boolean {
  if (node?.op === 'rcall' && node.args[0] === 'orValue') {
    return !isHeld(node.args[1], frame) && isBlank(node.args[2][0], frame)
  }
  return (
    node === undefined || node.op === 'value' || ((node.op === 'list' || node.op === 'map') && node.args.length === 0)
  )
}

export function child(place: Place | undefined, key: Value): Place | undefined {
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

export function variableOf(node: Node, { declared }: Frame): Node | undefined {
  if (node.op !== '.' || node.args[0].op !== 'id' || node.args[0].args !== 'variables') return undefined
  return declared.variables.get(node.args[1])?.node
}

/** Where the value of a node stands, if it stands anywhere; of an absent field, where it would stand. */
export function placeOf(node: Node, frame: Frame): Place | undefined {
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
const REARRANGED = new Set([...['distinct', 'sort', 'reverse', 'slice'].map(privateName), 'sortBy'])
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
const PICKED = new Set(['min', 'max', 'first', 'last'].map(privateName))
/** Functions that hand an optional on. */
const WRAPPED = new Set(['of', 'ofNonZeroValue'].map(privateName))

function placeOfMember(node: MemberCallNode, frame: Frame): Place | undefined {
  const [name, receiver, args] = node.args
  if (name === 'map' || name === 'transformList' || name === 'filter') return placeOfBuilt(node, frame)
  if (name === privateName('flatten')) return { items: flattened(attempt(receiver, frame), placeOf(receiver, frame)) }
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
  if (name === privateName('value')) return placeOf(receiver, frame)
  return WRAPPED.has(name) ? placeOf(args[0] as Node, frame) : undefined
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
export function elements(
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

/** A list that a comprehension made: each element stands where its body read it, or where it was made from. */
function placeOfBuilt(node: MemberCallNode, frame: Frame): Place {
  const [names, bodies] = splitArguments(node)
  const body = node.args[0] === 'filter' ? undefined : bodies.at(-1)
  const test = body === undefined || bodies.length === 2 ? bodies[0] : undefined
  const walked = elements(node.args[1], names, frame)
  const kept = test === undefined ? walked : walked.filter(({ inner }) => gives(attempt(test, inner), true))
  return { items: kept.map(({ inner, place }) => (body && placeOf(body, inner)) ?? place) }
}

/** The arguments of a comprehension: the names in front, two for those over pairs, and what is evaluated with them. */
export function splitArguments({ args: [name, , args] }: MemberCallNode): [readonly Node[], readonly Node[]] {
  const count = name.startsWith('transform') || (name !== 'map' && args.length === 3) ? 2 : 1
  return [args.slice(0, count), args.slice(count)]
}

export function enterBind(args: readonly Node[], frame: Frame): [Node, Frame] {
  const [variable, bound, body] = args as [Node, Node, Node]
  const tried = attempt(bound, frame)
  if (variable.op !== 'id' || !('value' in tried)) return [bound, frame]
  const named = { place: placeOf(bound, frame), bound: { node: bound, frame } }
  return [body, withName(frame, variable.args, tried.value, named)]
}

export function enterOptional(node: MemberCallNode, frame: Frame): [Node, Frame] | undefined {
  const [, receiver, [variable, body]] = node.args
  const held = attempt(receiver, frame)
  if (!('value' in held) || !(held.value instanceof Optional) || !held.value.hasValue()) return undefined
  if (variable?.op !== 'id' || body === undefined) return undefined
  const named = { place: placeOf(receiver, frame) }
  return [body, withName(frame, variable.args, held.value.value(), named)]
}

/** Every field that a node reads, in the order of the text. */
export function reads(node: Node, frame: Frame): readonly FieldPath[] {
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
  const [, receiver] = node.args
  const ofRange = reads(receiver, frame)
  if (ofRange.length > 0) return ofRange
  const [names, bodies] = splitArguments(node)
  const [first] = elements(receiver, names, frame)
  return bodies.flatMap(body => reads(body, first?.inner ?? frame))
}

function isComprehension(node: Node): node is MemberCallNode {
  return (
    node.op === 'rcall' &&
    (node.meta.alternate !== undefined || (node.meta.macro !== undefined && WALKS.has(node.args[0])))
  )
}

export function firstRead(node: Node, frame: Frame): FieldPath | undefined {
  return reads(node, frame)[0]
}

export function pathOf(node: Node, frame: Frame): FieldPath | undefined {
  return placeOf(node, frame)?.path ?? firstRead(node, frame)
}
