import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, envOf, ofKind, podsOf, the, unitOf } from './charts-unit.ts'

const TRIED = BAKERY.replace('tenants:', 'environments: {rehearsal: {}, production: {}}\ntenants:').replace(
  'environments: {production:',
  'environments: {rehearsal: {host: try.bakery.example, users: 12, rehearsal: {minutes: 5}}, production:',
)
const unit = unitOf(TRIED, 'bakery', 'rehearsal')

test('what is tried on purpose sleeps until somebody starts it', () => {
  const jobs = ofKind(unit.written, 'CronJob')
  assert.equal(
    jobs.map(({ name }) => name),
    ['load-test', 'failover-test'],
  )
  for (const { name, manifest } of jobs) {
    assert.is(at(manifest, 'spec', 'suspend'), true, name)
    assert.is(at(manifest, 'spec', 'jobTemplate', 'spec', 'backoffLimit'), 0)
  }
})

test('a crowd of the size that is stated asks the pods that answer people', () => {
  const [pods] = podsOf(unit.written).filter(({ object }) => object.name === 'load-test')
  const [container] = pods?.containers ?? []
  const value = (name: string) => envOf(container, name)?.value
  assert.equal(
    [value('WAYBILL_USERS'), value('WAYBILL_MINUTES'), value('WAYBILL_LIMIT'), value('WAYBILL_BASE')],
    ['12', '5', '2', 'http://odoo-web:8069'],
  )
  assert.is(pods?.spec.automountServiceAccountToken, false)
  const key = at(the(unit.written, 'ExternalSecret', 'load-test'), 'spec', 'data', 0, 'remoteRef', 'key')
  assert.is(key, 'bakery/rehearsal/load-test')
})

test('who takes a server away may delete pods beside it and look at one cluster, nothing else', () => {
  const role = the(unit.written, 'Role', 'failover-test')
  assert.is(fieldsOf(role.metadata).namespace, 'bakery-rehearsal-data')
  assert.equal(role.rules, [
    { apiGroups: ['postgresql.cnpg.io'], resources: ['clusters'], resourceNames: ['database'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
  ])
  const subject = listOf(the(unit.written, 'RoleBinding', 'failover-test').subjects)
  assert.equal(subject, [{ kind: 'ServiceAccount', name: 'failover-test', namespace: 'bakery-rehearsal-app' }])
  const [pods] = podsOf(unit.written).filter(({ object }) => object.name === 'failover-test')
  assert.is(envOf(pods?.containers[0], 'WAYBILL_LONGEST')?.value, String(unit.settings.objectives.rto))
  assert.is(envOf(pods?.containers[0], 'PGHOST')?.value, 'database-rw.bakery-rehearsal-data.svc')
})

test('every script finds what it reads in its environment', () => {
  const scripts = labelsOf(the(unit.written, 'ConfigMap', 'rehearsal').data)
  for (const { containers, object } of podsOf(unit.written).filter(each => each.object.kind === 'CronJob')) {
    const script = scripts[`${object.name}.py`]
    assert.ok(script !== undefined, object.name)
    for (const [, name = ''] of String(script).matchAll(/environ\["(\w+)"\]/g)) {
      assert.ok(envOf(containers[0], name) !== undefined, `${object.name}: ${name}`)
    }
  }
})

test('production is not tried, and one server is not taken away', () => {
  const messages = (yaml: string, environment: string) =>
    unitOf(yaml, 'bakery', environment).contradictions.map(({ message }) => message)
  assert.equal(messages(BAKERY.replace('users: 25', 'users: 25, rehearsal: {}'), 'production'), [
    'a rehearsal takes servers away and plays a crowd, and this is production',
  ])
  const alone = TRIED.replace('rehearsal: {minutes: 5}', 'tier: bronze, rehearsal: {failover: true}')
  assert.equal(messages(alone, 'rehearsal'), ['the loss of a server is to be tried, and there is only one'])
  const bronze = unitOf(TRIED.replace('rehearsal: {minutes: 5}', 'tier: bronze, rehearsal: {}'), 'bakery', 'rehearsal')
  assert.equal(
    ofKind(bronze.written, 'CronJob').map(({ name }) => name),
    ['load-test'],
  )
  assert.equal(ofKind(unitOf(TRIED, 'bakery', 'production').written, 'CronJob'), [])
})

test.run()
