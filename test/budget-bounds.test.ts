import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { budgetOf } from '../src/analysis/budget.ts'
import { budgetDelta } from '../src/analysis/budget-delta.ts'
import { MOMENTS } from '../src/analysis/budget-row.ts'
import { costOf } from '../src/analysis/cost.ts'
import { EXAMPLE_PRICES } from '../src/analysis/data/example-prices.ts'
import { type NodePool, overBudget } from '../src/analysis/over-budget.ts'
import { readResources } from '../src/analysis/resource-list.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatPath } from '../src/manifest/path.ts'
import { formatQuantity, parseQuantity } from '../src/manifest/quantity.ts'
import type { Fields } from '../src/manifest/value.ts'
import { amountText } from '../src/report/amount-text.ts'
import { budgetDeltaText, budgetText, costDeltaText, costText, overBudgetText } from '../src/report/budget-text.ts'
import { apart, claim, cluster, deployment, horizontal, manifest, rolling, workload, ZONE } from './capacity-world.ts'
import { world, worldOf } from './reach-world.ts'

const quota = (hard: Fields, more: Fields = {}): Manifest =>
  manifest('v1', 'ResourceQuota', 'quota', { spec: { hard, ...more } })

/** A Deployment of so many pods of one core and 1 GiB that surges by one. */
const web = (replicas: number, more: Fields = {}, requests: Fields = { cpu: 1, memory: '1Gi' }): Manifest =>
  deployment(
    { replicas, ...rolling(1, 0) },
    { containers: [{ name: 'main', resources: { requests, limits: { memory: '2Gi' } } }], ...more },
  )

/** What a bound counts: `steady rollout peak of hard`. */
function usesOf(manifests: readonly Manifest[]): string[] {
  return budgetOf(worldOf(manifests)).quotas.uses.map(
    ({ used, hard }) => `${MOMENTS.map(moment => formatQuantity(used[moment])).join(' ')} of ${formatQuantity(hard)}`,
  )
}

test('a quota counts what its bounds name, at every moment', () => {
  const scaled = [
    deployment(rolling(1, 0), { containers: [{ name: 'main', resources: { requests: { cpu: 1 } } }] }),
    horizontal({ minReplicas: 2, maxReplicas: 5 }),
  ]
  const files = claim('20Gi', [], 'files', { storageClassName: 'efs' })
  const db = cluster({ instances: 3, storage: { size: '10Gi', storageClass: 'fast' } })
  const table: readonly (readonly [string, readonly Manifest[], string])[] = [
    ['pods', [web(2), quota({ pods: '9' })], '2 3 3 of 9'],
    ['pods by their other name', [web(2), quota({ 'count/pods': 9 })], '2 3 3 of 9'],
    ['processor time', [...scaled, quota({ 'requests.cpu': '9' })], '2 3 6 of 9'],
    ['processor time by its short name', [...scaled, quota({ cpu: '9' })], '2 3 6 of 9'],
    ['memory', [web(2), quota({ memory: '3Gi' })], '2Gi 3Gi 3Gi of 3Gi'],
    ['limits of memory', [web(2), quota({ 'limits.memory': '3Gi' })], '4Gi 6Gi 6Gi of 3Gi'],
    ['what nobody asks for', [web(2), quota({ 'limits.cpu': '0' })], '0 0 0 of 0'],
    [
      'resources of others',
      [web(2, {}, { 'example.com/gpu': 2 }), quota({ 'requests.example.com/gpu': '5' })],
      '4 6 6 of 5',
    ],
    ['claims', [files, db, quota({ persistentvolumeclaims: '4' })], '4 4 4 of 4'],
    ['claims by their other name', [files, db, quota({ 'count/persistentvolumeclaims': '4' })], '4 4 4 of 4'],
    ['storage', [files, db, quota({ 'requests.storage': '40Gi' })], '50Gi 50Gi 50Gi of 40Gi'],
    [
      'storage of a class',
      [files, db, quota({ 'fast.storageclass.storage.k8s.io/requests.storage': '40Gi' })],
      '30Gi 30Gi 30Gi of 40Gi',
    ],
    [
      'claims of a class',
      [files, db, quota({ 'efs.storageclass.storage.k8s.io/persistentvolumeclaims': '0' })],
      '1 1 1 of 0',
    ],
    [
      'a class that nobody uses',
      [files, quota({ 'slow.storageclass.storage.k8s.io/requests.storage': '1' })],
      '0 0 0 of 1',
    ],
    ['nothing in an empty namespace', [quota({ pods: '0' })], '0 0 0 of 0'],
    [
      'nothing of other namespaces',
      [{ ...web(2), metadata: { name: 'web', namespace: 'other' } }, quota({ pods: '1' })],
      '0 0 0 of 1',
    ],
  ]
  for (const [what, manifests, expected] of table) assert.equal(usesOf(manifests), [expected], what)
})

test('a quota with scopes counts the pods in all of them', () => {
  const priority = { priorityClassName: 'high' }
  const selector = (operator: string, values?: readonly string[]): Fields => ({
    scopeSelector: {
      matchExpressions: [{ scopeName: 'PriorityClass', operator, ...(values === undefined ? {} : { values }) }],
    },
  })
  const besteffort = deployment({ replicas: 1, ...rolling(0, 1) })
  const table: readonly (readonly [string, Manifest, Fields, string])[] = [
    ['pods that ask for nothing', besteffort, { scopes: ['BestEffort'] }, '1 1 1 of 9'],
    ['pods that ask for something', web(2), { scopes: ['BestEffort'] }, '0 0 0 of 9'],
    ['the other way round', web(2), { scopes: ['NotBestEffort'] }, '2 3 3 of 9'],
    ['pods that ask for one thing', web(2, {}, { cpu: 1 }), { scopes: ['NotBestEffort'] }, '2 3 3 of 9'],
    ['pods that end', web(2, { activeDeadlineSeconds: 0 }), { scopes: ['Terminating'] }, '2 3 3 of 9'],
    ['pods that do not', web(2), { scopes: ['Terminating'] }, '0 0 0 of 9'],
    ['those', web(2), { scopes: ['NotTerminating'] }, '2 3 3 of 9'],
    ['both scopes', web(2), { scopes: ['NotTerminating', 'BestEffort'] }, '0 0 0 of 9'],
    ['a class', web(2, priority), selector('In', ['high']), '2 3 3 of 9'],
    ['another class', web(2, priority), selector('In', ['low']), '0 0 0 of 9'],
    ['any class but one', web(2, priority), selector('NotIn', ['low']), '2 3 3 of 9'],
    ['any class', web(2, priority), selector('Exists'), '2 3 3 of 9'],
    ['no class', web(2, priority), selector('DoesNotExist'), '0 0 0 of 9'],
    ['no class where there is none', web(2), selector('DoesNotExist'), '2 3 3 of 9'],
    [
      'an affinity that looks elsewhere',
      web(2, apart(ZONE, { namespaces: ['other'] })),
      { scopes: ['CrossNamespacePodAffinity'] },
      '2 3 3 of 9',
    ],
    ['one that does not', web(2, apart(ZONE)), { scopes: ['CrossNamespacePodAffinity'] }, '0 0 0 of 9'],
    ['a scope that nobody knows counts everything', web(2), { scopes: ['Tomorrow'] }, '2 3 3 of 9'],
  ]
  for (const [what, set, more, expected] of table)
    assert.equal(usesOf([set, quota({ pods: '9' }, more)]), [expected], what)
})

test('bounds that are not computed are said to be so', () => {
  const { uses, unjudged } = budgetOf(
    worldOf([quota({ 'count/deployments.apps': '3', services: '1', pods: 'many' })]),
  ).quotas
  assert.equal(uses, [])
  assert.equal(
    unjudged.map(({ at }) => at.at(-1)),
    ['count/deployments.apps', 'services', 'pods'],
  )
})

/** Whatever does not fit as `object at field: message`. */
function over(manifests: readonly Manifest[], pools?: readonly NodePool[]): string[] {
  return overBudget(budgetOf(worldOf(manifests)), pools).map(
    ({ source, at, message }) => `${source.manifest.kind} at ${formatPath(at)}: ${message}`,
  )
}

test('what a quota does not allow is told at the earliest moment, with those who ask for it, the largest first', () => {
  assert.equal(over([web(2), quota({ pods: '3', 'requests.memory': '3072Mi' })]), [], 'exactly enough')
  const said = (moment: string, amount: string) =>
    `ResourceQuota at spec.hard.pods: "ResourceQuota/erp/quota" has 3, and ${amount} of pods are asked for ${moment}, so what comes last is refused`
  assert.equal(over([web(4), quota({ pods: '3' })]), [said('with autoscalers at their least', '4')])
  assert.equal(over([web(3), quota({ pods: '3' })]), [said('during a rollout', '4')])
  assert.equal(
    over([deployment(rolling(0, 1)), horizontal({ minReplicas: 1, maxReplicas: 4 }), quota({ pods: '3' })]),
    [said('during a rollout, with autoscalers at their most', '4')],
  )
  const [storage] = overBudget(
    budgetOf(
      worldOf([
        claim('20Gi'),
        cluster({ instances: 3, storage: { size: '10Gi' } }),
        quota({ 'requests.storage': '1Gi' }),
      ]),
    ),
  )
  assert.equal(
    storage?.because.map(({ message }) => message),
    ['"Cluster/erp/db": 3 pods × 10Gi = 30Gi', '"PersistentVolumeClaim/erp/files": 20Gi'],
  )
  assert.equal(storage?.evidence?.length, 2)
})

const limitRange = (...limits: readonly Fields[]): Manifest =>
  manifest('v1', 'LimitRange', 'limits', { spec: { limits } })
const stating = (resources: Fields): Manifest =>
  deployment({ replicas: 1 }, { containers: [{ name: 'main', resources }] })

test('pods that a namespace refuses are told, with the field to change and the bound', () => {
  const container = (more: Fields): Manifest => limitRange({ type: 'Container', ...more })
  const main = 'Deployment at spec.template.spec.containers[0].resources: container "main" of "Deployment/erp/web"'
  const table: readonly (readonly [string, readonly Manifest[], ...string[]])[] = [
    [
      'a request above its limit',
      [stating({ requests: { cpu: 2 }, limits: { cpu: 1 } })],
      `${main} asks for 2 of cpu and is bounded to 1, so its pods are refused`,
    ],
    [
      'also a limit that was filled in',
      [stating({ requests: { cpu: 2 } }), container({ default: { cpu: 1 } })],
      `${main} asks for 2 of cpu and is bounded to 1, so its pods are refused`,
    ],
    ['a request equal to its limit', [stating({ requests: { cpu: '1000m' }, limits: { cpu: 1 } })]],
    [
      'more than the maximum',
      [stating({ limits: { cpu: 3 } }), container({ max: { cpu: 2 } })],
      `${main} is bounded to 3 of cpu, more than it may, so its pods are refused`,
    ],
    [
      'a limit above the maximum, with a request below',
      [stating({ requests: { cpu: 1 }, limits: { cpu: 3 } }), container({ max: { cpu: 2 } })],
      `${main} is bounded to 3 of cpu, more than it may, so its pods are refused`,
    ],
    ['as much as the maximum', [stating({ limits: { cpu: 2 } }), container({ max: { cpu: 2 } })]],
    ['nothing, which becomes the maximum', [stating({}), container({ max: { cpu: 2 } })]],
    [
      'less than the minimum',
      [stating({ requests: { cpu: '50m' } }), container({ min: { cpu: '100m' } })],
      `${main} asks for 50m of cpu, less than it has to, so its pods are refused`,
    ],
    ['nothing, which becomes the minimum', [stating({}), container({ min: { cpu: '100m' } })]],
    [
      'a limit at twice the request',
      [stating({ requests: { cpu: 1 }, limits: { cpu: 2 } }), container({ maxLimitRequestRatio: { cpu: 2 } })],
    ],
    [
      'and above',
      [stating({ requests: { cpu: 1 }, limits: { cpu: '2001m' } }), container({ maxLimitRequestRatio: { cpu: 2 } })],
      `${main} has a limit of cpu too far above its request, so its pods are refused`,
    ],
    [
      'no limit, where a ratio is asked for',
      [stating({ requests: { cpu: 1 } }), container({ maxLimitRequestRatio: { cpu: 2 } })],
      `${main} has a limit of cpu too far above its request, so its pods are refused`,
    ],
    [
      'a pod above its maximum',
      [
        deployment({}, { containers: [1, 2].map(nth => ({ name: `c${nth}`, resources: { limits: { cpu: 1 } } })) }),
        limitRange({ type: 'Pod', max: { cpu: '1500m' } }),
      ],
      'Deployment at spec.template.spec: a pod of "Deployment/erp/web" is bounded to 2 of cpu, more than it may, so its pods are refused',
    ],
    [
      'a pod without a limit, where there is a maximum',
      [stating({}), limitRange({ type: 'Pod', max: { cpu: 1 } })],
      'Deployment at spec.template.spec: a pod of "Deployment/erp/web" has no limit of cpu, so its pods are refused',
    ],
    [
      'a pod below its minimum',
      [stating({ requests: { cpu: '50m' } }), limitRange({ type: 'Pod', min: { cpu: '100m' } })],
      'Deployment at spec.template.spec: a pod of "Deployment/erp/web" asks for 50m of cpu, less than it has to, so its pods are refused',
    ],
    [
      'a claim above the maximum',
      [claim('20Gi'), limitRange({ type: 'PersistentVolumeClaim', max: { storage: '10Gi' } })],
      'PersistentVolumeClaim at spec: a claim of "PersistentVolumeClaim/erp/files" asks for 20Gi, more than the namespace allows, so it is refused',
    ],
    [
      'a claim of every pod below the minimum',
      [
        workload('StatefulSet', { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '1Mi' } } } }] }),
        limitRange({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' } }),
      ],
      'StatefulSet at spec.volumeClaimTemplates[0].spec: a claim of "StatefulSet/erp/web" asks for 1Mi, less than the namespace allows, so it is refused',
    ],
    [
      'a quota wants a number',
      [stating({ requests: { cpu: 1 } }), quota({ 'limits.memory': '9Gi' })],
      `${main} names no limit of memory, so its pods are refused`,
    ],
    [
      'of every container',
      [
        deployment(
          {},
          { initContainers: [{ name: 'first' }], containers: [{ name: 'main', resources: { requests: { cpu: 1 } } }] },
        ),
        quota({ cpu: '9' }),
      ],
      'Deployment at spec.template.spec.initContainers[0].resources: container "first" of "Deployment/erp/web" names no request of cpu, so its pods are refused',
    ],
    ['zero is one', [stating({ requests: { cpu: 0 } }), quota({ cpu: '9' })]],
    [
      'a limit of that very resource',
      [stating({ requests: { memory: '1Gi' } }), quota({ 'limits.memory': '9Gi' })],
      `${main} names no limit of memory, so its pods are refused`,
    ],
    [
      'a server, whose resource says what its pod has',
      [cluster({ resources: { requests: { cpu: 1 } } }), quota({ 'limits.memory': '9Gi' })],
      'Cluster at spec.resources: container "bootstrap-controller" of "Cluster/erp/db" names no limit of memory, so its pods are refused',
    ],
    ['a limit is a request too', [stating({ limits: { cpu: 1 } }), quota({ 'requests.cpu': '9' })]],
    [
      'and a default as well',
      [stating({}), quota({ 'limits.memory': '9Gi' }), container({ default: { memory: '1Gi' } })],
    ],
    [
      'unless the pod names it for all',
      [deployment({}, { containers: [{ name: 'main' }], resources: { requests: { cpu: 1 } } }), quota({ cpu: '9' })],
    ],
    [
      'or bounds it for all',
      [deployment({}, { containers: [{ name: 'main' }], resources: { limits: { cpu: 1 } } }), quota({ cpu: '9' })],
    ],
    ['a quota of other pods wants nothing', [stating({}), quota({ cpu: '9' }, { scopes: ['Terminating'] })]],
    ['and one on pods neither', [stating({}), quota({ pods: '9' })]],
  ]
  for (const [what, manifests, ...expected] of table) assert.equal(over(manifests), expected, what)
})

const pool = (nodes: number, allocatable: Fields): NodePool => ({
  name: 'any',
  nodes,
  allocatable: readResources(allocatable).list,
})

test('what does not fit on the nodes is told when nodes are given', () => {
  const huge = web(1, {}, { cpu: 16 })
  const table: readonly (readonly [string, readonly Manifest[], readonly NodePool[], ...string[]])[] = [
    ['no nodes given', [huge], []],
    ['enough', [web(2)], [pool(1, { cpu: 3, memory: '3Gi' })]],
    ['several kinds', [web(2)], [pool(2, { cpu: 1, memory: '1Gi' }), pool(1, { cpu: 1, memory: '1Gi' })]],
    [
      'a pod that fits on no node',
      [huge],
      [pool(9, { cpu: 8, memory: '64Gi' })],
      'Deployment at spec.template.spec.containers[0].resources: a pod of "Deployment/erp/web" asks for 16 of cpu, and no node has room for it, so it never starts',
    ],
    [
      'but on one kind of them',
      [web(1, {}, { cpu: 6 })],
      [pool(9, { cpu: 2, memory: '4Gi' }), pool(2, { cpu: 8, memory: '64Gi' })],
    ],
    [
      'of which there is none',
      [web(1, {}, { cpu: 6 })],
      [pool(9, { cpu: 2, memory: '4Gi' }), pool(0, { cpu: 8, memory: '64Gi' })],
      'Deployment at spec.template.spec.containers[0].resources: a pod of "Deployment/erp/web" asks for 6 of cpu, and no node has room for it, so it never starts',
    ],
    [
      'a resource that no node has',
      [web(1, {}, { 'example.com/gpu': 1 })],
      [pool(9, { cpu: 9, memory: '9Gi' })],
      'Deployment at spec.template.spec.containers[0].resources: a pod of "Deployment/erp/web" asks for 1 of example.com/gpu, and no node has room for it, so it never starts',
      'Deployment at spec.replicas: all nodes have 0 of example.com/gpu, and 1 are asked for with autoscalers at their least, so pods wait for nodes',
    ],
    [
      'too little in all',
      [web(3)],
      [pool(3, { cpu: 1, memory: '2Gi' })],
      'Deployment at spec.replicas: all nodes have 3 of cpu, and 4 are asked for during a rollout, so pods wait for nodes',
    ],
    [
      'too many pods',
      [web(3)],
      [pool(1, { cpu: 9, memory: '9Gi', pods: 3 })],
      'Deployment at spec.replicas: all nodes have 3 of pods, and 4 are asked for during a rollout, so pods wait for nodes',
    ],
    [
      'nobody knows how many pods, where one kind of node does not say',
      [web(3)],
      [pool(1, { cpu: 9, memory: '9Gi', pods: 3 }), pool(1, { cpu: 1, memory: '1Gi' })],
    ],
    ['nothing asked for', [deployment({ replicas: 9 })], [pool(1, { cpu: 1 })]],
    ['nothing asked for, and no node of that kind', [deployment({ replicas: 9 })], [pool(0, { cpu: 1, pods: 9 })]],
    ['a pod that is not there', [web(0, {}, { cpu: 16 })], [pool(1, { cpu: 20, memory: '9Gi' })]],
  ]
  for (const [what, manifests, pools, ...expected] of table) assert.equal(over(manifests, pools), expected, what)
})

const WORLD = `
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: erp}
spec: {hard: {requests.memory: 4Gi, pods: "6", requests.storage: 20Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: erp}
spec:
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {memory: 1536Mi}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: erp}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 4
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files, namespace: erp}
spec: {resources: {requests: {storage: 20Gi}}}
`

test('the text of a budget is a table for each namespace, with its quota below', () => {
  const budget = budgetOf(world(WORLD))
  assert.is(
    budgetText(budget),
    [
      'erp                   pods  cpu  memory  memory limit  claims  storage',
      'Deployment/web         2-5  2.5     5Gi         7.5Gi       -        -',
      'claims by themselves          -       -             -       1     20Gi',
      '= steady                 2    1     2Gi           3Gi       1     20Gi',
      '= during a rollout       3  1.5     3Gi         4.5Gi       1     20Gi',
      '= at the peak            5  2.5     5Gi         7.5Gi       1     20Gi',
      'quota quota              6          4Gi                           20Gi',
      '',
    ].join('\n'),
  )
  assert.is(
    overBudgetText(overBudget(budget)),
    [
      '"ResourceQuota/erp/quota" has 4Gi, and 5Gi of requests.memory are asked for during a rollout, with autoscalers at their most, so what comes last is refused',
      '  at: world.yaml:5',
      '  world.yaml:25: "Deployment/erp/web": 5 pods × 1Gi = 5Gi',
      '',
    ].join('\n'),
  )
})

test('the text of costs and of a delta', () => {
  const before = budgetOf(world(WORLD))
  const after = budgetOf(
    world(WORLD.replace('maxReplicas: 4', 'maxReplicas: 6').replace('storage: 20Gi}}}', 'storage: 1536Gi}}}')),
  )
  assert.is(
    costText(costOf(before, EXAMPLE_PRICES)),
    [
      'USD a month, AWS us-east-1, on demand (example), prices of 2026-04',
      '       steady  during a rollout  at the peak',
      // 1 core, 2 GiB and 20 GiB; then half as much again, then 2.5 times as much; storage stays.
      'erp     37.64             55.66        91.70',
      '= all   37.64             55.66        91.70',
      '',
    ].join('\n'),
  )
  assert.is(
    budgetDeltaText(budgetDelta(before, after)),
    [
      'at the peak                   before       after',
      'all          limits.memory     7.5Gi  ->  10.5Gi',
      'all          pods                  5  ->       7',
      'all          requests.cpu        2.5  ->     3.5',
      'all          requests.memory     5Gi  ->     7Gi',
      'all          storage            20Gi  ->   1.5Ti',
      'erp          limits.memory     7.5Gi  ->  10.5Gi',
      'erp          pods                  5  ->       7',
      'erp          requests.cpu        2.5  ->     3.5',
      'erp          requests.memory     5Gi  ->     7Gi',
      'erp          storage            20Gi  ->   1.5Ti',
      '',
    ].join('\n'),
  )
})

test('the text of a change of costs names the namespaces in which it is one', () => {
  const budgets = [WORLD, WORLD.replace('maxReplicas: 4', 'maxReplicas: 6'), ''].map(text => budgetOf(world(text)))
  const [before, after, none] = budgets.map(budget => costOf(budget, EXAMPLE_PRICES))
  if (before === undefined || after === undefined || none === undefined) throw new Error('no budgets')
  assert.is(
    costDeltaText(before, after),
    [
      'USD a month at the peak  before       after',
      'all                       91.70  ->  127.74',
      'erp                       91.70  ->  127.74',
      '',
    ].join('\n'),
  )
  assert.is(costDeltaText(before, after, 'steady'), '', 'only the most changes')
  assert.match(costDeltaText(before, none), 'erp                       91.70  ->   0.00')
})

test('amounts are written as people compare them, and never as less than they are', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['cpu', '0', '0'],
    ['cpu', '1500m', '1.5'],
    ['requests.cpu', '1001m', '1.01'],
    ['pods', '12', '12'],
    ['memory', '0', '0'],
    ['memory', '1023', '1023'],
    ['limits.memory', '1Ki', '1Ki'],
    ['memory', '1537Mi', '1.6Gi'],
    ['requests.storage', '3Ti', '3Ti'],
    ['storage', '3Ei', '3072Pi'],
  ]
  for (const [resource, given, expected] of table) {
    assert.is(amountText(resource, parseQuantity(given)), expected, `${given} of ${resource}`)
  }
  assert.is(amountText('cpu', undefined), '-')
})

test('where there is nothing, nothing is written', () => {
  const nothing = budgetOf(worldOf([]))
  assert.is(budgetText(nothing) + overBudgetText(overBudget(nothing)) + costText(costOf(nothing, EXAMPLE_PRICES)), '')
  assert.is(budgetDeltaText(budgetDelta(nothing, nothing)), '')
})

test.run()
