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
