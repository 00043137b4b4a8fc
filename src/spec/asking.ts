import type { FieldPath } from '../manifest/path.ts'
import type { Stated } from './layers.ts'
import type { Release } from './settings.ts'
import type { Tier, TierDefaults } from './tier.ts'
import type { Unit } from './unit.ts'

/** Two statements of the spec that cannot both hold, or one that a fact forbids. */
export interface Contradiction {
  readonly message: string
  readonly hint: string
  /** The key to change, and the one that it contradicts. */
  readonly key: FieldPath
  readonly against?: FieldPath
}

/** A setting that is being derived: its value, and the key that a finding on it leads to. */
export interface Known<T> {
  readonly value: T
  readonly key: FieldPath
}

/** A derived value, the formula or table that it comes from, and the keys that it rests on. */
export type Derived<T> = readonly [value: T, because: string, ...keys: FieldPath[]]

/** Writes down how a setting came about. */
export type Say = <T>(name: string, value: T, because: string, ...keys: readonly FieldPath[]) => Known<T>

/** What a part of the spec may ask while it is settled in a file of its own. */
export interface Asking {
  readonly unit: Unit
  /** The tenant in this environment: what a setting rests on of which nobody speaks. */
  readonly home: FieldPath
  readonly tier: Known<Tier>
  readonly defaults: TierDefaults
  readonly release: Known<Release>
  readonly say: Say
  /** What the nearest layer that speaks of `path` says. */
  find<T>(path: string): Stated<T> | undefined
  /** What the spec states under this name, else what `otherwise` derives. */
  settle<T>(name: string, otherwise: () => Derived<T>): Known<T>
  /** The same for a duration, in seconds. */
  seconds(name: string, otherwise: () => Derived<number>): Known<number>
  /** The same for a size, in MiB. */
  mebibytes(name: string, otherwise: () => Derived<number>): Known<number>
  contradict(contradiction: Contradiction): void
}
