import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reachOf } from '../src/analysis/reach.ts'
import { edgeToService, serviceTargetsOf } from '../src/analysis/service-target.ts'
import { world } from './reach-world.ts'

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: erp}
spec: {template: {metadata: {labels: {app: odoo, role: web}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8069}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ws, namespace: erp}
spec: {template: {metadata: {labels: {app: odoo, role: ws}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8072}]}]}}}
`

function service(spec: string): string {
  return `---\napiVersion: v1\nkind: Service\nmetadata: {name: odoo, namespace: erp}\nspec: ${spec}\n`
}

/** Each port with the pods behind it: `80 -> Deployment/erp/web:8069`. */
function targets(text: string, name = 'erp/odoo'): readonly string[] {
  const index = world(text)
  const target = serviceTargetsOf(index, reachOf(index)).get(name)
  return (target?.ports ?? []).map(
    ({ protocol, port, backends }) =>
      `${protocol} ${port} -> ${backends.map(backend => `${backend.pods.id}:${backend.port}`).join(' ')}`,
  )
}

test('a Service leads to the pods with its labels in its namespace, on its target port', () => {
  const other = WEB.replaceAll('namespace: erp', 'namespace: other')
  assert.equal(
    targets(`${WEB}---${other}${service('{selector: {role: web}, ports: [{port: 80, targetPort: 8069}]}')}`),
    ['TCP 80 -> Deployment/erp/web:8069'],
  )
})

test('without a target port a Service asks on its own', () => {
  assert.equal(targets(`${WEB}${service('{selector: {app: odoo}, ports: [{port: 8069}]}')}`), [
    'TCP 8069 -> Deployment/erp/web:8069 Deployment/erp/ws:8069',
  ])
})

test('a named target port is another number on each pod', () => {
  assert.equal(targets(`${WEB}${service('{selector: {app: odoo}, ports: [{port: 80, targetPort: http}]}')}`), [
    'TCP 80 -> Deployment/erp/web:8069 Deployment/erp/ws:8072',
  ])
  assert.equal(
    targets(`${WEB}${service('{selector: {app: odoo}, ports: [{port: 80, targetPort: http, protocol: UDP}]}')}`),
    ['UDP 80 -> '],
  )
})

test('a Service without a selector, or with a name outside, leads to no known pod', () => {
  assert.equal(targets(`${WEB}${service('{ports: [{port: 80}]}')}`), ['TCP 80 -> '])
  assert.equal(targets(`${WEB}${service('{selector: {}, ports: [{port: 80}]}')}`), ['TCP 80 -> '])
  assert.equal(
    targets(
      `${WEB}${service('{type: ExternalName, externalName: a.example, selector: {app: odoo}, ports: [{port: 80}]}')}`,
    ),
    ['TCP 80 -> '],
  )
})

const DENY_WS = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ws, namespace: erp}
spec: {podSelector: {matchLabels: {role: ws}}}
`

test('a connection to a Service is allowed if every pod behind it allows it, and unknown if they differ', () => {
  const verdictOf = (text: string, port: number) => {
    const index = world(
      `${text}---\napiVersion: v1\nkind: Pod\nmetadata: {name: client, namespace: erp}\nspec: {containers: []}\n`,
    )
    const reach = reachOf(index)
    const [client, target] = [reach.find('Pod/erp/client'), serviceTargetsOf(index, reach).get('erp/odoo')]
    if (client === undefined || target === undefined) throw new Error('client and service are there')
    return edgeToService(reach, client, target, { protocol: 'TCP', port }).verdict
  }
  const all = service('{selector: {app: odoo}, ports: [{port: 80, targetPort: http}]}')
  assert.is(verdictOf(`${WEB}${all}`, 80), 'allowed')
  assert.is(verdictOf(`${WEB}${all}${DENY_WS}`, 80), 'unknown')
  assert.is(
    verdictOf(`${WEB}${service('{selector: {role: ws}, ports: [{port: 80, targetPort: http}]}')}${DENY_WS}`, 80),
    'denied',
  )
  assert.is(verdictOf(`${WEB}${all}`, 81), 'denied')
  assert.is(verdictOf(`${WEB}${service('{selector: {app: other}, ports: [{port: 80}]}')}`, 80), 'unknown')
})

const CNPG = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: db, namespace: erp}
spec:
  instances: 3
  inheritedMetadata: {labels: {tenant: acme}}
  managed: {services: {additional: [{selectorType: rw, serviceTemplate: {metadata: {name: db-public}, spec: {type: LoadBalancer}}}]}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Pooler
metadata: {name: pool, namespace: erp}
spec: {cluster: {name: db}, instances: 2, template: {metadata: {labels: {tenant: acme}}, spec: {containers: []}}}
`

test('CloudNativePG makes instances, poolers and jobs, which policies select by its labels', () => {
  const index = world(CNPG)
  const reach = reachOf(index)
  assert.equal(
    reach.pods.map(({ id }) => id),
    [
      'Cluster/erp/db:initdb job',
      'Cluster/erp/db:join job',
      'Cluster/erp/db:primary',
      'Cluster/erp/db:replica',
      'Pooler/erp/pool',
    ],
  )
  const primary = reach.find('Cluster/erp/db:primary')
  assert.is(primary?.labels['cnpg.io/cluster'], 'db')
  assert.is(primary?.labels['cnpg.io/instanceRole'], 'primary')
  assert.is(primary?.labels.tenant, 'acme')
  assert.equal(
    primary?.ports.map(({ port }) => port),
    [5432, 9187, 8000],
  )
  assert.equal(
    reach.find('Pooler/erp/pool')?.ports.map(({ name, port }) => `${name} ${port}`),
    ['pgbouncer 5432', 'metrics 9127'],
  )
  assert.is(reach.find('Pooler/erp/pool')?.labels['cnpg.io/poolerName'], 'pool')
})

test('CloudNativePG makes Services for each role', () => {
  assert.equal(targets(CNPG, 'erp/db-rw'), ['TCP 5432 -> Cluster/erp/db:primary:5432'])
  assert.equal(targets(CNPG, 'erp/db-ro'), ['TCP 5432 -> Cluster/erp/db:replica:5432'])
  assert.equal(targets(CNPG, 'erp/db-r'), ['TCP 5432 -> Cluster/erp/db:primary:5432 Cluster/erp/db:replica:5432'])
  assert.equal(targets(CNPG, 'erp/pool'), ['TCP 5432 -> Pooler/erp/pool:5432'])
  const index = world(CNPG)
  const services = serviceTargetsOf(index, reachOf(index))
  assert.is(services.get('erp/db-public')?.exposed, true)
  assert.is(services.get('erp/db-rw')?.exposed, false)
})

for (const [bootstrap, job] of [
  ['{recovery: {source: old}}', 'full-recovery job'],
  ['{recovery: {volumeSnapshots: {}}}', 'snapshot-recovery job'],
  ['{pg_basebackup: {source: old}}', 'pgbasebackup job'],
  ['{initdb: {import: {type: microservice}}}', 'import job'],
]) {
  test(`a cluster of one instance that starts from ${bootstrap} has no replica, and a ${job}`, () => {
    const reach = reachOf(
      world(
        `apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db, namespace: erp}\nspec: {instances: 1, bootstrap: ${bootstrap}}\n`,
      ),
    )
    assert.equal(
      reach.pods.map(({ id }) => id),
      [`Cluster/erp/db:${job}`, 'Cluster/erp/db:primary'].sort(),
    )
  })
}

const REDIS = `
apiVersion: redis.redis.opstreelabs.in/v1beta2
kind: RedisReplication
metadata: {name: cache, namespace: erp, labels: {tenant: acme}}
spec: {clusterSize: 3, redisExporter: {enabled: true}}
---
apiVersion: redis.redis.opstreelabs.in/v1beta2
kind: RedisSentinel
metadata: {name: cache, namespace: erp}
spec: {clusterSize: 3}
`

test('the Redis operator makes data nodes and sentinels with their Services', () => {
  const reach = reachOf(world(REDIS))
  assert.equal(
    reach.pods.map(({ id }) => id),
    ['RedisReplication/erp/cache', 'RedisSentinel/erp/cache'],
  )
  assert.equal(reach.find('RedisReplication/erp/cache')?.labels, {
    app: 'cache',
    redis_setup_type: 'replication',
    role: 'replication',
    tenant: 'acme',
  })
  assert.equal(reach.find('RedisSentinel/erp/cache')?.labels, {
    app: 'cache-sentinel',
    redis_setup_type: 'sentinel',
    role: 'sentinel',
  })
  assert.equal(targets(REDIS, 'erp/cache-master'), [
    'TCP 6379 -> RedisReplication/erp/cache:6379',
    'TCP 9121 -> RedisReplication/erp/cache:9121',
  ])
  assert.equal(targets(REDIS, 'erp/cache-sentinel'), ['TCP 26379 -> RedisSentinel/erp/cache:26379'])
  assert.equal(targets(REDIS, 'erp/cache-headless'), ['TCP 6379 -> RedisReplication/erp/cache:6379'])
})

test('a Service in the manifests wins over one that an operator would make', () => {
  const own =
    '---\napiVersion: v1\nkind: Service\nmetadata: {name: db-rw, namespace: erp}\nspec: {selector: {cnpg.io/poolerName: pool}, ports: [{port: 6432, targetPort: pgbouncer}]}\n'
  assert.equal(targets(`${CNPG}${own}`, 'erp/db-rw'), ['TCP 6432 -> Pooler/erp/pool:5432'])
})

test.run()
