import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { installationsOf, odooOf } from '../src/analysis/odoo.ts'
import { confMap, indexed, MOUNTED, type Pod, workload } from './odoo-world.ts'

const service = (name: string, port: number, app = 'odoo') =>
  `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: erp}\nspec: {selector: {app: ${app}}, ports: [{port: ${port}}]}\n`

const route = (match: string, name: string, port: number) =>
  `---\napiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: ${name}, namespace: erp}\nspec: {routes: [{kind: Rule, match: "${match}", services: [{name: ${name}, port: ${port}}]}]}\n`

const roles = (yaml: string) => odooOf(indexed(yaml)).map(({ role, workload: { name } }) => `${name}: ${role}`)

const QUEUE = 'server_wide_modules = base,web,queue_job\ndb_name = acme'
const channels = (value: string) => `env: [{name: ODOO_QUEUE_JOB_CHANNELS, value: "${value}"}]`

const CASES: readonly (readonly [behaviour: string, role: string, pod: Pod, more?: string])[] = [
  ['a server as it comes is a web server', 'web', {}],
  ['it is one although it is called "cron"', 'web', { name: 'cron' }, service('cron', 8069, 'cron')],
  ['without HTTP it is there for scheduled actions', 'cron', { container: 'args: [--no-http, --workers=-1]' }],
  [
    'with the command in the first place it holds live connections',
    'websocket',
    { container: 'args: [odoo, gevent, --workers=4]' },
  ],
  ['with the command in another place it does not', 'web', { container: 'args: [odoo, --workers=4, gevent]' }],
  [
    'one that ends after its start migrates',
    'migrate',
    { kind: 'Job', container: 'args: [odoo, -u, sale, --stop-after-init]' },
  ],
  ['one that goes on after an update is a web server all the same', 'web', { container: 'args: [odoo, -u, sale]' }],
  [
    'click-odoo-update migrates',
    'migrate',
    { kind: 'Job', container: 'command: [click-odoo-update], args: [-d, acme]' },
  ],
  ['a shell is a shell', 'shell', { container: 'args: [odoo, shell, -d, acme]' }],
  [
    'and so is any other command',
    'shell',
    { kind: 'Job', container: 'command: [odoo], args: [--addons-path=/mnt, neutralize, -d, acme]' },
  ],
]

for (const [behaviour, role, pod, more = ''] of CASES) {
  test(behaviour, () => assert.equal(roles(workload(pod) + more), [`${pod.name ?? 'odoo'}: ${role}`]))
}

test('a server whose runner hands out jobs, and that nobody outside reaches, is there for the jobs', () => {
  const odoo = confMap(QUEUE) + workload({ ...MOUNTED, container: `${MOUNTED.container}, ${channels('root:4')}` })
  assert.equal(roles(odoo), ['odoo: queue'])
  assert.equal(roles(odoo + service('odoo', 8069)), ['odoo: queue'])
  assert.equal(roles(odoo + service('odoo', 8069) + route('Host(`erp.example`)', 'odoo', 8069)), ['odoo: web'])
})

test('a runner that nobody set up makes no server one for jobs', () => {
  const { runner, role } = odooOf(indexed(confMap(QUEUE) + workload(MOUNTED)))[0] ?? {}
  assert.is(role, 'web')
  assert.equal(runner?.enabled, true)
  assert.equal(runner?.channels, [{ name: 'root', capacity: 1 }])
})

test('a server that only programs are sent to is one for them', () => {
  const odoo = workload() + service('odoo', 8069)
  assert.equal(
    roles(odoo + route('Host(`a.example`) && (PathPrefix(`/xmlrpc`) || PathPrefix(`/jsonrpc`))', 'odoo', 8069)),
    ['odoo: api'],
  )
  assert.equal(
    roles(odoo + route('Host(`a.example`) && (PathPrefix(`/xmlrpc`) || PathPrefix(`/web`))', 'odoo', 8069)),
    ['odoo: web'],
  )
  assert.equal(roles(odoo + route('Host(`a.example`) && !PathPrefix(`/xmlrpc`)', 'odoo', 8069)), ['odoo: web'])
})

const CHANNELS: readonly (readonly [text: string, enabled: boolean, channels: string])[] = [
  ['root:4,root.pos:2', true, 'root 4, root.pos 2'],
  ['root:2:throttle=1,edi:1', true, 'root 2, root.edi 1'],
  ['root,root.a', true, 'root 1, root.a 1'],
  ['root:0', false, ''],
  [' root:0,root.a:1', false, ''],
]

for (const [text, enabled, expected] of CHANNELS) {
  test(`channels "${text}" ${enabled ? 'are read' : 'switch the runner off'}`, () => {
    const [odoo] = odooOf(
      indexed(confMap(QUEUE) + workload({ ...MOUNTED, container: `${MOUNTED.container}, ${channels(text)}` })),
    )
    assert.is(odoo?.runner.enabled, enabled)
    assert.is(odoo?.runner.channels.map(({ name, capacity }) => `${name} ${capacity}`).join(', '), expected)
  })
}

test('without the module there is no runner, and where the modules are unknown nobody can tell', () => {
  const runner = (pod: Pod) => odooOf(indexed(workload(pod)))[0]?.runner.enabled
  assert.is(runner({ container: channels('root:4') }), false)
  assert.is(runner({ image: 'acme/odoo:18.0', container: 'args: [odoo]' }), undefined)
  assert.is(runner({ image: 'acme/odoo:18.0', container: `args: [odoo], ${channels('root:4')}` }), true)
})

test('requests to a port go to the container that has it', () => {
  const beside = workload().replace(
    'containers: [',
    'containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}, ',
  )
  const routed = (port: number) =>
    odooOf(indexed(beside + service('odoo', port) + route('Host(`a.example`)', 'odoo', port)))[0]?.routes.map(
      ({ ports }) => ports,
    )
  assert.equal(routed(80), [])
  assert.equal(routed(8069), [[8069]])
})

test('containers belong to one Odoo when they share a file, a claim or a database', () => {
  const claim = {
    container: 'volumeMounts: [{name: data, mountPath: /var/lib/odoo}]',
    pod: 'volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]',
  }
  const groups = (yaml: string) =>
    installationsOf(indexed(yaml)).map(members => members.map(({ workload: { name } }) => name).join('+'))
  assert.equal(
    groups(confMap('workers = 1') + workload({ ...MOUNTED, name: 'a' }) + workload({ ...MOUNTED, name: 'b' })),
    ['a+b'],
  )
  assert.equal(groups(workload({ ...claim, name: 'a' }) + workload({ ...claim, name: 'b' })), ['a+b'])
  assert.equal(
    groups(
      workload({ name: 'a', container: 'args: [-d, acme]' }) + workload({ name: 'b', container: 'args: [-d, acme]' }),
    ),
    ['a+b'],
  )
  assert.equal(
    groups(
      workload({ name: 'a', container: 'args: [-d, acme]' }) + workload({ name: 'b', container: 'args: [-d, other]' }),
    ),
    ['a', 'b'],
  )
  assert.equal(groups(workload({ name: 'a' }) + workload({ name: 'b' })), ['a', 'b'])
})

test('a third container joins two that had nothing in common', () => {
  const both = {
    name: 'c',
    container: 'args: [-d, acme], volumeMounts: [{name: config, mountPath: /etc/odoo}]',
    pod: 'volumes: [{name: config, configMap: {name: odoo}}]',
  }
  const yaml =
    confMap('workers = 1') +
    workload({ name: 'a', container: 'args: [-d, acme]' }) +
    workload({ ...MOUNTED, name: 'b' }) +
    workload(both)
  assert.equal(
    installationsOf(indexed(yaml)).map(members => members.map(({ workload: { name } }) => name).sort()),
    [['a', 'b', 'c']],
  )
})

test('the host of a database leads through poolers to its servers', () => {
  const yaml = `---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db, namespace: data}
spec: {instances: 2}
---
apiVersion: postgresql.cnpg.io/v1
kind: Pooler
metadata: {name: pool, namespace: data}
spec: {cluster: {name: db}, type: rw, pgbouncer: {poolMode: transaction}}
`
  const database = (host: string) => {
    const found = odooOf(indexed(yaml + workload({ container: `command: [odoo], args: [--db_host=${host}]` })))[0]
      ?.database
    return [found?.servers, found?.pooler?.manifest.metadata.name]
  }
  assert.equal(database('db-rw.data.svc'), ['Cluster/data/db', undefined])
  assert.equal(database('db-ro.data.svc.cluster.local'), ['Cluster/data/db', undefined])
  assert.equal(database('pool.data'), ['Cluster/data/db', 'pool'])
  assert.equal(database('db-rw'), ['db-rw', undefined])
  assert.equal(database('db.example.com'), ['db.example.com', undefined])
})

test('an autoscaler says how many pods there may be, and a schedule no more than it asks for', () => {
  const scaled = (kind: string, spec: string) =>
    odooOf(
      indexed(
        `${workload({ spec: 'replicas: 2' })}---\napiVersion: x/v1\nkind: ${kind}\nmetadata: {name: s, namespace: erp}\nspec: {scaleTargetRef: {name: odoo}, ${spec}}\n`,
      ),
    )[0]?.replicas
  const bounds = (kind: string, spec: string) => {
    const found = scaled(kind, spec)
    return [found?.least, found?.most]
  }
  assert.equal(bounds('HorizontalPodAutoscaler', 'minReplicas: 3, maxReplicas: 9'), [3, 9])
  assert.equal(bounds('ScaledObject', 'minReplicaCount: 1, triggers: [{type: cpu}]'), [1, 100])
  assert.equal(bounds('ScaledObject', 'triggers: [{type: cron, metadata: {desiredReplicas: "1"}}]'), [0, 1])
  assert.equal(bounds('Other', 'maxReplicas: 9'), [2, 2])
})

test.run()
