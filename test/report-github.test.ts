import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../src/lint/finding.ts'
import { escapeData, escapeProperty, github } from '../src/report/github.ts'
import { findingOf, rangeAt, resultOf } from './lint-fixture.ts'

/** What a runner reads from one line of a log. */
function parsed(line: string) {
  const match = /^::(\w+) (.*?)::(.*)$/s.exec(line)
  assert.ok(match, line)
  const [, command = '', list = '', data = ''] = match ?? []
  const unescaped = (text: string, codes: string) =>
    text.replace(/%([0-9A-F]{2})/g, (whole, code) =>
      codes.includes(code) ? String.fromCharCode(Number.parseInt(code, 16)) : whole,
    )
  const properties = list.split(',').map(property => {
    const equals = property.indexOf('=')
    return [property.slice(0, equals), unescaped(property.slice(equals + 1), '25 0D 0A 3A 2C')]
  })
  return { command, properties: Object.fromEntries(properties), message: unescaped(data, '25 0D 0A') }
}

const annotation = (more: Partial<Finding>) => parsed(github(resultOf({ findings: [findingOf(more)] })).trimEnd())

test('a finding is one command with its place and policy', () => {
  assert.is(
    github(resultOf({ findings: [findingOf()] })),
    '::error file=env/pod.yaml,line=3,endLine=3,col=5,endColumn=9,title=memory-limit::' +
      'container "web" has no memory limit%0Ain Pod/shop/web%0Afix: set resources.limits.memory\n',
  )
})

test('the message also tells the evidence and what decided the value', () => {
  const { message } = annotation({
    evidence: [{ file: 'np.yaml', range: rangeAt(7, 2), message: 'closes it' }],
    origin: { key: 'tenants.acme', file: 'platform.yaml', line: 12 },
  })
  assert.equal(message.split('\n').slice(2, 4), [
    'see np.yaml:7: closes it',
    'decided by platform.yaml:12 (tenants.acme)',
  ])
})

for (const [severity, command] of [
  ['error', 'error'],
  ['warning', 'warning'],
  ['info', 'notice'],
] as const) {
  test(`severity ${severity} is the command ${command}`, () => assert.is(annotation({ severity }).command, command))
}

test('a range over several lines has no columns, since the runner would drop them', () => {
  const range = { start: rangeAt(3, 5).start, end: rangeAt(6, 2).start }
  const { properties } = annotation({ range })
  assert.equal(properties, { file: 'env/pod.yaml', line: '3', endLine: '6', title: 'memory-limit' })
})

test('waived and carried findings are no annotations, and nothing found is an empty text', () => {
  const waiver = { reason: 'x', file: 'w.yaml', range: rangeAt(1, 1) }
  const findings = [findingOf({ state: 'carried' }), findingOf({ state: 'waived', waiver })]
  assert.is(github(resultOf({ findings })), '')
})

test('what was not evaluated is an error, with whatever is known of its place', () => {
  const lines = github(
    resultOf({
      notEvaluated: [
        { reason: 'bare' },
        { file: 'b.yaml', reason: 'no range' },
        { file: 'b.yaml', range: rangeAt(2, 3), policy: 'cel', object: 'Pod/a', reason: 'full' },
      ],
    }),
  )
  assert.is(
    lines,
    '::error title=not evaluated::bare\n' +
      '::error file=b.yaml,title=not evaluated::no range\n' +
      '::error file=b.yaml,line=2,endLine=2,col=3,endColumn=4,title=not evaluated%3A cel::Pod/a: full\n',
  )
})

test('whatever stands in a file name or message, it is one command and reads back as it was', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom('::error ', '%0A', '%', '\r\n', ',', ':', '=', 'a')).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(text, text, text, (file, message, fix) => {
      const report = github(resultOf({ findings: [findingOf({ file, message, fix })] }))
      assert.is(report.split(/[\r\n]/).length, 2)
      const { command, properties, message: read } = parsed(report.slice(0, -1))
      assert.is(command, 'error')
      assert.is(properties.file, file)
      assert.is(read, `${message}\nin Pod/shop/web\nfix: ${fix}`)
    }),
    { numRuns: 500 },
  )
})

test('data keeps commas and colons, properties do not', () => {
  assert.is(escapeData('a%b,c:d\r\n'), 'a%25b,c:d%0D%0A')
  assert.is(escapeProperty('a%b,c:d\r\n'), 'a%25b%2Cc%3Ad%0D%0A')
})

test.run()
