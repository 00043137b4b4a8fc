import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Availability, availabilityOf, SCENARIOS } from '../src/analysis/availability.ts'
import { type ClusterShape, THREE_ZONES } from '../src/analysis/cluster-shape.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import type { Fields } from '../src/manifest/value.ts'
import {
  apart,
  budget,
  claim,
  cluster,
  deployment,
  horizontal,
  manifest,
  mounting,
  NODE,
  pooler,
  redis,
  rolling,
  scaledObject,
  spread,
  spreading,
  workload,
  ZONE,
} from './capacity-world.ts'
import { worldOf } from './reach-world.ts'

type Case = readonly [what: string, expected: string, manifests: readonly Manifest[], shape?: ClusterShape]

function of(manifests: readonly Manifest[], shape: ClusterShape = THREE_ZONES): Availability {
  return availabilityOf(worldOf(manifests), shape)
}

/** Ready pods of the first set, steady, during a rollout, while a node is drained, when a zone is lost; then kinds of faults. */
function story({ sets, faults }: Availability): string {
  const [first] = sets
  if (first === undefined) return 'none'
  const ready = SCENARIOS.map(scenario => first.verdicts[scenario].ready)
  return [...ready, ...new Set(faults.map(({ kind }) => kind))].join(' ')
}

function cases(title: string, ...table: readonly Case[]): void {
  test(title, () => {
    for (const [what, expected, manifests, shape] of table) assert.is(story(of(manifests, shape)), expected, what)
  })
}

cases(
  'the numbers of a rolling update are rounded as the Deployment controller rounds them',
  ['nothing declared means one pod, and a surge of a quarter is one', '1 1 0 0', [deployment()]],
  ['no pods', '0 0 0 0', [deployment({ replicas: 0 })]],
  ['a quarter of three is nothing', '3 3 0 0', [deployment({ replicas: 3 })]],
  ['a quarter of four is one', '4 3 0 0', [deployment({ replicas: 4 })]],
  ['half of five is two', '5 3 0 0', [deployment({ replicas: 5, ...rolling(0, '50%') })]],
  ['all', '5 0 0 0', [deployment({ replicas: 5, ...rolling(0, '100%') })]],
  ['zero is a value', '1 1 0 0', [deployment({ replicas: 1, ...rolling(1, 0) })]],
  ['two zeros let one go', '5 4 0 0', [deployment({ replicas: 5, ...rolling(0, '10%') })]],
  ['a surge of 1% is one', '5 5 0 0', [deployment({ replicas: 5, ...rolling('1%', '10%') })]],
  ['more than there are', '3 0 0 0', [deployment({ replicas: 3, ...rolling(0, 7) })]],
  ['a number in quotes is refused, so nothing holds', '3 0 0 0', [deployment({ replicas: 3, ...rolling(1, '1') })]],
  ['Recreate', '3 0 0 0', [deployment({ replicas: 3, strategy: { type: 'Recreate' } })]],
)

const strategy = (type: string, rollingUpdate?: Fields): Fields => ({
  updateStrategy: { type, ...(rollingUpdate === undefined ? {} : { rollingUpdate }) },
})

cases(
  'every controller replaces its pods in its own way',
  ['a StatefulSet one at a time', '3 2 0 0', [workload('StatefulSet', { replicas: 3 })]],
  [
    'also when it starts them all at once',
    '3 2 0 0',
    [workload('StatefulSet', { replicas: 3, podManagementPolicy: 'Parallel' })],
  ],
  ['its only pod', '1 0 0 0', [workload('StatefulSet')]],
  [
    'but those below the partition stay',
    '3 3 0 0',
    [workload('StatefulSet', { replicas: 3, ...strategy('RollingUpdate', { partition: 3 }) })],
  ],
  [
    'and one at a time above it',
    '3 2 0 0',
    [workload('StatefulSet', { replicas: 3, ...strategy('RollingUpdate', { partition: 1 }) })],
  ],
  [
    'never more than stand above it',
    '3 2 0 0',
    [workload('StatefulSet', { replicas: 3, ...strategy('RollingUpdate', { partition: 2, maxUnavailable: 3 }) })],
  ],
  [
    'half of three, the worse way',
    '3 1 0 0',
    [workload('StatefulSet', { replicas: 3, ...strategy('RollingUpdate', { maxUnavailable: '50%' }) })],
  ],
  [
    'a StatefulSet that waits for a person',
    '3 3 0 0',
    [workload('StatefulSet', { replicas: 3, ...strategy('OnDelete') })],
  ],
  ['a ReplicaSet leaves its pods', '2 2 0 0', [workload('ReplicaSet', { replicas: 2 })]],
  ['a lone Pod comes back by nobody', '1 0 0 0', [manifest('v1', 'Pod', 'web', { spec: { containers: [] } })]],
  ['a DaemonSet on a node in each zone', '3 2 2 2', [workload('DaemonSet')]],
  ['a DaemonSet on seven nodes in three zones', '7 6 6 4', [workload('DaemonSet')], { zones: 3, nodes: 7 }],
  [
    'a DaemonSet that starts the new pod first',
    '3 3 2 2',
    [workload('DaemonSet', strategy('RollingUpdate', { maxSurge: 1, maxUnavailable: 0 }))],
  ],
  [
    'a tenth of seven nodes, rounded up',
    '7 6 6 4',
    [workload('DaemonSet', strategy('RollingUpdate', { maxUnavailable: '10%' }))],
    { zones: 3, nodes: 7 },
  ],
  [
    'a DaemonSet that neither surges nor goes without lets one go',
    '3 2 2 2',
    [workload('DaemonSet', strategy('RollingUpdate', { maxSurge: 0, maxUnavailable: 0 }))],
  ],
  ['a Job promises nothing', 'none', [manifest('batch/v1', 'Job', 'web', { spec: { template: { spec: {} } } })]],
  ['an empty environment', 'none', []],
)

const three = (pod: Fields = {}) => deployment({ replicas: 3 }, pod)

cases(
  'a drain takes what disruption budgets let go, in the arithmetic of their controller',
  ['one of three', '3 3 2 0', [three(), budget({ maxUnavailable: 1 })]],
  ['half of three are kept, rounded up', '3 3 2 0', [three(), budget({ minAvailable: '50%' })]],
  ['half of three may go, rounded up', '3 3 1 0', [three(), budget({ maxUnavailable: '50%' })]],
  ['more than there are', '3 3 0 0', [three(), budget({ maxUnavailable: 9 })]],
  ['none is kept', '3 3 0 0', [three(), budget({ minAvailable: 0 })]],
  ['all are kept', '3 3 3 0 blocks', [three(), budget({ minAvailable: 3 })]],
  ['more are kept than there are', '3 3 3 0 blocks', [three(), budget({ minAvailable: 4 })]],
  ['none may go', '3 3 3 0 blocks', [three(), budget({ maxUnavailable: 0 })]],
  ['not even a part', '3 3 3 0 blocks', [three(), budget({ maxUnavailable: '0%' })]],
  ['the only pod', '1 1 1 0 blocks', [deployment(), budget({ minAvailable: 1 })]],
  ['the only pod, half of it', '1 1 0 0', [deployment(), budget({ maxUnavailable: '50%' })]],
  ['neither bound', '3 3 3 0 blocks', [three(), budget({})]],
  ['a number in quotes', '3 3 3 0 blocks', [three(), budget({ maxUnavailable: '1' })]],
  [
    'over no pods it neither blocks nor is idle',
    '0 0 0 0',
    [deployment({ replicas: 0 }), budget({ maxUnavailable: 0 })],
  ],
  ['another namespace', '3 3 0 0 idle', [three(), budget({ maxUnavailable: 1 }, 'web', 'other')]],
  ['no selector selects nothing', '3 3 0 0 idle', [three(), budget({ maxUnavailable: 1, selector: undefined })]],
  ['other labels', '3 3 0 0 idle', [three(), budget({ maxUnavailable: 1, selector: { matchLabels: { app: 'db' } } })]],
  [
    'an empty selector shares it among all pods',
    '2 2 1 0',
    [deployment({ replicas: 2 }, {}, 'a'), deployment({ replicas: 2 }), budget({ maxUnavailable: 1, selector: {} })],
  ],
  [
    'two budgets on a pod',
    '3 3 3 0 overlaps',
    [three(), budget({ maxUnavailable: 1 }), budget({ maxUnavailable: 1 }, 'more')],
  ],
  ['nobody wants a lone pod, so none of them may go', '1 0 1 0 blocks', [lone(), budget({ maxUnavailable: 1 })]],
  ['but whole numbers count pods', '1 0 0 0', [lone(), budget({ minAvailable: 0 })]],
  ['nobody can count for a DaemonSet', '3 2 2 2 blocks', [workload('DaemonSet'), budget({ maxUnavailable: 1 })]],
)

function lone(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'erp', labels: { app: 'web' } },
    spec: { containers: [] },
  }
}

cases(
  'pods stand together wherever no rule keeps them apart',
  ['different nodes', '3 3 2 0', [three(apart(NODE))]],
  ['different zones', '3 3 2 2', [three(apart(ZONE))]],
  ['different racks, whatever those are', '3 3 0 0', [three(apart('example.com/rack'))]],
  ['other pods', '3 3 0 0', [three(apart(ZONE, { labelSelector: { matchLabels: { app: 'db' } } }))]],
  ['no selector', '3 3 0 0', [three(apart(ZONE, { labelSelector: undefined }))]],
  ['pods of other namespaces', '3 3 0 0', [three(apart(ZONE, { namespaces: ['other'] }))]],
  ['pods of all namespaces', '3 3 2 2', [three(apart(ZONE, { namespaceSelector: {} }))]],
  [
    'a wish',
    '3 3 0 0',
    [
      three({
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: { topologyKey: ZONE, labelSelector: {} } },
            ],
          },
        },
      }),
    ],
  ],
  ['more pods than zones', '3 3 2 2', [deployment({ replicas: 5 }, apart(ZONE))]],
  ['more pods than nodes', '2 2 1 0', [three(apart(NODE))], { zones: 2, nodes: 2 }],
  ['as many nodes as it takes', '3 3 2 0', [three(apart(NODE))], { zones: 2 }],
  ['one zone is all there is', '1 1 0 0', [three(apart(ZONE))], { zones: 1 }],
)

cases(
  'a spread constraint that forbids leaves the fullest zone with what it may hold',
  ['one a zone', '3 3 2 2', [three(spreading(spread(ZONE)))]],
  ['two of four', '4 3 2 2', [deployment({ replicas: 4 }, spreading(spread(ZONE)))]],
  ['a skew of two', '4 3 2 2', [deployment({ replicas: 4 }, spreading(spread(ZONE, { maxSkew: 2 })))]],
  [
    'a skew of two, over two zones',
    '4 3 1 1',
    [deployment({ replicas: 4 }, spreading(spread(ZONE, { maxSkew: 2 })))],
    { zones: 2 },
  ],
  ['two zones', '3 3 1 1', [three(spreading(spread(ZONE)))], { zones: 2 }],
  ['one zone', '3 3 0 0', [three(spreading(spread(ZONE)))], { zones: 1 }],
  ['a wish', '3 3 0 0', [three(spreading(spread(ZONE, { whenUnsatisfiable: 'ScheduleAnyway' })))]],
  ['no selector selects nothing', '3 3 0 0', [three(spreading(spread(ZONE, { labelSelector: undefined })))]],
  ['an empty selector selects the pods', '3 3 2 2', [three(spreading(spread(ZONE, { labelSelector: {} })))]],
  ['other pods', '3 3 0 0', [three(spreading(spread(ZONE, { labelSelector: { matchLabels: { app: 'db' } } })))]],
  ['nodes are not zones', '3 3 2 0', [three(spreading(spread(NODE)))]],
  ['fewer nodes than pods', '3 3 1 0', [three(spreading(spread(NODE)))], { zones: 1, nodes: 2 }],
  [
    'a rollout that counts old pods may end with two in one zone',
    '3 3 1 1',
    [three(spreading(spread(ZONE, { matchLabelKeys: undefined })))],
  ],
  [
    'unless it removes them first',
    '3 0 2 2',
    [
      deployment(
        { replicas: 3, strategy: { type: 'Recreate' } },
        spreading(spread(ZONE, { matchLabelKeys: undefined })),
      ),
    ],
  ],
  [
    'with neighbours in the count, all may be in one zone',
    '2 2 0 0',
    [
      deployment({ replicas: 2 }, spreading(spread(ZONE, { labelSelector: {}, matchLabelKeys: [] })), 'a'),
      deployment({ replicas: 2 }),
    ],
  ],
  [
    'of neighbours as many as their autoscaler may add',
    '3 2 0 0',
    [
      deployment(
        { replicas: 3, ...rolling(0, 1) },
        spreading(spread(ZONE, { labelSelector: {}, matchLabelKeys: [] })),
        'a',
      ),
      deployment(),
      horizontal({ minReplicas: 1, maxReplicas: 5 }),
    ],
  ],
  [
    'unless a label key tells them apart',
    '2 1 1 1',
    [
      deployment(
        { replicas: 2, ...rolling(0, 1) },
        spreading(spread(ZONE, { labelSelector: {}, matchLabelKeys: ['app'] })),
        'a',
      ),
      deployment({ replicas: 2 }),
    ],
  ],
  [
    'a key that no pod carries is left out',
    '3 3 1 1',
    [three(spreading(spread(ZONE, { matchLabelKeys: ['nowhere'] })))],
  ],
  [
    'pods that must stay in one zone',
    '3 3 0 0',
    [three({ ...spreading(spread(ZONE)), nodeSelector: { [ZONE]: 'a' } })],
  ],
  [
    'pods that must stay in two zones',
    '4 3 2 2',
    [deployment({ replicas: 4 }, { ...spreading(spread(ZONE)), ...zones('a', 'b') })],
  ],
  ['no skew given is a skew of one', '3 3 2 2', [three(spreading(spread(ZONE, { maxSkew: undefined })))]],
  [
    'an affinity that rules zones out names none',
    '3 3 2 2',
    [three({ ...spreading(spread(ZONE)), ...affine({ key: ZONE, operator: 'NotIn', values: ['c'] }) })],
  ],
  [
    'more zones than there are',
    '4 3 2 2',
    [deployment({ replicas: 4 }, { ...spreading(spread(ZONE)), ...zones('a', 'b', 'c', 'd') })],
  ],
  ['an affinity that names no zone', '3 3 2 2', [three({ ...spreading(spread(ZONE)), ...zones() })]],
  [
    'more zones asked for than there are: one pod each',
    '3 3 2 2',
    [deployment({ replicas: 5 }, spreading(spread(ZONE, { minDomains: 5 })))],
  ],
  [
    'a drain with a budget takes no more than stand on the node',
    '3 3 2 2',
    [three(spreading(spread(ZONE))), budget({ maxUnavailable: 2 })],
  ],
)

function zones(...values: readonly string[]): Fields {
  return affine(values.length === 0 ? { key: 'disk', operator: 'Exists' } : { key: ZONE, operator: 'In', values })
}

function affine(expression: Fields): Fields {
  const nodeSelectorTerms = [{ matchExpressions: [expression] }]
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } }
}

const hours = (desiredReplicas: string): Fields => ({
  type: 'cron',
  metadata: { start: '0 7 * * 1-5', end: '0 19 * * 1-5', desiredReplicas },
})

test('a budget over the pods of a Job lets none of them go, for nobody can count them', () => {
  const job = manifest('batch/v1', 'Job', 'load', { spec: { template: { spec: {} } } })
  const { faults } = of([job, budget({ maxUnavailable: 1, selector: { matchLabels: { 'job-name': 'load' } } })])
  assert.equal(
    faults.map(({ kind, because }) => `${kind}: ${because.at(-1)?.message}`),
    [
      'blocks: "PodDisruptionBudget/erp/web" lets a drain take 0 of 1 pod at a time (maxUnavailable 1, which nobody can count over "Job/erp/load")',
    ],
  )
})

test('of several autoscalers the lowest floor, the highest ceiling, and any sleep', () => {
  const asleep = scaledObject({ maxReplicaCount: 5, triggers: [hours('3')] })
  const [set] = of([deployment(), horizontal({ minReplicas: 4, maxReplicas: 9 }), asleep]).sets
  assert.is(`${set?.set.scale.floor.pods} to ${set?.set.scale.ceiling.pods}`, '3 to 9')
  assert.is(
    set?.verdicts.steady.because.at(-1)?.message,
    '"ScaledObject/erp/web" takes all pods away outside its hours',
  )
  const [turned] = of([deployment(), asleep, horizontal({ minReplicas: 4, maxReplicas: 9 }, 'other')]).sets
  assert.is(`${turned?.set.scale.floor.pods} to ${turned?.set.scale.ceiling.pods}`, '3 to 9')
  const [quarrel] = of([
    deployment(),
    horizontal({ minReplicas: 1, maxReplicas: 3 }),
    horizontal({ minReplicas: 2, maxReplicas: 9 }, 'other'),
  ]).sets
  assert.is(`${quarrel?.set.scale.floor.pods} to ${quarrel?.set.scale.ceiling.pods}`, '1 to 9')
  const [awake] = of([deployment(), horizontal({ minReplicas: 4, maxReplicas: 9 })]).sets
  assert.is(awake?.verdicts.steady.because.length, 1)
})

cases(
  'autoscalers decide how many pods there are at least, whatever the manifest declares',
  ['its floor', '2 2 0 0', [deployment({ replicas: 9 }), horizontal({ minReplicas: 2, maxReplicas: 10 })]],
  ['one by default', '1 1 0 0', [deployment(), horizontal({ maxReplicas: 10 })]],
  [
    'one that was set to zero pods is left alone',
    '0 0 0 0',
    [deployment({ replicas: 0 }), horizontal({ minReplicas: 2, maxReplicas: 3 })],
  ],
  [
    'of two autoscalers the lower floor',
    '2 2 0 0',
    [
      deployment(),
      horizontal({ minReplicas: 4, maxReplicas: 9 }),
      horizontal({ minReplicas: 2, maxReplicas: 3 }, 'other'),
    ],
  ],
  [
    'one for something else',
    '3 3 0 0',
    [three(), horizontal({ minReplicas: 1, maxReplicas: 9 }, 'other', 'StatefulSet')],
  ],
  ['KEDA scales to zero by default', '0 0 0 0', [three(), scaledObject({ triggers: [{ type: 'rabbitmq' }] })]],
  ['KEDA keeps its least', '2 2 0 0', [three(), scaledObject({ minReplicaCount: 2, triggers: [] })]],
  [
    'KEDA idles below it',
    '0 0 0 0',
    [three(), scaledObject({ minReplicaCount: 2, idleReplicaCount: 0, triggers: [] })],
  ],
  ['in its hours', '2 2 0 0', [three(), scaledObject({ minReplicaCount: 0, triggers: [hours('2'), hours('5')] })]],
  [
    'hours that add to a least are not the least',
    '2 2 0 0',
    [three(), scaledObject({ minReplicaCount: 2, triggers: [hours('5')] })],
  ],
  [
    'after nine pods, three of them may be in one zone',
    '3 3 0 0',
    [deployment({}, spreading(spread(ZONE))), horizontal({ minReplicas: 3, maxReplicas: 9 })],
  ],
  [
    'after five pods, two of them',
    '3 3 1 1',
    [deployment({}, spreading(spread(ZONE))), horizontal({ minReplicas: 3, maxReplicas: 5 })],
  ],
  [
    'a budget is counted at the floor',
    '2 2 2 0 blocks',
    [deployment(), horizontal({ minReplicas: 2, maxReplicas: 9 }), budget({ minAvailable: 2 })],
  ],
)

cases(
  'a volume that one node mounts holds its pods together',
  ['on one node', '3 3 0 0', [three({ ...mounting(), ...spreading(spread(ZONE, { maxSkew: 3 })) }), claim('1Gi')]],
  [
    'of which only one starts where they must be apart',
    '1 1 0 0',
    [three({ ...mounting(), ...apart(NODE) }), claim('1Gi')],
  ],
  ['or one alone mounts it', '1 1 0 0', [three(mounting()), claim('1Gi', ['ReadWriteOncePod'])]],
  [
    'one that many mount holds nothing',
    '3 3 2 2',
    [three({ ...mounting(), ...apart(ZONE) }), claim('1Gi', ['ReadWriteOnce', 'ReadWriteMany'])],
  ],
  ['one that is not known holds nothing', '3 3 2 2', [three({ ...mounting(), ...apart(ZONE) })]],
  ['a pod that names its node', '3 3 0 0', [three({ nodeName: 'n', ...spreading(spread(NODE, { maxSkew: 3 })) })]],
)

cases(
  'pods that operators make count as well',
  [
    'three servers in three zones',
    '3 2 2 2',
    [cluster({ instances: 3, affinity: { podAntiAffinityType: 'required', topologyKey: ZONE } })],
  ],
  [
    'three servers in two zones',
    '2 2 1 1',
    [cluster({ instances: 3, affinity: { podAntiAffinityType: 'required', topologyKey: ZONE } })],
    { zones: 2 },
  ],
  [
    'three servers on different nodes',
    '3 2 2 0',
    [cluster({ instances: 3, affinity: { podAntiAffinityType: 'required' } })],
  ],
  ['two servers, of which a drain takes one at a time', '2 1 1 0', [cluster({ instances: 2 })]],
  ['two servers without a budget', '2 1 0 0', [cluster({ instances: 2, enablePDB: false })]],
  ['one server with a budget', '1 0 1 0 blocks', [cluster({ instances: 1 })]],
  ['one server without', '1 0 0 0', [cluster({ instances: 1, enablePDB: false })]],
  ['nothing declared is one server', '1 0 0 0', [cluster({ enablePDB: false })]],
  ['a server that sleeps', '0 0 0 0', [cluster({ instances: 3 }, { 'cnpg.io/hibernation': 'on' })]],
  [
    'a second budget over servers',
    '3 2 3 0 overlaps',
    [cluster({ instances: 3 }), budget({ maxUnavailable: 1, selector: { matchLabels: { 'cnpg.io/cluster': 'db' } } })],
  ],
  [
    'a second budget, over replicas, is counted against all servers, so that both replicas are kept',
    '3 2 3 0 blocks overlaps',
    [cluster({ instances: 3 }), budget({ maxUnavailable: 1, selector: { matchLabels: { role: 'replica' } } })],
  ],
  [
    'a budget over replicas leaves the primary to the drain',
    '3 2 1 0',
    [
      cluster({ instances: 3, enablePDB: false }),
      budget({ minAvailable: 1, selector: { matchLabels: { role: 'replica' } } }),
    ],
  ],
  [
    'own terms join the operator’s',
    '3 2 2 2',
    [
      cluster({
        instances: 3,
        affinity: {
          additionalPodAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: ZONE, labelSelector: { matchLabels: { 'cnpg.io/cluster': 'db' } } },
            ],
          },
        },
      }),
    ],
  ],
  ['one pooler', '1 1 0 0', [pooler({})]],
  ['poolers that start anew', '2 0 0 0', [pooler({ instances: 2, deploymentStrategy: { type: 'Recreate' } })]],
  [
    'poolers in different zones',
    '2 2 1 1',
    [
      pooler({
        instances: 2,
        template: {
          spec: spreading(spread(ZONE, { labelSelector: { matchLabels: { 'cnpg.io/poolerName': 'pool' } } })),
        },
      }),
    ],
  ],
  ['one Redis', '1 0 0 0', [redis('Redis', {})]],
  ['a majority of three is two', '3 2 2 0', [redis('RedisReplication', { clusterSize: 3, pdb: { enabled: true } })]],
  ['a majority of five is three', '5 4 3 0', [redis('RedisReplication', { clusterSize: 5, pdb: { enabled: true } })]],
  ['a budget that is not enabled', '3 2 0 0', [redis('RedisSentinel', { clusterSize: 3, pdb: { maxUnavailable: 1 } })]],
  [
    'sentinels, one at a time',
    '3 2 2 2',
    [
      redis('RedisSentinel', {
        clusterSize: 3,
        pdb: { enabled: true, maxUnavailable: 1 },
        ...spreading(spread(ZONE, { labelSelector: { matchLabels: { app: 'cache-sentinel' } } })),
      }),
    ],
  ],
)

cases(
  'a number that the API server refuses is read as if none was given',
  ['half a pod', '1 1 0 0', [deployment({ replicas: 1.5 })]],
  ['less than none', '1 1 0 0', [deployment({ replicas: -1 })]],
  ['more than a field holds', '1 1 0 0', [deployment({ replicas: 2 ** 31 })]],
  ['a floor', '1 1 0 0', [deployment({ replicas: 3 }), horizontal({ minReplicas: -2, maxReplicas: 9 })]],
  ['a surge of less than none, so nothing holds', '3 0 0 0', [deployment({ replicas: 3, ...rolling(-1, 0) })]],
  ['a budget of half a pod', '3 3 3 0 blocks', [three(), budget({ maxUnavailable: 0.5 })]],
  ['a skew', '3 3 2 2', [three(spreading(spread(ZONE, { maxSkew: -4 })))]],
  ['servers', '1 0 0 0', [cluster({ instances: 2.5, enablePDB: false })]],
)

test('what another manifest controls is left to it', () => {
  const owned = (each: Manifest, kind: string, name: string): Manifest => ({
    ...each,
    metadata: { ...each.metadata, ownerReferences: [{ controller: true, kind, name }] },
  })
  const dump = [
    three(),
    owned(workload('ReplicaSet', { replicas: 3 }), 'Deployment', 'web'),
    owned(lone(), 'ReplicaSet', 'web'),
  ]
  assert.equal(
    of(dump).sets.map(({ set }) => set.id),
    ['Deployment/erp/web'],
  )
  const orphan = owned(workload('ReplicaSet', { replicas: 3 }), 'Deployment', 'gone')
  assert.equal(
    of([orphan]).sets.map(({ set }) => set.id),
    ['ReplicaSet/erp/web'],
    'its controller is not among the manifests',
  )
  const budgets = owned(
    budget({ minAvailable: 1, selector: { matchLabels: { 'cnpg.io/cluster': 'db' } } }),
    'Cluster',
    'db',
  )
  assert.equal(of([cluster({ instances: 3 }), budgets]).faults, [], 'the operator’s own budget is counted once')
})

test('sets stand in the order of their ids, whatever the order of the manifests', () => {
  const manifests = [deployment({}, {}, 'b'), cluster({ instances: 1 }), deployment({}, {}, 'a')]
  const ids = (given: readonly Manifest[]) => of(given).sets.map(({ set }) => set.id)
  assert.equal(ids(manifests), ['Cluster/erp/db', 'Deployment/erp/a', 'Deployment/erp/b'])
  assert.equal(ids(manifests.toReversed()), ids(manifests))
})

test.run()
