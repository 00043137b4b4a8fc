import {
  type Checker,
  type Evaluator,
  type Macro,
  type MacroCall,
  type Node,
  Optional,
  type Scope,
  type Type,
} from './engine.ts'
import { fault } from './fault.ts'
import { compare, isMap, keysOf, lookup, mapKey, type Value } from './value.ts'

/** What a comprehension walks: index and element of a list, key and value of a map. */
type Pair = readonly [Value, Value]
/** Evaluates one argument of the macro with the variables standing for a pair. */
type Body = (pair: Pair) => Value

interface Comprehension {
  /** How many names come first: one stands for the element (of a map, its key), two for the pair. */
  readonly names: 1 | 2
  /** Whether a condition may stand in front of the body: `transformList(i, v, condition, body)`. */
  readonly conditional: boolean
  /** The type of the result, from those of the body and of what is walked. */
  result(body: Type, checker: Checker, iterated: Type): Type
  run(pairs: readonly Pair[], body: Body): Value
}

export function pairsOf(range: Value): Pair[] {
  if (Array.isArray(range)) return range.map((element, index) => [BigInt(index), element])
  if (isMap(range)) return keysOf(range).map(key => [key, lookup(range, key)])
  throw fault('no such overload')
}

function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw fault('no such overload')
  return value
}

/** Whether any pair gives `wanted`; an error counts only when no pair does. */
function anyGives(wanted: boolean, pairs: readonly Pair[], test: Body): boolean {
  let error: unknown
  for (const pair of pairs) {
    try {
      if (truth(test(pair)) === wanted) return true
    } catch (thrown) {
      error ??= thrown
    }
  }
  if (error !== undefined) throw error
  return false
}

const bool = (_body: Type, checker: Checker) => checker.getType('bool')
const exactlyOne = (pairs: readonly Pair[], test: Body) => pairs.filter(pair => truth(test(pair))).length === 1

/** A map with the keys of a map, or the positions of a list. */
function mapOf(body: Type, checker: Checker, iterated: Type): Type {
  const key = iterated.kind === 'map' ? iterated.keyType : undefined
  return checker.registry.getMapType(key ?? checker.getType('dyn'), body)
}

function toEntries(pairs: readonly Pair[], body: Body): Value {
  return new Map(pairs.flatMap(pair => pairsOf(body(pair)).map(([key, value]): Pair => [mapKey(key), value])))
}

const LIST: Comprehension = {
  names: 2,
  conditional: true,
  result: (body, checker) => checker.registry.getListType(body),
  run: (pairs, body) => pairs.map(body),
}
const MAP: Comprehension = {
  names: 2,
  conditional: true,
  result: mapOf,
  run: (pairs, body) => new Map(pairs.map(pair => [mapKey(pair[0]), body(pair)])),
}
const ENTRIES: Comprehension = { names: 2, conditional: true, result: body => body, run: toEntries }
const ONE: Comprehension = { names: 2, conditional: false, result: bool, run: exactlyOne }

/** Comprehensions that the library underneath lacks, by name. */
export const COMPREHENSIONS: readonly (readonly [string, Comprehension])[] = [
  ['all', { names: 2, conditional: false, result: bool, run: (pairs, test) => !anyGives(false, pairs, test) }],
  ['exists', { names: 2, conditional: false, result: bool, run: (pairs, test) => anyGives(true, pairs, test) }],
  ['existsOne', ONE],
  ['exists_one', ONE],
  ['existsOne', { ...ONE, names: 1 }],
  ['transformList', LIST],
  ['transformMap', MAP],
  ['transformMapEntry', ENTRIES],
  ['sortBy', { names: 1, conditional: false, result: (_body, _checker, iterated) => iterated, run: sortBy }],
]

/** How many arguments a comprehension may have: its names, its body, and a condition in between. */
export function argumentCounts({ names, conditional }: Comprehension): readonly number[] {
  return conditional ? [names + 1, names + 2] : [names + 1]
}

function sortBy(pairs: readonly Pair[], key: Body): Value {
  const keyed = pairs.map(pair => ({ key: key(pair), element: pair[1] }))
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ element }) => element)
}

/** The macro that a comprehension makes at one place of an expression. */
export function comprehensionMacro(comprehension: Comprehension): (call: MacroCall) => Macro {
  const { names: count, result, run } = comprehension
  return ({ args, receiver }) => {
    const names = args.slice(0, count).map(nameOf)
    const body = args.at(-1) as Node
    const condition = args.length === count + 2 ? args[count] : undefined
    let types: readonly Type[] = []
    return {
      async: false,
      typeCheck(checker: Checker, _macro: Macro, scope: Scope): Type {
        const iterated = checker.check(receiver, scope)
        types = variableTypes(checker, iterated, count, receiver)
        const inner = names.reduce((outer, name, index) => outer.forkWithVariable(name, types[index] as Type), scope)
        if (condition !== undefined) checker.check(condition, inner)
        return result(checker.check(body, inner), checker, iterated)
      },
      evaluate(evaluator: Evaluator, _macro: Macro, scope: Scope): Value {
        const range = evaluator.run(receiver, scope)
        const bind = ([key, value]: Pair): Scope => {
          const values = count === 2 ? [key, value] : [Array.isArray(range) ? value : key]
          return names.reduce(
            (outer: Scope, name, index) =>
              outer.forkWithVariable(name, types[index] as Type).setIterValue(values[index], evaluator),
            scope,
          )
        }
        const walked = pairsOf(range)
        const kept =
          condition === undefined ? walked : walked.filter(pair => truth(evaluator.run(condition, bind(pair))))
        return run(kept, pair => evaluator.run(body, bind(pair)))
      },
    }
  }
}

function nameOf(node: Node): string {
  if (node.op === 'id') return node.args
  throw new SyntaxError('argument must be a simple name')
}

function variableTypes(checker: Checker, iterated: Type, count: 1 | 2, node: Node): readonly Type[] {
  const dyn = checker.getType('dyn')
  if (iterated.kind === 'dyn') return [dyn, dyn]
  const element = iterated.valueType ?? dyn
  if (iterated.kind === 'list') return count === 1 ? [element] : [checker.getType('int'), element]
  if (iterated.kind === 'map') return [iterated.keyType ?? dyn, element]
  throw checker.createError(
    'invalid_comprehension_range',
    `expression of type '${iterated.name}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    node,
  )
}

/** `optMap` and `optFlatMap`: the body runs on what the optional holds, if it holds anything. */
export function optionalMacro(flat: boolean): (call: MacroCall) => Macro {
  return ({ args, receiver }) => {
    const [variable, body] = args as [Node, Node]
    const name = nameOf(variable)
    let type: Type | undefined
    return {
      async: false,
      typeCheck(checker: Checker, _macro: Macro, scope: Scope): Type {
        const held = checker.check(receiver, scope)
        type = held.kind === 'optional' && held.valueType ? held.valueType : checker.getType('dyn')
        const result = checker.check(body, scope.forkWithVariable(name, type))
        return flat ? result : checker.registry.getOptionalType(result)
      },
      evaluate(evaluator: Evaluator, _macro: Macro, scope: Scope): Value {
        const held = evaluator.run(receiver, scope)
        if (!(held instanceof Optional)) throw fault('no such overload')
        if (!held.hasValue()) return held
        const inner = scope.forkWithVariable(name, type as Type).setIterValue(held.value(), evaluator)
        const result = evaluator.run(body, inner)
        return flat ? result : Optional.of(result)
      },
    }
  }
}
