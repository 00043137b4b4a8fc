import type { FieldPath } from '../manifest/path.ts'
import type { Asking, Contradiction, Derived, Known, Say } from './asking.ts'
import { parseDuration } from './duration.ts'
import { type Layer, type Stated, stated } from './layers.ts'
import type { Derivation } from './settings.ts'

/** What is written down while a unit is settled: how each setting came about, and what cannot hold together. */
export interface Ledger
  extends Pick<Asking, 'home' | 'say' | 'find' | 'settle' | 'seconds' | 'mebibytes' | 'contradict'> {
  readonly derivations: Readonly<Record<string, Derivation>>
  readonly contradictions: Contradiction[]
}

/**
 * An empty ledger over the places that may settle something, the most specific one first.
 *
 * @param home what a setting rests on of which nobody speaks
 */
export function ledgerOf(layers: readonly Layer[], home: FieldPath): Ledger {
  const derivations: Record<string, Derivation> = {}
  const contradictions: Contradiction[] = []
  const say: Say = (name, value, because, ...keys) => {
    derivations[name] = { value, because, keys }
    return { value, key: keys[0] ?? home }
  }
  const find = <T>(path: string): Stated<T> | undefined => stated<T>(layers, path.split('.'))
  /** What the spec states under a name, read by `read`, else what `otherwise` derives. */
  const statedOr = <S, T>(name: string, read: (stated: S) => T, otherwise: () => Derived<T>): Known<T> => {
    const known = find<S>(name)
    return known === undefined ? say(name, ...otherwise()) : say(name, read(known.value), 'stated', known.key)
  }
  return {
    home,
    say,
    find,
    settle: <T>(name: string, otherwise: () => Derived<T>) => statedOr<T, T>(name, value => value, otherwise),
    seconds: (name, otherwise) => statedOr<string | number, number>(name, text => parseDuration(text) ?? 0, otherwise),
    mebibytes: (name, otherwise) => statedOr(name, mebibytesOf, otherwise),
    contradict: contradiction => contradictions.push(contradiction),
    derivations,
    contradictions,
  }
}

/** MiB of a size that the schema has let through: `20Gi`. */
function mebibytesOf(size: string): number {
  const factor = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 }[size.slice(-2)] ?? 1
  return Number(size.slice(0, -2)) * factor
}
