import { Ajv } from 'ajv'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LintResult } from '../src/lint/finding.ts'
import { json, LINT_REPORT_SCHEMA } from '../src/report/json.ts'
import { contextOf, findingOf, rangeAt, resultOf } from './lint-fixture.ts'

const isReport = new Ajv({ strict: true, allErrors: true }).compile(LINT_REPORT_SCHEMA)

function reportOf(result: Partial<LintResult>) {
  return JSON.parse(json(resultOf(result), contextOf()))
}

const FULL: Partial<LintResult> = {
  findings: [
    findingOf({
      evidence: [{ file: 'np.yaml', range: rangeAt(7, 2), message: 'closes it' }],
      origin: { key: 'tenants.acme', file: 'platform.yaml', line: 12 },
    }),
    findingOf({
      state: 'waived',
      severity: 'info',
      waiver: { reason: 'r', owner: 'o', expires: '2026-07-01', file: 'waivers.yaml', range: rangeAt(2, 3) },
    }),
    findingOf({ state: 'waived', waiver: { reason: 'r', file: 'env/pod.yaml', range: rangeAt(2, 3) } }),
    findingOf({ state: 'carried', severity: 'warning' }),
  ],
  notEvaluated: [{ reason: 'x' }, { file: 'b.yaml', range: rangeAt(1, 1), policy: 'p', object: 'Pod/a', reason: 'y' }],
  notes: [
    { text: 'n', times: 1 },
    { text: 'm', times: 2, policy: 'schema' },
  ],
}

for (const [title, result] of [
  ['an empty one', {}],
  ['one with everything in it', FULL],
] as const) {
  test(`the report fits its schema: ${title}`, () => {
    assert.ok(isReport(reportOf(result)), JSON.stringify(isReport.errors))
  })
}

for (const [title, change] of [
  ['an unknown field', (report: Record<string, unknown>) => ({ ...report, more: 1 })],
  ['another version', (report: Record<string, unknown>) => ({ ...report, schemaVersion: 2 })],
  ['a missing list', ({ notes: _, ...report }: Record<string, unknown>) => report],
  ['a finding that lacks its place', (report: Record<string, unknown>) => ({ ...report, findings: [{}] })],
] as const) {
  test(`the schema refuses ${title}`, () => assert.not(isReport(change(reportOf(FULL)))))
}

test('fields come in a fixed order, whatever order the finding has', () => {
  const finding = findingOf({ evidence: [], origin: { key: 'k', file: 'p.yaml', line: 1 } })
  const turned = Object.fromEntries(Object.entries(finding).reverse()) as unknown as typeof finding
  const report = (one: typeof finding) => json(resultOf({ findings: [one] }), contextOf())
  assert.is(report(turned), report(finding))
  assert.equal(Object.keys(reportOf({})), ['schemaVersion', 'tool', 'summary', 'findings', 'notEvaluated', 'notes'])
  assert.equal(Object.keys(reportOf({ findings: [finding] }).findings[0]), [
    'policy',
    'severity',
    'state',
    'message',
    'fix',
    'object',
    'file',
    'range',
    'path',
    'fingerprint',
    'evidence',
    'origin',
  ])
})

test('the report says which version wrote it, what was counted, and the field as people write it', () => {
  const report = reportOf(FULL)
  assert.equal(report.tool, { name: 'waybill', version: '1.2.3' })
  assert.equal(report.summary, {
    open: { error: 1, warning: 0, info: 0 },
    waived: 2,
    carried: 1,
    notEvaluated: 2,
    files: 1,
    manifests: 1,
    policies: 1,
  })
  assert.is(report.findings[0].path, 'spec.containers[0]')
  assert.equal(report.findings[0].range, { ...findingOf().range })
})

test.run()
