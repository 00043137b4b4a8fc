import { objectName, type Source } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { compareQuantities, formatQuantity, type Quantity } from '../manifest/quantity.ts'
import type { BudgetRow, VolumeClaim } from './budget-row.ts'
import type { LimitItem } from './limit-range.ts'
import type { QuotaUse } from './quota.ts'
import type { Fact } from './reach-edge.ts'
import type { ResourceList } from './resource-list.ts'

/** Why the API server creates none of the pods, or not the claim. */
export interface Refusal {
  readonly source: Source
  readonly at: FieldPath
  readonly message: string
  readonly because: readonly Fact[]
}

/** What refuses the pods of a row: their own numbers, a LimitRange, a quota that wants every container to name a number. */
export function refusalsOf(
  row: BudgetRow,
  items: readonly LimitItem[],
  quotas: readonly QuotaUse[],
): readonly Refusal[] {
  return [
    ...contradictions(row),
    ...items.flatMap(item => beyond(row, item)),
    ...quotas.flatMap(use => unnamed(row, use)),
  ]
}

/** What refuses a claim for storage. */
export function claimRefusals(claim: VolumeClaim, items: readonly LimitItem[]): readonly Refusal[] {
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(item => {
      const [least, most] = [item.min.get('storage'), item.max.get('storage')]
      const [isLess, isMore] = [isBelow(claim.storage, least), isBelow(most, claim.storage)]
      if (!isLess && !isMore) return []
      const message = `a claim of "${objectName(claim.source.manifest)}" asks for ${formatQuantity(claim.storage)}, ${isLess ? 'less' : 'more'} than the namespace allows, so it is refused`
      return [
        {
          source: claim.source,
          at: claim.at,
          message,
          because: [limitFact(item, isLess ? 'min' : 'max', 'storage', isLess ? least : most)],
        },
      ]
    })
}

/** A request above its limit; the limit may be one that a LimitRange filled in. */
function contradictions({ set, pod }: BudgetRow): Refusal[] {
  return pod.containers.flatMap(({ name, at, requests, limits }) =>
    [...requests]
      .filter(([resource, request]) => isBelow(limits.get(resource), request))
      .map(([resource, request]) => {
        const limit = limits.get(resource)
        const message = `container "${name}" of "${set.id}" asks for ${amount(request)} of ${resource} and is bounded to ${amount(limit)}, so its pods are refused`
        return { source: set.source, at, message, because: [] }
      }),
  )
}

/** Bounds on containers, on their ratio of limit to request, and on the pod as a whole. */
function beyond(row: BudgetRow, item: LimitItem): Refusal[] {
  const { set, pod } = row
  const subjects =
    item.type === 'Container'
      ? pod.containers.map(container => ({ ...container, who: `container "${container.name}" of "${set.id}"` }))
      : item.type === 'Pod'
        ? [{ requests: pod.requests, limits: pod.limits, at: set.placeOf([]), who: `a pod of "${set.id}"` }]
        : []
  return subjects.flatMap(({ requests, limits, at, who }) => {
    const refusal = (
      field: 'min' | 'max' | 'maxLimitRequestRatio',
      resource: string,
      bound: Quantity,
      fact: string,
    ) => ({
      source: set.source,
      at,
      message: `${who} ${fact}, so its pods are refused`,
      because: [limitFact(item, field, resource, bound)],
    })
    return [
      // A request is never missing where there is a limit, and never above it.
      ...[...item.min].flatMap(([resource, least]) => {
        const request = requests.get(resource)
        if (request === undefined) return [refusal('min', resource, least, `asks for no ${resource}`)]
        const fact = `asks for ${formatQuantity(request)} of ${resource}, less than it has to`
        return isBelow(request, least) ? [refusal('min', resource, least, fact)] : []
      }),
      ...[...item.max].flatMap(([resource, most]) => {
        const limit = limits.get(resource)
        if (limit === undefined) return [refusal('max', resource, most, `has no limit of ${resource}`)]
        const fact = `is bounded to ${formatQuantity(limit)} of ${resource}, more than it may`
        return isBelow(most, limit) ? [refusal('max', resource, most, fact)] : []
      }),
      ...[...item.maxLimitRequestRatio].flatMap(([resource, ratio]) => {
        const [request, limit] = [requests.get(resource), limits.get(resource)]
        const isWide = request === undefined || limit === undefined || limit.nanos * ONE > ratio.nanos * request.nanos
        return isWide
          ? [refusal('maxLimitRequestRatio', resource, ratio, `has a limit of ${resource} too far above its request`)]
          : []
      }),
    ]
  })
}

const ONE = 1_000_000_000n
const COMPUTE = /^(?:(requests|limits)\.)?(cpu|memory)$/

/** A quota on cpu or memory wants every container to name a number, unless the pod does for all of them. */
function unnamed({ set, pod }: BudgetRow, { source, resource, at, rows }: QuotaUse): Refusal[] {
  const match = COMPUTE.exec(resource)
  if (match === null || pod.isStatedForPod || !rows.some(row => row.set === set)) return []
  const [, side = 'requests', name = ''] = match
  const missing = pod.containers.find(container => !sideOf(container, side).has(name))
  if (missing === undefined) return []
  const message = `container "${missing.name}" of "${set.id}" names no ${side === 'limits' ? 'limit' : 'request'} of ${name}, so its pods are refused`
  const fact = `"${objectName(source.manifest)}" bounds ${resource}, and counts only pods that name it`
  return [{ source: set.source, at: missing.at, message, because: [{ message: fact, place: { source, at } }] }]
}

function sideOf(
  container: { readonly requests: ResourceList; readonly limits: ResourceList },
  side: string,
): ResourceList {
  return side === 'limits' ? container.limits : container.requests
}

function limitFact(item: LimitItem, field: string, resource: string, bound: Quantity | undefined): Fact {
  const message = `"${objectName(item.source.manifest)}" has a ${field} of ${amount(bound)} ${resource}`
  return { message, place: { source: item.source, at: [...item.at, field, resource] } }
}

/** Whether both are there and the first is the smaller one. */
function isBelow(a: Quantity | undefined, b: Quantity | undefined): boolean {
  return a !== undefined && b !== undefined && compareQuantities(a, b) < 0
}

function amount(quantity: Quantity | undefined): string {
  return quantity === undefined ? 'nothing' : formatQuantity(quantity)
}
