import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LintResult } from '../src/lint/finding.ts'
import { cell, MARKDOWN_LIMIT, markdown } from '../src/report/markdown.ts'
import { contextOf, findingOf, policy, rangeAt, resultOf } from './lint-fixture.ts'

const report = (result: Partial<LintResult>) =>
  markdown(
    resultOf(result),
    contextOf({ policies: [policy('memory-limit', () => [], { title: 'Memory is limited' })] }),
  )

test('a clean run is its tally', () => {
  assert.is(
    report({}),
    '## waybill lint\n\n' +
      '0 errors, 0 warnings, 0 infos open; 0 waived, 0 carried, 0 not evaluated; 1 file, 1 manifest, 1 policy\n',
  )
})

test('open findings are tables by severity and policy, with the fix said once', () => {
  const findings = [
    findingOf({ policy: 'zeta', severity: 'error' }),
    findingOf({ severity: 'warning' }),
    findingOf({ range: rangeAt(8, 1), message: 'a | b' }),
    findingOf(),
  ]
  assert.is(
    report({ findings }).split('\n\n').slice(2).join('\n\n'),
    `### error: \`memory-limit\` Memory is limited (2)

Fix: set resources.limits.memory

| where | object | finding |
| --- | --- | --- |
| \`env/pod.yaml:8\` | \`Pod/shop/web\` | a \\| b |
| \`env/pod.yaml:3\` | \`Pod/shop/web\` | container "web" has no memory limit |

### error: \`zeta\`  (1)

Fix: set resources.limits.memory

| where | object | finding |
| --- | --- | --- |
| \`env/pod.yaml:3\` | \`Pod/shop/web\` | container "web" has no memory limit |

### warning: \`memory-limit\` Memory is limited (1)

Fix: set resources.limits.memory

| where | object | finding |
| --- | --- | --- |
| \`env/pod.yaml:3\` | \`Pod/shop/web\` | container "web" has no memory limit |
`,
  )
})

test('what was not evaluated comes first, what is waived and carried last', () => {
  const waiver = { reason: 'why', owner: 'ops', expires: '2026-07-01', file: 'w.yaml', range: rangeAt(1, 1) }
  const text = report({
    notEvaluated: [
      { reason: 'x' },
      { file: 'b.yaml', range: rangeAt(2, 1), policy: 'cel', object: 'Pod/a', reason: 'y' },
    ],
    findings: [findingOf(), findingOf({ state: 'waived', waiver }), findingOf({ state: 'carried' })],
  })
  assert.equal(text.match(/^### .*$/gm), [
    '### Not evaluated (2)',
    '### error: `memory-limit` Memory is limited (1)',
    '### Waived (1)',
    '### Carried (1)',
  ])
  assert.match(text, '|  |  | x |\n| `b.yaml:2` | `cel` | Pod/a: y |')
  assert.match(text, '| `env/pod.yaml:3` | `memory-limit` | why | ops | 2026-07-01 |')
})

test('a report has at most so many characters, and counts what it leaves out', () => {
  const findings = Array.from({ length: 5000 }, (_, index) => findingOf({ message: `number ${index}` }))
  const text = report({ findings })
  assert.ok(text.length <= MARKDOWN_LIMIT)
  assert.ok(text.length > MARKDOWN_LIMIT - 1000)
  const shown = text.match(/^\| `env/gm)?.length ?? 0
  assert.match(text, `\n${5000 - shown} more lines left out here; the text and json reports hold all of them\n`)
})

test('a report is never longer than its limit', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3000 }), { maxLength: 300 }), messages => {
      const findings = messages.map((message, index) => findingOf({ message, fix: message, policy: `p${index % 7}` }))
      assert.ok(report({ findings }).length <= MARKDOWN_LIMIT)
    }),
    { numRuns: 30 },
  )
})

for (const [text, expected] of [
  ['a | b', 'a \\| b'],
  ['<img src=x>', '&lt;img src=x&gt;'],
  ['&amp;', '&amp;amp;'],
  ['one\n\ntwo', 'one two'],
  ['[x](http://y)', '\\[x\\](http://y)'],
  ['`a` *b* _c_ ~d~ #1', '\\`a\\` \\*b\\* \\_c\\_ \\~d\\~ \\#1'],
  ['odoo@sha256:00', 'odoo@<!-- -->sha256:00'],
  ['x'.repeat(600), `${'x'.repeat(499)}…`],
] as const) {
  test(`in a cell ${JSON.stringify(text.slice(0, 20))} means nothing to Markdown`, () =>
    assert.is(cell(text), expected))
}

test('a table keeps its columns whatever stands in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (file, message) => {
      const text = report({ findings: [findingOf({ file: `${file}\\|\``, message: `${message}\\|` })] })
      const rows = text.split('\n').filter(line => line.startsWith('|'))
      assert.is(rows.length, 3)
      assert.ok(
        rows.every(row => row.replace(/\\[\\|]/g, '').match(/\|/g)?.length === 4),
        rows.join('\n'),
      )
    }),
  )
})

test.run()
