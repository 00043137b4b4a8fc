/** From `from` up to, but not including, `until`. Half-open, so that the same code serves ports and 128-bit addresses. */
export interface Interval<N extends number | bigint> {
  readonly from: N
  readonly until: N
}

/** Sorted, disjoint and not touching: equal sets have equal intervals. */
export type IntervalSet<N extends number | bigint> = readonly Interval<N>[]

/** The set that these intervals cover; they may overlap and come in any order, and empty ones vanish. */
export function intervalSet<N extends number | bigint>(intervals: Iterable<Interval<N>>): IntervalSet<N> {
  const sorted = [...intervals].filter(({ from, until }) => from < until)
  sorted.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const merged: Interval<N>[] = []
  for (const next of sorted) {
    const last = merged.at(-1)
    if (last === undefined || last.until < next.from) merged.push(next)
    else if (last.until < next.until) merged[merged.length - 1] = { from: last.from, until: next.until }
  }
  return merged
}

export function union<N extends number | bigint>(a: IntervalSet<N>, b: IntervalSet<N>): IntervalSet<N> {
  return intervalSet([...a, ...b])
}

export function intersection<N extends number | bigint>(a: IntervalSet<N>, b: IntervalSet<N>): IntervalSet<N> {
  const common: Interval<N>[] = []
  let [i, j] = [0, 0]
  for (let x = a[0], y = b[0]; x !== undefined && y !== undefined; x = a[i], y = b[j]) {
    const from = x.from > y.from ? x.from : y.from
    const until = x.until < y.until ? x.until : y.until
    if (from < until) common.push({ from, until })
    if (x.until < y.until) i++
    else j++
  }
  return common
}

/** What is in `a` and not in `b`. */
export function difference<N extends number | bigint>(a: IntervalSet<N>, b: IntervalSet<N>): IntervalSet<N> {
  const rest: Interval<N>[] = []
  let first = 0
  for (const { from, until } of a) {
    let start = from
    while ((b[first]?.until ?? until) <= from && first < b.length) first++
    for (const hole of b.slice(first)) {
      if (hole.from >= until) break
      if (start < hole.from) rest.push({ from: start, until: hole.from })
      if (start < hole.until) start = hole.until
    }
    if (start < until) rest.push({ from: start, until })
  }
  return rest
}

export function includes<N extends number | bigint>(set: IntervalSet<N>, point: N): boolean {
  return set.some(({ from, until }) => from <= point && point < until)
}

/** The points that the same sets cover, and the labels of these sets in the order given. */
export interface Part<L, N extends number | bigint> {
  readonly labels: readonly L[]
  readonly set: IntervalSet<N>
}

/**
 * All points that any of the sets covers, cut wherever a set begins or ends and put together again where the same sets
 * cover them; in the order of their first points. One pass along the line, so many sets cost little more than few.
 */
export function overlay<L, N extends number | bigint>(
  sets: readonly { readonly label: L; readonly set: IntervalSet<N> }[],
): readonly Part<L, N>[] {
  const events = new Map<N, { opening: number[]; closing: number[] }>()
  const eventAt = (point: N) => {
    const event = events.get(point) ?? { opening: [], closing: [] }
    events.set(point, event)
    return event
  }
  for (const [nth, { set }] of sets.entries()) {
    for (const { from, until } of set) {
      eventAt(from).opening.push(nth)
      eventAt(until).closing.push(nth)
    }
  }
  const points = [...events].sort(([a], [b]) => (a < b ? -1 : 1))
  const covering = new Set<number>()
  const parts = new Map<string, { readonly by: readonly number[]; readonly spans: Interval<N>[] }>()
  for (const [place, [from, { opening, closing }]] of points.entries()) {
    for (const nth of closing) covering.delete(nth)
    for (const nth of opening) covering.add(nth)
    const [until] = points[place + 1] ?? []
    if (covering.size === 0 || until === undefined) continue
    const by = [...covering].sort((a, b) => a - b)
    const part = parts.get(by.join()) ?? { by, spans: [] }
    part.spans.push({ from, until })
    parts.set(by.join(), part)
  }
  return [...parts.values()].map(({ by, spans }) => ({
    labels: by.flatMap(nth => sets.slice(nth, nth + 1).map(({ label }) => label)),
    set: intervalSet(spans),
  }))
}
