import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPath, valueAt } from '../src/manifest/path.ts'

test('a path is written as people write it', () => {
  assert.is(formatPath(['spec', 'containers', 0, 'image']), 'spec.containers[0].image')
  assert.is(formatPath(['metadata', 'labels', 'app.kubernetes.io/name']), 'metadata.labels["app.kubernetes.io/name"]')
  assert.is(formatPath([]), '')
})

test('a value is found by its path, and an absent step gives undefined', () => {
  assert.is(valueAt({ a: [{ b: 0 }] }, ['a', 0, 'b']), 0)
  assert.is(valueAt({ a: [] }, ['a', 0, 'b']), undefined)
  assert.is(valueAt({}, ['constructor']), undefined)
})

test.run()
