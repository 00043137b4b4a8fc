import { fieldsOf, isFields, listOf } from './value.ts'

/**
 * Whether a LabelSelector selects these labels. An empty selector selects everything, an absent one nothing.
 * An unknown operator matches nothing.
 */
export function matchesSelector(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isFields(selector)) return false
  for (const [key, value] of Object.entries(fieldsOf(selector.matchLabels))) if (labels[key] !== value) return false
  return listOf(selector.matchExpressions).every(entry => matchesExpression(fieldsOf(entry), labels))
}

function matchesExpression(
  entry: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = typeof entry.key === 'string' && Object.hasOwn(labels, entry.key) ? labels[entry.key] : undefined
  switch (entry.operator) {
    case 'In':
      return value !== undefined && listOf(entry.values).includes(value)
    case 'NotIn':
      return value === undefined || !listOf(entry.values).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
