import { append } from '../manifest/group-by.ts'
import { matchesSelector } from '../manifest/selector.ts'
import { fieldsOf, isFields, listOf } from '../manifest/value.ts'

/** Things with labels, found by selector without looking at each of them. */
export interface LabelIndex<T> {
  readonly items: readonly T[]
  /** What the selector selects, in the order of `items`. An absent selector selects nothing. */
  select(selector: unknown): readonly T[]
}

export function labelIndexOf<T>(
  items: readonly T[],
  labelsOf: (item: T) => Readonly<Record<string, string>>,
): LabelIndex<T> {
  /** Items by key and by value, made when the first selector comes: of many lists nobody selects. */
  let indexed: Map<string, Map<string, T[]>> | undefined
  /** The shortest list that surely holds every item selected. */
  const candidates = (selector: Readonly<Record<string, unknown>>): readonly T[] => {
    indexed ??= byLabel(items, labelsOf)
    let fewest = items
    const equalities = [
      ...Object.entries(fieldsOf(selector.matchLabels)),
      ...listOf(selector.matchExpressions)
        .map(fieldsOf)
        .filter(({ operator, values }) => operator === 'In' && listOf(values).length === 1)
        .map(({ key, values }) => [key, listOf(values)[0]] as const),
    ]
    for (const [key, value] of equalities) {
      const found = indexed.get(String(key))?.get(String(value)) ?? []
      if (found.length < fewest.length) fewest = found
    }
    return fewest
  }
  const known = new Map<string, readonly T[]>()
  return {
    items,
    select: selector => {
      if (!isFields(selector)) return []
      const key = JSON.stringify(selector)
      const before = known.get(key)
      if (before !== undefined) return before
      const selected = candidates(selector).filter(item => matchesSelector(selector, labelsOf(item)))
      known.set(key, selected)
      return selected
    },
  }
}

function byLabel<T>(
  items: readonly T[],
  labelsOf: (item: T) => Readonly<Record<string, string>>,
): Map<string, Map<string, T[]>> {
  const byKey = new Map<string, Map<string, T[]>>()
  for (const item of items) {
    for (const [key, value] of Object.entries(labelsOf(item))) {
      const byValue = byKey.get(key) ?? new Map<string, T[]>()
      byKey.set(key, byValue)
      append(byValue, value, item)
    }
  }
  return byKey
}

/** The labels that a LabelSelector asks about. */
export function selectorKeys(selector: unknown): readonly string[] {
  const { matchLabels, matchExpressions } = fieldsOf(selector)
  const keys = listOf(matchExpressions).map(entry => fieldsOf(entry).key)
  return [...Object.keys(fieldsOf(matchLabels)), ...keys.filter(isText)]
}

/** What makes the API server refuse this LabelSelector, or `undefined` when it stands. An absent one stands. */
export function selectorFault(selector: unknown): string | undefined {
  if (selector === undefined || selector === null) return undefined
  if (!isFields(selector)) return 'a selector is not a map'
  const stranger = Object.keys(selector).find(key => key !== 'matchLabels' && key !== 'matchExpressions')
  if (stranger !== undefined) return `a selector has the unknown field "${stranger}"`
  const { matchLabels = null, matchExpressions = null } = selector
  if (matchLabels !== null && !(isFields(matchLabels) && Object.values(matchLabels).every(isText))) {
    return 'matchLabels is not a map of texts'
  }
  if (matchExpressions !== null && !(Array.isArray(matchExpressions) && matchExpressions.every(isExpression))) {
    return 'matchExpressions holds an entry that is no requirement'
  }
  return undefined
}

const TAKES_VALUES: Readonly<Record<string, boolean>> = { In: true, NotIn: true, Exists: false, DoesNotExist: false }

function isExpression(entry: unknown): boolean {
  const { key, operator, values, ...strangers } = fieldsOf(entry)
  if (Object.keys(strangers).length > 0) return false
  if (!isText(key) || !isText(operator) || !Object.hasOwn(TAKES_VALUES, operator)) return false
  return listOf(values).length > 0 === TAKES_VALUES[operator] && listOf(values).every(isText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
