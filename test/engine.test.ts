import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { carry } from '../src/lint/baseline.ts'
import { lint } from '../src/lint/engine.ts'
import type { Finding } from '../src/lint/finding.ts'
import type { Policy } from '../src/lint/policy.ts'
import { exitCode } from '../src/lint/verdict.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { findingOf, flagging, lintWorld, policy, resultOf, sourcesOf } from './lint-fixture.ts'

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: nginx
`

const IMAGE = ['spec', 'containers', 0, 'image']

test('a violation becomes a finding that says who, where and how severe', () => {
  const { findings } = lintWorld({ yaml: POD, policies: [flagging('pinned', 'Pod', IMAGE, 'image is not pinned')] })
  const [finding, ...others] = findings
  assert.is(others.length, 0)
  assert.is(finding?.policy, 'pinned')
  assert.is(finding?.severity, 'error')
  assert.is(finding?.message, 'image is not pinned')
  assert.is(finding?.fix, 'fix of pinned')
  assert.is(finding?.object, 'Pod/shop/web')
  assert.is(finding?.file, 'a.yaml')
  assert.equal(finding?.range.start, { line: 9, column: 14, offset: POD.indexOf('nginx') })
  assert.is(finding?.state, 'open')
  assert.match(finding?.fingerprint ?? '', /^[0-9a-f]{16}$/)
  assert.not('origin' in (finding ?? {}))
})

test('the result counts files, manifests and the policies that ran', () => {
  const off = flagging('quiet', 'Pod', IMAGE, 'x', { severity: { lite: 'off', standard: 'off', strict: 'off' } })
  const { files, manifests, policies } = lintWorld({
    yaml: `${POD}---\n${POD}`,
    files: 7,
    policies: [off, flagging('loud', 'Service', [])],
  })
  assert.equal({ files, manifests, policies }, { files: 7, manifests: 2, policies: 1 })
})

const SEVERITY = { lite: 'off', standard: 'warning', strict: 'error' } as const

for (const [profile, overrides, expected] of [
  ['lite', {}, undefined],
  ['standard', {}, 'warning'],
  ['strict', {}, 'error'],
  ['strict', { pinned: 'info' }, 'info'],
  ['lite', { pinned: 'error' }, 'error'],
  ['strict', { pinned: 'off' }, undefined],
] as const) {
  test(`under profile ${profile} and overrides ${JSON.stringify(overrides)} the severity is ${expected}`, () => {
    let ran = false
    const { judge } = flagging('pinned', 'Pod', IMAGE)
    const watch: Policy['judge'] = index => {
      ran = true
      return judge(index)
    }
    const watched = policy('pinned', watch, { severity: SEVERITY })
    const { findings } = lintWorld({ yaml: POD, policies: [watched], facts: { profile }, overrides })
    assert.is(findings[0]?.severity, expected)
    assert.is(ran, expected !== undefined, 'a policy that is off does not run')
  })
}

test('an override that names no policy is not taken for a wish that came true', () => {
  const { notEvaluated } = lintWorld({ yaml: POD, overrides: { 'pined-image': 'error' } })
  assert.is(notEvaluated[0]?.reason, 'severity override names policy "pined-image", which does not exist')
  assert.is(lintWorld({ yaml: POD, overrides: { 'waiver-unused': 'off' } }).notEvaluated.length, 0)
})

test('a policy that throws is named with what it threw, and all else that was found stays', () => {
  const broken = policy('broken', function* (index) {
    for (const source of index.sources) yield { source, violation: { at: [], message: 'found before the fall' } }
    throw new TypeError('x is not a function')
  })
  const result = lintWorld({ yaml: POD, policies: [broken, flagging('pinned', 'Pod', IMAGE)] })
  assert.equal(result.notEvaluated, [
    { policy: 'broken', reason: 'policy "broken" threw "x is not a function", so nothing of it counts as passed' },
  ])
  assert.equal(
    result.findings.map(finding => finding.message),
    ['found before the fall', 'wrong'],
  )
  assert.is(exitCode(result, 'error', { strict: false }), 2)
})

test('a policy that throws something other than an error, or at once, is accounted for too', () => {
  const thrower = policy('thrower', () => {
    throw 'a string'
  })
  const { notEvaluated } = lintWorld({ yaml: POD, policies: [thrower] })
  assert.match(notEvaluated[0]?.reason ?? '', 'threw "a string"')
})

test('a verdict "not evaluated" is accounted with its manifest, and a note is said once and counted', () => {
  const unsure = policy('unsure', function* (index) {
    for (const source of index.sources) yield { source, notEvaluated: 'expression "x" costs too much' }
    for (const source of index.sources) yield { source, note: 'kind "Pod" has no schema' }
    for (const source of index.sources) yield { source, note: 'kind "Pod" has no schema' }
  })
  const { notEvaluated, notes, findings } = lintWorld({ yaml: POD, policies: [unsure], notes: ['readme.yaml', 'b'] })
  assert.is(findings.length, 0)
  assert.is(notEvaluated.length, 1)
  assert.is(notEvaluated[0]?.object, 'Pod/shop/web')
  assert.is(notEvaluated[0]?.file, 'a.yaml')
  assert.is(notEvaluated[0]?.range?.start.line, 1)
  assert.equal(notes, [
    { text: 'b', times: 1 },
    { text: 'readme.yaml', times: 1 },
    { policy: 'unsure', text: 'kind "Pod" has no schema', times: 2 },
  ])
})

test('what could not be judged before any policy ran stays in the result', () => {
  const entry = { file: 'broken.yaml', reason: 'file does not parse' }
  const result = lintWorld({ notEvaluated: [entry] })
  assert.equal(result.notEvaluated, [entry])
})

test('the closest known origin of a field wins over the origin of its manifest', () => {
  const origin = { key: 'tenants.acme', file: 'platform.yaml', line: 3 }
  const closer = { key: 'tenants.acme.image', file: 'tenants/acme.yaml', line: 9 }
  const sources = sourcesOf('a.yaml', POD).map(source => ({ ...source, origin }))
  const policies = [flagging('pinned', 'Pod', IMAGE), flagging('named', 'Pod', ['metadata'])]
  const { findings } = lintWorld({ sources, policies, originOf: (_, at) => (at.length > 1 ? closer : undefined) })
  assert.equal(
    findings.map(finding => [finding.policy, finding.origin]),
    [
      ['named', origin],
      ['pinned', closer],
    ],
  )
})

test('findings come by file, line, column, policy and message in code units, whatever order they were found in', () => {
  const at = (...path: (string | number)[]) => path
  const sources = [...sourcesOf('b.yaml', POD), ...sourcesOf('a.yaml', POD), ...sourcesOf('B.yaml', POD)]
  const names = ['zeta', 'alpha', 'Alpha']
  const fields = [at('spec'), at('kind'), IMAGE]
  const policies = names.flatMap(name =>
    fields.map((field, index) => flagging(`${name}${index}`, 'Pod', field, `m${index}`)),
  )
  const expected = lintWorld({ sources, policies }).findings
  const key = (finding: Finding) => [finding.file, finding.range.start.line, finding.policy]
  assert.equal(expected.map(key).slice(0, 3), [
    ['B.yaml', 2, 'Alpha1'],
    ['B.yaml', 2, 'alpha1'],
    ['B.yaml', 2, 'zeta1'],
  ])
  assert.is(expected.length, 27)
  fc.assert(
    fc.property(
      fc.shuffledSubarray(policies, { minLength: policies.length }),
      fc.shuffledSubarray(sources, { minLength: sources.length }),
      (shuffledPolicies, shuffledSources) => {
        const { findings } = lintWorld({ sources: shuffledSources, policies: shuffledPolicies })
        assert.equal(findings, expected)
      },
    ),
    { numRuns: 30 },
  )
})

test('what is said twice of one place counts once, and two facts about one field count twice', () => {
  const twice = policy('twice', function* (index) {
    for (const source of index.sources) {
      yield { source, violation: { at: IMAGE, message: 'same' } }
      yield { source, violation: { at: IMAGE, message: 'same' } }
      yield { source, violation: { at: IMAGE, message: 'other' } }
    }
  })
  const { findings } = lintWorld({ yaml: POD, policies: [twice] })
  assert.equal(
    findings.map(finding => finding.message),
    ['other', 'same'],
  )
})

test('a manifest in two environments is as severe as the stricter one has it', () => {
  const sources = sourcesOf('shared.yaml', POD)
  const environment = (profile: 'lite' | 'strict', name: string) => ({
    index: indexOf(sources, { profile, name }),
    severityOverrides: {},
  })
  const severity = { lite: 'info', standard: 'info', strict: 'error' } as const
  const { findings, manifests } = lint({
    environments: [environment('lite', 'development'), environment('strict', 'production')],
    policies: [flagging('pinned', 'Pod', IMAGE, 'wrong', { severity })],
    waivers: [],
    today: '2026-06-15',
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 1,
  })
  assert.is(manifests, 2)
  assert.equal(
    findings.map(finding => finding.severity),
    ['error'],
  )
})

const SECRET = `apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: correct-horse
  user: odoo
  odoo.conf: |
    admin_passwd = battery-staple
  host: shop-database
data:
  token: ${Buffer.from('s3cr3t-t0ken').toString('base64')}
---
apiVersion: v1
kind: Service
metadata:
  name: shop-database
`

function messagesOf(...policies: Policy[]): string[] {
  const result = lintWorld({ yaml: SECRET, policies })
  const entries = [...result.findings.flatMap(finding => [finding, ...(finding.evidence ?? [])]), ...result.notes]
  return [
    ...entries.map(entry => ('message' in entry ? entry.message : entry.text)),
    ...result.notEvaluated.map(({ reason }) => reason),
  ]
}

for (const [said, masked] of [
  ['password is "correct-horse"', 'password is "***"'],
  [`token is "${Buffer.from('s3cr3t-t0ken').toString('base64')}"`, 'token is "***"'],
  ['token decodes to s3cr3t-t0ken', 'token decodes to ***'],
  ['odoo.conf says "admin_passwd = battery-staple"', 'odoo.conf says "***"'],
  ['admin_passwd is battery-staple', 'admin_passwd is ***'],
  ['service "shop-database" has no port', 'service "shop-database" has no port'],
  ['odoo is at fault', 'odoo is at fault'],
]) {
  test(`said of another manifest, ${JSON.stringify(said)} is written as ${JSON.stringify(masked)}`, () => {
    assert.equal(messagesOf(flagging('talker', 'Service', [], said)), [masked])
  })
}

test('of the Secret itself even a short value is masked, as a whole word', () => {
  assert.equal(messagesOf(flagging('talker', 'Secret', [], 'user "odoo" in odoo.conf of odooist')), [
    'user "***" in ***.conf of odooist',
  ])
})

test('a secret value is masked in evidence, notes, thrown errors and what was not evaluated', () => {
  const talker = policy('talker', function* (index) {
    for (const source of index.ofKind('Service')) {
      const evidence = [{ file: 'a.yaml', range: source.range([]), message: 'read correct-horse' }]
      yield { source, violation: { at: [], message: 'x', evidence } }
      yield { source, note: 'noted correct-horse' }
      yield { source, notEvaluated: 'skipped correct-horse' }
    }
    throw new Error('thrown correct-horse')
  })
  const messages = messagesOf(talker)
  assert.is(messages.length, 5)
  assert.not.match(messages.join('\n'), 'correct-horse')
})

test('of two secrets that begin alike the longer one is masked whole', () => {
  const yaml = SECRET.replace('user: odoo', 'user: correct-horse-battery')
  const { findings } = lintWorld({ yaml, policies: [flagging('talker', 'Service', [], 'correct-horse-battery')] })
  assert.is(findings[0]?.message, '***')
})

test('a short value is masked in what a secrets policy says of its field', () => {
  const at = ['spec', 'containers', 0, 'image']
  const policies = [flagging('literal', 'Pod', at, 'image is "nginx" of nginxes', { family: 'secrets' })]
  assert.is(lintWorld({ yaml: POD, policies }).findings[0]?.message, 'image is "***" of nginxes')
})

test('the value of a field that a secrets policy flags is masked in what any policy says', () => {
  const yaml = `${POD}      env: [{name: ADMIN, value: hunter2hunter2}]\n`
  const at = ['spec', 'containers', 0, 'env', 0, 'value']
  const { findings } = lintWorld({
    yaml,
    policies: [
      flagging('literal-secret', 'Pod', at, 'env "ADMIN" is "hunter2hunter2"', { family: 'secrets' }),
      flagging('odoo-master', 'Pod', ['metadata'], 'master password is hunter2hunter2'),
    ],
  })
  assert.equal(
    findings.map(finding => finding.message),
    ['master password is ***', 'env "ADMIN" is "***"'],
  )
})

test('a finding that stood in base is carried, and a second equal one is new', () => {
  const one = findingOf({ fingerprint: 'aaaaaaaaaaaaaaaa' })
  const base = resultOf({ findings: [one] })
  const states = (...findings: Finding[]) => carry(resultOf({ findings }), base).findings.map(({ state }) => state)
  assert.equal(states(one), ['carried'])
  assert.equal(states(one, one), ['carried', 'open'])
  assert.equal(states(findingOf({ fingerprint: 'bbbbbbbbbbbbbbbb' })), ['open'])
  assert.equal(states({ ...one, state: 'waived' }, one), ['waived', 'open'], 'the waived one is the one from base')
  assert.equal(states(one, { ...one, state: 'waived' }), ['open', 'waived'])
})

test('a finding that was waived in base and is open in head is not carried', () => {
  const one = findingOf()
  const base = resultOf({ findings: [{ ...one, state: 'waived' }] })
  assert.is(carry(resultOf({ findings: [one] }), base).findings[0]?.state, 'open')
})

test('what was carried in base is carried in head too', () => {
  const one = findingOf()
  const base = resultOf({ findings: [{ ...one, state: 'carried' }] })
  assert.is(carry(resultOf({ findings: [one] }), base).findings[0]?.state, 'carried')
})

const warning = findingOf({ severity: 'warning' })
const unjudged = { text: 'kind "Foo" has no schema', times: 2, policy: 'schema' }

for (const [title, result, failOn, strict, expected] of [
  ['nothing found is 0', resultOf(), 'info', true, 0],
  ['a warning is 0 at threshold error', resultOf({ findings: [warning] }), 'error', false, 0],
  ['a warning is 1 at threshold warning', resultOf({ findings: [warning] }), 'warning', false, 1],
  ['a warning is 1 at threshold info', resultOf({ findings: [warning] }), 'info', false, 1],
  ['a waived error is 0', resultOf({ findings: [findingOf({ state: 'waived' })] }), 'info', false, 0],
  ['a carried error is 0', resultOf({ findings: [findingOf({ state: 'carried' })] }), 'info', false, 0],
  ['not evaluated is 2', resultOf({ notEvaluated: [{ reason: 'x' }] }), 'error', false, 2],
  [
    'not evaluated beside an error is 2',
    resultOf({ notEvaluated: [{ reason: 'x' }], findings: [findingOf()] }),
    'error',
    false,
    2,
  ],
  ['what a policy left unjudged is 0', resultOf({ notes: [unjudged] }), 'error', false, 0],
  ['what a policy left unjudged is 2 under strict', resultOf({ notes: [unjudged] }), 'error', true, 2],
  ['a note about files is 0 under strict', resultOf({ notes: [{ text: 'x', times: 1 }] }), 'error', true, 0],
] as const) {
  test(`exit code: ${title}`, () => assert.is(exitCode(result, failOn, { strict }), expected))
}

test.run()
