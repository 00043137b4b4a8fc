import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Budget, budgetOf } from '../src/analysis/budget.ts'
import { budgetDelta } from '../src/analysis/budget-delta.ts'
import { allVolumes, MOMENTS } from '../src/analysis/budget-row.ts'
import type { ClusterShape } from '../src/analysis/cluster-shape.ts'
import { costOf, type PriceList } from '../src/analysis/cost.ts'
import type { ResourceList } from '../src/analysis/resource-list.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatQuantity } from '../src/manifest/quantity.ts'
import type { Fields } from '../src/manifest/value.ts'
import {
  claim,
  cluster,
  deployment,
  horizontal,
  manifest,
  pooler,
  redis,
  rolling,
  scaledObject,
  workload,
} from './capacity-world.ts'
import { worldOf } from './reach-world.ts'

function of(manifests: readonly Manifest[], shape?: ClusterShape): Budget {
  return budgetOf(worldOf(manifests), shape === undefined ? {} : { shape })
}

/** `cpu 1, memory 1Gi`, in the order of names; `-` for nothing. */
function listText(list: ResourceList): string {
  const entries = [...list].map(([name, quantity]) => `${name} ${formatQuantity(quantity)}`).sort()
  return entries.length === 0 ? '-' : entries.join(', ')
}

const asks = (requests: Fields, limits: Fields = {}): Fields => ({ resources: { requests, limits } })
const init = (more: Fields): Fields => ({ name: 'init', ...more })
const stays = (more: Fields): Fields => ({ name: 'sidecar', restartPolicy: 'Always', ...more })
const main = (more: Fields = {}): Fields => ({ name: 'main', ...more })
const pod = (containers: readonly Fields[], initContainers: readonly Fields[] = [], more: Fields = {}): Fields => ({
  containers,
  initContainers,
  ...more,
})

const cpu = (amount: unknown) => asks({ cpu: amount })

/** What one pod asks for, and what bounds it: `requests / limits`. */
function podText(spec: Fields, others: readonly Manifest[] = []): string {
  const [row] = of([deployment({}, spec), ...others]).environment.rows
  return `${listText(row?.pod.requests ?? new Map())} / ${listText(row?.pod.limits ?? new Map())}`
}

test('a pod asks for what the scheduler counts', () => {
  const table: readonly (readonly [string, Fields, string])[] = [
    ['nothing', pod([main()]), '- / -'],
    ['no containers', pod([]), '- / -'],
    ['the sum of its containers', pod([main(cpu('500m')), main(cpu(1))]), 'cpu 1500m / -'],
    ['an init container that takes more', pod([main(cpu(1))], [init(cpu(2))]), 'cpu 2 / -'],
    ['or less', pod([main(cpu(1))], [init(cpu('100m'))]), 'cpu 1 / -'],
    ['init containers run one after the other', pod([main(cpu(1))], [init(cpu(2)), init(cpu(2))]), 'cpu 2 / -'],
    [
      'each resource by itself',
      pod([main(asks({ cpu: 1, memory: '1Gi' }))], [init(asks({ cpu: 2, memory: '1Mi' }))]),
      'cpu 2, memory 1Gi / -',
    ],
    ['a sidecar stays', pod([main(cpu(1))], [stays(cpu('500m'))]), 'cpu 1500m / -'],
    [
      'also beside an init container after it',
      pod([main(cpu(1))], [stays(cpu('500m')), init(cpu(2))]),
      'cpu 2500m / -',
    ],
    ['but not beside one before it', pod([main(cpu(1))], [init(cpu(2)), stays(cpu('500m'))]), 'cpu 2 / -'],
    ['every sidecar', pod([main(cpu(1))], [stays(cpu(1)), stays(cpu(1)), init(cpu('100m'))]), 'cpu 3 / -'],
    ['a limit is also a request', pod([main(asks({}, { cpu: 2 }))]), 'cpu 2 / cpu 2'],
    ['unless a request says less', pod([main(asks({ cpu: 1 }, { cpu: 2 }))]), 'cpu 1 / cpu 2'],
    ['zero is a request', pod([main(asks({ cpu: 0 }, { cpu: 2 }))]), 'cpu 0 / cpu 2'],
    ['resources of others', pod([main(asks({}, { 'nvidia.com/gpu': 1 }))]), 'nvidia.com/gpu 1 / nvidia.com/gpu 1'],
    [
      'overhead on top, but no new limit',
      pod([main(asks({ cpu: 1 }, { memory: '1Gi' }))], [], { overhead: { cpu: '250m', memory: '64Mi' } }),
      'cpu 1250m, memory 1088Mi / memory 1088Mi',
    ],
    ['what the pod states as a whole', pod([main(cpu(1)), main(cpu(1))], [], asks({ cpu: '1500m' })), 'cpu 1500m / -'],
    [
      'and its containers where it is silent',
      pod([main(asks({ cpu: 1, memory: '1Gi' }))], [], asks({ cpu: 2 })),
      'cpu 2, memory 1Gi / -',
    ],
    [
      'a limit of the pod is a request where no container has one',
      pod([main(cpu(1))], [], asks({}, { cpu: 2, memory: '1Gi' })),
      'cpu 1, memory 1Gi / cpu 2, memory 1Gi',
    ],
    ['a pod cannot state resources of others', pod([main()], [], asks({ 'nvidia.com/gpu': 2 })), '- / -'],
    ['what is no quantity counts as nothing', pod([main(asks({ cpu: 'much', memory: '1Gi' }))]), 'memory 1Gi / -'],
    [
      'containers for debugging are not counted',
      pod([main(cpu(1))], [], { ephemeralContainers: [main(cpu(9))] }),
      'cpu 1 / -',
    ],
  ]
  for (const [what, spec, expected] of table) assert.is(podText(spec), expected, what)
})

const limitRange = (name: string, ...limits: readonly Fields[]): Manifest =>
  manifest('v1', 'LimitRange', name, { spec: { limits } })

test('a LimitRange fills in what containers leave out', () => {
  const defaults = limitRange('a', {
    type: 'Container',
    default: { memory: '256Mi' },
    defaultRequest: { cpu: '50m', memory: '64Mi' },
  })
  const table: readonly (readonly [string, Fields, readonly Manifest[], string])[] = [
    ['all of it', pod([main()]), [defaults], 'cpu 50m, memory 64Mi / memory 256Mi'],
    ['for each container', pod([main(), main()]), [defaults], 'cpu 100m, memory 128Mi / memory 512Mi'],
    [
      'init containers too',
      pod([main(asks({ cpu: 1, memory: '1Mi' }, { memory: '1Mi' }))], [init({})]),
      [defaults],
      'cpu 1, memory 64Mi / memory 256Mi',
    ],
    [
      'not what it has, and its own limit goes before',
      pod([main(asks({}, { memory: '1Gi' }))]),
      [defaults],
      'cpu 50m, memory 1Gi / memory 1Gi',
    ],
    ['zero is something', pod([main(asks({ cpu: 0 }))]), [defaults], 'cpu 0, memory 64Mi / memory 256Mi'],
    [
      'a maximum is a default',
      pod([main()]),
      [limitRange('a', { type: 'Container', max: { cpu: 2 } })],
      'cpu 2 / cpu 2',
    ],
    [
      'a minimum is a request',
      pod([main()]),
      [limitRange('a', { type: 'Container', min: { cpu: '100m' } })],
      'cpu 100m / -',
    ],
    [
      'a default is a request before the minimum is',
      pod([main()]),
      [limitRange('a', { type: 'Container', min: { cpu: '100m' }, default: { cpu: 1 } })],
      'cpu 1 / cpu 1',
    ],
    ['one for pods fills in nothing', pod([main()]), [limitRange('a', { type: 'Pod', max: { cpu: 2 } })], '- / -'],
    [
      'the first of two',
      pod([main()]),
      [
        limitRange('a', { type: 'Container', defaultRequest: { cpu: 1 } }),
        limitRange('b', { type: 'Container', defaultRequest: { cpu: 2, memory: '1Mi' } }),
      ],
      'cpu 1, memory 1Mi / -',
    ],
    [
      'not one of another namespace',
      pod([main()]),
      [{ ...defaults, metadata: { name: 'a', namespace: 'other' } }],
      '- / -',
    ],
  ]
  for (const [what, spec, others, expected] of table) assert.is(podText(spec, others), expected, what)
})

test('a field that holds no quantity is named', () => {
  const [row] = of([deployment({}, pod([main(asks({ cpu: 'much' }))]))]).environment.rows
  assert.equal(
    row?.pod.unread.map(({ message, place }) => [message, place?.at.join('.')]),
    [
      [
        'requests of cpu in "Deployment/erp/web" is no quantity and counts as nothing',
        'spec.template.spec.containers.0.resources.requests.cpu',
      ],
    ],
  )
})

const job = (spec: Fields): Manifest =>
  manifest('batch/v1', 'Job', 'web', { spec: { ...spec, template: { spec: pod([main()]) } } })
const cronJob = (spec: Fields, ofRun: Fields = {}): Manifest =>
  manifest('batch/v1', 'CronJob', 'web', {
    spec: { ...spec, jobTemplate: { spec: { ...ofRun, template: { spec: pod([main()]) } } } },
  })

test('pods are counted when nothing happens, during a rollout, and at the most', () => {
  const table: readonly (readonly [string, readonly Manifest[], string, ClusterShape?])[] = [
    ['nothing declared, a quarter of one is a surge of one', [deployment()], '1 2 2'],
    ['none', [deployment({ replicas: 0 })], '0 0 0'],
    ['a quarter of five, rounded up', [deployment({ replicas: 5 })], '5 7 7'],
    ['no surge', [deployment({ replicas: 5, ...rolling(0, 1) })], '5 5 5'],
    ['Recreate', [deployment({ replicas: 2, strategy: { type: 'Recreate' } })], '2 2 2'],
    [
      'a surge of what the autoscaler has added',
      [deployment(), horizontal({ minReplicas: 2, maxReplicas: 9 })],
      '2 3 12',
    ],
    ['a surge of one', [deployment(rolling(1, 0)), horizontal({ minReplicas: 2, maxReplicas: 9 })], '2 3 10'],
    ['KEDA without a bound', [deployment(rolling(1, 0)), scaledObject({ triggers: [] })], '0 0 101'],
    ['a StatefulSet', [workload('StatefulSet', { replicas: 3 })], '3 3 3'],
    ['a DaemonSet', [workload('DaemonSet')], '5 5 5', { zones: 3, nodes: 5 }],
    [
      'a DaemonSet that surges',
      [workload('DaemonSet', { updateStrategy: { rollingUpdate: { maxSurge: '20%' } } })],
      '6 8 8',
      { zones: 3, nodes: 6 },
    ],
    ['a Pod', [manifest('v1', 'Pod', 'web', { spec: pod([main()]) })], '1 1 1'],
    ['a Job', [job({})], '0 1 1'],
    ['a parallel Job', [job({ parallelism: 4, completions: 9 })], '0 4 4'],
    ['a Job that needs fewer', [job({ parallelism: 4, completions: 2 })], '0 2 2'],
    ['a Job that waits', [job({ suspend: true })], '0 0 0'],
    ['runs that overlap', [cronJob({})], '0 2 2'],
    ['runs that do not', [cronJob({ concurrencyPolicy: 'Forbid' })], '0 1 1'],
    ['runs that replace each other', [cronJob({ concurrencyPolicy: 'Replace' }, { parallelism: 3 })], '0 3 3'],
    ['runs that wait', [cronJob({ suspend: true })], '0 0 0'],
    ['servers', [cluster({ instances: 3 })], '3 3 3'],
    ['servers that sleep', [cluster({ instances: 3 }, { 'cnpg.io/hibernation': 'on' })], '0 0 0'],
    ['poolers', [pooler({ instances: 2 })], '2 3 3'],
    ['sessions', [redis('RedisReplication', { clusterSize: 3 })], '3 3 3'],
    [
      'all together',
      [deployment({ replicas: 2, ...rolling(1, 0) }), job({}), cronJob({ concurrencyPolicy: 'Forbid' })],
      '2 5 5',
    ],
    ['an empty environment', [], '0 0 0'],
  ]
  for (const [what, manifests, expected, shape] of table) {
    const { totals } = of(manifests, shape).environment
    assert.is(MOMENTS.map(moment => totals[moment].pods).join(' '), expected, what)
  }
})

test('pods that operators make ask for what the resource says', () => {
  const resources = { requests: { cpu: 2, memory: '4Gi' }, limits: { memory: '4Gi' } }
  const archived = {
    resources,
    plugins: [{ name: 'barman-cloud.cloudnative-pg.io', parameters: { barmanObjectName: 's3' } }],
  }
  const store = manifest('barmancloud.cnpg.io/v1', 'ObjectStore', 's3', {
    spec: { instanceSidecarConfiguration: { resources: { requests: { cpu: '100m', memory: '256Mi' } } } },
  })
  const bouncer = {
    template: {
      spec: {
        containers: [
          { name: 'pgbouncer', ...asks({ cpu: '100m' }) },
          { name: 'exporter', ...asks({ cpu: '50m' }) },
        ],
      },
    },
  }
  const cached = { clusterSize: 1, kubernetesConfig: { resources: { requests: { cpu: '50m' } } } }
  const sidecars = {
    redisExporter: { enabled: true, resources: { requests: { cpu: '10m' } } },
    sidecars: [{ name: 's', resources: { requests: { cpu: '5m' } } }],
  }
  const table: readonly (readonly [string, readonly Manifest[], string])[] = [
    ['a server', [cluster({ resources })], 'cpu 2, memory 4Gi / memory 4Gi'],
    ['and its sidecar for backups', [cluster(archived), store], 'cpu 2100m, memory 4352Mi / memory 4Gi'],
    ['a store that is elsewhere adds nothing', [cluster(archived)], 'cpu 2, memory 4Gi / memory 4Gi'],
    [
      'a plugin that is off',
      [cluster({ ...archived, plugins: [{ ...archived.plugins[0], enabled: false }] }), store],
      'cpu 2, memory 4Gi / memory 4Gi',
    ],
    ['a pooler, whose init container has the same', [pooler(bouncer)], 'cpu 150m / -'],
    ['a pooler that says nothing', [pooler({})], '- / -'],
    [
      'a pooler beside another container, both with the default',
      [
        pooler({ template: { spec: { containers: [{ name: 'exporter' }] } } }),
        limitRange('a', { type: 'Container', defaultRequest: { cpu: '50m' } }),
      ],
      'cpu 100m / -',
    ],
    ['sessions', [redis('RedisReplication', cached)], 'cpu 50m / -'],
    ['with an exporter and a sidecar', [redis('RedisReplication', { ...cached, ...sidecars })], 'cpu 65m / -'],
    [
      'an exporter that is off',
      [redis('RedisReplication', { ...cached, redisExporter: { resources: { requests: { cpu: 9 } } } })],
      'cpu 50m / -',
    ],
    [
      'an init container',
      [redis('RedisReplication', { ...cached, initContainer: { enabled: true, resources: { requests: { cpu: 1 } } } })],
      'cpu 1 / -',
    ],
  ]
  for (const [what, manifests, expected] of table) {
    const [row] = of(manifests).environment.rows
    assert.is(`${listText(row?.pod.requests ?? new Map())} / ${listText(row?.pod.limits ?? new Map())}`, expected, what)
  }
})

const template = (storage: string, more: Fields = {}): Fields => ({
  metadata: { name: 'data' },
  spec: { resources: { requests: { storage } }, ...more },
})

test('storage is the sum of all claims, those of every pod included', () => {
  const table: readonly (readonly [string, readonly Manifest[], string])[] = [
    ['none', [deployment()], '0 claims, 0'],
    ['one by itself', [claim('20Gi')], '1 claims, 20Gi'],
    ['one that names no size', [manifest('v1', 'PersistentVolumeClaim', 'files', { spec: {} })], '1 claims, 0'],
    [
      'one for each pod',
      [workload('StatefulSet', { replicas: 3, volumeClaimTemplates: [template('1Gi'), template('2Gi')] })],
      '6 claims, 9Gi',
    ],
    [
      'one for each pod that may come',
      [
        workload('StatefulSet', { volumeClaimTemplates: [template('1Gi')] }),
        horizontal({ maxReplicas: 4 }, 'web', 'StatefulSet'),
      ],
      '4 claims, 4Gi',
    ],
    [
      'none without pods',
      [workload('StatefulSet', { replicas: 0, volumeClaimTemplates: [template('1Gi')] })],
      '0 claims, 0',
    ],
    [
      'data and log of each server',
      [cluster({ instances: 3, storage: { size: '100Gi' }, walStorage: { size: '10Gi' } })],
      '6 claims, 330Gi',
    ],
    [
      'tablespaces',
      [cluster({ instances: 2, storage: { size: '1Gi' }, tablespaces: [{ name: 'old', storage: { size: '5Gi' } }] })],
      '4 claims, 12Gi',
    ],
    [
      'a size in the template of a claim',
      [cluster({ instances: 1, storage: { pvcTemplate: { resources: { requests: { storage: '7Gi' } } } } })],
      '1 claims, 7Gi',
    ],
    [
      'which the size overrides',
      [
        cluster({
          instances: 1,
          storage: { size: '8Gi', pvcTemplate: { resources: { requests: { storage: '7Gi' } } } },
        }),
      ],
      '1 claims, 8Gi',
    ],
    [
      'sessions',
      [redis('RedisReplication', { clusterSize: 3, storage: { volumeClaimTemplate: template('1Gi') } })],
      '3 claims, 3Gi',
    ],
    [
      'volumes that go with the pod, also with those of a rollout',
      [
        deployment(
          { replicas: 2, ...rolling(1, 0) },
          { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: template('1Gi') } }] },
        ),
      ],
      '3 claims, 3Gi',
    ],
  ]
  for (const [what, manifests, expected] of table) {
    const { claims, storage } = allVolumes(of(manifests).environment.totals.peak)
    assert.is(`${claims} claims, ${formatQuantity(storage)}`, expected, what)
  }
})

test('storage is told apart by class', () => {
  const { volumes } = of([
    claim('1Gi', ['ReadWriteMany'], 'a', { storageClassName: 'efs' }),
    claim('2Gi', ['ReadWriteMany'], 'b'),
    cluster({ instances: 2, storage: { size: '4Gi', storageClass: 'fast' }, walStorage: { size: '1Gi' } }),
  ]).environment.totals.peak
  const text = [...volumes].map(
    ([name, { claims, storage }]) => `${name || 'default'} ${claims} ${formatQuantity(storage)}`,
  )
  assert.equal(text.sort(), ['default 3 4Gi', 'efs 1 1Gi', 'fast 2 8Gi'])
})

test('sums are by namespace, in the order of names, and over all', () => {
  const other = (each: Manifest): Manifest => ({ ...each, metadata: { ...each.metadata, namespace: 'b' } })
  const spec = pod([main(cpu(1))])
  const budget = of([
    deployment({ replicas: 3, ...rolling(0, 1) }, spec),
    other(deployment({ replicas: 2, ...rolling(0, 1) }, spec)),
    other(claim('1Gi')),
  ])
  const text = [...budget.namespaces].map(
    ([name, { totals }]) => `${name} ${listText(totals.peak.requests)} ${allVolumes(totals.peak).claims}`,
  )
  assert.equal(text, ['b cpu 2 1', 'erp cpu 3 0'])
  assert.is(listText(budget.environment.totals.peak.requests), 'cpu 5')
})

/** Follows the pod through its start, container by container. */
function byPhases(inits: readonly (readonly [boolean, number])[], mains: readonly number[]): number {
  let [resident, most] = [0, 0]
  for (const [remains, amount] of inits) {
    most = Math.max(most, resident + amount)
    if (remains) resident += amount
  }
  return Math.max(most, resident + mains.reduce((sum, amount) => sum + amount, 0))
}

test('a pod asks for its most demanding moment, whatever its containers', () => {
  const amount = fc.integer({ min: 0, max: 9 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), amount), { maxLength: 5 }),
      fc.array(amount, { minLength: 1, maxLength: 4 }),
      (inits, mains) => {
        const spec = pod(
          mains.map(each => main(cpu(each))),
          inits.map(([remains, each]) => (remains ? stays(cpu(each)) : init(cpu(each)))),
        )
        assert.is(podText(spec), `cpu ${byPhases(inits, mains)} / -`)
      },
    ),
    { seed: 3, numRuns: 300 },
  )
})

const PRICES: PriceList = {
  name: 'round numbers',
  asOf: '2026-01',
  currency: 'EUR',
  hoursPerMonth: 100,
  cpuHour: 0.1,
  memoryGibHour: 0.01,
  storageGibMonth: 0.5,
  storageClassGibMonth: { efs: 2, free: 0 },
}

test('a month costs what is asked for, at the price of each', () => {
  const asking = pod([main(asks({ cpu: '500m', memory: '2Gi' }))])
  const table: readonly (readonly [string, readonly Manifest[], string])[] = [
    ['nothing', [], '0.00 0.00 0.00'],
    ['pods without requests', [deployment()], '0.00 0.00 0.00'],
    // Half a core for 5, and 2 GiB for 2.
    ['two pods, and a third one', [deployment({ replicas: 2, ...rolling(1, 0) }, asking)], '14.00 21.00 21.00'],
    [
      'up to five',
      [deployment(rolling(0, 1), asking), horizontal({ minReplicas: 1, maxReplicas: 5 })],
      '7.00 7.00 35.00',
    ],
    ['storage', [claim('10Gi')], '5.00 5.00 5.00'],
    ['storage of a class', [claim('10Gi', [], 'a', { storageClassName: 'efs' })], '20.00 20.00 20.00'],
    ['storage that is free', [claim('10Gi', [], 'a', { storageClassName: 'free' })], '0.00 0.00 0.00'],
    [
      'a class that is called like a part of every object',
      [claim('10Gi', [], 'a', { storageClassName: 'constructor' })],
      '5.00 5.00 5.00',
    ],
    [
      'a server',
      [cluster({ instances: 2, resources: { requests: { cpu: 1 } }, storage: { size: '10Gi' } })],
      '30.00 30.00 30.00',
    ],
  ]
  for (const [what, manifests, expected] of table) {
    const { environment } = costOf(of(manifests), PRICES)
    assert.is(MOMENTS.map(moment => environment[moment].toFixed(2)).join(' '), expected, what)
  }
})

test('costs of sets add up to those of their namespace, but for claims that stand for themselves', () => {
  const asking = pod([main(asks({ cpu: 1 }))])
  const cost = costOf(
    of([
      deployment({ replicas: 2, ...rolling(0, 1) }, asking, 'a'),
      deployment(rolling(0, 1), asking, 'b'),
      claim('10Gi'),
    ]),
    PRICES,
  )
  assert.equal(
    [...cost.sets].map(([id, { steady }]) => `${id} ${steady}`),
    ['Deployment/erp/a 20', 'Deployment/erp/b 10'],
  )
  assert.is(cost.namespaces.get('erp')?.steady, 35)
})

/** `subject resource: before -> after`. */
function deltaText(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  const { environment, namespaces } = budgetDelta(of(before), of(after))
  return [{ subject: 'all', changes: environment }, ...namespaces].flatMap(({ subject, changes }) =>
    changes.map(
      change => `${subject} ${change.resource}: ${formatQuantity(change.before)} -> ${formatQuantity(change.after)}`,
    ),
  )
}

test('a delta names what grows and what shrinks, and nothing else', () => {
  const asking = (replicas: number) =>
    deployment({ replicas, ...rolling(0, 1) }, pod([main(asks({ cpu: 1 }, { cpu: '1000m' }))]))
  assert.equal(deltaText([asking(2)], [asking(2)]), [])
  assert.equal(deltaText([], []), [])
  const grown = ['limits.cpu: 2 -> 3', 'pods: 2 -> 3', 'requests.cpu: 2 -> 3']
  assert.equal(deltaText([asking(2)], [asking(3)]), [
    ...grown.map(line => `all ${line}`),
    ...grown.map(line => `erp ${line}`),
  ])
  const gone = ['claims: 1 -> 0', 'storage: 1Gi -> 0']
  assert.equal(deltaText([claim('1Gi')], []), [...gone.map(line => `all ${line}`), ...gone.map(line => `erp ${line}`)])
  assert.equal(deltaText([claim('1Gi')], [claim('1024Mi')]), [], 'the same amount, written otherwise')
})

test('a delta there and back is the same the other way round', () => {
  const some = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 4 })), { maxLength: 4 })
  const manifestsOf = (sets: readonly (readonly [string, number])[]) =>
    sets.map(([name, replicas]) => deployment({ replicas }, pod([main(cpu(replicas))]), name))
  fc.assert(
    fc.property(some, some, (left, right) => {
      const turned = deltaText(manifestsOf(left), manifestsOf(right)).map(line =>
        line.replace(/: (.*) -> (.*)$/, ': $2 -> $1'),
      )
      assert.equal(deltaText(manifestsOf(right), manifestsOf(left)), turned)
    }),
    { seed: 9, numRuns: 100 },
  )
})

test.run()
