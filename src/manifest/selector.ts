import type { FieldPath } from './path.ts'
import { isFields } from './value.ts'

type Labels = Readonly<Record<string, string>>

/** A label selector, read once to be asked often. */
export interface Selector {
  matches(labels: Labels): boolean
}

/** What the API server refuses in a selector. */
export interface MalformedSelector {
  /** From the root of the selector. */
  readonly at: FieldPath
  readonly malformed: string
}

/** Whether the labels meet the selector. An empty selector matches all; none at all, and a malformed one, matches nothing. */
export function matchesSelector(selector: unknown, labels: Labels): boolean {
  const parsed = parseSelector(selector)
  return 'matches' in parsed && parsed.matches(labels)
}

/**
 * The `LabelSelector` in a field of a manifest: `matchLabels` and `matchExpressions`, all of which must hold. `null` and `undefined`
 * select nothing. A field that no selector has is malformed: the API server, unless it is strict, would drop it and match everything.
 */
export function parseSelector(selector: unknown): Selector | MalformedSelector {
  if (selector === null || selector === undefined) return { matches: () => false }
  if (!isFields(selector)) return { at: [], malformed: 'selector is no map' }
  const { matchLabels, matchExpressions, ...others } = selector
  const [foreign] = Object.keys(others)
  if (foreign !== undefined) return { at: [foreign], malformed: `"${foreign}" is no field of a selector` }
  const labels = readLabels(matchLabels ?? {})
  if ('malformed' in labels) return under('matchLabels', labels)
  const expressions = readExpressions(matchExpressions ?? [])
  if ('malformed' in expressions) return under('matchExpressions', expressions)
  const requirements = [...labels, ...expressions]
  return { matches: given => requirements.every(meets => meets(given)) }
}

type Requirement = (labels: Labels) => boolean

function readLabels(matchLabels: unknown): Requirement[] | MalformedSelector {
  if (!isFields(matchLabels)) return { at: [], malformed: '"matchLabels" is no map' }
  const requirements: Requirement[] = []
  for (const [key, value] of Object.entries(matchLabels)) {
    const malformed = malformedKey(key) ?? malformedValue(value)
    if (malformed !== undefined) return { at: [key], malformed }
    requirements.push(labels => labelOf(labels, key) === value)
  }
  return requirements
}

function readExpressions(matchExpressions: unknown): Requirement[] | MalformedSelector {
  if (!Array.isArray(matchExpressions)) return { at: [], malformed: '"matchExpressions" is no list' }
  const requirements: Requirement[] = []
  for (const [index, expression] of matchExpressions.entries()) {
    const requirement = readExpression(expression)
    if ('malformed' in requirement) return under(index, requirement)
    requirements.push(requirement)
  }
  return requirements
}

/** What each operator asks of a label; `undefined`, which no values hold, is a label that is not there. */
const OPERATORS = new Map<unknown, (label: string | undefined, values: readonly unknown[]) => boolean>([
  ['In', (label, values) => values.includes(label)],
  ['NotIn', (label, values) => !values.includes(label)],
  ['Exists', label => label !== undefined],
  ['DoesNotExist', label => label === undefined],
])

function readExpression(expression: unknown): Requirement | MalformedSelector {
  if (!isFields(expression)) return { at: [], malformed: 'expression is no map' }
  const { key, operator } = expression
  const values = expression.values ?? []
  const wrongKey = malformedKey(key)
  if (typeof key !== 'string' || wrongKey !== undefined) return { at: ['key'], malformed: wrongKey ?? 'key is no text' }
  const holds = OPERATORS.get(operator)
  if (holds === undefined)
    return { at: ['operator'], malformed: `operator is none of ${[...OPERATORS.keys()].join(', ')}` }
  if (!Array.isArray(values)) return { at: ['values'], malformed: '"values" is no list' }
  const takesValues = operator === 'In' || operator === 'NotIn'
  if (takesValues && values.length === 0)
    return { at: ['values'], malformed: `${operator} has no values to compare with` }
  if (!takesValues && values.length > 0) return { at: ['values'], malformed: `${operator} takes no values` }
  for (const [index, value] of values.entries()) {
    const malformed = malformedValue(value)
    if (malformed !== undefined) return { at: ['values', index], malformed }
  }
  return labels => holds(labelOf(labels, key), values)
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

function under(step: string | number, { at, malformed }: MalformedSelector): MalformedSelector {
  return { at: [step, ...at], malformed }
}

const NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const LONGEST_SUBDOMAIN = 253

/** A label key is a name of at most 63 characters, after a DNS name and a slash if it belongs to somebody. */
function malformedKey(key: unknown): string | undefined {
  if (typeof key !== 'string') return 'key is no text'
  const slash = key.indexOf('/')
  const owner = slash === -1 ? 'none' : key.slice(0, slash)
  const isKey = NAME.test(key.slice(slash + 1)) && owner.length <= LONGEST_SUBDOMAIN && SUBDOMAIN.test(owner)
  return isKey ? undefined : `"${key}" is no label key`
}

function malformedValue(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'label value is no text'
  return value === '' || NAME.test(value) ? undefined : `"${value}" is no label value`
}
