import { groupBy } from '../manifest/group-by.ts'

/** The items of each namespace, in their order. */
export function byNamespace<T>(
  items: Iterable<T>,
  namespaceOf: (item: T) => string,
): (namespace: string) => readonly T[] {
  const groups = groupBy(items, namespaceOf)
  return namespace => groups.get(namespace) ?? []
}
