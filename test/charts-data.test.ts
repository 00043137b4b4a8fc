import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, envOf, ofKind, podsOf, SHOPS, the, unitOf } from './charts-unit.ts'

const acme = unitOf(SHOPS, 'acme', 'production')
const bakery = (data: string, more = '') =>
  unitOf(BAKERY.replace('users: 25', `users: 25, ${more}data: {${data}}`), 'bakery', 'production')
const messages = (data: string, more = '') => bakery(data, more).contradictions.map(({ message }) => message)

test('a reader has a role that logs in with a bound number of connections, and can do nothing but read', () => {
  const role = fieldsOf(at(the(acme.written, 'DatabaseRole', 'reader-forecast'), 'spec'))
  assert.equal(role, {
    cluster: { name: 'database' },
    name: 'reader_forecast',
    login: true,
    connectionLimit: 3,
    passwordSecret: { name: 'reader-forecast' },
    databaseRoleReclaimPolicy: 'retain',
  })
  const secret = at(the(acme.written, 'ExternalSecret', 'reader-forecast'), 'spec', 'target', 'template')
  assert.is(at(secret, 'type'), 'kubernetes.io/basic-auth')
  assert.is(at(secret, 'data', 'username'), 'reader_forecast')
  const grants = JSON.parse(String(labelsOf(the(acme.written, 'ConfigMap', 'odoo-scripts').data)['grants.json']))
  assert.equal(grants.reader_forecast, { sale_order_line: [], stock_move: [] })
  assert.equal(grants.follower_events, { sale_order: [] })
})

test('readers ask a server of their own where the tier has one, else a standby, and the primary never', () => {
  const peers = (written: typeof acme.written, name: string) => at(the(written, 'NetworkPolicy', name), 'spec')
  assert.equal(at(peers(acme.written, 'reader-forecast'), 'podSelector'), {
    matchLabels: { 'cnpg.io/cluster': 'analytics' },
  })
  assert.equal(at(peers(acme.written, 'reader-forecast'), 'ingress', 0, 'from'), [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'forecasting' } } },
  ])
  const small = bakery('readers: {report: {tables: [sale_order], namespace: reports}}')
  assert.equal(ofKind(small.written, 'Cluster').length, 1)
  assert.equal(at(peers(small.written, 'reader-report'), 'podSelector'), {
    matchLabels: { 'cnpg.io/cluster': 'database', 'cnpg.io/instanceRole': 'replica' },
  })
  assert.equal(messages('readers: {report: {tables: [sale_order], namespace: reports}}', 'tier: bronze, '), [
    'readers would ask the server that everybody works on, for there is no other',
  ])
})

test('the server for readers follows the others with their certificates, archives nothing and is never promoted', () => {
  const spec = fieldsOf(at(the(acme.written, 'Cluster', 'analytics'), 'spec'))
  assert.equal(spec.replica, { enabled: true, source: 'database' })
  assert.equal(spec.bootstrap, { pg_basebackup: { source: 'database' } })
  assert.is(spec.plugins, undefined)
  const [origin] = listOf(spec.externalClusters)
  assert.is(at(origin, 'connectionParameters', 'host'), 'database-rw.acme-production-data.svc')
  assert.is(at(origin, 'connectionParameters', 'sslmode'), 'verify-full')
  const most = (name: string) =>
    Number(at(the(acme.written, 'Cluster', name), 'spec', 'postgresql', 'parameters', 'max_connections'))
  assert.ok(most('analytics') >= most('database'), 'PostgreSQL follows nobody who has more')
})

test('changes of named tables are handed on, and the place of who follows them survives a failover', () => {
  const publication = fieldsOf(at(the(acme.written, 'Publication', 'events'), 'spec'))
  assert.equal(publication.target, { objects: [{ table: { name: 'sale_order', schema: 'public' } }] })
  assert.is(publication.dbname, 'acme_production')
  assert.is(at(the(acme.written, 'DatabaseRole', 'follower-events'), 'spec', 'replication'), true)
  const spec = fieldsOf(at(the(acme.written, 'Cluster', 'database'), 'spec'))
  assert.equal(spec.replicationSlots, { highAvailability: { enabled: true, synchronizeLogicalDecoding: true } })
  assert.is(at(spec, 'postgresql', 'parameters', 'sync_replication_slots'), 'on')
  const flow = at(the(acme.written, 'NetworkPolicy', 'follower-events'), 'spec', 'podSelector', 'matchLabels')
  assert.is(at(flow, 'cnpg.io/instanceRole'), 'primary')
  const older = bakery(
    'publications: {events: {tables: [sale_order], namespace: streaming}}',
    'database: {major: 16}, ',
  )
  assert.is(at(the(older.written, 'Cluster', 'database'), 'spec', 'replicationSlots'), undefined)
})

test('what opens doors or names people never leaves the database', () => {
  for (const [table, holds] of [
    ['res_users', 'passwords and keys of people'],
    ['res_users_apikeys', 'passwords and keys of people'],
    ['ir_config_parameter', 'keys of services'],
    ['auth_oauth_provider', 'keys of identity providers and of second factors'],
    ['payment_token', 'payment tokens'],
    ['http_sessions', 'keys that open other doors'],
  ]) {
    for (const kind of ['readers', 'publications']) {
      assert.equal(messages(`${kind}: {out: {tables: [sale_order, ${table}], namespace: x}}`), [
        `"out" asks for the table "${table}", which holds ${holds}`,
      ])
    }
  }
})

test('there are connections for everybody who reads', () => {
  const before = unitOf(BAKERY, 'bakery', 'production').settings.database.maxConnections
  const after = bakery(
    'readers: {a: {tables: [x], namespace: x, connections: 50}, b: {tables: [x], namespace: x, connections: 50}}',
  )
  assert.ok(after.settings.database.maxConnections >= before + 90)
})

test('actions and jobs write to the lake, with its own keys, and nobody else reaches it', () => {
  for (const { labels, containers } of podsOf(acme.written)) {
    const role = labels['waybill.dev/role']
    const bucket = envOf(containers[0], 'LAKE_BUCKET')?.value
    if (role !== undefined) assert.is(bucket, ['cron', 'queue'].includes(role) ? 'acme-lake' : undefined, role)
  }
  const flow = the(acme.written, 'NetworkPolicy', 'odoo-to-lake')
  assert.equal(at(flow, 'spec', 'egress', 0, 'to'), [{ ipBlock: { cidr: '203.0.113.48/28' } }])
  for (const other of [unitOf(BAKERY, 'bakery', 'production'), unitOf(SHOPS, 'acme', 'staging')]) {
    assert.equal(ofKind(other.written, 'DatabaseRole'), [])
    assert.is(other.settings.data, undefined)
  }
})

test.run()
