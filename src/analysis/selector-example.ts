import { matchesSelector } from '../manifest/selector.ts'
import { type Fields, fieldsOf, labelsOf, listOf } from '../manifest/value.ts'

/** The fewest labels that a LabelSelector selects; none when it contradicts itself, or is malformed. */
export function labelsSelectedBy(selector: Fields): Readonly<Record<string, string>> | undefined {
  const expressions = listOf(selector.matchExpressions).map(fieldsOf)
  const labels: Record<string, string> = { ...labelsOf(selector.matchLabels) }
  const refused = (key: unknown): readonly unknown[] =>
    expressions
      .filter(expression => expression.key === key && expression.operator === 'NotIn')
      .flatMap(({ values }) => listOf(values))
  const asked = (key: unknown): readonly (readonly unknown[])[] =>
    expressions
      .filter(expression => expression.key === key && expression.operator === 'In')
      .map(({ values }) => listOf(values))
  for (const { key, operator } of expressions) {
    if (typeof key !== 'string' || key in labels || (operator !== 'In' && operator !== 'Exists')) continue
    const [first = [PLACEHOLDER], ...others] = asked(key)
    const value = first.find(each => others.every(list => list.includes(each)) && !refused(key).includes(each))
    labels[key] = typeof value === 'string' ? value : PLACEHOLDER
  }
  return matchesSelector(selector, labels) ? labels : undefined
}

/** Stands for any value of a label that only has to be there. */
const PLACEHOLDER = 'any'
