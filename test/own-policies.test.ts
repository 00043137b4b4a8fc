import { suite, test } from 'uvu'
import * as assert from 'uvu/assert'
import * as gates from '../src/cli/gates.ts'
import * as lintCommand from '../src/cli/lint.ts'
import * as policyCommand from '../src/cli/policy.ts'
import * as synth from '../src/cli/synth.ts'
import { lint } from '../src/lint/engine.ts'
import { type OwnPolicies, ownPolicies } from '../src/lint/own-policies.ts'
import { indexOf } from '../src/manifest/manifest-index.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { registryOf } from '../src/schema/registry.ts'
import { builtSchemas } from '../src/schema-files.ts'
import { PIPELINE, type Repository, repository } from './repository-fixture.ts'

const REPLICAS = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: few-replicas
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
  validations:
    - expression: object.spec.replicas <= 3
      message: no shop needs more than three pods, so the fourth is waste
`
const WITH_PARAMS = REPLICAS.replace('spec:\n', 'spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n').replace(
  'object.spec.replicas <= 3',
  'object.spec.replicas <= int(params.data.most)',
)
const BINDING = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: everywhere
spec:
  policyName: few-replicas
  validationActions: [Deny]
`
const LIMITS = `apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: governance}
data: {most: "5"}
`
const DEPLOYMENT = (replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx}]
`

const registry = registryOf(builtSchemas())
const read = (files: Readonly<Record<string, string>>, taken: readonly string[] = []) =>
  ownPolicies(new Map(Object.entries(files)), registry, new Set(taken))

/** A policy that says what puts its findings right. */
const EDITING = (edit: string) =>
  REPLICAS.replace('name: few-replicas\n', `name: few-replicas\n  annotations: {waybill.dev/edit: '${edit}'}\n`)

/** Problems as `file:line reason`. */
const problemsOf = ({ problems }: OwnPolicies) =>
  problems.map(({ file, range, reason }) => `${file}:${range?.start.line} ${reason}`)

function messages({ policies }: OwnPolicies, yaml: string): string[] {
  const index = indexOf(parseManifests('web.yaml', yaml).sources, { profile: 'standard' })
  const { findings } = lint({
    environments: [{ index, severityOverrides: {} }],
    policies: policies.map(({ policy }) => policy),
    waivers: [],
    today: '2026-06-15',
    complete: false,
    notEvaluated: [],
    notes: [],
    files: 1,
  })
  return findings.map(({ severity, range, message }) => `${severity} ${range.start.line} ${message}`)
}

const WASTE = 'no shop needs more than three pods, so the fourth is waste'

test('a policy without a binding applies to all that it matches, as a warning', () => {
  const own = read({ 'p.yaml': REPLICAS })
  assert.equal(problemsOf(own), [])
  assert.equal(messages(own, DEPLOYMENT(4)), [`warning 5 ${WASTE}`])
  assert.equal(messages(own, DEPLOYMENT(3)), [])
})

test('a binding in another file applies it, and with Deny it is an error', () => {
  assert.equal(messages(read({ 'p.yaml': REPLICAS, 'b.yaml': BINDING }), DEPLOYMENT(4)), [`error 5 ${WASTE}`])
  const elsewhere = `${BINDING}  matchResources: {objectSelector: {matchLabels: {team: till}}}\n`
  assert.equal(messages(read({ 'p.yaml': `${REPLICAS}---\n${elsewhere}` }), DEPLOYMENT(4)), [])
})

test('parameters that lie beside the policy reach it through its binding', () => {
  const bound = `${BINDING}  paramRef: {name: limits, namespace: governance, parameterNotFoundAction: Deny}\n`
  const own = read({ 'p.yaml': WITH_PARAMS, 'b.yaml': bound, 'limits.yaml': LIMITS })
  assert.equal(problemsOf(own), [])
  assert.equal(messages(own, DEPLOYMENT(5)), [])
  assert.equal(messages(own, DEPLOYMENT(6)), [`error 5 ${WASTE}`])
})

test('a policy that asks for parameters and gets none from any binding is not evaluated', () => {
  const own = read({ 'p.yaml': WITH_PARAMS })
  assert.equal(problemsOf(own), ['p.yaml:6 spec.paramKind asks for parameters, and no binding gives it any'])
  assert.equal(messages(own, DEPLOYMENT(6)), [])
})

test('an expression that does not compile is told at its line, whether or not a manifest meets it', () => {
  const [problem, ...others] = problemsOf(read({ 'p.yaml': REPLICAS.replace('object.', 'objekt.') }))
  assert.match(problem ?? '', /^p\.yaml:10 spec\.validations\[0\]\.expression does not compile/)
  assert.is(others.length, 0)
})

test('what would let a policy pass everything is not evaluated: a misspelt field, no rule at all, a lost duplicate', () => {
  const misspelt = problemsOf(read({ 'p.yaml': REPLICAS.replace('validations:', 'validation:') }))
  assert.equal(misspelt, [
    'p.yaml:10 unknown field "validation", nearest is "validations"',
    'p.yaml:5 spec.validations is empty, so the policy passes everything',
  ])
  assert.equal(problemsOf(read({ 'p.yaml': REPLICAS, 'q.yaml': REPLICAS })), [
    'q.yaml:4 metadata.name stands twice, so one of the two is lost',
  ])
  assert.equal(
    problemsOf(read({ 'p.yaml': `${REPLICAS}  validations: []\n` }))[0],
    'p.yaml:12 the key "validations" stands twice, the last one wins',
  )
})

test('a policy may say what puts its findings right, and what is no edit is not evaluated', () => {
  const own = read({ 'p.yaml': EDITING('manifest.spec.replicas = 3') })
  assert.equal(problemsOf(own), [])
  assert.is(own.policies[0]?.policy.edit, 'manifest.spec.replicas = 3')
  const broken = read({ 'p.yaml': EDITING('spec.replicas = 3') })
  assert.match(problemsOf(broken).join(), /^p\.yaml:5 metadata\.annotations\["waybill\.dev\/edit"\] is no edit/)
  assert.is(broken.policies[0]?.policy.edit, undefined)
})

test('a binding of no policy, a name that is taken and a file without manifests are not evaluated', () => {
  assert.equal(problemsOf(read({ 'b.yaml': BINDING })), [
    'b.yaml:6 spec.policyName names policy "few-replicas", which is not beside it',
  ])
  const taken = read({ 'p.yaml': REPLICAS }, ['few-replicas'])
  assert.match(problemsOf(taken)[0] ?? '', /^p\.yaml:4 metadata\.name is "few-replicas", which another policy bears/)
  assert.equal(messages(taken, DEPLOYMENT(4)), [])
  assert.equal(problemsOf(read({ 'v.yaml': 'replicas: 3\n' })), [
    'v.yaml:1 no policy can be read here: no apiVersion and kind',
  ])
  assert.match(problemsOf(read({ 'v.yaml': 'a: [\n' }))[0] ?? '', /^v\.yaml:/)
})

test.run()

const cli = suite<{ repo: Repository }>('own policies on the command line')

cli.before.each(async context => {
  context.repo = repository({ 'platform.yaml': PIPELINE, '.gitignore': '.waybill/\n' })
  await context.repo.run(synth, [], {})
  context.repo.commit('Start')
})
cli.after.each(({ repo }) => repo.dispose())

const NO_DEPLOYMENTS = REPLICAS.replace('object.spec.replicas <= 3', 'object.metadata.name == "none"')

cli('policies beside platform.yaml join the built-in ones', async ({ repo }) => {
  assert.not.match((await repo.run(lintCommand, [], { format: [], failOn: 'error' })).text, /few-replicas/)
  repo.write('policies/cost/p.yaml', NO_DEPLOYMENTS)
  const { text } = await repo.run(lintCommand, [], { format: [], failOn: 'error' })
  assert.match(text, /deployment\.odoo-web\.yaml:4:\d+: warning: no shop needs .* \[few-replicas\]/)
  const off = PIPELINE.replace('dev: {tier: bronze}', 'dev: {tier: bronze, policies: {few-replicas: off}}')
  repo.write('platform.yaml', off)
  assert.not.match((await repo.run(lintCommand, [], { format: [], failOn: 'error' })).text, /\[few-replicas\]/)
})

cli('a policy that cannot be run is exit 2, at its place', async ({ repo }) => {
  repo.write('policies/p.yaml', REPLICAS.replace('object.spec', 'objekt.spec'))
  const { code, text } = await repo.run(lintCommand, [], { format: [], failOn: 'error' })
  assert.is(code, 2)
  assert.match(text, /^policies\/p\.yaml:10:\d+: not evaluated: .*undeclared reference to 'objekt'/m)
  assert.match(text, /10 \|.*expression: objekt\.spec\.replicas/)
})

cli('--policies names more of them, and those among the judged manifests are not run', async ({ repo }) => {
  repo.write('k8s/web.yaml', DEPLOYMENT(4))
  repo.write('k8s/admission/p.yaml', REPLICAS)
  const options = { format: [], failOn: 'error' } as const
  assert.not.match((await repo.run(lintCommand, ['k8s'], options)).text, /\[few-replicas\]/)
  const named = await repo.run(lintCommand, ['k8s'], { ...options, policies: ['k8s/admission'] })
  assert.match(named.text, /k8s\/web\.yaml:5:\d+: warning: no shop needs/)
})

cli('gates judge by the policies of the base, and hear nothing of those of the head', async ({ repo }) => {
  const lax = REPLICAS.replace('object.spec.replicas <= 3', 'object.spec.replicas < 1')
  const severe = (text: string) =>
    text.replace('metadata:\n', 'metadata:\n  annotations: {waybill.dev/severity: error}\n')
  repo.write('policies/p.yaml', severe(REPLICAS))
  repo.commit('Ask for few replicas')
  repo.git('checkout', '-qb', 'more')
  repo.edit('platform.yaml', text => text.replace('users: 5}', 'users: 5, web: {replicas: 7, maxReplicas: 9}}'))
  repo.write('policies/p.yaml', severe(lax.replace('< 1', '< 99')))
  await repo.run(synth, [], {})
  repo.commit('More')
  const { code, text } = await repo.run(gates, [], { base: 'main', head: 'HEAD' })
  assert.is(code, 1)
  assert.match(text, /few-replicas/)
})

cli('policy list shows each policy with its severity in every profile, own ones with their file', async ({ repo }) => {
  repo.write('policies/p.yaml', `${REPLICAS}---\n${BINDING}`)
  const { code, text, data } = await repo.run(policyCommand, [])
  assert.is(code, 0)
  assert.match(text, /^POLICY +FAMILY +LITE +STANDARD +STRICT +TITLE$/m)
  assert.match(text, /^few-replicas +admission +error +error +error +few-replicas$/m)
  assert.match(text, /^requests +resources +off +warning +error +every container requests CPU and memory$/m)
  const listed = data.policies as readonly { name: string; file?: string }[]
  assert.is(listed.find(({ name }) => name === 'few-replicas')?.file, 'policies/p.yaml')
  for (const name of ['schema', 'waiver-expired']) assert.ok(listed.some(policy => policy.name === name))
})

const PAGE = `# Few replicas

No shop needs many pods.

## Why

They cost money.

## Fix

Ask for fewer.

## When to waive it

Never.

## References

None.

## Examples

\`\`\`yaml fail
${DEPLOYMENT(4)}# 5: ${WASTE}
\`\`\`

\`\`\`yaml pass
${DEPLOYMENT(3)}\`\`\`
`

cli('policy test runs the examples of every page, and says the line of the page that is wrong', async ({ repo }) => {
  repo.write('policies/p.yaml', REPLICAS)
  repo.write('policies/README.md', '# What we ask of ourselves\n')
  repo.write('policies/few-replicas.md', PAGE)
  const passed = await repo.run(policyCommand, ['test'])
  assert.is(passed.text, 'few-replicas: 2 examples as the page says\n1 page, 0 failed')
  assert.is(passed.code, 0)

  repo.write('policies/p.yaml', REPLICAS.replace('<= 3', '<= 4'))
  const failed = await repo.run(policyCommand, ['test'])
  const expected = PAGE.split('\n').findIndex(line => line.includes('replicas: 4')) + 1
  assert.is(failed.code, 1)
  assert.match(failed.text, `policies/few-replicas.md:${expected}: the policy does not give: 5: ${WASTE}`)

  repo.write('policies/p.yaml', REPLICAS.replace('<= 3', '<= 2'))
  assert.match((await repo.run(policyCommand, ['test'])).text, `the page does not say: 5: ${WASTE}`)
})

cli('policy test takes no example that proves nothing', async ({ repo }) => {
  repo.write('policies/p.yaml', REPLICAS.replace('[deployments]', '[statefulsets]'))
  repo.write('policies/few-replicas.md', PAGE)
  assert.match((await repo.run(policyCommand, ['test'])).text, 'the policy never looks at the example')
  repo.write('policies/p.yaml', REPLICAS)
  repo.write('policies/few-replicas.md', PAGE.replace('replicas: 3', 'replica: 3'))
  assert.match(
    (await repo.run(policyCommand, ['test'])).text,
    'the API server refuses the example: unknown field "replica"',
  )
  repo.write(
    'policies/few-replicas.md',
    PAGE.replace('replicas: 3', 'replicas: [').replace('yaml fail', 'yaml fail profile=lite'),
  )
  assert.match((await repo.run(policyCommand, ['test'])).text, /few-replicas\.md:4\d: /)
  repo.write('policies/lonely.md', PAGE)
  assert.match(
    (await repo.run(policyCommand, ['test'])).text,
    'lonely.md:1: no policy beside it has the name of this page',
  )
})

cli.run()
