import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BAKERY } from './platform-fixture.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const bin = join(project, 'dist/src/cli/bin.js')

const test = suite<{ folder: string }>('the command line')

test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

function waybill(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, stdout, stderr, output: stdout + stderr }
}

const COMMANDS = [
  'init',
  'synth',
  'lint',
  'explain',
  'release',
  'promote',
  'pulls',
  'gates',
  'rollback',
  'resume',
  'diff',
  'calendar',
  'history',
  'reach',
  'availability',
  'budget',
  'report',
]

test('the help names every command with what it is for, and where to start', ({ folder }) => {
  const { code, stdout } = waybill(folder, '--help')
  assert.is(code, 0)
  for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} .*\\S{4}`, 'm'))
  assert.match(stdout, /waybill init --example bakery/)
  assert.match(stdout, /Exit codes: 0/)
})

for (const command of COMMANDS) {
  test(`the help of ${command} shows its options, and an example or what it does`, ({ folder }) => {
    const { code, stdout } = waybill(folder, command, '--help')
    assert.is(code, 0)
    assert.match(stdout, new RegExp(`^Usage: waybill ${command}`))
    assert.match(stdout, /--format/)
    assert.ok(stdout.split('\n').length > 10, stdout)
  })
}

test('the version is that of the package', ({ folder }) => {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  assert.equal(waybill(folder, '--version'), { code: 0, stdout: `${version}\n`, stderr: '', output: `${version}\n` })
})

test('an unknown command, an unknown option and a missing argument are exit 2', ({ folder }) => {
  for (const args of [['synt'], ['synth', '--chek'], ['diff', 'dev'], ['lint', '--fail-on', 'bad']]) {
    const { code, stderr } = waybill(folder, ...args)
    assert.is(code, 2, args.join(' '))
    assert.match(stderr, /^error: /)
  }
  assert.match(waybill(folder, 'synt').stderr, /Did you mean synth\?/)
})

test('outside a platform the way in is told', ({ folder }) => {
  const { code, stderr } = waybill(folder, 'synth')
  assert.is(code, 2)
  assert.match(stderr, /no platform\.yaml here or in any folder above\n.*`waybill init`/)
})

const BAD: readonly (readonly [what: string, text: string | Buffer, told: RegExp])[] = [
  ['an unknown key', BAKERY.replace('tenants:', 'tennants:'), /^platform\.yaml:3:1: unknown key "tennants"/],
  [
    'a wrong type',
    BAKERY.replace('users: 25', 'users: many'),
    /^platform\.yaml:6:\d+: .*"many", a whole number is needed/,
  ],
  ['a missing tenant', 'apiVersion: waybill.dev/v1alpha1\nkind: Platform\n', /the platform has no tenant/],
  ['an empty file', '', /^platform\.yaml: the file is empty/],
  ['a tab', BAKERY.replace('  bakery', '\tbakery'), /^platform\.yaml:4:1: a tab indents this line/],
  ['a duplicate key', `${BAKERY}kind: Platform\n`, /^platform\.yaml:7:1: the key stands twice in one map/],
  [
    'a YAML bomb of ten megabytes',
    `a: &a [${'x,'.repeat(5_000_000)}]\nb: [*a, *a]\n`,
    /^platform\.yaml: the file has \d+ characters, the most is/,
  ],
  ['a binary file', Buffer.from([0xff, 0xfe, 0x00, 0x01]), /^platform\.yaml: the file is not UTF-8 text/],
]

for (const [what, text, told] of BAD) {
  test(`${what} is one clear error: exit 2, no stack, nothing written`, ({ folder }) => {
    writeFileSync(join(folder, 'platform.yaml'), text)
    for (const args of [['synth'], ['synth', '--check'], ['lint'], ['explain', 'bakery/production']]) {
      const { code, stdout, stderr } = waybill(folder, ...args)
      assert.is(code, 2, args.join(' '))
      assert.is(stdout, '')
      assert.match(stderr, told)
      assert.not.match(stderr, /\n\s+at .*\(|not your fault/)
    }
    assert.equal(readdirSync(folder), ['platform.yaml'])
  })
}

if (process.getuid?.() === 0) {
  console.log('skipped: a folder without read permission: root may read everything')
  test.skip('a folder without read permission is one clear error')
} else {
  test('a folder without read permission is one clear error', ({ folder }) => {
    writeFileSync(join(folder, 'platform.yaml'), BAKERY)
    mkdirSync(join(folder, 'tenants'))
    chmodSync(join(folder, 'tenants'), 0o000)
    const { code, stderr } = waybill(folder, 'synth')
    chmodSync(join(folder, 'tenants'), 0o755)
    assert.is(code, 2)
    assert.match(stderr, /^tenants: the folder may not be listed: permission denied/)
  })
}

test('every command answers in JSON with a version of its schema', ({ folder }) => {
  writeFileSync(join(folder, 'platform.yaml'), BAKERY)
  for (const args of [['synth'], ['synth', '--check'], ['explain', 'bakery/production'], ['lint']]) {
    const { stdout, stderr } = waybill(folder, ...args, '--format', 'json')
    assert.is(stderr, '')
    assert.is(JSON.parse(stdout).schemaVersion, 1, args.join(' '))
  }
})

test('the value of a secret appears in no output of any command', ({ folder }) => {
  const planted = 'pl4nted-s3cret-value'
  const encoded = Buffer.from(planted).toString('base64')
  mkdirSync(join(folder, 'extra'))
  writeFileSync(
    join(folder, 'extra', 'secret.yaml'),
    `apiVersion: v1\nkind: Secret\nmetadata: {name: planted, namespace: bakery-production-app}\nstringData:\n  password: ${planted}\n  wrong: 7\ndata:\n  other: ${encoded}\n`,
  )
  writeFileSync(
    join(folder, 'platform.yaml'),
    BAKERY.replace('    release:', '    extra: [extra/secret.yaml]\n    release:'),
  )
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  git('init', '-q', '-b', 'main')
  const outputs = [waybill(folder, 'synth').output]
  git('add', '-A')
  git('-c', 'user.name=a', '-c', 'user.email=a@b.example', 'commit', '-qm', 'start')
  for (const format of ['text', 'json', 'sarif', 'junit', 'github', 'markdown'])
    outputs.push(waybill(folder, 'lint', '--format', format).output)
  for (const format of ['text', 'json']) {
    outputs.push(
      waybill(folder, 'synth', '--check', '--format', format).output,
      waybill(folder, 'explain', 'bakery/production', '--format', format).output,
      waybill(folder, 'gates', '--base', 'HEAD', '--format', format).output,
      waybill(folder, 'lint', '--against', 'HEAD', '--format', format).output,
    )
  }
  writeFileSync(
    join(folder, 'extra', 'secret.yaml'),
    readFileSync(join(folder, 'extra', 'secret.yaml'), 'utf8').replace('wrong: 7', 'wrong: "8"'),
  )
  outputs.push(waybill(folder, 'release', 'bakery', `registry.example/b/odoo@sha256:${'cd'.repeat(32)}`).output)
  assert.ok(outputs.every(output => output.length > 0))
  const leaked = outputs.filter(output => output.includes(planted) || output.includes(encoded))
  assert.equal(leaked, [])
})

test('foreign YAML is judged with no platform around, from files, globs and standard input', ({ folder }) => {
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec:\n  containers:\n  - name: web\n    image: nginx:latest\n'
  mkdirSync(join(folder, 'k8s', 'deep'), { recursive: true })
  writeFileSync(join(folder, 'k8s', 'deep', 'pod.yaml'), pod)
  for (const path of ['k8s', 'k8s/deep/pod.yaml', 'k8s/**/*.yaml']) {
    const { code, stdout } = waybill(folder, 'lint', path)
    assert.is(code, 1, path)
    assert.match(stdout, /^k8s\/deep\/pod\.yaml:6:5: error: container "web" has no memory limit/m)
  }
  const piped = spawnSync(process.execPath, [bin, 'lint', '-'], { cwd: folder, input: pod, encoding: 'utf8' })
  assert.match(piped.stdout, /^<stdin>:6:5: error: container "web" has no memory limit/m)
  assert.is(waybill(folder, 'lint', 'nothing/*.yaml').code, 2)
})

test('a file that does not parse is exit 2, and the findings of the others are still there', ({ folder }) => {
  writeFileSync(join(folder, 'bad.yaml'), 'a: [1\n')
  writeFileSync(
    join(folder, 'pod.yaml'),
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: web, image: "nginx:1"}]}\n',
  )
  const { code, stdout } = waybill(folder, 'lint', '.')
  assert.is(code, 2)
  assert.match(stdout, /^bad\.yaml:\d+:\d+: not evaluated: /m)
  assert.match(stdout, /^pod\.yaml:4:/m)
})

test('only what is new since a commit fails', ({ folder }) => {
  const git = (...args: readonly string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: folder })
  const pod = (name: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: web, image: "nginx:1"}]}\n`
  writeFileSync(join(folder, 'one.yaml'), pod('one'))
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'start')
  cpSync(join(folder, 'one.yaml'), join(folder, 'moved.yaml'))
  rmSync(join(folder, 'one.yaml'))
  assert.is(waybill(folder, 'lint', '.').code, 1)
  assert.is(waybill(folder, 'lint', '.', '--against', 'main').code, 0, 'a moved file is nothing new')
  writeFileSync(join(folder, 'two.yaml'), pod('two'))
  const { code, stdout } = waybill(folder, 'lint', '.', '--against', 'main')
  assert.is(code, 1)
  assert.not.match(stdout, /^moved\.yaml:/m)
  assert.match(stdout, /^two\.yaml:/m)
})

test('several formats at once go to files, one to the screen', ({ folder }) => {
  writeFileSync(
    join(folder, 'pod.yaml'),
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: web, image: "nginx:1"}]}\n',
  )
  const { code, stdout } = waybill(
    folder,
    'lint',
    'pod.yaml',
    '--format',
    'text',
    '--format',
    'sarif=lint.sarif',
    '--format',
    'junit=lint.xml',
  )
  assert.is(code, 1)
  assert.match(stdout, /pod\.yaml:4:/)
  assert.is(JSON.parse(readFileSync(join(folder, 'lint.sarif'), 'utf8')).version, '2.1.0')
  assert.match(readFileSync(join(folder, 'lint.xml'), 'utf8'), /<testsuite/)
  assert.is(waybill(folder, 'lint', 'pod.yaml', '--format', 'text', '--format', 'json').code, 2)
  assert.is(waybill(folder, 'lint', 'pod.yaml', '--format', 'yaml').code, 2)
})

for (const example of ['bakery', 'northwind']) {
  test(`init writes ${example} ready to commit, and never overwrites`, ({ folder }) => {
    assert.is(waybill(folder, 'init', '--example', example, 'shop').code, 0)
    const written = readdirSync(join(folder, 'shop'), { recursive: true }).map(String)
    for (const file of [
      'platform.yaml',
      'README.md',
      'CODEOWNERS',
      '.gitignore',
      '.github/workflows/waybill.yml',
      '.github/workflows/gates.yml',
      '.github/workflows/promote.yml',
      '.waybill/platform.schema.json',
    ]) {
      assert.ok(written.includes(file), `${file} in ${written.join(', ')}`)
    }
    const workflow = readFileSync(join(folder, 'shop/.github/workflows/waybill.yml'), 'utf8')
    assert.not.match(workflow, /__/)
    for (const wanted of ['synth --check', 'sarif=', 'merge_group']) assert.match(workflow, wanted)
    const again = waybill(folder, 'init', '--example', example, 'shop')
    assert.is(again.code, 2)
    assert.match(again.stderr, /there already, and init overwrites nothing/)
    assert.is(waybill(join(folder, 'shop'), 'synth').code, 0)
    assert.is(waybill(join(folder, 'shop'), 'synth', '--check').code, 0)
    assert.is(
      readFileSync(join(folder, 'shop/.github/workflows/waybill.yml'), 'utf8'),
      workflow,
      'synth leaves the files of people alone',
    )
  })
}

test('init asks nobody where nobody can answer', ({ folder }) => {
  const { code, stderr } = waybill(folder, 'init')
  assert.is(code, 2)
  assert.match(stderr, /no example is named\n.*--example/)
})

test('who reads may stop reading, and that is no fault', ({ folder }) => {
  const { stdout, stderr } = spawnSync(
    '/bin/sh',
    ['-c', `"${process.execPath}" "${bin}" policy list --format json | head -c 1`],
    { cwd: folder, encoding: 'utf8' },
  )
  assert.is(stderr, '')
  assert.is(stdout, '{')
})

test('explain prints the derivation with the line that decided it', ({ folder }) => {
  writeFileSync(join(folder, 'platform.yaml'), BAKERY)
  const { stdout } = waybill(folder, 'explain', 'bakery/production', 'web.replicas')
  assert.is(
    stdout,
    [
      'web.replicas = 2',
      '  5 workers / 5 in a pod + 1 spare, at least 2 (tier silver)',
      '  platform.yaml:6  tenants.bakery.environments.production.users',
      '  platform.yaml:6  tenants.bakery.environments.production',
      '',
    ].join('\n'),
  )
  assert.match(
    waybill(folder, 'explain', 'bakery/production', 'web.replica').stderr,
    /there is no setting "web\.replica"\n.*did you mean "web\.replicas"\?/,
  )
})

test.run()
