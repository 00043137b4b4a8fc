import {
  type Checker,
  type Evaluator,
  type Macro,
  type Node,
  type NodeMeta,
  Optional,
  type Scope,
  type Type,
} from './engine.ts'
import { fault, unknowable } from './fault.ts'
import { checkedInt, compare, contains, elementAt, equal, isMap, lookup, mapKey, type Value } from './value.ts'

type Evaluate = NodeMeta['evaluate']
type Binary = (left: Value, right: Value) => Value

const binary =
  (apply: Binary): Evaluate =>
  (evaluator, node, scope) => {
    const [left, right] = node.args as [Node, Node]
    return apply(evaluator.run(left, scope), evaluator.run(right, scope))
  }

/** An element of a list or map; of an optional, the optional element. */
function index(base: Value, key: Value): Value {
  if (!(base instanceof Optional)) return elementAt(base, key)
  if (!base.hasValue()) return base
  const held = base.value()
  if (isMap(held)) return Optional.of(lookup(held, key))
  return Array.isArray(held) ? Optional.of(held[Number(key)]) : Optional.none()
}

/**
 * `&&` and `||`: the decisive value on either side decides, an error on the other side or not. Of two errors the left is
 * told, unless the right is something that only a cluster knows and that could have decided.
 */
function logic(decisive: boolean): Evaluate {
  return (evaluator, node, scope) => {
    const [left, right] = node.args as [Node, Node]
    const first = attempt(evaluator, left, scope)
    if (first === decisive) return decisive
    const second = attempt(evaluator, right, scope)
    if (second === decisive) return decisive
    if (first === !decisive && second === !decisive) return !decisive
    if (second instanceof Failure && (!(first instanceof Failure) || unknowable(second.thrown) !== undefined)) {
      throw second.thrown
    }
    throw first instanceof Failure ? first.thrown : fault('no such overload')
  }
}

class Failure {
  readonly thrown: unknown
  constructor(thrown: unknown) {
    this.thrown = thrown
  }
}

function attempt(evaluator: Evaluator, node: Node, scope: Scope): Value {
  try {
    return evaluator.run(node, scope)
  } catch (thrown) {
    return new Failure(thrown)
  }
}

/** Operators whose evaluation is ours: the library compares by type and UTF-16, and loses the types of map keys. */
export const OPERATORS: Readonly<Record<string, Evaluate>> = {
  '&&': logic(false),
  '||': logic(true),
  '==': binary(equal),
  '!=': binary((a, b) => !equal(a, b)),
  '<': binary((a, b) => compare(a, b) < 0),
  '<=': binary((a, b) => compare(a, b) <= 0),
  '>': binary((a, b) => compare(a, b) > 0),
  '>=': binary((a, b) => compare(a, b) >= 0),
  in: binary((value, container) => contains(container, value)),
  '[]': binary(index),
}

/** Negation and division leave the range of int64 in one case each, which the library lets pass. */
export function withinRange(evaluate: Evaluate): Evaluate {
  return (evaluator, node, scope) => {
    const value = evaluate(evaluator, node, scope)
    return typeof value === 'bigint' ? checkedInt(value) : value
  }
}

function has(base: Value, field: string): boolean {
  if (base instanceof Optional) return base.hasValue() && has(base.value(), field)
  if (isMap(base)) return lookup(base, field) !== undefined
  // Typed values, such as the request, have every field that their type declares.
  return typeof base === 'object' && base !== null && !Array.isArray(base)
}

/** `has(a.b.c)`: `a.b` must be there, `c` may be. */
export function hasMacro(argument: Node | undefined): Macro {
  if (argument?.op !== '.' && argument?.op !== '.?') throw new SyntaxError('invalid argument to has() macro')
  const [base, field] = argument.args
  return {
    async: false,
    typeCheck(checker: Checker, _macro: Macro, scope: Scope): Type {
      checker.check(argument, scope)
      return checker.getType('bool')
    },
    evaluate(evaluator: Evaluator, _macro: Macro, scope: Scope): Value {
      return has(evaluator.run(base, scope), field)
    },
  }
}

/** What an optional entry (`?value`) of a literal contributes: its content, or nothing. */
function entry(value: Value, isOptional: boolean): readonly Value[] {
  if (!isOptional) return [value]
  if (!(value instanceof Optional)) throw fault('no such overload')
  return value.hasValue() ? [value.value()] : []
}

/** A list literal with optional entries. */
export function listLiteral(optional: readonly boolean[]): Pick<NodeMeta, 'check' | 'evaluate'> {
  return {
    check: (checker, node, scope) =>
      checker.registry.getListType(commonType(checker, scope, node.args as Node[], optional)),
    evaluate: (evaluator, node, scope) =>
      (node.args as Node[]).flatMap((element, position) =>
        entry(evaluator.run(element, scope), optional[position] === true),
      ),
  }
}

/** A map literal keeps the type of its keys, whatever they are called. */
export function mapLiteral(optional: readonly boolean[]): Pick<NodeMeta, 'check' | 'evaluate'> {
  return {
    check: (checker, node, scope) => {
      const entries = node.args as [Node, Node][]
      return checker.registry.getMapType(
        commonType(
          checker,
          scope,
          entries.map(([key]) => key),
          [],
        ),
        commonType(
          checker,
          scope,
          entries.map(([, value]) => value),
          optional,
        ),
      )
    },
    evaluate: (evaluator, node, scope) => {
      const map = new Map<Value, Value>()
      for (const [position, [keyNode, valueNode]] of (node.args as [Node, Node][]).entries()) {
        const key = mapKey(evaluator.run(keyNode, scope))
        if (map.has(key)) throw fault('Failed with repeated key')
        for (const value of entry(evaluator.run(valueNode, scope), optional[position] === true)) map.set(key, value)
      }
      return map
    },
  }
}

function commonType(checker: Checker, scope: Scope, nodes: readonly Node[], optional: readonly boolean[]): Type {
  const types = nodes.map((node, position) => {
    const type = checker.check(node, scope)
    return optional[position] === true && type.valueType !== undefined ? type.valueType : type
  })
  const [first] = types
  return first !== undefined && types.every(type => type === first) ? first : checker.getType('dyn')
}
