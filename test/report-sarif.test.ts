import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WAIVER_POLICIES } from '../src/lint/acceptance.ts'
import type { LintResult } from '../src/lint/finding.ts'
import type { ReportedPolicy } from '../src/report/reporter.ts'
import { sarif } from '../src/report/sarif.ts'
import { contextOf, findingOf, rangeAt, resultOf } from './lint-fixture.ts'

const MEMORY: ReportedPolicy = {
  name: 'memory-limit',
  family: 'resources',
  title: 'Every container has a memory limit',
  fix: 'set resources.limits.memory',
  severity: { lite: 'info', standard: 'warning', strict: 'error' },
  help: '# Memory limits\n\nWhy and how.',
}

const STRICT_ONLY: ReportedPolicy = {
  ...MEMORY,
  name: 'strict-only',
  severity: { lite: 'off', standard: 'off', strict: 'error' },
}

function logOf(result: Partial<LintResult>, policies = [MEMORY, STRICT_ONLY, ...Object.values(WAIVER_POLICIES)]) {
  return JSON.parse(sarif(resultOf(result), contextOf({ policies })))
}

const runOf = (result: Partial<LintResult>) => logOf(result).runs[0]
const resultOfFinding = (more: Parameters<typeof findingOf>[0]) => runOf({ findings: [findingOf(more)] }).results[0]

const EVIDENCE = [
  { file: 'np.yaml', range: rangeAt(7, 2), message: 'policy [deny] closes it' },
  { file: 'svc.yaml', range: rangeAt(8, 2), message: 'no service' },
]
const WAIVER = { reason: 'r', owner: 'ops', expires: '2026-07-01', file: 'waivers.yaml', range: rangeAt(2, 3) }

const EVERYTHING: Partial<LintResult> = {
  findings: [
    findingOf({ evidence: EVIDENCE }),
    findingOf({ severity: 'warning', state: 'waived', waiver: WAIVER }),
    findingOf({ severity: 'info', state: 'carried' }),
    findingOf({ policy: 'waiver-expired', file: 'waivers.yaml' }),
    findingOf({ policy: 'from-elsewhere' }),
  ],
  notEvaluated: [
    { reason: 'x' },
    { file: 'b.yaml', reason: 'does not parse' },
    { file: 'b.yaml', range: rangeAt(3, 4), policy: 'memory-limit', object: 'Pod/a', reason: 'y' },
  ],
  notes: [{ text: 'n', times: 3 }],
}

/** Every text below a value that stands under one of the keys. */
function textsUnder(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => [...(name === key ? [child] : []), ...textsUnder(child, key)])
}

test('the log names its schema and version and has one run', () => {
  const log = logOf({})
  assert.is(log.$schema, 'https://json.schemastore.org/sarif-2.1.0.json')
  assert.is(log.version, '2.1.0')
  assert.is(log.runs.length, 1)
  assert.equal(log.runs[0].results, [])
  assert.is(log.runs[0].columnKind, 'utf16CodeUnits')
})

test('every rule has what GitHub requires, and nothing of it is empty', () => {
  const { driver } = runOf(EVERYTHING).tool
  assert.is(driver.name, 'waybill')
  assert.is(driver.semanticVersion, '1.2.3')
  assert.is(driver.rules.length, 7)
  assert.is(new Set(driver.rules.map(({ id }: { id: string }) => id)).size, 7)
  for (const { id, shortDescription, fullDescription, help, defaultConfiguration, properties } of driver.rules) {
    for (const text of [id, shortDescription.text, fullDescription.text, help.text]) {
      assert.type(text, 'string')
      assert.is.not(text, '')
    }
    assert.ok(['error', 'warning', 'note'].includes(defaultConfiguration.level), id)
    assert.ok(properties.tags.length <= 10)
  }
})

test('a rule tells what the policy wants, how to fix it, and its page', () => {
  const [memory, strictOnly] = runOf({}).tool.driver.rules
  assert.is(memory.shortDescription.text, MEMORY.title)
  assert.is(memory.help.text, 'Every container has a memory limit. Fix: set resources.limits.memory')
  assert.is(memory.help.markdown, MEMORY.help)
  assert.is(memory.defaultConfiguration.level, 'warning')
  assert.equal(memory.properties.tags, ['resources'])
  assert.is(strictOnly.defaultConfiguration.level, 'error', 'off by default is no level')
})

test('every result has what GitHub requires', () => {
  const { results, tool } = runOf(EVERYTHING)
  assert.is(results.length, 5)
  for (const { ruleId, ruleIndex, level, message, locations, partialFingerprints } of results) {
    assert.is(tool.driver.rules[ruleIndex].id, ruleId)
    assert.ok(['error', 'warning', 'note'].includes(level))
    assert.is.not(message.text, '')
    assert.is(locations.length, 1)
    assert.is.not(locations[0].physicalLocation.artifactLocation.uri, '')
    assert.match(partialFingerprints['waybillFingerprint/v1'], /^[0-9a-f]{16}$/)
  }
})

test('every region counts from 1 and ends where it starts or later', () => {
  const regions = textsUnder(logOf(EVERYTHING), 'region') as Record<string, number>[]
  assert.is(regions.length, 9)
  for (const { startLine = 0, startColumn = 0, endLine = 0, endColumn = 0 } of regions) {
    assert.ok(startLine >= 1 && startColumn >= 1)
    assert.ok(endLine > startLine || (endLine === startLine && endColumn >= startColumn))
  }
})

test('a region is exactly the range of the finding', () => {
  const range = { start: rangeAt(3, 5).start, end: rangeAt(4, 2).start }
  assert.equal(resultOfFinding({ range }).locations[0].physicalLocation.region, {
    startLine: 3,
    startColumn: 5,
    endLine: 4,
    endColumn: 2,
  })
})

for (const [file, uri] of [
  ['environments/production/acme/pod.yaml', 'environments/production/acme/pod.yaml'],
  ['a b/c#d?.yaml', 'a%20b/c%23d%3F.yaml'],
  ['a:b.yaml', 'a%3Ab.yaml'],
  ['50%/é.yaml', '50%25/%C3%A9.yaml'],
  ['/tmp/x.yaml', 'file:///tmp/x.yaml'],
  ['\ud800.yaml', '%EF%BF%BD.yaml'],
] as const) {
  test(`the file ${JSON.stringify(file)} is the address ${uri}`, () => {
    assert.is(resultOfFinding({ file }).locations[0].physicalLocation.artifactLocation.uri, uri)
  })
}

for (const [severity, level] of [
  ['error', 'error'],
  ['warning', 'warning'],
  ['info', 'note'],
] as const) {
  test(`severity ${severity} is level ${level}`, () => assert.is(resultOfFinding({ severity }).level, level))
}

test('evidence is linked from the message, with its brackets escaped, and each link leads to one location', () => {
  const result = resultOfFinding({ evidence: EVIDENCE })
  assert.is(
    result.message.text,
    'container "web" has no memory limit. See [policy \\[deny\\] closes it](1). See [no service](2). ' +
      'Fix: set resources.limits.memory',
  )
  assert.equal(
    result.relatedLocations.map(({ id, message, physicalLocation }: Record<string, Record<string, object>>) => [
      id,
      message?.text,
      physicalLocation?.artifactLocation,
    ]),
    [
      [1, 'policy [deny] closes it', { uri: 'np.yaml' }],
      [2, 'no service', { uri: 'svc.yaml' }],
    ],
  )
})

test('what is waived is suppressed with its reason; every other result says that it is not', () => {
  const suppressions = runOf(EVERYTHING).results.map((result: { suppressions: object[] }) => result.suppressions)
  assert.equal(
    suppressions.map((list: object[]) => list.length),
    [0, 1, 0, 0, 0],
  )
  const { kind, status, justification, location } = suppressions[1][0]
  assert.equal([kind, status, justification], ['external', 'accepted', 'r (ops, until 2026-07-01)'])
  assert.is(location.physicalLocation.artifactLocation.uri, 'waivers.yaml')
})

test('an annotation on the manifest is a suppression in the source', () => {
  const waiver = { reason: 'r', file: 'env/pod.yaml', range: rangeAt(2, 3) }
  const [suppression] = resultOfFinding({ state: 'waived', waiver }).suppressions
  assert.equal([suppression.kind, suppression.justification], ['inSource', 'r'])
})

test('baseline states are for all results of a run or for none', () => {
  const states = (result: Partial<LintResult>) =>
    runOf(result).results.map((item: { baselineState?: string }) => item.baselineState)
  assert.equal(states({ findings: [findingOf(), findingOf({ state: 'waived', waiver: WAIVER })] }), [
    undefined,
    undefined,
  ])
  assert.equal(states(EVERYTHING), ['new', 'unchanged', 'unchanged', 'new', 'new'])
})

test('the run succeeded only when everything was evaluated', () => {
  assert.is(runOf({ findings: [findingOf()] }).invocations[0].executionSuccessful, true)
  const [invocation] = runOf(EVERYTHING).invocations
  assert.is(invocation.executionSuccessful, false)
  const [bare, file, full, note] = invocation.toolExecutionNotifications
  assert.equal(bare, { level: 'error', message: { text: 'x' } })
  assert.equal(file.locations, [{ physicalLocation: { artifactLocation: { uri: 'b.yaml' } } }])
  assert.is(full.message.text, 'Pod/a: y')
  assert.equal(full.associatedRule, { id: 'memory-limit', index: 0 })
  assert.is(full.locations[0].physicalLocation.region.startLine, 3)
  assert.equal(note, { level: 'note', message: { text: 'n (3 times)' } })
})

test.run()
