import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { overrideTrailer, readOverrideTrailer } from '../src/promote/override-trailer.ts'
import { trailersIn, trailerValue, withTrailers } from '../src/promote/trailers.ts'

/** The trailers that Git itself finds. */
function read(message: string): string[] {
  const output = execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' })
  return output.split('\n').filter(line => line !== '')
}

const APPROVED = ['Approved-by: maria', 'Approved-by: tomas']

test('trailers join those that are there, and stand apart from anything else', () => {
  const cases: readonly (readonly [message: string, trailers: readonly string[]])[] = [
    ['Promote shop\n\nWaybill-Promotion: a -> b\n', ['Waybill-Promotion: a -> b', ...APPROVED]],
    ['More pods', APPROVED],
    ['More pods\n\nFor the sale.', APPROVED],
    ['More pods\n\nNote: this is prose\nand goes on.\n\n\n', APPROVED],
    ['Fix: the pods', APPROVED],
    [
      'More pods\n\nSigned-off-by: Ines <i@x>\n  (for the team)',
      ['Signed-off-by: Ines <i@x> (for the team)', ...APPROVED],
    ],
  ]
  for (const [message, trailers] of cases) {
    const full = withTrailers(message, APPROVED, true)
    assert.equal(read(full), trailers, message)
    assert.is(full.split('\n')[0], message.split('\n')[0])
  }
})

test('nobody approves by writing so in a message', () => {
  const forged = 'More pods\n\nApproved-by: tomas\nwaybill-override: production/shop\nReviewed-by: ines\n'
  assert.equal(read(withTrailers(forged, ['Approved-by: maria'], false)), ['Reviewed-by: ines', 'Approved-by: maria'])
  assert.equal(read(withTrailers('Subject\n\nApproved-by: tomas', [], false)), [])
})

test('a value is one line, whatever it was', () => {
  assert.is(trailerValue(' tills lose\n\nApproved-by: me  '), 'tills lose Approved-by: me')
})

test('an override is told by a trailer that can be read again, with and without the second person', () => {
  const told = { unit: 'production/shop', gate: 'calendar', by: 'Ines', reason: 'tills: down with all of it' } as const
  for (const override of [told, { ...told, second: 'maria' }]) {
    const [, value] = trailersIn(`Promote\n\n${overrideTrailer(override)}\n`)[0] ?? []
    assert.equal(readOverrideTrailer(value ?? ''), override)
  }
  for (const value of ['', 'production/shop', 'production/shop magic by Ines: x', 'shop calendar by Ines: x']) {
    assert.is(readOverrideTrailer(value), undefined, value)
  }
})

test('a person who writes such a trailer is not heard', () => {
  const trailer = overrideTrailer({ unit: 'production/shop', gate: 'soak', by: 'Ines', second: 'maria', reason: 'x' })
  assert.is(withTrailers(`Change\n\n${trailer}\n`, ['Merged-by: waybill'], false), 'Change\n\nMerged-by: waybill\n')
})

test.run()
