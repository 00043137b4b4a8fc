import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bindValue } from '../src/cel/binding.ts'

test('integers become int64, fractions stay doubles', () => {
  assert.equal(bindValue({ a: 1, b: 1.5, c: [0, -3], d: 2 ** 53 }), { a: 1n, b: 1.5, c: [0n, -3n], d: 2n ** 53n })
})

test('integers beyond int64 become doubles, as the API server reads them', () => {
  assert.is(bindValue(2n ** 63n - 1n), 2n ** 63n - 1n)
  assert.is(bindValue(2n ** 63n), 2 ** 63)
  assert.is(bindValue(2 ** 63), 2 ** 63)
})

test('a field that is null is absent, an element that is null stays', () => {
  assert.equal(bindValue({ a: null, b: { c: null, d: 'x' }, e: [null, { f: null }] }), { b: { d: 'x' }, e: [null, {}] })
})

test('what holds neither an integer nor a null is shared with the manifest', () => {
  const labels = { app: 'web' }
  const manifest = { metadata: { labels }, spec: { replicas: 1 } }
  const bound = bindValue(manifest) as typeof manifest
  assert.is(bound.metadata, manifest.metadata)
  assert.equal(bound.spec, { replicas: 1n })
  assert.equal(manifest.spec, { replicas: 1 })
})

test('a key called constructor is a key like any other', () => {
  assert.equal(
    bindValue({ constructor: 'x', n: 1 }),
    new Map<string, unknown>([
      ['constructor', 'x'],
      ['n', 1n],
    ]),
  )
})

test('binding never changes what it is given', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const before = JSON.stringify(value)
      bindValue(value)
      assert.is(JSON.stringify(value), before)
    }),
  )
})

test.run()
