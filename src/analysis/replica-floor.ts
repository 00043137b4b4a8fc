import type { Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, numberOf, textOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'
import { entriesOf } from './kind-table.ts'
import { perIndex } from './per-index.ts'

/** The fewest pods that a workload may have while it is switched on, and the field that says so. */
export interface ReplicaFloor {
  /** At least 0: an autoscaler may scale down to nothing. */
  readonly count: number
  readonly source: Source
  /** Of a field that is absent, where it would stand. */
  readonly at: FieldPath
  readonly autoscaled: boolean
}

/** Kinds that keep a number of pods alike and replace them one by one. */
const REPLICATED = new Set(['Deployment', 'StatefulSet'])

export function isReplicated({ kind }: Workload): boolean {
  return REPLICATED.has(kind)
}

/** Where each kind of autoscaler says its floor, and what holds when it says nothing; by `group/kind`. */
const AUTOSCALERS: Readonly<Record<string, { readonly field: string; readonly default: number }>> = {
  'autoscaling/HorizontalPodAutoscaler': { field: 'minReplicas', default: 1 },
  'keda.sh/ScaledObject': { field: 'minReplicaCount', default: 0 },
}

/** The floors of an environment: an autoscaler's where one stands, else the replicas of the workload itself, 1 unless given. */
export const replicaFloorsOf = perIndex((index): ((workload: Workload) => ReplicaFloor) => {
  const byTarget = new Map<string, ReplicaFloor>()
  for (const [source, autoscaler] of entriesOf(index, AUTOSCALERS)) {
    const fields = fieldsOf(source.manifest.spec)
    const target = fieldsOf(fields.scaleTargetRef)
    const key = [namespaceOf(source), textOf(target.kind) ?? 'Deployment', textOf(target.name)].join('/')
    const count = numberOf(fields[autoscaler.field]) ?? autoscaler.default
    byTarget.set(key, { count, source, at: ['spec', autoscaler.field], autoscaled: true })
  }
  return ({ source, kind, namespace, name, replicas }) =>
    byTarget.get(`${namespace}/${kind}/${name}`) ?? {
      count: replicas ?? 1,
      source,
      at: ['spec', 'replicas'],
      autoscaled: false,
    }
})

/** Whether the workload is switched off on purpose: zero pods, and nothing that would start one. */
export function isSwitchedOff({ count, autoscaled }: ReplicaFloor): boolean {
  return count === 0 && !autoscaled
}
