import type { Manifest } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { isFields } from '../manifest/value.ts'
import { OBJECT_META } from './custom-resource.ts'
import type { Registry } from './registry.ts'
import type { Schema } from './schema.ts'

/**
 * Called with a value of a manifest and its schema: what it may hold, its defaults, its CEL rules. The schema is never a
 * reference. `at` is where the walk stands: it changes under way, so copy it to keep it.
 */
export type Visit = (value: unknown, schema: Schema, at: FieldPath) => void

const EMBEDDED: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string', minLength: 1 },
  kind: { type: 'string', minLength: 1 },
  metadata: OBJECT_META,
}

/** The schema of the field `name` in a map of that schema, or `undefined` when the schema knows nothing of it. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  const { properties, additionalProperties } = schema
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]
  if (schema['x-kubernetes-embedded-resource'] === true && Object.hasOwn(EMBEDDED, name)) return EMBEDDED[name]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** Visits every value of the manifest that a schema describes, from the root inwards; none of a kind that nobody knows. */
export function visitPlaces(registry: Registry, manifest: Manifest, visit: Visit): void {
  const root = registry.kind(manifest.apiVersion, manifest.kind)
  if (root !== undefined) visitBelow(registry, root, manifest, [], visit)
}

function visitBelow(registry: Registry, declared: Schema, value: unknown, at: (string | number)[], visit: Visit): void {
  const schema = registry.resolve(declared)
  visit(value, schema, at)
  const step = (key: string | number, child: unknown, inner: Schema) => {
    at.push(key)
    visitBelow(registry, inner, child, at, visit)
    at.pop()
  }
  if (Array.isArray(value)) {
    const { items } = schema
    if (items !== undefined) for (let index = 0; index < value.length; index += 1) step(index, value[index], items)
  } else if (isFields(value)) {
    for (const name in value) {
      const field = fieldSchema(schema, name)
      if (field !== undefined) step(name, value[name], field)
    }
  }
}

/** Every schema that a value of the root could meet, each once; none is a reference. */
export function schemasBelow(registry: Registry, root: Schema): ReadonlySet<Schema> {
  const met = new Set<Schema>()
  const waiting = [root]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const schema = registry.resolve(next)
    if (met.has(schema)) continue
    met.add(schema)
    const { properties, items, additionalProperties } = schema
    waiting.push(...Object.values(properties ?? {}))
    if (items !== undefined) waiting.push(items)
    if (typeof additionalProperties === 'object') waiting.push(additionalProperties)
  }
  return met
}

/** The schema of the value that stands, or would stand, at a path of the manifest; its `default` is what is there when absent. */
export function schemaAt(registry: Registry, manifest: Manifest, path: FieldPath): Schema | undefined {
  let schema = registry.kind(manifest.apiVersion, manifest.kind)
  for (const step of path) {
    if (schema === undefined) return undefined
    const parent: Schema = registry.resolve(schema)
    schema = typeof step === 'number' ? parent.items : fieldSchema(parent, step)
  }
  return schema === undefined ? undefined : registry.resolve(schema)
}
