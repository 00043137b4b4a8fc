import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { requestSelector } from '../charts/traefik-service.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf } from '../src/manifest/value.ts'
import { QUERIES, type Query } from '../src/spec/facts/indicators.ts'
import { FALLBACKS, RUNBOOKS } from '../src/spec/runbook.ts'
import {
  at,
  BAKERY,
  everyUnit,
  ofKind,
  platformUnitOf,
  podsOf,
  SHOPS,
  the,
  type Unit,
  unitOf,
  type Written,
} from './charts-unit.ts'

const acme = unitOf(SHOPS, 'acme', 'production')
const staging = unitOf(SHOPS, 'acme', 'staging')
const corner = unitOf(SHOPS, 'corner', 'production')

function rulesOf(written: readonly Written[]): Fields[] {
  return ofKind(written, 'PrometheusRule').flatMap(({ manifest }) =>
    listOf(at(manifest, 'spec', 'groups')).flatMap(group => listOf(at(group, 'rules')).filter(isFields)),
  )
}

function alertsOf(unit: Unit): Map<string, Fields> {
  return new Map(rulesOf(unit.written).flatMap(rule => (rule.alert === undefined ? [] : [[String(rule.alert), rule]])))
}

test('every alert has a team, a severity, words for people and a page that tells what to do', () => {
  for (const [place, unit] of everyUnit()) {
    const { platform, tenant, environment, production, tier } = unit.settings
    // Nobody told the provider where its pages can be read.
    const pages = platform === 'shops' ? 'https://git\\.shops\\.example/erp/blob/main/' : ''
    for (const [name, alert] of alertsOf(unit)) {
      const labels = labelsOf(alert.labels)
      assert.equal([labels.tenant, labels.environment, labels.tier], [tenant, environment, tier], place)
      assert.is(labels.namespace, `${tenant}-${environment}-app`, 'or Alertmanager routes it to nobody')
      assert.is(labels.team, tenant === 'acme' ? 'team-acme' : platform)
      assert.ok(['critical', 'warning'].includes(String(labels.severity)))
      if (!production) assert.is(labels.severity, 'warning', `${name} wakes somebody for ${environment}`)
      const { summary = '', runbook_url = '' } = labelsOf(alert.annotations)
      assert.match(summary, new RegExp(`^${tenant}/${environment}: \\S`))
      const page = new RegExp(`^${pages}runbooks/${tenant}/([a-z-]+)\\.md$`)
      assert.ok(
        [...RUNBOOKS, ...FALLBACKS].some(known => known === page.exec(runbook_url)?.[1]),
        runbook_url,
      )
      assert.match(String(alert.for), /^\d+[mh]$/)
    }
  }
})

test('an expression that is not in balance would stop Prometheus from loading any rule', () => {
  const platform = rulesOf(platformUnitOf(SHOPS, 'production').written)
  for (const rules of [platform, ...everyUnit().map(([, { written }]) => rulesOf(written))]) {
    for (const { expr } of rules) {
      const outside = String(expr).replace(/"[^"]*"/g, '')
      assert.not.match(outside, /"|undefined|NaN|\$\{/)
      for (const [open, close] of ['()', '{}', '[]']) {
        assert.is(outside.split(String(open)).length, outside.split(String(close)).length, String(expr))
      }
    }
  }
})

test('a higher tier is told of more, and what loses data is told for every tier', () => {
  const names = (unit: Unit) => [...alertsOf(unit).keys()]
  const [gold, bronze] = [names(acme), names(corner)]
  for (const name of bronze) assert.ok(gold.includes(name) || name === 'FilestoreFull', name)
  assert.ok(gold.length > bronze.length + 15, `${gold.length} and ${bronze.length}`)
  assert.ok(bronze.includes('DatabaseDown') && bronze.includes('VolumeFull') && bronze.includes('OdooDown'))
  // The parts of a database that holds backups, standbys and queued work.
  for (const name of [
    'BackupStale',
    'WalArchivingFails',
    'DatabaseReplicationLag',
    'DatabaseConnectionsShort',
    'WorkersSaturated',
    'JobsWait',
    'ScheduledActionsOverdue',
    'OdooOutOfMemory',
    'VolumeFull',
    'CertificateExpiresIn21Days',
    'NotReachable',
    'ErrorBudgetBurns1H',
  ]) {
    assert.ok(gold.includes(name), name)
  }
  assert.not.ok(bronze.includes('BackupStale'), 'the tier makes no backups')
  assert.not.ok(
    bronze.some(name => name.startsWith('ErrorBudget')),
    'the tier promises nothing',
  )
})

test('the error budget burns at the rate that the promise of the tier allows', () => {
  const alert = alertsOf(acme).get('ErrorBudgetBurns1H')
  const of = 'tenant="acme",environment="production"'
  assert.is(
    alert?.expr,
    `waybill:odoo_errors:ratio_1h{${of}} > 0.0144 and waybill:odoo_errors:ratio_5m{${of}} > 0.0144`,
  )
  const recorded = rulesOf(acme.written).flatMap(({ record }) => (record === undefined ? [] : [String(record)]))
  for (const [name, { expr }] of alertsOf(acme)) {
    for (const [used] of String(expr).matchAll(/waybill:[a-z_:0-9]+/g))
      assert.ok(recorded.includes(used), `${name}: ${used}`)
  }
  const tighter = SHOPS.replace('tier: gold', 'tier: gold\n    objectives: {availability: 99.99}')
  assert.match(
    String(alertsOf(unitOf(tighter, 'acme', 'production')).get('ErrorBudgetBurns1H')?.expr),
    /> 0\.00144 and/,
  )
})

/** The name that Traefik gives the service of a route: `makeServiceKey` and `Normalize` of its provider for these objects. */
function traefikService(namespace: string, route: string, match: string): string {
  const digest = createHash('sha256').update(match).digest('hex').slice(0, 20)
  return `${namespace}-${route}-${digest}@kubernetescrd`
}

test('requests are counted by the routes that answer them, and live connections are not among them', () => {
  for (const [place, { written, settings }] of everyUnit()) {
    const counts = (who: 'web' | 'api' | 'all', service: string) => {
      const [, pattern = ''] = /^service=~"(.*)"$/.exec(requestSelector(settings, who)) ?? []
      return new RegExp(`^(?:${pattern})$`).test(service)
    }
    for (const { name, namespace, manifest } of ofKind(written, 'IngressRoute')) {
      for (const route of listOf(at(manifest, 'spec', 'routes'))) {
        const service = traefikService(String(namespace), name, String(at(route, 'match')))
        const answers = !['odoo-websocket', 'odoo-redirect'].includes(name)
        assert.is(counts('all', service), answers, `${place}: ${service}`)
        assert.is(counts('web', service), answers && name !== 'odoo-api', `${place}: ${service}`)
        assert.is(counts('api', service), name === 'odoo-api', `${place}: ${service}`)
      }
    }
  }
})

test('what Prometheus is told to read has pods with that label and that port', () => {
  for (const [place, { written, settings }] of everyUnit()) {
    for (const { name, manifest } of ofKind(written, 'PodMonitor')) {
      const selector = labelsOf(at(manifest, 'spec', 'selector', 'matchLabels'))
      const port = at(manifest, 'spec', 'podMetricsEndpoints', 0, 'port')
      const [[key, value] = []] = Object.entries(selector)
      if (key === 'app') {
        const server = podsOf(written).find(({ labels }) => labels.app === value)
        const exporter = server?.containers.find(each => listOf(each.ports).some(open => at(open, 'name') === port))
        const operated = ofKind(written, 'RedisReplication').some(
          each => each.name === value && at(each.manifest, 'spec', 'redisExporter', 'enabled') === true,
        )
        assert.ok(operated || exporter !== undefined, `${place}: ${name}`)
      } else {
        const kind = { 'cnpg.io/cluster': 'Cluster', 'cnpg.io/poolerName': 'Pooler' }[String(key)]
        assert.is(ofKind(written, String(kind)).filter(each => each.name === value).length, 1, `${place}: ${name}`)
        assert.is(port, 'metrics')
      }
      assert.is(fieldsOf(manifest.metadata).namespace, `${settings.tenant}-${settings.environment}-data`)
      const release = settings.platform === 'shops' ? 'prometheus' : undefined
      assert.is(labelsOf(fieldsOf(manifest.metadata).labels).release, release, place)
    }
  }
})

interface Asked {
  readonly query: string
  readonly predicate_query: string
  readonly primary: boolean
  readonly target_databases: readonly string[]
  readonly metrics: readonly Record<string, { readonly usage: string; readonly description: string }>[]
}

function queriesOf({ written }: Unit): [string, Asked][] {
  const data = labelsOf(the(written, 'ConfigMap', 'database-queries').data)
  return Object.entries(parse(String(data['queries.yaml'])) as Record<string, Asked>)
}

test('the exporter asks the one database, for tables that the modules of the release bring', () => {
  assert.equal(
    queriesOf(acme).map(([name]) => name),
    ['odoo_orders', 'odoo_invoices', 'odoo_jobs', 'odoo_oldest_job', 'odoo_actions', 'odoo_mails'],
  )
  assert.equal(
    queriesOf(corner).map(([name]) => name),
    ['odoo_actions'],
  )
  for (const [name, asked] of queriesOf(acme)) {
    assert.equal(asked.target_databases, ['acme_production'], name)
    assert.is(asked.primary, true)
    assert.ok(asked.metrics.length > 0)
    for (const metric of asked.metrics) {
      for (const [column, { usage }] of Object.entries(metric)) {
        assert.match(asked.query, new RegExp(`\\b${column}\\b`), `${name}: ${column}`)
        assert.ok(['GAUGE', 'LABEL'].includes(usage))
      }
    }
  }
})

test('the exporter may read the columns that it asks for, and no others', () => {
  const grants = (unit: Unit) =>
    fieldsOf(JSON.parse(String(labelsOf(the(unit.written, 'ConfigMap', 'odoo-scripts').data)['grants.json'])))
  assert.equal(grants(corner), { cnpg_metrics_exporter: { ir_cron: ['active', 'nextcall'] } })
  assert.equal(grants(unitOf(BAKERY, 'bakery', 'production')), {})
  const granted = fieldsOf(grants(acme).cnpg_metrics_exporter)
  for (const [name, { query, predicate_query: predicate }] of queriesOf(acme)) {
    const { reads }: Query = QUERIES[name.replace('odoo_', '') as keyof typeof QUERIES]
    for (const [, table = ''] of query.matchAll(/(?<!epoch )from ([a-z_]+)/g)) {
      assert.ok(Object.hasOwn(reads, table), `${name} reads ${table}`)
      assert.match(predicate, new RegExp(`'public\\.${table}'`))
    }
    for (const [table, columns] of Object.entries(reads)) {
      for (const column of columns) {
        assert.ok(listOf(granted[table]).includes(column), `${table}.${column}`)
        assert.match(query, new RegExp(`\\b${column}\\b`))
      }
    }
  }
  for (const [table, columns] of Object.entries(granted)) {
    for (const column of listOf(columns)) {
      const asks = Object.values(QUERIES).some(({ reads }: Query) => reads[table]?.includes(String(column)))
      assert.ok(asks, `${table}.${String(column)} is open, and nobody asks for it`)
    }
  }
  assert.not.ok(Object.keys(granted).some(table => /users|partner|parameter|token/.test(table)))
})

test('a process that is out of its bounds is an alert, in the hours in which they hold', () => {
  const alerts = alertsOf(acme)
  assert.is(
    alerts.get('OrderCaptureTooFew')?.expr,
    'max(cnpg_odoo_orders_confirmed_15m{namespace="acme-production-data"}) < 5 and on () (hour() >= 6 and hour() < 18)',
  )
  assert.match(labelsOf(alerts.get('OrderCaptureTooFew')?.annotations).runbook_url ?? '', /order-capture-manual\.md$/)
  assert.is(
    alerts.get('InvoicingTooMany')?.expr,
    'max(cnpg_odoo_oldest_job_seconds{namespace="acme-production-data"}) > 600',
  )
  assert.not.ok([...alerts.keys()].some(name => name.startsWith('Pricing')))
})

test('a process is refused when nothing in the release could tell how it does, or when its bounds bound nothing', () => {
  const contradictions = (from: string, to: string) =>
    unitOf(SHOPS.replace(from, to), 'acme', 'production').contradictions.map(({ message }) => message)
  assert.equal(contradictions('orders-confirmed, least', 'till-orders, least'), [
    'the process "order-capture" is judged by till-orders, which needs one of the modules point_of_sale',
  ])
  assert.equal(contradictions('pricing: {}', 'pricing: {most: 3}'), [
    'the process "pricing" has a bound and no indicator that it could bound',
  ])
  assert.equal(contradictions('hours: 6-18', 'hours: 18-6'), [
    'the hours of the process "order-capture" hold for no bound',
  ])
})

test('alerts go to who is named for their severity, and nights and weekends are quiet except in production', () => {
  const spec = (unit: Unit) => fieldsOf(at(the(unit.written, 'AlertmanagerConfig', 'alerts'), 'spec'))
  for (const unit of [acme, staging]) {
    const receivers = listOf(spec(unit).receivers).map(each => at(each, 'name'))
    const routes = listOf(at(spec(unit), 'route', 'routes'))
    assert.equal(
      routes.map(route => at(route, 'matchers', 0)),
      ['critical', 'warning'].map(value => ({ name: 'severity', value, matchType: '=' })),
    )
    for (const route of [at(spec(unit), 'route'), ...routes]) assert.ok(receivers.includes(at(route, 'receiver')))
  }
  assert.is(spec(acme).muteTimeIntervals, undefined)
  assert.ok(listOf(at(spec(acme), 'route', 'routes')).every(route => at(route, 'muteTimeIntervals') === undefined))
  assert.equal(spec(staging).muteTimeIntervals, [
    {
      name: 'unattended',
      timeIntervals: [
        { weekdays: ['sunday', 'saturday'] },
        {
          weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
          times: [
            { startTime: '00:00', endTime: '06:00' },
            { startTime: '18:00', endTime: '24:00' },
          ],
        },
      ],
    },
  ])
  const [key] = ofKind(acme.written, 'ExternalSecret')
    .filter(({ name }) => name === 'alerts-critical')
    .map(({ manifest }) => at(manifest, 'spec', 'data', 0, 'remoteRef', 'key'))
  assert.is(key, 'alerting/pagerduty', 'the key is one for all tenants')
})

test('production cannot be muted, and a promise cannot be loosened', () => {
  const messages = (yaml: string) => unitOf(yaml, 'acme', 'production').contradictions.map(({ message }) => message)
  assert.equal(
    messages(SHOPS.replace('production: {}', 'production: {observability: {attended: "Mon-Fri 08:00-17:00"}}')),
    ['observability.attended mutes alerts, and production is never muted'],
  )
  assert.equal(messages(SHOPS.replace('tier: gold', 'tier: gold\n    objectives: {availability: 99}')), [
    'objectives.availability 99 is looser than tier gold promises (99.9)',
  ])
})

test('hosts are called from outside where somebody said by whom, and handshakes where that one knows how', () => {
  const targets = (unit: Unit, name: string) =>
    at(the(unit.written, 'Probe', name), 'spec', 'targets', 'staticConfig', 'static')
  assert.equal(targets(acme, 'odoo-login'), [
    'https://erp.acme.example/web/login',
    'https://shop.acme.example/web/login',
  ])
  assert.equal(targets(acme, 'odoo-websocket'), [
    'https://erp.acme.example/websocket',
    'https://shop.acme.example/websocket',
  ])
  const without = SHOPS.replace(/ {2}prober: .*\n/, '')
  const unit = unitOf(without, 'acme', 'production')
  assert.equal(ofKind(unit.written, 'Probe'), [])
  assert.not.ok(alertsOf(unit).has('NotReachable'))
})

test('nobody is watched who did not ask for it, but for the tiers that promise too much to be left alone', () => {
  const kinds = ['PrometheusRule', 'PodMonitor', 'AlertmanagerConfig', 'GrafanaDashboard', 'Probe']
  const watching = (written: readonly Written[]) => written.filter(({ kind }) => kinds.includes(kind)).length
  assert.is(watching(unitOf(BAKERY, 'bakery', 'production').written), 0)
  assert.is(watching(platformUnitOf(BAKERY, 'production').written), 0)
  const gold = unitOf(BAKERY.replace('users: 25', 'users: 25, tier: gold'), 'bakery', 'production')
  assert.ok(watching(gold.written) > 3)
  const off = SHOPS.replace('observability:\n', 'observability:\n  enabled: false\n')
  assert.is(watching(unitOf(off, 'acme', 'production').written), 0)
  assert.is(watching(platformUnitOf(off, 'production').written), 0)
  assert.is(at(the(unitOf(off, 'acme', 'production').written, 'Cluster', 'database'), 'spec', 'monitoring'), undefined)
})

test('each kind of reader has a dashboard that Grafana can load, with panels that do not cover each other', () => {
  const dashboards = ofKind(platformUnitOf(SHOPS, 'production').written, 'GrafanaDashboard')
  assert.equal(
    dashboards.map(({ name }) => name),
    ['shops-executives', 'shops-operations', 'shops-support'],
  )
  for (const { name, manifest } of dashboards) {
    assert.equal(at(manifest, 'spec', 'instanceSelector', 'matchLabels'), { dashboards: 'grafana' })
    const { uid, panels } = JSON.parse(String(at(manifest, 'spec', 'json'))) as { uid: string; panels: Fields[] }
    assert.match(uid, /^[a-z-]{1,40}$/)
    assert.is(new Set(panels.map(({ id }) => id)).size, panels.length)
    const taken = new Set<string>()
    for (const { title, gridPos, targets } of panels) {
      const { x, y, w, h } = gridPos as { x: number; y: number; w: number; h: number }
      assert.ok(x + w <= 24, name)
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assert.not(taken.has(`${column}/${line}`), `${name}: ${String(title)} covers another panel`)
          taken.add(`${column}/${line}`)
        }
      }
      for (const target of listOf(targets)) {
        assert.match(String(at(target, 'expr')), /\$tenant/, `${name}: ${String(title)} shows every tenant`)
        assert.match(String(at(target, 'expr')), /\$environment/)
      }
    }
  }
})

test('the store of sessions tells Prometheus how full it is', () => {
  const server = podsOf(staging.written).find(({ object }) => object.kind === 'StatefulSet')
  assert.equal(
    server?.containers.map(({ name }) => name),
    ['valkey', 'exporter'],
  )
  const replication = the(acme.written, 'RedisReplication', 'sessions')
  assert.match(String(at(replication, 'spec', 'redisExporter', 'image')), /@sha256:/)
  assert.ok(alertsOf(acme).has('SessionsEvicted') && alertsOf(staging).has('SessionsDown'))
})

test('the log is JSON where the image can write it', () => {
  const logging = SHOPS.replace('[sale, queue_job', '[sale, logging_json, queue_job')
  for (const [yaml, expected] of [
    [SHOPS, 0],
    [logging, 4],
  ] as const) {
    const { written } = unitOf(yaml, 'acme', 'production')
    const writers = podsOf(written).filter(({ containers }) =>
      listOf(containers[0]?.env).some(variable => at(variable, 'name') === 'ODOO_LOGGING_JSON'),
    )
    assert.is(writers.length, expected)
  }
})

test.run()
