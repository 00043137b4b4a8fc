import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bindValue } from '../src/cel/binding.ts'
import {
  type Bindings,
  bindVariables,
  compileExpression,
  type Expression,
  isCompileError,
  type Outcome,
} from '../src/cel/expression.ts'
import type { Outcomes } from '../src/cel/variable-scope.ts'

const DECLARED = { variables: new Map<string, Expression>(), params: true, authorizer: true }

const OBJECT = bindValue({
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { replicas: 3, ratio: 0.5, big: 2n ** 53n + 1n, list: ['a', 'b'], empty: [], nothing: null, on: true },
})
const BINDINGS: Bindings = {
  object: OBJECT,
  oldObject: null,
  request: { name: 'web' },
  namespaceObject: null,
  params: null,
}

function compiled(text: string): Expression {
  const expression = compileExpression(text, DECLARED)
  if (isCompileError(expression)) throw new Error(`${text}: ${expression.message}`)
  return expression
}

const evaluate = (text: string, bindings = BINDINGS): Outcome => compiled(text).evaluate(bindings)
const value = (text: string) => {
  const outcome = evaluate(text)
  return outcome.kind === 'value' ? outcome.value : outcome
}

const TRUE = [
  // int64 is exact, doubles are doubles.
  'object.spec.big == 9007199254740993',
  'object.spec.big - 9007199254740992 == 1',
  'object.spec.replicas < 3.5 && object.spec.ratio * 2.0 == 1.0',
  '-9223372036854775808 < 0',
  '7 / -2 == -3 && -7 % 3 == -1',
  // Equality across types: numbers by value, the rest never.
  'dyn(1) == 1.0 && dyn(1u) == 1 && dyn("1") != 1',
  '[dyn(1), 2.0] == [1.0, dyn(2)]',
  'object.metadata.labels == {"app": "web"}',
  '3u in [1, dyn(3)]',
  'dyn(null) == null && object.spec.?nothing == optional.none()',
  '!(0.0 / 0.0 == 0.0 / 0.0) && !(dyn(1) == 0.0 / 0.0) && !(0.0 / 0.0 < 1.0)',
  // Absorbed errors.
  'object.spec.absent == 1 || true',
  '!(object.spec.absent == 1 && false)',
  '[1, 0].exists(x, 10 / x == 10)',
  '![1, 0].all(x, 10 / x == 3)',
  // Presence.
  'has(object.spec.replicas) && !has(object.spec.absent) && !has(object.spec.nothing)',
  'has({"a": 1}.a) && !has(object.metadata.name.x)',
  'has(object.metadata.?labels.app)',
  // Maps keep the type of their keys, whatever they are called.
  '{1: "a", 2: "b"}.all(k, k + 1 > 1)',
  '{1: "a"}[1u] == "a" && {true: 1}[true] == 1 && {"constructor": 1}.constructor == 1',
  '{0u: 1}[0] == 1',
  // Macros.
  'object.spec.list.map(x, x + "!").join() == "a!b!"',
  'object.spec.list.map(x, x != "a", x) == ["b"]',
  'object.spec.list.exists_one(x, x == "a") && object.spec.list.existsOne(x, x == "a")',
  'object.spec.list.all(i, x, (i == 0) == (x == "a"))',
  'object.metadata.labels.exists(k, v, k == "app" && v == "web")',
  'object.spec.list.transformList(i, x, i > 0, x) == ["b"]',
  'object.spec.list.transformMap(i, x, x + x) == {0: "aa", 1: "bb"}',
  '{"a": 1}.transformMapEntry(k, v, {v: k}) == {1: "a"}',
  '["bb", "a"].sortBy(x, size(x)) == ["a", "bb"]',
  'cel.bind(n, object.spec.replicas, n * n == 9)',
  '[].all(x, false) && ![].exists(x, true) && [].map(x, x + x) == []',
  // Optionals.
  'object.?spec.?replicas.orValue(0) == 3',
  'object.spec.?absent.?deeper.orValue("x") == "x"',
  'object.spec.list[?5].or(object.spec.list[?0]).value() == "a"',
  'object.metadata.?labels.optMap(l, l.app).orValue("") == "web"',
  'object.metadata.?labels.optFlatMap(l, l.?team).hasValue() == false',
  '[?object.spec.?absent, ?object.spec.?on] == [true]',
  '{?"a": object.spec.?absent, "b": 1} == {"b": 1}',
  'optional.ofNonZeroValue("").orValue("x") == "x"',
  '[optional.of(1), optional.none()].unwrapOpt() == [1]',
  // Types.
  'type(object.spec.replicas) == int && type("") == string && type(1.5) != int',
  // Code points, not code units.
  '"🐱x".size() == 2 && "🐱x".substring(1) == "x" && "🐱x".indexOf("x") == 1',
  '"\\uffff" < "🐱"',
  'b"ÿ🐱" == bytes("ÿ🐱") && b"\\303\\277" == b"ÿ"',
  // The request is there, with the types that it has.
  'request.name == "web"',
]

for (const text of TRUE) {
  test(`${text} holds`, () => {
    assert.equal(evaluate(text), { kind: 'value', value: true })
  })
}

const ERRORS: readonly (readonly [string, string])[] = [
  ['object.spec.absent == 1', 'no such key: absent'],
  ['object.spec["absent"] == 1', 'no such key: absent'],
  ['object.spec.list[2] == "c"', 'index out of bounds: 2'],
  ['9223372036854775807 + object.spec.replicas > 0', 'integer overflow'],
  ['-object.spec.min > 0', 'no such key: min'],
  ['-(-9223372036854775808) > 0', 'integer overflow'],
  ['-9223372036854775808 / -1 > 0', 'integer overflow'],
  ['object.spec.replicas / 0 > 0', 'division by zero'],
  ['object.spec.replicas % 0 > 0', 'modulus by zero'],
  ['object.metadata.name > object.spec.replicas', 'no such overload'],
  ['object.metadata.name.contains(object.spec.replicas)', 'no such overload'],
  ['object.spec.replicas && true', 'no such overload'],
  ['object.spec.absent == 1 && object.spec.other == 1', 'no such key: absent'],
  ['object.spec.absent == 1 || object.spec.other == 1', 'no such key: absent'],
  ['object.spec.?absent.value() == 1', 'optional.none() dereference'],
  [
    'quantity(object.metadata.name).isInteger()',
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  ['{object.metadata.name: 1, "web": 2}.size() == 1', 'Failed with repeated key'],
  ['object.spec.empty.max() == 1', 'max called on empty list'],
]

for (const [text, message] of ERRORS) {
  test(`${text} is the error "${message}"`, () => {
    assert.equal(evaluate(text), { kind: 'error', message })
  })
}

const REFUSED: readonly (readonly [string, string, number, number])[] = [
  ['1 == 1.0', 'no such overload: int == double', 0, 8],
  ['object.spec. == 1', 'Expected IDENTIFIER, got EQ', 13, 15],
  ['objekt.spec == 1', "undeclared reference to 'objekt'", 0, 6],
  ['object.name.frobnicate()', "undeclared reference to 'frobnicate'", 0, 24],
  ['variables.nope == 1', "undefined field 'nope'", 10, 14],
  ['isIP(cidr("10.0.0.0/8"))', "found no matching overload for 'isIP(net.CIDR)'", 0, 24],
  ['[1, "a"] == object.spec.list', "expected type 'int' but found 'string'", 4, 7],
  ['object.metadata.name.matches("[")', 'invalid matches argument', 29, 32],
  ['object.x == duration("1 hour")', 'invalid duration argument', 21, 29],
  ['object.x < 9223372036854775808', 'invalid int literal', 11, 30],
  ['true && "x"', "Logical operator requires bool operands, got 'string'", 0, 11],
  ['has(object)', 'invalid argument to has() macro', 0, 11],
  ['request.nope == ""', 'No such key: nope', 8, 12],
]

for (const [text, message, start, end] of REFUSED) {
  test(`${text} does not compile: ${message}`, () => {
    assert.equal(compileExpression(text, DECLARED), { message, start, end, unsupported: false })
  })
}

test('a function of the library underneath that Kubernetes lacks does not compile', () => {
  const refused = compileExpression('b"x".hex() == ""', DECLARED)
  assert.ok(isCompileError(refused) && refused.message === "undeclared reference to 'hex'")
})

test('what this engine adds for itself is out of reach', () => {
  const refused = compileExpression('probe(0) == 1', DECLARED)
  assert.ok(isCompileError(refused) && refused.message === "undeclared reference to 'probe'")
})

test('params are undeclared in a policy without a kind of params', () => {
  const refused = compileExpression('params.x == 1', { ...DECLARED, params: false })
  assert.ok(isCompileError(refused) && refused.message === "undeclared reference to 'params'")
})

test('what only this engine cannot compile is told apart from what is wrong', () => {
  const refused = compileExpression(`${'['.repeat(300)}1${']'.repeat(300)} == object`, DECLARED)
  assert.ok(isCompileError(refused) && refused.unsupported)
})

test('an expression has the type of its value', () => {
  for (const [text, type] of [
    ['object.spec.on', 'dyn'],
    ['object.spec.on == true', 'bool'],
    ['object.metadata.name + "x"', 'string'],
    ['object.spec.list.all(x, x)', 'bool'],
    ['object.metadata.name.startsWith("w")', 'bool'],
    ['"%s".format([1])', 'string'],
    ['request.dryRun', 'bool'],
  ] as const) {
    assert.is(compiled(text).type, type, text)
  }
})

test('an expression that asks the authorizer compiles, and is not evaluated unless something else decides', () => {
  const asks = 'authorizer.group("apps").resource("deployments").namespace("x").check("create").allowed()'
  assert.equal(evaluate(asks), { kind: 'unknown', reason: 'it asks the authorizer, which only a cluster has' })
  assert.is(value(`object.spec.on == true || ${asks}`), true)
  assert.is(value(`object.spec.on == false && ${asks}`), false)
  assert.is(evaluate('authorizer.requestResource.check("get").allowed()').kind, 'unknown')
})

test('variables are evaluated when they are read, once, and in their own scope', () => {
  let reads = 0
  const evaluate = (): Outcome => {
    reads += 1
    return { kind: 'value', value: 7n }
  }
  const counted = { ...compiled('object.spec.replicas'), evaluate }
  const variables = new Map<string, Expression>([
    ['n', counted],
    ['broken', compiled('object.spec.absent')],
  ])
  const declared = { ...DECLARED, variables }
  const twice = compileExpression('variables.n + variables.n == 14', declared)
  const lazy = compileExpression('true || variables.broken == 1', declared)
  const broken = compileExpression('variables.broken == 1', declared)
  assert.ok(!isCompileError(twice) && !isCompileError(lazy) && !isCompileError(broken))
  assert.equal(twice.evaluate(bindVariables(variables, BINDINGS)), { kind: 'value', value: true })
  assert.is(reads, 1)
  assert.equal(lazy.evaluate(bindVariables(variables, BINDINGS)), { kind: 'value', value: true })
  assert.equal(broken.evaluate(bindVariables(variables, BINDINGS)), {
    kind: 'error',
    message: 'composited variable "broken" fails to evaluate: no such key: absent',
  })
})

test('an evaluator that crashes tells nothing about the manifest', () => {
  const object = {
    get spec() {
      throw new RangeError('too deep')
    },
  }
  const variables = new Map<string, Expression>([['deep', compiled('object.spec.replicas')]])
  const crashing = compileExpression('variables.deep == 1', { ...DECLARED, variables })
  assert.ok(!isCompileError(crashing))
  assert.equal(crashing.evaluate(bindVariables(variables, { ...BINDINGS, object })), {
    kind: 'unknown',
    reason: 'its evaluation crashed: RangeError: too deep',
  })
})

test('the same expression over the same names is compiled once, and evaluated once where outcomes are shared', () => {
  assert.is(compiled('object.kind'), compiled('object.kind'))
  const variablesOf = (text: string) => new Map<string, Expression>([['n', compiled(text)]])
  const overN = (variables: ReadonlyMap<string, Expression>) =>
    compileExpression('variables.n > 2', { ...DECLARED, variables })
  const [first, again, other] = [variablesOf('1 + 1'), variablesOf('1 + 1'), variablesOf('1 + 2')]
  assert.is(overN(first), overN(again))
  assert.is.not(overN(first), overN(other))
  const results = [first, other].map(variables => {
    const expression = overN(variables)
    assert.ok(!isCompileError(expression))
    return expression.evaluate(bindVariables(variables, BINDINGS))
  })
  assert.equal(results, [
    { kind: 'value', value: false },
    { kind: 'value', value: true },
  ])
  const outcomes: Outcomes = new Map([[compiled('1 + 2'), { kind: 'value', value: 1n }]])
  const shared = bindVariables(other, BINDINGS, undefined, outcomes)
  const expression = overN(other)
  assert.ok(!isCompileError(expression))
  assert.equal(expression.evaluate(shared), { kind: 'value', value: false })
})

test('a variable has the type of its expression', () => {
  const variables = new Map([['name', compiled('"web"')]])
  const refused = compileExpression('variables.name + 1 == 2', { ...DECLARED, variables })
  assert.ok(isCompileError(refused))
})

test('integer arithmetic is that of int64, or an overflow', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n })
  const sum = compiled('object.a + object.b')
  const product = compiled('object.a * object.b')
  fc.assert(
    fc.property(int64, int64, (a, b) => {
      const bindings = { ...BINDINGS, object: { a, b } }
      for (const [expression, exact] of [
        [sum, a + b],
        [product, a * b],
      ] as const) {
        const fits = exact >= -(2n ** 63n) && exact < 2n ** 63n
        assert.equal(
          expression.evaluate(bindings),
          fits ? { kind: 'value', value: exact } : { kind: 'error', message: 'integer overflow' },
        )
      }
    }),
  )
})

test('texts are ordered as their UTF-8 bytes', () => {
  const less = compiled('object.a < object.b')
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
      assert.equal(less.evaluate({ ...BINDINGS, object: { a, b } }), { kind: 'value', value: expected })
    }),
  )
})

test('whatever the text, an expression compiles or is refused', () => {
  const token = fc.constantFrom(
    'object',
    '.',
    'spec',
    'all(',
    'x',
    ',',
    ')',
    '[',
    ']',
    '{',
    '}',
    '?',
    '"a"',
    '1',
    '1.5',
    '==',
    '&&',
    '!',
    'has(',
    '+',
    'in',
    ':',
    '-',
    ' ',
    '9223372036854775808',
    'b"ÿ"',
    'variables',
    'cel.bind(',
    'orValue(',
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), tokens => {
      const compiledOrNot = compileExpression(tokens.join(''), DECLARED)
      if (isCompileError(compiledOrNot)) assert.ok(compiledOrNot.start <= compiledOrNot.end)
      else assert.ok(compiledOrNot.evaluate(BINDINGS).kind)
    }),
    { numRuns: 2000 },
  )
})

test.run()
