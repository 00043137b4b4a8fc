import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownersOf } from '../src/promote/code-owners.ts'

const owner = (pattern: string, path: string) => ownersOf(`${pattern} @o`, [path]).length === 1

test('the last line that matches a path decides, and owners are named once', () => {
  const text =
    '# who\n* @platform  # everybody else\n/environments/ @shop/ops\n/environments/dev/\nfree.txt mail@shop.example\n'
  assert.equal(ownersOf(text, ['README.md']), ['@platform'])
  assert.equal(ownersOf(text, ['environments/production/a', 'environments/staging/b']), ['@shop/ops'])
  assert.equal(ownersOf(text, ['environments/dev/a']), [])
  assert.equal(ownersOf(text, ['free.txt']), [])
  assert.equal(ownersOf(text, ['a', 'environments/b']), ['@platform', '@shop/ops'])
  assert.equal(ownersOf('', ['a']), [])
})

test('patterns match as GitHub documents them', () => {
  const cases: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
    ['*', 'a/b/c.js', true],
    ['*.js', 'a/b/c.js', true],
    ['*.js', 'a/b/c.jsx', false],
    ['/build/logs/', 'build/logs/x/y', true],
    ['/build/logs/', 'a/build/logs/x', false],
    ['docs/*', 'docs/a.md', true],
    ['docs/*', 'docs/build/a.md', false],
    ['apps/', 'a/apps/b/c', true],
    ['apps/', 'apps', false],
    ['/docs/', 'docs/a', true],
    ['**/logs', 'a/b/logs/c', true],
    ['**/logs', 'logs/c', true],
    ['/apps/github', 'apps/github', true],
    ['/apps/github', 'apps/github/x', true],
    ['/apps/github', 'apps/githubs', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['/environments/production/*/unit.json', 'environments/production/shop/unit.json', true],
    ['/environments/production/*/unit.json', 'environments/production/shop/x/unit.json', false],
    ['with\\ space.txt', 'with space.txt', true],
    ['a.b', 'axb', false],
  ]
  for (const [pattern, path, matches] of cases) assert.is(owner(pattern, path), matches, `${pattern} ${path}`)
})

test.run()
