import { groupOf, type Manifest } from '../manifest/manifest.ts'
import { valueAt } from '../manifest/path.ts'
import { fieldsOf } from '../manifest/value.ts'
import { BINDING, NAMESPACE, ROLE_OBJECT, roleRisk, SERVICE_ACCOUNT, sayBinding, sayRights } from './access-terms.ts'
import { ADMISSION_BINDING, ADMISSION_POLICY, bindingRisk, sayActions, webhookRisk } from './admission-terms.ts'
import {
  CLUSTER,
  DATABASE,
  DATABASE_ROLE,
  IMAGE_CATALOG,
  OBJECT_STORE,
  POOLER,
  REDIS_TERMS,
  SCHEDULED_BACKUP,
  sayCluster,
  storageSize,
} from './database-terms.ts'
import { APP_PROJECT, APPLICATION, CRON_JOB, KUSTOMIZATION } from './delivery-terms.ts'
import { NETWORK_POLICY, SERVICE, sayNetworkPolicy } from './network-terms.ts'
import type { Risk, Topic } from './operation.ts'
import { POD_SPEC, sayWorkload, WORKLOAD } from './pod-terms.ts'
import { destructive, high, low, medium } from './risk.ts'
import { CERTIFICATE, GATEWAY, GATEWAY_ROUTE, INGRESS, INGRESS_ROUTE, sayHosts } from './route-terms.ts'
import {
  AUTOSCALER,
  DISRUPTION_BUDGET,
  isAdviceOnly,
  LIMIT_RANGE,
  QUOTA,
  SCALED_OBJECT,
  VERTICAL_AUTOSCALER,
} from './scaling-terms.ts'
import {
  CLUSTER_EXTERNAL_SECRET,
  CONFIG_MAP,
  EXTERNAL_SECRET,
  SEALED_SECRET,
  SECRET,
  SECRET_STORE,
  sayFiles,
  sayRemoteKeys,
} from './secret-terms.ts'
import { roleOf } from './subject.ts'
import { isTerm, lastName, rest, say, type Terms, value } from './term.ts'

type Told = Risk | ((manifest: Manifest) => Risk)

/** How a kind is spoken of. */
export interface Vocabulary {
  /** The noun, followed by the object's name; a function where the kind has better words for the object. */
  readonly subject: string | ((manifest: Manifest) => string)
  readonly topic: Topic
  readonly created: Told
  readonly deleted: Told
  /** What a whole object amounts to, in one line. */
  readonly summary?: (manifest: Manifest) => string | undefined
  readonly terms: Terms
}

const DATABASE_SUBJECT = () => 'database'

const WORKLOAD_WORDS = {
  subject: roleOf,
  topic: 'replicas',
  created: medium('another workload runs'),
  deleted: high('the workload no longer runs'),
  summary: sayWorkload,
  terms: WORKLOAD,
} as const satisfies Vocabulary

const ROUTE_WORDS = {
  topic: 'route',
  created: medium('more requests are served'),
  deleted: high('its hosts are no longer served'),
  summary: (manifest: Manifest) => sayHosts(manifest.spec),
} as const

const OBSERVABILITY = (subject: string): Vocabulary => ({
  subject,
  topic: 'configuration',
  created: low('more is observed'),
  deleted: medium('it is no longer observed'),
  terms: { '': rest('configuration', low('the platform is observed differently')) },
})

const TRAEFIK_PART = (subject: string): Vocabulary => ({
  subject,
  topic: 'route',
  created: low('routes may use it'),
  deleted: high('Traefik drops every route that uses it'),
  terms: { '': rest('route', medium('requests are treated differently on every route that uses it')) },
})

const BINDING_WORDS = {
  topic: 'access',
  created: high('subjects get rights'),
  deleted: medium('subjects lose rights'),
  summary: sayBinding,
  terms: BINDING,
} as const

const SOURCE = (subject: string): Vocabulary => ({
  subject,
  topic: 'release',
  created: high('the cluster follows another source'),
  deleted: high('the cluster no longer follows the source'),
  terms: { '': rest('release', high('the cluster follows another source')) },
})

const MUTATION = (subject: string): Vocabulary => ({
  subject,
  topic: 'access',
  created: high('the cluster changes manifests as they come'),
  deleted: high('the cluster leaves manifests as they come'),
  terms: { '': rest('access', high('the cluster changes manifests differently'), 0) },
})

/** Volumes that a StatefulSet made stay when it goes, unless it says otherwise. */
const STATEFUL_DELETED = (manifest: Manifest): Risk =>
  valueAt(manifest, ['spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted']) === 'Delete'
    ? destructive('its volumes are deleted with it')
    : high('the workload no longer runs; its volumes stay')

/** The operator deletes the volumes of a Redis with it, unless it says otherwise. */
const REDIS: Vocabulary = {
  subject: 'redis',
  topic: 'database',
  created: medium('sessions or a cache may be kept there'),
  deleted: manifest =>
    valueAt(manifest, ['spec', 'storage', 'keepAfterDelete']) === true
      ? high('its clients no longer reach it; its volumes stay')
      : destructive('what it keeps is deleted, sessions included'),
  terms: REDIS_TERMS,
}

/** By kind and API group, as in the names of custom resource definitions: `Cluster.postgresql.cnpg.io`. */
const KINDS: Readonly<Record<string, Vocabulary>> = {
  Pod: { ...WORKLOAD_WORDS, summary: manifest => sayWorkload(manifest, []), terms: { spec: POD_SPEC } },
  ReplicationController: WORKLOAD_WORDS,
  'Deployment.apps': WORKLOAD_WORDS,
  'DaemonSet.apps': WORKLOAD_WORDS,
  'ReplicaSet.apps': WORKLOAD_WORDS,
  'StatefulSet.apps': { ...WORKLOAD_WORDS, deleted: STATEFUL_DELETED },
  'Job.batch': {
    ...WORKLOAD_WORDS,
    topic: 'release',
    created: medium('the job runs once'),
    deleted: low('the job is cleaned up, and stopped if it still runs'),
  },
  'CronJob.batch': {
    ...WORKLOAD_WORDS,
    topic: 'schedule',
    created: medium('another job runs on a schedule'),
    deleted: high('the job no longer runs'),
    summary: manifest => say(valueAt(manifest, ['spec', 'schedule'])),
    terms: CRON_JOB,
  },

  Namespace: {
    subject: 'namespace',
    topic: 'storage',
    created: low('an empty namespace'),
    deleted: destructive('everything in the namespace is deleted, its volumes included'),
    terms: NAMESPACE,
  },
  Service: {
    subject: 'service',
    topic: 'network',
    created: low('another address inside the cluster'),
    deleted: high('clients no longer find the address'),
    terms: SERVICE,
  },
  ConfigMap: {
    subject: 'config',
    topic: 'configuration',
    created: low('pods may read it'),
    deleted: high('pods that read it no longer start'),
    summary: sayFiles,
    terms: CONFIG_MAP,
  },
  Secret: {
    subject: 'secret',
    topic: 'secret',
    created: medium('a secret stands in the repository'),
    deleted: high('whatever uses the secret fails'),
    summary: sayFiles,
    terms: SECRET,
  },
  ServiceAccount: {
    subject: 'service account',
    topic: 'access',
    created: low('an identity without rights'),
    deleted: high('pods that use it no longer start'),
    terms: SERVICE_ACCOUNT,
  },
  PersistentVolumeClaim: {
    subject: 'volume',
    topic: 'storage',
    created: low('another volume'),
    deleted: destructive('the volume and what is on it are deleted, unless its storage class retains it'),
    summary: manifest => say(valueAt(manifest, ['spec', 'resources', 'requests', 'storage'])),
    terms: {
      spec: {
        resources: {
          requests: { storage: storageSize('storage size', 'a volume claim is never smaller than its volume') },
        },
        '': rest('storage', high('another volume is wanted')),
      },
    },
  },
  PersistentVolume: {
    subject: 'persistent volume',
    topic: 'storage',
    created: low('another volume can be claimed'),
    deleted: destructive('the volume is released, and deleted where its reclaim policy says so'),
    terms: {
      spec: {
        persistentVolumeReclaimPolicy: value('storage', 'reclaim policy', ({ to }) =>
          to === 'Retain' ? low('data stays when the claim goes') : high('data goes when the claim goes'),
        ),
        '': rest('storage', high('the volume leads to other storage')),
      },
    },
  },
  ResourceQuota: {
    subject: 'quota',
    topic: 'resources',
    created: medium('pods beyond the quota are refused'),
    deleted: medium('the namespace is no longer limited'),
    terms: QUOTA,
  },
  LimitRange: {
    subject: 'limit range',
    topic: 'resources',
    created: medium('new pods get defaults or are refused'),
    deleted: medium('new pods get no defaults'),
    terms: LIMIT_RANGE,
  },

  'HorizontalPodAutoscaler.autoscaling': {
    subject: scalerSubject,
    topic: 'replicas',
    created: medium('the number of pods follows the load'),
    deleted: medium('the number of pods no longer follows the load'),
    terms: AUTOSCALER,
  },
  'ScaledObject.keda.sh': {
    subject: scalerSubject,
    topic: 'replicas',
    created: medium('the number of pods follows a signal'),
    deleted: medium('the number of pods no longer follows its signals'),
    terms: SCALED_OBJECT,
  },
  'ScaledJob.keda.sh': {
    subject: 'scaled job',
    topic: 'schedule',
    created: medium('jobs run on a signal'),
    deleted: high('the jobs no longer run'),
    terms: SCALED_OBJECT,
  },
  'PodDisruptionBudget.policy': {
    subject: 'disruption budget',
    topic: 'availability',
    created: low('node drains leave enough pods'),
    deleted: high('a node drain may take every pod at once'),
    terms: DISRUPTION_BUDGET,
  },
  'PriorityClass.scheduling.k8s.io': {
    subject: 'priority class',
    topic: 'availability',
    created: low('pods may use it'),
    deleted: high('pods that use it are refused'),
    terms: { '': rest('availability', medium('changes which pods give way when a node is full'), 0) },
  },

  'NetworkPolicy.networking.k8s.io': {
    subject: 'network policy',
    topic: 'network',
    created: medium('the pods that it selects accept only what some policy allows'),
    deleted: high('what it allowed is closed, or what it closed is open'),
    summary: manifest => sayNetworkPolicy(manifest.spec),
    terms: NETWORK_POLICY,
  },
  'Ingress.networking.k8s.io': { ...ROUTE_WORDS, subject: 'route', terms: INGRESS },
  'IngressRoute.traefik.io': { ...ROUTE_WORDS, subject: 'route', terms: INGRESS_ROUTE },
  'IngressRouteTCP.traefik.io': { ...ROUTE_WORDS, subject: 'route', terms: INGRESS_ROUTE },
  'IngressRouteUDP.traefik.io': { ...ROUTE_WORDS, subject: 'route', terms: INGRESS_ROUTE },
  'HTTPRoute.gateway.networking.k8s.io': { ...ROUTE_WORDS, subject: 'route', terms: GATEWAY_ROUTE },
  'GRPCRoute.gateway.networking.k8s.io': { ...ROUTE_WORDS, subject: 'route', terms: GATEWAY_ROUTE },
  'Gateway.gateway.networking.k8s.io': {
    subject: 'gateway',
    topic: 'route',
    created: medium('more can be served'),
    deleted: high('none of its routes is served any longer'),
    terms: GATEWAY,
  },
  'Middleware.traefik.io': TRAEFIK_PART('middleware'),
  'MiddlewareTCP.traefik.io': TRAEFIK_PART('middleware'),
  'TLSOption.traefik.io': TRAEFIK_PART('TLS option'),
  'TLSStore.traefik.io': TRAEFIK_PART('TLS store'),
  'ServersTransport.traefik.io': TRAEFIK_PART('servers transport'),
  'TraefikService.traefik.io': TRAEFIK_PART('traefik service'),
  'Certificate.cert-manager.io': {
    ...ROUTE_WORDS,
    subject: 'certificate',
    created: low('another certificate is made'),
    deleted: high('the certificate expires and is not renewed'),
    terms: CERTIFICATE,
  },
  'Issuer.cert-manager.io': TRAEFIK_PART('certificate issuer'),
  'ClusterIssuer.cert-manager.io': TRAEFIK_PART('certificate issuer'),

  'Cluster.postgresql.cnpg.io': {
    subject: DATABASE_SUBJECT,
    topic: 'database',
    created: medium('an empty or restored database'),
    deleted: destructive('the database and its volumes are deleted'),
    summary: manifest => sayCluster(manifest.spec),
    terms: CLUSTER,
  },
  'Pooler.postgresql.cnpg.io': {
    subject: 'connection pooler',
    topic: 'database',
    created: medium('another way to the database'),
    deleted: high('its clients no longer reach the database'),
    terms: POOLER,
  },
  'Database.postgresql.cnpg.io': {
    subject: 'database',
    topic: 'database',
    created: low('another database in the cluster'),
    deleted: manifest =>
      destructive(
        valueAt(manifest, ['spec', 'databaseReclaimPolicy']) === 'delete'
          ? 'the database is dropped with all its data'
          : 'nothing keeps the database any longer; its reclaim policy leaves the data',
      ),
    summary: manifest => say(valueAt(manifest, ['spec', 'name'])),
    terms: DATABASE,
  },
  'DatabaseRole.postgresql.cnpg.io': {
    subject: 'database role',
    topic: 'access',
    created: medium('another role may use the database'),
    deleted: high('the role is dropped, or no longer kept as declared'),
    terms: DATABASE_ROLE,
  },
  'ScheduledBackup.postgresql.cnpg.io': {
    subject: 'scheduled backup',
    topic: 'schedule',
    created: low('more backups are made'),
    deleted: destructive('no backups are made any longer'),
    summary: manifest => say(valueAt(manifest, ['spec', 'schedule'])),
    terms: SCHEDULED_BACKUP,
  },
  'Backup.postgresql.cnpg.io': {
    subject: 'backup',
    topic: 'database',
    created: low('a backup is made'),
    deleted: low('the record of the backup goes; what the object store holds of it stays'),
    terms: { '': rest('database', high('another backup is wanted')) },
  },
  'ObjectStore.barmancloud.cnpg.io': {
    subject: 'backup store',
    topic: 'storage',
    created: low('backups can be kept there'),
    deleted: destructive('databases that archive there have no backup and no recovery any longer'),
    summary: manifest => say(valueAt(manifest, ['spec', 'configuration', 'destinationPath'])),
    terms: OBJECT_STORE,
  },
  'ImageCatalog.postgresql.cnpg.io': {
    subject: 'database images',
    topic: 'database',
    created: low('databases may choose from it'),
    deleted: high('databases that choose from it no longer find their image'),
    terms: IMAGE_CATALOG,
  },
  'ClusterImageCatalog.postgresql.cnpg.io': {
    subject: 'database images',
    topic: 'database',
    created: low('databases may choose from it'),
    deleted: high('databases that choose from it no longer find their image'),
    terms: IMAGE_CATALOG,
  },
  'Publication.postgresql.cnpg.io': {
    subject: 'publication',
    topic: 'database',
    created: medium('data may leave the database'),
    deleted: high('subscribers no longer get changes'),
    terms: { '': rest('database', high('other data leaves the database')) },
  },
  'Subscription.postgresql.cnpg.io': {
    subject: 'subscription',
    topic: 'database',
    created: medium('data of another database arrives'),
    deleted: high('changes of the other database no longer arrive'),
    terms: { '': rest('database', high('other data arrives')) },
  },

  'Redis.redis.redis.opstreelabs.in': REDIS,
  'RedisReplication.redis.redis.opstreelabs.in': REDIS,
  'RedisCluster.redis.redis.opstreelabs.in': REDIS,
  'RedisSentinel.redis.redis.opstreelabs.in': {
    subject: 'redis sentinels',
    topic: 'availability',
    created: low('another Redis takes over when the first is lost'),
    deleted: high('no Redis takes over when the first is lost'),
    terms: REDIS_TERMS,
  },

  'ExternalSecret.external-secrets.io': {
    subject: 'secret',
    topic: 'secret',
    created: medium('another secret is fetched'),
    deleted: high('the secret goes, or is never renewed again'),
    summary: manifest => sayRemoteKeys(manifest.spec),
    terms: EXTERNAL_SECRET,
  },
  'ClusterExternalSecret.external-secrets.io': {
    subject: 'secret',
    topic: 'secret',
    created: high('several namespaces get a secret'),
    deleted: high('the secret goes from every namespace'),
    terms: CLUSTER_EXTERNAL_SECRET,
  },
  'SecretStore.external-secrets.io': {
    subject: 'secret store',
    topic: 'secret',
    created: medium('secrets can be read from there'),
    deleted: high('its secrets are never renewed again'),
    terms: SECRET_STORE,
  },
  'ClusterSecretStore.external-secrets.io': {
    subject: 'secret store',
    topic: 'secret',
    created: high('every namespace can read secrets from there'),
    deleted: high('its secrets are never renewed again'),
    terms: SECRET_STORE,
  },
  'SealedSecret.bitnami.com': {
    subject: 'secret',
    topic: 'secret',
    created: medium('another secret'),
    deleted: high('whatever uses the secret fails'),
    terms: SEALED_SECRET,
  },

  'Role.rbac.authorization.k8s.io': {
    subject: 'role',
    topic: 'access',
    created: roleRisk,
    deleted: medium('whoever needs its rights is refused'),
    summary: sayRights,
    terms: ROLE_OBJECT,
  },
  'ClusterRole.rbac.authorization.k8s.io': {
    subject: 'cluster role',
    topic: 'access',
    created: roleRisk,
    deleted: medium('whoever needs its rights is refused'),
    summary: sayRights,
    terms: ROLE_OBJECT,
  },
  'RoleBinding.rbac.authorization.k8s.io': { ...BINDING_WORDS, subject: 'role binding' },
  'ClusterRoleBinding.rbac.authorization.k8s.io': { ...BINDING_WORDS, subject: 'cluster role binding' },

  'StorageClass.storage.k8s.io': {
    subject: 'storage class',
    topic: 'storage',
    created: low('volumes can be made with it'),
    deleted: high('no volume can be made or grown with it any longer'),
    terms: { '': rest('storage', medium('new volumes are made differently'), 0) },
  },
  'VolumeSnapshot.snapshot.storage.k8s.io': {
    subject: 'volume snapshot',
    topic: 'storage',
    created: low('a snapshot is taken'),
    deleted: destructive('the snapshot is deleted'),
    terms: { '': rest('storage', high('another snapshot is wanted')) },
  },
  'Schedule.velero.io': {
    subject: 'scheduled backup',
    topic: 'schedule',
    created: low('more backups are made'),
    deleted: destructive('no backups are made any longer'),
    summary: manifest => say(valueAt(manifest, ['spec', 'schedule'])),
    terms: { '': rest('schedule', high('backups are made differently')) },
  },
  'BackupStorageLocation.velero.io': {
    subject: 'backup store',
    topic: 'storage',
    created: low('backups can be kept there'),
    deleted: destructive('backups that are kept there are no longer found'),
    terms: { '': rest('storage', high('backups go elsewhere')) },
  },
  'CustomResourceDefinition.apiextensions.k8s.io': {
    subject: 'kind',
    topic: 'other',
    created: low('the cluster learns another kind'),
    deleted: destructive('every object of the kind is deleted'),
    terms: { '': rest('other', medium('objects of the kind are checked or kept differently')) },
  },

  'PrometheusRule.monitoring.coreos.com': {
    subject: 'alerts',
    topic: 'configuration',
    created: low('more alerts may be sent'),
    deleted: medium('nobody is alerted of it any longer'),
    terms: {
      spec: {
        groups: {
          '[]': { rules: { '[]': { annotations: rest('configuration', low('the alert reads differently')) } } },
        },
        '': rest('configuration', medium('alerts are sent at other moments')),
      },
    },
  },
  'PodMonitor.monitoring.coreos.com': OBSERVABILITY('monitor'),
  'ServiceMonitor.monitoring.coreos.com': OBSERVABILITY('monitor'),
  'Probe.monitoring.coreos.com': OBSERVABILITY('probe'),
  'ScrapeConfig.monitoring.coreos.com': OBSERVABILITY('monitor'),
  'AlertmanagerConfig.monitoring.coreos.com': {
    subject: 'alert routing',
    topic: 'configuration',
    created: low('alerts reach more people'),
    deleted: medium('its alerts reach nobody any longer'),
    terms: { '': rest('configuration', medium('alerts reach other people, or at other times')) },
  },
  'GrafanaDashboard.grafana.integreatly.org': {
    subject: 'dashboard',
    topic: 'configuration',
    created: low('a dashboard is shown'),
    deleted: low('the dashboard is no longer shown'),
    terms: { '': rest('configuration', low('the dashboard shows something else')) },
  },
  'OpenTelemetryCollector.opentelemetry.io': OBSERVABILITY('collector'),
  'VerticalPodAutoscaler.autoscaling.k8s.io': {
    subject: scalerSubject,
    topic: 'resources',
    created: manifest =>
      isAdviceOnly(manifest) ? low('sizes are advised, and none is changed') : medium('pods restart with other sizes'),
    deleted: manifest =>
      isAdviceOnly(manifest) ? low('sizes are no longer advised') : medium('pods keep the sizes that they ask for'),
    terms: VERTICAL_AUTOSCALER,
  },

  'Application.argoproj.io': { ...SOURCE('application'), deleted: APPLICATION_DELETED, terms: APPLICATION },
  'ApplicationSet.argoproj.io': { ...SOURCE('application set'), deleted: APPLICATION_DELETED },
  'AppProject.argoproj.io': {
    subject: 'project',
    topic: 'access',
    created: medium('more may be deployed'),
    deleted: high('its applications are no longer deployed'),
    terms: APP_PROJECT,
  },
  'Kustomization.kustomize.toolkit.fluxcd.io': {
    ...SOURCE('kustomization'),
    deleted: APPLICATION_DELETED,
    terms: KUSTOMIZATION,
  },
  'HelmRelease.helm.toolkit.fluxcd.io': { ...SOURCE('helm release'), deleted: APPLICATION_DELETED },
  'GitRepository.source.toolkit.fluxcd.io': SOURCE('source'),
  'OCIRepository.source.toolkit.fluxcd.io': SOURCE('source'),
  'HelmRepository.source.toolkit.fluxcd.io': SOURCE('source'),

  'ValidatingAdmissionPolicy.admissionregistration.k8s.io': {
    subject: 'admission policy',
    topic: 'access',
    created: low('its bindings say what becomes of manifests that break it'),
    deleted: high('whatever its bindings refused is admitted'),
    terms: ADMISSION_POLICY,
  },
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io': {
    subject: 'admission policy',
    topic: 'access',
    created: manifest => bindingRisk(manifest, 'created'),
    deleted: manifest => bindingRisk(manifest, 'deleted'),
    summary: sayActions,
    terms: ADMISSION_BINDING,
  },
  'MutatingAdmissionPolicy.admissionregistration.k8s.io': MUTATION('admission policy'),
  'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io': MUTATION('admission policy'),
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': {
    subject: 'admission webhook',
    topic: 'access',
    created: webhookRisk,
    deleted: high('whatever it refused is admitted'),
    terms: { '': rest('access', high('the cluster admits other manifests'), 0) },
  },
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': MUTATION('admission webhook'),
}

/** An engine that forgets a source may delete what came from it. */
function APPLICATION_DELETED(): Risk {
  return destructive('the engine may delete everything that it deployed')
}

/** An autoscaler is spoken of as the workload that it scales. */
function scalerSubject(manifest: Manifest): string {
  const role = roleOf(manifest)
  const { scaleTargetRef, targetRef } = fieldsOf(manifest.spec)
  return role === manifest.metadata.name ? (say(fieldsOf(scaleTargetRef ?? targetRef).name) ?? role) : role
}

/** Kinds that nobody has found words for: told field by field, and carefully. */
function unknownKind(manifest: Manifest): Vocabulary {
  return {
    subject: manifest.kind,
    topic: 'other',
    created: medium(`waybill does not know what a ${manifest.kind} does`),
    deleted: high(`waybill does not know what a ${manifest.kind} holds`),
    terms: { '': rest('other', medium(`waybill does not know what this field of a ${manifest.kind} does`), 0) },
  }
}

/** Fields that mean the same on every kind. */
const COMMON: Terms = {
  apiVersion: value('other', 'API version', medium('the cluster reads the object by another version of its kind')),
  metadata: {
    labels: {
      'app.kubernetes.io/version': value('release', 'version label', low('dashboards show another version')),
      '*': value(
        'metadata',
        change => `label ${lastName(change)}`,
        low('selectors and dashboards may find it under another label'),
      ),
    },
    annotations: {
      'argocd.argoproj.io/sync-options': value(
        'release',
        'sync options',
        high('changes what the engine may delete or replace'),
      ),
      'argocd.argoproj.io/hook': value(
        'release',
        'hook',
        medium('the object is applied at another moment of the sync'),
      ),
      'argocd.argoproj.io/hook-delete-policy': value(
        'release',
        'hook deletion',
        medium('changes when the hook is deleted'),
      ),
      'argocd.argoproj.io/sync-wave': value('release', 'sync wave', medium('the object is applied in another order')),
      'kustomize.toolkit.fluxcd.io/prune': value(
        'release',
        'prune',
        high('changes whether the engine may delete the object'),
      ),
      'kustomize.toolkit.fluxcd.io/force': value(
        'release',
        'force',
        high('changes whether the engine may replace the object'),
      ),
      '*': value(
        'metadata',
        change => `annotation ${lastName(change)}`,
        low('controllers that read the annotation act on it'),
      ),
    },
    finalizers: value('other', 'finalizers', medium('changes what happens before the object is deleted')),
    '': rest('metadata', low('the object is described differently'), 0),
  },
}

/** The words for the kind of a manifest. */
export function vocabularyOf(manifest: Manifest): Vocabulary {
  const group = groupOf(manifest.apiVersion)
  const name = group === '' ? manifest.kind : `${manifest.kind}.${group}`
  const known = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  return known ?? unknownKind(manifest)
}

/** The terms for every field of a kind: its own, and those of every kind. */
export function termsOf(vocabulary: Vocabulary): Terms {
  return merge(COMMON, vocabulary.terms)
}

function merge(base: Terms, over: Terms): Terms {
  const merged: Record<string, Terms[string]> = { ...base }
  for (const [name, entry] of Object.entries(over)) {
    const below = merged[name]
    merged[name] = below === undefined || isTerm(below) || isTerm(entry) ? entry : merge(below, entry)
  }
  return merged
}
