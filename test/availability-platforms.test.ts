import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { availabilityOf } from '../src/analysis/availability.ts'
import { brokenPromises } from '../src/analysis/availability-promise.ts'
import { EXAMPLES } from './example-platforms.ts'

test('the example platforms keep what their tiers promise', () => {
  const found = EXAMPLES.flatMap(({ name, index }) =>
    brokenPromises(availabilityOf(index)).map(
      ({ set, scenario, ready, promised }) => `${name} ${scenario}: ${set.id} ${ready} of ${promised}`,
    ),
  )
  assert.equal(found, [])
})

test('no disruption budget of the example platforms blocks a drain, contests another or protects nothing', () => {
  assert.equal(
    EXAMPLES.flatMap(({ index }) => availabilityOf(index).faults),
    [],
  )
})

test.run()
