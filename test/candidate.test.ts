import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { candidateOf, type Held, passedBy } from '../src/promote/candidate.ts'
import type { Gate } from '../src/promote/gate.ts'

const DAY = 86_400

/** A history, newest first: each letter a revision that was held for a day. */
function historyOf(letters: string): readonly Held[] {
  return [...letters].map((revision, index) => ({
    revision,
    since: (letters.length - index) * DAY,
    ...(index === 0 ? {} : { until: (letters.length - index + 1) * DAY }),
    commit: `${revision}${index}`,
  }))
}

const OPEN: Gate = { name: 'soak', state: 'open', reason: '' }
const CLOSED: Gate = { name: 'soak', state: 'closed', reason: '' }

function candidate(history: string, target: string | undefined, holds: string, soaking = '') {
  return candidateOf(historyOf(history), target, {
    holds: new Set(holds),
    soak: held => (soaking.includes(held.revision) ? CLOSED : OPEN),
    wave: () => ({ ...OPEN, name: 'wave' }),
    overrides: () => false,
  })
}

test('promotion goes forward only, in the order in which the source held revisions', () => {
  const cases: readonly (readonly [
    history: string,
    target: string | undefined,
    holds: string,
    chosen: string | undefined,
    what: string,
  ])[] = [
    ['ba', 'a', '', 'b', 'the newest'],
    ['cba', 'a', '', 'c', 'the newest, whatever was skipped'],
    ['cba', 'c', '', undefined, 'what the target holds is the newest'],
    ['cba', 'b', '', 'c', 'what follows the one that the target holds'],
    ['cba', undefined, '', 'c', 'nothing stands in the target'],
    ['cba', 'x', '', 'c', 'the target holds what the source never held'],
    ['', 'a', '', undefined, 'the source holds nothing'],
    ['cba', 'a', 'c', undefined, 'the target was past the one between when it was rolled back'],
    ['dcba', 'a', 'c', 'd', 'what follows the one on hold mends it'],
    ['dcba', 'a', 'dc', undefined, 'two on hold'],
    ['dcba', 'a', 'bd', undefined, 'between two on hold'],
    ['dcba', 'a', 'b', 'd', 'an older hold keeps nobody'],
    ['bcba', 'a', 'c', 'b', 'the source has taken it up again'],
    ['cbcba', 'a', 'c', undefined, 'the source has gone back to the one on hold'],
    ['acba', 'a', 'c', undefined, 'the source has gone back as well'],
    ['ca', 'a', 'c', undefined, 'nothing between'],
    ['cba', undefined, 'c', undefined, 'rolled back, and then taken out of the target'],
    ['cba', 'b', 'a', 'c', 'a hold on what lies before the target'],
  ]
  for (const [history, target, holds, chosen, what] of cases) {
    assert.is(candidate(history, target, holds).chosen?.revision, chosen, `${history} → ${target}: ${what}`)
  }
})

test('a revision that the source has taken up again soaks anew, from then on', () => {
  assert.is(candidate('bcba', 'a', 'c').chosen?.commit, 'b0')
})

test('what still soaks is told, and what lies before a hold is not told to be on its way', () => {
  const { chosen, soaking, onHold } = candidate('edcba', 'a', 'c', 'edb')
  assert.is(chosen, undefined)
  assert.equal([soaking.map(({ held }) => held.revision), onHold.map(({ revision }) => revision)], [['e', 'd'], ['c']])
  assert.equal(
    candidate('dcba', 'a', 'db').onHold.map(({ revision }) => revision),
    ['d', 'b'],
    'every hold since the target is told',
  )
})

test('what is chosen has never been passed, and what has been passed is never chosen', () => {
  const letter = fc.constantFrom('a', 'b', 'c', 'd')
  const letters = fc.array(letter, { maxLength: 8 }).map(list => list.join('').replace(/(.)\1+/g, '$1'))
  fc.assert(
    fc.property(
      letters,
      fc.option(letter, { nil: undefined }),
      fc.subarray(['a', 'b', 'c', 'd']),
      (all, target, held) => {
        const holds = new Set(held)
        const { chosen } = candidate(all, target, held.join(''))
        const may = historyOf(all).filter(
          ({ revision }) =>
            revision !== target &&
            !holds.has(revision) &&
            passedBy(historyOf(all), revision, target, holds) === undefined,
        )
        assert.equal(chosen, may[0])
      },
    ),
  )
})

test.run()
