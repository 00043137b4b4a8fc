import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BROADEST_WAIVER, LONGEST_WAIVER } from '../src/lint/acceptance.ts'
import { daysBetween, isDate } from '../src/lint/date.ts'
import { lint } from '../src/lint/engine.ts'
import type { Severity } from '../src/lint/finding.ts'
import { readWaivers, type Waiver } from '../src/lint/waiver.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { flagging, lintWorld, policy, rangeAt, sourcesOf, type World } from './lint-fixture.ts'

const GOOD = { policy: 'limits', reason: 'moves out in July', owner: 'ops', expires: '2026-07-01' }

function waiver(more: Partial<Waiver> = {}): Waiver {
  return { ...GOOD, target: { name: 'web' }, file: 'waivers.yaml', range: rangeAt(4, 3), ...more }
}

const YAML = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {waybill.dev/tenant: acme}
spec:
  template:
    spec:
      initContainers:
        - name: migrate
          image: odoo
      containers:
        - name: web
          image: nginx
`

const severity = (all: Severity) => ({ severity: { lite: all, standard: all, strict: all } })
const limits = (level: Severity = 'error') =>
  flagging('limits', 'Deployment', ['spec', 'template', 'spec', 'containers', 0, 'image'], 'bad', severity(level))

/** What the world says: policy, state and message of each finding. */
function said(world: World): string[] {
  const { findings } = lintWorld({ yaml: YAML, policies: [limits()], ...world })
  return findings.map(({ policy, state, message }) => `${policy} ${state}: ${message}`)
}

test('an accepted finding stays in the result, with who answers for it until when', () => {
  const { findings } = lintWorld({ yaml: YAML, policies: [limits()], waivers: [waiver()] })
  assert.is(findings.length, 1)
  assert.is(findings[0]?.state, 'waived')
  const { reason, owner, expires } = GOOD
  assert.equal(findings[0]?.waiver, { reason, owner, expires, file: 'waivers.yaml', range: rangeAt(4, 3) })
})

for (const [target, fits] of [
  [{ kind: 'Deployment' }, true],
  [{ kind: 'StatefulSet' }, false],
  [{ namespace: 'shop' }, true],
  [{ namespace: 'default' }, false],
  [{ name: 'web' }, true],
  [{ name: 'we' }, false],
  [{ container: 'web' }, true],
  [{ container: 'migrate' }, false],
  [{ field: 'spec.template.spec.containers.image' }, true],
  [{ field: 'spec.template' }, true],
  [{ field: 'spec.temp' }, false],
  [{ field: 'spec.template.spec.containers.image.x' }, false],
  [{ field: 'spec.template.spec.containers.imag' }, false],
  [{ tenant: 'acme' }, true],
  [{ tenant: 'bravo' }, false],
  [{ environment: 'production' }, true],
  [{ environment: 'staging' }, false],
  [{ kind: 'Deployment', namespace: 'shop', name: 'web', container: 'web', tenant: 'acme' }, true],
  [{ kind: 'Deployment', namespace: 'shop', name: 'web', container: 'web', tenant: 'bravo' }, false],
] as const) {
  test(`a waiver for ${JSON.stringify(target)} ${fits ? 'reaches' : 'does not reach'} the finding`, () => {
    const facts = { name: 'production' }
    const { findings } = lintWorld({ yaml: YAML, facts, policies: [limits()], waivers: [waiver({ target })] })
    const state = findings.find(finding => finding.policy === 'limits')?.state
    assert.is(state, fits ? 'waived' : 'open')
  })
}

test('a field covers the keys below it, however they are written', () => {
  const label = flagging('limits', 'Deployment', ['metadata', 'labels', 'waybill.dev/tenant'])
  const waivers = [waiver({ target: { field: 'metadata.labels' } })]
  assert.equal(said({ policies: [label], waivers }), ['limits waived: wrong'])
  const exact = [waiver({ target: { field: 'metadata.labels["waybill.dev/tenant"]' } })]
  assert.equal(said({ policies: [label], waivers: exact }), ['limits waived: wrong'])
})

test('a finding about a waiver keeps its fingerprint when the waiver moves or its keys change places', () => {
  const one = (more: Partial<Waiver>) =>
    lintWorld({ yaml: YAML, waivers: [waiver({ expires: '2026-01-01', ...more })] }).findings[0]?.fingerprint
  const target = { kind: 'Job', name: 'web' }
  assert.is(one({ target }), one({ target: { name: 'web', kind: 'Job' }, range: rangeAt(40, 1), file: 'w.yaml' }))
  assert.is.not(one({ target }), one({ target: { kind: 'Job', name: 'cron' } }))
})

test('a waiver of another policy accepts nothing', () => {
  const other = flagging('other', 'Service', [])
  assert.equal(said({ policies: [limits(), other], waivers: [waiver({ policy: 'other' })] }), [
    'limits open: bad',
    'waiver-unused open: waiver of "other" accepts no finding, so it would hide the next one',
  ])
})

test('an init container is named by a target like any other', () => {
  const init = flagging('limits', 'Deployment', ['spec', 'template', 'spec', 'initContainers', 0])
  assert.equal(said({ policies: [init], waivers: [waiver({ target: { container: 'migrate' } })] }), [
    'limits waived: wrong',
  ])
})

test('a waiver holds on the day it expires, and no longer', () => {
  assert.equal(said({ waivers: [waiver({ expires: '2026-06-15' })] }), ['limits waived: bad'])
  assert.equal(said({ waivers: [waiver({ expires: '2026-06-14' })] }), [
    'limits open: bad',
    'waiver-expired open: waiver of "limits" expired on "2026-06-14", so what it accepted counts again',
  ])
})

test('a finding about a waiver stands in the waivers file', () => {
  const { findings } = lintWorld({ yaml: YAML, waivers: [waiver({ expires: '2026-01-01' })] })
  const [finding] = findings
  assert.is(finding?.file, 'waivers.yaml')
  assert.equal(finding?.range, rangeAt(4, 3))
  assert.is(finding?.object, 'Waiver/limits')
  assert.is(finding?.severity, 'warning')
  assert.match(finding?.fix ?? '', 'renew')
})

for (const [level, days] of Object.entries(LONGEST_WAIVER)) {
  test(`a waiver of an ${level} may last ${days} days and not one more`, () => {
    const policies = [limits(level as Severity)]
    const expires = (count: number) => new Date(Date.UTC(2026, 5, 15 + count)).toISOString().slice(0, 10)
    assert.equal(said({ policies, waivers: [waiver({ expires: expires(days) })] }), ['limits waived: bad'])
    assert.equal(said({ policies, waivers: [waiver({ expires: expires(days + 1) })] }), [
      'limits waived: bad',
      `waiver-too-long open: waiver of "limits" expires in ${days + 1} days, ${days} are the most for severity ` +
        `"${level}", so nobody looks at it again in time`,
    ])
  })
}

test('a waiver without a target accepts, and is a finding itself', () => {
  assert.equal(said({ waivers: [waiver({ target: {} })] }), [
    'limits waived: bad',
    'waiver-too-broad open: waiver of "limits" has no target, so it accepts every finding of the policy',
  ])
})

test(`a waiver may reach ${BROADEST_WAIVER} manifests and not one more`, () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => YAML.replace('name: web', `name: web${index}`)).join('---\n')
  const waivers = [waiver({ target: { kind: 'Deployment' } })]
  const about = (count: number) => said({ yaml: many(count), waivers }).filter(line => line.startsWith('waiver'))
  assert.equal(about(BROADEST_WAIVER), [])
  assert.equal(about(BROADEST_WAIVER + 1), [
    `waiver-too-broad open: waiver of "limits" accepts findings of ${BROADEST_WAIVER + 1} manifests, more than ` +
      `${BROADEST_WAIVER}, so it changes the policy without saying so`,
  ])
})

test('several findings in one manifest are one manifest', () => {
  const noisy = policy('limits', function* (index) {
    for (const source of index.sources) {
      for (let count = 0; count < 50; count += 1) yield { source, violation: { at: [], message: `m${count}` } }
    }
  })
  const lines = said({ policies: [noisy], waivers: [waiver()] })
  assert.is(lines.length, 50)
  assert.ok(lines.every(line => line.startsWith('limits waived')))
})

const UNUSED = 'waiver-unused open: waiver of "limits" accepts no finding, so it would hide the next one'

for (const [title, world, expected] of [
  ['is unused when it accepts nothing', {}, [UNUSED]],
  ['is not called unused when only a part was judged', { complete: false }, []],
  ['is not called unused when a file did not parse', { notEvaluated: [{ file: 'b.yaml', reason: 'x' }] }, []],
  ['is not called unused when its policy crashed', { notEvaluated: [{ policy: 'limits', reason: 'x' }] }, []],
  ['is unused when another policy crashed', { notEvaluated: [{ policy: 'other', reason: 'x' }] }, [UNUSED]],
] as const) {
  test(`a waiver ${title}`, () => {
    assert.equal(said({ ...world, waivers: [waiver({ target: { name: 'gone' } })] }).slice(1), expected)
  })
}

test('a waiver of a policy that does not exist is named at once, even when only a part was judged', () => {
  assert.equal(said({ policies: [], complete: false, waivers: [waiver({ policy: 'limts' })] }), [
    'waiver-unused open: waiver names policy "limts", which does not exist, so it accepts nothing',
  ])
})

test('a second waiver of the same finding is unused', () => {
  const waivers = [waiver(), waiver({ range: rangeAt(9, 3) })]
  const { findings } = lintWorld({ yaml: YAML, policies: [limits()], waivers })
  assert.equal(
    findings.map(({ policy, range }) => [policy, range.start.line]),
    [
      ['limits', 15],
      ['waiver-unused', 9],
    ],
  )
})

test('an expired waiver gives way to one that holds', () => {
  assert.equal(said({ waivers: [waiver({ expires: '2026-01-01' }), waiver()] }), [
    'limits waived: bad',
    'waiver-expired open: waiver of "limits" expired on "2026-01-01", so what it accepted counts again',
  ])
})

test('what is required of waivers has a severity like any policy, and the strictest environment decides', () => {
  const waivers = [waiver({ expires: '2026-01-01' })]
  const level = (profile: 'lite' | 'standard' | 'strict', overrides = {}) =>
    lintWorld({ yaml: YAML, facts: { profile }, overrides, waivers }).findings[0]?.severity
  assert.is(level('standard'), 'warning')
  assert.is(level('strict'), 'error')
  assert.is(level('strict', { 'waiver-expired': 'info' }), 'info')
  assert.is(level('strict', { 'waiver-expired': 'off' }), undefined)
  const environment = (profile: 'lite' | 'strict') => ({ index: indexOf([], { profile }), severityOverrides: {} })
  const { findings } = lint({
    environments: [environment('lite'), environment('strict')],
    policies: [],
    waivers,
    today: '2026-06-15',
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 0,
  })
  assert.is(findings[0]?.severity, 'error')
})

test('a waiver that one environment uses is not unused because another does not', () => {
  const environment = (name: string, text: string) => ({
    index: indexOf(sourcesOf(`${name}.yaml`, text), { profile: 'standard', name }),
    severityOverrides: {},
  })
  const { findings } = lint({
    environments: [environment('staging', YAML.replace('name: web', 'name: other')), environment('production', YAML)],
    policies: [limits()],
    waivers: [waiver()],
    today: '2026-06-15',
    complete: true,
    notEvaluated: [],
    notes: [],
    files: 2,
  })
  assert.equal(
    findings.map(({ file, state }) => [file, state]),
    [
      ['production.yaml', 'waived'],
      ['staging.yaml', 'open'],
    ],
  )
})

test('a manifest in two environments of which one has a waiver stays open', () => {
  const sources = sourcesOf('shared.yaml', YAML)
  const environment = (name: string) => ({
    index: indexOf(sources, { profile: 'standard', name }),
    severityOverrides: {},
  })
  for (const names of [
    ['staging', 'production'],
    ['production', 'staging'],
  ]) {
    const { findings } = lint({
      environments: names.map(environment),
      policies: [limits()],
      waivers: [waiver({ target: { environment: 'production' } })],
      today: '2026-06-15',
      complete: true,
      notEvaluated: [],
      notes: [],
      files: 1,
    })
    assert.equal(
      findings.map(({ state }) => state),
      ['open'],
    )
  }
})

const annotated = (text: string) =>
  YAML.replace('  labels:', `  annotations: {waybill.dev/waive: ${JSON.stringify(text)}}\n  labels:`)

test('an annotation accepts a warning or an info, and names neither owner nor expiry', () => {
  for (const level of ['warning', 'info'] as const) {
    const yaml = annotated('limits: agreed with ops: see the runbook')
    const { findings } = lintWorld({ yaml, policies: [limits(level)] })
    assert.is(findings.length, 1)
    assert.is(findings[0]?.state, 'waived')
    assert.is(findings[0]?.waiver?.reason, 'agreed with ops: see the runbook')
    assert.is(findings[0]?.waiver?.file, 'a.yaml')
    assert.is(findings[0]?.waiver?.range.start.line, 6)
    assert.not('owner' in (findings[0]?.waiver ?? {}))
  }
})

test('an annotation never accepts an error, and the error says so', () => {
  const { findings } = lintWorld({ yaml: annotated('limits: agreed'), policies: [limits('error')] })
  assert.is(findings.length, 1)
  assert.is(findings[0]?.state, 'open')
  assert.equal(
    findings[0]?.evidence?.map(({ message, range }) => [message, range.start.line]),
    [['annotation "waybill.dev/waive" accepts warnings and infos only, so this error stays open', 6]],
  )
})

test('one annotation may waive several policies', () => {
  const policies = [limits('warning'), flagging('kind', 'Deployment', ['kind'], 'bad', severity('info'))]
  assert.equal(said({ yaml: annotated('limits: one ; kind: two;'), policies }), [
    'kind waived: bad',
    'limits waived: bad',
  ])
})

for (const [text, message] of [
  ['limits', 'annotation "waybill.dev/waive" gives no reason for "limits", so it accepts nothing'],
  ['limits:  ', 'annotation "waybill.dev/waive" gives no reason for "limits", so it accepts nothing'],
  ['lmits: x', 'annotation "waybill.dev/waive" names policy "lmits", which does not exist, so it accepts nothing'],
  ['kind: x', 'annotation "waybill.dev/waive" accepts no finding of "kind", so it would hide the next one'],
] as const) {
  test(`an annotation ${JSON.stringify(text)} accepts nothing and is a finding`, () => {
    const policies = [limits('warning'), flagging('kind', 'Service', [])]
    assert.equal(said({ yaml: annotated(text), policies, complete: false }), [
      `waiver-unused open: ${message}`,
      'limits open: bad',
    ])
  })
}

test('an annotation is not called unused when its policy could not judge everything', () => {
  const notEvaluated = [{ policy: 'kind', reason: 'x' }]
  const policies = [flagging('kind', 'Service', [])]
  assert.equal(said({ yaml: annotated('kind: x'), policies, notEvaluated }), [])
})

test('an annotation accepts findings of its own manifest only', () => {
  const yaml = `${annotated('limits: x')}---\n${YAML.replace('name: web', 'name: other')}`
  assert.equal(said({ yaml, policies: [limits('warning')] }), ['limits waived: bad', 'limits open: bad'])
})

const entry = (value: unknown) => ({ value, file: 'waivers.yaml', range: rangeAt(2, 3) })

test('entries that are waivers are read as they stand', () => {
  const { waivers, problems } = readWaivers([entry(GOOD), entry({ ...GOOD, target: { kind: 'Job' } })])
  assert.equal(problems, [])
  assert.equal(waivers, [
    { ...GOOD, target: {}, file: 'waivers.yaml', range: rangeAt(2, 3) },
    { ...GOOD, target: { kind: 'Job' }, file: 'waivers.yaml', range: rangeAt(2, 3) },
  ])
})

for (const [value, reason] of [
  ['limits', 'waiver is no map, so it accepts nothing'],
  [{ ...GOOD, policy: undefined }, 'waiver has no "policy", so it accepts nothing'],
  [{ ...GOOD, reason: '  ' }, 'waiver has no "reason", so it accepts nothing'],
  [{ ...GOOD, owner: undefined }, 'waiver has no "owner", so it accepts nothing'],
  [{ ...GOOD, expires: undefined }, 'waiver has no "expires", so it accepts nothing'],
  [{ ...GOOD, expires: 20260701 }, 'waiver has no "expires", so it accepts nothing'],
  [{ ...GOOD, expires: '2026-02-30' }, 'waiver expires on "2026-02-30", which is no date of the form YYYY-MM-DD'],
  [{ ...GOOD, expires: 'July' }, 'waiver expires on "July", which is no date of the form YYYY-MM-DD'],
  [{ ...GOOD, expire: 'x' }, 'waiver has a field "expire", which means nothing here'],
  [
    { ...GOOD, policy: 'waiver-expired' },
    'waiver names policy "waiver-expired", and what is said about waivers cannot be waived',
  ],
  [{ ...GOOD, target: 'web' }, 'waiver has a target that is no map, so it accepts nothing'],
  [
    { ...GOOD, target: { nam: 'web' } },
    'waiver has a target field "nam", known are kind, namespace, name, container, field, tenant, environment',
  ],
  [{ ...GOOD, target: { name: 7 } }, 'waiver has a target field "name" that is no text, so it accepts nothing'],
  [
    { ...GOOD, target: { field: 'spec.containers[0].image' } },
    'waiver has a target field "spec.containers[0].image" with a list index, which moves when the list does',
  ],
] as const) {
  test(`an entry is refused where it stands: ${reason}`, () => {
    const { waivers, problems } = readWaivers([entry(value)])
    assert.equal(waivers, [])
    assert.equal(problems, [{ file: 'waivers.yaml', range: rangeAt(2, 3), reason }])
  })
}

test('a field of a target may hold a key with dots', () => {
  const target = { field: 'metadata.annotations["a.b/c"]' }
  assert.is(readWaivers([entry({ ...GOOD, target })]).problems.length, 0)
})

test('dates are days of the calendar', () => {
  for (const text of ['2026-01-31', '2024-02-29', '2026-12-31']) assert.ok(isDate(text), text)
  for (const text of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '2026-01-01T00:00:00Z', '', '0']) {
    assert.not(isDate(text), text)
  }
  assert.is(daysBetween('2026-03-01', '2026-03-01'), 0)
  assert.is(daysBetween('2024-02-28', '2024-03-01'), 2)
  assert.is(daysBetween('2026-03-01', '2026-02-28'), -1)
  assert.is(daysBetween('2026-03-28', '2026-03-30'), 2, 'a change of the clocks is no day')
})

test.run()
