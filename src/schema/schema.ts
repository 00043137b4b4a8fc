/**
 * The part of OpenAPI v3 that Kubernetes uses to describe a kind: what a structural schema of a CustomResourceDefinition
 * may hold, plus `x-ref` and `x-since`, which no CustomResourceDefinition can have: the built schemas use them.
 */
export interface Schema {
  /** `<file>/<key>` of a definition in the built schemas. Stands alone. */
  readonly 'x-ref'?: string
  /** Absent: any type. */
  readonly type?: SchemaType
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  /** The schema of every entry of a free map; `true` for any value. */
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly format?: string
  /** RE2, unanchored. */
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  /** In Unicode code points. */
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly nullable?: boolean
  readonly default?: unknown
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly not?: Schema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  /** CEL rules about the value. */
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[]
  /** Per field (or `field=value`): the Kubernetes minor from which a cluster honours it without a feature gate. */
  readonly 'x-since'?: Readonly<Record<string, string>>
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'

/** One CEL rule of a schema: `self` is the value at hand, `oldSelf` what it was before. */
export interface ValidationRule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
  readonly fieldPath?: string
  readonly optionalOldSelf?: boolean
}

/** The definitions of one built file, by key: `v1/DeploymentSpec`. */
export type Definitions = Readonly<Record<string, Schema>>
