import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as synth from '../src/cli/synth.ts'
import { applyChanges, completePending, diskTree } from '../src/files.ts'
import { InputError } from '../src/spec/problem.ts'
import { planSynth } from '../src/synth/plan.ts'
import { readUnitFile } from '../src/synth/unit-file.ts'
import { BAKERY, platformOf } from './platform-fixture.ts'
import { PIPELINE, type Repository, repository } from './repository-fixture.ts'

const bin = fileURLToPath(new URL('../src/cli/bin.js', import.meta.url))
const northwind = fileURLToPath(new URL('../../templates/platforms/northwind', import.meta.url))
const UNIT = 'environments/production/bakery'
const WEB = `${UNIT}/bakery-production-app/deployment.odoo-web.yaml`

const test = suite<{ repo: Repository }>('synth')

test.before.each(async context => {
  context.repo = repository({ 'platform.yaml': BAKERY })
  await context.repo.run(synth, [])
})
test.after.each(({ repo }) => repo.dispose())

/** The message of the problem that an act ends with. */
async function refusal(act: () => Promise<unknown>): Promise<string> {
  try {
    await act()
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ file, message }) => `${file}: ${message}`).join('\n')
    throw error
  }
  return 'no refusal'
}

test('other time zones, locales, folders and settings of cdk8s leave no trace in the bytes', ({ repo }) => {
  const worlds = [
    { TZ: 'UTC', LC_ALL: 'C' },
    {
      TZ: 'Pacific/Auckland',
      LC_ALL: 'tr_TR.UTF-8',
      CDK8S_DISABLE_SORT: '1',
      CDK8S_LEGACY_HASH: '1',
      CDK8S_RECORD_CONSTRUCT_METADATA: '1',
      CDK8S_OUTDIR: '/nowhere',
    },
  ].map(env => {
    const folder = mkdtempSync(join(tmpdir(), `waybill-${env.TZ.length}-`))
    cpSync(northwind, folder, { recursive: true })
    const done = spawnSync(process.execPath, [bin, '-C', folder, 'synth'], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })
    assert.is(done.status, 0, done.stderr)
    const tree = Object.fromEntries(diskTree(folder).below('environments'))
    rmSync(folder, { recursive: true })
    return tree
  })
  assert.ok(Object.keys(worlds[0] ?? {}).length > 100)
  assert.equal(worlds[0], worlds[1])
  assert.ok(existsSync(repo.root))
})

test('a second run finds nothing to do', async ({ repo }) => {
  const before = repo.below('environments')
  const again = await repo.run(synth, [])
  assert.match(again.text, /2 units: 0 manifests added, 0 changed, 0 removed; 2 units unchanged/)
  assert.equal(repo.below('environments'), before)
})

test('the check passes after synth', async ({ repo }) => {
  const checked = await repo.run(synth, [], { check: true })
  assert.is(checked.code, 0)
  assert.match(checked.text, /^2 units, \d+ files: the tree is what it says it is$/)
})

const DAMAGE: readonly (readonly [what: string, damage: (repo: Repository) => void, told: RegExp])[] = [
  [
    'a hand edit',
    repo => repo.edit(WEB, text => text.replace('replicas: 2', 'replicas: 3')),
    /deployment\.odoo-web\.yaml was changed by hand/,
  ],
  ['a deletion', repo => rmSync(join(repo.root, WEB)), /deployment\.odoo-web\.yaml is missing/],
  [
    'a stray file',
    repo => repo.write(`${UNIT}/notes.txt`, 'mine'),
    /production\/bakery\/notes\.txt is not a file of this unit/,
  ],
  [
    'an unchanged tree under a changed spec',
    repo => repo.edit('platform.yaml', text => text.replace('users: 25', 'users: 26')),
    /production\/bakery was rendered from other local settings/,
  ],
  [
    'a changed release',
    repo => repo.edit('platform.yaml', text => text.replace('18.0', '17.0')),
    /production\/bakery holds revision [0-9a-f]{12}, the spec says [0-9a-f]{12}/,
  ],
  ['a missing unit', repo => rmSync(join(repo.root, UNIT), { recursive: true }), /production\/bakery is missing/],
]

for (const [what, damage, told] of DAMAGE) {
  test(`the check names ${what}`, async ({ repo }) => {
    damage(repo)
    const checked = await repo.run(synth, [], { check: true })
    assert.is(checked.code, 1)
    assert.match(checked.text, told)
  })
}

test('a digest that a person changed along with the file is seen by rendering again', async ({ repo }) => {
  const { digestOf } = await import('../src/synth/canonical-json.ts')
  const before = repo.read(WEB)
  const after = before.replace('replicas: 2', 'replicas: 3')
  repo.write(WEB, after)
  repo.edit(`${UNIT}/unit.json`, text => text.replace(digestOf(before), digestOf(after)))
  const checked = await repo.run(synth, [], { check: true })
  assert.is(checked.code, 1)
  assert.match(checked.text, /deployment\.odoo-web\.yaml does not render again to the same bytes/)
})

test('a promoted half that a person changed is refused', async ({ repo }) => {
  repo.edit(`${UNIT}/unit.json`, text => text.replace('"odoo": "18.0"', '"odoo": "17.0"'))
  assert.match(
    await refusal(() => repo.run(synth, [])),
    /unit\.json: the promoted half does not have the digest [0-9a-f]{12} that the file states/,
  )
})

test('a file that a person changed is not overwritten, and nothing at all is written', async ({ repo }) => {
  repo.edit(WEB, text => text.replace('replicas: 2', 'replicas: 9'))
  repo.edit('platform.yaml', text => text.replace('users: 25', 'users: 60'))
  const before = repo.below('.')
  assert.match(
    await refusal(() => repo.run(synth, [])),
    /deployment\.odoo-web\.yaml: the file was changed by hand, and writing it would lose that change/,
  )
  assert.equal(repo.below('.'), before)
})

test('deleting the changed file is the way out', async ({ repo }) => {
  repo.edit(WEB, text => text.replace('replicas: 2', 'replicas: 9'))
  rmSync(join(repo.root, WEB))
  repo.edit('platform.yaml', text => text.replace('users: 25', 'users: 60'))
  await repo.run(synth, [])
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
})

test('what is no longer wanted is removed, and what waybill did not write stays', async ({ repo }) => {
  repo.write('environments/production/README.md', 'ours')
  repo.edit('platform.yaml', text => text.replace('users: 25', 'tier: bronze'))
  const written = await repo.run(synth, [])
  assert.match(written.text, /production\/bakery {4}changed {2}~\d+ −\d+/)
  assert.not(existsSync(join(repo.root, `${UNIT}/bakery-production-data/scheduledbackup.database-backups.yaml`)))
  assert.is(repo.read('environments/production/README.md'), 'ours')
})

test('a stray file at the path of a new manifest is refused', async ({ repo }) => {
  repo.edit('platform.yaml', text => text.replace('users: 25', 'tier: bronze'))
  await repo.run(synth, [])
  repo.write(`${UNIT}/bakery-production-data/scheduledbackup.database-backups.yaml`, 'mine')
  repo.edit('platform.yaml', text => text.replace('tier: bronze', 'users: 25'))
  assert.match(
    await refusal(() => repo.run(synth, [])),
    /the file is not one that waybill wrote, and one of its own has to stand at its path/,
  )
})

test('an override merges into the manifest that it names, and a finding there leads to it', async ({ repo }) => {
  repo.edit('platform.yaml', text =>
    text.replace(
      'users: 25',
      'users: 25, overrides: {Deployment/odoo-web: {spec: {revisionHistoryLimit: 7, paused: null}}}',
    ),
  )
  await repo.run(synth, [])
  assert.match(repo.read(WEB), 'revisionHistoryLimit: 7')
  const { files } = readUnitFile('unit.json', repo.read(`${UNIT}/unit.json`))
  assert.is(
    files['bakery-production-app/deployment.odoo-web.yaml']?.origins?.['spec.revisionHistoryLimit'],
    'tenants.bakery.environments.production.overrides["Deployment/odoo-web"].spec.revisionHistoryLimit',
  )
})

test('an override that matches nothing is an error with the nearest name', async ({ repo }) => {
  repo.edit('platform.yaml', text =>
    text.replace('users: 25', 'overrides: {Deployment/odo-web: {spec: {paused: true}}}'),
  )
  assert.is(
    await refusal(() => repo.run(synth, [])),
    'platform.yaml: the override "Deployment/odo-web" matches no manifest of the unit',
  )
})

test('files of plain YAML join the unit, and travel with it by content', async ({ repo }) => {
  repo.write(
    'extra/note.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note, namespace: bakery-production-app}\ndata: {no: 0644}\n',
  )
  repo.edit('platform.yaml', text => text.replace('    release:', '    extra: [extra/note.yaml]\n    release:'))
  await repo.run(synth, [])
  assert.match(repo.read(`${UNIT}/bakery-production-app/configmap.note.yaml`), '"false": 420')
  assert.match(repo.read(`${UNIT}/kustomization.yaml`), 'bakery-production-app/configmap.note.yaml')
  repo.edit('extra/note.yaml', text => text.replace('0644', '"x"'))
  assert.is(
    (await repo.run(synth, [], { check: true })).code,
    1,
    'the content of the file is part of the promoted half',
  )
})

test('an extra file that is not YAML is told where it is wrong', async ({ repo }) => {
  repo.write('extra/note.yaml', 'apiVersion: v1\nkind: ConfigMap\n\tmetadata: x\n')
  repo.edit('platform.yaml', text => text.replace('    release:', '    extra: [extra/note.yaml]\n    release:'))
  assert.match(await refusal(() => repo.run(synth, [])), /^extra\/note\.yaml: .*tab/)
})

test('two manifests for one path are an error that names both makers', async ({ repo }) => {
  repo.write(
    'extra/web.yaml',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: odoo-web, namespace: bakery-production-app}\n',
  )
  repo.edit('platform.yaml', text => text.replace('    release:', '    extra: [extra/web.yaml]\n    release:'))
  assert.match(
    await refusal(() => repo.run(synth, [])),
    /Deployment\/bakery-production-app\/odoo-web is made twice, by .*web.* and by extra\/web\.yaml, and one file cannot hold both/,
  )
})

test('an error in one tenant writes nothing of the others', async ({ repo }) => {
  repo.edit(
    'platform.yaml',
    text =>
      `${text.replace('users: 25', 'users: 80')}  zoo: {release: {odoo: "18.0", image: "registry.example/z/odoo@sha256:${'ab'.repeat(32)}"}, environments: {production: {host: z.example, database: {instances: 1}}}}\n`,
  )
  const before = repo.below('environments')
  assert.match(
    await refusal(() => repo.run(synth, [])),
    /objectives\.rto 5m asks for a failover, and 1 database instance has none/,
  )
  assert.equal(repo.below('environments'), before)
})

test('a run that is killed before its journal stands leaves nothing, and one after it is completed', ({ repo }) => {
  repo.write('.waybill/pending/0', 'half')
  assert.not(completePending(repo.root))
  assert.not(existsSync(join(repo.root, '.waybill')))

  repo.write('.waybill/pending/0', 'new')
  repo.write('.waybill/pending/journal.json', JSON.stringify([{ path: 'a/b.txt', staged: '0' }, { path: WEB }]))
  assert.ok(completePending(repo.root))
  assert.is(repo.read('a/b.txt'), 'new')
  assert.not(existsSync(join(repo.root, WEB)))
  assert.not(existsSync(join(repo.root, '.waybill')))
})

test('all changes are applied, and folders that become empty go', ({ repo }) => {
  repo.write('x/y/old.txt', 'old')
  applyChanges(repo.root, [
    { path: 'x/y/old.txt', before: 'old', after: undefined },
    { path: 'n/new.txt', before: undefined, after: 'new' },
  ])
  assert.not(existsSync(join(repo.root, 'x')))
  assert.is(repo.read('n/new.txt'), 'new')
})

test('a later environment that another version rendered is left alone until something else changes', ({ repo }) => {
  const folder = join(repo.root, 'pipeline')
  const plan = (text: string, generator: string) =>
    planSynth({ platform: platformOf(text), generator, reader: diskTree(folder) })
  applyChanges(
    folder,
    plan(PIPELINE, 'one').flatMap(({ changes }) => changes),
  )
  cpSync(join(folder, 'environments/dev'), join(folder, 'environments/staging'), { recursive: true })
  for (const unit of readdirSync(join(folder, 'environments/staging'))) {
    const file = join(folder, 'environments/staging', unit, 'unit.json')
    const { environment: _, ...rest } = readUnitFile(
      file,
      diskTree(folder).read(`environments/staging/${unit}/unit.json`) ?? '',
    )
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: 'waybill.dev/v1alpha1', kind: 'Unit', environment: 'staging', ...rest }),
    )
  }
  applyChanges(
    folder,
    plan(PIPELINE, 'one').flatMap(({ changes }) => changes),
  )
  const states = (text: string) =>
    Object.fromEntries(plan(text, 'two').map(({ environment, unit, state }) => [`${environment}/${unit}`, state]))
  assert.equal(states(PIPELINE), {
    'dev/platform': 'changed',
    'dev/shop': 'changed',
    'staging/platform': 'left',
    'staging/shop': 'left',
    'production/platform': 'waiting',
    'production/shop': 'waiting',
  })
  assert.is(
    states(PIPELINE.replace('staging.shop.example, users: 5', 'staging.shop.example, users: 50'))['staging/shop'],
    'changed',
  )
})

test('only the units whose halves changed are rendered', async ({ repo }) => {
  repo.edit(
    'platform.yaml',
    text =>
      `${text}  zoo: {release: {odoo: "18.0", image: "registry.example/z/odoo@sha256:${'ab'.repeat(32)}"}, environments: {production: {host: z.example}}}\n`,
  )
  const written = await repo.run(synth, [])
  const states = (written.data.units as readonly { unit: string; state: string }[]).map(
    ({ unit, state }) => `${unit} ${state}`,
  )
  assert.equal(states, ['platform unchanged', 'bakery unchanged', 'zoo added'])
})

test('a preview shows an environment as if all had been promoted, and touches no tree', async ({ repo }) => {
  repo.write('platform.yaml', PIPELINE)
  rmSync(join(repo.root, 'environments'), { recursive: true })
  const shown = await repo.run(synth, [], { env: 'production', out: 'out/preview' })
  assert.match(
    shown.text,
    /^2 units of production, \d+ manifests, in out\/preview\n\nassumes in the cluster:\n {2}operators: CloudNativePG/,
  )
  assert.match(repo.read('out/preview/shop/shop-production-app/ingressroute.odoo.yaml'), 'shop.example')
  assert.not(existsSync(join(repo.root, 'environments')))
  await repo.run(synth, [], { env: 'dev', out: 'out/preview' })
  assert.not(existsSync(join(repo.root, 'out/preview/shop/shop-production-app')), 'the earlier preview is gone')
  repo.write('out/other/mine.txt', 'x')
  assert.match(
    await refusal(() => repo.run(synth, [], { env: 'dev', out: 'out/other' })),
    /the folder holds files that no preview wrote/,
  )
})

test('an unknown environment or tenant is told with the nearest one', async ({ repo }) => {
  assert.is(await refusal(() => repo.run(synth, [], { env: 'prod', out: 'x' })), 'prod: there is no environment "prod"')
  assert.is(await refusal(() => repo.run(synth, [], { tenant: 'bakry' })), 'bakry: there is no tenant "bakry"')
})

test.run()
