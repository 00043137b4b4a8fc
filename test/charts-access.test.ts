import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isFields, listOf } from '../src/manifest/value.ts'
import { at, BAKERY, everyUnit, ofKind, PROVIDER, platformUnitOf, unitOf, type Written } from './charts-unit.ts'

/** Whether a group may do something in a namespace, by the Roles that are bound to it there. */
function may(
  written: readonly Written[],
  group: string,
  namespace: string,
  verb: string,
  apiGroup: string,
  resource: string,
): boolean {
  return ofKind(written, 'RoleBinding')
    .filter(binding => binding.namespace === namespace)
    .filter(({ manifest }) => listOf(manifest.subjects).some(subject => at(subject, 'name') === group))
    .some(({ manifest }) => {
      const name = at(manifest, 'roleRef', 'name')
      const [role] = ofKind(written, 'Role').filter(each => each.name === name && each.namespace === namespace)
      return listOf(role?.manifest.rules)
        .filter(isFields)
        .some(
          rule =>
            listOf(rule.apiGroups).includes(apiGroup) &&
            listOf(rule.resources).includes(resource) &&
            listOf(rule.verbs).includes(verb),
        )
    })
}

const CNPG = 'postgresql.cnpg.io'
const SERVERS = ['clusters', 'databaseroles', 'databases', 'poolers']
const WRITES = ['create', 'update', 'patch', 'delete']

test('whoever runs Odoo restarts its pods and scales them, and has no way into the databases', () => {
  for (const environment of ['dev', 'production']) {
    const { written } = unitOf(PROVIDER, 'inn', environment)
    const [app, data] = [`inn-${environment}-app`, `inn-${environment}-data`]
    assert.ok(may(written, 'inn-people', app, 'delete', '', 'pods'))
    assert.ok(may(written, 'inn-people', app, 'get', '', 'pods/log'))
    assert.is(may(written, 'inn-people', app, 'create', '', 'pods/exec'), environment !== 'production')
    // Who may change a Deployment starts whatever he likes with the password of the database; its number is harmless.
    assert.ok(may(written, 'inn-people', app, 'patch', 'apps', 'deployments/scale'))
    assert.not.ok(may(written, 'inn-people', app, 'patch', 'apps', 'deployments'))
    assert.ok(may(written, 'inn-people', data, 'get', CNPG, 'clusters'))
    for (const resource of SERVERS) {
      for (const verb of WRITES) assert.not.ok(may(written, 'inn-people', data, verb, CNPG, resource), resource)
    }
    for (const verb of ['create', 'get']) assert.not.ok(may(written, 'inn-people', data, verb, '', 'pods/exec'))
  }
})

test('nobody makes a Job, changes a Deployment or a wish for a secret: each of them starts or reads anything', () => {
  for (const environment of ['dev', 'production']) {
    const { written } = unitOf(PROVIDER, 'inn', environment)
    const namespaces = ofKind(written, 'Namespace').map(({ name }) => name)
    assert.ok(namespaces.length >= 2)
    for (const group of ['inn-people', 'database-people', 'platform-people', 'auditors']) {
      for (const namespace of namespaces) {
        for (const verb of WRITES) {
          assert.not.ok(may(written, group, namespace, verb, 'batch', 'jobs'), `${group} ${namespace}`)
          assert.not.ok(may(written, group, namespace, verb, 'apps', 'deployments'), `${group} ${namespace}`)
          assert.not.ok(may(written, group, namespace, verb, 'external-secrets.io', 'externalsecrets'), group)
        }
      }
    }
    // A restart takes none of it: pods go one by one, and whoever does it sees the next one come.
    const app = `inn-${environment}-app`
    for (const verb of ['list', 'delete']) assert.ok(may(written, 'inn-people', app, verb, '', 'pods'), verb)
    for (const verb of ['get', 'list', 'watch']) assert.ok(may(written, 'inn-people', app, verb, 'apps', 'deployments'))
  }
})

test('whoever runs the databases does so where the databases are, and has no business with Odoo', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'production')
  const [app, data] = ['palace-production-app', 'palace-production-data']
  for (const resource of SERVERS) assert.ok(may(written, 'database-people', data, 'patch', CNPG, resource))
  assert.ok(may(written, 'database-people', data, 'create', '', 'pods/exec'))
  assert.not.ok(may(written, 'database-people', data, 'delete', CNPG, 'clusters'), 'that is what Git is for')
  assert.not.ok(may(written, 'database-people', app, 'get', '', 'pods'))
})

test('whoever runs the clusters and whoever looks on change nothing of a database either', () => {
  const { written } = unitOf(PROVIDER, 'palace', 'production')
  for (const group of ['platform-people', 'auditors']) {
    for (const zone of ['app', 'data']) {
      const namespace = `palace-production-${zone}`
      assert.ok(may(written, group, namespace, 'list', '', 'pods'), `${group} ${zone}`)
      assert.not.ok(may(written, group, namespace, 'create', '', 'pods/exec'), `${group} ${zone}`)
      for (const resource of SERVERS) {
        for (const verb of WRITES) assert.not.ok(may(written, group, namespace, verb, CNPG, resource), resource)
      }
    }
  }
  for (const verb of [...WRITES]) {
    assert.not.ok(may(written, 'auditors', 'palace-production-app', verb, '', 'pods'), verb)
  }
})

test('nobody reads a Secret, nobody gets everything, and nobody gives himself more', () => {
  const all = [...everyUnit().map(([, unit]) => unit.written), platformUnitOf(PROVIDER, 'dev').written].flat()
  const roles = all.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
  assert.ok(roles.length > 20)
  for (const { name, manifest } of roles) {
    for (const rule of listOf(manifest.rules).filter(isFields)) {
      const words = [...listOf(rule.apiGroups), ...listOf(rule.resources), ...listOf(rule.verbs)]
      assert.not.ok(words.includes('*'), name)
      // The test of a restore reads the password of the servers that it made, by their names.
      const trials = listOf(rule.resourceNames).length > 0 && name === 'restore-test'
      assert.not.ok(listOf(rule.resources).includes('secrets') && !trials, name)
      for (const verb of ['escalate', 'bind', 'impersonate']) assert.not.ok(listOf(rule.verbs).includes(verb), name)
      const writes = listOf(rule.verbs).some(verb => WRITES.includes(String(verb)))
      if (listOf(rule.apiGroups).includes('rbac.authorization.k8s.io')) assert.not.ok(writes, name)
    }
  }
})

test('beside shared servers the duties are kept apart as well, and no tenant has a hand in', () => {
  const { written } = platformUnitOf(PROVIDER, 'dev')
  const data = 'platform-dev-data'
  assert.ok(may(written, 'database-people', data, 'patch', CNPG, 'clusters'))
  assert.not.ok(may(written, 'platform-people', data, 'patch', CNPG, 'clusters'))
  for (const verb of ['get', ...WRITES]) assert.not.ok(may(written, 'inn-people', data, verb, CNPG, 'clusters'))
})

test('a duty that no group has leaves no role behind, and without groups there are none', () => {
  const { written } = unitOf(PROVIDER.replace('audit: auditors', ''), 'palace', 'production')
  assert.not.ok(written.some(({ name }) => name === 'waybill-audit'))
  const bakery = [...unitOf(BAKERY, 'bakery', 'production').written, ...platformUnitOf(BAKERY, 'production').written]
  assert.equal(
    bakery.filter(({ kind }) => /Role/.test(kind)).map(({ kind }) => kind),
    [],
  )
})

test('across the cluster there are two roles: one empties nodes, one looks on', () => {
  const { written } = platformUnitOf(PROVIDER, 'production')
  assert.equal(
    ofKind(written, 'ClusterRole').map(({ name }) => name),
    ['waybill-platform', 'waybill-audit'],
  )
  const verbs = (name: string) =>
    new Set(
      written
        .filter(each => each.kind === 'ClusterRole' && each.name === name)
        .flatMap(({ manifest }) => listOf(manifest.rules).flatMap(rule => listOf(at(rule, 'verbs')))),
    )
  assert.equal([...verbs('waybill-audit')].sort(), ['get', 'list', 'watch'])
  assert.equal([...verbs('waybill-platform')].sort(), ['create', 'get', 'list', 'patch', 'watch'])
})

test('two duties in one group are refused, for they would be one', () => {
  const { contradictions } = unitOf(PROVIDER.replace('audit: auditors', 'audit: database-people'), 'inn', 'dev')
  assert.match(String(contradictions[0]?.message), /the group "database-people" has both duties, database and audit/)
})

test.run()
