import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { trailerValue, withTrailers } from '../src/promote/trailers.ts'

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

test.run()
