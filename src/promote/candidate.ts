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

/** What could go from one environment into the next. */
export interface Candidate {
  /** The newest revision that has been held for its soak; absent when there is nothing to promote. */
  readonly chosen?: Held
  /** Newer ones that still soak, newest first; `ready` is the instant at which one would be chosen. */
  readonly soaking: readonly { readonly held: Held; readonly ready?: number }[]
  /** Newer ones that were rolled back from the target and are not proposed again. */
  readonly onHold: readonly Held[]
}

/**
 * The newest revision that the source has held for `soak` seconds and that the target does not hold already.
 *
 * @param history of the source, newest first
 * @param target the revision that the target holds
 * @param holds revisions that are not to be proposed for the target
 */
export function candidateOf(
  history: readonly Held[],
  target: string | undefined,
  holds: ReadonlySet<string>,
  soak: number,
  now: number,
): Candidate {
  const soaking: { held: Held; ready?: number }[] = []
  const onHold: Held[] = []
  for (const held of history) {
    if (held.revision === target) break
    if (holds.has(held.revision)) {
      onHold.push(held)
      continue
    }
    if ((held.until ?? now) - held.since >= soak) return { chosen: held, soaking, onHold }
    soaking.push({ held, ...(held.until === undefined ? { ready: held.since + soak } : {}) })
  }
  return { soaking, onHold }
}
