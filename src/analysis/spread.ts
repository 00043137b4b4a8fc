/**
 * The most pods that may stand in one of several domains (zones, nodes) when each of `pods` was placed under a topology
 * spread constraint that forbids: a pod may go to a domain only if that one then has at most `maxSkew` more than the
 * emptiest. Domains and skew are at least 1.
 *
 * With the emptiest domain at `least`, the fullest has at most `least + maxSkew`, and at most what the others leave over.
 * The former grows with `least` and the latter shrinks, so the best is next to where they meet.
 */
export function fullestDomain(pods: number, domains: number, maxSkew: number): number {
  const meeting = Math.max(0, Math.floor((pods - maxSkew) / domains))
  return Math.max(...[meeting, meeting + 1].map(least => Math.min(least + maxSkew, pods - (domains - 1) * least)))
}
