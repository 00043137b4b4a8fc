import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { at, envOf, everyUnit, ofKind, PROVIDER, platformUnitOf, podsOf, SHOPS, the, unitOf } from './charts-unit.ts'

test('a tenant on shared servers has a database and a user there, and no servers of its own', () => {
  const { written, settings } = unitOf(PROVIDER, 'inn', 'dev')
  for (const kind of ['Cluster', 'Pooler', 'ScheduledBackup', 'ObjectStore']) assert.equal(ofKind(written, kind), [])
  const database = the(written, 'Database', 'inn')
  const role = the(written, 'DatabaseRole', 'inn')
  assert.equal(database.spec, {
    cluster: { name: 'database' },
    name: 'inn_dev',
    owner: 'inn_dev',
    databaseReclaimPolicy: 'retain',
  })
  assert.is(at(role, 'spec', 'name'), 'inn_dev')
  assert.is(at(role, 'spec', 'connectionLimit'), settings.servers?.connections)
  assert.is(at(role, 'spec', 'databaseRoleReclaimPolicy'), 'retain')
  for (const manifest of [database, role]) {
    assert.is(at(manifest, 'metadata', 'namespace'), 'platform-dev-data')
    const annotations = labelsOf(at(manifest, 'metadata', 'annotations'))
    assert.is(annotations['argocd.argoproj.io/sync-options'], 'Prune=false,Delete=false')
    assert.is(annotations['kustomize.toolkit.fluxcd.io/prune'], 'disabled')
  }
  const password = String(at(role, 'spec', 'passwordSecret', 'name'))
  const secret = the(written, 'ExternalSecret', password)
  assert.is(at(secret, 'metadata', 'namespace'), 'platform-dev-data')
  assert.is(at(secret, 'spec', 'target', 'template', 'type'), 'kubernetes.io/basic-auth')
  assert.is(at(secret, 'spec', 'target', 'template', 'data', 'username'), 'inn_dev')
  assert.is(at(secret, 'spec', 'data', 0, 'remoteRef', 'key'), 'inn/dev/database')
})

test('a hybrid tenant has servers of its own in production, and so has a dedicated one everywhere', () => {
  const clusters = (tenant: string, environment: string) =>
    ofKind(unitOf(PROVIDER, tenant, environment).written, 'Cluster').map(({ namespace }) => namespace)
  assert.equal(clusters('inn', 'dev'), [])
  assert.equal(clusters('inn', 'production'), ['inn-production-data'])
  assert.equal(clusters('palace', 'dev'), ['palace-dev-data'])
  assert.equal(clusters('palace', 'production'), ['palace-production-data'])
})

test('whoever lives on shared servers keeps to itself: own namespaces, own quota, own prefix of sessions', () => {
  const { written } = unitOf(PROVIDER, 'inn', 'dev')
  assert.equal(
    ofKind(written, 'Namespace').map(({ name }) => name),
    ['inn-dev-app', 'inn-dev-data'],
  )
  assert.equal(
    ofKind(written, 'ResourceQuota').map(({ namespace }) => namespace),
    ['inn-dev-app', 'inn-dev-data'],
  )
  const [web] = podsOf(written).filter(({ labels }) => labels['waybill.dev/role'] === 'web')
  assert.is(envOf(web?.containers[0], 'ODOO_SESSION_REDIS_PREFIX')?.value, 'inn-odoo-dev')
  const config = the(written, 'ExternalSecret', 'odoo-config')
  const conf = String(at(config, 'spec', 'target', 'template', 'data', 'odoo.conf'))
  assert.match(conf, /^db_host = database-rw\.platform-dev-data\.svc$/m)
  assert.match(conf, /^db_name = inn_dev$/m)
})

test('the servers belong to the environment, and let every user into the database of its own name alone', () => {
  const { written, settings } = platformUnitOf(PROVIDER, 'dev')
  const spec = fieldsOf(at(the(written, 'Cluster', 'database'), 'spec'))
  assert.equal(at(spec, 'postgresql', 'pg_hba'), [
    'hostssl sameuser all all scram-sha-256',
    'hostssl postgres all all scram-sha-256',
    'host all all all reject',
  ])
  const parameters = labelsOf(at(spec, 'postgresql', 'parameters'))
  const { servers } = settings
  assert.ok(servers !== undefined)
  if (servers === undefined) return
  assert.ok(Number(parameters.max_connections) >= servers.tenants * servers.connections + 20)
  assert.is(parameters.statement_timeout, '1800s')
  const initdb = fieldsOf(at(spec, 'bootstrap', 'initdb'))
  assert.is(listOf(initdb.postInitTemplateSQL).length, 3, 'databases are copies of the template')
  assert.is(initdb.secret, undefined)
  const own = fieldsOf(at(the(unitOf(PROVIDER, 'palace', 'dev').written, 'Cluster', 'database'), 'spec'))
  assert.is(at(own, 'postgresql', 'pg_hba'), undefined)
  assert.is(labelsOf(at(own, 'postgresql', 'parameters')).statement_timeout, undefined)
})

test('the authority behind the shared servers is one, for them and for every tenant on them', () => {
  const keyOf = (written: readonly { kind: string; name: string; manifest: unknown }[]) =>
    written
      .filter(({ kind, name }) => kind === 'ExternalSecret' && name === 'database-ca')
      .map(({ manifest }) => at(manifest, 'spec', 'data', 0, 'remoteRef', 'key'))
  assert.equal(keyOf(platformUnitOf(PROVIDER, 'dev').written), ['platform/dev/database-ca'])
  assert.equal(keyOf(unitOf(PROVIDER, 'inn', 'dev').written), ['platform/dev/database-ca'])
  assert.equal(keyOf(unitOf(PROVIDER, 'palace', 'dev').written), ['palace/dev/database-ca', 'palace/dev/database-ca'])
})

test('a release is backed up before it is brought, where the servers have backups, whoever owns them', () => {
  const shared = PROVIDER.replace('shared: {tenants: 3', 'shared: {retention: 7d, tenants: 3')
  const { written, settings } = unitOf(shared, 'inn', 'dev')
  const backup = the(written, 'Backup', `before-inn-${settings.release.id}`)
  assert.is(at(backup, 'metadata', 'namespace'), 'platform-dev-data')
  const servers = platformUnitOf(shared, 'dev').written
  assert.is(at(the(servers, 'ObjectStore', 'database-backups'), 'spec', 'retentionPolicy'), '7d')
  assert.match(
    String(at(the(servers, 'ObjectStore', 'database-backups'), 'spec', 'configuration', 'destinationPath')),
    /\/platform\/dev$/,
  )
  assert.equal(ofKind(unitOf(PROVIDER, 'inn', 'dev').written, 'Backup'), [])
})

test('a node pool holds every pod of its tenant, and lets nothing of the tenant run elsewhere', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'production')
  const selector = { 'waybill.dev/node-pool': 'palace' }
  const tolerations = [{ key: 'waybill.dev/node-pool', operator: 'Equal', value: 'palace', effect: 'NoSchedule' }]
  const specs = [
    ...podsOf(written).map(({ spec }) => spec),
    ...['RedisReplication', 'RedisSentinel'].map(kind => fieldsOf(ofKind(written, kind)[0]?.manifest.spec)),
    fieldsOf(at(the(written, 'Cluster', 'database'), 'spec', 'affinity')),
    fieldsOf(at(the(written, 'Pooler', 'database-pooler'), 'spec', 'template', 'spec')),
  ]
  assert.is(specs.length, 9)
  for (const spec of specs) assert.equal([spec.nodeSelector, spec.tolerations], [selector, tolerations])
  const [store] = podsOf(unitOf(PROVIDER, 'palace', 'dev').written).filter(
    ({ object }) => object.kind === 'StatefulSet',
  )
  assert.equal(store?.spec.nodeSelector, selector)
  for (const { spec } of podsOf(unitOf(SHOPS, 'acme', 'production').written)) assert.is(spec.nodeSelector, undefined)
})

test('servers of production stand on no node that the cloud may take back', () => {
  for (const [place, { written, settings }] of everyUnit()) {
    // The server for readers may go: nobody's work waits for it.
    for (const { manifest } of ofKind(written, 'Cluster').filter(({ name }) => name === 'database')) {
      const terms = at(
        manifest,
        'spec',
        'affinity',
        'nodeAffinity',
        'requiredDuringSchedulingIgnoredDuringExecution',
        'nodeSelectorTerms',
        0,
        'matchExpressions',
      )
      assert.is(listOf(terms).length, settings.production ? 4 : 0, place)
      for (const term of listOf(terms)) assert.is(at(term, 'operator'), 'NotIn')
    }
  }
})

test('what has to be complied with is told on the namespaces, and turns the log of the servers on', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'production')
  for (const { manifest } of ofKind(written, 'Namespace')) {
    assert.is(labelsOf(at(manifest, 'metadata', 'annotations'))['waybill.dev/compliance'], 'pci')
  }
  const log = (tenant: string) =>
    at(
      the(unitOf(PROVIDER, tenant, 'production').written, 'Cluster', 'database'),
      'spec',
      'postgresql',
      'parameters',
      'pgaudit.log',
    )
  assert.is(log('palace'), 'role, ddl')
  assert.is(log('inn'), undefined)
})

test('images of a closed registry are pulled with credentials that come from the store', () => {
  const { written } = unitOf(PROVIDER, 'inn', 'dev')
  const secret = the(written, 'ExternalSecret', 'registry')
  assert.is(at(secret, 'spec', 'data', 0, 'remoteRef', 'key'), 'dev/registry', 'the whole key, as it is stated')
  assert.is(at(secret, 'spec', 'target', 'template', 'type'), 'kubernetes.io/dockerconfigjson')
  assert.equal(Object.keys(fieldsOf(at(secret, 'spec', 'target', 'template', 'data'))), ['.dockerconfigjson'])
  for (const { object, labels, spec } of podsOf(written)) {
    const expected = labels['waybill.dev/role'] === undefined ? undefined : [{ name: 'registry' }]
    assert.equal(spec.imagePullSecrets, expected, object.name)
  }
  for (const { spec } of podsOf(unitOf(PROVIDER, 'inn', 'production').written)) {
    assert.is(spec.imagePullSecrets, undefined)
  }
})

test('a new password reaches every pod that reads the old one at its start', () => {
  for (const [place, { written }] of everyUnit()) {
    const readers = [
      ...ofKind(written, 'Deployment'),
      ...ofKind(written, 'StatefulSet'),
      ...ofKind(written, 'RedisReplication'),
      ...ofKind(written, 'RedisSentinel'),
    ]
    for (const { name, manifest } of readers) {
      const annotations = labelsOf(at(manifest, 'metadata', 'annotations'))
      assert.is(annotations['secret.reloader.stakater.com/auto'], 'true', `${place}: ${name}`)
    }
    for (const { manifest } of ofKind(written, 'ExternalSecret')) {
      assert.is(at(manifest, 'spec', 'refreshPolicy'), 'Periodic')
    }
  }
})

test('whoever pays can be told from every pod and every volume', () => {
  for (const [place, { written, settings }] of everyUnit()) {
    const lasting = { 'waybill.dev/tenant': settings.tenant, 'waybill.dev/environment': settings.environment }
    const labelled = [
      ...podsOf(written).map(({ labels }) => labels),
      ...ofKind(written, 'PersistentVolumeClaim').map(({ manifest }) => labelsOf(at(manifest, 'metadata', 'labels'))),
      ...ofKind(written, 'Cluster').map(({ manifest }) =>
        labelsOf(at(manifest, 'spec', 'inheritedMetadata', 'labels')),
      ),
      ...ofKind(written, 'StatefulSet').map(({ manifest }) =>
        labelsOf(at(manifest, 'spec', 'volumeClaimTemplates', 0, 'metadata', 'labels')),
      ),
    ]
    for (const labels of labelled) {
      for (const [key, value] of Object.entries(lasting)) assert.is(labels[key], value, `${place}: ${key}`)
    }
  }
})

test('shared servers come back from their own archive, and begin the next one', () => {
  const to = '2026-11-22 10:15:00+01:00'
  const shared = (restore: string) =>
    platformUnitOf(PROVIDER.replace('shared: {tenants: 3', `shared: {retention: 7d, ${restore}, tenants: 3`), 'dev')
  const { written } = shared(`archive: 2, restoreTo: "${to}"`)
  const spec = at(the(written, 'Cluster', 'database'), 'spec')
  // No Secret: nobody logs in as the owner of the database that servers are made with.
  assert.equal(at(spec, 'bootstrap'), {
    recovery: { source: 'before', database: 'platform', owner: 'platform', recoveryTarget: { targetTime: to } },
  })
  assert.is(at(spec, 'externalClusters', 0, 'plugin', 'parameters', 'serverName'), 'database-17')
  assert.is(at(spec, 'plugins', 0, 'parameters', 'serverName'), 'database-17-2')
  assert.match(String(at(the(written, 'ConfigMap', 'restored'), 'data', 'restored.json')), /"database-17-2"/)
  assert.equal(
    shared(`restoreTo: "${to}"`).contradictions.map(({ message }) => message),
    ['a restored database must not write into the archive that it was made from, and this is the first one'],
  )
})

test('the loss of a server is not tried where others work on it', () => {
  const tried = (rehearsal: string) =>
    unitOf(
      PROVIDER.replace('dev: {host: dev.inn.example,', `dev: {rehearsal: ${rehearsal}, host: dev.inn.example,`).replace(
        'shared: {tenants: 3',
        'shared: {instances: 2, tenants: 3',
      ),
      'inn',
      'dev',
    )
  const { written, contradictions } = tried('{users: 10}')
  assert.equal(contradictions, [])
  assert.equal(
    ofKind(written, 'CronJob')
      .map(({ name }) => name)
      .filter(name => name.endsWith('-test')),
    ['load-test'],
  )
  assert.equal(
    tried('{failover: true}').contradictions.map(({ message }) => message),
    ['the loss of a server is to be tried, and others work on these servers'],
  )
})

test.run()
