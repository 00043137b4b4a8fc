import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import { countIn } from './pod-count.ts'

/** The pods that an operator makes from a custom resource: what decides where they stand, how many, and what they take. */
export interface OperatedPodSpec {
  /** How the pods are replaced when the resource changes. `Instances`: one at a time, the primary last. */
  readonly controller: 'Deployment' | 'StatefulSet' | 'Instances'
  /** The fields of a PodSpec that scheduling and quotas read, as the operator fills them in. */
  readonly pod: Fields
  /** Where a field of that PodSpec comes from. */
  placeOf(path: FieldPath): FieldPath
  readonly replicasAt: FieldPath
  /** Where `replicasAt` is absent. */
  readonly fallbackReplicas: number
  readonly strategyAt: FieldPath
  /** Specs of PersistentVolumeClaims that every pod has one of. */
  readonly claims: readonly { readonly at: FieldPath; readonly spec: Fields }[]
  /** The PodDisruptionBudget that the operator keeps over all of the pods. */
  readonly budget?: OperatedBudget
}

/** One that lets `allowed` pods go whatever their number, or one that is judged like a PodDisruptionBudget's spec. */
export type OperatedBudget = { readonly at: FieldPath } & (
  | { readonly allowed: (pods: number) => number }
  | { readonly spec: Fields }
)

/**
 * What operators make, by `group/kind`.
 *
 * As of August 2026. CloudNativePG 1.30: pods.go, containers.go, poddisruptionbudget.go and pgbouncer/deployments.go of its
 * pkg/specs; of a Pooler, the init container has the resources of the container "pgbouncer" (since 1.26.1).
 * plugin-barman-cloud 0.14: its sidecar is an init container that stays. OT-CONTAINER-KIT redis-operator, API v1beta2:
 * statefulset.go and poddisruption.go of its internal/k8sutils.
 */
export const OPERATED_POD_SPECS: Readonly<Record<string, (source: Source, index: Index) => OperatedPodSpec>> = {
  'postgresql.cnpg.io/Cluster': postgresInstances,
  'postgresql.cnpg.io/Pooler': poolerPods,
  'redis.redis.opstreelabs.in/Redis': source => redisPods(source, undefined),
  'redis.redis.opstreelabs.in/RedisReplication': source => redisPods(source, 'clusterSize'),
  'redis.redis.opstreelabs.in/RedisSentinel': source => redisPods(source, 'clusterSize'),
}

const BACKUP_PLUGIN = 'barman-cloud.cloudnative-pg.io'

function postgresInstances(source: Source, index: Index): OperatedPodSpec {
  const spec = fieldsOf(source.manifest.spec)
  const { resources, affinity, topologySpreadConstraints, priorityClassName, enablePDB } = spec
  const { nodeSelector } = fieldsOf(affinity)
  const hibernates = source.manifest.metadata.annotations?.['cnpg.io/hibernation'] === 'on'
  const store = backupStore(source, spec, index)
  return {
    controller: 'Instances',
    pod: {
      containers: [{ name: 'postgres', resources }],
      initContainers: [
        { name: 'bootstrap-controller', resources },
        ...(store === undefined ? [] : [{ name: 'plugin-barman-cloud', restartPolicy: 'Always', resources: store }]),
      ],
      affinity: postgresAffinity(source, fieldsOf(affinity)),
      topologySpreadConstraints,
      priorityClassName,
      nodeSelector,
    },
    placeOf: ([first, ...rest]) => {
      if (first === 'affinity' || first === 'nodeSelector') return ['spec', 'affinity']
      if (first === 'containers' || first === 'initContainers') return ['spec', 'resources']
      return ['spec', ...(first === undefined ? [] : [first]), ...rest]
    },
    replicasAt: hibernates ? ['metadata', 'annotations', 'cnpg.io/hibernation'] : ['spec', 'instances'],
    fallbackReplicas: hibernates ? 0 : 1,
    strategyAt: ['spec', 'primaryUpdateStrategy'],
    claims: postgresClaims(spec),
    // One budget for the primary, which a switchover moves before a drain, and from three instances on one for the others.
    ...(enablePDB === false
      ? {}
      : { budget: { at: ['spec', 'enablePDB'], allowed: (pods: number) => (pods > 1 ? 1 : 0) } }),
  }
}

/** The affinity section that the operator generates; the user's own terms join it. */
function postgresAffinity({ manifest }: Source, own: Fields): Fields {
  const { enablePodAntiAffinity, podAntiAffinityType, topologyKey, additionalPodAntiAffinity, nodeAffinity } = own
  const generated = {
    labelSelector: { matchLabels: { 'cnpg.io/cluster': manifest.metadata.name, 'cnpg.io/podRole': 'instance' } },
    topologyKey: textOf(topologyKey) ?? 'kubernetes.io/hostname',
  }
  const type = enablePodAntiAffinity === false ? undefined : (podAntiAffinityType ?? 'preferred')
  const additional = fieldsOf(additionalPodAntiAffinity)
  return {
    nodeAffinity,
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        ...(type === 'required' ? [generated] : []),
        ...listOf(additional.requiredDuringSchedulingIgnoredDuringExecution),
      ],
      preferredDuringSchedulingIgnoredDuringExecution: [
        ...(type === 'preferred' ? [{ podAffinityTerm: generated }] : []),
        ...listOf(additional.preferredDuringSchedulingIgnoredDuringExecution),
      ],
    },
  }
}

/** The resources of the sidecar that archives, where the plugin is used and its ObjectStore is known. */
function backupStore(source: Source, spec: Fields, index: Index): Fields | undefined {
  const plugin = listOf(spec.plugins)
    .map(fieldsOf)
    .find(({ name, enabled }) => name === BACKUP_PLUGIN && enabled !== false)
  if (plugin === undefined) return undefined
  const name = textOf(fieldsOf(plugin.parameters).barmanObjectName) ?? ''
  const store = fieldsOf(index.find('ObjectStore', name, namespaceOf(source))?.manifest.spec)
  return fieldsOf(fieldsOf(store.instanceSidecarConfiguration).resources)
}

function postgresClaims(spec: Fields): OperatedPodSpec['claims'] {
  const volumes: [FieldPath, unknown][] = [
    [['spec', 'storage'], spec.storage],
    [['spec', 'walStorage'], spec.walStorage],
    ...listOf(spec.tablespaces).map((space, nth): [FieldPath, unknown] => [
      ['spec', 'tablespaces', nth, 'storage'],
      fieldsOf(space).storage,
    ]),
  ]
  return volumes.flatMap(([at, volume]) => {
    if (!isFields(volume)) return []
    const { size, storageClass, pvcTemplate } = volume
    const template = fieldsOf(pvcTemplate)
    const requests = {
      ...fieldsOf(fieldsOf(template.resources).requests),
      ...(size === undefined ? {} : { storage: size }),
    }
    return [
      {
        at,
        spec: {
          ...template,
          ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
          resources: { requests },
        },
      },
    ]
  })
}

function poolerPods({ manifest }: Source): OperatedPodSpec {
  const pod = fieldsOf(fieldsOf(fieldsOf(manifest.spec).template).spec)
  const containers = listOf(pod.containers).map(fieldsOf)
  const bouncer = containers.find(({ name }) => name === 'pgbouncer') ?? { name: 'pgbouncer' }
  return {
    controller: 'Deployment',
    pod: {
      ...pod,
      containers: containers.includes(bouncer) ? containers : [...containers, bouncer],
      initContainers: [{ name: 'bootstrap-controller', resources: bouncer.resources }, ...listOf(pod.initContainers)],
    },
    placeOf: path => ['spec', 'template', 'spec', ...path],
    replicasAt: ['spec', 'instances'],
    fallbackReplicas: 1,
    strategyAt: ['spec', 'deploymentStrategy'],
    claims: [],
  }
}

function redisPods({ manifest }: Source, replicasField: string | undefined): OperatedPodSpec {
  const spec = fieldsOf(manifest.spec)
  const { kubernetesConfig, redisExporter, initContainer, sidecars, storage, pdb } = spec
  const { affinity, topologySpreadConstraints, nodeSelector, priorityClassName } = spec
  const template = fieldsOf(fieldsOf(storage).volumeClaimTemplate)
  const exporter = fieldsOf(redisExporter)
  const first = fieldsOf(initContainer)
  return {
    controller: 'StatefulSet',
    pod: {
      containers: [
        { name: 'redis', resources: fieldsOf(kubernetesConfig).resources },
        ...(exporter.enabled === true ? [{ name: 'redis-exporter', resources: exporter.resources }] : []),
        ...listOf(sidecars),
      ],
      initContainers: first.enabled === true ? [{ name: 'init', resources: first.resources }] : [],
      affinity,
      topologySpreadConstraints,
      nodeSelector,
      priorityClassName,
    },
    placeOf: path =>
      path[0] === 'containers' || path[0] === 'initContainers'
        ? ['spec', 'kubernetesConfig', 'resources']
        : ['spec', ...path],
    replicasAt: ['spec', replicasField ?? 'replicas'],
    fallbackReplicas: 1,
    strategyAt: ['spec', 'kubernetesConfig', 'updateStrategy'],
    claims: isFields(template.spec)
      ? [{ at: ['spec', 'storage', 'volumeClaimTemplate', 'spec'], spec: template.spec }]
      : [],
    ...(replicasField === undefined || fieldsOf(pdb).enabled !== true
      ? {}
      : { budget: { at: ['spec', 'pdb'], spec: redisBudget(fieldsOf(pdb), spec[replicasField]) } }),
  }
}

/** Where neither bound is given, the operator keeps a majority. */
function redisBudget({ minAvailable, maxUnavailable }: Fields, size: unknown): Fields {
  if (maxUnavailable !== undefined) return { maxUnavailable }
  return { minAvailable: minAvailable ?? Math.floor((countIn(size) ?? 0) / 2) + 1 }
}
