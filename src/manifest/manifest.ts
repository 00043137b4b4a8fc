import type { FieldPath } from './path.ts'

/** A value as it stands in YAML or JSON. Integers beyond 2^53 are `bigint`, so that no digit is lost. */
export type Value = string | number | bigint | boolean | null | readonly Value[] | { readonly [key: string]: Value }

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** One Kubernetes object, as plain data. Only what its schema confirms may be relied upon beyond these fields. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly [field: string]: unknown
}

/** A place in a text. Lines and columns count from 1, columns in UTF-16 code units; `offset` counts from 0. */
export interface Position {
  readonly line: number
  readonly column: number
  readonly offset: number
}

/** From the first character up to, but not including, `end`. */
export interface Range {
  readonly start: Position
  readonly end: Position
}

/** The line of the platform's own files that decided a generated value. */
export interface Origin {
  /** The spec key: `tenants.acme.environments.production.users`. */
  readonly key: string
  readonly file: string
  readonly line: number
}

/** A manifest together with the file that it was read from. */
export interface Source {
  readonly file: string
  readonly manifest: Manifest
  /** Where the value at `path` stands; of an absent field, its nearest present ancestor (the key of it). */
  range(path: FieldPath): Range
  readonly origin?: Origin
}

/** The API group of a manifest: `apps` of `apps/v1`, the empty string of `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? '' : apiVersion.slice(0, slash)
}

/** `Kind/name`, or `Kind/namespace/name`: how messages and waivers name a manifest. */
export function objectName(manifest: Manifest): string {
  const { name, namespace } = manifest.metadata
  return namespace === undefined ? `${manifest.kind}/${name}` : `${manifest.kind}/${namespace}/${name}`
}
