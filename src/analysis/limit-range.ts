import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { byNamespace } from './by-namespace.ts'
import { defaultedResources, NO_RESOURCES, type ResourceList, readResources } from './resource-list.ts'

/** One item of a LimitRange, with what the API server fills in. */
export interface LimitItem {
  readonly source: Source
  readonly at: FieldPath
  /** `Container`, `Pod` or `PersistentVolumeClaim`. */
  readonly type: string
  readonly max: ResourceList
  readonly min: ResourceList
  readonly default: ResourceList
  readonly defaultRequest: ResourceList
  readonly maxLimitRequestRatio: ResourceList
}

/** Requests and limits of a container. */
export interface Resources {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

/** The items that hold in each namespace. */
export function limitItemsOf(index: Index): (namespace: string) => readonly LimitItem[] {
  const items = index
    .ofKind('LimitRange', '')
    .flatMap(source => listOf(fieldsOf(source.manifest.spec).limits).map((entry, nth) => itemOf(source, entry, nth)))
  return byNamespace(items, ({ source }) => namespaceOf(source))
}

/** For containers a missing limit becomes the maximum, a missing request the limit or else the minimum. */
function itemOf(source: Source, entry: unknown, nth: number): LimitItem {
  const fields = fieldsOf(entry)
  const read = (name: string) => readResources(fields[name]).list
  const type = textOf(fields.type) ?? ''
  const [max, min] = [read('max'), read('min')]
  const ofContainer = type === 'Container'
  const limit = ofContainer ? defaultedResources(read('default'), max) : NO_RESOURCES
  return {
    source,
    at: ['spec', 'limits', nth],
    type,
    max,
    min,
    default: limit,
    defaultRequest: ofContainer
      ? defaultedResources(defaultedResources(read('defaultRequest'), limit), min)
      : NO_RESOURCES,
    maxLimitRequestRatio: read('maxLimitRequestRatio'),
  }
}

/**
 * What a container ends up with: a request that it does not name is its limit, as the API server sees to before any LimitRange
 * is asked; then each LimitRange of the namespace fills in what is still missing.
 */
export function defaulted({ requests, limits }: Resources, items: readonly LimitItem[]): Resources {
  return items
    .filter(({ type }) => type === 'Container')
    .reduce<Resources>(
      (given, item) => ({
        requests: defaultedResources(given.requests, item.defaultRequest),
        limits: defaultedResources(given.limits, item.default),
      }),
      { requests: defaultedResources(requests, limits), limits },
    )
}
