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
  readonly bodies: 1 | 2
  result(types: readonly Type[], checker: Checker, iterated: Type): Type
  run(pairs: readonly Pair[], bodies: readonly Body[]): Value
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

const onlyBool = (_types: readonly Type[], checker: Checker) => checker.getType('bool')
const one: Comprehension['run'] = (pairs, [test = missing]) => pairs.filter(pair => truth(test(pair))).length === 1
const missing: Body = () => undefined

const listOf = (types: readonly Type[], checker: Checker) =>
  checker.registry.getListType(types.at(-1) ?? checker.getType('dyn'))
const mapOf = (types: readonly Type[], checker: Checker, iterated: Type) =>
  checker.registry.getMapType(
    iterated.kind === 'map' && iterated.keyType ? iterated.keyType : checker.getType('dyn'),
    types.at(-1) ?? checker.getType('dyn'),
  )

const kept = (pairs: readonly Pair[], test: Body | undefined) =>
  test === undefined ? pairs : pairs.filter(pair => truth(test(pair)))
const toList = (pairs: readonly Pair[], body: Body) => pairs.map(body)
const toMap = (pairs: readonly Pair[], body: Body) => new Map(pairs.map(pair => [mapKey(pair[0]), body(pair)]))
const toEntries = (pairs: readonly Pair[], body: Body) =>
  new Map(pairs.flatMap(pair => pairsOf(body(pair)).map(([key, value]): Pair => [mapKey(key), value])))

function transform(
  build: (pairs: readonly Pair[], body: Body) => Value,
  result: Comprehension['result'],
): Readonly<Record<1 | 2, Comprehension>> {
  return {
    1: { names: 2, bodies: 1, result, run: (pairs, [body = missing]) => build(pairs, body) },
    2: { names: 2, bodies: 2, result, run: (pairs, [test, body = missing]) => build(kept(pairs, test), body) },
  }
}

const LIST = transform(toList, listOf)
const MAP = transform(toMap, mapOf)
const ENTRIES = transform(toEntries, types => types.at(-1) as Type)

/** Comprehensions that the library underneath lacks, by name; those of one name differ in their number of arguments. */
export const COMPREHENSIONS: readonly (readonly [string, Comprehension])[] = [
  ['all', { names: 2, bodies: 1, result: onlyBool, run: (pairs, [test = missing]) => !anyGives(false, pairs, test) }],
  ['exists', { names: 2, bodies: 1, result: onlyBool, run: (pairs, [test = missing]) => anyGives(true, pairs, test) }],
  ['existsOne', { names: 2, bodies: 1, result: onlyBool, run: one }],
  ['exists_one', { names: 2, bodies: 1, result: onlyBool, run: one }],
  ['existsOne', { names: 1, bodies: 1, result: onlyBool, run: one }],
  ['transformList', LIST[1]],
  ['transformList', LIST[2]],
  ['transformMap', MAP[1]],
  ['transformMap', MAP[2]],
  ['transformMapEntry', ENTRIES[1]],
  ['transformMapEntry', ENTRIES[2]],
  ['sortBy', { names: 1, bodies: 1, result: (_types, _checker, iterated) => iterated, run: sortBy }],
]

function sortBy(pairs: readonly Pair[], [key = missing]: readonly Body[]): Value {
  const keyed = pairs.map(pair => ({ key: key(pair), element: pair[1] }))
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ element }) => element)
}

/** The macro that a comprehension makes at one place of an expression. */
export function comprehensionMacro(comprehension: Comprehension): (call: MacroCall) => Macro {
  const { names: count, bodies, result, run } = comprehension
  return ({ args, receiver }) => {
    const names = args.slice(0, count).map(nameOf)
    const bodyNodes = args.slice(count, count + bodies)
    let types: readonly Type[] = []
    return {
      async: false,
      typeCheck(checker: Checker, _macro: Macro, scope: Scope): Type {
        const iterated = checker.check(receiver, scope)
        types = variableTypes(checker, iterated, count, receiver)
        const inner = names.reduce((outer, name, index) => outer.forkWithVariable(name, types[index] as Type), scope)
        return result(
          bodyNodes.map(node => checker.check(node, inner)),
          checker,
          iterated,
        )
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
        return run(
          pairsOf(range),
          bodyNodes.map(node => (pair: Pair) => evaluator.run(node, bind(pair))),
        )
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
