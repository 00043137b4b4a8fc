import type { Index } from '../manifest/manifest-index.ts'

/** The same function, computed once for each index: many policies ask the same question of one environment. */
export function perIndex<T>(compute: (index: Index) => T): (index: Index) => T {
  const known = new WeakMap<Index, { readonly result: T }>()
  return index => {
    const before = known.get(index)
    if (before !== undefined) return before.result
    const result = compute(index)
    known.set(index, { result })
    return result
  }
}
