import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Budget, budgetOf } from '../src/analysis/budget.ts'
import { overBudget } from '../src/analysis/over-budget.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import type { Fields } from '../src/manifest/value.ts'
import { connectionsText, overBudgetText } from '../src/report/budget-text.ts'
import { cluster, deployment, horizontal, manifest, pooler, rolling } from './capacity-world.ts'
import { worldOf } from './reach-world.ts'

const conf = (...lines: readonly string[]): string => ['[options]', ...lines, ''].join('\n')
const configMap = (text: string): Manifest => manifest('v1', 'ConfigMap', 'conf', { data: { 'odoo.conf': text } })

const mounted = (source: Fields, mount: Fields = { mountPath: '/etc/odoo' }) => ({
  container: { volumeMounts: [{ name: 'conf', ...mount }] },
  pod: { volumes: [{ name: 'conf', ...source }] },
})
const IN_CONFIG_MAP = mounted({ configMap: { name: 'conf' } })

/** One pod of Odoo 18.0 without a surge, connected to the Cluster "db". */
function odoo(
  args: readonly string[],
  container: Fields = {},
  pod: Fields = {},
  spec: Fields = { replicas: 1 },
): Manifest {
  return deployment(
    { ...rolling(0, 1), ...spec },
    {
      containers: [
        { name: 'odoo', image: 'odoo:18.0', command: ['odoo'], args: ['--db_host=db-rw', ...args], ...container },
      ],
      ...pod,
    },
  )
}

const DB = cluster({ instances: 1 })

function of(manifests: readonly Manifest[]): Budget {
  return budgetOf(worldOf(manifests))
}

/** Who opens how many connections to the primary, what the server keeps free aside: `3 × 10 = 30 (5 workers × 2)`. */
function opened(manifests: readonly Manifest[]): string[] {
  const [budget] = of(manifests).connections.filter(({ kind, role }) => kind === 'servers' && role === 'primary')
  return (budget?.contributors ?? [])
    .filter(({ formula }) => formula !== 'kept free')
    .map(({ pods, total, formula }) => `${pods?.number} × ${pods?.each} = ${total} (${formula})`)
}

test('a pod opens as many connections as its processes need', () => {
  const jobs = { env: [{ name: 'ODOO_QUEUE_JOB_CHANNELS', value: 'root:4' }] }
  const noJobs = { env: [{ name: 'ODOO_QUEUE_JOB_CHANNELS', value: 'root:0' }] }
  const table: readonly (readonly [string, Manifest, string])[] = [
    ['workers alone', odoo(['--workers=5', '--max-cron-threads=0']), '1 × 10 = 10 (5 workers × 2)'],
    ['two cron threads by default', odoo(['--workers=5']), '1 × 16 = 16 (5 workers × 2 + 2 cron × 3)'],
    [
      'a value of its own word',
      odoo(['--workers', '5', '--max-cron-threads', '1']),
      '1 × 13 = 13 (5 workers × 2 + 1 cron × 3)',
    ],
    ['cron alone', odoo(['--no-http', '--workers=-1', '--max-cron-threads=4']), '1 × 12 = 12 (4 cron × 3)'],
    ['nothing at all is the threaded server, whose pools hold 64', odoo([]), '1 × 128 = 128 (threads: pool 64 × 2)'],
    ['a smaller pool', odoo(['--workers=0', '--db_maxconn=8']), '1 × 16 = 16 (threads: pool 8 × 2)'],
    [
      'threads that only run cron',
      odoo(['--no-http', '--workers=0', '--max-cron-threads=3']),
      '1 × 9 = 9 (3 cron × 3)',
    ],
    [
      'one task',
      odoo(['--no-http', '--workers=0', '--max-cron-threads=0', '--stop-after-init']),
      '1 × 3 = 3 (one task 3)',
    ],
    [
      'live connections',
      odoo(['--db_maxconn=32'], { args: ['gevent', '--db_host=db-rw', '--db_maxconn=32'] }),
      '1 × 33 = 33 (live connections: pool 32 + 1)',
    ],
    [
      'with a pool of their own',
      odoo([], { args: ['gevent', '--db_host=db-rw', '--db_maxconn=32', '--db_maxconn_gevent=16'] }),
      '1 × 17 = 17 (live connections: pool 16 + 1)',
    ],
    [
      'which zero is not',
      odoo([], { args: ['gevent', '--db_host=db-rw', '--db_maxconn=32', '--db_maxconn_gevent=0'] }),
      '1 × 33 = 33 (live connections: pool 32 + 1)',
    ],
    [
      '"gevent" in another place means nothing',
      odoo(['--workers=2', '--max-cron-threads=0', 'gevent']),
      '1 × 4 = 4 (2 workers × 2)',
    ],
    [
      'a job runner',
      odoo(['--workers=2', '--max-cron-threads=0', '--load=base,web,queue_job'], jobs),
      '1 × 6 = 6 (2 workers × 2 + job runner 2)',
    ],
    [
      'which runs unless it is told not to',
      odoo(['--workers=2', '--max-cron-threads=0', '--load=base,web,queue_job']),
      '1 × 6 = 6 (2 workers × 2 + job runner 2)',
    ],
    [
      'as here',
      odoo(['--workers=2', '--max-cron-threads=0', '--load=base,web,queue_job'], noJobs),
      '1 × 4 = 4 (2 workers × 2)',
    ],
    ['channels without the module', odoo(['--workers=2', '--max-cron-threads=0'], jobs), '1 × 4 = 4 (2 workers × 2)'],
    [
      'sessions in the database',
      odoo(['--workers=2', '--max-cron-threads=1', '--load=web,session_db']),
      '1 × 10 = 10 (2 workers × 3 + 1 cron × 4)',
    ],
    [
      'also where a Secret says where',
      odoo(['--workers=2', '--max-cron-threads=0'], { env: [{ name: 'SESSION_DB_URI', valueFrom: {} }] }),
      '1 × 6 = 6 (2 workers × 3)',
    ],
    [
      'Odoo 17 has one pool',
      odoo(['--workers=2', '--max-cron-threads=1'], { image: 'odoo:17.0' }),
      '1 × 4 = 4 (2 workers × 1 + 1 cron × 2)',
    ],
    [
      'an image of an unknown series has the most',
      odoo(['--workers=2', '--max-cron-threads=0'], { image: 'acme/erp:7' }),
      '1 × 4 = 4 (2 workers × 2)',
    ],
    [
      'three pods',
      odoo(['--workers=2', '--max-cron-threads=0'], {}, {}, { replicas: 3 }),
      '3 × 4 = 12 (2 workers × 2)',
    ],
    [
      'three pods and a surge',
      odoo(['--workers=2', '--max-cron-threads=0'], {}, {}, { replicas: 3, ...rolling(1, 0) }),
      '4 × 4 = 16 (2 workers × 2)',
    ],
  ]
  for (const [what, each, expected] of table) assert.equal(opened([DB, each]), [expected], what)
})

test('the autoscaler’s maximum counts, not what runs now', () => {
  const web = odoo(['--workers=2', '--max-cron-threads=0'], {}, {}, rolling(1, 0))
  assert.equal(opened([DB, web, horizontal({ minReplicas: 2, maxReplicas: 9 })]), ['10 × 4 = 40 (2 workers × 2)'])
})

test('live connections of a web pod count when a Service leads to their port', () => {
  const ports = {
    ports: [
      { name: 'http', containerPort: 8069 },
      { name: 'live', containerPort: 8072 },
    ],
  }
  const web = odoo(['--workers=2', '--max-cron-threads=0', '--db_maxconn=8'], ports)
  const service = (targetPort: unknown, port = 80): Manifest =>
    manifest('v1', 'Service', 'web', {
      spec: { selector: { app: 'web' }, ports: [{ port, ...(targetPort === undefined ? {} : { targetPort }) }] },
    })
  const [quiet, live] = [['1 × 4 = 4 (2 workers × 2)'], ['1 × 13 = 13 (2 workers × 2 + live connections: pool 8 + 1)']]
  assert.equal(opened([DB, web]), quiet)
  assert.equal(opened([DB, web, service(8069)]), quiet)
  assert.equal(opened([DB, web, service(8072)]), live)
  const both = {
    selector: { app: 'web' },
    ports: [
      { port: 80, targetPort: 8069 },
      { port: 81, targetPort: 8072 },
    ],
  }
  assert.equal(opened([DB, web, manifest('v1', 'Service', 'web', { spec: both })]), live)
  assert.equal(opened([DB, web, service('live')]), live)
  assert.equal(opened([DB, web, service(undefined, 8072)]), live)
  assert.equal(
    opened([DB, { ...web, metadata: { name: 'web', namespace: 'other' } }, service(8072)]),
    [],
    'db-rw is another host there',
  )
})

test('the configuration file is read wherever the pod gets it from, and arguments go before it', () => {
  const text = conf('db_host = db-rw', 'workers = 3', 'max_cron_threads = 0', 'admin_passwd = {{ .password }}')
  const bare = { args: [] }
  const three = ['1 × 6 = 6 (3 workers × 2)']
  const external: Manifest = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'conf', namespace: 'erp' },
    spec: { target: { name: 'conf-secret', template: { data: { 'odoo.conf': text } } } },
  }
  const at = (source: Fields, mount?: Fields, container: Fields = bare): Manifest => {
    const { container: mounts, pod } = mounted(source, mount)
    return odoo([], { ...container, ...mounts }, pod)
  }
  const table: readonly (readonly [string, readonly Manifest[], readonly string[]])[] = [
    ['a ConfigMap', [at({ configMap: { name: 'conf' } }), configMap(text)], three],
    [
      'a Secret',
      [at({ secret: { secretName: 'conf' } }), manifest('v1', 'Secret', 'conf', { stringData: { 'odoo.conf': text } })],
      three,
    ],
    ['an ExternalSecret, by the name of its target', [at({ secret: { secretName: 'conf-secret' } }), external], three],
    [
      'also where a Secret of that name holds nothing in the clear',
      [
        at({ secret: { secretName: 'conf-secret' } }),
        external,
        manifest('v1', 'Secret', 'conf-secret', { data: { 'odoo.conf': 'W29wdGlvbnNd' } }),
      ],
      three,
    ],
    [
      'one file of a volume',
      [
        at({ configMap: { name: 'conf' } }, { mountPath: '/etc/odoo/odoo.conf', subPath: 'odoo.conf' }),
        configMap(text),
      ],
      three,
    ],
    [
      'under another key',
      [
        at({ configMap: { name: 'conf', items: [{ key: 'main', path: 'odoo.conf' }] } }),
        manifest('v1', 'ConfigMap', 'conf', { data: { main: text } }),
      ],
      three,
    ],
    [
      'several sources in one volume',
      [
        at({ projected: { sources: [{ secret: { name: 'gone' } }, { configMap: { name: 'conf' } }] } }),
        configMap(text),
      ],
      three,
    ],
    [
      'at another path',
      [
        at({ configMap: { name: 'conf' } }, { mountPath: '/cfg' }, { args: ['--config=/cfg/odoo.conf'] }),
        configMap(text),
      ],
      three,
    ],
    [
      'at the path of a variable',
      [
        at(
          { configMap: { name: 'conf' } },
          { mountPath: '/cfg/' },
          { args: [], env: [{ name: 'ODOO_RC', value: '/cfg/odoo.conf' }] },
        ),
        configMap(text),
      ],
      three,
    ],
    [
      'arguments go before it',
      [at({ configMap: { name: 'conf' } }, undefined, { args: ['--workers=1'] }), configMap(text)],
      ['1 × 2 = 2 (1 workers × 2)'],
    ],
    ['a file that nobody knows says nothing', [at({ configMap: { name: 'conf' } })], []],
    [
      'other sections are not read',
      [
        at({ configMap: { name: 'conf' } }),
        configMap('[options]\ndb_host = db-rw\nmax_cron_threads = 0\nworkers = 3\n[queue_job]\nworkers = 9\n'),
      ],
      three,
    ],
    ['a comment is none', [at({ configMap: { name: 'conf' } }), configMap(`${text}; workers = 9\n`)], three],
  ]
  for (const [what, manifests, expected] of table) assert.equal(opened([DB, ...manifests]), expected, what)
})

test('a host leads to the database by any of its names, and to nothing else', () => {
  const from = (host: string, more: Fields = {}) =>
    opened([DB, odoo([`--db_host=${host}`, '--workers=1', '--max-cron-threads=0'], more)])
  const one = ['1 × 2 = 2 (1 workers × 2)']
  for (const host of ['db-rw', 'db-rw.erp', 'db-rw.erp.svc', 'db-rw.erp.svc.cluster.local', 'db-r'])
    assert.equal(from(host), one, host)
  for (const host of ['db', 'db-rw.other', 'db-rw.example.com', 'False']) assert.equal(from(host), [], host)
  const variable = { args: ['--workers=1', '--max-cron-threads=0'], env: [{ name: 'PGHOST', value: 'db-rw' }] }
  assert.equal(opened([DB, odoo([], variable)]), one, 'libpq finds it by itself')
  const empty = { ...variable, args: ['--db_host=', ...variable.args] }
  assert.equal(opened([DB, odoo([], empty)]), one, 'an empty host is none')
})

test('replicas have connections of their own', () => {
  const reading = odoo(['--db_host=db-ro', '--workers=1', '--max-cron-threads=0'])
  const budgets = of([cluster({ instances: 2 }), reading]).connections
  assert.equal(
    budgets.map(({ role, total }) => `${role} ${total}`),
    ['primary 13', 'replicas 15'],
  )
  assert.equal(
    of([cluster({ instances: 2 })]).connections.map(({ role }) => role),
    ['primary'],
    'nobody asks them',
  )
})

test('only Odoo is taken for Odoo', () => {
  const image = (more: Fields) =>
    opened([DB, odoo([], { command: undefined, args: undefined, env: [{ name: 'HOST', value: 'db-rw' }], ...more })])
      .length
  assert.is(image({}), 1, 'the image runs it when it is told nothing')
  assert.is(image({ args: ['--workers=2'] }), 1, 'and when it is told options')
  assert.is(image({ args: ['bash'] }), 0)
  assert.is(image({ image: 'nginx:1' }), 0)
  assert.is(image({ image: 'acme/odoo-exporter:1' }), 0)
  assert.is(image({ command: ['sleep'], args: ['infinity'] }), 0)
  assert.is(image({ command: ['/usr/bin/odoo'] }), 1)
  assert.is(
    image({ command: ['python3', '/scripts/migrate.py'], args: ['odoo', '--workers=0'] }),
    1,
    'a script that leads to it',
  )
  assert.is(image({ image: 'acme/erp:1', args: ['/opt/odoo/odoo-bin', '--workers=2'] }), 1)
})

const bouncer = (parameters: Fields, more: Fields = {}): Manifest =>
  pooler({ type: 'rw', instances: 2, ...more, pgbouncer: { poolMode: 'transaction', parameters } })
const still = { deploymentStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }

test('behind a pooler its pools count, and not what goes through them', () => {
  const web = (args: readonly string[] = []) => odoo(['--db_host=pool', '--workers=4', '--max-cron-threads=0', ...args])
  const table: readonly (readonly [string, readonly Manifest[], ...string[]])[] = [
    [
      'pool and reserve of each',
      [bouncer({ default_pool_size: '30', reserve_pool_size: '5' }, still)],
      '2 × 35 = 70 (pool 30 + reserve 5)',
    ],
    [
      'one more while they are replaced',
      [bouncer({ default_pool_size: '30', reserve_pool_size: '5' })],
      '3 × 35 = 105 (pool 30 + reserve 5)',
    ],
    [
      'no more than the bound',
      [bouncer({ default_pool_size: '30', max_db_connections: '20' }, still)],
      '2 × 20 = 40 (pool 30 + reserve 0, at most 20)',
    ],
    [
      'a bound of zero is none',
      [bouncer({ default_pool_size: '30', max_db_connections: '0' }, still)],
      '2 × 30 = 60 (pool 30 + reserve 0)',
    ],
    ['by default twenty', [bouncer({}, still)], '2 × 20 = 40 (pool 20 + reserve 0)'],
    ['one pooler by default', [pooler({ type: 'rw', ...still })], '1 × 20 = 20 (pool 20 + reserve 0)'],
    ['with clients', [bouncer({}, still), web()], '2 × 20 = 40 (pool 20 + reserve 0)'],
    [
      'of two databases',
      [bouncer({}, still), web(['--database=a']), deploymentNamed('b', web(['-d', 'b']))],
      '2 × 40 = 80 (pool 20 + reserve 0, for each of 2 databases)',
    ],
    ['to replicas', [bouncer({}, { ...still, type: 'ro' })]],
    ['to another cluster', [bouncer({}, { ...still, cluster: { name: 'other' } })]],
  ]
  for (const [what, manifests, ...expected] of table) assert.equal(opened([DB, ...manifests]), expected, what)
})

function deploymentNamed(name: string, each: Manifest): Manifest {
  return { ...each, metadata: { ...each.metadata, name } }
}

test('a pooler turns away clients of which it has too many', () => {
  const web = (replicas: number) =>
    odoo(['--db_host=pool', '--workers=10', '--max-cron-threads=0'], {}, {}, { replicas })
  const [enough] = of([DB, bouncer({ max_client_conn: '50' }), web(5)]).connections
  assert.is(`${enough?.kind} ${enough?.total} of ${enough?.max}`, 'clients 100 of 100')
  const messages = (manifests: readonly Manifest[]) => overBudget(of(manifests)).map(({ message }) => message)
  const roomy = cluster({ instances: 1, postgresql: { parameters: { max_connections: '500' } } })
  assert.equal(messages([roomy, bouncer({ max_client_conn: '50' }), web(5)]), [])
  assert.equal(messages([roomy, bouncer({ max_client_conn: '50' }), web(6)]), [
    `"Pooler/erp/pool" accepts 100 connections, and up to 120 are opened at the autoscalers' most and during a rollout, so clients wait until they are turned away`,
  ])
  assert.equal(messages([roomy, pooler({ type: 'rw' }), web(6)]).length, 1, 'a hundred by default')
})

test('what PostgreSQL keeps free counts as well', () => {
  const total = (parameters?: Fields) => {
    const [budget] = of([
      cluster({ instances: 1, ...(parameters === undefined ? {} : { postgresql: { parameters } }) }),
    ]).connections
    return `${budget?.total} of ${budget?.max}`
  }
  assert.is(total(), '13 of 100')
  assert.is(total({ max_connections: '220' }), '13 of 220')
  assert.is(total({ superuser_reserved_connections: '5', reserved_connections: '2' }), '17 of 100')
  assert.is(total({ max_connections: 'many' }), '13 of 100', 'what is no number is left to the default')
})

test('a database without clients and an environment without databases are in order', () => {
  assert.equal(overBudget(of([DB])), [])
  assert.equal(of([]).connections, [])
  assert.equal(of([odoo(['--workers=99'])]).connections, [], 'its server is not among the manifests')
})

test('exactly as many as the server accepts are not too many', () => {
  // 13 are kept free, a pod of 4 workers has 8.
  const at = (max: number) => cluster({ instances: 1, postgresql: { parameters: { max_connections: String(max) } } })
  const web = odoo(['--workers=4', '--max-cron-threads=0'], {}, {}, { replicas: 3 })
  assert.equal(overBudget(of([at(37), web])), [])
  assert.equal(
    overBudget(of([at(36), web])).map(({ kind }) => kind),
    ['connections'],
  )
})

test('the text names every contributor, and the finding the largest first', () => {
  const small = cluster({ instances: 1, postgresql: { parameters: { max_connections: '40' } } })
  const web = odoo(['--workers=4', '--max-cron-threads=0'], {}, {}, { replicas: 3 })
  const cron = deploymentNamed('cron', odoo(['--no-http', '--workers=-1', '--max-cron-threads=2']))
  const budget = of([small, web, cron])
  assert.is(
    connectionsText(budget.connections),
    [
      'Cluster/erp/db (servers)               pods  each  connections',
      'Deployment/erp/cron                       1     6            6  2 cron × 3',
      'Deployment/erp/web                        3     8           24  4 workers × 2',
      'reserved for superusers                                      3  kept free',
      'operator, metrics, backups and people                       10  kept free',
      '= at the peak                                               43  40 accepted, too many',
      '',
    ].join('\n'),
  )
  assert.is(
    overBudgetText(overBudget(budget)),
    [
      `"Cluster/erp/db" accepts 40 connections, and up to 43 are opened at the autoscalers' most and during a rollout, so the database turns clients away`,
      '  at: world.yaml:1',
      '  world.yaml:1: "Deployment/erp/web": 3 pods × 8 = 24 (4 workers × 2)',
      '  world.yaml:1: "operator, metrics, backups and people": 10 (kept free)',
      '  world.yaml:1: "Deployment/erp/cron": 1 pod × 6 = 6 (2 cron × 3)',
      '  world.yaml:1: "reserved for superusers": 3 (kept free)',
      '',
    ].join('\n'),
  )
})

test('the text says how many connections are to spare', () => {
  assert.match(
    connectionsText(of([DB]).connections),
    '= at the peak                                               13  100 accepted, 87 to spare',
  )
})

test('somebody who knows the series may say so', () => {
  const web = odoo(['--workers=4', '--max-cron-threads=0'], { image: 'acme/erp@sha256:0' })
  const totals = (seriesOf?: () => '17.0') =>
    budgetOf(worldOf([DB, web]), seriesOf === undefined ? {} : { seriesOf }).connections.map(({ total }) => total)
  assert.equal(totals(), [21])
  assert.equal(
    totals(() => '17.0'),
    [17],
  )
  const labelled = {
    ...web,
    spec: {
      ...(web.spec as Fields),
      template: {
        metadata: { labels: { 'app.kubernetes.io/version': '17.0' } },
        spec: {
          containers: [
            { name: 'odoo', command: ['odoo'], args: ['--db_host=db-rw', '--workers=4', '--max-cron-threads=0'] },
          ],
        },
      },
    },
  }
  assert.equal(
    budgetOf(worldOf([DB, labelled])).connections.map(({ total }) => total),
    [17],
    'a label says it too',
  )
})

test('a mounted file that is the configuration of something else is not read', () => {
  const text = conf('workers = 9')
  const { container, pod } = IN_CONFIG_MAP
  const elsewhere = odoo(['--config=/etc/other/odoo.conf', '--workers=1', '--max-cron-threads=0'], container, pod)
  assert.equal(opened([DB, elsewhere, configMap(text)]), ['1 × 2 = 2 (1 workers × 2)'])
})

test.run()
