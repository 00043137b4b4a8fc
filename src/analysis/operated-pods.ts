import type { Manifest } from '../manifest/manifest.ts'
import { fieldsOf, isFields, labelsOf, listOf, numberOf, textOf } from '../manifest/value.ts'
import type { Protocol } from './port-set.ts'

export interface PodPort {
  readonly name: string | undefined
  readonly protocol: Protocol
  readonly port: number
}

/** Pods that an operator makes from a custom resource, all with the same labels. */
export interface OperatedPods {
  /** Tells the sets of one resource apart: `primary`, `replica`. */
  readonly role: string
  readonly labels: Readonly<Record<string, string>>
  readonly ports: readonly PodPort[]
}

/** A Service that an operator makes from a custom resource, with the same fields as a Service's own spec. */
export interface OperatedService {
  readonly name: string
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly { readonly name?: string; readonly port: number }[]
  readonly type?: unknown
}

export interface Operated {
  readonly pods: readonly OperatedPods[]
  readonly services: readonly OperatedService[]
}

const tcp = (port: number, name?: string): PodPort => ({ name, protocol: 'TCP', port })

/**
 * Which pods and Services come out of a custom resource, by `group/kind`. Labels that carry a version, a hash or the
 * name of one pod are left out: no stable policy selects by them.
 *
 * As of August 2026. CloudNativePG 1.30: its pkg/specs and the page "Labels and annotations" of its documentation.
 * OT-CONTAINER-KIT redis-operator, API v1beta2: labels.go, statefulset.go and services.go of its internal/k8sutils.
 */
export const OPERATED: Readonly<Record<string, (manifest: Manifest) => Operated>> = {
  'postgresql.cnpg.io/Cluster': ({ metadata: { name }, spec }) => {
    const { instances, inheritedMetadata, bootstrap, managed } = fieldsOf(spec)
    const common = {
      ...labelsOf(fieldsOf(inheritedMetadata).labels),
      ...cnpgLabels(name, 'database'),
      'cnpg.io/cluster': name,
    }
    const instance = (role: string): OperatedPods => ({
      role,
      labels: { ...common, 'cnpg.io/podRole': 'instance', 'cnpg.io/instanceRole': role, role },
      ports: [tcp(5432, 'postgresql'), tcp(9187, 'metrics'), tcp(8000, 'status')],
    })
    const job = (role: string): OperatedPods => ({
      role: `${role} job`,
      labels: { ...common, 'cnpg.io/jobRole': role },
      ports: [],
    })
    const replicated = (numberOf(instances) ?? 1) > 1
    const cluster = { 'cnpg.io/cluster': name }
    const selectors: Readonly<Record<string, OperatedService['selector']>> = {
      rw: { ...cluster, 'cnpg.io/instanceRole': 'primary' },
      ro: { ...cluster, 'cnpg.io/instanceRole': 'replica' },
      r: { ...cluster, 'cnpg.io/podRole': 'instance' },
    }
    const ports = [{ name: 'postgres', port: 5432 }]
    const additional = listOf(fieldsOf(fieldsOf(managed).services).additional).map(fieldsOf)
    return {
      pods: [
        instance('primary'),
        ...(replicated ? [instance('replica'), job('join')] : []),
        job(cnpgBootstrapJob(fieldsOf(bootstrap))),
      ],
      services: [
        ...Object.entries(selectors).map(([suffix, selector]) => ({ name: `${name}-${suffix}`, selector, ports })),
        ...additional.flatMap(({ selectorType, serviceTemplate }) => {
          const { metadata, spec } = fieldsOf(serviceTemplate)
          const selector = selectors[textOf(selectorType) ?? '']
          const own = textOf(fieldsOf(metadata).name)
          return selector === undefined || own === undefined
            ? []
            : [{ name: own, selector, ports, type: fieldsOf(spec).type }]
        }),
      ],
    }
  },
  'postgresql.cnpg.io/Pooler': ({ metadata: { name }, spec }) => {
    const { cluster, template, serviceTemplate } = fieldsOf(spec)
    const clusterName = textOf(fieldsOf(cluster).name) ?? ''
    return {
      pods: [
        {
          role: 'pooler',
          labels: {
            ...labelsOf(fieldsOf(fieldsOf(template).metadata).labels),
            ...cnpgLabels(clusterName, 'pooler'),
            'cnpg.io/cluster': clusterName,
            'cnpg.io/poolerName': name,
            'cnpg.io/podRole': 'pooler',
          },
          ports: [tcp(5432, 'pgbouncer'), tcp(9127, 'metrics')],
        },
      ],
      services: [
        {
          name,
          selector: { 'cnpg.io/poolerName': name },
          ports: [{ name: 'pgbouncer', port: 5432 }],
          type: fieldsOf(fieldsOf(serviceTemplate).spec).type,
        },
      ],
    }
  },
  'redis.redis.opstreelabs.in/Redis': ({ metadata, spec }) =>
    redis(metadata.name, 'standalone', metadata.labels, fieldsOf(spec), 'standalone'),
  'redis.redis.opstreelabs.in/RedisReplication': ({ metadata, spec }) => {
    const { pods, services } = redis(metadata.name, 'replication', metadata.labels, fieldsOf(spec), 'replication')
    const [selector, ports] = [services[0]?.selector ?? {}, services[0]?.ports ?? []]
    // The operator marks the elected master on the pods, so the Services of one role are read as going to all of them.
    return {
      pods,
      services: [
        ...services,
        { name: `${metadata.name}-master`, selector, ports },
        { name: `${metadata.name}-replica`, selector, ports },
      ],
    }
  },
  'redis.redis.opstreelabs.in/RedisSentinel': ({ metadata, spec }) =>
    redis(`${metadata.name}-sentinel`, 'sentinel', metadata.labels, fieldsOf(spec), 'sentinel'),
}

function cnpgLabels(cluster: string, component: string): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'postgresql',
    'app.kubernetes.io/instance': cluster,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/managed-by': 'cloudnative-pg',
  }
}

function cnpgBootstrapJob(bootstrap: Readonly<Record<string, unknown>>): string {
  const { initdb, recovery, pg_basebackup } = bootstrap
  if (isFields(recovery)) return isFields(recovery.volumeSnapshots) ? 'snapshot-recovery' : 'full-recovery'
  if (isFields(pg_basebackup)) return 'pgbasebackup'
  return isFields(fieldsOf(initdb).import) ? 'import' : 'initdb'
}

function redis(
  name: string,
  setup: string,
  own: Readonly<Record<string, string>> | undefined,
  spec: Readonly<Record<string, unknown>>,
  role: string,
): Operated {
  const exporter = fieldsOf(spec.redisExporter)
  const metrics = exporter.enabled === true ? [tcp(numberOf(exporter.port) ?? 9121, 'redis-exporter')] : []
  const labels = { app: name, redis_setup_type: setup, role, ...own }
  const port = setup === 'sentinel' ? 26379 : 6379
  // The container of redis declares no port, so no name leads to it.
  const pods = [{ role, labels, ports: [tcp(port), ...metrics, ...sidecarPorts(spec.sidecars)] }]
  const client = { name: setup === 'sentinel' ? 'sentinel-client' : 'redis-client', port }
  return {
    pods,
    services: [
      { name, selector: labels, ports: [client, ...metrics.map(({ port }) => ({ name: 'redis-exporter', port }))] },
      { name: `${name}-headless`, selector: labels, ports: [client] },
      {
        name: `${name}-additional`,
        selector: labels,
        ports: [client],
        type: fieldsOf(fieldsOf(spec.kubernetesConfig).service).serviceType,
      },
    ],
  }
}

function sidecarPorts(sidecars: unknown): readonly PodPort[] {
  return listOf(sidecars)
    .flatMap(sidecar => listOf(fieldsOf(sidecar).ports))
    .flatMap(entry => {
      const { name, containerPort } = fieldsOf(entry)
      return typeof containerPort === 'number' ? [tcp(containerPort, textOf(name))] : []
    })
}
