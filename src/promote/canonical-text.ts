import { isFields } from '../manifest/value.ts'

/** The value as JSON with its fields in code-unit order: equal texts mean equal values. Null and absent fields vanish. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (!isFields(value)) return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null')
  const entries = Object.keys(value)
    .filter(key => value[key] !== undefined && value[key] !== null)
    .sort()
    .map(key => `${JSON.stringify(key)}:${canonicalText(value[key])}`)
  return `{${entries.join(',')}}`
}
