import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, everyUnit, ofKind, podsOf, SHOPS, the, type Unit, unitOf } from './charts-unit.ts'

const acme = unitOf(SHOPS, 'acme', 'production')

function serverOf({ written }: Unit, name: string) {
  return JSON.parse(String(labelsOf(the(written, 'ConfigMap', 'restore-test').data)[`${name}.json`]))
}

test('restores are tried as often as the tier promises, where real data is', () => {
  const schedules = (unit: Unit) =>
    ofKind(unit.written, 'CronJob').map(({ manifest }) => at(manifest, 'spec', 'schedule'))
  const cadence = (yaml: string, tenant: string, environment = 'production') =>
    unitOf(yaml, tenant, environment).settings.recovery?.cadence
  assert.is(cadence(SHOPS, 'acme'), 'weekly')
  assert.is(cadence(SHOPS, 'zenith'), 'weekly')
  assert.is(cadence(SHOPS, 'corner'), undefined)
  assert.is(cadence(SHOPS, 'acme', 'staging'), undefined)
  assert.is(cadence(BAKERY, 'bakery'), undefined)
  assert.is(cadence(BAKERY.replace('users: 25', 'users: 25, recovery: {}'), 'bakery'), 'monthly')
  assert.is(cadence(BAKERY.replace('users: 25', 'users: 25, recovery: {restoreTest: weekly}'), 'bakery'), 'weekly')
  assert.is(cadence(SHOPS.replace('tier: gold', 'tier: gold\n    recovery: {restoreTest: never}'), 'acme'), undefined)
  for (const schedule of schedules(acme)) assert.match(String(schedule), /^[1-5]?\d [2-5] (\* \* 0|2 \* \*)$/)
  assert.is.not(schedules(acme)[0], schedules(unitOf(SHOPS, 'zenith', 'production'))[0], 'not all at the same moment')
})

test('a restore comes from the archive that production writes, and from its copy elsewhere', () => {
  const trials: [string, string, string, string | undefined][] = [
    ['restore-test', 'database-backups', 's3://shops-backups/acme/production', 'https://s3.shops.example:9000'],
    ['restore-test-offsite', 'database-backups-offsite', 's3://shops-elsewhere/acme/production', undefined],
  ]
  assert.equal(
    ofKind(acme.written, 'CronJob').map(({ name }) => name),
    trials.map(([name]) => name),
  )
  const writer = at(the(acme.written, 'Cluster', 'database'), 'spec', 'plugins', 0, 'parameters')
  for (const [name, store, path, endpoint] of trials) {
    const { bootstrap, externalClusters } = fieldsOf(serverOf(acme, name).spec)
    const [origin] = listOf(externalClusters)
    assert.is(at(bootstrap, 'recovery', 'source'), at(origin, 'name'))
    const parameters = fieldsOf(at(origin, 'plugin', 'parameters'))
    assert.is(parameters.serverName, at(writer, 'serverName'))
    assert.is(parameters.barmanObjectName, store)
    const stores = ofKind(acme.written, 'ObjectStore').filter(({ namespace }) => namespace?.endsWith('-restore'))
    const found = stores.find(each => each.name === store)?.manifest
    assert.is(at(found, 'spec', 'configuration', 'destinationPath'), path)
    assert.is(at(found, 'spec', 'configuration', 'endpointURL'), endpoint)
    assert.is(at(found, 'spec', 'retentionPolicy'), undefined, 'a reader deletes nothing')
    assert.is(at(found, 'spec', 'configuration', 's3Credentials', 'accessKeyId', 'name'), 'object-storage-reader')
  }
  const keys = ofKind(acme.written, 'ExternalSecret')
    .filter(({ name }) => name.startsWith('object-storage'))
    .map(({ manifest }) => at(manifest, 'spec', 'data', 0, 'remoteRef', 'key'))
  assert.equal(keys, ['acme/production/object-storage', 'acme/production/object-storage-reader'])
})

test('what is restored archives nothing, holds as many connections as the original, and blocks no drain', () => {
  for (const [place, unit] of everyUnit()) {
    for (const { name } of ofKind(unit.written, 'CronJob').filter(({ namespace }) => namespace?.endsWith('-restore'))) {
      const spec = fieldsOf(serverOf(unit, name).spec)
      const original = fieldsOf(at(the(unit.written, 'Cluster', 'database'), 'spec'))
      assert.is(spec.plugins, undefined, `${place}: two writers ruin an archive`)
      assert.equal([spec.instances, spec.enablePDB, spec.enableSuperuserAccess], [1, false, false])
      assert.is(spec.imageName, original.imageName)
      assert.equal(spec.storage, original.storage)
      assert.equal(spec.walStorage, original.walStorage)
      const connections = (of: unknown) => at(of, 'postgresql', 'parameters', 'max_connections')
      assert.is(connections(spec), connections(original))
      assert.ok(Number(at(spec, 'resources', 'limits', 'cpu')) <= 2)
    }
  }
})

test('the test may make and remove its own servers, and reads the password of no others', () => {
  const rules = listOf(the(acme.written, 'Role', 'restore-test').rules).map(fieldsOf)
  const names = ['restore-test', 'restore-test-offsite']
  assert.equal(rules, [
    { apiGroups: ['postgresql.cnpg.io'], resources: ['clusters'], verbs: ['create'] },
    { apiGroups: ['postgresql.cnpg.io'], resources: ['clusters'], resourceNames: names, verbs: ['get', 'delete'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: names.map(name => `${name}-app`), verbs: ['get'] },
  ])
  const binding = the(acme.written, 'RoleBinding', 'restore-test')
  assert.equal(binding.subjects, [
    { kind: 'ServiceAccount', name: 'restore-test', namespace: 'acme-production-restore' },
  ])
  for (const { object, spec } of podsOf(acme.written)) {
    if (object.kind === 'CronJob') assert.is(spec.serviceAccountName, 'restore-test')
  }
})

test('a test ends in time, never runs twice at once, and finds its script and its server', () => {
  const { recovery, objectives, release } = acme.settings
  const data = labelsOf(the(acme.written, 'ConfigMap', 'restore-test').data)
  assert.is(recovery?.longest, objectives.disasterRto)
  for (const pods of podsOf(acme.written).filter(({ object }) => object.kind === 'CronJob')) {
    const spec = fieldsOf(pods.object.manifest.spec)
    assert.equal([spec.concurrencyPolicy, spec.timeZone], ['Forbid', 'Etc/UTC'])
    const job = fieldsOf(at(spec, 'jobTemplate', 'spec'))
    assert.is(job.backoffLimit, 0)
    assert.ok(Number(job.activeDeadlineSeconds) > objectives.disasterRto)
    const [container] = pods.containers
    assert.is(container?.image, release.image)
    const env = new Map(listOf(container?.env).map(each => [at(each, 'name'), at(each, 'value')]))
    assert.ok(Object.hasOwn(data, String(env.get('WAYBILL_SERVER'))))
    assert.is(env.get('WAYBILL_LONGEST'), String(objectives.disasterRto))
    const [, script] = listOf(container?.command).map(String)
    const mount = listOf(container?.volumeMounts).find(each => at(each, 'name') === 'files')
    assert.ok(Object.hasOwn(data, String(script).slice(String(at(mount, 'mountPath')).length + 1)))
    for (const [, name = ''] of String(data['restore-test.py']).matchAll(/environ\["(WAYBILL_\w+)"\]/g)) {
      assert.ok(env.has(name), name)
    }
  }
})

test('a lock that ends before the retention is refused, and what a bucket has to keep to stands at its store', () => {
  const message = (lock: string) =>
    unitOf(SHOPS.replace('lock: 40d', `lock: ${lock}`), 'acme', 'production').contradictions.map(each => each.message)
  assert.equal(message('35d'), [])
  assert.equal(message('34d'), [
    'objectStorage.lock 34d ends before backup.retention does (35d), so the oldest backups can be deleted',
  ])
  const store = ofKind(acme.written, 'ObjectStore').find(({ namespace }) => namespace?.endsWith('-data'))
  const annotations = labelsOf(fieldsOf(store?.manifest.metadata).annotations)
  assert.is(annotations['waybill.dev/object-lock-days'], '40')
  assert.is(annotations['waybill.dev/offsite'], 'eu-north-1/shops-elsewhere')
})

test('a test that has not succeeded for longer than its cadence is an alert, also when it never ran', () => {
  const rules = ofKind(acme.written, 'PrometheusRule').flatMap(({ manifest }) =>
    listOf(at(manifest, 'spec', 'groups', 0, 'rules')),
  )
  const expression = (name: string) =>
    String(
      at(
        rules.find(rule => at(rule, 'alert') === name),
        'expr',
      ),
    )
  const cronjob = (metric: string, name: string) =>
    `kube_cronjob_${metric}{namespace="acme-production-restore",cronjob="${name}"}`
  for (const [alert, name, days] of [
    ['RestoreTestStale', 'restore-test', 9],
    ['OffsiteRestoreTestStale', 'restore-test-offsite', 33],
  ] as const) {
    assert.is(
      expression(alert),
      `time() - max(${cronjob('status_last_successful_time', name)} or ${cronjob('created', name)}) > ${days * 86_400}`,
    )
  }
})

test.run()
