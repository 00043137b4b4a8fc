import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { promotionBody } from '../src/promote/body.ts'
import type { PromotionPlan, UnitPromotion } from '../src/promote/plan.ts'
import { unitSummary } from '../src/promote/unit-summary.ts'
import { gatesWith, planOf, promotionOf, UNAPPROVED, workload } from './body-fixture.ts'

const test = suite('a unit that comes or goes as a whole')

const RBAC = 'rbac.authorization.k8s.io/v1'
const object = (
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
  rest = {},
): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...rest,
})

const namespace = (name: string) => object('v1', 'Namespace', undefined, name)
const route = (place: string, host: string) =>
  object('traefik.io/v1alpha1', 'IngressRoute', place, 'odoo', { spec: { routes: [{ match: `Host(\`${host}\`)` }] } })
const database = (place: string) =>
  object('postgresql.cnpg.io/v1', 'Cluster', place, 'database', { spec: { instances: 3, storage: { size: '50Gi' } } })
const backups = (place: string) =>
  object('postgresql.cnpg.io/v1', 'ScheduledBackup', place, 'nightly', {
    spec: { schedule: '0 30 1 * * *', cluster: { name: 'database' } },
  })
const role = (place: string, name: string, resources: string[], verbs: string[], apiGroups = ['']) =>
  object(RBAC, 'Role', place, name, { rules: [{ apiGroups, resources, verbs }] })
const binding = (place: string, name: string, group: string) =>
  object(RBAC, 'RoleBinding', place, name, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'Group', name: group }],
  })

function tenant(name: string): readonly Manifest[] {
  const place = `${name}-production-app`
  return [
    namespace(place),
    workload(name, 'odoo-web', 'odoo:1', 2),
    workload(name, 'odoo-cron', 'odoo:1', 1),
    route(place, `${name}.shop.example`),
    database(place),
    backups(place),
    role(place, 'support', ['pods/exec'], ['create']),
    binding(place, 'support', 'support'),
    role(place, 'audit', ['pods', 'configmaps'], ['get', 'list']),
    binding(place, 'audit', 'audit'),
  ]
}

const arrival = (name: string, manifests = tenant(name)): UnitPromotion =>
  promotionOf(name, [], manifests, { kind: 'create', previous: undefined as never })
const departure = (name: string): UnitPromotion =>
  promotionOf(name, tenant(name), [], { kind: 'remove', revision: undefined as never })

function bodyOf(plan: PromotionPlan): string {
  return promotionBody(plan, gatesWith(plan, UNAPPROVED), 'waybill pulls report x')
}

/** The lines about what changes. */
function changesOf(plan: PromotionPlan): readonly string[] {
  const body = bodyOf(plan)
  const from = body.indexOf('### What changes')
  return body.slice(from, body.indexOf('### Who connects')).trim().split('\n').slice(2)
}

test('one that is new is told by what it does, with no line for each manifest', () => {
  assert.equal(changesOf(planOf([arrival('acme')])), [
    '**New here: `acme`, 10 manifests in all**',
    '',
    '- **Rights**: `Group/support` in `acme-production-app`: 1 right to change things; "create pods/exec" can be used to gain others; `Group/audit` in `acme-production-app`: only reads',
    '- **Answers under**: `acme.shop.example`',
    '- **Calls outside**: nobody',
    '- **Holds data**: `database` in `acme-production-app`: PostgreSQL, 3 × 50Gi',
    '- **Backups**: `nightly` in `acme-production-app`: `at 0 30 1 * * *`',
    '- **Runs**: `2 × odoo-web`, `odoo-cron`',
    '- **Beyond its own namespaces**: nothing',
    '- **Manifests**: 10, of them 2 Deployment, 2 Role, 2 RoleBinding, 1 Cluster and 3 of other kinds',
  ])
})

test('200 that are new alike are told in one go', () => {
  const names = Array.from({ length: 200 }, (_, index) => `tenant-${String(index).padStart(3, '0')}`)
  const body = bodyOf(planOf(names.map(name => arrival(name))))
  assert.ok(body.length < 6_000, `${body.length}`)
  assert.match(body, '**Answers under**: `{tenant}.shop.example` – in all 200 tenants')
})

test('200 that are new, each in its own way, leave room for the rest', () => {
  const plan = planOf(
    Array.from({ length: 200 }, (_, index) =>
      arrival(`t${index}`, [route('x', `${'long.'.repeat(40)}${index * 7}.example`), database(`y${index}`)]),
    ),
  )
  const body = bodyOf(plan)
  assert.ok(body.length < 20_000, `${body.length}`)
  assert.match(body, 'and 194 more lines in the report')
})

test('one that goes says first what is destroyed', () => {
  const lines = changesOf(planOf([departure('acme')]))
  assert.is(lines[0], '**Goes for good: `acme`, 10 manifests in all**')
  assert.equal(lines.slice(2, 7), [
    '- **Destroyed**:',
    '  - `Cluster/database` in `acme-production-app`: 3 instances, 50Gi: the database and its volumes are deleted',
    '  - `Namespace/acme-production-app`: everything in the namespace is deleted, its volumes included',
    '  - `ScheduledBackup/nightly` in `acme-production-app`: `0 30 1 * * *: no backups are made any longer`',
    '- **No longer answers under**: `acme.shop.example`',
  ])
})

test('of twenty things that are destroyed each is named, and what it takes from others is called a loss', () => {
  const volumes = Array.from({ length: 15 }, (_, index) =>
    object('v1', 'PersistentVolumeClaim', 'data', `files-${index}`),
  )
  const gone = promotionOf('acme', volumes, [], { kind: 'remove', revision: undefined as never })
  const text = changesOf(planOf([gone])).join('\n')
  assert.match(text, '`PersistentVolumeClaim/files-14` in `data`: the volume and what is on it are deleted')
  assert.match(text, '`data`: loses 15 PersistentVolumeClaim')
})

test('a change of one that stays is told beside it as ever', () => {
  const stays = promotionOf('beta', [workload('beta', 'web', 'odoo:1')], [workload('beta', 'web', 'odoo:2')])
  const text = changesOf(planOf([arrival('acme'), stays])).join('\n')
  assert.match(text, 'New here: `acme`')
  assert.match(text, 'image `odoo:1` → `odoo:2`')
})

test('what reaches into a namespace of somebody else is named with its age', () => {
  const policy = object('networking.k8s.io/v1', 'NetworkPolicy', 'shared-data', 'from-acme')
  const inThere = [...tenant('acme'), policy]
  const beyond = (plan: PromotionPlan) => changesOf(plan).find(line => line.includes('`shared-data`')) ?? ''
  assert.match(beyond(planOf([arrival('acme', inThere)])), '`shared-data`: is there already and gets 1 NetworkPolicy')
  const both = planOf([arrival('shared', [namespace('shared-data')]), arrival('acme', inThere)])
  assert.match(beyond(both), '`shared-data`: is new too and gets 1 NetworkPolicy')
})

test('what the whole cluster obeys and what is of high risk is never among the counted', () => {
  const follows = object('argoproj.io/v1alpha1', 'Application', 'argocd', 'traefik')
  const drop = object('scheduling.k8s.io/v1', 'PriorityClass', undefined, 'gold')
  const text = changesOf(planOf([arrival('acme', [...tenant('acme'), follows, drop])])).join('\n')
  assert.match(text, '**High risk**: 1 Application: the cluster follows another source')
  assert.match(text, 'the whole cluster gets 1 PriorityClass')
})

test('a database that nothing backs up is said to have no backup', () => {
  const [fact] = unitSummary([database('a')]).data
  assert.is(fact?.told, 'PostgreSQL, 3 × 50Gi, and no backup is scheduled')
  const [elsewhere] = unitSummary([database('a'), backups('b')]).data
  assert.is(elsewhere?.told, 'PostgreSQL, 3 × 50Gi, and no backup is scheduled', 'the same name in another namespace')
})

test('only rights to write lead from roles and databases to more; those to run commands and to read secrets always do', () => {
  const rightsOf = (resource: string, verb: string, group: string) =>
    unitSummary([role('a', 'x', [resource], [verb], [group]), binding('a', 'x', 'g')]).rights[0]?.told ?? ''
  const rbac = 'rbac.authorization.k8s.io'
  assert.is(rightsOf('clusters', 'get', 'postgresql.cnpg.io'), 'only reads')
  assert.is(
    rightsOf('clusters', 'patch', 'postgresql.cnpg.io'),
    '1 right to change things; "patch clusters.postgresql.cnpg.io" can be used to gain others',
  )
  assert.is(rightsOf('roles', 'list', rbac), 'only reads')
  assert.match(rightsOf('roles', 'create', rbac), 'can be used to gain others')
  assert.match(rightsOf('roles', 'create', '*'), 'can be used to gain others')
  assert.match(rightsOf('pods/exec', 'get', ''), 'can be used to gain others')
  assert.match(rightsOf('secrets', 'list', ''), 'only reads; "list secrets" can be used to gain others')
})

test('a role that stands elsewhere is named, since nothing here says what it allows', () => {
  const [fact] = unitSummary([binding('a', 'admin', 'ops')]).rights
  assert.is(fact?.told, 'what "admin" allows, which stands elsewhere')
})

test.run()
