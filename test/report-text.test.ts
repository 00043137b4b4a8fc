import pc from 'picocolors'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LintResult } from '../src/lint/finding.ts'
import { FORMATS, REPORTERS, type ReportContext } from '../src/report/reporter.ts'
import { text } from '../src/report/text.ts'
import { contextOf, findingOf, lintWorld, policy, rangeAt, resultOf } from './lint-fixture.ts'

const POD = `apiVersion: v1
kind: Pod
spec:
  image: nginx
  name: web
`

function context(more: Partial<ReportContext> = {}): ReportContext {
  return contextOf({ textOf: file => (file === 'env/pod.yaml' ? POD : undefined), ...more })
}

/** The report without its last line, the tally. */
function body(result: Partial<LintResult>, more: Partial<ReportContext> = {}): string {
  return text(resultOf(result), context(more)).split('\n\n').slice(0, -1).join('\n\n')
}

/** The frame alone of a finding at a range in a text. */
function frame(yaml: string, range = rangeAt(4, 10, 5)): string {
  const report = body({ findings: [findingOf({ range })] }, { textOf: () => yaml })
  return report.split('\n').slice(1, -2).join('\n')
}

test('a finding is shown with its place, code, caret, object, evidence, origin and fix', () => {
  const finding = findingOf({
    range: rangeAt(4, 10, 5),
    evidence: [{ file: 'np.yaml', range: rangeAt(7, 2), message: 'policy "deny" closes it' }],
    origin: { key: 'tenants.acme.users', file: 'platform.yaml', line: 12 },
  })
  assert.is(
    body({ findings: [finding] }),
    `env/pod.yaml:4:10: error: container "web" has no memory limit [memory-limit]
  3 | spec:
> 4 |   image: nginx
    |          ^^^^^
  5 |   name: web
  in Pod/shop/web
  see np.yaml:7:2: policy "deny" closes it
  decided by platform.yaml:12 (tenants.acme.users)
  fix: set resources.limits.memory`,
  )
})

test('the first and the last line of a file have one neighbour', () => {
  assert.is(frame(POD, rangeAt(1, 1, 10)), '> 1 | apiVersion: v1\n    | ^^^^^^^^^^\n  2 | kind: Pod')
  assert.is(frame(POD, rangeAt(5, 9, 3)), '  4 |   image: nginx\n> 5 |   name: web\n    |         ^^^')
})

test('line numbers stay in their column when they grow by a digit', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line${index + 1}`).join('\n')
  assert.is(frame(lines, rangeAt(9, 1, 4)), '   8 | line8\n>  9 | line9\n     | ^^^^\n  10 | line10')
})

test('a range over several lines is marked to the end of its first, one without width by one caret', () => {
  const { start } = rangeAt(4, 3)
  assert.match(frame(POD, { start, end: rangeAt(5, 6).start }), '|   ^^^^^^^^^^^^\n')
  assert.match(frame(POD, { start, end: start }), '|   ^\n')
})

test('a range past the end of its line still has a caret, and a line that is gone has no frame', () => {
  assert.match(frame(POD, rangeAt(4, 15, 3)), '> 4 |   image: nginx\n    |               ^\n')
  assert.is(frame(POD, rangeAt(40, 1)), '')
})

test('of a very long line the part around the caret is shown', () => {
  const shown = frame(`a: ${'x'.repeat(5000)}culprit${'y'.repeat(5000)}`, rangeAt(1, 5004, 7))
  const [code = '', caret = ''] = shown.split('\n')
  assert.ok(code.length < 140)
  assert.is(code.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1), 'culprit')
  const [whole = '', carets = ''] = frame(`a: ${'x'.repeat(500)}`, rangeAt(1, 1, 503)).split('\n')
  assert.is(carets.length, whole.length, 'what is cut off has no caret')
})

test('tabs keep the caret in place, and what could steer a terminal is shown as a mark', () => {
  const shown = frame('a:\tb\u001b[2Jc\u202ed', rangeAt(1, 4, 1))
  assert.is(shown, '> 1 | a: b\ufffd[2Jc\ufffdd\n    |    ^')
  const message = body({ findings: [findingOf({ message: 'a\u001b[31mb\nc' })] })
  assert.match(message, ': a\ufffd[31mb c [memory-limit]')
})

test('a file whose text is not at hand has no frame', () => {
  assert.is(
    body({ findings: [findingOf()] }, { textOf: () => undefined }),
    'env/pod.yaml:3:5: error: container "web" has no memory limit [memory-limit]\n' +
      '  in Pod/shop/web\n  fix: set resources.limits.memory',
  )
})

test('what was not evaluated comes first, with whatever is known of it', () => {
  const notEvaluated = [
    { policy: 'reach', reason: 'policy "reach" threw "x"' },
    { file: 'env/pod.yaml', range: rangeAt(2, 7, 3), policy: 'cel', object: 'Pod/web', reason: 'too costly' },
    { file: 'b.yaml', reason: 'file does not parse' },
  ]
  assert.is(
    body({ notEvaluated, findings: [findingOf()] }).split('\nenv/pod.yaml:3')[0],
    `not evaluated: policy "reach" threw "x" [reach]

env/pod.yaml:2:7: not evaluated: Pod/web: too costly [cel]
  1 | apiVersion: v1
> 2 | kind: Pod
    |       ^^^
  3 | spec:

b.yaml: not evaluated: file does not parse
`,
  )
})

test('waived and carried findings are counted, not shown', () => {
  const waiver = { reason: 'x', file: 'waivers.yaml', range: rangeAt(1, 1) }
  const findings = [findingOf({ state: 'waived', waiver }), findingOf({ state: 'carried' })]
  assert.is(
    text(resultOf({ findings }), context()),
    '0 errors, 0 warnings, 0 infos open; 1 waived, 1 carried, 0 not evaluated; 1 file, 1 manifest, 1 policy\n',
  )
})

test('the tally counts what is open by severity', () => {
  const findings = [findingOf(), findingOf({ severity: 'warning' }), findingOf({ severity: 'warning' })]
  const result = resultOf({ findings, files: 12, manifests: 40, policies: 0 })
  assert.match(
    text(result, context()),
    /\n\n1 error, 2 warnings, 0 infos open; 0 waived, 0 carried, 0 not evaluated; 12 files, 40 manifests, 0 policies\n$/,
  )
})

test('a note is one line, with how often it was said and by which policy', () => {
  const notes = [
    { text: 'kind "Foo" has no schema', times: 3, policy: 'schema' },
    { text: 'readme.yaml holds no manifest', times: 1 },
  ]
  assert.is(body({ notes }), 'note: kind "Foo" has no schema (3 times) [schema]\nnote: readme.yaml holds no manifest')
})

test('severities are coloured when colours are wanted, and not otherwise', () => {
  const result = resultOf({ findings: [findingOf(), findingOf({ severity: 'warning' })] })
  const coloured = text(result, context({ colors: pc.createColors(true) }))
  assert.match(coloured, '\u001b[31merror\u001b[39m')
  assert.match(coloured, '\u001b[33mwarning\u001b[39m')
  assert.not.match(text(result, context()), '\u001b')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that starts a colour
  assert.is(coloured.replace(/\u001b\[\d+m/g, ''), text(result, context()))
})

test('every format is loaded by its name, and ends a report with one newline', async () => {
  for (const format of FORMATS) {
    const reporter = await REPORTERS[format]()
    assert.match(reporter(resultOf({ findings: [findingOf()] }), context()), /[^\n]\n$/, format)
  }
})

test('no format shows the value of a Secret or of a field that a secrets policy flags', async () => {
  const yaml = `apiVersion: v1
kind: Secret
metadata: {name: db}
stringData:
  password: correct-horse
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, env: [{name: ADMIN, value: battery-staple}]}]}
`
  const secrets = policy(
    'plain',
    function* (index) {
      for (const source of index.ofKind('Secret')) {
        const evidence = [{ file: 'a.yaml', range: source.range([]), message: 'correct-horse' }]
        yield { source, violation: { at: ['stringData', 'password'], message: 'is correct-horse', evidence } }
        yield { source, violation: { at: ['metadata'], message: 'holds correct-horse' } }
        yield { source, notEvaluated: 'correct-horse' }
      }
      for (const source of index.ofKind('Pod')) {
        const at = ['spec', 'containers', 0, 'env', 0, 'value']
        yield { source, violation: { at, message: 'is battery-staple' } }
        yield { source, note: 'battery-staple' }
      }
      throw new Error('correct-horse')
    },
    { family: 'secrets' },
  )
  const result = lintWorld({ yaml, policies: [secrets] })
  for (const format of FORMATS) {
    const reporter = await REPORTERS[format]()
    const report = reporter(result, context({ textOf: () => yaml, policies: [secrets] }))
    assert.not.match(report, /correct-horse|battery-staple/, format)
    assert.match(report, format === 'markdown' ? '\\*\\*\\*' : '***', format)
  }
})

test.run()
