import type { Manifest } from '../src/manifest/manifest.ts'
import type { Fields } from '../src/manifest/value.ts'

/** Manifests of the analyses' tests, in the namespace "erp" unless they say otherwise; pods are labelled `app: web`. */

const OWN = { matchLabels: { app: 'web' } }

export function manifest(apiVersion: string, kind: string, name: string, rest: Fields = {}): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: 'erp' }, ...rest }
}

export function workload(kind: string, spec: Fields = {}, pod: Fields = {}, name = 'web'): Manifest {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main' }], ...pod } }
  return manifest('apps/v1', kind, name, { spec: { selector: { matchLabels: { app: name } }, ...spec, template } })
}

export const deployment = (spec: Fields = {}, pod: Fields = {}, name = 'web') => workload('Deployment', spec, pod, name)

export const rolling = (maxSurge: unknown, maxUnavailable: unknown): Fields => ({
  strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
})

export function budget(spec: Fields, name = 'web', namespace = 'erp'): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { selector: OWN, ...spec },
  }
}

export const ZONE = 'topology.kubernetes.io/zone'
export const NODE = 'kubernetes.io/hostname'

/** A constraint that holds, over revisions told apart. */
export const spread = (topologyKey: string, more: Fields = {}): Fields => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: OWN,
  matchLabelKeys: ['pod-template-hash'],
  ...more,
})

export const apart = (topologyKey: string, more: Fields = {}): Fields => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: OWN, ...more }],
    },
  },
})

export const spreading = (...constraints: readonly Fields[]): Fields => ({ topologySpreadConstraints: constraints })

export function horizontal(spec: Fields, name = 'web', kind = 'Deployment'): Manifest {
  return manifest('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
    spec: { scaleTargetRef: { kind, name: 'web' }, ...spec },
  })
}

export function scaledObject(spec: Fields): Manifest {
  return manifest('keda.sh/v1alpha1', 'ScaledObject', 'web', { spec: { scaleTargetRef: { name: 'web' }, ...spec } })
}

export function claim(
  storage: string,
  accessModes: readonly string[] = ['ReadWriteOnce'],
  name = 'files',
  more: Fields = {},
): Manifest {
  return manifest('v1', 'PersistentVolumeClaim', name, {
    spec: { accessModes, resources: { requests: { storage } }, ...more },
  })
}

export const mounting = (claimName = 'files'): Fields => ({
  volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
})

export const service = (selector: Fields | null = { app: 'web' }): Manifest =>
  manifest('v1', 'Service', 'web', { spec: { selector } })

export function cluster(spec: Fields, annotations?: Record<string, string>): Manifest {
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'db', namespace: 'erp', ...(annotations === undefined ? {} : { annotations }) },
    spec,
  }
}

export const pooler = (spec: Fields): Manifest =>
  manifest('postgresql.cnpg.io/v1', 'Pooler', 'pool', { spec: { cluster: { name: 'db' }, ...spec } })

export const redis = (kind: 'Redis' | 'RedisReplication' | 'RedisSentinel', spec: Fields): Manifest =>
  manifest('redis.redis.opstreelabs.in/v1beta2', kind, 'cache', { spec })
