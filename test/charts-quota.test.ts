import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { quotaOf } from '../charts/quota.ts'
import { fieldsOf, labelsOf, listOf } from '../src/manifest/value.ts'
import type { Settings } from '../src/spec/settings.ts'
import { at, BAKERY, everyUnit, ofKind, podsOf, SHOPS, the, type Unit, unitOf } from './charts-unit.ts'

const UNITS: Readonly<Record<string, number>> = { m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30 }

function amount(quantity: unknown): number {
  const [, number, unit] = /^(\d+)([A-Za-z]*)$/.exec(String(quantity)) ?? []
  if (number === undefined) throw new Error(`${String(quantity)} is no quantity`)
  return Number(number) * (unit === undefined || unit === '' ? 1 : (UNITS[unit] ?? Number.NaN))
}

type Sums = Record<'cpu' | 'memory' | 'limit' | 'pods', number>

function plus(sums: Sums, pods: number, resources: unknown): Sums {
  return {
    cpu: sums.cpu + pods * amount(at(resources, 'requests', 'cpu')),
    memory: sums.memory + pods * amount(at(resources, 'requests', 'memory')),
    limit: sums.limit + pods * amount(at(resources, 'limits', 'memory')),
    pods: sums.pods + pods,
  }
}

const NONE: Sums = { cpu: 0, memory: 0, limit: 0, pods: 0 }

/** Reads off the manifests what runs at most: the autoscaler's maximum, a rollout, the migration. */
function appAtMost({ written }: Unit): Sums {
  return podsOf(written)
    .filter(({ object }) => object.namespace?.endsWith('-app'))
    .reduce((sums, { object, containers }) => {
      const scaler = ofKind(written, 'HorizontalPodAutoscaler').find(({ name }) => name === object.name)
      const hours = ofKind(written, 'ScaledObject').find(({ name }) => name === object.name)
      const replicas =
        at(scaler?.manifest, 'spec', 'maxReplicas') ??
        at(hours?.manifest, 'spec', 'maxReplicaCount') ??
        at(object.manifest, 'spec', 'replicas')
      const surge = at(object.manifest, 'spec', 'strategy', 'rollingUpdate', 'maxSurge')
      return plus(sums, Number(replicas ?? 1) + Number(surge ?? 0), containers[0]?.resources)
    }, NONE)
}

/** Where there are several servers the operator builds a new one before it takes the old one away. */
function spareOf(cluster: string): number {
  return cluster === 'analytics' ? 0 : 1
}

/** The same for the other namespace: servers and one more that is being built, sidecars, poolers, stores of sessions. */
function dataAtMost({ written }: Unit): Sums {
  const sums = { ...NONE }
  const count = (pods: unknown, resources: unknown) => Object.assign(sums, plus(sums, Number(pods), resources))
  for (const { name, manifest } of ofKind(written, 'Cluster')) {
    const servers = Number(at(manifest, 'spec', 'instances')) + spareOf(name)
    count(servers, at(manifest, 'spec', 'resources'))
    // The server for readers archives nothing.
    if (name === 'analytics') continue
    for (const store of ofKind(written, 'ObjectStore')) {
      count(servers, at(store.manifest, 'spec', 'instanceSidecarConfiguration', 'resources'))
      sums.pods -= servers
    }
  }
  for (const { manifest } of ofKind(written, 'Pooler')) {
    const container = at(manifest, 'spec', 'template', 'spec', 'containers', 0)
    count(Number(at(manifest, 'spec', 'instances')) + 1, at(container, 'resources'))
  }
  for (const kind of ['RedisReplication', 'RedisSentinel']) {
    for (const { manifest } of ofKind(written, kind)) {
      count(at(manifest, 'spec', 'clusterSize'), at(manifest, 'spec', 'kubernetesConfig', 'resources'))
    }
  }
  const calls = ofKind(written, 'CronJob').filter(({ namespace }) => namespace?.endsWith('-data'))
  if (calls.length > 0) {
    const pod = at(calls[0]?.manifest, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
    count(2, at(pod, 'containers', 0, 'resources'))
  }
  for (const { object, containers } of podsOf(written).filter(each => each.object.kind === 'StatefulSet')) {
    count(at(object.manifest, 'spec', 'replicas'), containers[0]?.resources)
  }
  return sums
}

function storageAtMost({ written }: Unit, zone: string): [number, number] {
  const sizes: number[] = []
  const trials = zone === '-restore' ? ofKind(written, 'CronJob').map(({ name }) => restored(written, name)) : []
  const claim = (times: unknown, size: unknown) => {
    for (let left = Number(times); left > 0; left--) sizes.push(amount(size))
  }
  for (const { name, namespace, kind, manifest } of written) {
    if (!namespace?.endsWith(zone)) continue
    const requested = ['resources', 'requests', 'storage']
    if (kind === 'PersistentVolumeClaim') claim(1, at(manifest, 'spec', ...requested))
    if (kind === 'StatefulSet') claim(1, at(manifest, 'spec', 'volumeClaimTemplates', 0, 'spec', ...requested))
    if (kind === 'RedisReplication') {
      claim(
        at(manifest, 'spec', 'clusterSize'),
        at(manifest, 'spec', 'storage', 'volumeClaimTemplate', 'spec', ...requested),
      )
    }
    if (kind !== 'Cluster') continue
    for (const volume of ['storage', 'walStorage']) {
      const size = at(manifest, 'spec', volume, 'size')
      if (size !== undefined) claim(Number(at(manifest, 'spec', 'instances')) + spareOf(name), size)
    }
  }
  for (const server of trials) {
    for (const volume of ['storage', 'walStorage']) {
      const size = at(server, 'spec', volume, 'size')
      if (size !== undefined) claim(1, size)
    }
  }
  return [sizes.length, sizes.reduce((total, size) => total + size, 0)]
}

function hardOf({ written }: Unit, zone: string): Readonly<Record<string, string>> {
  const found = ofKind(written, 'ResourceQuota').find(({ namespace }) => namespace?.endsWith(zone))
  return labelsOf(at(found?.manifest, 'spec', 'hard'))
}

/** A trial takes its Job, and the server that the Job makes: once for each store. */
function restoreAtMost({ written }: Unit): Sums {
  return podsOf(written)
    .filter(({ object }) => object.kind === 'CronJob')
    .reduce((sums, { object, containers }) => {
      const server = restored(written, object.name)
      const store = ofKind(written, 'ObjectStore')[0]?.manifest
      const sidecar = plus(NONE, 1, at(store, 'spec', 'instanceSidecarConfiguration', 'resources'))
      const all = plus(plus(sums, 1, containers[0]?.resources), 1, at(server, 'spec', 'resources'))
      return {
        ...all,
        cpu: all.cpu + sidecar.cpu,
        memory: all.memory + sidecar.memory,
        limit: all.limit + sidecar.limit,
      }
    }, NONE)
}

function restored(written: Unit['written'], name: string): unknown {
  return JSON.parse(String(labelsOf(the(written, 'ConfigMap', 'restore-test').data)[`${name}.json`]))
}

function fits(unit: Unit) {
  const zones: [string, Sums][] = [
    ['-app', appAtMost(unit)],
    ['-data', dataAtMost(unit)],
    ...(unit.settings.recovery === undefined ? [] : [['-restore', restoreAtMost(unit)] as [string, Sums]]),
  ]
  for (const [zone, sums] of zones) {
    const hard = hardOf(unit, zone)
    const [claims, storage] = storageAtMost(unit, zone)
    const pairs: [number, string | undefined][] = [
      [sums.cpu, hard['requests.cpu']],
      [sums.memory, hard['requests.memory']],
      [sums.limit, hard['limits.memory']],
      [sums.pods, hard.pods],
      [storage, hard['requests.storage']],
      [claims, hard.persistentvolumeclaims],
    ]
    for (const [most, quota] of pairs) {
      assert.ok(most <= amount(quota), `${zone}: ${most} of ${quota}`)
      assert.ok(
        most * 1.5 + 2 * 2 ** 30 > amount(quota),
        `${zone}: ${most} of ${quota} is a quota that holds back nobody`,
      )
    }
  }
}

test('the quota has room for everything at its maximum, and not for much more', () => {
  for (const [, unit] of everyUnit()) fits(unit)
})

test('the quota has room for everything at its maximum, whatever a tenant asks for', () => {
  const tenant = fc.record({
    tier: fc.constantFrom('bronze', 'silver', 'gold', 'platinum'),
    users: fc.integer({ min: 1, max: 5_000 }),
    peak: fc.constantFrom(1, 1.3, 4),
    modules: fc.subarray(['queue_job', 'session_redis', 'session_db']),
    threads: fc.integer({ min: 1, max: 16 }),
  })
  fc.assert(
    fc.property(tenant, ({ tier, users, peak, modules, threads }) => {
      const yaml = BAKERY.replace(
        'users: 25',
        `users: ${users}, peak: ${peak}, tier: ${tier}, cron: {threads: ${threads}}`,
      ).replace('release: {', `release: {modules: [${modules.join(', ')}], `)
      fits(unitOf(yaml, 'bakery', 'production'))
    }),
    { numRuns: 40, seed: 7 },
  )
})

test('a quota is the sum of all pods with a tenth more, rounded up', () => {
  const { settings } = unitOf(BAKERY, 'bakery', 'production')
  const size = { cpu: 100, memoryRequest: 512, memoryLimit: 1024 }
  const small: Settings = {
    ...settings,
    hosts: ['one.example'],
    web: { ...size, replicas: 1, maxReplicas: 2, workers: 2 },
    websocket: { ...size, replicas: 1, connections: 9 },
    cron: { ...size, threads: 1, timeLimit: 60 },
    migration: size,
    filestore: { size: 2048 },
    database: { ...settings.database, instances: 1, cpu: 1, memory: 1024, size: 4096 },
  }
  const { backup: _, ...unsaved } = small
  const queued = { ...unsaved, queue: { ...size, capacity: 1, channels: {}, timeLimit: 60 } }
  const pooled = { ...unsaved, pooler: { instances: 2, poolSize: 20, maxClients: 100 } }
  const redis = { ...unsaved, sessions: 'redis' as const }
  const cases: [Settings, 'app' | 'data', ReturnType<typeof quotaOf>][] = [
    // 3 web, 2 websocket, 1 cron, 1 migration, 1 certificate challenge of 50m, 64 and 256 MiB.
    [unsaved, 'app', { cpu: 900, memoryRequest: 4096, memoryLimit: 8192, pods: 9, claims: 1, storage: 2048 }],
    [queued, 'app', { cpu: 1000, memoryRequest: 5120, memoryLimit: 10240, pods: 10, claims: 1, storage: 2048 }],
    // 2 servers of a core and 1 GiB.
    [unsaved, 'data', { cpu: 2200, memoryRequest: 3072, memoryLimit: 3072, pods: 3, claims: 2, storage: 8192 }],
    // With a sidecar of 100m and 256 MiB each.
    [small, 'data', { cpu: 2500, memoryRequest: 3072, memoryLimit: 3072, pods: 3, claims: 2, storage: 8192 }],
    // And 3 poolers of 100m, 100 and 200 MiB.
    [pooled, 'data', { cpu: 2600, memoryRequest: 3072, memoryLimit: 3072, pods: 6, claims: 2, storage: 8192 }],
    // And 1 store of 50m and 256 MiB with a volume of 1 GiB.
    [redis, 'data', { cpu: 2300, memoryRequest: 3072, memoryLimit: 3072, pods: 4, claims: 3, storage: 9216 }],
    // And 3 stores, and 3 sentinels of 50m, 64 and 128 MiB.
    [
      { ...redis, tier: 'gold' },
      'data',
      { cpu: 2600, memoryRequest: 4096, memoryLimit: 4096, pods: 9, claims: 5, storage: 11264 },
    ],
  ]
  for (const [given, zone, quota] of cases) assert.equal(quotaOf(given, zone), quota)
})

test('what names no size of its own gets one, or the quota would refuse it', () => {
  for (const { manifest } of ofKind(unitOf(SHOPS, 'acme', 'production').written, 'LimitRange')) {
    const [limit] = listOf(at(manifest, 'spec', 'limits')).map(fieldsOf)
    assert.equal(limit, {
      type: 'Container',
      default: { memory: '256Mi' },
      defaultRequest: { cpu: '50m', memory: '64Mi' },
    })
  }
})

test.run()
