import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import {
  around,
  at,
  BAKERY,
  everyUnit,
  ofKind,
  PROVIDER,
  platformUnitOf,
  podsOf,
  SHOPS,
  type Unit,
  unitOf,
} from './charts-unit.ts'

/** A pod, or an address outside. */
type End = { readonly namespace: string; readonly labels: Readonly<Record<string, string>> } | { readonly ip: string }

function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions } = fieldsOf(selector)
  return (
    Object.entries(labelsOf(matchLabels)).every(([key, value]) => labels[key] === value) &&
    listOf(matchExpressions).every(expression => {
      assert.is(at(expression, 'operator'), 'In')
      return listOf(at(expression, 'values')).includes(labels[String(at(expression, 'key'))])
    })
  )
}

function number(ip: string): number {
  return ip.split('.').reduce((total, part) => total * 256 + Number(part), 0)
}

function contains(cidr: unknown, ip: string): boolean {
  const [base = '', bits = '32'] = String(cidr).split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(base) / size) === Math.floor(number(ip) / size)
}

function isPeer(peer: unknown, end: End, home: string): boolean {
  const { ipBlock, namespaceSelector, podSelector } = fieldsOf(peer)
  if (ipBlock !== undefined) {
    if (!('ip' in end)) return false
    return contains(at(ipBlock, 'cidr'), end.ip) && !listOf(at(ipBlock, 'except')).some(cidr => contains(cidr, end.ip))
  }
  if ('ip' in end) return false
  const there = { 'kubernetes.io/metadata.name': end.namespace }
  const inPlace = namespaceSelector === undefined ? end.namespace === home : selects(namespaceSelector, there)
  return inPlace && selects(podSelector, end.labels)
}

/** Whether the policies let a connection through, on the side of those ends that stand in the unit. */
function allowed({ written, settings }: Unit, from: End, to: End, port: number): boolean {
  const side = (self: End, other: End, direction: 'ingress' | 'egress', peers: 'from' | 'to') => {
    const ours = [`${settings.tenant}-`, 'platform-']
    if ('ip' in self || !ours.some(prefix => self.namespace.startsWith(prefix))) return true
    return ofKind(written, 'NetworkPolicy').some(
      ({ namespace, manifest }) =>
        namespace === self.namespace &&
        selects(at(manifest, 'spec', 'podSelector'), self.labels) &&
        listOf(at(manifest, 'spec', direction)).some(
          rule =>
            listOf(at(rule, peers)).some(peer => isPeer(peer, other, namespace)) &&
            listOf(at(rule, 'ports')).some(open => at(open, 'port') === port),
        ),
    )
  }
  return side(from, to, 'egress', 'to') && side(to, from, 'ingress', 'from')
}

function ends({ written, settings }: Unit) {
  const app = `${settings.tenant}-${settings.environment}-app`
  const data = `${settings.tenant}-${settings.environment}-data`
  const servers = settings.servers === undefined ? data : `platform-${settings.environment}-data`
  const role = (name: string): End => {
    const pods = podsOf(written).find(({ labels }) => labels['waybill.dev/role'] === name)
    if (pods === undefined) throw new Error(`no pods of ${name}`)
    return { namespace: app, labels: pods.labels }
  }
  const pod = (namespace: string, labels: Record<string, string> = {}): End => ({ namespace, labels })
  return {
    web: role('web'),
    websocket: role('websocket'),
    cron: role('cron'),
    migrate: role('migrate'),
    queue: settings.queue === undefined ? undefined : role('queue'),
    database: pod(servers, { 'cnpg.io/cluster': 'database', 'cnpg.io/podRole': 'instance' }),
    hibernation: pod(servers, { 'app.kubernetes.io/name': 'hibernation' }),
    initdb: pod(servers, { 'cnpg.io/cluster': 'database', 'cnpg.io/jobRole': 'initdb' }),
    pooler: pod(data, { 'cnpg.io/poolerName': 'database-pooler' }),
    sessions: pod(data, { app: 'sessions' }),
    sentinel: pod(data, { app: 'sessions-sentinel' }),
    stranger: pod(app, { app: 'stranger' }),
    lodger: pod(data, { app: 'lodger' }),
    traefik: pod('traefik', { 'app.kubernetes.io/name': 'traefik' }),
    other: pod('other-tenant-production-app', { 'app.kubernetes.io/name': 'odoo', 'waybill.dev/role': 'web' }),
    dns: pod('kube-system', { 'k8s-app': 'kube-dns' }),
    operator: pod('cnpg-system'),
    redisOperator: pod('redis-operator'),
    prometheus: pod('monitoring'),
    credentials: { ip: '169.254.169.254' } as End,
    internet: { ip: '198.51.100.7' } as End,
    private: { ip: '10.1.2.3' } as End,
  }
}

type Row = readonly [from: End, to: End, port: number, expected: boolean]

function check(unit: Unit, rows: readonly Row[]) {
  for (const [from, to, port, expected] of rows) {
    assert.is(allowed(unit, from, to, port), expected, `${JSON.stringify(from)} → ${JSON.stringify(to)}:${port}`)
  }
}

test('requests come from Traefik, and from the reports of Odoo itself', () => {
  for (const [, unit] of everyUnit()) {
    const { web, websocket, cron, traefik, stranger, other, database, prometheus } = ends(unit)
    check(unit, [
      [traefik, web, 8069, true],
      [traefik, websocket, 8072, true],
      [traefik, web, 8072, false],
      [traefik, cron, 8069, false],
      [{ namespace: 'traefik', labels: {} }, web, 8069, false],
      [cron, web, 8069, true],
      [web, web, 8069, true],
      [stranger, web, 8069, false],
      [other, web, 8069, false],
      [database, web, 8069, false],
      [prometheus, web, 8069, false],
    ])
  }
})

test('without a pooler every role asks the database, and nobody else does', () => {
  const unit = unitOf(BAKERY, 'bakery', 'production')
  const { web, websocket, cron, migrate, database, stranger, other, traefik, lodger } = ends(unit)
  check(unit, [
    ...[web, websocket, cron, migrate].map((from): Row => [from, database, 5432, true]),
    ...[stranger, other, traefik, lodger].map((from): Row => [from, database, 5432, false]),
    [web, database, 8000, false],
    [database, web, 8069, false],
  ])
})

test('with a pooler the web pods go through it, and whatever listens goes around it', () => {
  const unit = unitOf(SHOPS, 'acme', 'production')
  assert.ok(unit.settings.pooler !== undefined)
  const { web, websocket, cron, migrate, queue, database, pooler, prometheus } = ends(unit)
  assert.ok(queue !== undefined)
  if (queue === undefined) return
  const listening = [websocket, cron, migrate, queue]
  check(unit, [
    [web, pooler, 5432, true],
    [web, database, 5432, false],
    ...listening.map((from): Row => [from, database, 5432, true]),
    ...listening.map((from): Row => [from, pooler, 5432, false]),
    [pooler, database, 5432, true],
    [pooler, database, 8000, false],
    [pooler, { ip: '192.0.2.1' }, 6443, true],
    [prometheus, pooler, 9127, true],
  ])
})

test('pods for machines are reached like those for people, and by nobody else', () => {
  const unit = unitOf(SHOPS, 'zenith', 'production')
  const { traefik, web, cron, pooler, database, stranger } = ends(unit)
  const api = podsOf(unit.written).find(({ labels }) => labels['waybill.dev/role'] === 'api')
  assert.ok(api !== undefined)
  if (api === undefined) return
  const pods: End = { namespace: 'zenith-production-app', labels: api.labels }
  check(unit, [
    [traefik, pods, 8069, true],
    [pods, pooler, 5432, true],
    [pods, database, 5432, false],
    [pods, web, 8069, true],
    [cron, pods, 8069, false],
    [stranger, pods, 8069, false],
  ])
})

test('the servers of PostgreSQL reach each other, their operator reaches them, and they reach the API server', () => {
  for (const [, alone] of everyUnit()) {
    const unit = { ...alone, written: around(alone) }
    const { database, initdb, operator, prometheus, dns, credentials } = ends(unit)
    const known = unit.settings.place.apiServer !== undefined
    const apiServer = { ip: known ? '192.0.2.2' : '172.18.0.3' }
    check(unit, [
      ...[5432, 8000].flatMap((port): Row[] => [
        [database, database, port, true],
        [operator, database, port, true],
      ]),
      [initdb, database, 5432, true],
      ...[database, initdb].map((from): Row => [from, apiServer, 6443, true]),
      [prometheus, database, 9187, true],
      [prometheus, database, 5432, false],
      [database, dns, 53, true],
      ...[53, 80, 443, 6443].map((port): Row => [database, credentials, port, false]),
    ])
  }
})

test('on shared servers each tenant comes in by a way of its own, and nobody else by any', () => {
  const alone = unitOf(PROVIDER, 'inn', 'dev')
  const unit = { ...alone, written: around(alone) }
  const { web, websocket, cron, migrate, database, stranger, other, prometheus } = ends(unit)
  check(unit, [
    ...[web, websocket, cron, migrate].map((from): Row => [from, database, 5432, true]),
    ...[stranger, other, prometheus].map((from): Row => [from, database, 5432, false]),
    [database, web, 8069, false],
  ])
  const neighbour = { ...unit, written: platformUnitOf(PROVIDER, 'dev').written }
  check(neighbour, [[{ namespace: 'palace-dev-app', labels: {} }, database, 5432, false]])
})

test('whatever sends servers to sleep reaches the API server and nothing else', () => {
  for (const [tenant, environment] of [
    ['inn', 'dev'],
    ['palace', 'dev'],
  ] as const) {
    const alone = unitOf(PROVIDER, tenant, environment)
    const unit = { ...alone, written: around(alone) }
    const { hibernation, database, web, internet, dns } = ends(unit)
    check(unit, [
      [hibernation, { ip: '172.18.0.3' }, 6443, true],
      [hibernation, dns, 53, true],
      [hibernation, database, 5432, false],
      [hibernation, web, 8069, false],
      [hibernation, internet, 80, false],
    ])
  }
})

test('backups go to the addresses of the store, or to any public one, and only where there are backups', () => {
  const bakery = unitOf(BAKERY, 'bakery', 'production')
  const acme = unitOf(SHOPS, 'acme', 'production')
  const corner = unitOf(SHOPS, 'corner', 'production')
  check(bakery, [
    [ends(bakery).database, ends(bakery).internet, 443, true],
    [ends(bakery).web, ends(bakery).internet, 443, false],
  ])
  check(acme, [
    [ends(acme).database, { ip: '203.0.113.1' }, 9000, true],
    [ends(acme).database, { ip: '203.0.113.1' }, 443, false],
    [ends(acme).database, ends(acme).internet, 9000, false],
  ])
  assert.is(corner.settings.backup, undefined)
  check(corner, [[ends(corner).database, { ip: '203.0.113.1' }, 9000, false]])
})

test('a restore reaches backups, its operator and the API server, and nobody reaches it', () => {
  const unit = unitOf(SHOPS, 'acme', 'production')
  const { operator, prometheus, web, database, internet, dns } = ends(unit)
  const restore = 'acme-production-restore'
  const server: End = { namespace: restore, labels: { 'cnpg.io/cluster': 'restore-test' } }
  const offsite: End = { namespace: restore, labels: { 'cnpg.io/cluster': 'restore-test-offsite' } }
  const trial: End = { namespace: restore, labels: { app: 'restore-test' } }
  check(unit, [
    ...[server, offsite].flatMap((to): Row[] => [
      [trial, to, 5432, true],
      [operator, to, 8000, true],
      [to, { ip: '203.0.113.1' }, 9000, true],
      [to, { ip: '203.0.113.97' }, 443, true],
      [to, { ip: '192.0.2.1' }, 6443, true],
      [to, database, 5432, false],
      [database, to, 5432, false],
      [web, to, 5432, false],
      [to, internet, 443, false],
      [prometheus, to, 9187, false],
    ]),
    [trial, { ip: '192.0.2.1' }, 6443, true],
    [trial, dns, 53, true],
    [trial, database, 5432, false],
    [trial, web, 8069, false],
    ...[25, 443, 587, 9000].map((port): Row => [trial, { ip: '203.0.113.70' }, port, false]),
  ])
})

test('integrations are open to those who call them, on their port, in production alone', () => {
  const unit = unitOf(SHOPS, 'acme', 'production')
  const { web, cron, queue, websocket, migrate, internet, private: inside, credentials } = ends(unit)
  assert.ok(queue !== undefined)
  if (queue === undefined) return
  check(unit, [
    ...[web, cron, queue].flatMap((from): Row[] => [
      [from, internet, 443, true],
      [from, internet, 25, false],
      [from, inside, 443, false],
      [from, credentials, 443, false],
      [from, { ip: '203.0.113.70' }, 587, true],
      [from, internet, 587, false],
    ]),
    ...[websocket, migrate].map((from): Row => [from, internet, 443, false]),
  ])
  const staging = unitOf(SHOPS, 'acme', 'staging')
  assert.equal(staging.settings.integrations, [])
  check(staging, [
    [ends(staging).web, internet, 443, false],
    [ends(staging).web, { ip: '203.0.113.70' }, 587, false],
  ])
})

test('the store of sessions answers Odoo, itself and its operator', () => {
  const unit = unitOf(SHOPS, 'acme', 'production')
  const { web, websocket, cron, sessions, sentinel, redisOperator, stranger, database } = ends(unit)
  check(unit, [
    ...[web, websocket, cron, redisOperator].flatMap((from): Row[] => [
      [from, sessions, 6379, true],
      [from, sentinel, 26379, true],
    ]),
    [sentinel, sessions, 6379, true],
    [sentinel, sentinel, 26379, true],
    [sessions, sessions, 6379, true],
    [stranger, sessions, 6379, false],
    [database, sessions, 6379, false],
  ])
})

test('every namespace refuses everything to begin with, and no rule gives everything back', () => {
  for (const [unit, { written }] of everyUnit()) {
    const policies = ofKind(written, 'NetworkPolicy')
    const denials = policies.filter(({ name }) => name === 'default-deny')
    assert.equal(
      denials.map(({ manifest }) => manifest.spec),
      Array.from({ length: ofKind(written, 'Namespace').length }, () => ({
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      })),
    )
    for (const { name, manifest } of policies.filter(each => !denials.includes(each))) {
      const spec = fieldsOf(manifest.spec)
      const types = [
        ...(spec.ingress === undefined ? [] : ['Ingress']),
        ...(spec.egress === undefined ? [] : ['Egress']),
      ]
      assert.equal(spec.policyTypes, types, `${unit}: ${name}`)
      for (const rule of [...listOf(spec.ingress), ...listOf(spec.egress)]) {
        const peers = [...listOf(at(rule, 'from')), ...listOf(at(rule, 'to'))]
        assert.ok(peers.length > 0 && listOf(at(rule, 'ports')).length > 0, `${unit}: ${name}`)
        for (const peer of peers) {
          assert.not.equal(at(peer, 'namespaceSelector'), {})
          assert.not.equal(peer, { podSelector: {} })
          const block = fieldsOf(at(peer, 'ipBlock'))
          if (block.cidr === '0.0.0.0/0') assert.ok(listOf(block.except).length > 0, `${unit}: ${name}`)
        }
      }
    }
  }
})

test.run()
