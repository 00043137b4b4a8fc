/** Seconds since 1970. The one place that asks the clock, so that everything else can be told what time it is. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

/**
 * The instant that `--at` names, or now.
 *
 * @returns seconds since 1970, `undefined` when the text is no instant
 */
export function instant(text: string | undefined): number | undefined {
  if (text === undefined) return now()
  const millis = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
  return Number.isNaN(millis) ? undefined : Math.floor(millis / 1000)
}

/** The day of an instant, in UTC: `YYYY-MM-DD`. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
