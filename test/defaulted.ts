import type { Manifest } from '../src/manifest/manifest.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../src/manifest/value.ts'

/**
 * What the API server makes of a manifest: the same object with every default that a policy here could read. What is given stays.
 * After the defaulting functions of Kubernetes 1.35: pkg/apis/{core,apps,batch,networking,policy,rbac,autoscaling}/v*\/defaults.go.
 */
export function defaulted(manifest: Manifest): Manifest {
  const { kind } = manifest
  const complete = BY_KIND[kind]?.(manifest) ?? {}
  const namespace = CLUSTER_SCOPED.has(kind) ? {} : { namespace: 'default' }
  return { ...manifest, ...complete, metadata: { ...namespace, ...manifest.metadata }, status: {} }
}

const CLUSTER_SCOPED = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'PersistentVolume', 'StorageClass'])

type Completion = (fields: Fields) => Fields

/** Fills in what is absent or null; a value that is given is completed if there is something to complete in it. */
function withDefaults(given: Fields, defaults: Fields): Fields {
  const present = Object.entries(given).filter(([, value]) => value !== null)
  return { ...defaults, ...Object.fromEntries(present) }
}

const each = (value: unknown, complete: Completion) =>
  Array.isArray(value) ? value.map(entry => (isFields(entry) ? complete(entry) : entry)) : value

/** Completes a field that is present. */
function within(fields: Fields, name: string, complete: (value: unknown) => unknown): Fields {
  return fields[name] === undefined || fields[name] === null ? fields : { ...fields, [name]: complete(fields[name]) }
}

const map = (complete: Completion) => (value: unknown) => (isFields(value) ? complete(value) : value)

const protocol: Completion = port => withDefaults(port, { protocol: 'TCP' })

const probe: Completion = given =>
  within(
    withDefaults(given, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
    'httpGet',
    map(get => withDefaults(get, { path: '/', scheme: 'HTTP' })),
  )

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

function container(given: Fields): Fields {
  const image = textOf(given.image) ?? ''
  const isLatest = !image.includes('@') && /^[^:]*$|:latest$/.test(image.slice(image.lastIndexOf('/') + 1))
  const complete = withDefaults(given, {
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  })
  const probed = PROBES.reduce((fields, name) => within(fields, name, map(probe)), complete)
  const ported = within(probed, 'ports', ports => each(ports, protocol))
  // Of a template this happens when its pods are made.
  return within(
    ported,
    'resources',
    map(resources => {
      const { limits, requests } = resources
      return isFields(limits) ? { ...resources, requests: { ...limits, ...fieldsOf(requests) } } : resources
    }),
  )
}

const VOLUME_DEFAULTS: Readonly<Record<string, Fields>> = {
  secret: { defaultMode: 420 },
  configMap: { defaultMode: 420 },
  projected: { defaultMode: 420 },
  downwardAPI: { defaultMode: 420 },
  hostPath: { type: '' },
  emptyDir: {},
}

const volume: Completion = given =>
  Object.entries(VOLUME_DEFAULTS).reduce(
    (fields, [name, defaults]) =>
      within(
        fields,
        name,
        map(source => withDefaults(source, defaults)),
      ),
    given,
  )

function pod(given: Fields): Fields {
  const complete = withDefaults(given, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    securityContext: {},
  })
  const listed = ['containers', 'initContainers'].reduce(
    (fields, name) => within(fields, name, entries => each(entries, container)),
    complete,
  )
  return within(listed, 'volumes', entries => each(entries, volume))
}

const inSpec =
  (complete: Completion): Completion =>
  fields => ({ ...fields, spec: complete(fieldsOf(fields.spec)) })

const template: Completion = fields => within(fields, 'template', map(inSpec(pod)))

const controller =
  (defaults: Fields): Completion =>
  fields =>
    inSpec(spec => template(withDefaults(spec, defaults)))(fields)

const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }

const RULE_GROUP = 'rbac.authorization.k8s.io'

const binding: Completion = fields =>
  within(
    within(
      fields,
      'roleRef',
      map(ref => withDefaults(ref, { apiGroup: RULE_GROUP })),
    ),
    'subjects',
    subjects =>
      each(subjects, subject =>
        withDefaults(subject, subject.kind === 'ServiceAccount' ? {} : { apiGroup: RULE_GROUP }),
      ),
  )

const BY_KIND: Readonly<Record<string, Completion>> = {
  Pod: inSpec(pod),
  ReplicationController: controller({ replicas: 1 }),
  ReplicaSet: controller({ replicas: 1 }),
  Deployment: controller({
    replicas: 1,
    strategy: ROLLING,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  }),
  StatefulSet: controller({
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  }),
  DaemonSet: controller({
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    revisionHistoryLimit: 10,
  }),
  Job: controller({ completions: 1, parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false }),
  CronJob: inSpec(spec =>
    within(
      withDefaults(spec, {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      }),
      'jobTemplate',
      map(inSpec(template)),
    ),
  ),
  Service: inSpec(spec =>
    within(
      withDefaults(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' }),
      'ports',
      ports => each(ports, port => withDefaults(port, { protocol: 'TCP', targetPort: port.port })),
    ),
  ),
  PersistentVolumeClaim: inSpec(spec => withDefaults(spec, { volumeMode: 'Filesystem' })),
  HorizontalPodAutoscaler: inSpec(spec => withDefaults(spec, { minReplicas: 1 })),
  NetworkPolicy: inSpec(networkPolicy),
  RoleBinding: binding,
  ClusterRoleBinding: binding,
}

function networkPolicy(spec: Fields): Fields {
  const types = listOf(spec.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  const policyTypes = listOf(spec.policyTypes).length > 0 ? spec.policyTypes : types
  const rule: Completion = fields => within(fields, 'ports', ports => each(ports, protocol))
  const complete = within({ ...spec, policyTypes }, 'ingress', rules => each(rules, rule))
  return within(complete, 'egress', rules => each(rules, rule))
}
