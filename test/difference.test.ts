import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { differences } from '../src/promote/difference.ts'
import type { Operation } from '../src/promote/operation.ts'

const DIGEST = (digit: string) => `sha256:${digit.repeat(64)}`

type Fields = Record<string, unknown>

function manifest(apiVersion: string, kind: string, rest: Fields, metadata: Fields = {}): Manifest {
  return { apiVersion, kind, metadata: { name: 'it', namespace: 'acme', ...metadata }, ...rest } as Manifest
}

/** One line for an operation: `!` when it blocks, `+` when it is capacity. */
function told({ risk, topic, action, subject, what, from, to, blocks, capacity }: Operation): string {
  const values = from === undefined && to === undefined ? '' : ` ${from ?? '∅'} → ${to ?? '∅'}`
  return `${risk.class} ${topic} ${action} ${subject}: ${what}${values}${blocks ? ' !' : ''}${capacity ? ' +' : ''}`
}

function tell(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  return differences(before, after).map(told)
}

/** The difference of one object under two values of its fields. */
function change(apiVersion: string, kind: string, before: Fields, after: Fields): string[] {
  return tell([manifest(apiVersion, kind, before)], [manifest(apiVersion, kind, after)])
}

const pod = (container: Fields, spec: Fields = {}) => ({
  spec: { template: { spec: { containers: [{ name: 'odoo', ...container }], ...spec } } },
})

const deployment = (before: Fields, after: Fields) => change('apps/v1', 'Deployment', before, after)
const container = (before: Fields, after: Fields) => deployment(pod(before), pod(after))
const cluster = (before: Fields, after: Fields) =>
  change('postgresql.cnpg.io/v1', 'Cluster', { spec: before }, { spec: after })

test('an image is told by its repository, tag and the first twelve characters of its digest', () => {
  const image = (tag: string, digit: string) => ({ image: `r.example:5000/acme/odoo${tag}@${DIGEST(digit)}` })
  assert.equal(container(image('', '1'), image('', '2')), [
    'medium image change it: image r.example:5000/acme/odoo@111111111111 → r.example:5000/acme/odoo@222222222222',
  ])
  assert.equal(container(image(':18.0', '1'), image(':18.1', '1')), [
    'low image change it: image r.example:5000/acme/odoo:18.0@111111111111 → r.example:5000/acme/odoo:18.1@111111111111',
  ])
  assert.equal(container(image('', '1'), { image: 'r.example:5000/acme/odoo:latest' }), [
    'high image change it: image r.example:5000/acme/odoo@111111111111 → r.example:5000/acme/odoo:latest',
  ])
  assert.match(container({ image: 'r:5000/a' }, { image: 'r:5000/b' }).join(), /^high image /)
  assert.match(container({ image: 'odoo:18.0' }, { image: 'odoo:19.0' }).join(), /^high image /)
  assert.match(container({ image: 'odoo:20260723' }, { image: 'odoo:20300101' }).join(), /^medium image /)
  assert.equal(container({ image: 'a/odoo:1' }, { image: 'b/odoo:1' }), [
    'high image change it: image a/odoo:1 → b/odoo:1',
  ])
})

test('digests that differ only beyond what is shown are shown in full', () => {
  const digest = (last: string) => `odoo@sha256:${'1'.repeat(63)}${last}`
  assert.equal(container({ image: digest('2') }, { image: digest('3') }), [
    `medium image change it: image ${digest('2')} → ${digest('3')}`,
  ])
})

test('replicas are capacity when there are more of them, and an outage at zero', () => {
  const replicas = (before?: number, after?: number) =>
    deployment({ spec: { replicas: before } }, { spec: { replicas: after } })
  assert.equal(replicas(2, 3), ['low replicas change it: replicas 2 → 3 +'])
  assert.equal(replicas(3, 2), ['medium replicas change it: replicas 3 → 2'])
  assert.equal(replicas(3, 0), ['high replicas change it: replicas 3 → 0'])
  assert.equal(replicas(0, 1), ['low replicas change it: replicas 0 → 1 +'])
  assert.equal(replicas(undefined, 3), ['medium replicas change it: replicas ∅ → 3'])
})

test('requests and limits are told by amount, and the same amount in other words is no risk', () => {
  const resources = (before: Fields, after: Fields) => container({ resources: before }, { resources: after })
  assert.equal(resources({ limits: { memory: '2Gi' } }, { limits: { memory: '3Gi' } }), [
    'low resources change it: memory limit 2Gi → 3Gi +',
  ])
  assert.equal(resources({ requests: { cpu: '1' } }, { requests: { cpu: '900m' } }), [
    'medium resources change it: cpu request 1 → 900m',
  ])
  assert.equal(resources({ requests: { cpu: 1 } }, { requests: { cpu: '1000m' } }), [
    'none resources change it: cpu request 1 → 1000m',
  ])
  assert.match(resources({ requests: { cpu: '1.4' } }, { requests: { cpu: '1400m' } }).join(), /^none /)
  assert.match(resources({ limits: { memory: '1024Ki' } }, { limits: { memory: '1Mi' } }).join(), /^none /)
  assert.match(resources({ limits: { memory: '1G' } }, { limits: { memory: '1Gi' } }).join(), / \+$/)
  assert.equal(resources({ limits: { memory: '2Gi' } }, {}), ['medium resources change it: memory limit 2Gi → ∅'])
})

test('flags of Odoo are told by the setting that they stand for', () => {
  const args = (before: string[], after: string[]) => container({ args: before }, { args: after })
  assert.equal(
    args(['odoo', '--workers=4', '--max-cron-threads=0'], ['odoo', '--workers', '6', '--max-cron-threads=0']),
    ['low workers change it: workers 4 → 6 +'],
  )
  assert.equal(args(['odoo', '--workers=4'], ['odoo', '--workers=0']), ['high workers change it: workers 4 → 0'])
  assert.equal(args(['odoo', '-u', 'sale,stock'], ['odoo', '-u', 'stock,acme_wms']), [
    'high modules change it: modules to update sale → acme_wms',
  ])
  assert.equal(args(['odoo', '-w', 'one'], ['odoo', '--db_password=two']), [
    'high secret change it: database password (hidden) → (hidden)',
  ])
  assert.equal(args(['odoo', 'gevent'], ['odoo', '-c', '/etc/odoo.conf', 'gevent']), [
    'medium configuration change it: config ∅ → /etc/odoo.conf',
  ])
  assert.equal(args(['odoo', 'gevent', '--a'], ['odoo', '--a']), [
    'medium configuration change it: args odoo gevent → odoo',
  ])
})

test('arguments of other programs are told flag by flag, and another order is told as such', () => {
  const redis = (before: string[], after: string[]) =>
    container({ image: 'valkey:8', args: before }, { image: 'valkey:8', args: after })
  assert.equal(redis(['--maxmemory', '256mb'], ['--maxmemory', '512mb']), [
    'medium configuration change it: maxmemory 256mb → 512mb',
  ])
  assert.equal(redis(['--a=1', '--b=2'], ['--b=2', '--a=1']), [
    'low configuration change it: args --a=1, --b=2 → --b=2, --a=1',
  ])
  assert.equal(redis(['--requirepass', 'one'], ['--requirepass', 'two']), [
    'medium configuration change it: requirepass (hidden) → (hidden)',
  ])
})

test('environment variables are matched by name, and secret ones are masked', () => {
  const env = (before: Fields[], after: Fields[]) => container({ env: before }, { env: after })
  const a = { name: 'A', value: '1' }
  const b = { name: 'B', value: '2' }
  assert.equal(env([a, b], [b, a]), [])
  assert.equal(env([a], [{ name: 'A', value: '3' }, b]), [
    'medium configuration change it: variable A 1 → 3',
    'medium configuration change it: variable B ∅ → 2',
  ])
  assert.equal(env([{ name: 'SMTP_TOKEN', value: 'x' }], [{ name: 'SMTP_TOKEN', value: 'y' }]), [
    'medium configuration change it: variable SMTP_TOKEN (hidden) → (hidden)',
  ])
  assert.equal(env([{ name: 'S3_SECRET_KEY', value: 'x' }], []), [
    'medium configuration change it: variable S3_SECRET_KEY (hidden) → ∅',
  ])
  const from = (key: string) => ({ name: 'A', valueFrom: { secretKeyRef: { name: 'app', key } } })
  assert.equal(env([from('one')], [from('two')]), [
    'medium secret change it: variable A from secret app one → from secret app two',
  ])
  assert.equal(env([{ name: 'SMTP_PASSWORD', value: 'x' }], [{ ...from('two'), name: 'SMTP_PASSWORD' }]), [
    'medium secret change it: variable SMTP_PASSWORD (hidden) → from secret app two',
  ])
  assert.equal(env([{ name: 'PGHOST', value: 'db-rw' }], [{ name: 'PGHOST', value: 'pooler' }]), [
    'high database change it: database host (PGHOST) db-rw → pooler',
  ])
})

test('one container of several is named behind its workload, unless it goes by the name of the workload', () => {
  const two = (gate: string) => ({
    spec: {
      template: {
        spec: {
          initContainers: [{ name: 'gate', image: gate }],
          containers: [
            { name: 'it', image: gate },
            { name: 'proxy', image: gate },
          ],
        },
      },
    },
  })
  assert.equal(deployment(two('a:1.1'), two('a:1.2')), [
    'medium image change it: image a:1.1 → a:1.2',
    'medium image change it/proxy: image a:1.1 → a:1.2',
    'medium image change it/gate: image a:1.1 → a:1.2',
  ])
})

test('init containers run in their order, so that another order is a change', () => {
  const inits = (...names: string[]) => pod({}, { initContainers: names.map(name => ({ name })) })
  assert.equal(deployment(inits('a', 'b'), inits('b', 'a')), [
    'medium availability change it: order of init containers a, b → b, a',
  ])
})

test('a container comes or goes as a whole', () => {
  const proxy = { name: 'proxy', image: 'envoy:1', env: [{ name: 'PASSWORD', value: 'x' }] }
  const containers = (...list: Fields[]) => ({ spec: { template: { spec: { containers: list } } } })
  assert.equal(deployment(containers({ name: 'odoo' }), containers({ name: 'odoo' }, proxy)), [
    'medium configuration change it/proxy: container ∅ → envoy:1',
  ])
  assert.equal(deployment(containers({ name: 'odoo' }, proxy), containers({ name: 'odoo' })), [
    'high configuration change it/proxy: container envoy:1 → ∅',
  ])
})

test('probes are told as one sentence', () => {
  const readiness = (periodSeconds: number) => ({
    readinessProbe: { httpGet: { path: '/web/health', port: 8069 }, periodSeconds, timeoutSeconds: 3 },
  })
  assert.equal(container(readiness(5), readiness(9)), [
    'medium availability change it: readiness probe GET /web/health on 8069, periodSeconds 5, timeoutSeconds 3 → GET /web/health on 8069, periodSeconds 9, timeoutSeconds 3',
  ])
  assert.equal(container({ livenessProbe: { tcpSocket: { port: 1 } } }, {}), [
    'high availability change it: liveness probe connect to 1 → ∅',
  ])
})

test('what the probe sentence leaves out is told in full', () => {
  const withHeader = (value: string) => ({
    startupProbe: { httpGet: { path: '/', port: 1, httpHeaders: [{ name: 'Host', value }] } },
  })
  const [line = ''] = container(withHeader('a'), withHeader('b'))
  assert.match(line, '"value":"a"')
  assert.match(line, '"value":"b"')
})

test('more rights of a process are high risk, fewer are low', () => {
  const security = (before: Fields, after: Fields) => container({ securityContext: before }, { securityContext: after })
  assert.equal(security({ runAsNonRoot: true }, { runAsNonRoot: false }), [
    'high access change it: runAsNonRoot true → false',
  ])
  assert.equal(security({}, { privileged: true }), ['high access change it: privileged ∅ → true'])
  assert.equal(security({ privileged: true }, {}), ['low access change it: privileged true → ∅'])
  assert.equal(security({ capabilities: { drop: ['ALL'] } }, { capabilities: { drop: ['ALL'], add: ['NET_RAW'] } }), [
    'high access change it: added capabilities ∅ → NET_RAW',
  ])
  assert.equal(security({ capabilities: { drop: ['A', 'B'] } }, { capabilities: { drop: ['B', 'A'] } }), [])
})

test('a checksum annotation says only that the pods restart', () => {
  const annotated = (checksum: string) => ({
    spec: { template: { metadata: { annotations: { 'checksum/config': checksum } } } },
  })
  assert.equal(deployment(annotated('a'), annotated('b')), ['low metadata change it: pod annotation checksum/config'])
})

test('the same change in several places of an object is one operation with several places', () => {
  const host = (name: string) =>
    manifest('traefik.io/v1alpha1', 'IngressRoute', {
      spec: { routes: [{ match: `Host(\`${name}\`) && Path(\`/a\`)` }, { match: `Host(\`${name}\`)` }] },
    })
  const [operation, ...others] = differences([host('a.example')], [host('b.example')])
  assert.equal(others, [])
  assert.equal(operation?.what, 'host')
  assert.equal(operation?.at, ['spec', 'routes', 0, 'match'])
  assert.equal(operation?.also, [['spec', 'routes', 1, 'match']])
})

test('odoo.conf is told key by key, wherever it stands', () => {
  const before = '[options]\nworkers = 4\nlimit_time_real = 120\ndb_password = one\nlist_db = False ; see\n'
  const after =
    '[options]\n# more\nworkers = 6\nlimit_time_real = 120\ndb_password = two\nserver_wide_modules = base,web\n'
  const expected = (subject: string) => [
    `high secret change ${subject}: database password (hidden) → (hidden)`,
    `high access change ${subject}: list_db False ; see → ∅`,
    `high modules change ${subject}: server-wide modules ∅ → base, web`,
    `low workers change ${subject}: workers 4 → 6 +`,
  ]
  const ordered = (lines: string[]) => [...lines].sort()
  assert.equal(
    ordered(change('v1', 'ConfigMap', { data: { 'odoo.conf': before } }, { data: { 'odoo.conf': after } })),
    ordered(expected('config it')),
  )
  const template = (text: string) => ({ spec: { target: { template: { data: { 'odoo.conf': text } } } } })
  assert.equal(
    ordered(change('external-secrets.io/v1', 'ExternalSecret', template(before), template(after))),
    ordered(expected('secret it')),
  )
})

test('keys of odoo.conf mean the same in any case, and belong to their section', () => {
  const conf = (text: string) => ({ data: { 'odoo.conf': text } })
  const told = (before: string, after: string) => change('v1', 'ConfigMap', conf(before), conf(after))
  assert.equal(told('[options]\nWorkers: 4', '[options]\nworkers = 4'), [
    'none configuration change config it: odoo.conf',
  ])
  assert.equal(told('[options]\n[queue_job]\nchannels = root:2', '[options]\n[queue_job]\nchannels = root:4'), [
    'medium workers change config it: queue channels root:2 → root:4',
  ])
  assert.equal(told('[options]\naddons_path = /a,\n  /b', '[options]\naddons_path = /a,\n  /c'), [
    'high modules change config it: addons path /b → /c',
  ])
  assert.equal(told('[options]\n{{ if .x := 1 }}\nworkers = 4', '[options]\n{{ if .y := 1 }}\nworkers = 4'), [
    'medium configuration change config it: odoo.conf {{ if .x := 1 }} → {{ if .y := 1 }}',
  ])
})

test('an odoo.conf whose comments alone differ is no risk, but is told', () => {
  const conf = (comment: string) => ({ data: { 'odoo.conf': `[options]\n; ${comment}\nworkers = 4\n` } })
  assert.equal(change('v1', 'ConfigMap', conf('a'), conf('b')), ['none configuration change config it: odoo.conf'])
})

test('other files are told by the lines that come and go, without their secrets', () => {
  const file = (text: string) => ({ data: { 'queries.yaml': text } })
  assert.equal(change('v1', 'ConfigMap', file('a: 1\nb: 2\n'), file('b: 2\na: 3\nc: 4\n')), [
    'medium configuration change config it: queries.yaml a: 1 → a: 3\nc: 4',
  ])
  assert.equal(change('v1', 'ConfigMap', file('api_key: abc'), file('api_key: def\nurl: pg://u:p@h/d')), [
    'medium configuration change config it: queries.yaml api_key: (hidden) → api_key: (hidden)\nurl: pg://(hidden)@h/d',
  ])
  const key = (body: string) => file(`-----BEGIN RSA PRIVATE KEY-----\n${body}\n`)
  assert.not.match(change('v1', 'ConfigMap', file(''), key('MIIE')).join(), /MIIE/)
  assert.equal(change('v1', 'ConfigMap', file('a\nb'), file('b\na')), [
    'medium configuration change config it: order of lines in queries.yaml',
  ])
})

test('values of secrets are never told', () => {
  const lines = [
    ...change(
      'v1',
      'Secret',
      { data: { k: 'QUFB' }, stringData: { p: 'AAA' } },
      { data: { k: 'QkJC' }, stringData: { p: 'BBB' } },
    ),
    ...change(
      'bitnami.com/v1alpha1',
      'SealedSecret',
      { spec: { encryptedData: { k: 'QUFB' } } },
      { spec: { encryptedData: {} } },
    ),
    ...tell([], [manifest('v1', 'Secret', { stringData: { p: 'AAA' } })]),
    ...change(
      'example.com/v1',
      'Thing',
      { spec: { auth: { password: 'AAA' } } },
      { spec: { auth: { password: 'BBB' } } },
    ),
    ...change('example.com/v1', 'Thing', {}, { spec: { users: [{ name: 'a', password: 'AAA' }] } }),
    ...change('example.com/v1', 'Thing', {}, { url: 'https://u:AAA@h' }),
    ...cluster({ bootstrap: {} }, { bootstrap: { initdb: { postInitSQL: ["ALTER ROLE a PASSWORD 'AAA'"] } } }),
  ]
  for (const line of lines) assert.not.match(line, /AAA|BBB|QUFB|QkJC/)
  assert.is(lines.length, 8)
})

test('a database of fewer or weaker guarantees is told as what can be lost', () => {
  assert.equal(cluster({ instances: 3 }, { instances: 2 }), ['medium database change database: instances 3 → 2'])
  assert.equal(cluster({ instances: 2 }, { instances: 1 }), ['high database change database: instances 2 → 1'])
  const synchronous = (fields: Fields) => ({ postgresql: { synchronous: fields } })
  assert.equal(cluster(synchronous({ dataDurability: 'required' }), synchronous({ dataDurability: 'preferred' })), [
    'high database change database: synchronous dataDurability required → preferred',
  ])
  assert.equal(cluster(synchronous({ number: 1 }), synchronous({ number: 2 })), [
    'medium database change database: synchronous number 1 → 2',
  ])
})

test('storage of a database grows as capacity, and shrinking it is destructive and refused', () => {
  const size = (of: string) => ({ storage: { size: of } })
  assert.equal(cluster(size('100Gi'), size('200Gi')), ['low storage change database: storage size 100Gi → 200Gi +'])
  assert.equal(cluster(size('1Ti'), size('1000Gi')), [
    'destructive storage change database: storage size 1Ti → 1000Gi !',
  ])
  assert.equal(cluster({ walStorage: { size: '9Gi' } }, {}), [
    'high storage change database: WAL storage size 9Gi → ∅ !',
  ])
  assert.equal(cluster({ tablespaces: [{ name: 'a', storage: {} }] }, { tablespaces: [] }), [
    'destructive storage change database: tablespace a {"name":"a","storage":{}} → ∅ !',
  ])
})

test('a major version of PostgreSQL is destructive, a minor one a restart', () => {
  const image = (tag: string) => ({ imageName: `ghcr.io/cloudnative-pg/postgresql:${tag}` })
  assert.match(cluster(image('17.5'), image('18.1')).join(), /^destructive database change database: image /)
  assert.match(cluster(image('17.5'), image('17.6')).join(), /^medium database change database: image /)
  assert.equal(cluster({ imageCatalogRef: { name: 'a', major: 16 } }, { imageCatalogRef: { name: 'a', major: 17 } }), [
    'destructive database change database: major version 16 → 17',
  ])
})

test('parameters that need a restart of the database say so', () => {
  const parameter = (name: string, before: string, after: string) =>
    cluster({ postgresql: { parameters: { [name]: before } } }, { postgresql: { parameters: { [name]: after } } })
  assert.equal(parameter('max_connections', '100', '200'), [
    'medium database change database: parameter max_connections 100 → 200',
  ])
  assert.equal(parameter('work_mem', '16MB', '32MB'), ['low database change database: parameter work_mem 16MB → 32MB'])
  assert.equal(parameter('synchronous_commit', 'on', 'off'), [
    'high database change database: parameter synchronous_commit on → off',
  ])
})

test('an archiver that goes is destructive', () => {
  const plugin = { name: 'barman-cloud.cloudnative-pg.io', isWALArchiver: true }
  assert.match(cluster({ plugins: [plugin] }, {}).join(), /^destructive database change database: plugin barman/)
  assert.equal(cluster({ plugins: [plugin] }, { plugins: [{ ...plugin, isWALArchiver: false }] }), [
    'high database change database: plugin barman-cloud.cloudnative-pg.io: isWALArchiver true → false',
  ])
})

test('poolers, backups, stores and database objects have their own words', () => {
  const pooler = (before: Fields, after: Fields) =>
    change('postgresql.cnpg.io/v1', 'Pooler', { spec: before }, { spec: after })
  assert.equal(pooler({ pgbouncer: { poolMode: 'session' } }, { pgbouncer: { poolMode: 'transaction' } }), [
    'high database change connection pooler it: pool mode session → transaction',
  ])
  assert.equal(pooler({ cluster: { name: 'a' } }, { cluster: { name: 'b' } }), [
    'high database change connection pooler it: cluster a → b !',
  ])
  const backup = (before: Fields, after: Fields) =>
    change('postgresql.cnpg.io/v1', 'ScheduledBackup', { spec: before }, { spec: after })
  assert.equal(backup({ schedule: '0 30 1 * * *' }, { schedule: '0 30 1 * * 0', suspend: true }), [
    'high schedule change scheduled backup it: backup schedule 0 30 1 * * * → 0 30 1 * * 0',
    'high schedule change scheduled backup it: suspended ∅ → true',
  ])
  const store = (before: string, after: string) =>
    change(
      'barmancloud.cnpg.io/v1',
      'ObjectStore',
      { spec: { retentionPolicy: before } },
      { spec: { retentionPolicy: after } },
    )
  assert.equal(store('35d', '4w'), ['destructive storage change backup store it: backup retention 35d → 4w'])
  assert.equal(store('4w', '35d'), ['low storage change backup store it: backup retention 4w → 35d'])
  assert.equal(
    change('postgresql.cnpg.io/v1', 'Database', { spec: { ensure: 'present' } }, { spec: { ensure: 'absent' } }),
    ['destructive database change database it: ensure present → absent'],
  )
  assert.equal(change('postgresql.cnpg.io/v1', 'DatabaseRole', { spec: {} }, { spec: { superuser: true } }), [
    'high access change database role it: superuser ∅ → true',
  ])
})

test('a volume claim grows, and is never smaller or of another class', () => {
  const claim = (spec: Fields) => ({ spec })
  const size = (of: string) => claim({ resources: { requests: { storage: of } } })
  const pvc = (before: Fields, after: Fields) => change('v1', 'PersistentVolumeClaim', before, after)
  assert.equal(pvc(size('1Gi'), size('2Gi')), ['low storage change volume it: storage size 1Gi → 2Gi +'])
  assert.equal(pvc(size('2Gi'), size('1Gi')), ['destructive storage change volume it: storage size 2Gi → 1Gi !'])
  assert.equal(pvc(claim({ storageClassName: 'a' }), claim({ storageClassName: 'b' })), [
    'high storage change volume it: storageClassName a → b !',
  ])
})

test('an Ingress is told by hosts and rules', () => {
  const ingress = (before: Fields, after: Fields) =>
    change('networking.k8s.io/v1', 'Ingress', { spec: before }, { spec: after })
  const rule = (host: string) => ({ host, http: { paths: [{ path: '/', backend: { service: { name: 'web' } } }] } })
  assert.equal(
    ingress({ rules: [rule('a.example'), rule('b.example')] }, { rules: [rule('b.example'), rule('a.example')] }),
    [],
  )
  assert.equal(ingress({ rules: [rule('a.example')] }, { rules: [rule('b.example')] }), [
    'high route change route it: host a.example → b.example',
  ])
  assert.equal(ingress({ rules: [rule('a.example')] }, { rules: [rule('a.example'), rule('b.example')] }), [
    'medium route change route it: host ∅ → b.example',
  ])
})

test('an IngressRoute is told by hosts, rules, middlewares and services', () => {
  const route = (...routes: Fields[]) => ({ spec: { routes } })
  const told = (before: Fields, after: Fields) => change('traefik.io/v1alpha1', 'IngressRoute', before, after)
  const web = {
    match: 'Host(`a.example`)',
    middlewares: [{ name: 'deny' }, { name: 'rate' }],
    services: [{ name: 'web', port: 1 }],
  }
  const ws = { match: 'Host(`a.example`) && PathPrefix(`/websocket`)', services: [{ name: 'ws', port: 2 }] }
  assert.equal(told(route(web, ws), route(ws, web)), [])
  assert.equal(told(route(web, ws), route(web)), [
    'high route change route it: rule Host(`a.example`) && PathPrefix(`/websocket`) → ∅',
  ])
  assert.equal(told(route(web), route({ ...web, match: 'Host(`a.example`) && Path(`/x`)' })), [
    'high route change route it: rule Host(`a.example`) → Host(`a.example`) && Path(`/x`)',
  ])
  assert.equal(told(route(web), route({ ...web, middlewares: [{ name: 'rate' }] })), [
    'high route change route it: rule any path: middleware deny → ∅',
  ])
  assert.equal(told(route(web), route({ ...web, middlewares: [{ name: 'rate' }, { name: 'deny' }] })), [
    'medium route change route it: rule any path: order of middlewares deny, rate → rate, deny',
  ])
  assert.equal(told(route(ws), route({ ...ws, priority: 9 })), [
    'medium route change route it: rule PathPrefix(`/websocket`): priority ∅ → 9',
  ])
  const renamed = (match: string) => match.replace('a.example', 'b.example')
  assert.equal(
    told(route(web, ws), route({ ...ws, match: renamed(ws.match) }, { ...web, match: renamed(web.match) })),
    ['high route change route it: host a.example → b.example'],
  )
})

test('a NetworkPolicy is told by the peers that it lets in or out', () => {
  const policy = (before: Fields, after: Fields) =>
    change('networking.k8s.io/v1', 'NetworkPolicy', { spec: before }, { spec: after })
  const peer = (role: string) => ({ podSelector: { matchLabels: { role } } })
  const rule = (peers: Fields[], ...ports: number[]) => ({ from: peers, ports: ports.map(port => ({ port })) })
  assert.equal(
    policy({ ingress: [rule([peer('web')], 6379)] }, { ingress: [rule([peer('web'), peer('cron')], 6379)] }),
    ['medium network change network policy it: ingress ∅ → from pods role=cron on 6379/TCP'],
  )
  assert.equal(policy({ ingress: [rule([peer('web')], 1, 2)] }, { ingress: [rule([peer('web')], 2)] }), [
    'medium network change network policy it: ingress from pods role=web on 1/TCP → ∅',
  ])
  assert.equal(policy({ ingress: [] }, { ingress: [{}] }), [
    'high network change network policy it: ingress ∅ → from anywhere on any port',
  ])
  const block = { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }
  assert.equal(policy({}, { egress: [block] }), [
    'high network change network policy it: egress ∅ → to 0.0.0.0/0 except 10.0.0.0/8 on any port',
  ])
  const edge = { namespaceSelector: { matchLabels: { zone: 'edge' } }, podSelector: {} }
  assert.equal(policy({}, { ingress: [{ from: [edge], ports: [{ port: 'http', protocol: 'TCP' }] }] }), [
    'medium network change network policy it: ingress ∅ → from all pods of namespaces zone=edge on http/TCP',
  ])
})

test('rules of a NetworkPolicy that allow the same are no change of what is allowed', () => {
  const policy = (before: unknown[], after: unknown[]) =>
    change('networking.k8s.io/v1', 'NetworkPolicy', { spec: { ingress: before } }, { spec: { ingress: after } })
  const peer = (role: string) => ({ podSelector: { matchLabels: { role } } })
  const [a, b] = [{ from: [peer('a')] }, { from: [peer('b')] }]
  assert.equal(policy([a, b], [b, a]), [])
  const [line = ''] = policy([a, b], [{ from: [peer('b'), peer('a')] }])
  assert.match(line, /^none network change network policy it: ingress /)
})

test('a Service is told by what selects, exposes and serves', () => {
  const service = (before: Fields, after: Fields) => change('v1', 'Service', { spec: before }, { spec: after })
  assert.equal(service({ selector: { app: 'a' } }, { selector: { app: 'b' } }), [
    'high network change service it: selector app=a → app=b',
  ])
  assert.equal(service({ type: 'ClusterIP' }, { type: 'LoadBalancer' }), [
    'high network change service it: type ClusterIP → LoadBalancer',
  ])
  assert.equal(service({ ports: [{ name: 'http', port: 80 }] }, { ports: [{ name: 'http', port: 81 }] }), [
    'high network change service it: port http: port 80 → 81',
  ])
  assert.equal(service({ clusterIP: 'None' }, { clusterIP: '10.0.0.1' }), [
    'high network change service it: cluster address None → 10.0.0.1 !',
  ])
})

test('an ExternalSecret is told by its remote keys', () => {
  const data = (key: string) => ({ spec: { data: [{ secretKey: 'password', remoteRef: { key, property: 'pw' } }] } })
  assert.equal(change('external-secrets.io/v1', 'ExternalSecret', data('acme/staging'), data('acme/production')), [
    'high secret change secret it: remote key of password acme/staging pw → acme/production pw',
  ])
})

test('schedules are told, and a suspended job is high risk', () => {
  const cron = (before: Fields, after: Fields) => change('batch/v1', 'CronJob', { spec: before }, { spec: after })
  assert.equal(cron({ schedule: '0 1 * * *' }, { schedule: '0 2 * * *', suspend: true }), [
    'high schedule change it: suspended ∅ → true',
    'medium schedule change it: schedule 0 1 * * * → 0 2 * * *',
  ])
  const inside = (image: string) => ({
    jobTemplate: { spec: { template: { spec: { containers: [{ name: 'a', image }] } } } },
  })
  assert.equal(cron(inside('a:1.1'), inside('a:1.2')), ['medium image change it: image a:1.1 → a:1.2'])
})

test('rights are told one by one, and those that lead to more are high risk', () => {
  const role = (before: unknown[], after: unknown[]) =>
    change('rbac.authorization.k8s.io/v1', 'Role', { rules: before }, { rules: after })
  const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }
  assert.equal(role([pods], [{ ...pods, verbs: ['get', 'list'] }]), [
    'medium access change role it: right ∅ → list pods',
  ])
  assert.equal(role([pods], [pods, { apiGroups: ['postgresql.cnpg.io'], resources: ['clusters'], verbs: ['patch'] }]), [
    'high access change role it: right ∅ → patch clusters.postgresql.cnpg.io',
  ])
  assert.match(role([], [{ ...pods, resources: ['secrets'] }]).join(), /^high access .* get secrets$/)
  assert.match(role([], [{ ...pods, verbs: ['escalate'] }]).join(), /^high access .* escalate pods$/)
  assert.equal(role([{ ...pods, verbs: ['get', 'list'] }], [pods]), [
    'medium access change role it: right list pods → ∅',
  ])
  const binding = (...names: string[]) => ({
    subjects: names.map(name => ({ kind: 'Group', name })),
    roleRef: { kind: 'Role', name: 'r' },
  })
  assert.equal(change('rbac.authorization.k8s.io/v1', 'RoleBinding', binding('a'), binding('a', 'b')), [
    'high access change role binding it: subject ∅ → Group/b',
  ])
  assert.equal(
    change('rbac.authorization.k8s.io/v1', 'RoleBinding', binding('a'), {
      ...binding('a'),
      roleRef: { kind: 'ClusterRole', name: 'admin' },
    }),
    ['high access change role binding it: role Role/r → ClusterRole/admin !'],
  )
})

test('autoscalers, budgets, quotas and namespaces have their own words', () => {
  const hpa = (min: number, max: number) => ({
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: min, maxReplicas: max },
  })
  assert.equal(change('autoscaling/v2', 'HorizontalPodAutoscaler', hpa(2, 4), hpa(3, 3)), [
    'medium replicas change web: most replicas 4 → 3',
    'low replicas change web: least replicas 2 → 3 +',
  ])
  const keda = (start: string) => ({ spec: { triggers: [{ type: 'cron', metadata: { start } }] } })
  assert.equal(change('keda.sh/v1alpha1', 'ScaledObject', keda('30 7 * * 1-5'), keda('30 6 * * 1-5')), [
    'medium schedule change it: trigger cron: scaled up at 30 7 * * 1-5 → 30 6 * * 1-5',
  ])
  const pdb = (maxUnavailable: number) => ({ spec: { maxUnavailable } })
  assert.equal(change('policy/v1', 'PodDisruptionBudget', pdb(1), pdb(0)), [
    'medium availability change disruption budget it: most unavailable pods 1 → 0',
  ])
  const quota = (memory: string) => ({ spec: { hard: { 'limits.memory': memory } } })
  assert.equal(change('v1', 'ResourceQuota', quota('8Gi'), quota('16Gi')), [
    'low resources change quota it: quota of limits.memory 8Gi → 16Gi +',
  ])
  const space = (level: string) =>
    manifest('v1', 'Namespace', {}, { labels: { 'pod-security.kubernetes.io/enforce': level } })
  assert.equal(tell([space('restricted')], [space('baseline')]), [
    'high access change namespace it: pod security (enforce) restricted → baseline',
  ])
})

test('an unknown kind is told field by field', () => {
  const thing = (before: Fields, after: Fields) => change('example.com/v1', 'Thing', before, after)
  assert.equal(thing({ spec: { a: { b: 1 }, list: [1, 2] } }, { spec: { a: { b: 2, c: 'x' }, list: [2, 1] } }), [
    'medium other change Thing it: spec.a.b 1 → 2',
    'medium other change Thing it: spec.a.c ∅ → x',
    'medium other change Thing it: spec.list 1, 2 → 2, 1',
  ])
  assert.equal(thing({ spec: { 'odd.key/x': 1 } }, { spec: { 'odd.key/x': 2 } }), [
    'medium other change Thing it: spec["odd.key/x"] 1 → 2',
  ])
})

test('an empty map that comes or goes is a change, a null is not', () => {
  const thing = (before: Fields, after: Fields) => change('example.com/v1', 'Thing', { spec: before }, { spec: after })
  assert.equal(thing({}, { a: {} }), ['medium other change Thing it: spec.a ∅ → {}'])
  assert.equal(thing({}, { a: [] }), ['medium other change Thing it: spec.a ∅ → '])
  assert.equal(thing({ a: null }, {}), [])
  assert.equal(thing({ a: { b: null } }, { a: {} }), [])
  assert.equal(thing({ a: 0 }, {}), ['medium other change Thing it: spec.a 0 → ∅'])
})

test('objects are told apart by group, kind, namespace and name, not by the version of the API', () => {
  const one = (apiVersion: string) => manifest(apiVersion, 'HorizontalPodAutoscaler', { spec: {} })
  assert.equal(tell([one('autoscaling/v1')], [one('autoscaling/v2')]), [
    'medium other change it: API version autoscaling/v1 → autoscaling/v2',
  ])
  const route = (group: string) => manifest(`${group}/v1alpha1`, 'IngressRoute', { spec: {} })
  assert.equal(
    differences([route('traefik.containo.us')], [route('traefik.io')]).map(({ action }) => action),
    ['delete', 'create'],
  )
})

test('what comes and goes is told by what it holds', () => {
  const policy = manifest('networking.k8s.io/v1', 'NetworkPolicy', {
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  })
  const claim = manifest('v1', 'PersistentVolumeClaim', { spec: { resources: { requests: { storage: '5Gi' } } } })
  assert.equal(tell([claim], [policy]), [
    'destructive storage delete volume it: object 5Gi → ∅',
    'medium network create network policy it: object ∅ → allows nothing',
  ])
})

test('lists whose order means nothing may be reordered, named inside or not', () => {
  const stateful = (...names: string[]) => ({
    spec: { volumeClaimTemplates: names.map(name => ({ metadata: { name }, spec: {} })) },
  })
  assert.equal(change('apps/v1', 'StatefulSet', stateful('a', 'b'), stateful('b', 'a')), [])
  const tolerations = (...keys: string[]) => pod({}, { tolerations: keys.map(key => ({ key, operator: 'Exists' })) })
  assert.equal(deployment(tolerations('a', 'b'), tolerations('b', 'a')), [])
  const modes = (...accessModes: string[]) => ({ spec: { accessModes } })
  assert.equal(
    change(
      'v1',
      'PersistentVolumeClaim',
      modes('ReadWriteMany', 'ReadOnlyMany'),
      modes('ReadOnlyMany', 'ReadWriteMany'),
    ),
    [],
  )
  assert.equal(
    change('v1', 'PersistentVolumeClaim', modes('ReadWriteMany', 'ReadWriteMany'), modes('ReadWriteMany')).length,
    1,
  )
})

test('deleting what holds data or backups is destructive and comes first', () => {
  const kinds: [string, string][] = [
    ['v1', 'Namespace'],
    ['v1', 'PersistentVolumeClaim'],
    ['postgresql.cnpg.io/v1', 'Cluster'],
    ['postgresql.cnpg.io/v1', 'Database'],
    ['postgresql.cnpg.io/v1', 'ScheduledBackup'],
    ['barmancloud.cnpg.io/v1', 'ObjectStore'],
  ]
  const before = [manifest('apps/v1', 'Deployment', {}), ...kinds.map(([api, kind]) => manifest(api, kind, {}))]
  const operations = differences(before, [])
  assert.equal(
    operations.map(({ destructive }) => destructive),
    [...kinds.map(() => true), false],
  )
  assert.is(operations.at(-1)?.object.kind, 'Deployment')
})

test('an object that the engine is told to keep says so when it goes', () => {
  const kept = { annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' } }
  const [operation] = differences([manifest('postgresql.cnpg.io/v1', 'Cluster', {}, kept)], [])
  assert.is(operation?.risk.class, 'destructive')
  assert.match(operation?.risk.reason ?? '', 'once a person deletes it')
})

test('a rename is a delete and a create that know of each other', () => {
  const config = (name: string) => manifest('v1', 'ConfigMap', { data: { a: '1' } }, { name })
  const operations = differences([config('old')], [config('new')])
  assert.equal(
    operations.map(({ action, object, renamed }) => [action, object.name, renamed?.name]),
    [
      ['delete', 'old', 'new'],
      ['create', 'new', 'old'],
    ],
  )
  const other = manifest('v1', 'ConfigMap', { data: { a: '2' } }, { name: 'new' })
  assert.equal(
    differences([config('old')], [other]).map(({ renamed }) => renamed),
    [undefined, undefined],
  )
})

test('an object that moves to another namespace is deleted and created', () => {
  const at = (namespace: string) => manifest('v1', 'ConfigMap', {}, { namespace })
  assert.equal(
    differences([at('a')], [at('b')]).map(({ action, renamed }) => [action, renamed?.namespace]),
    [
      ['delete', 'b'],
      ['create', 'a'],
    ],
  )
})

const REFUSED: readonly [string, string, Fields, Fields][] = [
  [
    'apps/v1',
    'Deployment',
    { spec: { selector: { matchLabels: { a: '1' } } } },
    { spec: { selector: { matchLabels: { a: '2' } } } },
  ],
  [
    'apps/v1',
    'DaemonSet',
    { spec: { selector: { matchLabels: { a: '1' } } } },
    { spec: { selector: { matchLabels: {} } } },
  ],
  ['apps/v1', 'StatefulSet', { spec: { serviceName: 'a' } }, { spec: { serviceName: 'b' } }],
  [
    'apps/v1',
    'StatefulSet',
    {
      spec: {
        volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { resources: { requests: { storage: '1Gi' } } } }],
      },
    },
    {
      spec: {
        volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { resources: { requests: { storage: '2Gi' } } } }],
      },
    },
  ],
  ['batch/v1', 'Job', pod({ image: 'a:1' }), pod({ image: 'a:2' })],
  ['v1', 'Pod', { spec: { hostNetwork: true } }, { spec: { hostNetwork: false } }],
  ['storage.k8s.io/v1', 'StorageClass', { parameters: { type: 'a' } }, { parameters: { type: 'b' } }],
  ['scheduling.k8s.io/v1', 'PriorityClass', { value: 1 }, { value: 2 }],
  ['v1', 'ConfigMap', { immutable: true, data: { a: '1' } }, { immutable: true, data: { a: '2' } }],
  [
    'postgresql.cnpg.io/v1',
    'ScheduledBackup',
    { spec: { cluster: { name: 'a' } } },
    { spec: { cluster: { name: 'b' } } },
  ],
  ['postgresql.cnpg.io/v1', 'Database', { spec: { name: 'a' } }, { spec: { name: 'b' } }],
  ['postgresql.cnpg.io/v1', 'Publication', { spec: { cluster: { name: 'a' } } }, { spec: { cluster: { name: 'b' } } }],
  ['postgresql.cnpg.io/v1', 'Backup', { spec: { method: 'a' } }, { spec: { method: 'b' } }],
]

test('changes that the cluster refuses block, and are at least high risk', () => {
  for (const [apiVersion, kind, before, after] of REFUSED) {
    const operations = differences([manifest(apiVersion, kind, before)], [manifest(apiVersion, kind, after)])
    assert.is(operations.length, 1, kind)
    assert.match(operations[0]?.blocks ?? '', /^immutable: the /, kind)
    assert.ok(['high', 'destructive'].includes(operations[0]?.risk.class ?? ''), kind)
  }
})

test('changes that the cluster takes do not block', () => {
  const tablespace = (storage: Fields) => ({ spec: { tablespaces: [{ name: 'a', storage }] } })
  const taken: readonly [string, string, Fields, Fields][] = [
    ['postgresql.cnpg.io/v1', 'Cluster', tablespace({ size: '1Gi', storageClass: 'a' }), tablespace({ size: '1Gi' })],
    ['apps/v1', 'StatefulSet', { spec: { replicas: 1 } }, { spec: { replicas: 2 } }],
    ['apps/v1', 'StatefulSet', pod({ image: 'a:1' }), pod({ image: 'a:2' })],
    [
      'v1',
      'Pod',
      { spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      { spec: { containers: [{ name: 'a', image: 'a:2' }] } },
    ],
    ['batch/v1', 'Job', { spec: { parallelism: 1 } }, { spec: { parallelism: 2 } }],
    ['v1', 'Service', { spec: {} }, { spec: { loadBalancerClass: 'a' } }],
    ['v1', 'ConfigMap', { immutable: false, data: { a: '1' } }, { immutable: true, data: { a: '2' } }],
    [
      'postgresql.cnpg.io/v1',
      'Cluster',
      { spec: { storage: {} } },
      { spec: { storage: {}, walStorage: { size: '1Gi' } } },
    ],
    ['postgresql.cnpg.io/v1', 'Database', { spec: { owner: 'a' } }, { spec: { owner: 'b' } }],
  ]
  for (const [apiVersion, kind, before, after] of taken) {
    const operations = differences([manifest(apiVersion, kind, before)], [manifest(apiVersion, kind, after)])
    assert.ok(operations.length > 0, kind)
    for (const { blocks } of operations) assert.is(blocks, undefined, kind)
  }
})

test('an object that the engine deletes and creates anyway is replaced instead of blocked', () => {
  const job = (image: string, annotations: Fields) => manifest('batch/v1', 'Job', pod({ image }), { annotations })
  const replacing = [
    { 'argocd.argoproj.io/hook': 'Sync' },
    { 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded, BeforeHookCreation' },
    { 'argocd.argoproj.io/sync-options': 'Force=true, Replace=true' },
    { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' },
  ]
  for (const annotations of replacing) {
    assert.equal(tell([job('a:1.1', annotations)], [job('a:1.2', annotations)]), [
      'medium image replace it: image a:1.1 → a:1.2',
    ])
  }
  const refused = [
    { 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'HookFailed' },
    { 'argocd.argoproj.io/sync-options': 'Replace=true' },
  ]
  for (const annotations of refused) {
    assert.equal(tell([job('a:1.1', annotations)], [job('a:1.2', annotations)]), [
      'high image change it: image a:1.1 → a:1.2 !',
    ])
  }
})

test('replacing what holds data is destructive', () => {
  const annotations = { 'argocd.argoproj.io/sync-options': 'Replace=true,Force=true' }
  const claim = (storageClassName: string) =>
    manifest('v1', 'PersistentVolumeClaim', { spec: { storageClassName } }, { annotations })
  assert.equal(tell([claim('a')], [claim('b')]), ['destructive storage replace volume it: storageClassName a → b'])
})

test('the subject of a workload is its role', () => {
  const labelled = (replicas: number) =>
    manifest(
      'apps/v1',
      'Deployment',
      { spec: { replicas } },
      { name: 'acme-ws', labels: { 'waybill.dev/role': 'websocket' } },
    )
  assert.equal(tell([labelled(1)], [labelled(2)]), ['low replicas change websocket: replicas 1 → 2 +'])
})

test('the order of the manifests means nothing', () => {
  const config = (name: string, value: string) => manifest('v1', 'ConfigMap', { data: { value } }, { name })
  const before = [config('a', '1'), config('b', '1')]
  const after = [config('a', '2'), config('b', '2')]
  assert.equal(differences([...before].reverse(), [...after].reverse()), differences(before, after))
})

test.run()
