/** The words in which the schema of the spec is written: each makes a JSON Schema with a description for people. */
export type Schema = { readonly [keyword: string]: unknown }

export const text = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  minLength: 1,
  description,
  ...more,
})

export const whole = (description: string, minimum: number, maximum?: number): Schema => ({
  type: 'integer',
  description,
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
})

export const closed = (
  description: string,
  properties: Record<string, Schema>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  description,
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
})

export const named = (description: string, value: Schema): Schema => ({
  type: 'object',
  description,
  propertyNames: { pattern: NAME },
  additionalProperties: value,
})

export const listOf = (description: string, items: Schema, more: Schema = {}): Schema => ({
  type: 'array',
  description,
  items,
  ...more,
})

export const NAME = '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'
export const IDENTIFIER = '^[a-z][a-z0-9_]*$'
export const DAY = '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
export const HOST = '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$'
export const BUCKET = '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$'
const SIZE = '^[1-9][0-9]*(Mi|Gi|Ti)$'
const DURATION = '^(0|[0-9]+(s|m|h|d|w))$'
const CIDR = '^([0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9a-f:]+/[0-9]{1,3})$'

export const size = (description: string) => text(description, { pattern: SIZE, examples: ['20Gi'] })

export const duration = (description: string): Schema => ({
  type: ['string', 'integer'],
  description,
  pattern: DURATION,
  maximum: 0,
  examples: ['72h'],
})

export const cidrs = (description: string) => listOf(description, { type: 'string', pattern: CIDR }, { minItems: 1 })
