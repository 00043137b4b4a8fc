/**
 * Builds the schemas that waybill carries: out of the kubernetes-models packages, our own CustomResourceDefinitions, and
 * our tables of corrections and lifecycles. One JSON file for each API group, and the catalogue that lists their kinds.
 *
 *   node dist/src/build/schemas.js
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from '../manifest/manifest.ts'
import { kindsDeclaredBy } from '../schema/custom-resource.ts'
import type { ApiLifecycle } from '../schema/lifecycle.ts'
import type { Catalogue } from '../schema/registry.ts'
import type { Schema } from '../schema/schema.ts'
import { modelSchemas } from './model-schemas.ts'

const DATA = new URL('../../../src/schema/data/', import.meta.url)
const OUTPUT = new URL('../schema/kinds/', import.meta.url)

type Files = Map<string, Record<string, Schema>>

interface KubernetesLifecycle {
  readonly kubernetes: string
  readonly apis: readonly ApiLifecycle[]
  readonly fields: Readonly<Record<string, Readonly<Record<string, { readonly since: string; readonly gate: string }>>>>
}

interface Corrections {
  readonly emptyIsUnset: Readonly<Record<string, readonly string[]>>
  readonly fields: Readonly<Record<string, Readonly<Record<string, Schema>>>>
}

const files = modelSchemas()
const kinds = withoutTypeConstants(files)
addCustomResources(files, kinds)
const corrections = documents('model-corrections.yaml')[0] as Corrections
correct(files, corrections.fields)
allowEmpty(files, corrections.emptyIsUnset)
const kubernetes = documents('kubernetes-lifecycle.yaml')[0] as KubernetesLifecycle
const operators = documents('operator-lifecycle.yaml')[0] as { readonly apis: readonly ApiLifecycle[] }
markFields(files, kubernetes.fields)
const catalogue: Catalogue = {
  kinds: Object.fromEntries([...kinds].sort(byKey).map(([file, names]) => [file, names.sort()])),
  lifecycle: { kubernetes: kubernetes.kubernetes, apis: [...kubernetes.apis, ...operators.apis] },
}
mkdirSync(OUTPUT, { recursive: true })
writeFileSync(new URL('catalogue.json', OUTPUT), JSON.stringify(catalogue))
for (const [file, definitions] of files) writeFileSync(new URL(`${file}.json`, OUTPUT), JSON.stringify(definitions))

function documents(name: string): unknown[] {
  return parseAllDocuments(readFileSync(new URL(name, DATA), 'utf8')).map(document => {
    if (document.errors[0] !== undefined) throw new Error(`${name}: ${document.errors[0].message}`)
    return document.toJS({ maxAliasCount: -1 })
  })
}

/**
 * The kinds of each file as `<version>/<kind>`: the definitions that fix both apiVersion and kind. What they fix is taken
 * away, since a schema is looked up by it; within a list the entries leave both out.
 */
function withoutTypeConstants(models: Files): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [file, definitions] of models) {
    for (const [key, schema] of Object.entries(definitions)) {
      const apiVersion = schema.properties?.apiVersion?.enum?.[0]
      const kind = schema.properties?.kind?.enum?.[0]
      if (typeof apiVersion !== 'string' || typeof kind !== 'string') continue
      const expected =
        file === 'core' ? `${apiVersion}/${kind}` : `${apiVersion.slice(apiVersion.indexOf('/') + 1)}/${kind}`
      if (key !== expected) throw new Error(`the definition ${file}/${key} is of ${apiVersion} ${kind}`)
      found.set(file, [...(found.get(file) ?? []), key])
      const required = schema.required?.filter(name => name !== 'apiVersion' && name !== 'kind') ?? []
      const { required: _, ...rest } = schema
      definitions[key] = {
        ...rest,
        properties: { ...schema.properties, apiVersion: { type: 'string' }, kind: { type: 'string' } },
        ...(required.length === 0 ? {} : { required }),
      }
    }
  }
  return found
}

function addCustomResources(target: Files, names: Map<string, string[]>): void {
  for (const name of readdirSync(new URL('custom-resources/', DATA)).sort()) {
    for (const document of documents(`custom-resources/${name}`)) {
      const manifest = document as Manifest & { items?: readonly Manifest[] }
      for (const definition of manifest.kind === 'List' ? (manifest.items ?? []) : [manifest]) {
        for (const [path, schema] of kindsDeclaredBy(definition)) {
          const slash = path.indexOf('/')
          const [file, key] = [path.slice(0, slash), path.slice(slash + 1)]
          const definitions = target.get(file) ?? {}
          target.set(file, definitions)
          if (definitions[key] !== undefined) throw new Error(`${name} declares ${path}, which a package has by now`)
          definitions[key] = schema
          names.set(file, [...(names.get(file) ?? []), key])
        }
      }
    }
  }
}

/** Lays our corrections over the definitions: fields gain a default or an enumeration, or are new. */
function correct(target: Files, byDefinition: Corrections['fields']): void {
  for (const [path, fields] of Object.entries(byDefinition)) {
    change(target, path, schema => {
      const corrected = Object.entries(fields).map(
        ([name, field]) => [name, { ...schema.properties?.[name], ...field }] as const,
      )
      for (const [name, field] of corrected) {
        const isKnown = field.type !== undefined || schema.properties?.[name] !== undefined
        if (!isKnown || field['x-ref'] !== undefined)
          throw new Error(`the correction of ${path}.${name} corrects nothing`)
      }
      return { ...schema, properties: { ...schema.properties, ...Object.fromEntries(corrected) } }
    })
  }
}

function allowEmpty(target: Files, byDefinition: Corrections['emptyIsUnset']): void {
  for (const [path, names] of Object.entries(byDefinition)) {
    change(target, path, schema => {
      const widened = names.map(name => {
        const field = schema.properties?.[name]
        if (field?.enum === undefined) throw new Error(`${path}.${name} is no enumeration`)
        return [name, { ...field, enum: ['', ...field.enum] }] as const
      })
      return { ...schema, properties: { ...schema.properties, ...Object.fromEntries(widened) } }
    })
  }
}

function markFields(target: Files, fields: KubernetesLifecycle['fields']): void {
  for (const [path, marks] of Object.entries(fields)) {
    change(target, path, schema => {
      for (const mark of Object.keys(marks)) {
        const name = mark.replace(/=.*$/, '')
        if (schema.properties?.[name] === undefined)
          throw new Error(`the lifecycle table names ${path}.${name}, which no model has`)
      }
      return {
        ...schema,
        'x-since': Object.fromEntries(Object.entries(marks).map(([mark, { since }]) => [mark, since])),
      }
    })
  }
}

function change(target: Files, path: string, to: (schema: Schema) => Schema): void {
  const slash = path.indexOf('/')
  const definitions = target.get(path.slice(0, slash))
  const key = path.slice(slash + 1)
  const schema = definitions?.[key]
  if (definitions === undefined || schema === undefined) throw new Error(`no definition is called ${path}`)
  definitions[key] = to(schema)
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0
}
