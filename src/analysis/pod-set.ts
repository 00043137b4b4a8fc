import { groupOf, objectName, type Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { type FieldPath, valueAt } from '../manifest/path.ts'
import type { Selector } from '../manifest/selector.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'
import { type ClusterShape, leastNodes } from './cluster-shape.ts'
import { OPERATED_POD_SPECS, type OperatedBudget } from './operated-pod-spec.ts'
import { OPERATED } from './operated-pods.ts'
import { countIn, podCount } from './pod-count.ts'
import { tierOf } from './promised-tier.ts'
import { type Autoscalers, autoscalersOf, type Bound, type Scale, scaleOf } from './scale.ts'

/** What replaces pods when they change or go: it decides how a rollout runs. */
export type Controller =
  | 'Deployment'
  | 'ReplicaSet'
  | 'StatefulSet'
  | 'DaemonSet'
  | 'Instances'
  | 'Pod'
  | 'Job'
  | 'CronJob'

type Labels = Readonly<Record<string, string>>

/** Pods that one controller keeps alike: those of a workload, or those that an operator makes from a custom resource. */
export interface PodSet {
  /** `Deployment/erp/web`; of a custom resource, its own kind: `Cluster/erp/db`. */
  readonly id: string
  readonly source: Source
  readonly namespace: string
  /** The service tier, from the label `waybill.dev/tier` of the manifest, its pods or the namespace. */
  readonly tier: string | undefined
  readonly controller: Controller
  /** Labels of the first pod, of the second, and so on; the last entry holds for all that follow. */
  readonly labels: readonly [Labels, ...Labels[]]
  /** Their PodSpec; of pods that an operator makes, the fields that scheduling and quotas read. */
  readonly pod: Fields
  /** Where a field of `pod` stands in the manifest, or what it comes from. */
  placeOf(path: FieldPath): FieldPath
  readonly scale: Scale
  readonly strategy: { readonly at: FieldPath; readonly fields: Fields }
  /** Specs of PersistentVolumeClaims that every pod has one of. */
  readonly claims: readonly { readonly at: FieldPath; readonly spec: Fields }[]
  readonly budget?: OperatedBudget
}

const CONTROLLERS: Readonly<Record<string, Controller>> = {
  Deployment: 'Deployment',
  ReplicaSet: 'ReplicaSet',
  ReplicationController: 'ReplicaSet',
  StatefulSet: 'StatefulSet',
  DaemonSet: 'DaemonSet',
  Pod: 'Pod',
  Job: 'Job',
  CronJob: 'CronJob',
}

/** Everything in the manifests that runs pods, in the order of ids. Pods and sets that another manifest controls are left to it. */
export function podSetsOf(index: Index, shape: ClusterShape): readonly PodSet[] {
  const autoscalers = autoscalersOf(index)
  const sets = [
    ...index.workloads
      .filter(workload => !isControlled(workload.source, index))
      .map(workload => setOf(workload, index, shape, autoscalers)),
    ...index.sources.flatMap(source => operatedSet(source, index, autoscalers) ?? []),
  ]
  const byId = new Map<string, PodSet>()
  for (const set of sets) if (!byId.has(set.id)) byId.set(set.id, set)
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Whether the set answers somebody all the time, unlike a Job, which ends. */
export function isLasting({ controller }: PodSet): boolean {
  return controller !== 'Job' && controller !== 'CronJob'
}

/** Whether a selector selects the first pod of a set, the second, and so on, as in `labels`. */
export function selectionOf({ labels }: PodSet, selector: Selector): readonly boolean[] {
  return labels.map(each => selector.matches(each))
}

/** How many of the first `pods` pods of a set are in a selection. */
export function podsIn(selection: readonly boolean[], pods: number): number {
  const special = selection.slice(0, -1).slice(0, pods)
  const others = pods - special.length
  return special.filter(Boolean).length + (selection.at(-1) === true ? others : 0)
}

function setOf(workload: Workload, index: Index, shape: ClusterShape, autoscalers: Autoscalers): PodSet {
  const { source, kind, namespace, name, podAt, labels, pod } = workload
  const controller = CONTROLLERS[kind] ?? 'Pod'
  const id = `${kind}/${namespace}/${name}`
  const strategyField = controller === 'Deployment' ? 'strategy' : 'updateStrategy'
  const spec = fieldsOf(source.manifest.spec)
  return {
    id,
    source,
    namespace,
    tier: tierOf({ source, labels, namespace }, index),
    controller,
    labels: [controller === 'Job' ? { ...labels, 'batch.kubernetes.io/job-name': name, 'job-name': name } : labels],
    pod,
    placeOf: path => [...podAt, 'spec', ...path],
    scale: scaleOf(declaredPods(workload, controller, shape), autoscalers.get(id) ?? []),
    strategy: { at: ['spec', strategyField], fields: fieldsOf(spec[strategyField]) },
    claims: listOf(spec.volumeClaimTemplates)
      .map(template => fieldsOf(fieldsOf(template).spec))
      .map((claim, nth) => ({ at: ['spec', 'volumeClaimTemplates', nth, 'spec'], spec: claim })),
  }
}

/** Defaults of the API: one pod. A Job runs no more pods at once than it needs completions. */
function declaredPods({ source }: Workload, controller: Controller, shape: ClusterShape): Bound {
  const spec = fieldsOf(source.manifest.spec)
  const replicas = countIn(spec.replicas)
  const bound = (pods: number, message: string, at: FieldPath): Bound => ({
    pods,
    because: { message: `"${objectName(source.manifest)}" ${message}`, place: { source, at } },
  })
  if (controller === 'Pod') return bound(1, 'is one pod', [])
  if (controller === 'DaemonSet') return bound(leastNodes(shape), `has a pod on each of ${leastNodes(shape)} nodes`, [])
  if (controller === 'Job') return bound(jobPods(spec), `runs ${jobPods(spec)} at once`, ['spec', 'parallelism'])
  if (controller === 'CronJob') return cronJobPods(spec, bound)
  return replicas === undefined
    ? bound(1, `declares no replicas, which means 1`, ['spec', 'replicas'])
    : bound(replicas, `declares ${podCount(replicas)}`, ['spec', 'replicas'])
}

function jobPods({ parallelism, completions, suspend }: Fields): number {
  if (suspend === true) return 0
  const atOnce = countIn(parallelism) ?? 1
  return Math.min(atOnce, countIn(completions) ?? atOnce)
}

/** Under `Allow`, the default, a run that is not over when the next one is due is joined by it: two of them are counted. */
function cronJobPods(spec: Fields, bound: (pods: number, message: string, at: FieldPath) => Bound): Bound {
  const { concurrencyPolicy = 'Allow', suspend, jobTemplate } = spec
  const ofRun = jobPods(fieldsOf(fieldsOf(jobTemplate).spec))
  if (suspend === true) return bound(0, 'is suspended', ['spec', 'suspend'])
  return concurrencyPolicy === 'Allow'
    ? bound(2 * ofRun, 'lets runs overlap', ['spec', 'concurrencyPolicy'])
    : bound(ofRun, `starts no run beside another (${String(concurrencyPolicy)})`, ['spec', 'concurrencyPolicy'])
}

function operatedSet(source: Source, index: Index, autoscalers: Autoscalers): PodSet | undefined {
  const { apiVersion, kind, metadata } = source.manifest
  const key = `${groupOf(apiVersion)}/${kind}`
  if (!Object.hasOwn(OPERATED_POD_SPECS, key)) return undefined
  const operated = OPERATED_POD_SPECS[key]?.(source, index)
  // Pods of a role "initdb job" and the like come and go before the others do.
  const pods = (OPERATED[key]?.(source.manifest).pods ?? []).filter(({ role }) => !role.endsWith(' job'))
  const [first, ...others] = pods.map(({ labels }) => labels)
  if (operated === undefined || first === undefined) return undefined
  const namespace = namespaceOf(source)
  const id = `${kind}/${namespace}/${metadata.name}`
  const replicas = countIn(valueAt(source.manifest, operated.replicasAt)) ?? operated.fallbackReplicas
  const declared: Bound = {
    pods: replicas,
    because: {
      message: `"${objectName(source.manifest)}" has ${podCount(replicas)}`,
      place: { source, at: operated.replicasAt },
    },
  }
  return {
    id,
    source,
    namespace,
    tier: tierOf({ source, labels: first, namespace }, index),
    controller: operated.controller,
    labels: [first, ...others],
    pod: operated.pod,
    placeOf: operated.placeOf,
    scale: scaleOf(declared, autoscalers.get(id) ?? []),
    strategy: { at: operated.strategyAt, fields: fieldsOf(valueAt(source.manifest, operated.strategyAt)) },
    claims: operated.claims,
    ...(operated.budget === undefined ? {} : { budget: operated.budget }),
  }
}

/** Whether a controller that is among the manifests made this one: a dump of a cluster holds both. */
export function isControlled(source: Source, index: Index): boolean {
  return listOf(source.manifest.metadata.ownerReferences).some(reference => {
    const { controller, kind, name } = fieldsOf(reference)
    return (
      controller === true &&
      index.find(textOf(kind) ?? '', textOf(name) ?? '', source.manifest.metadata.namespace) !== undefined
    )
  })
}

/** The claims of a set's own pods, those of generic ephemeral volumes included. */
export function claimsOf(set: PodSet): PodSet['claims'] {
  const ephemeral = listOf(set.pod.volumes).flatMap((volume, nth) => {
    const { spec } = fieldsOf(fieldsOf(fieldsOf(volume).ephemeral).volumeClaimTemplate)
    return isFields(spec)
      ? [{ at: set.placeOf(['volumes', nth, 'ephemeral', 'volumeClaimTemplate', 'spec']), spec }]
      : []
  })
  return [...set.claims, ...ephemeral]
}
