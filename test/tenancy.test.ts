import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PROVIDER, platformUnitOf, unitOf } from './charts-unit.ts'

/** What speaks against a unit, one line each. */
function against(yaml: string, tenant: string, environment: string): string[] {
  return unitOf(yaml, tenant, environment).contradictions.map(({ message }) => message)
}

const SHARED = PROVIDER.replace('tenancy: hybrid', 'tenancy: shared').replace(
  'production: {gitops',
  'production: {shared: {connections: 100}, gitops',
)
const OWN = ['one', 'two', 'three', 'four', 'five', 'six'].map(name => `{name: ${name}, version: 18.0.1.0.0}`)
const SYSTEMS = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => `${name}: {host: ${name}.example, port: 443}`)

test('shared servers are for the small and simple, and are taken as they are stated there', () => {
  assert.equal(against(SHARED, 'inn', 'dev'), [])
  assert.equal(against(SHARED, 'inn', 'production'), [])
  assert.equal(unitOf(SHARED, 'inn', 'production').derivations.tenancy, {
    value: 'shared',
    because: 'stated: shared',
    keys: [['tenants', 'inn', 'tenancy']],
  })
})

const REASONS: readonly (readonly [what: string, change: (yaml: string) => string, reason: RegExp])[] = [
  [
    'a tenant that is audited',
    yaml =>
      yaml.replace(
        '    calendar: office\n    identity',
        '    compliance: [sox, gdpr]\n    calendar: office\n    identity',
      ),
    /it has to comply with sox$/,
  ],
  [
    'a tenant of tier platinum',
    yaml => yaml.replace('production: {host: inn.example,', 'production: {tier: platinum, host: inn.example,'),
    /its tier is platinum/,
  ],
  [
    'a tenant with much of its own',
    yaml => yaml.replace('modules: [sale, queue_job', `modules: [${OWN.join(', ')}, queue_job`),
    /it has 6 modules of its own, and 5 are the most/,
  ],
  [
    'a tenant that is tied to many systems',
    yaml => yaml.replace('    tenancy: shared\n', `    tenancy: shared\n    integrations: {${SYSTEMS.join(', ')}}\n`),
    /it has 6 integrations, and 5 are the most/,
  ],
  [
    'a tenant that may lose next to nothing',
    yaml => yaml.replace('production: {host: inn.example,', 'production: {objectives: {rpo: 1m}, host: inn.example,'),
    /it may lose 1m at most, and shared servers promise 5m/,
  ],
]

for (const [what, change, reason] of REASONS) {
  test(`${what} is refused on shared servers`, () => {
    assert.is.not(change(SHARED), SHARED)
    const found = against(change(SHARED), 'inn', 'production')
    assert.ok(
      found.some(message => reason.test(message)),
      found.join('\n'),
    )
    for (const { hint, key } of unitOf(change(SHARED), 'inn', 'production').contradictions.slice(0, 1)) {
      assert.match(hint, /dedicated/)
      assert.equal(key, ['tenants', 'inn', 'tenancy'])
    }
  })
}

test('a hybrid tenant may be all of that, since in production its servers are its own', () => {
  const audited = PROVIDER.replace('    tenancy: hybrid\n', '    tenancy: hybrid\n    compliance: [pci]\n')
  for (const environment of ['dev', 'production']) assert.equal(against(audited, 'inn', environment), [])
})

test('whoever says so of one environment that is not production is not questioned about production', () => {
  const audited = PROVIDER.replace('    tenancy: hybrid\n', '    compliance: [pci]\n').replace(
    'dev: {host: dev.inn.example,',
    'dev: {tenancy: shared, host: dev.inn.example,',
  )
  assert.equal(against(audited, 'inn', 'dev'), [])
  assert.is(unitOf(audited, 'inn', 'production').settings.servers, undefined)
})

test('shared servers that nobody declared are none', () => {
  const missing = PROVIDER.replace('shared: {tenants: 3, calendar: office}, ', '')
  assert.match(against(missing, 'inn', 'dev')[0] ?? '', /is to live on shared servers in "dev", which declares none/)
})

test('one environment may differ from what the tenant says of all of them', () => {
  const rehearsed = PROVIDER.replace('dev: {host: dev.inn.example,', 'dev: {tenancy: dedicated, host: dev.inn.example,')
  const { settings, contradictions } = unitOf(rehearsed, 'inn', 'dev')
  assert.equal(contradictions, [])
  assert.is(settings.servers, undefined)
})

test('what is stated for servers of its own means nothing on shared ones, and is refused where it speaks of them', () => {
  const here = PROVIDER.replace('dev: {host: dev.inn.example,', 'dev: {database: {size: 50Gi}, host: dev.inn.example,')
  assert.match(against(here, 'inn', 'dev')[0] ?? '', /^database is stated for servers of the tenant's own/)
  const everywhere = PROVIDER.replace(
    '    tenancy: hybrid\n',
    '    tenancy: hybrid\n    database: {size: 50Gi, pooler: true}\n',
  )
  const { settings, contradictions, derivations } = unitOf(everywhere, 'inn', 'dev')
  assert.equal(contradictions, [])
  assert.is(settings.pooler, undefined)
  assert.is(derivations['database.size']?.because, 'the shared servers')
  assert.is(unitOf(everywhere, 'inn', 'production').settings.database.size, 50 * 1024)
})

test('a tenant that could open more connections than its share is refused', () => {
  const narrow = PROVIDER.replace('shared: {tenants: 3,', 'shared: {connections: 30, tenants: 3,')
  assert.match(
    against(narrow, 'inn', 'dev')[0] ?? '',
    /may open \d+ connections at worst, and the shared servers give it 30/,
  )
})

test('servers that keep less than the tier of a tenant promises are not for it', () => {
  const silver = PROVIDER.replace('dev: {host: dev.inn.example,', 'dev: {tier: silver, host: dev.inn.example,').replace(
    'shared: {tenants: 3,',
    'shared: {instances: 2, tenants: 3,',
  )
  assert.match(
    against(silver, 'inn', 'dev')[0] ?? '',
    /tier silver promises backups of 14 days, and the shared servers have none/,
  )
  assert.equal(against(silver.replace('instances: 2,', 'instances: 2, retention: 14d,'), 'inn', 'dev'), [])
})

test('more tenants than the servers are made for are refused where they are declared', () => {
  const crowded = PROVIDER.replace('shared: {tenants: 3,', 'shared: {tenants: 1,').replace(
    '    tier: gold\n',
    '    tier: gold\n    tenancy: hybrid\n',
  )
  const { contradictions } = platformUnitOf(crowded, 'dev')
  assert.match(contradictions[0]?.message ?? '', /^2 tenants are to live on the shared servers, which are made for 1$/)
})

test('shared servers grow with the tenants that they are for, and every number of theirs is told', () => {
  const { settings, derivations } = platformUnitOf(PROVIDER.replace('tenants: 3,', 'tenants: 20,'), 'dev')
  const { servers } = settings
  assert.equal(
    [servers?.database.cpu, servers?.database.memory, servers?.database.size, servers?.database.maxConnections],
    [5, 5 * 4096, 20 * 10 * 1024, 20 * 80 + 20],
  )
  for (const name of ['tenants', 'connections', 'cpu', 'memory', 'size', 'instances', 'maxConnections', 'major']) {
    assert.ok(derivations[`shared.${name}`] !== undefined, name)
  }
})

test('a node pool is for servers of its own: on shared ones the tenant has none', () => {
  const pooled = PROVIDER.replace('    tenancy: hybrid\n', '    tenancy: hybrid\n    nodePool: inn\n')
  assert.is(unitOf(pooled, 'inn', 'dev').settings.nodePool, undefined)
  assert.is(unitOf(pooled, 'inn', 'production').settings.nodePool, 'inn')
  const here = PROVIDER.replace('dev: {host: dev.inn.example,', 'dev: {nodePool: inn, host: dev.inn.example,')
  assert.match(against(here, 'inn', 'dev')[0] ?? '', /^nodePool is stated for servers of the tenant's own/)
})

test.run()
