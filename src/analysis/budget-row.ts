import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { addQuantities, multiplyQuantity, type Quantity } from '../manifest/quantity.ts'
import { type Fields, fieldsOf, textOf } from '../manifest/value.ts'
import type { LimitItem } from './limit-range.ts'
import { type PodResources, podResourcesOf } from './pod-resources.ts'
import { claimsOf, isLasting, type PodSet } from './pod-set.ts'
import {
  addResources,
  multiplyResources,
  NO_RESOURCES,
  type ResourceList,
  readResources,
  ZERO,
} from './resource-list.ts'
import { rolloutOf } from './rollout.ts'

/**
 * When is counted. `steady`: what runs for good, autoscalers at their least. `rollout`: the same while everything is replaced,
 * and every Job runs. `peak`: that with autoscalers at their most. Pods on their way out are never counted.
 */
export const MOMENTS = ['steady', 'rollout', 'peak'] as const
export type Moment = (typeof MOMENTS)[number]

/** A claim for storage, by a pod or by itself. */
export interface VolumeClaim {
  readonly source: Source
  readonly at: FieldPath
  readonly storage: Quantity
  /** The empty text where the cluster's default class is meant. */
  readonly storageClass: string
}

/** One that stands in a manifest of its own. */
export interface DeclaredClaim extends VolumeClaim {
  readonly namespace: string
}

/** What one set of pods takes. */
export interface BudgetRow {
  readonly set: PodSet
  readonly pods: Readonly<Record<Moment, number>>
  /** Of one pod. */
  readonly pod: PodResources
  /** That every pod has. */
  readonly claims: readonly VolumeClaim[]
}

/** Sums over pods and claims. */
export interface Totals {
  readonly pods: number
  readonly requests: ResourceList
  readonly limits: ResourceList
  /** By storage class. */
  readonly volumes: ReadonlyMap<string, Volumes>
}

export interface Volumes {
  readonly claims: number
  readonly storage: Quantity
}

export function budgetRowOf(set: PodSet, items: readonly LimitItem[]): BudgetRow {
  return {
    set,
    pods: podsAt(set),
    pod: podResourcesOf(set, items),
    claims: claimsOf(set).map(({ at, spec }) => volumeClaim(set.source, at, spec)),
  }
}

/** The claims that stand in manifests of their own. */
export function declaredClaims(index: Index): readonly DeclaredClaim[] {
  return index.ofKind('PersistentVolumeClaim', '').map(source => ({
    ...volumeClaim(source, ['spec'], fieldsOf(source.manifest.spec)),
    namespace: namespaceOf(source),
  }))
}

function volumeClaim(source: Source, at: FieldPath, spec: Fields): VolumeClaim {
  return {
    source,
    at,
    storage: readResources(fieldsOf(spec.resources).requests).list.get('storage') ?? ZERO,
    storageClass: textOf(spec.storageClassName) ?? '',
  }
}

function podsAt(set: PodSet): BudgetRow['pods'] {
  const { floor, ceiling } = set.scale
  if (!isLasting(set)) return { steady: 0, rollout: ceiling.pods, peak: ceiling.pods }
  const surged = (pods: number) => pods + rolloutOf(set, pods).surge
  return { steady: floor.pods, rollout: surged(floor.pods), peak: surged(ceiling.pods) }
}

/** The sums at a moment. Claims that stand for themselves are there at any moment. */
export function totalsAt(moment: Moment, rows: readonly BudgetRow[], claims: readonly VolumeClaim[]): Totals {
  const volumes = new Map<string, Volumes>()
  const addClaim = ({ storage, storageClass }: VolumeClaim, times: number) => {
    if (times === 0) return
    const before = volumes.get(storageClass) ?? { claims: 0, storage: ZERO }
    volumes.set(storageClass, {
      claims: before.claims + times,
      storage: addQuantities(before.storage, multiplyQuantity(storage, times)),
    })
  }
  let [requests, limits, pods] = [NO_RESOURCES, NO_RESOURCES, 0]
  for (const row of rows) {
    const times = row.pods[moment]
    pods += times
    if (times > 0) {
      requests = addResources(requests, multiplyResources(row.pod.requests, times))
      limits = addResources(limits, multiplyResources(row.pod.limits, times))
    }
    for (const claim of row.claims) addClaim(claim, times)
  }
  for (const claim of claims) addClaim(claim, 1)
  return { pods, requests, limits, volumes }
}

/** All storage, and all claims, whatever their class. */
export function allVolumes({ volumes }: Totals): Volumes {
  return [...volumes.values()].reduce(
    (sum, { claims, storage }) => ({ claims: sum.claims + claims, storage: addQuantities(sum.storage, storage) }),
    { claims: 0, storage: ZERO },
  )
}
