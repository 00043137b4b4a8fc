import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BAKERY } from './platform-fixture.ts'

const bin = fileURLToPath(new URL('../src/cli/bin.js', import.meta.url))

/** Milliseconds after which a test gives up; nothing is said about how long it takes. */
const LIMIT = 60_000

const configMap = (data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: ${data}\n`

interface Watching {
  readonly folder: string
  child: ChildProcess | undefined
  /** All that was printed. */
  output: string
}

const test = suite<Watching>('lint --watch')

test.before.each(context => {
  Object.assign(context, { folder: mkdtempSync(join(tmpdir(), 'waybill-watch-')), child: undefined, output: '' })
})
test.after.each(({ folder, child }) => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function start(context: Watching, ...args: readonly string[]): void {
  const child = spawn(process.execPath, [bin, 'lint', '--watch', ...args], {
    cwd: context.folder,
    env: { ...process.env, NO_COLOR: '1' },
  })
  context.child = child
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      context.output += text
    })
  }
}

/** Waits for an output, and forgets what was printed up to it. */
async function until(context: Watching, wanted: RegExp): Promise<string> {
  const { child } = context
  assert.ok(child)
  return new Promise((resolve, reject) => {
    const give = (error?: Error) => {
      clearTimeout(timer)
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', look)
      if (error !== undefined) return reject(error)
      const seen = context.output
      context.output = ''
      resolve(seen)
    }
    const look = () => {
      if (wanted.test(context.output)) give()
    }
    const timer = setTimeout(() => give(new Error(`no ${wanted} in ${JSON.stringify(context.output)}`)), LIMIT)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look)
    look()
  })
}

async function interrupted({ child }: Watching): Promise<{ code: number | null; signal: string | null }> {
  assert.ok(child)
  return new Promise(resolve => {
    child.on('exit', (code, signal) => resolve({ code, signal }))
    child.kill('SIGINT')
  })
}

/** Replaces a file as editors do: another one takes its name. */
function replace(folder: string, path: string, text: string): void {
  writeFileSync(join(folder, `${path}~`), text)
  renameSync(join(folder, `${path}~`), join(folder, path))
}

test('it lints again after each change, whichever way a file is written, and ends on Ctrl-C', async context => {
  const { folder } = context
  mkdirSync(join(folder, 'k8s'))
  writeFileSync(join(folder, 'k8s/c.yaml'), configMap('{a: "1"}'))
  start(context, 'k8s')
  await until(context, /\b0 errors.*1 manifest\b/)
  replace(folder, 'k8s/c.yaml', configMap('{a: 1}'))
  await until(context, /c\.yaml:4:\d+: error: [^\n]*[\s\S]*\b1 error\b/)
  writeFileSync(join(folder, 'k8s/c.yaml'), configMap('{a: "1"}'))
  await until(context, /\b0 errors\b/)
  mkdirSync(join(folder, 'k8s/new'))
  writeFileSync(join(folder, 'k8s/new/d.yaml'), configMap('{a: "1"}').replace('name: c', 'name: d'))
  await until(context, /\b2 manifests\b/)
  replace(folder, 'k8s/new/d.yaml', configMap('{a: 1}').replace('name: c', 'name: d'))
  await until(context, /d\.yaml:4:\d+: error/)
  assert.equal(await interrupted(context), { code: 0, signal: null })
})

test('it survives a file that nobody can read, and lints again when it is mended', async context => {
  const { folder } = context
  const file = join(folder, 'c.yaml')
  writeFileSync(file, configMap('{a: "1"}'))
  start(context, 'c.yaml')
  await until(context, /\b0 errors\b/)
  writeFileSync(file, 'a: [')
  await until(context, /not evaluated: bracket/)
  writeFileSync(file, Buffer.from([0xff, 0xfe]))
  await until(context, /is not UTF-8 text/)
  rmSync(file)
  await until(context, /no such file or folder/)
  writeFileSync(file, configMap('{a: "1"}'))
  await until(context, /\b0 errors\b/)
  assert.equal(await interrupted(context), { code: 0, signal: null })
})

test('it watches the spec and the waivers of a platform, and not what it writes itself', async context => {
  const { folder } = context
  writeFileSync(join(folder, 'platform.yaml'), BAKERY)
  start(context, '--format', 'text', '--format', 'json=report.json')
  await until(context, /0 manifests/)
  writeFileSync(join(folder, 'waivers.yaml'), 'waivers:\n- {policy: replicas}\n')
  await until(context, /not evaluated: waiver has no "reason"/)
  writeFileSync(join(folder, 'platform.yaml'), `${BAKERY}tennants: {}\n`)
  await until(context, /unknown key "tennants"/)
  assert.equal(await interrupted(context), { code: 0, signal: null })
  assert.is(context.output, '', 'a report that is written to a watched folder starts no other run')
})

test('standard input cannot be watched', async context => {
  start(context, '-')
  await until(context, /standard input is read once/)
})

test.run()
