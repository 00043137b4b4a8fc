import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, isFields, listOf, numberOf, textOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'
import { perIndex } from './per-index.ts'

/** How many pods of a workload there may be, rollouts aside. */
export interface ReplicaBounds {
  readonly least: number
  /** Infinite where an autoscaler names no end. */
  readonly most: number
  /** The autoscaler that decides, if there is one. */
  readonly scaler: Source | undefined
}

/** KEDA's own default of `maxReplicaCount`: keda.sh, "ScaledObject specification". */
const KEDA_MOST = 100

const scalers = perIndex(index => {
  const found = new Map<string, Source>()
  for (const kind of ['HorizontalPodAutoscaler', 'ScaledObject']) {
    for (const source of index.ofKind(kind)) {
      const { kind: target = 'Deployment', name } = fieldsOf(fieldsOf(source.manifest.spec).scaleTargetRef)
      found.set(`${target}/${namespaceOf(source)}/${textOf(name) ?? ''}`, source)
    }
  }
  return found
})

export function replicaBounds(index: Index, { source, kind, namespace, name, replicas = 1 }: Workload): ReplicaBounds {
  const scaler = scalers(index).get(`${kind}/${namespace}/${name}`)
  const spec = fieldsOf(scaler?.manifest.spec)
  if (scaler?.manifest.kind === 'HorizontalPodAutoscaler') {
    return {
      least: numberOf(spec.minReplicas) ?? 1,
      most: numberOf(spec.maxReplicas) ?? Number.POSITIVE_INFINITY,
      scaler,
    }
  }
  if (scaler !== undefined) {
    return { least: numberOf(spec.minReplicaCount) ?? 0, most: kedaMost(spec), scaler }
  }
  // A DaemonSet has as many pods as there are nodes.
  const most = kind === 'DaemonSet' ? Number.POSITIVE_INFINITY : isJob(kind) ? parallelism(source) : replicas
  return { least: kind === 'DaemonSet' ? 0 : most, most, scaler: undefined }
}

/** A schedule alone never asks for more than it says. */
function kedaMost(spec: Readonly<Record<string, unknown>>): number {
  const most = numberOf(spec.maxReplicaCount) ?? KEDA_MOST
  const triggers = listOf(spec.triggers).map(fieldsOf)
  if (triggers.length === 0 || triggers.some(({ type }) => type !== 'cron')) return most
  const desired = triggers.map(({ metadata }) => Number(fieldsOf(metadata).desiredReplicas ?? 1))
  return Math.min(most, Math.max(...desired, numberOf(spec.minReplicaCount) ?? 0))
}

function isJob(kind: string): boolean {
  return kind === 'Job' || kind === 'CronJob'
}

function parallelism({ manifest }: Source): number {
  const spec = fieldsOf(manifest.spec)
  const job = isFields(spec.jobTemplate) ? fieldsOf(spec.jobTemplate.spec) : spec
  return numberOf(job.parallelism) ?? 1
}
