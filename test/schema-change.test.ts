import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fields } from '../src/manifest/value.ts'
import { schemaChanges } from '../src/promote/schema-change.ts'
import { statedRelease } from '../src/spec/stated-release.ts'

const image = (digit: string) => `registry.example/shop/odoo@sha256:${digit.repeat(64)}`

function release(
  digit: string,
  modules?: readonly (string | readonly [string, string])[],
  odoo = '18.0',
  local?: Fields,
) {
  const stated = modules?.map(module => (typeof module === 'string' ? module : { name: module[0], version: module[1] }))
  return statedRelease(
    { release: { odoo, image: image(digit), ...(stated === undefined ? {} : { modules: stated }) } },
    local,
  )
}

const STOCK = ['stock', '18.0.1.2.0'] as const

const CASES: readonly (readonly [title: string, changes: readonly string[], expected: readonly string[]])[] = [
  ['the same release', schemaChanges(release('a', ['stock']), release('a', ['stock'])), []],
  ['a first release', schemaChanges(undefined, release('a')), []],
  [
    'an image without a list of modules',
    schemaChanges(release('a'), release('b')),
    ['another image, which lists no modules'],
  ],
  [
    'an image with modules without versions',
    schemaChanges(release('a', ['stock']), release('b', ['stock'])),
    ['another image, and nobody says which version of stock it holds'],
  ],
  ['an image with the same versions of all modules', schemaChanges(release('a', [STOCK]), release('b', [STOCK])), []],
  [
    'a version that only the newer release states',
    schemaChanges(release('a', ['stock']), release('b', [STOCK])),
    ['stock present → 18.0.1.2.0'],
  ],
  [
    'a newer version of a module',
    schemaChanges(release('a', [STOCK]), release('b', [['stock', '18.0.1.3.0']])),
    ['stock 18.0.1.2.0 → 18.0.1.3.0'],
  ],
  [
    'modules that come and go in the same image',
    schemaChanges(release('a', ['stock', 'sale']), release('a', ['stock', 'point_of_sale'])),
    ['point_of_sale absent → present', 'sale present → absent'],
  ],
  ['another series of Odoo', schemaChanges(release('a', [STOCK], '17.0'), release('b', [STOCK])), ['Odoo 17.0 → 18.0']],
]

for (const [title, changes, expected] of CASES) {
  test(`${title}: ${expected.length === 0 ? 'the schema stays' : 'the schema changes'}`, () => {
    assert.equal(changes, expected)
  })
}

test('a hotfix stands before the release, and a hotfix without modules keeps those of the release', () => {
  const hotfix = release('a', [STOCK], '18.0', {
    release: { image: image('c'), reason: 'tills down', expires: '2027-04-01' },
  })
  assert.is(hotfix?.image, image('c'))
  assert.equal(hotfix?.hotfix, { reason: 'tills down', expires: '2027-04-01' })
  assert.equal(schemaChanges(release('a', [STOCK]), hotfix), [])
})

test.run()
