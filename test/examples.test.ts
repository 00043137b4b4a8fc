import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { diskTree } from '../src/files.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import { type Fields, fieldsOf } from '../src/manifest/value.ts'
import { registryOf } from '../src/schema/registry.ts'
import { evaluateRules } from '../src/schema/rule.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'
import { KUSTOMIZATION } from '../src/synth/layout.ts'
import { annexFilesOf, type Example, example, TEMPLATES, unitFilesOf } from './example-tree.ts'

const EXAMPLES: readonly Example[] = ['bakery', 'northwind']

/** Northwind with the other engine of delivery, which makes other kinds. */
const FLUX = example('northwind', {
  'platform.yaml': (diskTree(`${TEMPLATES}/platforms/northwind`).read('platform.yaml') ?? '').replace(
    'engine: argocd',
    'engine: flux',
  ),
})

const written = [...EXAMPLES.map((name): [string, typeof FLUX] => [name, example(name)]), ['flux', FLUX] as const].map(
  ([name, platform]) => ({ name, units: unitFilesOf(platform), annexes: annexFilesOf(platform) }),
)

const isManifest = (path: string) => path.endsWith('.yaml') && !path.endsWith(`/${KUSTOMIZATION}`)

test('every manifest has the structure of its kind, with no field that the kind does not know, and no kind is unknown', () => {
  const registry = registryOf(builtSchemas())
  const wrong: string[] = []
  const kinds = new Set<string>()
  for (const { name, units, annexes } of written) {
    const bootstrap = [...annexes].filter(([path]) => path.startsWith('gitops/'))
    for (const [path, text] of [...units, ...bootstrap].filter(([path]) => isManifest(path))) {
      const { sources, problems } = parseManifests(path, text)
      assert.ok(sources.length > 0, path)
      assert.equal(problems, [], path)
      for (const { manifest } of sources) {
        kinds.add(`${manifest.apiVersion} ${manifest.kind}`)
        const outcome = validate(registry, manifest)
        if (outcome.outcome === 'unknown') {
          wrong.push(`${name} ${path}: ${outcome.reason}`)
          continue
        }
        const rules = evaluateRules(registry, manifest)
        const faults = [...outcome.problems, ...rules.problems].map(({ message }) => message)
        wrong.push(...[...faults, ...rules.notEvaluated].map(message => `${name} ${path}: ${message}`))
      }
    }
  }
  assert.equal(wrong, [])
  assert.ok(kinds.size > 40, String(kinds.size))
})

/** The manifests by what Kubernetes tells them apart by. */
function byIdentity(manifests: readonly Fields[]): Map<string, Fields> {
  const found = new Map<string, Fields>()
  for (const manifest of manifests) {
    const { name, namespace } = fieldsOf(manifest.metadata)
    const identity = [manifest.apiVersion, manifest.kind, namespace ?? '', name].join(' ')
    assert.not(found.has(identity), `${identity} is there twice`)
    found.set(identity, manifest)
  }
  return found
}

const kubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' })

if (kubectl.status === 0) {
  test('kubectl kustomize gives, object for object, what the unit holds', () => {
    const root = mkdtempSync(join(tmpdir(), 'waybill-kustomize-'))
    try {
      for (const { name, units } of written.filter(({ name }) => name !== 'flux')) {
        const folders = new Map<string, Fields[]>()
        for (const [path, text] of units) {
          const file = join(root, name, path)
          mkdirSync(dirname(file), { recursive: true })
          writeFileSync(file, text)
          const unit = path.split('/').slice(0, 3).join('/')
          if (isManifest(path)) folders.set(unit, [...(folders.get(unit) ?? []), fieldsOf(parse(text))])
        }
        for (const [unit, manifests] of folders) {
          const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(root, name, unit)], {
            encoding: 'utf8',
            maxBuffer: 2 ** 26,
          })
          assert.is(status, 0, `${name} ${unit}: ${stderr}`)
          const built = parseAllDocuments(stdout).map(document => fieldsOf(document.toJS()))
          assert.equal(byIdentity(built), byIdentity(manifests), `${name} ${unit}`)
        }
      }
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
} else {
  console.log('skipped: kubectl kustomize gives what the unit holds: there is no kubectl')
  test.skip('kubectl kustomize gives, object for object, what the unit holds')
}

test('the bakery stays six lines, small, and without pages that nobody asked for', () => {
  const lines = (diskTree(`${TEMPLATES}/platforms/bakery`).read('platform.yaml') ?? '').trimEnd().split('\n')
  assert.is(lines.length, 6)
  const bakery = written.find(({ name }) => name === 'bakery')
  const manifests = [...(bakery?.units.keys() ?? [])].filter(isManifest)
  // Whoever adds one asks first whether a bakery needs it.
  assert.is(manifests.length, 67)
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  assert.match(readme, '67 manifests added')
  assert.equal([...(bakery?.annexes.keys() ?? [])], [])
})

test.run()
