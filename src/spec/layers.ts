import { type FieldPath, valueAt } from '../manifest/path.ts'
import type { Fields } from '../manifest/value.ts'

/** One place in the spec that may settle something, with the key that its fields stand under. */
export interface Layer {
  readonly at: FieldPath
  readonly fields: Fields
}

/** A value together with the spec key that states it. */
export interface Stated<T> {
  readonly value: T
  readonly key: FieldPath
}

/** The first layer that states `path` decides: the most specific one stands first. */
export function stated<T>(layers: readonly Layer[], path: FieldPath): Stated<T> | undefined {
  for (const { at, fields } of layers) {
    const value = valueAt(fields, path)
    if (value !== undefined && value !== null) return { value: value as T, key: [...at, ...path] }
  }
  return undefined
}
