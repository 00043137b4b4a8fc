import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as lintCommand from '../src/cli/lint.ts'
import * as synth from '../src/cli/synth.ts'
import { InputError } from '../src/spec/problem.ts'
import { BAKERY } from './platform-fixture.ts'
import { TERMINAL } from './repository-fixture.ts'

interface Context {
  folder: string
  before: string
}

const test = suite<Context>('lint --fix', { folder: '', before: '' })

test.before.each(context => {
  context.before = process.cwd()
  context.folder = mkdtempSync(join(tmpdir(), 'waybill-fix-'))
  process.chdir(context.folder)
})

test.after.each(context => {
  process.chdir(context.before)
  rmSync(context.folder, { recursive: true, force: true })
})

const POD = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    image: a:1
    resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}
`

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const run = (paths: readonly string[], options: object = {}) =>
  lintCommand.run(paths, { format: [], failOn: 'error', at: '2026-06-15T00:00:00Z', fix: true, ...options }, TERMINAL)

test('the files are mended, the report is of what remains, and so is the exit code', async () => {
  write('k8s/web.yaml', POD)
  const strict = { profile: 'strict' as const, fix: false }
  assert.is((await run(['k8s'], strict)).code, 1)
  const { text } = await run(['k8s'], { profile: 'strict' })
  assert.match(text, /^fixed k8s\/web\.yaml:6: container "web" allows privilege escalation/m)
  assert.match(text, /^\d+ findings fixed in 1 file, 0 left$/m)
  assert.match(readFileSync('k8s/web.yaml', 'utf8'), /allowPrivilegeEscalation: false/)
  assert.not.match((await run(['k8s'], strict)).text, /privilege-escalation/)
  assert.not(existsSync('.waybill'), 'no journal is left')
})

test('a dry run says the same and writes nothing', async () => {
  write('web.yaml', POD)
  const { text } = await run(['web.yaml'], { fix: false, fixDryRun: true, profile: 'strict' })
  assert.match(text, /findings would be fixed in 1 file/)
  assert.not.match(text, /error: .*privilege-escalation/)
  assert.is(readFileSync('web.yaml', 'utf8'), POD)
})

test('a policy of people is mended as it says itself', async () => {
  write(
    'own/tall.yaml',
    `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: priority
  annotations:
    waybill.dev/severity: error
    waybill.dev/edit: pod.priorityClassName ?= "till"
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
  - expression: object.?spec.priorityClassName.hasValue()
    message: every pod has a priority
`,
  )
  write('web.yaml', POD)
  const { text } = await run(['web.yaml'], { policies: ['own'], profile: 'lite' })
  assert.match(text, /^fixed web\.yaml:4: every pod has a priority \[priority\]$/m)
  assert.match(readFileSync('web.yaml', 'utf8'), /^ {2}priorityClassName: till$/m)
})

test('a link stays a link, and a file keeps its rights', async () => {
  write('real/web.yaml', POD)
  chmodSync('real/web.yaml', 0o600)
  mkdirSync('linked')
  symlinkSync('../real/web.yaml', 'linked/web.yaml')
  await run(['linked/web.yaml'], { profile: 'strict' })
  assert.ok(lstatSync('linked/web.yaml').isSymbolicLink())
  assert.match(readFileSync('real/web.yaml', 'utf8'), /runAsNonRoot: true/)
  assert.is(statSync('real/web.yaml').mode & 0o777, 0o600)
})

test('what waybill wrote is not edited: the line of the spec that decides it is named', async () => {
  const overrides = '{Deployment/odoo-web: {spec: {template: {spec: {enableServiceLinks: true}}}}}'
  write('platform.yaml', BAKERY.replace('users: 25', `users: 25, overrides: ${overrides}`))
  await synth.run([], {}, TERMINAL)
  const file = 'environments/production/bakery/bakery-production-app/deployment.odoo-web.yaml'
  const before = readFileSync(file, 'utf8')
  write('environments/production/bakery/mine.yaml', POD)

  const named = await run([file, 'environments/production/bakery/mine.yaml'], { profile: 'strict' })
  assert.match(named.text, /left .*deployment\.odoo-web\.yaml:\d+: .*\[service-links\]: waybill wrote this file/)
  assert.match(readFileSync('environments/production/bakery/mine.yaml', 'utf8'), /automountServiceAccountToken: false/)

  mkdirSync('below')
  process.chdir('below')
  const { text } = await run([])
  assert.match(
    text,
    /\[service-links\]: waybill wrote this file, and platform\.yaml:6 \(tenants\.bakery\.environments\..*\) decides it/,
  )
  process.chdir('..')
  assert.is(readFileSync(file, 'utf8'), before)
})

test('standard input cannot be mended, and nothing outside of the folder is', async () => {
  const refusal = async (act: () => Promise<unknown>) => {
    try {
      await act()
    } catch (error) {
      if (error instanceof InputError) return error.problems.map(({ message }) => message).join('\n')
      throw error
    }
    return ''
  }
  write('inside/other.yaml', POD)
  write('web.yaml', POD)
  process.chdir('inside')
  assert.match(await refusal(() => run(['../web.yaml', 'other.yaml'], { profile: 'strict' })), /stands outside of/)
  assert.is(readFileSync('other.yaml', 'utf8'), POD, 'all or nothing')
})

test('with formats for machines on the screen nothing else is printed there', async () => {
  write('web.yaml', POD)
  const { text } = await run(['web.yaml'], { profile: 'strict', format: ['json'] })
  assert.ok(JSON.parse(text))
})

test.run()
