import { fieldsOf, labelsOf, listOf } from '../manifest/value.ts'
import { canonicalText } from './canonical-text.ts'

/** `role=web, tier=gold`; expressions as JSON, since they are rare. */
export function saySelector(selector: unknown): string {
  const { matchLabels, matchExpressions } = fieldsOf(selector)
  const labels = Object.entries(labelsOf(matchLabels)).map(([key, label]) => `${key}=${label}`)
  const expressions = listOf(matchExpressions).map(canonicalText)
  return [...labels.sort(), ...expressions.sort()].join(', ')
}
