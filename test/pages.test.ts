import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import picomatch from 'picomatch'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { platformIn } from '../src/cli/workspace.ts'
import { diskTree } from '../src/files.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { type Fields, fieldsOf, isFields, listOf } from '../src/manifest/value.ts'
import { registryOf } from '../src/schema/registry.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'
import type { Platform } from '../src/spec/platform.ts'
import { InputError } from '../src/spec/problem.ts'
import { FALLBACKS, OCCASIONAL, RUNBOOKS, SHARED_RUNBOOK } from '../src/spec/runbook.ts'
import { settle } from '../src/spec/settle.ts'
import { unitsOf } from '../src/spec/unit.ts'
import { catalogPages } from '../src/synth/pages/catalog.ts'
import { runbookPages } from '../src/synth/pages/runbooks.ts'
import { fill, placeholdersOf } from '../src/synth/pages/template.ts'
import { render } from '../src/synth/render.ts'
import { at, BAKERY, IMAGE } from './charts-unit.ts'
import { unitFilesOf } from './example-tree.ts'
import { platformOf } from './platform-fixture.ts'

const root = fileURLToPath(new URL('../../templates/', import.meta.url))
const text = (path: string) => readFileSync(`${root}${path}`, 'utf8')

const TEMPLATES = new Map(readdirSync(`${root}runbooks`).map(name => [`runbooks/${name}`, text(`runbooks/${name}`)]))

const disk = diskTree(`${root}platforms/northwind`)

/** Northwind with some of its files changed. */
function northwindWith(changed: Readonly<Record<string, string>>): Platform {
  return platformIn({ ...disk, read: path => changed[path] ?? disk.read(path) })
}

/** The pages of a platform, and the manifests that it has everywhere. */
function pagesOf(platform: Platform) {
  const units = platform.environments.flatMap(environment => unitsOf(platform, environment))
  const settings = units.filter(({ local }) => local.tenant !== undefined).map(unit => settle(unit).settings)
  const manifests = units.flatMap(unit =>
    [...render(unit, 'test', platform.locate)]
      .filter(([path]) => path.endsWith('.yaml'))
      .map(([, yaml]) => fieldsOf(parse(yaml))),
  )
  return {
    platform,
    runbooks: runbookPages(platform, settings, TEMPLATES),
    catalog: catalogPages(platform, settings),
    manifests,
  }
}

type Written = ReturnType<typeof pagesOf>

const northwind = pagesOf(northwindWith({}))

/** Two tenants whose work is on the servers of the environment, and one that has its own. */
const VILLAGE = `
apiVersion: waybill.dev/v1alpha1
kind: Platform
metadata: {name: village}
gitops: {engine: argocd, repository: "https://git.village.example/platform.git"}
operators: managed
identity: {groups: {platform: village-platform, database: village-dba, audit: village-audit}}
objectStorage: {bucket: village-backups}
observability: {runbooks: https://git.village.example/platform/blob/main}
environments:
  trial: {tier: bronze, shared: {}}
  production: {tier: silver, shared: {tenants: 4, connections: 120}}
tenants:
  inn:
    tenancy: shared
    release: {odoo: "18.0", image: "${IMAGE}", modules: [sale, queue_job, session_db]}
    migration:
      from: {system: ledgers}
      inventory: {versions: [], modules: [], interfaces: [], reports: [], exchanges: [], logins: [], retention: []}
      cutover: {begins: 2027-02-07 22:00, lasts: 8h, freeze: 36h, rollbackBy: 5h, rollbackWhen: [no beds], signOff: [host]}
    environments:
      trial: {tier: bronze, host: trial.inn.example, users: 5, rehearsal: {users: 10, failover: false}}
      production: {tier: silver, host: inn.example, users: 20}
  mill:
    tenancy: shared
    release: {odoo: "17.0", image: "${IMAGE}", modules: [stock, session_redis]}
    environments:
      production: {tier: silver, host: mill.example, users: 10}
  castle:
    release: {odoo: "18.0", image: "${IMAGE}", modules: [sale]}
    environments:
      production: {tier: gold, host: castle.example, users: 60}
`

const village = pagesOf(platformOf(VILLAGE))
const SHARED = 'platform-production-data'
const ACME = text('platforms/northwind/tenants/acme-retail.yaml')

test('a template is filled in everywhere, and one that asks for what nobody has is a fault', () => {
  const templates = new Map([['a', '# {{one}}\n\n\n{{two}}\n\n\nend\n\n']])
  assert.is(fill(templates, 'a', { one: '1', two: '' }), '# 1\n\nend\n')
  assert.equal([...placeholdersOf('{{one}} {{two}} {{one}}')], ['one', 'two'])
  assert.throws(() => fill(templates, 'a', { one: '1' }), 'nothing fills "two"')
  assert.throws(() => fill(templates, 'b', {}), 'there is no template "b"')
})

test('every template becomes a page of the example, with nothing left to fill in', () => {
  const written = new Set([...northwind.runbooks.keys()].map(path => path.replace(/^[^/]+\//, 'runbooks/')))
  assert.equal(
    [...TEMPLATES.keys()].filter(name => !written.has(name)),
    ['runbooks/restore-shared.md'],
    'a template that nobody sees, but for that of tenants whose production is shared',
  )
  for (const [path, page] of [northwind, village].flatMap(({ runbooks, catalog }) => [...runbooks, ...catalog])) {
    assert.not.match(page, /\{\{[a-z_]+\}\}|undefined|NaN|\[object/, path)
    assert.match(page, /[^\n]\n$/, path)
    assert.not.match(page, /\n{3}/, path)
  }
})

test('every page that an alert may lead to has a template', () => {
  for (const name of [...RUNBOOKS, ...FALLBACKS, ...OCCASIONAL, SHARED_RUNBOOK]) {
    assert.ok(TEMPLATES.has(`runbooks/${name}.md`), name)
  }
})

test('an alert leads to a page that is there', () => {
  let count = 0
  for (const { kind, spec } of northwind.manifests) {
    if (kind !== 'PrometheusRule') continue
    for (const rule of listOf(at(spec, 'groups')).flatMap(group => listOf(at(group, 'rules')))) {
      const url = at(rule, 'annotations', 'runbook_url')
      if (url === undefined) continue
      const [, page = ''] = /\/runbooks\/(.+)$/.exec(String(url)) ?? []
      assert.ok(northwind.runbooks.has(page), `${String(at(rule, 'alert'))}: ${page}`)
      count += 1
    }
  }
  assert.ok(count > 200, String(count))
})

for (const { platform, runbooks, catalog } of [northwind, village]) {
  test(`a link between pages of ${platform.name} leads to a page`, () => {
    const all = new Set([
      ...[...runbooks.keys()].map(path => `runbooks/${path}`),
      ...[...catalog.keys()].map(path => `catalog/${path}`),
    ])
    const folders = new Set([...all].map(path => path.replace(/[^/]+$/, '')))
    for (const [tree, pages] of [
      ['runbooks', runbooks],
      ['catalog', catalog],
    ] as const) {
      for (const [path, page] of pages) {
        for (const [, link = ''] of page.matchAll(/\]\(([^)#]+)\)/g)) {
          const target = new URL(link, `file:///${tree}/${path}`).pathname.slice(1)
          assert.ok(all.has(target) || folders.has(target), `${tree}/${path} links to ${link}`)
        }
      }
    }
  })
}

/** The manifests by kind, as `namespace/name`. */
function namesOf({ manifests }: Written, kind: string): Set<string> {
  return new Set(
    manifests
      .filter(manifest => manifest.kind === kind)
      .map(({ metadata }) => `${String(fieldsOf(metadata).namespace ?? '')}/${String(fieldsOf(metadata).name)}`),
  )
}

/** Namespaces that others make. */
const FOREIGN = ['traefik', 'cnpg-system', 'redis-operator', 'argocd', 'disk-trial']
/** A namespace with a server in it that comes and goes; its manifest stands in a ConfigMap. */
const GUESTS = /-restore\/restore-test|^platform-[a-z]+-data\/restored$/

/** What commands name, by its kind. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/-n ([a-z0-9-]+) (?:logs|exec) (?:-f )?deploy\/([a-z-]+)/g, 'Deployment'],
  [/-n ([a-z0-9-]+) (?:rollout (?:restart|status)|scale) deployment ([a-z]+-[a-z-]+)/g, 'Deployment'],
  [/-n ([a-z0-9-]+) create job --from=cronjob\/([a-z-]+)/g, 'CronJob'],
  [/-n ([a-z0-9-]+) get configmap ([a-z-]+)/g, 'ConfigMap'],
  [/-n ([a-z0-9-]+) (?:get|describe) certificate ([a-z-]+)/g, 'Certificate'],
  [/-n ([a-z0-9-]+) (?:get|delete|patch|describe|wait) cluster ([a-z-]+)/g, 'Cluster'],
  [/-n ([a-z0-9-]+) get networkpolicy ([a-z-]+)/g, 'NetworkPolicy'],
  [/-n ([a-z0-9-]+) annotate externalsecret ([a-z-]+)/g, 'ExternalSecret'],
  // The Secret has the name of what reads it from the store.
  [/-n ([a-z0-9-]+) get secret ([a-z-]+)/g, 'ExternalSecret'],
]
/** The same of commands of the operator, which name the namespace last. */
const OF_SERVERS = /kubectl cnpg (?:psql|status|restart|promote|backup|fencing off) ([a-z-]+)[^\n]*? -n ([a-z0-9-]+)/g

for (const written of [northwind, village]) {
  test(`commands of ${written.platform.name} name what is there: namespaces, workloads, tests, certificates, databases`, () => {
    const namespaces = namesOf(written, 'Namespace')
    const clusters = namesOf(written, 'Cluster')
    const paths = [...unitFilesOf(written.platform).keys()]
    let count = 0
    for (const [path, page] of written.runbooks) {
      for (const [, namespace = ''] of page.matchAll(/ -n ([a-z0-9-]+)/g)) {
        assert.ok(FOREIGN.includes(namespace) || namespaces.has(`/${namespace}`), `${path}: ${namespace}`)
      }
      for (const [pattern, kind] of NAMED) {
        const known = namesOf(written, kind)
        for (const [, namespace = '', name = ''] of page.matchAll(pattern)) {
          const found = `${namespace}/${name}`
          if (FOREIGN.includes(namespace) || (kind === 'Cluster' && GUESTS.test(found))) continue
          assert.ok(known.has(found), `${path}: ${kind} ${found}`)
          count += 1
        }
      }
      for (const [, name = '', namespace = ''] of page.matchAll(OF_SERVERS)) {
        const found = `${namespace}/${name}`
        assert.ok(clusters.has(found) || GUESTS.test(found), `${path}: ${found}`)
        count += 1
      }
      for (const [, file = ''] of page.matchAll(/kubectl apply -[fk] (environments\/\S+)/g)) {
        const matches = picomatch(file)
        assert.ok(paths.includes(`${file}/kustomization.yaml`) || paths.some(each => matches(each)), `${path}: ${file}`)
        count += 1
      }
      for (const [, database = ''] of page.matchAll(/kubectl cnpg psql [a-z-]+ -n [a-z-]+ -- ([a-z0-9_]+)/g)) {
        const [tenant = ''] = path.split('/')
        assert.is(database, `${tenant.replaceAll('-', '_')}_production`, path)
      }
    }
    assert.ok(count > 80, String(count))
  })
}

test('a tenant on shared servers comes back beside the others, and its pages say whom else they concern', () => {
  const page = (name: string) => village.runbooks.get(`inn/${name}.md`) ?? ''
  for (const name of ['backup-failing', 'database-pressure', 'db-failover', 'restore', 'volume-full']) {
    assert.match(page(name), /in `platform-production-data` carries inn, mill: /, name)
    assert.match(page(name), /Whoever answers for village decides it.*and `village-dba` types it/, name)
    assert.not.match(village.runbooks.get(`castle/${name}.md`) ?? '', /inn|carries/, name)
  }
  for (const [path, text] of village.runbooks) {
    if (path.startsWith('castle/')) continue
    assert.not.match(text, /delete cluster database|patch pv|`?database\.(archive|size|cpu|maxConnections)/, path)
    assert.not.match(text, /(?:cnpg|cluster|pvc|psql)[^\n]* -n (?:inn|mill)-/, path)
  }
  assert.match(page('restore'), /s3:\/\/village-backups\/platform\/production/)
  assert.match(page('volume-full'), /`shared\.size` under `environments\.production` \(now 40 GiB\)/)
  assert.match(page('volume-full'), /patch application platform-production /)
  assert.match(page('rollback'), /grep before-inn-/)
  assert.match(page('cutover'), /-n platform-production-data get secret inn-database /)
  assert.match(page('rehearsal'), /-n platform-production-data get configmap restored /)
  // Sessions in servers of its own stay where they are.
  assert.match(village.runbooks.get('mill/sessions-lost.md') ?? '', /-n mill-production-data get pods -l app=sessions/)
  const rebuild = village.runbooks.get('platform/rebuild.md') ?? ''
  assert.match(rebuild, /inn, mill \| `shared: \{archive: 2, /)
  assert.match(rebuild, /s3:\/\/village-backups\/platform\/production\/database-17\/wals\//)
  const { objectives } = parse(village.catalog.get('objectives.yaml') ?? '') as { objectives: Fields[] }
  const inn = objectives.find(({ tenant }) => tenant === 'inn')
  assert.is(at(inn, 'keptBy', 'backups', 'archive'), 's3://village-backups/platform/production/database-17')
})

test('the server beside shared ones is one that the operator takes, and reads the archive up to a moment', () => {
  const [files] = village.manifests.filter(
    ({ kind, metadata }) =>
      kind === 'ConfigMap' && at(metadata, 'name') === 'restored' && at(metadata, 'namespace') === SHARED,
  )
  const cluster = JSON.parse(String(at(files, 'data', 'restored.json'))) as Manifest
  const checked = validate(registryOf(builtSchemas()), cluster)
  assert.equal('problems' in checked ? checked.problems : checked, [])
  assert.is(at(cluster, 'metadata', 'namespace'), SHARED)
  assert.equal(at(cluster, 'spec', 'bootstrap', 'recovery'), {
    source: 'origin',
    database: 'platform',
    owner: 'platform',
    recoveryTarget: { targetTime: 'MOMENT' },
  })
  assert.is(at(cluster, 'spec', 'plugins'), undefined, 'an archive has one writer')
  const page = village.runbooks.get('inn/restore.md') ?? ''
  assert.match(page, /sed 's\/MOMENT\/2026-01-31 10:15:00\+01:00\/'/)
  const reached = village.manifests
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && at(metadata, 'namespace') === SHARED)
    .filter(({ spec }) => at(spec, 'podSelector', 'matchLabels', 'cnpg.io/cluster') === 'restored')
  assert.equal(reached.map(({ metadata }) => at(metadata, 'name')).sort(), [
    'restored-from-operator',
    'restored-to-api-server',
    'restored-to-object-storage',
  ])
})

/** What no group may do, for whoever may do it may do anything: commands that take the sealed account. */
const SEALED =
  /rollout restart|create job |annotate externalsecret|cmctl renew|create secret|patch application|flux (suspend|resume)|patch pv|delete cluster|delete pvc|kubectl apply|kubectl delete|get secret|create namespace|delete namespace|get configmap [^\n]*apply|-app exec /

test('a command that takes the sealed account says so: in its step, in its section, or for the whole page', () => {
  let count = 0
  for (const { runbooks } of [northwind, village]) {
    for (const [path, page] of runbooks) {
      const [opening = '', ...sections] = page.split(/^(?=## )/m)
      if (/sealed account/.test(opening)) continue
      for (const section of sections) {
        const [introduction = ''] = section.split(/^(?: {4}|\d\. )/m)
        const steps = section.split(/^(?=\d\. |[^\s\d|])/m)
        for (const step of steps) {
          if (!SEALED.test(step)) continue
          assert.match(`${introduction}${step}`, /sealed account/, `${path}: ${step}`)
          count += 1
        }
      }
    }
  }
  assert.ok(count > 20, String(count))
})

test('delivery rests while something is done by hand that it would undo, and goes on afterwards', () => {
  const engines = {
    argocd: [
      'kubectl -n argocd patch application acme-retail-production --type merge -p \'{"spec":{"syncPolicy":{"automated":null}}}\'',
      'kubectl -n argocd patch application acme-retail-production --type merge -p \'{"spec":{"syncPolicy":{"automated":{"prune":true,"selfHeal":true,"allowEmpty":false}}}}\'',
    ],
    flux: [
      'flux suspend kustomization acme-retail-production -n flux-system',
      'flux resume kustomization acme-retail-production -n flux-system',
    ],
    none: [undefined, 'kubectl apply -k environments/production/acme-retail'],
  }
  const platformYaml = text('platforms/northwind/platform.yaml')
  for (const [engine, [stop, go = '']] of Object.entries(engines)) {
    const operators = engine === 'none' ? 'operators: assumed' : 'operators: managed'
    const { runbooks } = pagesOf(
      northwindWith({
        'platform.yaml': platformYaml
          .replace('engine: argocd', `engine: ${engine}`)
          .replace('operators: managed', operators),
      }),
    )
    for (const page of ['restore', 'cutover', 'dr-switch', 'volume-full', 'rollback']) {
      const lines = (runbooks.get(`acme-retail/${page}.md`) ?? '').split('\n').map(line => line.trim())
      const byHand = lines.findIndex(line => /(scale deployment .*--replicas=0|patch cluster database)/.test(line))
      assert.ok(byHand > 0, page)
      assert.ok(lines.indexOf(go) > byHand, `${engine} ${page}: goes on`)
      if (stop !== undefined) assert.ok(lines.indexOf(stop) >= 0 && lines.indexOf(stop) < byHand, `${engine} ${page}`)
    }
  }
})

test('a page fits on a sheet of paper or two', () => {
  for (const [path, page] of northwind.runbooks)
    assert.ok(page.split('\n').length <= 85, `${path}: ${page.split('\n').length}`)
})

test('the catalogue knows every system, who answers for it, and what happens while it is away', () => {
  const { integrations } = parse(northwind.catalog.get('integrations.yaml') ?? '') as { integrations: Fields[] }
  const opened = northwind.manifests
    .filter(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && String(fieldsOf(metadata).name).startsWith('integration-'),
    )
    .map(({ metadata }) => String(fieldsOf(metadata).name).replace('integration-', ''))
  const out = integrations.filter(({ direction }) => direction === 'out')
  assert.equal(new Set(opened), new Set(out.map(({ name }) => name)), 'what is open and what is listed are the same')
  for (const { owner, name } of out) assert.ok(owner !== undefined, String(name))
  assert.ok(integrations.some(({ direction, name }) => direction === 'in' && name === 'machines'))
  const page = northwind.catalog.get('acme-retail/integrations.md') ?? ''
  const edges = page.split('\n').filter(line => /^ {2}\w.* (-->|==>|-\.->)\|/.test(line))
  // Four systems, one kind of machines, two readers and one follower.
  assert.is(edges.length, 8)
  assert.match(page, /odoo ==>\|"card payments of the shop"\| payment\["payment: api\.psp\.example"\]/)
  for (const edge of edges) assert.match(edge, /^ {2}\w+(\["[^"]*"\])? (-->|==>|-\.->)\|[^|]+\| \w+(\["[^"]*"\])?$/)
})

test('what is promised stands beside the parameters that keep it', () => {
  const { objectives } = parse(northwind.catalog.get('objectives.yaml') ?? '') as { objectives: Fields[] }
  const acme = objectives.find(({ tenant }) => tenant === 'acme-retail')
  assert.equal(at(acme, 'promised', 'afterLosingANode'), { loss: '0', outage: '2m' })
  assert.equal(
    [at(acme, 'keptBy', 'commits'), at(acme, 'keptBy', 'restoreTest'), at(acme, 'keptBy', 'standsBy')],
    ['wait for a standby (required)', 'weekly', 'recovery-site'],
  )
  assert.is(at(acme, 'keptBy', 'backups', 'offsite'), 'eu-north-1/northwind-offsite-backups')
})

test('a migration shows what is signed and what is still to hold, and its cutover when the way back closes', () => {
  const page = northwind.catalog.get('acme-retail/migration.md') ?? ''
  const waves = page.split('## Wave ').slice(1)
  assert.is(waves.length, 4)
  assert.match(waves[0] ?? '', /Signed by M\. Keller on 2026-10-12\.[\s\S]*- \[x\]/)
  assert.match(waves[2] ?? '', /\*\*Not signed\.\*\*[\s\S]*- \[ \] store 007 has sold for four weeks with it/)
  assert.match(waves[3] ?? '', /Begins when wave 3 is signed/)
  const plan = northwind.runbooks.get('acme-retail/cutover.md') ?? ''
  assert.match(plan, /The way back is open until 5h after the beginning/)
  assert.match(plan, /\| store-operations \| {2}\| {2}\|/)
  assert.not.ok(northwind.runbooks.has('baltic-dist/cutover.md'))
})

test('a migration that signs out of order, or leaves no time to go back, is refused at its line', () => {
  const refused = (from: string, to: string) => {
    try {
      pagesOf(northwindWith({ 'tenants/acme-retail.yaml': ACME.replace(from, to) }))
    } catch (error) {
      if (error instanceof InputError) return error.problems.map(({ message, start }) => [message, start !== undefined])
      throw error
    }
    return []
  }
  assert.equal(
    refused('    rehearsal:\n      exit:', '    rehearsal:\n      signed: {by: X, on: 2026-11-01}\n      exit:'),
    [['the wave "rehearsal" is signed, and "non-production" before it is not', true]],
  )
  assert.equal(refused('rollbackBy: 5h', 'rollbackBy: 8h'), [
    ['the way back is open for longer than the cutover may take, so nobody decides in time', true],
  ])
  assert.match(String(refused('    reports: ', '    rumours: ')[0]?.[0]), /"reports"|"rumours"/)
})

test('pages that nobody asked for are not written', () => {
  const bakery = pagesOf(platformOf(BAKERY))
  assert.equal([...bakery.runbooks.keys()], [])
  assert.equal([...bakery.catalog.keys()], [])
})

test('a signature, or another phone number, gives nobody a new revision', () => {
  const changed = ACME.replace('+33 1 5550 10', '+33 1 5550 11').replace('by: M. Keller', 'by: A. Weber')
  assert.is.not(changed, ACME)
  const promoted = (yaml: string) => {
    const platform = northwindWith({ 'tenants/acme-retail.yaml': yaml })
    return platform.tenants.map(tenant => tenant.promoted)
  }
  assert.equal(promoted(changed), promoted(ACME))
  assert.not.ok(promoted(ACME).some(half => isFields(half) && ('contacts' in half || 'migration' in half)))
})

test.run()
