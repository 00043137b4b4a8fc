import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as lint from '../src/cli/lint.ts'
import * as reach from '../src/cli/reach.ts'
import * as synth from '../src/cli/synth.ts'
import { BAKERY } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const test = suite<{ repo: Repository }>('what cannot be judged')

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: web, image: "web:latest"}]}\n'

test.before.each(context => {
  context.repo = repository({ 'k8s/pod.yaml': POD })
})
test.after.each(({ repo }) => repo.dispose())

interface Judged {
  readonly code: number
  /** `file: reason` */
  readonly notEvaluated: readonly string[]
  readonly notes: readonly string[]
  readonly policies: readonly string[]
}

async function judged(repo: Repository, paths: readonly string[], strict = false): Promise<Judged> {
  const { code, text } = await repo.run(lint, paths, { format: ['json'], failOn: 'error', strict })
  const { notEvaluated, notes, findings } = JSON.parse(text)
  return {
    code,
    notEvaluated: notEvaluated.map(({ file, reason }: { file: string; reason: string }) => `${file}: ${reason}`),
    notes: notes.map((note: { text: string }) => note.text),
    policies: findings.map(({ policy }: { policy: string }) => policy),
  }
}

const FAULTS: Readonly<Record<string, readonly [make: (path: string) => void, reason: string]>> = {
  'is not UTF-8': [path => writeFileSync(path, Buffer.from([0xff, 0xfe, 0])), 'the file is not UTF-8 text'],
  'is a link that leads nowhere': [
    path => symlinkSync('/nowhere/at/all', path),
    'the file is not there: a link that leads nowhere, or removed meanwhile',
  ],
  'is a link to itself': [path => symlinkSync('bad.yaml', path), 'the file cannot be read (ELOOP)'],
  'has an anchor that contains itself': [
    path => writeFileSync(path, 'a: &a [*a]\n'),
    'the anchor contains itself, as no manifest can',
  ],
  'does not parse': [path => writeFileSync(path, 'a: [\n'), 'bracket is opened and never closed, close it'],
}

for (const [what, [make, reason]] of Object.entries(FAULTS)) {
  test(`a file that ${what} is exit 2 and a line of its own, and what is found elsewhere stays`, async ({ repo }) => {
    make(join(repo.root, 'k8s/bad.yaml'))
    const { code, notEvaluated, policies } = await judged(repo, ['k8s'])
    assert.is(code, 2)
    assert.equal(notEvaluated, [`k8s/bad.yaml: ${reason}`])
    assert.ok(policies.includes('latest-tag'))
  })
}

test('it is so among the files of a platform, until somebody mends it', async ({ repo }) => {
  repo.write('platform.yaml', BAKERY)
  await repo.run(synth, [])
  repo.write('environments/production/bakery/pod.yaml', POD)
  const bad = 'environments/production/bakery/bad.yaml'
  writeFileSync(join(repo.root, bad), Buffer.from([0xff, 0xfe]))
  for (const run of ['first', 'second']) {
    const { code, notEvaluated, policies } = await judged(repo, [])
    assert.is(code, 2, `the ${run} run`)
    assert.equal(notEvaluated, [`${bad}: the file is not UTF-8 text`])
    assert.ok(policies.includes('latest-tag'))
  }
  repo.write(bad, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\n')
  assert.equal((await judged(repo, [])).notEvaluated, [])
})

test('a kind that nobody knows is a line, and exit 2 under --strict, and what is found elsewhere stays', async ({
  repo,
}) => {
  repo.write('k8s/latte.yaml', 'apiVersion: coffee.example/v1\nkind: Latte\nmetadata: {name: x, namespace: shop}\n')
  for (const strict of [false, true]) {
    const { code, notes, policies } = await judged(repo, ['k8s'], strict)
    assert.is(code, strict ? 2 : 1)
    assert.equal(notes, ['no schema of "coffee.example/v1" "Latte"'])
    assert.ok(policies.includes('latest-tag'))
  }
})

test('a link to a folder around it is no other folder', async ({ repo }) => {
  symlinkSync('.', join(repo.root, 'k8s/itself'))
  symlinkSync('..', join(repo.root, 'k8s/above'))
  mkdirSync(join(repo.root, 'elsewhere'))
  repo.write('elsewhere/pod.yaml', POD.replace('name: web,', 'name: other,'))
  symlinkSync('../elsewhere', join(repo.root, 'k8s/linked'))
  const { code, policies, notEvaluated } = await judged(repo, ['k8s'])
  assert.is(code, 1)
  assert.equal(notEvaluated, [])
  assert.is(policies.filter(policy => policy === 'latest-tag').length, 2, 'what a link adds is judged, once')
})

test('policies that are named and cannot be read are told', async ({ repo }) => {
  writeFileSync(join(repo.root, 'rules.yaml'), Buffer.from([0xff]))
  const { code, text } = await repo.run(lint, ['k8s'], { format: ['text'], failOn: 'error', policies: ['rules.yaml'] })
  assert.is(code, 2)
  assert.match(text, /^rules\.yaml: not evaluated: the file is not UTF-8 text/)
  assert.match(text, /\[latest-tag\]/)
})

test('what is computed of all files is not computed of some of them', async ({ repo }) => {
  writeFileSync(join(repo.root, 'k8s/bad.yaml'), Buffer.from([0xff]))
  let message = ''
  try {
    await repo.run(reach, ['k8s'], { format: 'text' })
  } catch (error) {
    message = (error as Error).message
  }
  assert.is(message, 'the file is not UTF-8 text')
  rmSync(join(repo.root, 'k8s/bad.yaml'))
  assert.is((await repo.run(reach, ['k8s'], { format: 'text' })).code, 0)
})

test.run()
