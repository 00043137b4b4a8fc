import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { odooOf } from '../src/analysis/odoo.ts'
import { formatPath } from '../src/manifest/path.ts'
import { confMap, indexed, MOUNTED, type Pod, theOdoo, workload } from './odoo-world.ts'

type Expected = Readonly<Record<string, string | undefined>>

/** Options as `value (layer)`; `untold` where nobody can tell, `unread` where the value lies elsewhere. */
function settings(yaml: string, names: readonly string[]): Expected {
  const { config } = theOdoo(yaml)
  return Object.fromEntries(
    names.map(name => {
      const found = config.setting(name)
      return [name, found === undefined ? 'untold' : `${found.value ?? 'unread'} (${found.layer})`]
    }),
  )
}

function expectSettings(yaml: string, expected: Expected): void {
  assert.equal(settings(yaml, Object.keys(expected)), expected)
}

const CASES: readonly (readonly [behaviour: string, yaml: string, expected: Expected])[] = [
  [
    'the official image without anything has the defaults of Odoo, the folders of the image and the database of its entrypoint',
    workload(),
    {
      workers: '0 (default)',
      list_db: 'True (default)',
      admin_passwd: 'admin (default)',
      data_dir: '/var/lib/odoo (image)',
      server_wide_modules: 'base,web (default)',
      db_host: 'db (entrypoint)',
      db_name: ' (default)',
    },
  ],
  [
    'a default that differs between series is untold when the series is',
    workload({ image: 'odoo@sha256:0123', container: 'command: [odoo]' }),
    { server_wide_modules: 'untold', max_cron_threads: '2 (default)' },
  ],
  [
    '19.0 loads another module by default',
    workload({ image: 'docker.io/library/odoo:19.0-20260723' }),
    { server_wide_modules: 'base,rpc,web (default)' },
  ],
  [
    'arguments win over the file, and the last of them over the others, in every spelling',
    confMap('workers = 2\ndb_name = file\nlimit_time_real = 1\nmax_cron_threads = 7') +
      workload({
        ...MOUNTED,
        container: `${MOUNTED.container}, args: ["--workers=4", --workers, "5", -dacme, --limit_time_real=240, --max-cron-threads, "0"]`,
      }),
    {
      workers: '5 (arguments)',
      db_name: 'acme (arguments)',
      limit_time_real: '240 (arguments)',
      max_cron_threads: '0 (arguments)',
    },
  ],
  [
    'flags without a value say yes or no',
    workload({ container: 'args: [odoo, --no-http, --no-database-list, --proxy-mode, --stop-after-init]' }),
    {
      http_enable: 'False (arguments)',
      list_db: 'False (arguments)',
      proxy_mode: 'True (arguments)',
      stop_after_init: 'True (arguments)',
    },
  ],
  [
    'the file is read under its earlier names, and its words for "none" are none',
    confMap('longpolling_port = 8073\nxmlrpc_port = 8070\ndb_name = False\nlogfile = None\nlist_db = False') +
      workload({ ...MOUNTED, image: 'odoo:17.0' }),
    { gevent_port: '8073 (file)', http_port: '8070 (file)', db_name: ' (file)', list_db: 'False (file)' },
  ],
  [
    'modules to update and the switch that ends the server are no matter of the file',
    confMap('update = all\nstop_after_init = True') + workload(MOUNTED),
    { update: ' (default)', stop_after_init: 'False (default)' },
  ],
  [
    'the entrypoint of the official image appends the database, and so wins over arguments; the file wins over variables',
    confMap('db_user = owner') +
      workload({
        ...MOUNTED,
        container: `${MOUNTED.container}, args: [--db_host=mine, --db_user=mine], env: [{name: HOST, value: pg}, {name: USER, value: env}, {name: PORT, value: "6432"}]`,
      }),
    { db_host: 'pg (entrypoint)', db_port: '6432 (entrypoint)', db_user: 'owner (entrypoint)' },
  ],
  [
    'a command goes around the entrypoint, and then the client of PostgreSQL reads its own variables',
    workload({
      container:
        'command: [odoo], args: [--db_user=mine], env: [{name: HOST, value: pg}, {name: PGHOST, value: libpq}, {name: PGUSER, value: libpq}]',
    }),
    { db_host: 'libpq (environment)', db_user: 'mine (arguments)' },
  ],
  [
    'an empty host of the file is for the client to fill in, its mode of encryption is not',
    confMap('db_host = False') +
      workload({
        ...MOUNTED,
        container: `${MOUNTED.container}, command: [odoo], env: [{name: PGHOST, value: libpq}, {name: PGSSLMODE, value: require}]`,
      }),
    { db_host: 'libpq (environment)', db_sslmode: 'prefer (default)' },
  ],
  [
    'from 19.0 on variables win over the file and lose against arguments',
    confMap('workers = 2\nlist_db = True\nmax_cron_threads = 1') +
      workload({
        ...MOUNTED,
        image: 'odoo:19.0',
        container: `${MOUNTED.container}, command: [odoo], args: [--max-cron-threads=0], env: [{name: ODOO_WORKERS, value: "6"}, {name: ODOO_LIST_DB, value: "no"}, {name: ODOO_MAX_CRON_THREADS, value: "3"}, {name: PGDATABASE, value: acme}]`,
      }),
    {
      workers: '6 (environment)',
      list_db: 'no (environment)',
      max_cron_threads: '0 (arguments)',
      db_name: 'acme (environment)',
    },
  ],
  [
    'before 19.0 nobody reads them',
    workload({ container: 'env: [{name: ODOO_WORKERS, value: "6"}, {name: PGDATABASE, value: acme}]' }),
    { workers: '0 (default)', db_name: ' (default)' },
  ],
  [
    'the image of Bitnami makes its file from variables of its own',
    workload({
      image: 'docker.io/bitnamilegacy/odoo:18.0.20250805-debian-12-r2',
      container:
        'env: [{name: ODOO_DATABASE_HOST, value: pg}, {name: ODOO_DATABASE_NAME, value: acme}, {name: ODOO_DATABASE_FILTER, value: ^acme$}, {name: ODOO_LIST_DB, value: "yes"}]',
    }),
    {
      db_host: 'pg (environment)',
      db_name: 'acme (environment)',
      dbfilter: '^acme$ (environment)',
      list_db: 'yes (environment)',
      proxy_mode: 'True (image)',
      max_cron_threads: '1 (image)',
      workers: '0 (default)',
    },
  ],
  [
    'doodba makes its file from the variables of the client and its own; what a project puts beside them is untold',
    workload({
      image: 'ghcr.io/tecnativa/doodba:18.0',
      container:
        'env: [{name: PGDATABASE, value: acme}, {name: PROXY_MODE, value: "true"}, {name: ADMIN_PASSWORD, valueFrom: {secretKeyRef: {name: odoo, key: master}}}]',
    }),
    {
      db_name: 'acme (environment)',
      db_host: 'db (image)',
      proxy_mode: 'true (environment)',
      list_db: 'False (image)',
      admin_passwd: 'unread (environment)',
      workers: 'untold',
    },
  ],
  [
    'odoo-bedrock makes its file from the names of the options, also under the name of whoever builds on it',
    workload({
      image: 'registry.example.com/acme/odoo:18.0-7',
      container:
        'env: [{name: DB_HOST, value: pg}, {name: DB_NAME, value: acme}, {name: WORKERS, value: "4"}, {name: MAX_CRON_THREADS, value: "0"}]',
    }),
    {
      db_host: 'pg (environment)',
      db_name: 'acme (environment)',
      workers: '4 (environment)',
      max_cron_threads: '0 (environment)',
      list_db: 'untold',
    },
  ],
  [
    'what lies in an image that somebody built is untold, what the arguments say is not',
    workload({ image: 'registry.example.com/acme/odoo:18.0', container: 'args: [odoo, --workers=3]' }),
    { workers: '3 (arguments)', max_cron_threads: 'untold', data_dir: 'untold' },
  ],
  [
    'templates and references that somebody else fills in are unread',
    confMap(`admin_passwd = {{ .password }}\nworkers = \${WORKERS}\ndb_name = $DB_NAME\ndbfilter = ^acme$`) +
      workload({
        ...MOUNTED,
        container: `${MOUNTED.container}, args: ["--db_user=$(NOBODY)", "--max-cron-threads=$(THREADS)"], env: [{name: THREADS, value: "3"}], command: [odoo]`,
      }),
    {
      admin_passwd: 'unread (file)',
      workers: 'unread (file)',
      db_name: 'unread (file)',
      dbfilter: '^acme$ (file)',
      db_user: 'unread (arguments)',
      max_cron_threads: '3 (arguments)',
    },
  ],
  [
    'a variable of a ConfigMap that is here is read, one that is not may set anything',
    `---
apiVersion: v1
kind: ConfigMap
metadata: {name: env, namespace: erp}
data: {ODOO_WORKERS: "3"}
${workload({ image: 'odoo:19.0', container: 'command: [odoo], envFrom: [{configMapRef: {name: env}}, {secretRef: {name: elsewhere}}]' })}`,
    { workers: '3 (environment)', list_db: 'untold' },
  ],
]

for (const [behaviour, yaml, expected] of CASES) test(behaviour, () => expectSettings(yaml, expected))

/** The ways in which a file gets to its place; all of them hold `workers = 5`. */
const PLACES: readonly (readonly [behaviour: string, yaml: string])[] = [
  ['a ConfigMap as a folder', confMap('workers = 5') + workload(MOUNTED)],
  [
    'one key of it as a file',
    confMap('workers = 5') +
      workload({
        ...MOUNTED,
        container: 'volumeMounts: [{name: config, mountPath: /etc/odoo/odoo.conf, subPath: odoo.conf}]',
      }),
  ],
  [
    'a key under another name',
    confMap('workers = 5').replace('odoo.conf:', 'main:') +
      workload({
        ...MOUNTED,
        pod: 'volumes: [{name: config, configMap: {name: odoo, items: [{key: main, path: odoo.conf}]}}]',
      }),
  ],
  [
    'a projected volume',
    confMap('workers = 5') +
      workload({
        ...MOUNTED,
        pod: 'volumes: [{name: config, projected: {sources: [{secret: {name: other}}, {configMap: {name: odoo}}]}}]',
      }).replace('{secret: {name: other}}, ', ''),
  ],
  [
    'a Secret in plain text',
    `---\napiVersion: v1\nkind: Secret\nmetadata: {name: odoo, namespace: erp}\nstringData: {odoo.conf: "[options]\\nworkers = 5\\n"}\n${workload({ ...MOUNTED, pod: 'volumes: [{name: config, secret: {secretName: odoo}}]' })}`,
  ],
  [
    'an encoded Secret',
    `---\napiVersion: v1\nkind: Secret\nmetadata: {name: odoo, namespace: erp}\ndata: {odoo.conf: ${Buffer.from('[options]\nworkers = 5\n').toString('base64')}}\n${workload({ ...MOUNTED, pod: 'volumes: [{name: config, secret: {secretName: odoo}}]' })}`,
  ],
  [
    'the template of an ExternalSecret',
    `---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: any, namespace: erp}
spec: {target: {name: odoo, template: {data: {odoo.conf: "[options]\\nworkers = 5\\nadmin_passwd = {{ .master }}\\n"}}}}
${workload({ ...MOUNTED, pod: 'volumes: [{name: config, secret: {secretName: odoo}}]' })}`,
  ],
  [
    'a place that ODOO_RC names',
    confMap('workers = 5') +
      workload({
        ...MOUNTED,
        container: 'volumeMounts: [{name: config, mountPath: /conf}], env: [{name: ODOO_RC, value: /conf/odoo.conf}]',
      }),
  ],
  [
    'a place that the arguments name, which win over ODOO_RC',
    confMap('workers = 5') +
      workload({
        ...MOUNTED,
        container:
          'volumeMounts: [{name: config, mountPath: /conf}], env: [{name: ODOO_RC, value: /elsewhere.conf}], args: [-c, /conf/odoo.conf]',
      }),
  ],
  [
    'any place, in an image that nobody knows',
    confMap('workers = 5') +
      workload({
        ...MOUNTED,
        image: 'registry.example.com/erp:3',
        container: 'volumeMounts: [{name: config, mountPath: /srv}]',
      }),
  ],
]

for (const [place, yaml] of PLACES) {
  test(`the configuration is found in ${place}`, () => expectSettings(yaml, { workers: '5 (file)' }))
}

test('a file whose text is not among the manifests leaves everything untold that arguments do not say', () => {
  const csi = { ...MOUNTED, pod: 'volumes: [{name: config, csi: {driver: secrets-store.csi.k8s.io}}]' }
  expectSettings(workload({ ...csi, container: `${MOUNTED.container}, args: [--workers=2]` }), {
    workers: '2 (arguments)',
    list_db: 'untold',
  })
  const dataOnly = `---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: odoo, namespace: erp}
spec: {dataFrom: [{extract: {key: odoo}}]}
`
  expectSettings(dataOnly + workload({ ...MOUNTED, pod: 'volumes: [{name: config, secret: {secretName: odoo}}]' }), {
    list_db: 'untold',
  })
})

test('a value knows where it is written', () => {
  const yaml =
    confMap('list_db = False') +
    workload({
      ...MOUNTED,
      container: `${MOUNTED.container}, args: [odoo, --workers, "4"], env: [{name: HOST, value: pg}]`,
    })
  const { config } = theOdoo(yaml)
  const at = (name: string): string => {
    const place = config.setting(name)?.place
    return place === undefined ? 'nowhere' : `${place.source.manifest.kind} ${formatPath(place.at)}`
  }
  assert.is(at('list_db'), 'ConfigMap data["odoo.conf"]')
  assert.is(at('workers'), 'Deployment spec.template.spec.containers[0].args[2]')
  assert.is(at('db_host'), 'Deployment spec.template.spec.containers[0].env[0]')
  assert.is(at('proxy_mode'), 'nowhere')
})

/** What `list_db = …` in the file means, by series. */
const TRUTHS: readonly (readonly [
  text: string,
  before: boolean | undefined,
  later: boolean | undefined,
  unknown: boolean | undefined,
])[] = [
  ['False', false, false, false],
  ['false', false, false, false],
  ['True', true, true, true],
  ['no', true, false, undefined],
  ['0', true, false, undefined],
  ['off', true, false, undefined],
  ['maybe', true, undefined, undefined],
  ['', false, undefined, undefined],
]

for (const [text, before, later, unknown] of TRUTHS) {
  test(`"${text}" in the file is ${before} up to 18.0, ${later} from 19.0 on, and ${unknown} where the series is unknown`, () => {
    const flagIn = (image: string) =>
      theOdoo(confMap(`list_db = ${text}`) + workload({ ...MOUNTED, image })).config.flag('list_db')
    assert.is(flagIn('odoo:18.0'), before)
    assert.is(flagIn('odoo:19.0'), later)
    assert.is(flagIn('odoo'), unknown)
  })
}

test('a number that is none is not read as one', () => {
  const { config } = theOdoo(workload({ container: 'args: [--workers=four, --max-cron-threads=-1]' }))
  assert.is(config.integer('workers'), undefined)
  assert.is(config.integer('max_cron_threads'), -1)
})

const SERIES: readonly (readonly [image: string, series: number | undefined])[] = [
  ['odoo:18.0', 18],
  ['odoo:17', 17],
  ['localhost:5000/odoo:16.0-20240101@sha256:00', 16],
  ['registry.example.com/acme/odoo:18.0.4.2', 18],
  ['registry.example.com/acme/odoo:15.2.0', undefined],
  ['registry.example.com/acme/odoo:1.18.0', undefined],
  ['registry.example.com/acme/odoo18:prod', 18],
  ['odoo:saas-18.2', 18],
  ['odoo:latest', undefined],
]

for (const [image, series] of SERIES) {
  test(`the series of "${image}" is ${series ?? 'unknown'}`, () =>
    assert.is(theOdoo(workload({ image })).image.series, series))
}

test('a variable tells the series of an image that does not', () => {
  assert.is(
    theOdoo(workload({ image: 'odoo@sha256:00', container: 'env: [{name: ODOO_VERSION, value: "17.0"}]' })).image
      .series,
    17,
  )
})

const STRANGERS: readonly (readonly [what: string, pod: Pod])[] = [
  ['another program in an image of Odoo', { container: 'command: [python3, /scripts/report.py]' }],
  [
    'a shell that asks the database called "odoo"',
    { image: 'postgres:17', container: 'command: [sh, -c, "pg_dump -h db odoo > /tmp/dump"]' },
  ],
  [
    'a program that is given the word as an argument',
    { image: 'bitnami/kubectl', container: 'command: [kubectl, rollout, restart, deploy/odoo]' },
  ],
  [
    'a script that is given the name of a database',
    { image: 'python:3.13', container: 'command: [python3, /backup.py, odoo]' },
  ],
  ['an exporter that has it in its name', { image: 'acme/odoo-exporter:1' }],
  [
    'a client with a host, a user and a password',
    {
      image: 'adminer:5',
      container: 'env: [{name: HOST, value: db}, {name: USER, value: odoo}, {name: PASSWORD, value: x}]',
    },
  ],
  [
    'a backup that reads the same file',
    {
      image: 'acme/backup:1',
      container: 'command: [/backup.sh], volumeMounts: [{name: config, mountPath: /etc/odoo}]',
      pod: MOUNTED.pod ?? '',
    },
  ],
  ['nginx before it', { image: 'nginx:1.29', container: 'ports: [{containerPort: 8069}]' }],
]

for (const [what, pod] of STRANGERS) {
  test(`${what} is no Odoo`, () => assert.is(odooOf(indexed(confMap('workers = 1') + workload(pod))).length, 0))
}

const RELATIVES: readonly (readonly [what: string, pod: Pod])[] = [
  ['an image that ends in its name', { image: 'ghcr.io/acme/odoo' }],
  [
    'a longer name that listens on its port',
    { image: 'acme/odoo-shop:3', container: 'ports: [{containerPort: 8069}]' },
  ],
  [
    'any image that starts its program',
    { image: 'acme/erp:3', container: 'command: [/opt/venv/bin/odoo-bin], args: [-c, /etc/x.conf]' },
  ],
  [
    'a program behind Python',
    { image: 'acme/erp:3', container: 'command: [python3, -u, /opt/odoo/odoo-bin, --workers=2]' },
  ],
  [
    'a program behind a shell',
    {
      image: 'acme/erp:3',
      container: 'command: [bash, -ec, "export A=1; until pg_isready; do sleep 1; done; exec odoo --workers=2"]',
    },
  ],
  [
    'a program behind its user and its supervisor',
    { image: 'acme/erp:3', container: 'command: [tini, --, gosu, odoo, odoo]' },
  ],
  [
    'a program behind a script that waits',
    { image: 'acme/erp:3', container: 'command: [/wait-for-it.sh, "db:5432", --, odoo]' },
  ],
  ['any image that is given its file', { image: 'acme/erp:3', ...MOUNTED }],
  [
    'any image that is given variables of its modules',
    { image: 'acme/erp:3', container: 'env: [{name: ODOO_QUEUE_JOB_CHANNELS, value: "root:1"}]' },
  ],
]

for (const [what, pod] of RELATIVES) {
  test(`${what} is Odoo`, () => assert.is(odooOf(indexed(confMap('workers = 1') + workload(pod))).length, 1))
}

test.run()
