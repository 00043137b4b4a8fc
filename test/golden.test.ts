import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { diskTree } from '../src/files.ts'
import { fieldsOf } from '../src/manifest/value.ts'
import { toYaml } from '../src/synth/canonical-yaml.ts'
import { annexFilesOf, example, TEMPLATES, unitFilesOf } from './example-tree.ts'
import { type Files, treeDiff } from './tree-diff.ts'

const GOLDEN = fileURLToPath(new URL('../../test/golden/', import.meta.url))
const RENEW = 'read the difference, then renew with: GOLDEN=renew npm test golden'

/** Compares with what a person has read, or writes it for a person to read. */
function golden(path: string, actual: string): void {
  const file = `${GOLDEN}${path}`
  if (process.env.GOLDEN === 'renew') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, actual)
    return
  }
  assert.ok(existsSync(file), `${path} is not there: ${RENEW}`)
  assert.fixture(actual, readFileSync(file, 'utf8'), `${path} is not what it was: ${RENEW}`)
}

/** One word of northwind, or one line of it: where it stands, and what it becomes. */
interface Change {
  readonly file: 'platform.yaml' | 'tenants/acme-retail.yaml' | 'tenants/baltic-dist.yaml'
  readonly from: string
  readonly to: string
}

const CHANGES: Readonly<Record<string, Change>> = {
  tenancy: {
    file: 'tenants/baltic-dist.yaml',
    from: 'host: staging.erp.baltic.example',
    to: 'host: staging.erp.baltic.example\n    tenancy: dedicated',
  },
  tier: { file: 'tenants/baltic-dist.yaml', from: 'tier: gold', to: 'tier: platinum' },
  engine: { file: 'platform.yaml', from: 'engine: argocd', to: 'engine: flux' },
  schedule: {
    file: 'tenants/acme-retail.yaml',
    from: 'host: dev.erp.acme.example',
    to: 'host: dev.erp.acme.example\n    schedule: always',
  },
  integration: {
    file: 'tenants/baltic-dist.yaml',
    from: 'host: api.tms.example, port: 443',
    to: 'host: api.tms.example, port: 8443',
  },
  'new integration': {
    file: 'tenants/acme-retail.yaml',
    from: '  mail: {host',
    to: '  loyalty: {host: api.loyalty.example, port: 443, cidrs: [203.0.113.80/28], secret: [token]}\n  mail: {host',
  },
  users: { file: 'tenants/acme-retail.yaml', from: 'backoffice: {users: 120}', to: 'backoffice: {users: 240}' },
  'users here': { file: 'tenants/acme-retail.yaml', from: 'users: 20\n', to: 'users: 200\n' },
  release: { file: 'tenants/acme-retail.yaml', from: 'sha256:1dfa', to: 'sha256:2dfa' },
}

const disk = diskTree(`${TEMPLATES}/platforms/northwind`)

function filesWith(changed: Readonly<Record<string, string>>): Files {
  const platform = example('northwind', changed)
  return new Map([...unitFilesOf(platform), ...annexFilesOf(platform)])
}

const northwind = filesWith({})

for (const [name, { file, from, to }] of Object.entries(CHANGES)) {
  test(`another ${name} changes what it should and nothing else`, () => {
    const text = disk.read(file) ?? ''
    assert.is(text.split(from).length, 2, `${file} says "${from}" once`)
    const diff = treeDiff(northwind, filesWith({ [file]: text.replace(from, to) }))
    golden(`changes/${name.replaceAll(' ', '-')}.txt`, `# ${file}: ${said(from)} → ${said(to)}\n\n${diff}`)
  })
}

function said(words: string): string {
  return words === '' ? 'nothing' : words.trim().replace(/\n\s*/g, ' ⏎ ')
}

/** A dashboard is one long JSON, which nobody reads as text; of policies the pages are read, and their tests tell the rest. */
const isManifest = (path: string) =>
  /^environments\/.*\/(?!grafanadashboard|validatingadmissionpolicy)[a-z]+\.[^/]+\.yaml$/.test(path)

/** Manifests, one after the other, each under its path and without the labels that all of them have. */
function sheaf(files: Iterable<readonly [path: string, text: string]>): string {
  return [...files].map(([path, text]) => `# ${path}\n${withoutCommon(text)}`).join('---\n')
}

/** What stands on nearly every object: whose it is, and when it is applied. */
const EVERYWHERE =
  /^(app\.kubernetes\.io\/(managed-by|part-of)|waybill\.dev\/(cost-center|environment|tenant|tier|zone)|argocd\.argoproj\.io\/sync-wave)$/

function withoutCommon(text: string): string {
  const manifest = fieldsOf(parse(text))
  const rest = (map: unknown) => Object.entries(fieldsOf(map)).filter(([key]) => !EVERYWHERE.test(key))
  const { labels, annotations, ...metadata } = fieldsOf(manifest.metadata)
  const kept = Object.entries({ labels, annotations }).flatMap(([key, map]) =>
    rest(map).length === 0 ? [] : [[key, Object.fromEntries(rest(map))]],
  )
  return toYaml({ ...manifest, metadata: { ...metadata, ...Object.fromEntries(kept) } })
}

/** The name of a file, whoever's it is. */
function plainName(path: string): string {
  return path
    .replace(/.*\//, '')
    .replace(/acme-retail|baltic-dist/, 'TENANT')
    .replace(/production|staging|dev|recovery-site/, 'ENVIRONMENT')
    .replace(/[0-9a-f]{12}/, 'RELEASE')
}

const bakery = unitFilesOf(example('bakery'))

test('the bakery is what a person has read', () => {
  golden('bakery.yaml', sheaf([...bakery].filter(([path]) => isManifest(path))))
})

test('what northwind has and the bakery has not is what a person has read, one manifest of each name', () => {
  const seen = new Set([...bakery.keys()].map(plainName))
  const shown = [...northwind]
    .filter(([path]) => isManifest(path))
    .sort(([left], [right]) => rank(left) - rank(right))
    .filter(([path]) => !seen.has(plainName(path)) && seen.add(plainName(path)))
  golden('northwind.yaml', sheaf(shown))
})

/** Production first: it has most of all. */
function rank(path: string): number {
  return ['production/', 'staging/', 'dev/', 'recovery-site/'].findIndex(start =>
    path.startsWith(`environments/${start}`),
  )
}

test('every golden file is one that a test compares', () => {
  const wanted = Object.keys(CHANGES).map(name => `${name.replaceAll(' ', '-')}.txt`)
  assert.equal(readdirSync(`${GOLDEN}changes`).sort(), wanted.sort())
})

test.run()
