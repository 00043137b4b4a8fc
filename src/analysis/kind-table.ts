import { groupOf, type Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'

const patterns = new WeakMap<object, RegExp>()

/** The manifests whose `group/kind` is a key of the table, in input order, each with its entry. */
export function entriesOf<T>(
  index: Index,
  table: Readonly<Record<string, T>>,
): readonly (readonly [source: Source, entry: T])[] {
  const pattern = patterns.get(table) ?? patternOf(Object.keys(table))
  patterns.set(table, pattern)
  return index.ofKinds(pattern).flatMap(source => {
    const { apiVersion, kind } = source.manifest
    const entry = table[`${groupOf(apiVersion)}/${kind}`]
    return entry === undefined ? [] : [[source, entry] as const]
  })
}

function patternOf(keys: readonly string[]): RegExp {
  return new RegExp(`^(?:${keys.map(key => key.replaceAll('.', '\\.')).join('|')})$`)
}
