/**
 * The one way in which waybill writes YAML: same data, same bytes.
 *
 * Keys stand in a fixed order, text that any reader of YAML 1.1 or 1.2 could take for something else is quoted, and text
 * of several lines is a literal block. Lists stand at the indent of their key, as kubectl prints them.
 */

/** Keys that lead, in this order; the others follow in code-unit order. */
const LEADING = ['apiVersion', 'kind', 'metadata', 'name']

/** Text that is text to every parser: it begins like a word and holds nothing that YAML gives a meaning to. */
const PLAIN = /^(?:--)?[A-Za-z/](?:[A-Za-z0-9_./@%+=()-]|:(?=[A-Za-z0-9_/])|,(?=[A-Za-z0-9_/])| (?=[A-Za-z0-9_/(]))*$/
const PLAIN_AMOUNT = /^[0-9]+(Ki|Mi|Gi|Ti|m|s|h)$/
/** Words that YAML 1.1 reads as a truth value or as nothing. */
const RESERVED = /^(y|yes|n|no|true|false|on|off|null)$/i
/** Characters that a literal block cannot hold, or that a reader could not see. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that it is about
const NOT_LITERAL = /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]/
const ESCAPED = /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g

/**
 * The YAML of plain data, ending in a line feed. `undefined` fields are left out.
 *
 * @throws TypeError for what YAML cannot say: functions, symbols, and numbers that are not finite
 */
export function toYaml(value: unknown): string {
  const out: string[] = []
  if (Array.isArray(value) && value.length > 0) writeList(out, value, '')
  else if (isNested(value)) writeMap(out, value as Dict, '')
  else out.push(scalar(value, '  '), '\n')
  return out.join('')
}

/** Code-unit order with the keys that a reader looks for in front. */
export function compareKeys(left: string, right: string): number {
  const first = LEADING.indexOf(left)
  const second = LEADING.indexOf(right)
  if (first !== second) return first === -1 ? 1 : second === -1 ? -1 : first - second
  return left < right ? -1 : left > right ? 1 : 0
}

type Dict = Readonly<Record<string, unknown>>

function isMap(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNested(value: unknown): value is Dict | readonly unknown[] {
  return Array.isArray(value)
    ? value.length > 0
    : isMap(value) && Object.values(value).some(entry => entry !== undefined)
}

function writeMap(out: string[], map: Dict, indent: string): void {
  let lead = ''
  for (const key of Object.keys(map).sort(compareKeys)) {
    const value = map[key]
    if (value === undefined) continue
    out.push(lead, quoted(key), ':')
    writeValue(out, value, indent)
    lead = indent
  }
}

/** Writes what follows a key, from the colon to the end of the line or of the block. */
function writeValue(out: string[], value: unknown, indent: string): void {
  if (Array.isArray(value) && value.length > 0) {
    out.push('\n', indent)
    writeList(out, value, indent)
  } else if (isNested(value)) {
    out.push('\n', indent, '  ')
    writeMap(out, value as Dict, `${indent}  `)
  } else {
    out.push(' ', scalar(value, `${indent}  `), '\n')
  }
}

function writeList(out: string[], list: readonly unknown[], indent: string): void {
  let lead = ''
  for (const entry of list) {
    out.push(lead, '- ')
    if (Array.isArray(entry) && entry.length > 0) writeList(out, entry, `${indent}  `)
    else if (isNested(entry)) writeMap(out, entry as Dict, `${indent}  `)
    else out.push(scalar(entry ?? null, `${indent}  `), '\n')
    lead = indent
  }
}

function scalar(value: unknown, indent: string): string {
  return typeof value === 'string' && value.includes('\n')
    ? (literal(value, indent) ?? doubleQuoted(value))
    : inline(value)
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return number(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value === null) return 'null'
  if (Array.isArray(value)) return '[]'
  if (isMap(value)) return '{}'
  throw new TypeError(`a ${typeof value} cannot be written as YAML`)
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`the number ${value} cannot be written as YAML`)
  // YAML 1.1 takes `1e+21` for text: a float needs its point.
  return String(value).replace(/^(-?\d+)e/, '$1.0e')
}

function quoted(text: string): string {
  return (PLAIN.test(text) && !RESERVED.test(text)) || PLAIN_AMOUNT.test(text) ? text : doubleQuoted(text)
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    ESCAPED,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A literal block, or `undefined` where the text begins or ends in a way that a block cannot hold. */
function literal(text: string, indent: string): string | undefined {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text
  if (
    body === '' ||
    /^[ \t\n]/.test(body) ||
    /\n[ \t]*$/.test(body) ||
    /\n[ \t]+\n/.test(body) ||
    NOT_LITERAL.test(body)
  ) {
    return undefined
  }
  const lines = body.split('\n').map(line => (line === '' ? '' : indent + line))
  return `${text.endsWith('\n') ? '|' : '|-'}\n${lines.join('\n')}`
}
