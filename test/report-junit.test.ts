import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LintResult } from '../src/lint/finding.ts'
import { escapeAttribute, escapeXml, junit } from '../src/report/junit.ts'
import { contextOf, findingOf, rangeAt, resultOf } from './lint-fixture.ts'

const report = (result: Partial<LintResult>, failOn: 'error' | 'warning' | 'info' = 'error') =>
  junit(resultOf(result), contextOf({ failOn }))

test('a run that found nothing is one test case that passed', () => {
  assert.is(
    report({ manifests: 4, policies: 12 }),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="waybill" tests="1" failures="0" errors="0" skipped="0">
  <testsuite name="waybill" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="waybill" name="12 policies judged 4 manifests"/>
  </testsuite>
</testsuites>
`,
  )
})

test('a policy is a suite, a file in it a case, and all that was found there is one failure', () => {
  const findings = [
    findingOf({ message: 'first <b>' }),
    findingOf({
      message: 'second',
      range: rangeAt(9, 2),
      evidence: [{ file: 'np.yaml', range: rangeAt(7, 2), message: 'seen' }],
      origin: { key: 'tenants.acme', file: 'platform.yaml', line: 12 },
    }),
    findingOf({ file: 'other.yaml' }),
    findingOf({ policy: 'another' }),
  ]
  const xml = report({ findings })
  assert.match(xml, '<testsuites name="waybill" tests="4" failures="3" errors="0" skipped="0">')
  assert.match(xml, '<testsuite name="memory-limit" tests="2" failures="2" errors="0" skipped="0">')
  assert.match(
    xml,
    `    <testcase classname="memory-limit" name="env/pod.yaml" file="env/pod.yaml">
      <failure message="first &lt;b&gt; (and 1 more)">env/pod.yaml:3:5: error: first &lt;b&gt;
in Pod/shop/web
fix: set resources.limits.memory

env/pod.yaml:9:2: error: second
in Pod/shop/web
see np.yaml:7:2: seen
decided by platform.yaml:12 (tenants.acme)
fix: set resources.limits.memory</failure>
    </testcase>
`,
  )
})

test('no two test cases have the same class and name, since CI systems keep one of them', () => {
  const findings = ['a', 'b'].flatMap(file =>
    ['p', 'q'].flatMap(policy => [1, 2].map(line => findingOf({ file, policy, range: rangeAt(line, 1) }))),
  )
  const notEvaluated = [
    { policy: 'p', reason: 'x' },
    { policy: 'p', reason: 'y' },
  ]
  const names = [...report({ findings, notEvaluated }).matchAll(/<testcase (classname="[^"]*" name="[^"]*")/g)]
  assert.is(names.length, 6)
  assert.is(new Set(names.map(([, name]) => name)).size, 6)
})

for (const [title, findings, failOn, outcome] of [
  ['an error fails at threshold error', [findingOf()], 'error', /<failure /],
  ['a warning passes at threshold error, and is told', [findingOf({ severity: 'warning' })], 'error', /<system-out>/],
  ['a warning fails at threshold warning', [findingOf({ severity: 'warning' })], 'warning', /<failure /],
  ['what is carried is skipped', [findingOf({ state: 'carried' })], 'info', /<skipped message="waived or carried"\/>/],
  [
    'what is waived is skipped with its reason',
    [findingOf({ state: 'waived', waiver: { reason: 'why', file: 'w', range: rangeAt(1, 1) } })],
    'info',
    /<skipped .*\n.*<system-out>.*error, waived: [^<]*waived: why/,
  ],
  ['one open finding beside carried ones fails', [findingOf({ state: 'carried' }), findingOf()], 'error', /<failure /],
  [
    'an open warning beside a waived error passes',
    [findingOf({ state: 'carried' }), findingOf({ severity: 'warning' })],
    'error',
    /name="env\/pod.yaml" file="env\/pod.yaml">\n {6}<system-out>/,
  ],
] as const) {
  test(title, () => {
    const xml = report({ findings }, failOn)
    assert.match(xml, outcome)
    assert.is(xml.match(/<failure /g)?.length ?? 0, outcome.source.startsWith('<failure') ? 1 : 0)
  })
}

test('a failure names the finding that fails, not one that is carried', () => {
  const findings = [findingOf({ state: 'carried', message: 'old' }), findingOf({ message: 'new' })]
  assert.match(report({ findings }), '<failure message="new">')
})

test('what was not evaluated is an error', () => {
  const xml = report({
    notEvaluated: [{ file: 'b.yaml', range: rangeAt(2, 3), policy: 'cel', reason: 'too "costly"' }],
  })
  assert.match(xml, 'tests="1" failures="0" errors="1" skipped="0"')
  assert.match(xml, '<testcase classname="waybill" name="not evaluated 1: cel" file="b.yaml">')
  assert.match(xml, '<error message="too &quot;costly&quot;">b.yaml:2:3\ncel\ntoo "costly"</error>')
})

const text = fc.string({ unit: 'binary' })

/** What a parser reads back from an escaped text. */
function unescaped(xml: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return xml.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) =>
    code === undefined ? (named[name] ?? `unknown entity ${name}`) : String.fromCodePoint(Number(code)),
  )
}

const allowed = (code: number) =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code < 0xd800) ||
  (code >= 0xe000 && code < 0xfffe) ||
  code > 0xffff

test('escaped text holds only characters that XML allows, no markup, and reads back as it was', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), original => {
      const expected = [...original].map(c => (allowed(c.codePointAt(0) ?? 0) ? c : '\ufffd')).join('')
      for (const [write, forbidden] of [
        [escapeXml, /[<>\r]|&(?!(amp|lt|gt|#13);)/],
        [escapeAttribute, /[<>"\r\n\t]/],
      ] as const) {
        const escaped = write(original)
        assert.not.match(escaped, forbidden)
        assert.ok([...escaped].every(c => allowed(c.codePointAt(0) ?? 0)))
        assert.is(unescaped(escaped), expected)
      }
    }),
    { numRuns: 500 },
  )
})

for (const [original, escaped] of [
  ['\u0000\u0008\u000b\u001f', '\ufffd\ufffd\ufffd\ufffd'],
  ['\ud800x\udc00', '\ufffdx\ufffd'],
  ['\u{1f600}', '\u{1f600}'],
  ['\ufffe\uffff', '\ufffd\ufffd'],
  [']]>', ']]&gt;'],
] as const) {
  test(`${JSON.stringify(original)} is written as ${JSON.stringify(escaped)}`, () => {
    assert.is(escapeXml(original), escaped)
    assert.is(escapeAttribute(original), escaped)
  })
}

test.run()
