import { type Pattern, patternOf } from '../cel/regex.ts'
import { groupOf, type Manifest } from '../manifest/manifest.ts'
import { nearest } from '../manifest/nearest.ts'
import { isCustomResourceDefinition, kindKey, kindsDeclaredBy } from './custom-resource.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Definitions, Schema } from './schema.ts'
import { validate } from './validate.ts'

/** What is known without loading a schema: small, read at every start. */
export interface Catalogue {
  /** The kinds of each built file as `<version>/<kind>`. The file of a group bears its name, that of the core group `core`. */
  readonly kinds: Readonly<Record<string, readonly string[]>>
  readonly lifecycle: Lifecycle
}

/** The built schemas. `load` is called once for a file, when the first manifest needs it. */
export interface SchemaFiles {
  readonly catalogue: Catalogue
  load(file: string): Definitions
}

/** Every kind there is a schema of: those built into waybill, and those that the input declares. */
export interface Registry {
  readonly lifecycle: Lifecycle
  /** The schema of a kind, or `undefined` when there is none. */
  kind(apiVersion: string, kind: string): Schema | undefined
  /** Why `kind` found nothing: which part of it is unknown, and what comes nearest. */
  unknown(apiVersion: string, kind: string): string
  /** The schema itself, or the definition that it refers to. */
  resolve(schema: Schema): Schema
  /** The compiled pattern, or `undefined` when it is no RE2. */
  pattern(text: string): Pattern | undefined
}

/**
 * The registry over the built schemas and the CustomResourceDefinitions among `manifests` (others are passed over). What
 * the input declares stands before what is built in: it is what the cluster will have. Of two that declare the same kind
 * the first counts. A definition that is not valid itself declares its kinds as unknown.
 */
export function registryOf(files: SchemaFiles, manifests: Iterable<Manifest> = []): Registry {
  const builtIn = builtRegistry(files)
  const declared = new Map<string, Schema>()
  const broken = new Map<string, string>()
  for (const manifest of manifests) {
    if (!isCustomResourceDefinition(manifest)) continue
    const outcome = validate(builtIn, manifest)
    const isValid = outcome.outcome === 'judged' && outcome.problems.length === 0
    for (const [key, schema] of kindsDeclaredBy(manifest)) {
      if (declared.has(key) || broken.has(key)) continue
      if (isValid) declared.set(key, schema)
      else broken.set(key, manifest.metadata.name)
    }
  }
  if (declared.size === 0 && broken.size === 0) return builtIn
  return {
    ...builtIn,
    kind(apiVersion, kind) {
      const key = kindKey(apiVersion, kind)
      return broken.has(key) ? undefined : (declared.get(key) ?? builtIn.kind(apiVersion, kind))
    },
    unknown(apiVersion, kind) {
      const key = kindKey(apiVersion, kind)
      const culprit = broken.get(key)
      if (culprit !== undefined)
        return `no schema of "${apiVersion}" "${kind}", CustomResourceDefinition "${culprit}" is broken`
      return reasonOf(apiVersion, kind, [...declared.keys(), ...keysOf(files.catalogue)])
    },
  }
}

function builtRegistry({ catalogue, load }: SchemaFiles): Registry {
  const kinds = new Set(keysOf(catalogue))
  const loaded = new Map<string, Definitions>()
  const definitions = new Map<string, Schema>()
  /** What was asked for already: of thousands of manifests most are of a few kinds. */
  const byVersion = new Map<string, Map<string, Schema | undefined>>()
  const definition = (reference: string): Schema => {
    const known = definitions.get(reference)
    if (known !== undefined) return known
    const slash = reference.indexOf('/')
    const file = reference.slice(0, slash)
    const content = loaded.get(file) ?? load(file)
    loaded.set(file, content)
    const schema = content[reference.slice(slash + 1)]
    if (schema === undefined) throw new Error(`the built schemas refer to ${reference}, which they do not hold`)
    definitions.set(reference, schema)
    return schema
  }
  return {
    lifecycle: catalogue.lifecycle,
    kind(apiVersion, kind) {
      const sameVersion = byVersion.get(apiVersion) ?? new Map<string, Schema | undefined>()
      byVersion.set(apiVersion, sameVersion)
      if (!sameVersion.has(kind)) {
        const key = kindKey(apiVersion, kind)
        sameVersion.set(kind, kinds.has(key) ? definition(key) : undefined)
      }
      return sameVersion.get(kind)
    },
    unknown: (apiVersion, kind) => reasonOf(apiVersion, kind, [...kinds]),
    resolve: schema => (schema['x-ref'] === undefined ? schema : definition(schema['x-ref'])),
    pattern(text) {
      const pattern = patternOf(text)
      return typeof pattern === 'string' ? undefined : pattern
    },
  }
}

function keysOf(catalogue: Catalogue): string[] {
  return Object.entries(catalogue.kinds).flatMap(([file, kinds]) => kinds.map(kind => `${file}/${kind}`))
}

function reasonOf(apiVersion: string, kind: string, keys: readonly string[]): string {
  const fact = `no schema of "${apiVersion}" "${kind}"`
  const prefix = kindKey(apiVersion, '')
  const near = nearest(
    kind,
    keys.filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length)),
  )
  if (near !== undefined) return `${fact}, nearest is "${near}"`
  const group = `${groupOf(apiVersion) === '' ? 'core' : groupOf(apiVersion)}/`
  const elsewhere = keys.find(key => key.startsWith(group) && key.endsWith(`/${kind}`))
  return elsewhere === undefined
    ? fact
    : `${fact}, "${elsewhere.slice(0, -kind.length - 1).replace(/^core\//, '')}" has one`
}
