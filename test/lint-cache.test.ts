import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as lint from '../src/cli/lint.ts'
import { digestOf } from '../src/cli/recorded-tree.ts'
import * as synth from '../src/cli/synth.ts'
import { BAKERY } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const test = suite<{ repo: Repository }>('the cache of lint')

const CACHE = '.waybill/cache'
/** No run of these tests reads that many files: a report that tells of them came out of the cache. */
const MARK = 424_242

const POLICY = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-latte}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: ["*"], operations: ["*"], resources: ["configmaps"]}]
  validations:
    - {expression: "!has(object.data.latte)", message: "a latte is in it"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-latte}
spec: {policyName: no-latte, validationActions: [Deny]}
`

const configMap = (nth: number, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${nth}, namespace: shop}\ndata: {n: "${nth}"${more}}\n`

test.before.each(async context => {
  context.repo = repository({ 'platform.yaml': BAKERY })
  await context.repo.run(synth, [])
  for (let nth = 0; nth < 60; nth++) context.repo.write(`k8s/c${nth}.yaml`, configMap(nth))
})
test.after.each(({ repo }) => repo.dispose())

interface Given {
  readonly paths?: readonly string[]
  readonly cache?: boolean
  readonly profile?: 'lite' | 'standard' | 'strict'
  readonly policies?: readonly string[]
  readonly against?: string
  readonly at?: string
  readonly strict?: boolean
}

async function linted(repo: Repository, { paths = [], ...options }: Given = {}): Promise<string> {
  const { code, text } = await repo.run(lint, paths, {
    format: ['json'],
    failOn: 'error',
    at: '2027-03-09',
    ...options,
  })
  return `exit ${code}\n${text}`
}

const entries = (repo: Repository) => readdirSync(join(repo.root, CACHE)).filter(name => name.startsWith('lint-'))

/** Rewrites all that is remembered, so that a report tells whether it was made of it. */
function edit(repo: Repository, change: (entry: { key: string; result: { files: number } }) => void): void {
  for (const name of entries(repo)) {
    const text = repo.read(`${CACHE}/${name}`)
    const entry = JSON.parse(text.slice(text.indexOf('\n') + 1))
    change(entry)
    const body = JSON.stringify(entry)
    repo.write(`${CACHE}/${name}`, `${digestOf([body])}\n${body}`)
  }
}

function mark(repo: Repository): void {
  edit(repo, entry => {
    entry.result.files = MARK
  })
}

const isRecalled = (report: string) => report.includes(String(MARK))

test('the same input is judged once, and the report is the same to the byte', async ({ repo }) => {
  for (const given of [{}, { paths: ['k8s'] }] as const) {
    const anew = await linted(repo, { ...given, cache: false })
    assert.is(await linted(repo, given), anew)
    assert.is(await linted(repo, given), anew)
    mark(repo)
    assert.ok(isRecalled(await linted(repo, given)))
    assert.not.ok(isRecalled(await linted(repo, { ...given, cache: false })))
  }
  const [line] = repo.git('status', '--porcelain', '--untracked-files=all', '.waybill').split('\n')
  assert.is(line, '', 'Git does not see the cache')
})

/** A change of what is judged, or of how it is judged the second time. */
interface Change {
  readonly of: string
  readonly first?: Given
  readonly act?: (repo: Repository) => void
  readonly second?: Given
}

/** The path of a manifest that synth has written. */
function written(repo: Repository, ending: string): string {
  const path = Object.keys(repo.below('environments')).find(name => name.endsWith(ending))
  assert.ok(path, `synth wrote no ${ending}`)
  return `environments/${path}`
}

const WAIVERS = `apiVersion: waybill.dev/v1alpha1
kind: Waivers
waivers:
- {policy: memory-limits, target: {name: x}, reason: r, owner: o, expires: 2027-03-19}
`
const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ovens.bakery.example}
spec:
  group: bakery.example
  names: {kind: Oven, plural: ovens}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`

const production = (fields: string) => (repo: Repository) =>
  repo.edit('platform.yaml', text => text.replace('tenants:', `environments: {production: {${fields}}}\ntenants:`))
const web = (repo: Repository) => written(repo, 'deployment.odoo-web.yaml')
const NAMED: Given = { paths: ['k8s'] }
const GIVEN: Given = { paths: ['k8s'], policies: ['given.yaml'] }

const CHANGES: readonly Change[] = [
  { of: 'the content of a manifest', act: repo => repo.edit(web(repo), text => text.replace('memory:', 'memery:')) },
  { of: 'a file more', act: repo => repo.write('environments/production/bakery/more.yaml', configMap(1)) },
  { of: 'a file less', act: repo => rmSync(join(repo.root, web(repo))) },
  {
    of: 'the name of a file',
    act: repo => {
      const path = join(repo.root, web(repo))
      renameSync(path, path.replace('deployment.', 'renamed.'))
    },
  },
  { of: 'a waiver', act: repo => repo.write('waivers.yaml', WAIVERS) },
  { of: 'a policy', act: repo => repo.write('policies/no-latte.yaml', POLICY) },
  { of: 'a schema', act: repo => repo.write('schemas/ovens.yaml', DEFINITION) },
  { of: 'the version of Kubernetes', act: production('kubernetes: "1.31"') },
  { of: 'the profile of an environment', act: production('profile: lite') },
  { of: 'the severity of a policy', act: production('policies: {memory-limits: off}') },
  { of: 'a line of the spec to which findings lead', act: repo => repo.edit('platform.yaml', text => `# x\n${text}`) },
  { of: 'the day, by which waivers expire', second: { at: '2027-03-10' } },
  { of: 'a file that is named', first: NAMED, act: repo => repo.write('k8s/c7.yaml', configMap(8)), second: NAMED },
  { of: 'the files that are named', first: NAMED, act: repo => rmSync(join(repo.root, 'k8s/c7.yaml')), second: NAMED },
  { of: 'the profile that is asked for', first: NAMED, second: { ...NAMED, profile: 'strict' } },
  { of: 'the policies that are named', first: NAMED, second: GIVEN },
  {
    of: 'the content of a policy that is named',
    first: GIVEN,
    act: repo => repo.edit('given.yaml', text => text.replace('a latte is in it', 'there is a latte')),
    second: GIVEN,
  },
  {
    of: 'what is stated of connections',
    first: NAMED,
    act: repo => repo.write('reach.yaml', 'apiVersion: waybill.dev/v1alpha1\nkind: Reach\nreach: []\n'),
    second: NAMED,
  },
]

for (const { of, first = {}, act = () => undefined, second = {} } of CHANGES) {
  test(`a judgement does not outlive a change of ${of}`, async ({ repo }) => {
    repo.write('given.yaml', POLICY)
    await linted(repo, first)
    mark(repo)
    assert.ok(isRecalled(await linted(repo, first)))
    act(repo)
    const report = await linted(repo, second)
    assert.not.ok(isRecalled(report))
    assert.is(report, await linted(repo, { ...second, cache: false }))
  })
}

test('what was changed and changed back is recalled only as it was', async ({ repo }) => {
  await linted(repo, NAMED)
  mark(repo)
  repo.write('k8s/c7.yaml', configMap(8))
  await linted(repo, NAMED)
  repo.write('k8s/c7.yaml', configMap(7))
  assert.not.ok(isRecalled(await linted(repo, NAMED)), 'the newest judgement of a question replaces the one before')
})

test('thresholds and formats ask nothing new', async ({ repo }) => {
  await linted(repo, NAMED)
  mark(repo)
  assert.ok(isRecalled(await linted(repo, { ...NAMED, strict: true })))
  const { text } = await repo.run(lint, ['k8s'], { format: ['text'], failOn: 'info', at: '2027-03-09' })
  assert.match(text, /\bin it\b|424242 files/)
})

const DAMAGES: Readonly<Record<string, (path: string, text: string) => void>> = {
  'is cut off': (path, text) => writeFileSync(path, text.slice(0, -20)),
  'is empty': path => writeFileSync(path, ''),
  'holds something else': path => writeFileSync(path, '\u0000{}\n[]'),
  'has another byte in it': (path, text) => writeFileSync(path, text.replace('"files":', '"filez":')),
  'is a folder': path => {
    rmSync(path)
    mkdirSync(join(path, 'x'), { recursive: true })
  },
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`a cache that ${what} changes no report`, async ({ repo }) => {
    const report = await linted(repo, NAMED)
    for (const name of entries(repo)) damage(join(repo.root, CACHE, name), repo.read(`${CACHE}/${name}`))
    assert.is(await linted(repo, NAMED), report)
    if (what === 'is a folder') return
    mark(repo)
    assert.ok(isRecalled(await linted(repo, NAMED)), 'it was written anew')
  })
}

test('what another program has judged is judged again', async ({ repo }) => {
  const report = await linted(repo, NAMED)
  edit(repo, entry => {
    entry.result.files = MARK
    entry.key = digestOf(['another program'])
  })
  assert.is(await linted(repo, NAMED), report)
})

test('a folder that cannot hold a cache is linted all the same', async ({ repo }) => {
  writeFileSync(join(repo.root, '.waybill'), 'a file in the way')
  const report = await linted(repo, NAMED)
  assert.is(report, await linted(repo, { ...NAMED, cache: false }))
})

test('a baseline is remembered by its commit', async ({ repo }) => {
  repo.commit('as it was')
  repo.write('k8s/c7.yaml', configMap(7, ', n: "twice"'))
  const against = { ...NAMED, against: 'HEAD' }
  const report = await linted(repo, { ...against, cache: false })
  assert.is(await linted(repo, against), report)
  assert.is(await linted(repo, against), report)
  assert.is(entries(repo).length, 2)
  repo.commit('as it is')
  assert.is(await linted(repo, against), await linted(repo, { ...against, cache: false }))
})

test('few files are judged without a trace', async ({ repo }) => {
  await linted(repo, { paths: ['k8s/c7.yaml'] })
  assert.not.ok(readdirSync(repo.root).includes('.waybill'))
})

test('the oldest questions are forgotten', async ({ repo }) => {
  for (let nth = 0; nth < 30; nth++) await linted(repo, { paths: ['k8s', `k8s/c${nth}.yaml`] })
  assert.is(entries(repo).length, 24)
})

test.run()
