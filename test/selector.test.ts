import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { matchesSelector, parseSelector } from '../src/manifest/selector.ts'

const web = { app: 'odoo', role: 'web', empty: '' }

function expression(key: string, operator: string, values?: readonly unknown[]): unknown {
  return { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] }
}

test('an empty selector matches everything, and no selector nothing', () => {
  for (const selector of [{}, { matchLabels: {} }, { matchExpressions: [] }, { matchLabels: null }]) {
    assert.ok(matchesSelector(selector, web))
    assert.ok(matchesSelector(selector, {}))
  }
  for (const selector of [null, undefined]) assert.not.ok(matchesSelector(selector, web))
})

test('every label and every expression must hold', () => {
  assert.ok(matchesSelector({ matchLabels: { app: 'odoo', role: 'web' } }, web))
  assert.not.ok(matchesSelector({ matchLabels: { app: 'odoo', role: 'cron' } }, web))
  assert.not.ok(matchesSelector({ matchLabels: { app: 'odoo' }, ...Object(expression('role', 'NotIn', ['web'])) }, web))
})

test('In wants the label there, NotIn is content without it', () => {
  assert.ok(matchesSelector(expression('role', 'In', ['cron', 'web']), web))
  assert.not.ok(matchesSelector(expression('role', 'In', ['cron']), web))
  assert.not.ok(matchesSelector(expression('zone', 'In', ['a']), web))
  assert.ok(matchesSelector(expression('role', 'NotIn', ['cron']), web))
  assert.not.ok(matchesSelector(expression('role', 'NotIn', ['web']), web))
  assert.ok(matchesSelector(expression('zone', 'NotIn', ['a']), web))
})

test('a label with an empty value is there', () => {
  assert.ok(matchesSelector(expression('empty', 'Exists'), web))
  assert.not.ok(matchesSelector(expression('empty', 'DoesNotExist'), web))
  assert.ok(matchesSelector({ matchLabels: { empty: '' } }, web))
  assert.not.ok(matchesSelector({ matchLabels: { absent: '' } }, web))
  assert.ok(matchesSelector(expression('absent', 'DoesNotExist', []), web))
})

test('names that every object has are no labels', () => {
  assert.not.ok(matchesSelector(expression('constructor', 'Exists'), {}))
  assert.not.ok(matchesSelector(expression('constructor', 'In', ['x']), {}))
})

test('a malformed selector matches nothing and says where and why', () => {
  const cases: readonly (readonly [selector: unknown, at: readonly (string | number)[], malformed: string])[] = [
    ['app=odoo', [], 'selector is no map'],
    [['app'], [], 'selector is no map'],
    [{ app: 'odoo' }, ['app'], '"app" is no field of a selector'],
    [{ matchLabels: ['app'] }, ['matchLabels'], '"matchLabels" is no map'],
    [{ matchLabels: { 'bad key': 'a' } }, ['matchLabels', 'bad key'], '"bad key" is no label key'],
    [{ matchLabels: { 'A.b/c': 'a' } }, ['matchLabels', 'A.b/c'], '"A.b/c" is no label key'],
    [{ matchLabels: { '/c': 'a' } }, ['matchLabels', '/c'], '"/c" is no label key'],
    [{ matchLabels: { 'a/b/c': 'a' } }, ['matchLabels', 'a/b/c'], '"a/b/c" is no label key'],
    [{ matchLabels: { x: 'a!' } }, ['matchLabels', 'x'], '"a!" is no label value'],
    [{ matchLabels: { x: 'a'.repeat(64) } }, ['matchLabels', 'x'], `"${'a'.repeat(64)}" is no label value`],
    [{ matchLabels: { x: 1 } }, ['matchLabels', 'x'], 'label value is no text'],
    [{ matchExpressions: {} }, ['matchExpressions'], '"matchExpressions" is no list'],
    [{ matchExpressions: ['x'] }, ['matchExpressions', 0], 'expression is no map'],
    [expression('x', 'In'), ['matchExpressions', 0, 'values'], 'In has no values to compare with'],
    [expression('x', 'NotIn', []), ['matchExpressions', 0, 'values'], 'NotIn has no values to compare with'],
    [expression('x', 'Exists', ['a']), ['matchExpressions', 0, 'values'], 'Exists takes no values'],
    [expression('x', 'In', ['a', 'b!']), ['matchExpressions', 0, 'values', 1], '"b!" is no label value'],
    [
      expression('x', 'Gt', ['1']),
      ['matchExpressions', 0, 'operator'],
      'operator is none of In, NotIn, Exists, DoesNotExist',
    ],
    [{ matchExpressions: [{ operator: 'Exists' }] }, ['matchExpressions', 0, 'key'], 'key is no text'],
  ]
  for (const [selector, at, malformed] of cases) {
    assert.equal(parseSelector(selector), { at, malformed }, JSON.stringify(selector))
    assert.not.ok(matchesSelector(selector, { x: 'a', app: 'odoo' }))
  }
})

test('a key may belong to a domain, and names may be 63 characters long', () => {
  const longest = 'a'.repeat(63)
  assert.ok(
    matchesSelector({ matchLabels: { 'app.kubernetes.io/name': longest } }, { 'app.kubernetes.io/name': longest }),
  )
  assert.ok(matchesSelector(expression(`example.com/${longest}`, 'DoesNotExist'), {}))
})

test.run()
