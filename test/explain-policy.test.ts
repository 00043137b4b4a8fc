import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { explainPolicyOrFinding } from '../src/cli/explain-policy.ts'
import { BAKERY } from './platform-fixture.ts'

const bin = fileURLToPath(new URL('../src/cli/bin.js', import.meta.url))

const test = suite<{ folder: string }>('explaining policies and findings')

test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'waybill-explain-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

function waybill(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, stdout, stderr }
}

test('a policy is explained anywhere, by its whole page and an example of what it gives', async () => {
  const { code, text, data } = await explainPolicyOrFinding('memory-limits')
  assert.is(code, 0)
  assert.match(text, /^memory-limits: every container has a memory limit\nfamily resources; lite warning, /)
  for (const heading of ['Why', 'Fix', 'When to waive it', 'References', 'What fails']) {
    assert.match(text, new RegExp(`\n\n${heading}\n\\S`))
  }
  assert.match(text, /\n# \d+: container "web" has no memory limit, so .*$/)
  assert.is((data.policy as { family: string }).family, 'resources')
})

test('what lint --fix does about a policy is told with it', async () => {
  const { text } = await explainPolicyOrFinding('unused-token')
  assert.match(text, /\n\n`waybill lint --fix` writes\npod\.automountServiceAccountToken \?= false\n\n/)
  assert.not.match((await explainPolicyOrFinding('memory-limits')).text, /--fix/)
})

const OWN = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-latte, annotations: {waybill.dev/title: nobody serves a latte, waybill.dev/fix: pour it away}}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: ["*"], operations: ["*"], resources: [configmaps]}]
  validations:
    - {expression: "!has(object.data.latte)", message: "a latte is in it"}
`

test("a policy of one's own is explained by its fix, and by its page where it has one", ({ folder }) => {
  mkdirSync(join(folder, 'policies'))
  writeFileSync(join(folder, 'platform.yaml'), BAKERY)
  writeFileSync(join(folder, 'policies/drinks.yaml'), OWN)
  assert.match(
    waybill(folder, 'explain', 'no-latte').stdout,
    /^no-latte: nobody serves a latte\n.*\n\nFix\npour it away\n/,
  )
  writeFileSync(
    join(folder, 'policies/no-latte.md'),
    '# Nobody serves a latte\n\nNot here.\n\n## Why\n\nIt got cold.\n',
  )
  assert.match(waybill(folder, 'explain', 'no-latte').stdout, /\n\nNot here\.\n\nWhy\nIt got cold\.\n/)
})

test('an unknown policy is refused with the nearest name, or with all of them', ({ folder }) => {
  const near = waybill(folder, 'explain', 'memory-limit')
  assert.is(near.code, 2)
  assert.match(near.stderr, /there is no policy "memory-limit"\n.*did you mean "memory-limits"\?/)
  assert.match(waybill(folder, 'explain', 'coffee').stderr, /policies are allow-all, /)
})

/** The manifest of the folder that runs the role, without the memory limits of its containers. */
function withoutLimits(folder: string, name: string): void {
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(path => path.endsWith(name)) ?? ''
  const path = join(folder, file)
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/ +limits:\n +memory: .*\n/g, ''))
}

test('a finding is explained by its line, the spec key behind it, its waiver and the page of its policy', ({
  folder,
}) => {
  writeFileSync(join(folder, 'platform.yaml'), BAKERY)
  assert.is(waybill(folder, 'synth').code, 0)
  withoutLimits(folder, 'deployment.odoo-web.yaml')
  const { findings } = JSON.parse(waybill(folder, 'lint', '--format', 'json').stdout) as {
    findings: { fingerprint: string; message: string }[]
  }
  const finding = findings.find(({ message }) => message.startsWith('container "odoo" has no memory limit'))
  const fingerprint = finding?.fingerprint ?? ''
  const { code, stdout } = waybill(folder, 'explain', fingerprint)
  assert.is(code, 0)
  assert.match(
    stdout,
    /^environments\/.*deployment\.odoo-web\.yaml:\d+:\d+: error: container "odoo" has no memory limit/,
  )
  assert.match(stdout, /\n> \d+ \| .*\n/)
  assert.match(stdout, /decided by platform\.yaml:\d+ \(tenants\./)
  assert.match(stdout, /\n\nWhy\n/)

  const waiver = 'policy: memory-limits, target: {container: odoo}, reason: measured, owner: ops, expires: 2999-01-01'
  writeFileSync(join(folder, 'waivers.yaml'), `waivers:\n- {${waiver}}\n`)
  assert.match(waybill(folder, 'explain', fingerprint).stdout, /\n {2}waived until 2999-01-01 by ops: measured\n/)
})

test('a fingerprint of no finding, and a folder of no platform, are refused', ({ folder }) => {
  assert.match(waybill(folder, 'explain', '0123456789abcdef').stderr, /platform\.yaml/)
  writeFileSync(join(folder, 'platform.yaml'), BAKERY)
  assert.is(waybill(folder, 'synth').code, 0)
  const { code, stderr } = waybill(folder, 'explain', '0123456789abcdef')
  assert.is(code, 2)
  assert.match(stderr, /no finding of this platform has this fingerprint/)
})

test.run()
