import { Optional } from './engine.ts'
import type { Library, ValueType } from './library.ts'
import { parseTimestamp } from './time.ts'
import { parseUrl } from './url.ts'
import type { Comparable, Value } from './value.ts'

/** A named format of Kubernetes: what is wrong with a text, in the words of its validation. */
class NamedFormat implements Comparable {
  readonly name: string
  readonly validate: (text: string) => readonly string[]
  constructor(name: string, validate: (text: string) => readonly string[]) {
    this.name = name
    this.validate = validate
  }
  equals(other: Value): boolean {
    return other instanceof NamedFormat && other.name === this.name
  }
}

interface Shape {
  readonly pattern: string
  readonly limit: number
  readonly says: string
  readonly examples: readonly string[]
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const DNS1123_LABEL: Shape = {
  pattern: LABEL,
  limit: 63,
  says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ['my-name', '123-abc'],
}
const DNS1123_SUBDOMAIN: Shape = {
  pattern: `${LABEL}(\\.${LABEL})*`,
  limit: 253,
  says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ['example.com'],
}
const DNS1035_LABEL: Shape = {
  pattern: '[a-z]([-a-z0-9]*[a-z0-9])?',
  limit: 63,
  says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ['my-name', 'abc-123'],
}
const LABEL_VALUE: Shape = {
  pattern: `(${QUALIFIED})?`,
  limit: 63,
  says: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyValue', 'my_value', '12345'],
}
const QUALIFIED_NAME: Shape = {
  pattern: QUALIFIED,
  limit: 63,
  says: "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyName', 'my.name', '123-abc'],
}

function mismatches(shape: Shape, text: string): string[] {
  const problems: string[] = []
  if (Buffer.byteLength(text) > shape.limit) problems.push(`must be no more than ${shape.limit} characters`)
  if (!new RegExp(`^(?:${shape.pattern})$`).test(text)) {
    const examples = shape.examples.map(example => `'${example}'`).join(',  or ')
    problems.push(`${shape.says} (e.g. ${examples}, regex used for validation is '${shape.pattern}')`)
  }
  return problems
}

/** A prefix may end in a dash, since a generated part follows it. */
function withoutDash(text: string): string {
  return text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text
}

function qualifiedName(text: string): string[] {
  const parts = text.split('/')
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, text]
  if (parts.length > 2) {
    const [problem = ''] = mismatches(QUALIFIED_NAME, '-')
    return [`a qualified name ${problem} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const problems: string[] = []
  if (prefix === '') problems.push('prefix part must be non-empty')
  else if (prefix !== undefined)
    problems.push(...mismatches(DNS1123_SUBDOMAIN, prefix).map(problem => `prefix part ${problem}`))
  if (name === '') problems.push('name part must be non-empty')
  return [...problems, ...mismatches(QUALIFIED_NAME, name).map(problem => `name part ${problem}`)]
}

function uri(text: string): string[] {
  const parsed = parseUrl(text)
  return typeof parsed === 'string' ? [parsed] : []
}

function isDatetime(text: string): boolean {
  try {
    parseTimestamp(text.toUpperCase().replace(' ', 'T'))
    return true
  } catch {
    return false
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

const unless = (isFine: (text: string) => boolean, problem: string) => (text: string) => (isFine(text) ? [] : [problem])

const VALIDATIONS: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: text => mismatches(DNS1123_LABEL, text),
  dns1123Subdomain: text => mismatches(DNS1123_SUBDOMAIN, text),
  dns1035Label: text => mismatches(DNS1035_LABEL, text),
  qualifiedName,
  dns1123LabelPrefix: text => mismatches(DNS1123_LABEL, withoutDash(text)),
  dns1123SubdomainPrefix: text => mismatches(DNS1123_SUBDOMAIN, withoutDash(text)),
  dns1035LabelPrefix: text => mismatches(DNS1035_LABEL, withoutDash(text)),
  labelValue: text => mismatches(LABEL_VALUE, text),
  uri,
  uuid: unless(text => UUID.test(text), 'does not match the UUID format'),
  byte: unless(text => text !== '' && BASE64.test(text), 'invalid base64'),
  date: unless(text => isDatetime(`${text}T00:00:00Z`), 'invalid date'),
  datetime: unless(isDatetime, 'invalid datetime'),
}

const FORMATS: ReadonlyMap<string, NamedFormat> = new Map(
  Object.entries(VALIDATIONS).map(([name, validate]) => [name, new NamedFormat(name, validate)]),
)

export const FORMAT_TYPES: readonly ValueType[] = [{ name: 'kubernetes.NamedFormat', ctor: NamedFormat }]

const F = 'kubernetes.NamedFormat'

export const NAMED_FORMATS: Library = {
  [`FormatNamespace.named(string): optional<${F}>`]: (_: unknown, name: string) => {
    const found = FORMATS.get(name)
    return found === undefined ? Optional.none() : Optional.of(found)
  },
  ...Object.fromEntries([...FORMATS].map(([name, format]) => [`FormatNamespace.${name}(): ${F}`, () => format])),
  [`${F}.validate(string): optional<list<string>>`]: (format: NamedFormat, text: string) => {
    const problems = format.validate(text)
    return problems.length === 0 ? Optional.none() : Optional.of(problems)
  },
}
