/** A part of a kind that the cluster refuses to change on an existing object. */
export interface ImmutableField {
  /** As in names of custom resource definitions: `Pooler.postgresql.cnpg.io`. */
  readonly kind: string
  readonly path: readonly string[]
  /** Parts below it that may change all the same. */
  readonly except?: readonly (readonly string[])[]
  /** It can be set where it was absent; from then on it stays. */
  readonly onceSet?: true
  /** Only taking exactly this away is refused. */
  readonly onlyRemoval?: true
  readonly source: string
}

const APPS = 'kubernetes pkg/apis/apps/validation'
const BATCH = 'kubernetes pkg/apis/batch/validation, ValidateJobSpecUpdate'
const CORE = 'kubernetes pkg/apis/core/validation'
const STORAGE = 'kubernetes pkg/apis/storage/validation'
const CNPG_CRD = 'CloudNativePG 1.30 CRDs, x-kubernetes-validations "self == oldSelf"'
const CNPG_WEBHOOK = 'CloudNativePG 1.30 internal/webhook/v1, validateClusterChanges'

/** What a Job may change after its creation. Scheduling fields of a suspended Job may change too; that is not counted on. */
const JOB_FIELDS = [
  'template',
  'selector',
  'completionMode',
  'podFailurePolicy',
  'successPolicy',
  'backoffLimitPerIndex',
  'managedBy',
]

/** Settings of a PostgreSQL database that only its creation reads. */
const DATABASE_FIELDS = [
  'name',
  'cluster',
  'encoding',
  'locale',
  'localeProvider',
  'localeCollate',
  'localeCType',
  'icuLocale',
  'icuRules',
  'builtinLocale',
  'collationVersion',
]

/**
 * Fields whose change the API server or an admission webhook of the kind refuses. As of September 2026: Kubernetes
 * 1.34 to 1.36, CloudNativePG 1.30 (Pooler, ScheduledBackup, Database, Publication and Subscription since its pull
 * request 10743 of May 2026, Backup since 7904), Gateway API 1.x, external-snapshotter 8.
 */
export const IMMUTABLE_FIELDS: readonly ImmutableField[] = [
  ...['Deployment.apps', 'DaemonSet.apps', 'ReplicaSet.apps'].map(kind => ({
    kind,
    path: ['spec', 'selector'],
    source: APPS,
  })),
  {
    kind: 'StatefulSet.apps',
    path: ['spec'],
    except: [
      ['replicas'],
      ['ordinals'],
      ['template'],
      ['updateStrategy'],
      ['revisionHistoryLimit'],
      ['persistentVolumeClaimRetentionPolicy'],
      ['minReadySeconds'],
    ],
    source: `${APPS}, ValidateStatefulSetUpdate`,
  },
  ...JOB_FIELDS.map(field => ({ kind: 'Job.batch', path: ['spec', field], source: BATCH })),
  { kind: 'Job.batch', path: ['spec', 'completions'], source: `${BATCH}; elastic indexed Jobs apart` },
  {
    kind: 'Pod',
    path: ['spec'],
    except: [
      ['containers', '[]', 'image'],
      ['initContainers', '[]', 'image'],
      ['activeDeadlineSeconds'],
      ['tolerations'],
      ['terminationGracePeriodSeconds'],
    ],
    source: `${CORE}, ValidatePodUpdate`,
  },
  { kind: 'Service', path: ['spec', 'clusterIP'], source: `${CORE}, ValidateServiceUpdate` },
  { kind: 'Service', path: ['spec', 'clusterIPs'], source: `${CORE}, ValidateServiceUpdate` },
  { kind: 'Service', path: ['spec', 'loadBalancerClass'], onceSet: true, source: `${CORE}, ValidateServiceUpdate` },
  {
    kind: 'PersistentVolumeClaim',
    path: ['spec'],
    except: [['resources', 'requests'], ['volumeAttributesClassName']],
    source: `${CORE}, ValidatePersistentVolumeClaimUpdate`,
  },
  ...['csi', 'nfs', 'hostPath', 'local', 'volumeMode'].map(field => ({
    kind: 'PersistentVolume',
    path: ['spec', field],
    source: `${CORE}, ValidatePersistentVolumeUpdate`,
  })),
  { kind: 'ResourceQuota', path: ['spec', 'scopes'], source: `${CORE}, ValidateResourceQuotaUpdate` },
  ...['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'].map(field => ({
    kind: 'StorageClass.storage.k8s.io',
    path: [field],
    source: `${STORAGE}, ValidateStorageClassUpdate`,
  })),
  ...['value', 'preemptionPolicy'].map(field => ({
    kind: 'PriorityClass.scheduling.k8s.io',
    path: [field],
    source: 'kubernetes pkg/apis/scheduling/validation, ValidatePriorityClassUpdate',
  })),
  ...['RoleBinding', 'ClusterRoleBinding'].map(kind => ({
    kind: `${kind}.rbac.authorization.k8s.io`,
    path: ['roleRef'],
    source: 'kubernetes pkg/apis/rbac/validation',
  })),
  {
    kind: 'IngressClass.networking.k8s.io',
    path: ['spec', 'controller'],
    source: 'kubernetes pkg/apis/networking/validation, ValidateIngressClassUpdate',
  },
  ...['group', 'scope', 'names'].map(field => ({
    kind: 'CustomResourceDefinition.apiextensions.k8s.io',
    path: ['spec', field],
    ...(field === 'names' ? { except: [['categories'], ['shortNames'], ['singular'], ['listKind']] } : {}),
    source: 'kubernetes apiextensions validation, ValidateCustomResourceDefinitionUpdate',
  })),
  ...['Pooler', 'ScheduledBackup', 'Publication', 'Subscription', 'DatabaseRole'].map(kind => ({
    kind: `${kind}.postgresql.cnpg.io`,
    path: ['spec', 'cluster'],
    source: CNPG_CRD,
  })),
  ...DATABASE_FIELDS.map(field => ({
    kind: 'Database.postgresql.cnpg.io',
    path: ['spec', field],
    source: CNPG_CRD,
  })),
  ...['Publication', 'Subscription'].flatMap(kind =>
    ['name', 'dbname'].map(field => ({ kind: `${kind}.postgresql.cnpg.io`, path: ['spec', field], source: CNPG_CRD })),
  ),
  { kind: 'Backup.postgresql.cnpg.io', path: ['spec'], source: CNPG_CRD },
  ...['postgresUID', 'postgresGID'].map(field => ({
    kind: 'Cluster.postgresql.cnpg.io',
    path: ['spec', field],
    source: CNPG_WEBHOOK,
  })),
  ...[
    ['walStorage', 'size'],
    ['tablespaces', '[]'],
  ].map(path => ({
    kind: 'Cluster.postgresql.cnpg.io',
    path: ['spec', ...path],
    onlyRemoval: true as const,
    source: CNPG_WEBHOOK,
  })),
  {
    kind: 'GatewayClass.gateway.networking.k8s.io',
    path: ['spec', 'controllerName'],
    source: 'Gateway API CRDs, "Value is immutable"',
  },
  {
    kind: 'VolumeSnapshot.snapshot.storage.k8s.io',
    path: ['spec', 'source'],
    source: 'external-snapshotter CRDs, x-kubernetes-validations',
  },
]
