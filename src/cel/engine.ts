/**
 * The one place that knows the shapes of the CEL library underneath: its nodes, its checker, its evaluator.
 *
 * The library parses, checks types and evaluates; what it does differently from the API server is replaced node by node
 * (see `node-semantics.ts`). It is pinned to one version, and test/cel-engine.test.ts keeps these shapes honest.
 */
import { Environment, EvaluationError, Optional, ParseError, TypeError as TypeFault } from '@marcbachmann/cel-js'
import { UnsignedInt } from '@marcbachmann/cel-js/evaluator'

export { Environment, EvaluationError, Optional, UnsignedInt }

/** The type of an expression as the checker sees it. */
export interface Type {
  readonly kind: string
  readonly name: string
  readonly keyType?: Type
  readonly valueType?: Type
  matches(other: Type): boolean
}

/** Names in scope, innermost first: at check time their types, at evaluation their values. */
export interface Scope {
  forkWithVariable(name: string, type: Type): Overlay
  getVariable(name: string): { readonly type: Type } | undefined
  getValue(name: string): unknown
}

interface Overlay extends Scope {
  /** Gives the variable of this overlay its value; throws when the value is not of its type. */
  setIterValue(value: unknown, evaluator: Evaluator): Overlay
}

export interface Checker {
  check(node: Node, scope: Scope): Type
  getType(name: string): Type
  createError(code: string, message: string, node: Node): Error
  readonly registry: {
    getListType(element: Type): Type
    getMapType(key: Type, value: Type): Type
    getOptionalType(value: Type): Type
  }
}

export interface Evaluator {
  run(node: Node, scope: Scope): unknown
  getType(name: string): Type
}

/** A macro decides itself how its arguments are checked and evaluated. */
export interface Macro {
  typeCheck(checker: Checker, macro: Macro, scope: Scope): Type
  evaluate(evaluator: Evaluator, macro: Macro, scope: Scope): unknown
  readonly async: false
}

export interface MacroCall {
  readonly ast: Node
  readonly args: readonly Node[]
  readonly receiver: Node
}

export interface NodeMeta {
  check(checker: Checker, node: Node, scope: Scope): Type
  evaluate(evaluator: Evaluator, node: Node, scope: Scope): unknown
  readonly macro?: Macro
  /** What a macro of the library itself was expanded to. */
  readonly alternate?: Node
}

interface NodeOf<Op extends string, Args> {
  readonly op: Op
  readonly args: Args
  /** Offsets into the text of the expression; parentheses around a node are not part of it. */
  readonly start: number
  readonly end: number
  /** Set by the checker. */
  readonly checkedType?: Type
  readonly meta: NodeMeta
  setMeta(key: string, value: unknown): Node
}

type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%'

export type MemberCallNode = NodeOf<'rcall', [string, Node, Node[]]>
export type Node =
  | NodeOf<'value', unknown>
  | NodeOf<'id', string>
  | NodeOf<'.' | '.?', [Node, string]>
  | NodeOf<'[]' | '[?]', [Node, Node]>
  | NodeOf<'call', [string, Node[]]>
  | MemberCallNode
  | NodeOf<'list', Node[]>
  | NodeOf<'map', [Node, Node][]>
  | NodeOf<'?:', [Node, Node, Node]>
  | NodeOf<'&&' | '||', [Node, Node]>
  | NodeOf<'!_' | '-_', Node>
  | NodeOf<BinaryOperator, [Node, Node]>

/** A parsed expression: called with the bindings it evaluates. */
export interface Program {
  (bindings: object): unknown
  readonly ast: Node
  check(): { readonly valid: boolean; readonly error?: Error }
}

/** What the library throws: a code, the bare sentence, and the offsets in the expression where known. */
export interface EngineError extends Error {
  readonly code: string
  readonly summary: string
  readonly range?: { readonly start: number; readonly end: number }
}

export function isEngineError(error: unknown): error is EngineError {
  return error instanceof EvaluationError || error instanceof ParseError || error instanceof TypeFault
}

/** The nodes directly below a node, in evaluation order. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
