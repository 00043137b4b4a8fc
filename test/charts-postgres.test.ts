import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, everyOwner, everyUnit, ofKind, podsOf, SHOPS, the, unitOf } from './charts-unit.ts'

test('servers are pinned by tag and digest: the operator reads the version from the one, the node pulls the other', () => {
  for (const [, { written, settings }] of everyOwner()) {
    const image = String(at(the(written, 'Cluster', 'database'), 'spec', 'imageName'))
    assert.match(image, new RegExp(`:${settings.database.major}\\.[^@]*@sha256:[0-9a-f]{64}$`))
  }
})

test('the owner of the database is the user of its Secret, and nobody is a superuser', () => {
  for (const [, { written, settings }] of everyOwner()) {
    const spec = fieldsOf(at(the(written, 'Cluster', 'database'), 'spec'))
    const initdb = fieldsOf(at(spec, 'bootstrap', 'initdb'))
    assert.is(spec.enableSuperuserAccess, false)
    assert.is(initdb.owner, settings.database.owner)
    const secrets = ofKind(written, 'ExternalSecret').filter(({ name }) => name === at(initdb, 'secret', 'name'))
    const own = secrets.find(({ namespace }) => namespace?.endsWith('-data'))
    const template = at(own?.manifest, 'spec', 'target', 'template')
    assert.is(at(template, 'type'), 'kubernetes.io/basic-auth')
    assert.is(at(template, 'data', 'username'), initdb.owner)
    assert.equal(at(template, 'metadata', 'labels'), { 'cnpg.io/reload': 'true' })
  }
})

test('each tier gets the servers that it promises', () => {
  const spec = (yaml: string, tenant: string, environment = 'production') =>
    fieldsOf(at(the(unitOf(yaml, tenant, environment).written, 'Cluster', 'database'), 'spec'))
  const bronze = spec(SHOPS, 'corner')
  const silver = spec(BAKERY, 'bakery')
  const gold = spec(SHOPS, 'acme')
  const platinum = spec(SHOPS, 'zenith')
  const pick = (...path: string[]) => [bronze, silver, gold, platinum].map(each => at(each, ...path))
  assert.equal(pick('instances'), [1, 2, 3, 3])
  assert.equal(pick('enablePDB'), [false, true, true, true])
  assert.equal(pick('primaryUpdateStrategy'), ['unsupervised', 'unsupervised', 'supervised', 'supervised'])
  assert.equal(pick('primaryUpdateMethod'), ['restart', 'switchover', 'switchover', 'switchover'])
  assert.equal(pick('affinity', 'podAntiAffinityType'), ['preferred', 'preferred', 'required', 'required'])
  const [node, zone] = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone']
  assert.equal(pick('affinity', 'topologyKey'), [node, node, zone, zone])
  assert.equal(pick('postgresql', 'synchronous'), [
    undefined,
    undefined,
    { method: 'any', number: 1, dataDurability: 'preferred' },
    { method: 'any', number: 1, dataDurability: 'required', failoverQuorum: true },
  ])
  assert.equal(
    pick('walStorage').map(each => each !== undefined),
    [false, false, true, true],
  )
  assert.equal(pick('storage', 'storageClass'), ['fast', undefined, 'fast', 'fast'])
  assert.equal(pick('switchoverDelay'), [28_800, 300, 180, 120])
})

test('a server stops in time, asks for what it may take, and gets its parameters as text', () => {
  for (const [place, { written, settings }] of everyOwner()) {
    const spec = fieldsOf(at(the(written, 'Cluster', 'database'), 'spec'))
    assert.ok(
      Number(spec.smartShutdownTimeout) <= 30 && Number(spec.stopDelay) > Number(spec.smartShutdownTimeout) + 15,
    )
    assert.equal(
      at(spec, 'resources', 'requests'),
      at(spec, 'resources', 'limits'),
      'the node evicts everything else first',
    )
    const parameters = fieldsOf(at(spec, 'postgresql', 'parameters'))
    for (const [name, value] of Object.entries(parameters)) assert.type(value, 'string', `${place}: ${name}`)
    const { database } = settings
    assert.is(parameters.max_connections, String(database.maxConnections))
    assert.is(parameters.archive_timeout, `${database.archiveTimeout}s`)
    assert.is(parameters.shared_buffers, `${database.memory / 4}MB`)
    const kept = Number.parseInt(String(parameters.max_slot_wal_keep_size), 10)
    assert.ok(kept > 0 && kept < (database.walSize ?? database.size) * 0.7, `${place}: ${kept}`)
    const audited = settings.dataClass === 'confidential' || settings.compliance.length > 0
    assert.is(parameters['pgaudit.log'], audited ? 'role, ddl' : undefined)
  }
})

test('Odoo finds what it needs in the database: by bytes sorted, by letters found', () => {
  const initdb = fieldsOf(
    at(the(unitOf(BAKERY, 'bakery', 'production').written, 'Cluster', 'database'), 'spec', 'bootstrap', 'initdb'),
  )
  assert.is(initdb.database, 'bakery_production')
  assert.equal([initdb.encoding, initdb.localeCollate, initdb.localeCType], ['UTF8', 'C', 'C.UTF-8'])
  assert.equal(initdb.postInitApplicationSQL, [
    'CREATE EXTENSION IF NOT EXISTS pg_trgm',
    'CREATE EXTENSION IF NOT EXISTS unaccent',
    'ALTER FUNCTION unaccent(text) IMMUTABLE',
  ])
})

test('the pooler answers under its own names with the certificate of the servers, and opens no more than its share', () => {
  for (const [place, { written, settings }] of everyOwner()) {
    const certificates = fieldsOf(at(the(written, 'Cluster', 'database'), 'spec', 'certificates'))
    const { pooler } = settings
    const namespace = `${settings.tenant}-${settings.environment}-data`
    if (pooler === undefined) {
      assert.equal(certificates, { serverCASecret: 'database-ca' }, place)
      continue
    }
    assert.equal(certificates.serverAltDNSNames, [
      'database-pooler',
      `database-pooler.${namespace}`,
      `database-pooler.${namespace}.svc`,
    ])
    const spec = fieldsOf(at(the(written, 'Pooler', 'database-pooler'), 'spec'))
    assert.equal(
      [spec.type, spec.instances, at(spec, 'pgbouncer', 'poolMode')],
      ['rw', pooler.instances, 'transaction'],
    )
    const parameters = labelsOf(at(spec, 'pgbouncer', 'parameters'))
    assert.is(Number(parameters.default_pool_size), pooler.poolSize)
    assert.is(Number(parameters.max_db_connections), pooler.poolSize + 5)
    assert.is(Number(parameters.max_client_conn), pooler.maxClients)
    assert.ok(Number(parameters.query_wait_timeout) < 240)
    assert.equal(
      listOf(at(spec, 'template', 'spec', 'containers')).map(each => at(each, 'name')),
      ['pgbouncer'],
    )
    assert.is(ofKind(written, 'PodDisruptionBudget').filter(({ name }) => name === 'database-pooler').length, 1)
  }
})

test('there are connections for everything that may run at the same time, the store of sessions included', () => {
  const series = { '16.0': 1, '17.0': 1, '18.0': 2, '19.0': 2 }
  for (const [place, { settings }] of everyUnit()) {
    const { web, apiPods, websocket, cron, queue, pooler, database, sessions, release } = settings
    const each = series[release.odoo] + (sessions === 'database' ? 1 : 0)
    const fromApi = apiPods === undefined ? 0 : (apiPods.maxReplicas + 1) * apiPods.workers * each
    const fromWeb = (web.maxReplicas + 1) * web.workers * each + fromApi
    if (pooler !== undefined) assert.ok(fromWeb <= pooler.maxClients, place)
    const servers = pooler === undefined ? fromWeb : pooler.instances * (pooler.poolSize + 5)
    const direct =
      (websocket.replicas + 1) * (websocket.connections + each - series[release.odoo]) +
      cron.threads * (each + 1) +
      (queue === undefined ? 0 : (queue.capacity + 1) * each + 2)
    const share = settings.servers?.connections ?? database.maxConnections - 20
    assert.ok(servers + direct <= share, place)
  }
})

test('backups are made where the tier promises them, by the plugin, into an archive of their own', () => {
  for (const [place, unit] of everyOwner()) {
    const { settings } = unit
    const written = unit.written.filter(({ namespace }) => namespace?.endsWith('-data'))
    const { backup, tenant, environment, database } = settings
    const plugins = at(the(written, 'Cluster', 'database'), 'spec', 'plugins')
    for (const kind of ['ObjectStore', 'ScheduledBackup', 'Backup']) {
      assert.is(ofKind(written, kind).length, backup === undefined ? 0 : 1, place)
    }
    if (backup === undefined) {
      assert.is(plugins, undefined)
      continue
    }
    const name = 'barman-cloud.cloudnative-pg.io'
    const parameters = { barmanObjectName: 'database-backups', serverName: `database-${database.major}` }
    assert.equal(plugins, [{ name, isWALArchiver: true, parameters }])
    const store = fieldsOf(at(the(written, 'ObjectStore', 'database-backups'), 'spec'))
    assert.is(store.retentionPolicy, `${backup.retentionDays}d`)
    assert.is(at(store, 'configuration', 'serverName'), undefined, 'the plugin refuses it here')
    assert.match(String(at(store, 'configuration', 'destinationPath')), new RegExp(`/${tenant}/${environment}$`))
    const foreign = settings.place.bucketEndpoint !== undefined
    assert.is(at(store, 'configuration', 'data', 'encryption'), foreign ? undefined : 'AES256')
    assert.is(at(store, 'instanceSidecarConfiguration', 'env') !== undefined, foreign)
    const schedule = fieldsOf(at(the(written, 'ScheduledBackup', 'database-backups'), 'spec'))
    assert.is(String(schedule.schedule).split(' ').length, 6)
    assert.equal([schedule.method, schedule.immediate], ['plugin', true])
    assert.equal(schedule.pluginConfiguration, { name })
    assert.is(at(the(written, 'Backup', `before-${settings.release.id}`), 'spec', 'method'), 'plugin')
  }
})

test('a database that was restored comes from the archive before, and writes one of its own', () => {
  const to = '2026-11-22 10:15:00+01:00'
  const yaml = (database: string) => BAKERY.replace('users: 25', `users: 25, database: {${database}}`)
  const { written } = unitOf(yaml(`archive: 2, restoreTo: "${to}"`), 'bakery', 'production')
  const spec = fieldsOf(at(the(written, 'Cluster', 'database'), 'spec'))
  assert.equal(spec.bootstrap, {
    recovery: {
      source: 'before',
      database: 'bakery_production',
      owner: 'bakery_production',
      secret: { name: 'odoo-database' },
      recoveryTarget: { targetTime: to },
    },
  })
  assert.equal(
    listOf(spec.externalClusters).map(each => [at(each, 'name'), at(each, 'plugin', 'parameters', 'serverName')]),
    [['before', 'database-17']],
  )
  assert.is(at(spec, 'plugins', 0, 'parameters', 'serverName'), 'database-17-2')
  const next = unitOf(yaml('archive: 2'), 'bakery', 'production').written
  assert.is(at(the(next, 'Cluster', 'database'), 'spec', 'externalClusters'), undefined)
  assert.equal(
    unitOf(yaml(`restoreTo: "${to}"`), 'bakery', 'production').contradictions.map(({ message }) => message),
    ['a restored database must not write into the archive that it was made from, and this is the first one'],
  )
})

test('the store of sessions has a password and a bound that leaves it room, and drops the oldest login first', () => {
  const bound = /^maxmemory (\d+)mb$/m
  const staging = unitOf(SHOPS, 'acme', 'staging')
  const [server] = podsOf(staging.written).filter(({ object }) => object.kind === 'StatefulSet')
  const secret = ofKind(staging.written, 'ExternalSecret').find(
    ({ name, namespace }) => name === 'sessions-password' && namespace?.endsWith('-data'),
  )
  const conf = String(at(secret?.manifest, 'spec', 'target', 'template', 'data', 'valkey.conf'))
  assert.match(conf, /^requirepass \{\{ \.password \}\}$/m)
  assert.match(conf, /^maxmemory-policy volatile-ttl$/m)
  assert.match(conf, /^appendonly yes$/m)
  const limit = Number.parseInt(String(at(server?.containers[0], 'resources', 'limits', 'memory')), 10)
  assert.ok(Number(bound.exec(conf)?.[1]) <= 0.7 * limit)

  const { written } = unitOf(SHOPS, 'acme', 'production')
  const replication = fieldsOf(at(the(written, 'RedisReplication', 'sessions'), 'spec'))
  const sentinel = fieldsOf(at(the(written, 'RedisSentinel', 'sessions'), 'spec'))
  assert.equal([replication.clusterSize, sentinel.clusterSize], [3, 3])
  assert.equal(at(replication, 'kubernetesConfig', 'redisSecret'), { name: 'sessions-password', key: 'password' })
  assert.is(at(sentinel, 'kubernetesConfig', 'redisSecret'), undefined, 'the module sends sentinels no password')
  const additional = String(at(the(written, 'ConfigMap', 'sessions-config'), 'data', 'redis-additional.conf'))
  assert.ok(Number(bound.exec(additional)?.[1]) <= 0.7 * 256)
  assert.match(additional, /^maxmemory-policy volatile-ttl$/m)
  const config = fieldsOf(at(sentinel, 'redisSentinelConfig'))
  assert.equal([config.quorum, config.resolveHostnames, config.announceHostnames], ['2', 'yes', 'yes'])
  for (const { name, manifest } of written.filter(({ kind }) => kind.startsWith('Redis'))) {
    const labels = Object.keys(labelsOf(fieldsOf(manifest.metadata).labels))
    assert.not.ok(labels.includes('waybill.dev/tier'), `${name}: the operator selects pods by it for ever`)
    assert.not.ok(labels.includes('waybill.dev/cost-center'), name)
  }
})

test.run()
