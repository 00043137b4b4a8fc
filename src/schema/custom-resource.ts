import { groupOf, type Manifest } from '../manifest/manifest.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Schema } from './schema.ts'

/** The definition of every kind's metadata: what a CustomResourceDefinition says of it can only narrow it. */
export const OBJECT_META: Schema = { 'x-ref': 'apimachinery/apis/meta/v1/ObjectMeta' }

/** Whether a manifest declares a kind of its own. Version v1beta1, gone since Kubernetes 1.22, declares nothing here. */
export function isCustomResourceDefinition(manifest: Manifest): boolean {
  return manifest.kind === 'CustomResourceDefinition' && manifest.apiVersion === 'apiextensions.k8s.io/v1'
}

/** The schemas that a CustomResourceDefinition declares, by `<group>/<version>/<kind>`: one for each served version. */
export function kindsDeclaredBy(definition: Manifest): ReadonlyMap<string, Schema> {
  const spec = fieldsOf(definition.spec)
  const group = textOf(spec.group)
  const kind = textOf(fieldsOf(spec.names).kind)
  const kinds = new Map<string, Schema>()
  if (group === undefined || kind === undefined) return kinds
  for (const version of listOf(spec.versions).filter(isFields)) {
    if (typeof version.name !== 'string' || version.served === false) continue
    kinds.set(
      kindKey(`${group}/${version.name}`, kind),
      rootSchema(withoutNulls(fieldsOf(version.schema).openAPIV3Schema)),
    )
  }
  return kinds
}

/** `<group>/<version>/<kind>`; the group that has no name goes by that of its file: `core/v1/Pod`. */
export function kindKey(apiVersion: string, kind: string): string {
  const group = groupOf(apiVersion)
  // No API is called "core/v1", much as it looks like one.
  if (group === 'core') return `core/core/${kind}`
  return group === '' ? `core/${apiVersion}/${kind}` : `${apiVersion}/${kind}`
}

function rootSchema(declared: unknown): Schema {
  if (!isFields(declared)) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const { properties, allOf } = declared as Schema
  const narrowed = (properties as Fields | undefined)?.metadata
  return {
    ...declared,
    properties: { ...properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: OBJECT_META },
    ...(isFields(narrowed) ? { allOf: [...(allOf ?? []), { properties: { metadata: narrowed as Schema } }] } : {}),
  }
}

/** The API server reads a field that is null as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => (child === null ? [] : [[name, withoutNulls(child)]])),
  )
}
