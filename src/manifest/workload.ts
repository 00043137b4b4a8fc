import type { Source } from './manifest.ts'
import { type FieldPath, valueAt } from './path.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf, numberOf, textOf } from './value.ts'

/** Where each kind that runs pods keeps its pod template. */
const POD_TEMPLATE: Readonly<Record<string, FieldPath>> = {
  Pod: [],
  ReplicationController: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

const WORKLOAD_API = /^(v1|apps\/|batch\/|extensions\/)/

/** `sidecar` is an init container with `restartPolicy: Always`: it starts first and stays. */
export type ContainerRole = 'main' | 'init' | 'sidecar' | 'ephemeral'

export interface Container {
  readonly name: string
  readonly role: ContainerRole
  /** From the root of the manifest. */
  readonly at: FieldPath
  readonly fields: Fields
}

/** A manifest that runs pods, with its pod template at hand. */
export interface Workload {
  readonly source: Source
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** The path of the pod template: it has `metadata` and `spec` below it. */
  readonly podAt: FieldPath
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly pod: Fields
  readonly containers: readonly Container[]
  /** As declared; `undefined` where it is left to the default or to an autoscaler. */
  readonly replicas: number | undefined
}

/** The namespace that a namespaced manifest lands in when it names none. */
export const DEFAULT_NAMESPACE = 'default'

/** The workload in a manifest, or `undefined` when the manifest runs no pods. */
export function workloadOf(source: Source): Workload | undefined {
  const { manifest } = source
  const podAt = Object.hasOwn(POD_TEMPLATE, manifest.kind) ? POD_TEMPLATE[manifest.kind] : undefined
  if (podAt === undefined || !WORKLOAD_API.test(manifest.apiVersion)) return undefined
  const template = valueAt(manifest, podAt)
  if (!isFields(template)) return undefined
  const metadata = fieldsOf(template.metadata)
  const pod = fieldsOf(template.spec)
  return {
    source,
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? DEFAULT_NAMESPACE,
    name: manifest.metadata.name,
    podAt,
    labels: labelsOf(metadata.labels),
    annotations: labelsOf(metadata.annotations),
    pod,
    containers: containersOf(pod, [...podAt, 'spec']),
    replicas: numberOf(fieldsOf(manifest.spec).replicas),
  }
}

function containersOf(pod: Fields, specAt: FieldPath): Container[] {
  const found: Container[] = []
  const collect = (field: string, role: (fields: Fields) => ContainerRole) => {
    for (const [index, entry] of listOf(pod[field]).entries()) {
      if (!isFields(entry)) continue
      found.push({ name: textOf(entry.name) ?? '', role: role(entry), at: [...specAt, field, index], fields: entry })
    }
  }
  collect('initContainers', entry => (entry.restartPolicy === 'Always' ? 'sidecar' : 'init'))
  collect('containers', () => 'main')
  collect('ephemeralContainers', () => 'ephemeral')
  return found
}
