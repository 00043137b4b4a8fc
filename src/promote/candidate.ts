import { type Gate, isClosed } from './gate.ts'

/** A revision that an environment holds or has held. */
export interface Held {
  readonly revision: string
  /** Seconds since 1970 at which the environment came to hold it. */
  readonly since: number
  /** When the next one took its place; absent of the one that stands now. */
  readonly until?: number
  /** The newest commit in which it stood. */
  readonly commit: string
}

/** Revisions that are newer than the one that goes, or than the one that stands, each list newest first. */
export interface Newer {
  /** Those that still soak; `ready` is the instant at which one would be chosen. */
  readonly soaking: readonly { readonly held: Held; readonly ready?: number }[]
  /** Those that wait for an earlier wave, and the gate that says for what. */
  readonly behind: readonly { readonly held: Held; readonly gate: Gate }[]
  /** Those that were rolled back from the target and are not proposed again. */
  readonly onHold: readonly Held[]
}

/** What could go from one environment into the next. */
export interface Candidate extends Newer {
  /** The newest revision that has been held for its soak; absent when there is nothing to promote. */
  readonly chosen?: Held
}

/** What decides whether a revision may go. */
export interface Conditions {
  /** Revisions that are not to be proposed for the target. */
  readonly holds: ReadonlySet<string>
  /** The gate of the soak in the source. */
  soak(held: Held): Gate
  /** The gate of the wave in the target. */
  wave(held: Held): Gate
  /** Whether somebody asks to override a gate for a revision. */
  overrides(gate: Gate, held: Held): boolean
}

/**
 * What a revision has behind it already: one that the source came to hold later, and that the target holds or was rolled
 * back from. Promotion goes forward only; a revision that the source takes up again is as new as that.
 *
 * @param history of the source, newest first
 * @param target the revision that the target holds
 */
export function passedBy(
  history: readonly Held[],
  revision: string,
  target: string | undefined,
  holds: ReadonlySet<string>,
): Held | undefined {
  const newest = history.findIndex(held => held.revision === revision)
  return history.slice(0, Math.max(newest, 0)).find(held => held.revision === target || holds.has(held.revision))
}

/**
 * The newest revision that the source has held for its soak, that earlier waves have proven, and that the target does not
 * hold already. What the source held before one that is on hold is no candidate: the target has been past it.
 *
 * @param history of the source, newest first
 * @param target the revision that the target holds
 */
export function candidateOf(
  history: readonly Held[],
  target: string | undefined,
  { holds, soak, wave, overrides }: Conditions,
): Candidate {
  const soaking: { held: Held; ready?: number }[] = []
  const behind: { held: Held; gate: Gate }[] = []
  const onHold: Held[] = []
  for (const held of history) {
    if (held.revision === target) break
    if (holds.has(held.revision)) {
      onHold.push(held)
      continue
    }
    if (onHold.length > 0) continue
    const soaked = soak(held)
    if (isClosed(soaked) && !overrides(soaked, held)) {
      soaking.push({ held, ...(held.until === undefined && soaked.eta !== undefined ? { ready: soaked.eta } : {}) })
      continue
    }
    const gate = wave(held)
    if (!isClosed(gate) || overrides(gate, held)) return { chosen: held, soaking, behind, onHold }
    behind.push({ held, gate })
  }
  return { soaking, behind, onHold }
}
