import { bindMap, bindValue } from '../cel/binding.ts'
import { parseDuration, parseTimestamp } from '../cel/time.ts'
import type { Value } from '../cel/value.ts'
import { isFields } from '../manifest/value.ts'
import { formatNamed } from './format.ts'
import { fieldSchema } from './places.ts'
import type { Registry } from './registry.ts'
import type { Schema } from './schema.ts'

/**
 * A value as the CEL rules of its schema see it: with the defaults that the API server fills in first, numbers and texts of
 * the type that the schema gives them, and fields under names that an expression can write. `undefined` for what is absent.
 *
 * The value is one that the schema accepts.
 */
export function ruleValue(registry: Registry, declared: Schema, given: unknown): Value {
  const schema = registry.resolve(declared)
  const isAbsent = given === undefined || (given === null && schema.nullable !== true)
  const value = isAbsent ? schema.default : given
  if (typeof value === 'string') return schema.type === 'string' ? typedText(schema, value) : value
  if (typeof value === 'number' || typeof value === 'bigint') {
    return schema.type === 'number' ? Number(value) : bindValue(value)
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined ? bindValue(value) : value.map(item => ruleValue(registry, items, item))
  }
  if (!isFields(value)) return value
  const map: Record<string, Value> = {}
  for (const name of new Set([...Object.keys(schema.properties ?? {}), ...Object.keys(value)])) {
    const field = fieldSchema(schema, name)
    const bound = field === undefined ? bindValue(value[name]) : ruleValue(registry, field, value[name])
    if (bound !== undefined) map[ruleName(schema, name)] = bound
  }
  return bindMap(map)
}

/** Texts that rules see as something else, by the name of their format without dashes. */
const TYPED: Readonly<Record<string, (text: string) => Value>> = {
  datetime: parseTimestamp,
  date: text => parseTimestamp(`${text}T00:00:00Z`),
  duration: parseDuration,
  byte: text => new Uint8Array(Buffer.from(text, 'base64')),
}

function typedText({ format }: Schema, text: string): Value {
  if (format === undefined || formatNamed(format)?.accepts(text) !== true) return text
  return TYPED[format.replaceAll('-', '')]?.(text) ?? text
}

/**
 * Words that no CEL expression can use as the name of a field.
 * Source: k8s.io/apiserver pkg/cel/escaping.go (Kubernetes 1.34), like the other escapes.
 */
const RESERVED = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var void ' +
    'while'
  ).split(' '),
)
const ESCAPES = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' } as const
const UNESCAPES = new Map(Object.entries(ESCAPES).map(([character, word]) => [word as string, character]))

/** The name by which a rule calls a field: declared ones are escaped, the keys of a free map are not. */
function ruleName({ properties }: Schema, name: string): string {
  if (properties === undefined || !Object.hasOwn(properties, name)) return name
  if (RESERVED.has(name)) return `__${name}__`
  return name.replace(/__|[-./]/g, found => ESCAPES[found as keyof typeof ESCAPES])
}

/** The field that a rule calls by that name. */
export function fieldName({ properties }: Schema, called: string): string {
  const word = /^__([a-z]+)__$/.exec(called)?.[1]
  const name =
    word !== undefined && RESERVED.has(word)
      ? word
      : called.replace(/__(?:underscores|dot|dash|slash)__/g, found => UNESCAPES.get(found) ?? found)
  return properties !== undefined && Object.hasOwn(properties, name) ? name : called
}
