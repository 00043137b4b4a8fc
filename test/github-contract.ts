import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

/** One thing that GitHub's API does. */
interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly body?: Schema
  readonly responses: Readonly<Record<string, Schema>>
}

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

const description: {
  readonly operations: Readonly<Record<string, Operation>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
} = JSON.parse(readFileSync(new URL('../../test/github-api.json', import.meta.url), 'utf8'))

const ajv = new Ajv({ strict: false, validateFormats: false, coerceTypes: true })
ajv.addSchema(description, 'github')

/** A request as it matched an operation. */
export interface Call {
  readonly operation: string
  /** Of the path and of the query. */
  readonly parameters: Readonly<Record<string, string | number>>
  readonly body: Readonly<Record<string, unknown>>
}

const routes = Object.entries(description.operations).map(([operation, { method, path }]) => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  // A ref holds slashes; everything else is one segment.
  const pattern = path.replace(/\{(\w+)\}/g, (_all, name) => (name === 'ref' ? '(.+)' : '([^/]+)'))
  return { operation, method, names, pattern: new RegExp(`^${pattern}$`) }
})

/**
 * The operation that a request asks for.
 *
 * @throws when there is none, or it has not those parameters or that body
 */
export function callOf(wanted: string, url: URL, text: string): Call {
  for (const { operation, method, names, pattern } of routes) {
    const match = method === wanted ? pattern.exec(url.pathname) : null
    if (match === null) continue
    const inPath = names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')])
    const parameters = Object.fromEntries([...inPath, ...url.searchParams])
    demand(parametersOf(operation), parameters, `the parameters of ${operation}`)
    const body = text === '' ? {} : JSON.parse(text)
    const { body: schema } = operationNamed(operation)
    const known = schema === undefined ? {} : propertiesOf(schema)
    const unknown = Object.keys(body).filter(name => !Object.hasOwn(known, name))
    if (unknown.length > 0) throw new Error(`the body of ${operation} has no ${unknown.join(', ')}`)
    if (schema !== undefined) demand(validator(operation, 'body'), body, `the body of ${operation}`)
    return { operation, parameters, body }
  }
  throw new Error(`GitHub has no ${wanted} ${url.pathname}`)
}

/**
 * An answer as GitHub gives it: what is stated, and for every other field that has to be there something that fits.
 *
 * @throws when what is stated does not fit, or the operation never answers so
 */
export function answerOf(operation: string, status: number, stated: unknown): unknown {
  const schema = operationNamed(operation).responses[status]
  if (schema === undefined) throw new Error(`${operation} never answers ${status}`)
  const answer = completed(schema, stated)
  demand(validator(operation, `responses/${status}`), answer, `answer ${status} of ${operation}`)
  return answer
}

function operationNamed(name: string): Operation {
  const operation = description.operations[name]
  if (operation === undefined) throw new Error(`there is no operation ${name}`)
  return operation
}

const validators = new Map<string, ValidateFunction>()

function validator(operation: string, part: string): ValidateFunction {
  const $ref = `github#/operations/${operation.replace('/', '~1')}/${part}`
  const known = validators.get($ref) ?? ajv.compile({ $ref })
  validators.set($ref, known)
  return known
}

function parametersOf(operation: string): ValidateFunction {
  const known = validators.get(operation)
  if (known !== undefined) return known
  const listed = operationNamed(operation).parameters
  const place = `github#/operations/${operation.replace('/', '~1')}/parameters`
  const made = ajv.compile({
    type: 'object',
    additionalProperties: false,
    required: listed.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(listed.map(({ name }, index) => [name, { $ref: `${place}/${index}/schema` }])),
  })
  validators.set(operation, made)
  return made
}

function demand(validate: ValidateFunction, value: unknown, what: string): void {
  if (!validate(value)) throw new Error(`${what} is not as GitHub describes it: ${ajv.errorsText(validate.errors)}`)
}

function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  return description.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}
}

function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  const { properties = {}, allOf = [], anyOf = [], oneOf = [] } = resolved(schema)
  return Object.assign({}, properties, ...[...allOf, ...anyOf, ...oneOf].map(propertiesOf))
}

function completed(given: Schema, stated: unknown): unknown {
  const schema = resolved(given)
  const types = [schema.type ?? []].flat()
  if (stated === null || (stated === undefined && types.includes('null'))) return null
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) {
    const chosen = choices.map(resolved).find(choice => fits(choice, stated))
    return chosen === undefined ? stated : completed(chosen, stated)
  }
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map(part => completed(part, stated) as object))
  if (Array.isArray(stated)) return stated.map(item => completed(schema.items ?? {}, item))
  if (schema.properties !== undefined && (stated === undefined || typeof stated === 'object')) {
    const fields: Record<string, unknown> = { ...stated }
    for (const name of new Set([...(schema.required ?? []), ...Object.keys(fields)])) {
      fields[name] = completed(schema.properties[name] ?? {}, fields[name])
    }
    return fields
  }
  return stated ?? schema.enum?.[0] ?? SAMPLES[types[0] ?? '']
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  string: '2027-01-01T00:00:00Z',
  integer: 1,
  number: 1,
  boolean: false,
  array: [],
  object: {},
}

/** Whether a choice is of the type of what is stated; when nothing is stated, any is. */
function fits(schema: Schema, stated: unknown): boolean {
  const types = [schema.type ?? (schema.properties === undefined ? [] : 'object')].flat()
  if (stated === undefined || types.length === 0) return true
  return types.includes(Array.isArray(stated) ? 'array' : typeof stated)
}
