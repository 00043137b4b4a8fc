import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { InputError } from '../src/spec/problem.ts'
import { at, ofKind, podsOf, the, type Unit, unitOf } from './charts-unit.ts'

const IMAGE = `registry.example/shop/odoo@sha256:${'b'.repeat(64)}`

const DOUBLED = `
apiVersion: waybill.dev/v1alpha1
kind: Platform
metadata: {name: doubled}
environments:
  staging: {}
  production:
    objectStorage: {bucket: here, cidrs: [192.0.2.0/28]}
  elsewhere:
    standby: production
    objectStorage: {bucket: there, cidrs: [192.0.2.16/28]}
tenants:
  shop:
    tier: gold
    release: {odoo: "18.0", image: "${IMAGE}", modules: [sale, session_db]}
    environments:
      staging: {host: staging.shop.example, tier: bronze}
      production: {host: erp.shop.example}
      elsewhere: {host: erp.shop.example}
`
const SWITCHED = DOUBLED.replace('standby: production', 'standby: production\n    leads: true')

/** The store of that name in the data zone; the namespace of restores has one of the same name. */
const store = ({ written }: Unit, name: string) =>
  the(
    written.filter(({ namespace }) => namespace?.endsWith('-data')),
    'ObjectStore',
    name,
  )
const cluster = ({ written }: Unit) => fieldsOf(at(the(written, 'Cluster', 'database'), 'spec'))
const home = unitOf(DOUBLED, 'shop', 'production')
const away = unitOf(DOUBLED, 'shop', 'elsewhere')

test('both sides name both archives and agree on who leads, before a switch and after it', () => {
  for (const [yaml, primary] of [
    [DOUBLED, 'production'],
    [SWITCHED, 'elsewhere'],
  ] as const) {
    for (const [self, source] of [
      ['production', 'elsewhere'],
      ['elsewhere', 'production'],
    ] as const) {
      const unit = unitOf(yaml, 'shop', self)
      const spec = cluster(unit)
      assert.equal(spec.replica, { self, primary, source })
      assert.equal(
        listOf(spec.externalClusters)
          .map(each => at(each, 'name'))
          .sort(),
        ['elsewhere', 'production'],
      )
      assert.is(unit.settings.replica?.follows, self !== primary)
      for (const external of listOf(spec.externalClusters)) {
        const { barmanObjectName, serverName } = fieldsOf(at(external, 'plugin', 'parameters'))
        assert.is(serverName, 'database-17')
        const path = at(store(unit, String(barmanObjectName)), 'spec', 'configuration', 'destinationPath')
        const name = at(external, 'name')
        assert.is(path, name === 'production' ? 's3://here/shop/production' : 's3://there/shop/elsewhere')
      }
    }
  }
})

test('each side writes an archive of its own, and no two servers ever write one', () => {
  for (const unit of [home, away]) {
    const [plugin] = listOf(cluster(unit).plugins)
    assert.equal(at(plugin, 'parameters'), { barmanObjectName: 'database-backups', serverName: 'database-17' })
  }
  const path = (unit: Unit) => at(store(unit, 'database-backups'), 'spec', 'configuration', 'destinationPath')
  assert.is.not(path(home), path(away))
  const reader = store(away, 'database-backups-of-production')
  assert.is(at(reader, 'spec', 'retentionPolicy'), undefined)
})

test('who follows comes up from the archive, with the database and the password of whom it follows', () => {
  assert.equal(at(cluster(away), 'bootstrap'), {
    recovery: {
      source: 'production',
      database: 'shop_production',
      owner: 'shop_production',
      secret: { name: 'odoo-database' },
    },
  })
  assert.ok(at(cluster(home), 'bootstrap', 'initdb') !== undefined)
  const keys = (unit: Unit) =>
    ofKind(unit.written, 'ExternalSecret')
      .filter(({ name }) => name === 'odoo-database')
      .map(({ manifest }) => at(manifest, 'spec', 'data', 0, 'remoteRef', 'key'))
  assert.equal(keys(away), ['shop/production/database', 'shop/production/database'])
  assert.equal(keys(home), keys(away))
})

test('nothing of Odoo runs where no write is taken, and everything is there for the moment when it is', () => {
  const replicas = (unit: Unit) =>
    ofKind(unit.written, 'Deployment').map(({ manifest }) => at(manifest, 'spec', 'replicas') as number)
  assert.equal(replicas(away), [0, 0, 0])
  assert.ok(replicas(home).every(number => number === undefined || number > 0))
  for (const kind of ['Job', 'Backup', 'HorizontalPodAutoscaler', 'CronJob'])
    assert.equal(ofKind(away.written, kind), [])
  assert.is(at(the(away.written, 'ScheduledBackup', 'database-backups'), 'spec', 'suspend'), true)
  assert.is(ofKind(away.written, 'IngressRoute').length, 3)
  const switched = unitOf(SWITCHED, 'shop', 'elsewhere')
  assert.ok(replicas(switched).every(number => number === undefined || number > 0))
  assert.is(ofKind(switched.written, 'Job').length, 1)
  assert.equal(replicas(unitOf(SWITCHED, 'shop', 'production')), [0, 0, 0])
  const quota = (unit: Unit) =>
    ofKind(unit.written, 'ResourceQuota')
      .filter(each => each.namespace?.endsWith('-app'))
      .map(({ manifest }) => manifest.spec)
  assert.equal(quota(away), quota(switched), 'there is room before it is needed')
  assert.is(podsOf(away.written).filter(({ object }) => object.namespace?.endsWith('-app')).length, 3)
})

test('an alert tells when a side does what it is not said to do, and alerts of Odoo are silent where none runs', () => {
  const alerts = (unit: Unit) =>
    new Map(
      ofKind(unit.written, 'PrometheusRule').flatMap(({ manifest }) =>
        listOf(at(manifest, 'spec', 'groups', 0, 'rules')).map((rule): [string, string] => [
          String(at(rule, 'alert')),
          String(at(rule, 'expr')),
        ]),
      ),
    )
  assert.match(alerts(home).get('WrongSideLeads') ?? '', /replica_mode\{.*\}\) != 0$/)
  assert.match(alerts(away).get('WrongSideLeads') ?? '', /replica_mode\{.*\}\) != 1$/)
  assert.ok(alerts(home).has('OdooDown') && !alerts(away).has('OdooDown'))
  assert.ok(alerts(home).has('BackupStale') && !alerts(away).has('BackupStale'))
})

test('the servers reach the archive of the other side', () => {
  const flow = (unit: Unit) =>
    at(the(unit.written, 'NetworkPolicy', 'database-to-other-archive'), 'spec', 'egress', 0, 'to')
  assert.equal(flow(away), [{ ipBlock: { cidr: '192.0.2.0/28' } }])
  assert.equal(flow(home), [{ ipBlock: { cidr: '192.0.2.16/28' } }])
})

test('a switch on purpose hands on what the old primary left', () => {
  const token = 'eyJsYXRlc3QiOiJ0b2tlbiJ9'
  const yaml = SWITCHED.replace(
    'elsewhere: {host: erp.shop.example}',
    `elsewhere: {host: erp.shop.example, database: {promotionToken: ${token}}}`,
  )
  assert.is(at(cluster(unitOf(yaml, 'shop', 'elsewhere')), 'replica', 'promotionToken'), token)
  assert.is(at(cluster(unitOf(yaml, 'shop', 'production')), 'replica', 'promotionToken'), undefined)
})

test('a tenant that does not live elsewhere, and an environment that nobody doubles, know nothing of it', () => {
  const alone = DOUBLED.replace(/ {6}elsewhere: \{host.*\n/, '')
  for (const unit of [unitOf(alone, 'shop', 'production'), unitOf(DOUBLED, 'shop', 'staging')]) {
    assert.is(unit.settings.replica, undefined)
    assert.is(cluster(unit).replica, undefined)
  }
})

test('what cannot follow is refused', () => {
  const messages = (yaml: string, environment: string) =>
    unitOf(yaml, 'shop', environment).contradictions.map(({ message }) => message)
  const older = DOUBLED.replace(
    'production: {host: erp.shop.example}',
    'production: {host: erp.shop.example, database: {major: 16}}',
  )
  assert.equal(messages(older, 'elsewhere'), ['PostgreSQL 17 cannot follow an archive of PostgreSQL 16 (production)'])
  assert.match(
    messages(DOUBLED.replace('tier: gold', 'tier: bronze'), 'elsewhere')[0] ?? '',
    /no backups are made here/,
  )
  const refused = (yaml: string) => {
    try {
      unitOf(yaml, 'shop', 'production')
    } catch (error) {
      if (error instanceof InputError) return error.problems.map(({ message }) => message)
      throw error
    }
    return []
  }
  assert.equal(refused(DOUBLED.replace('standby: production', 'standby: prod')), [
    'the environment "elsewhere" stands by for "prod", which is not declared',
  ])
  assert.equal(refused(DOUBLED.replace('staging: {}', 'staging: {standby: elsewhere}')), [
    'the environment "staging" stands by for "elsewhere", which stands by itself',
  ])
  assert.equal(refused(DOUBLED.replace('staging.shop.example', 'erp.shop.example')), [
    'the host "erp.shop.example" is claimed twice, and only one of the two would be reached',
    'the host "erp.shop.example" is claimed twice, and only one of the two would be reached',
  ])
})

test('every pod selector, label and secret of a follower is as where business runs', () => {
  const identity = (unit: Unit) =>
    ofKind(unit.written, 'Deployment').map(({ name, manifest }) => [
      name,
      labelsOf(at(manifest, 'spec', 'selector', 'matchLabels')),
    ])
  assert.equal(identity(away), identity(home))
})

test.run()
