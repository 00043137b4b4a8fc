/** The items of each namespace, in their order. */
export function byNamespace<T>(
  items: Iterable<T>,
  namespaceOf: (item: T) => string,
): (namespace: string) => readonly T[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const namespace = namespaceOf(item)
    const group = groups.get(namespace)
    if (group === undefined) groups.set(namespace, [item])
    else group.push(item)
  }
  return namespace => groups.get(namespace) ?? []
}
