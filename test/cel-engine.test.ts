import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { childrenOf, Environment, isEngineError, type Node, type Program } from '../src/cel/engine.ts'
import { environmentWith, probe } from '../src/cel/environment.ts'

// The shapes of the CEL library that src/cel relies upon beyond its documentation. One that fails after an upgrade says
// what has to be looked at; the version is pinned.

const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
environment.registerVariable('object', 'dyn')
const parse = (text: string) => environment.parse(text) as unknown as Program

test('nodes have an operator, arguments and offsets', () => {
  const { ast } = parse('object.a + 10')
  assert.is(ast.op, '+')
  assert.equal([ast.start, ast.end], [0, 13])
  const [left, right] = ast.args as [Node, Node]
  assert.equal([left.op, (left.args as unknown[])[1], left.start, left.end], ['.', 'a', 0, 8])
  assert.equal([right.op, right.args], ['value', 10n])
})

test('parentheses are not part of the node that they enclose', () => {
  const { ast } = parse('(object.a) == 1')
  assert.is(ast.start, 1)
})

test('macros stay calls, with what they were expanded to beside them', () => {
  const all = parse('object.all(x, x.y)').ast
  assert.is(all.op, 'rcall')
  assert.is((all.args as unknown[])[0], 'all')
  assert.is(all.meta.alternate?.op as string, 'comprehension')
  const has = parse('has(object.a)').ast
  assert.is(has.op, 'call')
  assert.ok(has.meta.macro)
  const bind = parse('cel.bind(x, 1, x)').ast
  assert.is(bind.op, 'rcall')
  assert.ok(bind.meta.macro)
  const orValue = parse('object.?a.orValue(1)').ast
  assert.ok(orValue.meta.macro)
})

test('checking puts a type on every node', () => {
  const program = parse('object.a.size() > 3')
  assert.ok(program.check().valid)
  assert.is(program.ast.checkedType?.name, 'bool')
  assert.equal(
    childrenOf(program.ast).map(node => node.checkedType?.name),
    ['int', 'int'],
  )
})

test('the evaluation of a node can be replaced before types are checked', () => {
  const program = parse('1 == 2')
  program.ast.setMeta('evaluate', () => true)
  program.check()
  assert.is(program({}), true)
})

test('an error carries a code, a bare sentence and offsets', () => {
  try {
    parse('object.a ==')
    assert.unreachable()
  } catch (error) {
    assert.ok(isEngineError(error))
    assert.equal([error.code, error.range?.start], ['unexpected_token', 11])
  }
})

test('single nodes are evaluated with names bound around them', () => {
  const kubernetes = environmentWith('', { params: false, authorizer: false })
  const { evaluator, scope } = probe(kubernetes, { object: { a: 1n } })
  const program = kubernetes.parse('object.a + x') as unknown as Program
  const inner = scope.forkWithVariable('x', evaluator.getType('dyn')).setIterValue(2n, evaluator)
  // Checked inside of a macro, where x is known.
  const bound = kubernetes.parse('cel.bind(x, dyn(0), object.a + x)') as unknown as Program
  bound.check()
  const body = childrenOf(bound.ast).at(-1)
  assert.ok(body)
  assert.is(evaluator.run(body as Node, inner), 3n)
  assert.not.ok(program.check().valid)
})

test.run()
