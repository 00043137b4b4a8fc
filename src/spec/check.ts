import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { nearest } from '../manifest/nearest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { formatPath, valueAt } from '../manifest/path.ts'
import { InputError, type Problem } from './problem.ts'
import type { YamlFile } from './yaml-file.ts'

type SchemaNode = { readonly [keyword: string]: unknown }

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strict: true, strictTypes: false })
const compiled = new WeakMap<SchemaNode, ValidateFunction>()

/**
 * Checks a file against a schema of ours.
 *
 * @throws InputError with one problem for each fault, at the key that is wrong.
 */
export function checkFile(yaml: YamlFile, schema: SchemaNode): void {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  if (validate(yaml.value)) return
  const errors = validate.errors ?? []
  const alternatives = errors.filter(error => error.keyword === 'oneOf').map(error => error.instancePath)
  const problems = errors
    .filter(error => error.keyword === 'oneOf' || !alternatives.some(path => error.instancePath.startsWith(path)))
    .filter(error => error.keyword !== 'if' && error.propertyName === undefined)
    .map(error => problemOf(yaml, error))
  const order = (problem: Problem) => problem.start?.offset ?? 0
  throw new InputError(problems.sort((left, right) => order(left) - order(right)))
}

/** How each keyword of JSON Schema is told to the person who wrote the file. */
type Telling = (error: ErrorObject, name: string, value: string) => { message: string; hint?: string }

const TELLINGS: Readonly<Record<string, Telling>> = {
  required: (error, name) => ({
    message: `${name === '' ? 'the file' : `"${name}"`} has no "${error.params.missingProperty}"`,
    ...hintOf(describe(child(error, String(error.params.missingProperty)))),
  }),
  enum: (error, name, value) => oneOf(name, value, error.params.allowedValues as unknown[], error.data),
  const: (error, name, value) => oneOf(name, value, [error.params.allowedValue], error.data),
  type: (error, name, value) => ({
    message: `"${name}" is ${value}, ${article([error.params.type].flat().join(' or '))} is needed`,
    ...hintOf(describe(error.parentSchema)),
  }),
  pattern: (error, name, value) => ({
    message: `"${name}" is ${value}, which does not have the form it needs`,
    ...hintOf(describe(error.parentSchema)),
  }),
  minimum: (error, name, value) => ({ message: `"${name}" is ${value}, the least is ${error.params.limit}` }),
  exclusiveMinimum: (error, name, value) => ({
    message: `"${name}" is ${value}, it has to be above ${error.params.limit}`,
  }),
  maximum: (error, name, value) => ({ message: `"${name}" is ${value}, the most is ${error.params.limit}` }),
  minLength: (_error, name) => ({ message: `"${name}" is empty` }),
  minItems: (_error, name) => ({ message: `"${name}" is an empty list` }),
  oneOf: (error, name, value) => ({
    message: `"${name}" is ${value}, which is neither of the forms that may stand here`,
    ...hintOf(((error.parentSchema?.oneOf ?? []) as SchemaNode[]).map(describe).filter(Boolean).join(' | ')),
  }),
  propertyNames: error => ({
    message: `the name "${error.params.propertyName}" does not have the form of a name here`,
    hint: 'lower-case letters, digits and dashes, beginning with a letter, at most 40 (overrides: Kind/name)',
  }),
}

function problemOf(yaml: YamlFile, error: ErrorObject): Problem {
  const at = pathOf(error.instancePath)
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params.additionalProperty)
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object)
    const near = nearest(key, known)
    return {
      file: yaml.file,
      ...yaml.place([...at, key]),
      message: `unknown key "${key}"${at.length === 0 ? '' : ` in "${formatPath(at)}"`}`,
      hint: near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`,
    }
  }
  const tell = TELLINGS[error.keyword]
  const told =
    tell === undefined
      ? { message: `"${formatPath(at)}" ${error.message ?? error.keyword}` }
      : tell(error, formatPath(at), describeValue(valueAt(yaml.value, at)))
  const place =
    error.keyword === 'propertyNames'
      ? yaml.place([...at, String(error.params.propertyName)])
      : error.keyword === 'required'
        ? yaml.place(at)
        : yaml.valuePlace(at)
  return { file: yaml.file, ...place, ...told }
}

function pathOf(pointer: string): FieldPath {
  const steps = pointer.split('/').slice(1)
  return steps
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(step => (/^\d+$/.test(step) ? Number(step) : step))
}

function oneOf(
  name: string,
  value: string,
  allowed: readonly unknown[],
  written: unknown,
): { message: string; hint: string } {
  const words = allowed.map(String)
  // YAML reads 18.0 as the number 18.
  const unquoted = typeof written === 'number' ? words.find(word => Number(word) === written) : undefined
  const near = nearest(value.replaceAll('"', ''), words)
  const hint = near === undefined ? `write one of ${words.join(', ')}` : `did you mean "${near}"?`
  return {
    message: `"${name}" is ${value}, which is not one of ${words.join(', ')}`,
    hint: unquoted === undefined ? hint : `write it in quotes: "${unquoted}"`,
  }
}

function child(error: ErrorObject, key: string): SchemaNode | undefined {
  return (error.parentSchema?.properties as Record<string, SchemaNode> | undefined)?.[key]
}

/** The description of a schema, with an example where it has one. */
function describe(schema: SchemaNode | undefined): string {
  const examples = (schema?.examples ?? []) as unknown[]
  const text = String(schema?.description ?? '')
  return examples.length === 0 ? text : `${text} Example: ${examples.join(', ')}`
}

function hintOf(text: string): { hint?: string } {
  return text === '' ? {} : { hint: text }
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)
  return `the ${typeof value === 'boolean' ? 'truth value' : 'number'} ${String(value)}`
}

function article(type: string): string {
  const names: Readonly<Record<string, string>> = {
    integer: 'a whole number',
    object: 'a map',
    array: 'a list',
    boolean: 'true or false',
    string: 'text (put it in quotes)',
    number: 'a number',
  }
  return type
    .split(' or ')
    .map(name => names[name] ?? name)
    .join(' or ')
}
