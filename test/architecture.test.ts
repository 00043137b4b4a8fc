import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Import {
  readonly file: string
  readonly line: number
  /** A path from the root for files of ours, else the name of a package. */
  readonly target: string
  readonly typeOnly: boolean
}

const files = ['src', 'charts', 'policies', 'test'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name}`),
)
const texts = new Map(files.map(file => [file, readFileSync(join(root, file), 'utf8')]))
const imports = files.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const found: Import[] = []
  for (const match of (texts.get(file) ?? '').matchAll(
    /(?:^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?|import\()'([^']+)'/gm,
  )) {
    const [, typeOnly, name = ''] = match
    const line = (texts.get(file) ?? '').slice(0, match.index).split('\n').length
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name
    found.push({ file, line, target, typeOnly: typeOnly !== undefined })
  }
  return found
}

function complain(wrong: readonly Import[], reason: string): void {
  const lines = wrong.map(({ file, line, target }) => `${file}:${line} imports ${target}`)
  assert.is(lines.join('\n'), '', reason)
}

const EDGE = /^src\/(git|files|clock|schema-files)\.ts$|^src\/(forge|build|cli)\//
const isPure = (file: string) =>
  (file.startsWith('src/') && !EDGE.test(file)) || file.startsWith('charts/') || file.startsWith('policies/')

test('pure parts do not touch the disk, processes or the network, so the same input always gives the same output', () => {
  const allowed = ['node:crypto', 'node:module']
  complain(
    imports.filter(({ file, target }) => isPure(file) && target.startsWith('node:') && !allowed.includes(target)),
    'the world enters through src/git.ts, src/files.ts, src/clock.ts, src/forge, src/cli and arrives as an argument',
  )
  complain(
    imports.filter(({ file, target, typeOnly }) => isPure(file) && EDGE.test(target) && !typeOnly),
    'a pure part that calls the edge can no longer be tested by its arguments alone',
  )
})

test('pure parts ask neither the clock, nor chance, nor the environment, nor the locale', () => {
  // Intl is the source of time zones; with its locale and zone stated it says the same everywhere.
  const worldly =
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(?:env|cwd|argv|platform|exit|hrtime|stdin|stdout|stderr|uptime|pid|memoryUsage)\b|\blocaleCompare\(|\btoLocale|\bIntl\.(?!DateTimeFormat\('en-US', \{)|Temporal\.Now\b/
  const wrong = files.filter(isPure).flatMap(file =>
    (texts.get(file) ?? '')
      .split('\n')
      .map((line, index) => ({ line, at: `${file}:${index + 1}` }))
      .filter(({ line }) => worldly.test(line) && !/^\s*(\/\/|\/\*|\*)/.test(line))
      .map(({ at, line }) => `${at} ${line.trim()}`),
  )
  assert.is(wrong.join('\n'), '', 'two runs, in other time zones, locales and folders, have to give the same bytes')
})

test('charts know the spec and cdk8s, and nothing of the policies that judge them', () => {
  const allowed = /^(charts\/|src\/spec\/|cdk8s$|constructs$|kubernetes-models\/|@kubernetes-models\/|node:crypto$)/
  complain(
    imports.filter(({ file, target }) => file.startsWith('charts/') && !allowed.test(target)),
    'a chart that sees the policies is written to please them',
  )
})

test('whole-environment policies see manifests and analyses only', () => {
  const allowed = /^(src\/manifest\/|src\/analysis\/|src\/lint\/policy\.ts$|policies\/)/
  complain(
    imports.filter(({ file, target }) => file.startsWith('policies/') && !allowed.test(target)),
    'a policy states a field and a fact; who, where and how severe is for the engine to say',
  )
})

/** What each pure folder may import of the other ones: the direction in which data flows. */
const LAYERS: Readonly<Record<string, RegExp>> = {
  'src/manifest/': /^src\/manifest\//,
  'src/cel/': /^src\/(cel|manifest)\//,
  'src/schema/': /^src\/(schema|manifest|cel)\/|^src\/lint\/finding\.ts$/,
  // What a tier promises, and facts about Odoo and PostgreSQL, are the same for those who generate and those who judge.
  'src/analysis/': /^src\/(analysis|manifest)\/|^src\/lint\/finding\.ts$|^src\/spec\/(tier\.ts$|facts\/)/,
  'src/spec/': /^src\/(spec|manifest)\/|^src\/lint\/finding\.ts$/,
  'src/lint/': /^src\/(lint|manifest|cel|schema|analysis)\//,
  'src/synth/': /^(charts\/|src\/(synth|spec|manifest)\/)/,
}

test('data flows one way: each layer knows only those before it', () => {
  const wrong = imports.filter(({ file, target }) => {
    const layer = Object.keys(LAYERS).find(folder => file.startsWith(folder))
    return layer !== undefined && /^(src|charts|policies)\//.test(target) && !LAYERS[layer]?.test(target)
  })
  complain(wrong, 'see the layers in this test; a new arrow needs a reason')
})

test('each library is touched in one place', () => {
  const HOMES: Readonly<Record<string, RegExp>> = {
    '@marcbachmann/cel-js': /^src\/cel\//,
    commander: /^(src\/cli\/|test\/workflows)/,
    'js-yaml': /^(src\/manifest\/|test\/)/,
    '@octokit/rest': /^src\/forge\/github(-client)?\.ts$/,
    ajv: /^(src\/spec\/check\.ts|test\/)/,
  }
  for (const [library, home] of Object.entries(HOMES)) {
    complain(
      imports.filter(({ file, target }) => target === library && !home.test(file)),
      `${library} is wrapped once, so that its next version is met once`,
    )
  }
})

test('a command is loaded only when it is called', () => {
  complain(
    imports.filter(
      ({ file, target, typeOnly }) =>
        file === 'src/cli/bin.ts' && !typeOnly && target.startsWith('src/') && !/import\(/.test(lineOf(file, target)),
    ),
    'start-up is paid by every run: bin.ts imports commands inside functions',
  )
  complain(
    imports.filter(
      ({ file, target }) =>
        /^src\/(lint|analysis|manifest|report|cel|schema)\//.test(file) && /^(cdk8s|constructs|@octokit)/.test(target),
    ),
    'lint never loads cdk8s or octokit',
  )
})

function lineOf(file: string, target: string): string {
  const name = target.split('/').at(-1) ?? ''
  return (texts.get(file) ?? '').split('\n').find(line => line.includes(`${name}'`)) ?? ''
}

test('a file is named after the one noun that it holds', () => {
  const vague = files.filter(file => /(^|\/)(utils?|common|helpers?|types|index|misc|shared)\.ts$/.test(file))
  assert.equal(vague, [], 'the next engineer guesses the file from the noun')
})

test('the top level is as the README says', () => {
  const shown = readdirSync(root).filter(
    name => !name.startsWith('.') && !['node_modules', 'dist', 'out', 'coverage', 'package-lock.json'].includes(name),
  )
  assert.equal(shown.sort(), [
    'README.md',
    'cdk8s.yaml',
    'charts',
    'package.json',
    'policies',
    'src',
    'templates',
    'test',
    'tsconfig.json',
  ])
})

test('the lockfile holds no addresses', () => {
  assert.not.match(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved"/)
})

test.run()
