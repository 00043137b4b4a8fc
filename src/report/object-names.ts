import type { ObjectReference } from '../promote/operation.ts'

/** `Cluster/acme-production-data/database, Namespace/acme`: each object once, in the order given. */
export function objectNames(objects: readonly ObjectReference[]): string {
  const names = objects.map(({ kind, namespace, name }) =>
    [kind, namespace, name].filter(part => part !== undefined).join('/'),
  )
  return [...new Set(names)].join(', ')
}
