import { createHash } from 'node:crypto'
import { compareKeys } from './canonical-yaml.ts'

/** JSON with sorted keys, two spaces and a line feed at the end: same data, same bytes. Absent fields are left out. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_key, entry) => sorted(entry), 2)}\n`
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => compareKeys(left, right)))
}

/** `sha256:…` of a text. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
