import fc from 'fast-check'
import { RE2JS } from 're2js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plainPattern } from '../src/cel/plain-pattern.ts'
import { patternOf } from '../src/cel/regex.ts'

test('patterns of policies and schemas are plain', () => {
  for (const pattern of [
    '@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$',
    '^([^@]*/)?[^/:@]+(:latest)?$',
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    '^[1-9][0-9]*[dwm]$',
    'a\\.b',
  ]) {
    assert.ok(plainPattern(pattern), pattern)
  }
})

test('what means something else in JavaScript, or could take long there, is left to RE2', () => {
  for (const pattern of [
    '',
    'a.b',
    '(a*)*',
    '(a+b?)+$',
    'a*b*',
    '^a*b*c*$',
    '^a?b?c?d?e?$',
    '\\d+',
    '\\s',
    '(?i)a',
    '[[:alpha:]]',
    '[\\w]',
    '[^\\n]',
    'a$b',
    'a^',
    'a|b',
    '(?P<n>a)',
    'a{2}{3}',
    'a*?',
    'a{3,2}',
    '(',
    '[z-a]',
    '\\pN',
    'é',
  ]) {
    assert.is(plainPattern(pattern), undefined, pattern)
  }
})

test('a pattern that does not compile says so, and long texts are matched by RE2', () => {
  assert.type(patternOf('a{3,2}'), 'string')
  assert.type(patternOf('('), 'string')
  const anchored = patternOf('^a*$')
  assert.ok(typeof anchored !== 'string')
  for (const length of [0, 256, 257, 100_000]) {
    assert.ok(anchored.test('a'.repeat(length)))
    assert.not(anchored.test(`${'a'.repeat(length)}b`))
  }
})

test('a plain pattern finds exactly what RE2 finds', () => {
  const atom = fc.constantFrom('a', 'b', '-', '@', '/', '\\.', '\\$', '[a-c]', '[^a]', '[^/:@]', '[-.]', '[0-9a-f-]')
  const counted = fc
    .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}'))
    .map(parts => parts.join(''))
  const run = fc.array(counted, { minLength: 1, maxLength: 3 }).map(parts => parts.join(''))
  const group = fc
    .tuple(fc.constantFrom('(', '(?:'), fc.array(run, { minLength: 1, maxLength: 2 }), fc.constantFrom('', '?'))
    .map(([open, runs, count]) => `${open}${runs.join('|')})${count}`)
  const pattern = fc
    .tuple(
      fc.constantFrom('', '^'),
      fc.array(fc.oneof(counted, group), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '$'),
    )
    .map(([start, parts, end]) => start + parts.join('') + end)
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', '-', '.', '$', '/', '@', '0', '\n', 'é', '😀'),
    maxLength: 12,
  })
  let plain = 0
  fc.assert(
    fc.property(pattern, text, (wanted, given) => {
      const expression = plainPattern(wanted)
      if (expression === undefined) return
      plain += 1
      assert.is(expression.test(given), RE2JS.compile(wanted).test(given), `${wanted} in ${JSON.stringify(given)}`)
    }),
    { numRuns: 3000 },
  )
  assert.ok(plain > 500, `${plain} of the patterns were plain`)
})

test.run()
