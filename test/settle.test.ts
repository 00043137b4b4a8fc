import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Settled, settle } from '../src/spec/settle.ts'
import { unitOf } from '../src/spec/unit.ts'
import { DIGEST, platformOf } from './platform-fixture.ts'

/** The settings of tenant `x` in production, whose keys are given as YAML in flow style. */
function settled(local: string, shared = '', environment = ''): Settled {
  const platform = platformOf(
    [
      'apiVersion: waybill.dev/v1alpha1',
      'kind: Platform',
      `environments: {production: {${environment}}}`,
      'tenants:',
      '  x:',
      `    release: {odoo: "18.0", image: "registry.example/x/odoo@sha256:${DIGEST}"}`,
      ...(shared === '' ? [] : [`    ${shared}`]),
      `    environments: {production: {host: x.example${local === '' ? '' : `, ${local}`}}}`,
      '',
    ].join('\n'),
  )
  const [production] = platform.environments
  const [tenant] = platform.tenants
  assert.ok(production !== undefined && tenant !== undefined)
  return settle(unitOf(platform, production, tenant))
}

function contradictions(local: string, shared = ''): readonly string[] {
  return settled(local, shared).contradictions.map(({ message }) => message)
}

/** users, tier → workers in a pod, pods, pods at peak: by hand from one worker for six people and one spare pod. */
const SIZES: readonly (readonly [local: string, workers: number, pods: number, most: number])[] = [
  ['users: 1, tier: bronze', 2, 1, 1],
  ['users: 12, tier: bronze', 2, 1, 1],
  ['users: 13, tier: bronze', 3, 1, 1],
  ['users: 100, tier: bronze', 6, 3, 3],
  ['users: 25', 5, 2, 2],
  ['users: 36', 6, 2, 2],
  ['users: 37', 6, 3, 3],
  ['users: 25, tier: gold', 3, 3, 5],
  ['users: 420, tier: platinum', 6, 13, 26],
  ['users: 420, tier: platinum, peak: 1', 6, 13, 13],
  ['users: 25, web: {workers: 2}', 2, 4, 4],
  ['users: 25, web: {replicas: 9}', 5, 9, 9],
  ['users: 25, web: {replicas: 9, maxReplicas: 12}', 5, 9, 12],
]

for (const [local, workers, pods, most] of SIZES) {
  test(`{${local}} takes ${pods} to ${most} pods of ${workers} workers`, () => {
    const { web } = settled(local).settings
    assert.equal([web.workers, web.replicas, web.maxReplicas], [workers, pods, most])
  })
}

test('machines add requests a second times their seconds, rounded up', () => {
  const { derivations } = settled('populations: {people: {users: 60}, shop: {rps: 9, seconds: 0.8}}')
  assert.is(derivations.workers?.value, 10 + 8)
})

test('the narrowest layer that speaks of users speaks of all of them', () => {
  const shared = 'populations: {people: {users: 600}, shop: {rps: 15, seconds: 0.8}}'
  assert.is(settled('', shared).derivations.users?.value, 600)
  assert.is(settled('users: 6', shared).derivations.workers?.value, 1)
})

test('the memory of a web pod holds its workers and the websocket child, strictly from platinum on', () => {
  assert.is(settled('users: 25').settings.web.memoryLimit, 400 + 6 * 768)
  assert.is(settled('users: 420, tier: platinum').settings.web.memoryLimit, 7 * 1280)
  assert.is(settled('users: 25').settings.web.memoryRequest, 400 + 5 * 325)
})

test('a more specific layer wins, and each derivation knows the key that decided', () => {
  const key = (result: Settled, name: string) => result.derivations[name]?.keys[0]?.join('.')
  const shared = settled('', 'database: {size: 30Gi}')
  assert.is(shared.settings.database.size, 30 * 1024)
  assert.is(key(shared, 'database.size'), 'tenants.x.database.size')
  const local = settled('database: {size: 40Gi}', 'database: {size: 30Gi}')
  assert.is(local.settings.database.size, 40 * 1024)
  assert.is(key(local, 'database.size'), 'tenants.x.environments.production.database.size')
  assert.is(settled('', '', 'tier: gold').settings.tier, 'gold')
  assert.is(settled('tier: bronze', '', 'tier: gold').settings.tier, 'bronze')
})

test('zero is a value: an objective of no loss is not an absent one', () => {
  assert.is(settled('tier: gold, objectives: {rpo: 0}').settings.objectives.rpo, 0)
})

test('sessions follow the modules of the release', () => {
  const platform = (modules: string, tier: string) =>
    platformOf(
      `apiVersion: waybill.dev/v1alpha1\nkind: Platform\ntenants:\n  x:\n    release: {odoo: "18.0", image: "registry.example/x/odoo@sha256:${DIGEST}", modules: [${modules}]}\n    environments: {production: {host: x.example, tier: ${tier}}}\n`,
    )
  const of = (modules: string, tier: string) => {
    const read = platform(modules, tier)
    const [production] = read.environments
    assert.ok(production)
    return settle(unitOf(read, production, read.tenants[0])).settings.sessions
  }
  assert.is(of('', 'silver'), 'filestore')
  assert.is(of('session_db', 'silver'), 'database')
  assert.is(of('session_redis', 'silver'), 'redis')
  assert.is(of('session_db, session_redis', 'silver'), 'database')
  assert.is(of('session_db, session_redis', 'gold'), 'redis')
})

const CONTRADICTIONS: readonly (readonly [local: string, told: RegExp])[] = [
  ['objectives: {rpo: 1h}', /^objectives\.rpo 1h is looser than tier silver promises \(5m\)$/],
  [
    'tier: gold, database: {instances: 2}',
    /^no data may be lost \(objectives\.rpo 0\), and 2 database instances cannot promise that$/,
  ],
  ['objectives: {rpo: 0}', /^no data may be lost .* 2 database instances cannot promise that$/],
  ['database: {instances: 1}', /^objectives\.rto 5m asks for a failover, and 1 database instance has none$/],
  ['backup: {retention: 7d}', /^backup\.retention 7d is shorter than tier silver promises \(14d\)$/],
  ['web: {replicas: 5, maxReplicas: 3}', /^web\.maxReplicas 3 is below web\.replicas 5$/],
  [
    'web: {workers: 6, memory: 1Gi}',
    /^web\.memory 1024Mi is less than 6 workers take \(2350Mi\), so the kernel would kill them$/,
  ],
  ['queue: {capacity: 2}', /^a queue needs the module "queue_job", which the release does not have$/],
  ['sessions: redis', /^sessions in Redis needs the module "session_redis"/],
  ['sessions: database', /^sessions in the database needs the module "session_db"/],
]

for (const [local, told] of CONTRADICTIONS) {
  test(`{${local}} contradicts the rest of the spec`, () => {
    const found = contradictions(local)
    assert.ok(
      found.some(message => told.test(message)),
      found.join('\n'),
    )
  })
}

test('the defaults of every tier contradict nothing', () => {
  for (const tier of ['bronze', 'silver', 'gold', 'platinum']) assert.equal(contradictions(`tier: ${tier}`), [])
})

test('a contradiction names the key to change and the one that it contradicts', () => {
  const [found] = settled('tier: gold, database: {instances: 2}').contradictions
  assert.is(found?.key.join('.'), 'tenants.x.environments.production.database.instances')
  assert.is(found?.against?.join('.'), 'tenants.x.environments.production.tier')
})

test('a hotfix replaces the release in its environment, and says why and how long', () => {
  const image = `registry.example/x/odoo@sha256:${'cd'.repeat(32)}`
  const { settings, derivations } = settled(`release: {image: "${image}", reason: tills down, expires: 2027-04-01}`)
  assert.is(settings.release.image, image)
  assert.is(settings.release.odoo, '18.0')
  assert.is(derivations['release.image']?.because, 'hotfix until 2027-04-01: tills down')
})

test('a release is named by its image and its modules with their versions', () => {
  const id = (modules: string) => {
    const platform = platformOf(
      `apiVersion: waybill.dev/v1alpha1\nkind: Platform\ntenants:\n  x:\n    release: {odoo: "18.0", image: "registry.example/x/odoo@sha256:${DIGEST}", modules: [${modules}]}\n    environments: {production: {host: x.example}}\n`,
    )
    const [production] = platform.environments
    assert.ok(production)
    return settle(unitOf(platform, production, platform.tenants[0])).settings.release.id
  }
  assert.is(id('stock'), id('stock'))
  assert.is.not(id('stock'), id('stock, sale'))
  assert.is.not(id('{name: stock, version: 18.0.1.0}'), id('{name: stock, version: 18.0.1.1}'))
})

test('addresses of integrations are open in production alone', () => {
  const shared = 'integrations: {payment: {host: api.psp.example, port: 443}}'
  assert.equal(
    settled('', shared).settings.integrations.map(({ name }) => name),
    ['payment'],
  )
  const platform = platformOf(
    `apiVersion: waybill.dev/v1alpha1\nkind: Platform\ntenants:\n  x:\n    ${shared}\n    release: {odoo: "18.0", image: "registry.example/x/odoo@sha256:${DIGEST}"}\n    environments: {staging: {host: x.example}}\n`,
  )
  const [staging] = platform.environments
  assert.ok(staging)
  assert.equal(settle(unitOf(platform, staging, platform.tenants[0])).settings.integrations, [])
})

test('the budget of connections covers the autoscaler at its maximum, and a pooler stands before a large one', () => {
  const small = settled('users: 25').settings
  assert.is(small.pooler, undefined)
  assert.ok(small.database.maxConnections >= 100)
  const large = settled('users: 600, tier: gold').settings
  assert.ok(large.pooler !== undefined)
  assert.ok(large.pooler.maxClients >= (large.web.maxReplicas + 1) * large.web.workers)
})

test.run()
