import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { availabilityOf } from '../src/analysis/availability.ts'
import { brokenPromises, type ReadyPromise } from '../src/analysis/availability-promise.ts'
import { type ClusterShape, THREE_ZONES } from '../src/analysis/cluster-shape.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatPath } from '../src/manifest/path.ts'
import type { Fields } from '../src/manifest/value.ts'
import { availabilityText, brokenPromisesText, budgetFaultsText } from '../src/report/availability-text.ts'
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
  rolling,
  service,
  spread,
  spreading,
  workload,
  ZONE,
} from './capacity-world.ts'
import { world, worldOf } from './reach-world.ts'

const namespaced = (tier: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'erp', labels: { 'waybill.dev/tier': tier } },
})

/** The broken promises of a tier as `scenario: ready of promised, object at field: what it has to say`. */
function broken(tier: string, manifests: readonly Manifest[], shape: ClusterShape = THREE_ZONES): string[] {
  const index = worldOf([namespaced(tier), service(), ...manifests])
  return brokenPromises(availabilityOf(index, shape)).map(({ scenario, ready, promised, source, at, repair }) => {
    const place = `${source.manifest.kind} at ${formatPath(at)}`
    return `${scenario}: ${ready} of ${promised}, ${place}: ${repair.message}`
  })
}

test('bronze promises nothing, and a tier that nobody knows neither', () => {
  assert.equal(broken('bronze', [deployment({ replicas: 0 })]), [])
  assert.equal(broken('tin', [deployment({ replicas: 0 })]), [])
  assert.equal(broken('constructor', [deployment({ replicas: 0 })]), [])
})

test('only what somebody waits for is promised', () => {
  const down = deployment({ replicas: 0 })
  assert.is(broken('silver', [down]).length, 1)
  assert.equal(broken('silver', [{ ...down, metadata: { name: 'web', namespace: 'elsewhere' } }]), [])
  const unserved = worldOf([namespaced('silver'), service({ app: 'other' }), down])
  assert.equal(brokenPromises(availabilityOf(unserved)), [])
  const nothing = worldOf([namespaced('silver'), service({}), service(null), down])
  assert.equal(brokenPromises(availabilityOf(nothing)), [], 'a Service without a selector leads nowhere')
})

test('the tier stands on the pods, on the manifest, on the namespace, or is that of the environment', () => {
  const tierOf = (each: Manifest, tier?: string) =>
    availabilityOf({
      ...worldOf([namespaced('gold'), each]),
      facts: { profile: 'standard', ...(tier === undefined ? {} : { tier }) },
    }).sets[0]?.set.tier
  const labels = { 'waybill.dev/tier': 'silver' }
  const onPods = { spec: { template: { metadata: { labels }, spec: {} } } }
  assert.is(tierOf(manifest('apps/v1', 'Deployment', 'a', onPods)), 'silver')
  assert.is(tierOf({ ...deployment(), metadata: { name: 'a', namespace: 'erp', labels } }), 'silver')
  assert.is(tierOf(deployment()), 'gold')
  assert.is(tierOf({ ...deployment(), metadata: { name: 'a', namespace: 'none' } }, 'bronze'), 'bronze')
  assert.is(tierOf({ ...deployment(), metadata: { name: 'a', namespace: 'none' } }), undefined)
})

const web = (replicas: number, pod: Fields = {}, more: Fields = {}) => deployment({ replicas, ...more }, pod)

test('each broken promise names the field that would repair it', () => {
  const table: readonly (readonly [string, string, readonly Manifest[], ...string[]])[] = [
    [
      'silver keeps one pod through a rollout',
      'silver',
      [web(2, {}, { strategy: { type: 'Recreate' } })],
      'rollout: 0 of 1, Deployment at spec.strategy.type: strategy Recreate ends every pod of "Deployment/erp/web" before it starts a new one',
    ],
    [
      'or takes no more away than it may',
      'silver',
      [web(2, {}, rolling(0, '100%'))],
      'rollout: 0 of 1, Deployment at spec.strategy.rollingUpdate.maxUnavailable: a rollout of "Deployment/erp/web" may take 2 of 2 pods away at once (maxUnavailable 100%, maxSurge 0)',
    ],
    ['or has one', 'silver', [web(0)], 'rollout: 0 of 1, Deployment at spec.replicas: at least 1 pod'],
    ['where one is enough, for another surges', 'silver', [web(1)]],
    [
      'a StatefulSet needs a second pod for that',
      'silver',
      [workload('StatefulSet', { replicas: 1 })],
      'rollout: 0 of 1, StatefulSet at spec.replicas: at least 2 pods',
    ],
    [
      'and so does a database',
      'silver',
      [cluster({ instances: 1, enablePDB: false })],
      'rollout: 0 of 1, Cluster at spec.instances: at least 2 pods',
    ],
    [
      'gold keeps one through a drain and without a zone',
      'gold',
      [web(2)],
      'drain: 0 of 1, Deployment at spec.template.spec: a PodDisruptionBudget over the pods keeps the others',
      'zone: 0 of 1, Deployment at spec.template.spec.topologySpreadConstraints: a constraint over the zones with whenUnsatisfiable DoNotSchedule keeps them apart',
    ],
    ['a required anti-affinity over zones does both', 'gold', [web(2, apart(ZONE))]],
    ['and so do a budget and a constraint', 'gold', [web(2, spreading(spread(ZONE))), budget({ maxUnavailable: 1 })]],
    [
      'a wish is shown as one',
      'gold',
      [web(2, spreading(spread(ZONE, { whenUnsatisfiable: 'ScheduleAnyway' }))), budget({ maxUnavailable: 1 })],
      'zone: 0 of 1, Deployment at spec.template.spec.topologySpreadConstraints[0].whenUnsatisfiable: DoNotSchedule makes it hold',
    ],
    [
      'a constraint over other pods as well',
      'gold',
      [
        web(2, spreading(spread(ZONE, { labelSelector: { matchLabels: { app: 'wbe' } } }))),
        budget({ maxUnavailable: 1 }),
      ],
      'zone: 0 of 1, Deployment at spec.template.spec.topologySpreadConstraints[0].labelSelector: a selector of its own pods keeps them apart',
    ],
    [
      'and one that counts what a rollout removes',
      'gold',
      [
        web(2, spreading(spread(ZONE, { matchLabelKeys: undefined }), spread(NODE)), rolling(3, 0)),
        budget({ maxUnavailable: 1 }),
      ],
      'zone: 0 of 1, Deployment at spec.template.spec.topologySpreadConstraints[0].matchLabelKeys: matchLabelKeys [pod-template-hash] tells the revisions apart',
    ],
    [
      'a budget that lets too many go',
      'gold',
      [web(2, spreading(spread(ZONE, { maxSkew: 2 }))), budget({ maxUnavailable: 2 })],
      'drain: 0 of 1, PodDisruptionBudget at spec.maxUnavailable: "PodDisruptionBudget/erp/web" lets a drain take 2 of 2 pods at a time (maxUnavailable 2)',
      'zone: 0 of 1, Deployment at spec.replicas: at least 3 pods',
    ],
    [
      'one pod has no second one to stay',
      'gold',
      [web(1, apart(ZONE))],
      'drain: 0 of 1, Deployment at spec.replicas: at least 2 pods',
      'zone: 0 of 1, Deployment at spec.replicas: at least 2 pods',
    ],
    [
      'what scales down from many needs a higher floor',
      'gold',
      [web(3, spreading(spread(ZONE))), horizontal({ minReplicas: 3, maxReplicas: 9 }), budget({ maxUnavailable: 1 })],
      'zone: 0 of 1, HorizontalPodAutoscaler at spec.minReplicas: at least 4 pods',
    ],
    [
      'a volume on one node',
      'gold',
      [web(2, mounting()), claim('1Gi'), budget({ maxUnavailable: 1 })],
      'zone: 0 of 1, PersistentVolumeClaim at spec.accessModes: the volume "PersistentVolumeClaim/erp/files" is ReadWriteOnce, so all pods that mount it are on one node',
    ],
    [
      'a volume that keeps the second pod from starting',
      'gold',
      [web(2, { ...mounting(), ...apart(ZONE) }), claim('1Gi')],
      'drain: 0 of 1, PersistentVolumeClaim at spec.accessModes: the volume "PersistentVolumeClaim/erp/files" is ReadWriteOnce, so all pods that mount it are on one node',
      'zone: 0 of 1, PersistentVolumeClaim at spec.accessModes: the volume "PersistentVolumeClaim/erp/files" is ReadWriteOnce, so all pods that mount it are on one node',
    ],
    [
      'of two wishes the one about zones',
      'gold',
      [
        web(
          2,
          spreading(...[NODE, ZONE].map(topologyKey => spread(topologyKey, { whenUnsatisfiable: 'ScheduleAnyway' }))),
        ),
        budget({ maxUnavailable: 1 }),
      ],
      'zone: 0 of 1, Deployment at spec.template.spec.topologySpreadConstraints[1].whenUnsatisfiable: DoNotSchedule makes it hold',
    ],
    [
      'servers of a database that would rather be apart',
      'gold',
      [cluster({ instances: 3, affinity: { topologyKey: ZONE } })],
      'zone: 0 of 1, Cluster at spec.affinity: a required anti-affinity keeps them apart',
    ],
    [
      'or need not be',
      'gold',
      [cluster({ instances: 3, affinity: { enablePodAntiAffinity: false, topologyKey: ZONE } })],
      'zone: 0 of 1, Cluster at spec.topologySpreadConstraints: a constraint over the zones with whenUnsatisfiable DoNotSchedule keeps them apart',
    ],
    [
      'pods that must stay in one zone',
      'gold',
      [web(2, { ...spreading(spread(ZONE)), nodeSelector: { [ZONE]: 'a' } }), budget({ maxUnavailable: 1 })],
      'zone: 0 of 1, Deployment at spec.template.spec.nodeSelector: "Deployment/erp/web" is bound to one zone',
    ],
    ['platinum keeps two', 'platinum', [web(3, apart(ZONE))]],
    [
      'which two pods cannot',
      'platinum',
      [web(2, apart(ZONE))],
      'drain: 1 of 2, Deployment at spec.replicas: at least 3 pods',
      'zone: 1 of 2, Deployment at spec.replicas: at least 3 pods',
    ],
  ]
  for (const [what, tier, manifests, ...expected] of table) assert.equal(broken(tier, manifests), expected, what)
})

test('the facts say what a constraint counts', () => {
  const deciding = (constraint: Fields, others: readonly Manifest[], spec: Fields = { replicas: 3 }) =>
    availabilityOf(worldOf([deployment(spec, spreading(constraint)), ...others]))
      .sets.find(({ set }) => set.id === 'Deployment/erp/web')
      ?.verdicts.zone.because.at(-1)?.message
  const said = (pods: number, more: string) =>
    `at most ${pods} of the pods of "Deployment/erp/web" are in one of 3 zones (maxSkew 1${more})`
  const all = { labelSelector: {}, matchLabelKeys: undefined }
  const scaler = horizontal({ minReplicas: 3, maxReplicas: 5 })
  assert.is(
    deciding(spread('example.com/rack'), []),
    'nothing keeps the pods of "Deployment/erp/web" apart, so all 3 of them may be in one zone',
  )
  assert.is(deciding(spread(ZONE), []), said(1, ''))
  assert.is(deciding(spread(ZONE), [scaler]), said(2, ', of 5 that the autoscaler may have added'))
  assert.is(deciding(spread(ZONE, { matchLabelKeys: undefined }), []), said(2, ', with 1 that a rollout removes'))
  const neighbour = deployment({ replicas: 4 }, {}, 'api')
  assert.is(deciding(spread(ZONE, all), [neighbour]), said(3, ', with 1 that a rollout removes and 4 of others'))
  assert.is(
    deciding(spread(ZONE, all), [neighbour, scaler], rolling(0, 1)),
    said(3, ', of 5 that the autoscaler may have added, with 4 of others'),
  )
})

test('with two zones it takes more pods, and with one zone no number helps', () => {
  const two = [web(2, spreading(spread(ZONE))), budget({ maxUnavailable: 1 })]
  assert.equal(broken('platinum', two, { zones: 2 }), [
    'drain: 1 of 2, Deployment at spec.replicas: at least 3 pods',
    'zone: 1 of 2, Deployment at spec.replicas: at least 4 pods',
  ])
  assert.equal(broken('gold', two, { zones: 1 }), ['zone: 0 of 1, Deployment at : a second zone'])
})

test('a lone pod that nobody brings back is to become a Deployment', () => {
  const pod: Manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'erp', labels: { app: 'web' } },
    spec: { containers: [] },
  }
  assert.equal(broken('silver', [pod]), ['rollout: 0 of 1, Pod at : a Deployment brings its pods back'])
})

test('promises are an argument', () => {
  const index = worldOf([namespaced('tin'), service(), web(2)])
  const promises: Readonly<Record<string, ReadyPromise>> = { tin: { steady: 3 } }
  assert.equal(
    brokenPromises(availabilityOf(index), promises).map(({ message }) => message),
    ['"Deployment/erp/web" keeps 2 pods ready as it stands, and tier "tin" promises 3'],
  )
})

const WORLD = `
apiVersion: v1
kind: Namespace
metadata: {name: erp, labels: {waybill.dev/tier: gold}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: erp}
spec: {selector: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: erp}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: ScheduleAnyway
        labelSelector: {matchLabels: {app: web}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: erp}
spec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 6}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: erp}
spec:
  minAvailable: 100%
  selector: {matchLabels: {app: web}}
`

test('the text says what holds, which promise is broken, why, and where', () => {
  const availability = availabilityOf(world(WORLD))
  const promises = brokenPromises(availability)
  assert.is(
    availabilityText(availability, promises),
    [
      'pods                tier          number  steady  rollout  drain    zone',
      'Deployment/erp/web  gold  serves     2-6       2        2      2  0 of 1',
      '',
    ].join('\n'),
  )
  assert.is(
    brokenPromisesText(promises),
    [
      '"Deployment/erp/web" keeps 0 pods ready when a zone is lost, and tier "gold" promises 1',
      '  world.yaml:27: "HorizontalPodAutoscaler/erp/web" keeps at least 2',
      '  world.yaml:21: a constraint over zones of "Deployment/erp/web" is a wish (ScheduleAnyway)',
      '  repair: world.yaml:21: DoNotSchedule makes it hold',
      '',
    ].join('\n'),
  )
  assert.is(
    budgetFaultsText(availability.faults),
    [
      '"PodDisruptionBudget/erp/web" lets none of its 2 pods go, so a drain of their nodes never ends',
      '  world.yaml:27: "HorizontalPodAutoscaler/erp/web" keeps at least 2',
      '  world.yaml:33: "PodDisruptionBudget/erp/web" lets a drain take 0 of 2 pods at a time (minAvailable 100%)',
      '  at: world.yaml:33',
      '',
    ].join('\n'),
  )
})

test('a finding carries the lines that it rests on', () => {
  const [first] = brokenPromises(availabilityOf(world(WORLD)))
  assert.equal(
    first?.evidence?.map(({ file, range, message }) => `${file}:${range.start.line} ${message}`),
    [
      'world.yaml:27 "HorizontalPodAutoscaler/erp/web" keeps at least 2',
      'world.yaml:21 a constraint over zones of "Deployment/erp/web" is a wish (ScheduleAnyway)',
    ],
  )
})

test('the text of an environment without pods is empty', () => {
  assert.is(availabilityText(availabilityOf(worldOf([])), []), '')
  assert.is(brokenPromisesText([]), '')
})

test.run()
