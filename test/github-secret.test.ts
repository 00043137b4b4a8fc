import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault } from './fake-github.ts'
import { TOKEN } from './fake-github.ts'
import { type GithubRoad, githubRoad } from './github-fixture.ts'

const test = suite('a token is nowhere to be read')

const bin = fileURLToPath(new URL('../src/cli/bin.js', import.meta.url))
const start = await githubRoad({ CODEOWNERS: '* @maria @octo/nobody\n' })
test.after(() => start.dispose())

/** What somebody beside the process could have seen of it. */
interface Seen {
  readonly code: number
  /** Both streams, as a log keeps them. */
  readonly output: string
  /** The arguments of every process of Git, as `ps` shows them. */
  readonly args: string
  /** All that the repository holds afterwards, its configuration and its logs among it. */
  readonly files: string
}

/** Runs the command line itself, with a Git that writes down how it was called. */
async function watched(road: GithubRoad, args: readonly string[], variables: Readonly<Record<string, string>>) {
  const spy = mkdtempSync(join(tmpdir(), 'waybill-spy-'))
  const log = join(spy, 'log')
  mkdirSync(join(spy, 'bin'))
  writeFileSync(join(spy, 'bin', 'git'), `#!/bin/sh\necho "$0 $*" >> '${log}'\nPATH="\${PATH#*:}" exec git "$@"\n`)
  chmodSync(join(spy, 'bin', 'git'), 0o755)
  const env = {
    ...process.env,
    ...road.github.variables,
    ...variables,
    PATH: `${join(spy, 'bin')}:${process.env.PATH}`,
  }
  const seen = await new Promise<{ code: number; output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [bin, '-C', road.repo.root, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8')
      })
    }
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? -1, output }))
  })
  const found: Seen = { ...seen, args: readFileSync(log, 'utf8'), files: contentOf(join(road.repo.root, '.git')) }
  rmSync(spy, { recursive: true, force: true })
  return found
}

/** Every file below a folder, objects aside: they are compressed, and hold what is committed. */
function contentOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => !path.startsWith('objects') && statSync(join(folder, path)).isFile())
    .map(path => readFileSync(join(folder, path), 'latin1'))
    .join('\n')
}

/** A secret in every form in which a program hands it on. */
function formsOf(secret: string): readonly string[] {
  const base64 = Buffer.from(`x-access-token:${secret}`).toString('base64')
  return [secret, base64, encodeURIComponent(secret), base64.slice(20, 40)]
}

function assertHidden(seen: Seen, secret: string, where: string): void {
  for (const form of formsOf(secret)) {
    for (const place of ['output', 'args', 'files'] as const)
      assert.not.ok(seen[place].includes(form), `${where}: ${place}`)
  }
}

const TROUBLE: Readonly<Record<string, (road: GithubRoad) => void>> = {
  'nothing is wrong': () => undefined,
  'GitHub does not accept it': road => road.github.tokens.clear(),
  'GitHub refuses a request': road =>
    fail(road, 'pulls/create', { kind: 'refuse', status: 403, message: 'Resource not accessible by integration' }),
  'GitHub is broken': road => fail(road, 'pulls/list', { kind: 'refuse', status: 400 }),
  'the branch is protected': road => {
    road.github.protected = 'refs/heads/*'
  },
}

function fail(road: GithubRoad, operation: string, fault: Fault): void {
  road.github.fault = seen => (seen.operation === operation ? fault : undefined)
}

for (const [what, trouble] of Object.entries(TROUBLE)) {
  test(`neither in the output nor in arguments nor in the repository, when ${what}`, async () => {
    const road = await start.copy()
    try {
      trouble(road)
      const seen = await watched(road, ['promote', 'dev', 'staging', '--at', road.repo.at], {})
      assert.is(seen.code, what === 'nothing is wrong' ? 0 : 2, seen.output)
      assert.match(seen.args, / fetch --quiet /)
      assert.match(seen.files, '[remote "origin"]')
      assertHidden(seen, TOKEN, what)
    } finally {
      await road.dispose()
    }
  })
}

test('the key of an app and the token that it is given stay hidden too', async () => {
  const road = await start.copy()
  try {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    road.github.app = { id: '4711', key: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
    const app = { WAYBILL_APP_ID: '4711', WAYBILL_APP_KEY: key, GITHUB_TOKEN: '' }
    const seen = await watched(road, ['promote', 'dev', 'staging', '--at', road.repo.at, '--format', 'json'], app)
    assert.is(seen.code, 0, seen.output)
    assertHidden(seen, 'ghs_of-the-installation', 'the token of the installation')
    const [, line = ''] = key.split('\n')
    for (const place of ['output', 'args', 'files'] as const) assert.not.ok(seen[place].includes(line), place)
  } finally {
    await road.dispose()
  }
})

test.run()
