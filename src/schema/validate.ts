import type { Violation } from '../lint/finding.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { nearest } from '../manifest/nearest.ts'
import { formatPath } from '../manifest/path.ts'
import { type Fields, isFields } from '../manifest/value.ts'
import { formatNamed } from './format.ts'
import { fieldSchema } from './places.ts'
import type { Registry } from './registry.ts'
import type { Schema, SchemaType } from './schema.ts'

/** What validation says of one manifest. */
export type Outcome =
  | { readonly outcome: 'judged'; readonly problems: readonly Violation[] }
  /** No schema of this kind: neither a pass nor an error, for the caller to count. */
  | { readonly outcome: 'unknown'; readonly reason: string }

const REQUIRED_TYPE = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
} as const satisfies Record<SchemaType, string>

/** The bounds of the integer formats, both included. */
const INTEGER_RANGES: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
}

/** What controller-gen writes for a resource.Quantity; it reads better as what it means. */
const QUANTITY_PATTERN =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$'

/** The longest value that a message quotes whole, in characters. */
const LONGEST_QUOTE = 80

/** One validation under way. `path` is where it stands, changed in place. */
interface Run {
  readonly registry: Registry
  readonly path: (string | number)[]
  readonly problems: Violation[]
  /** Fields at the root whose values no message may show. */
  readonly secret: readonly string[]
}

/**
 * All that is wrong with a manifest's structure, as the API server's strict field validation sees it: unknown fields, wrong
 * types, missing fields, values outside their bounds, formats, patterns and enumerations. A field that is null counts as
 * absent, which is how the API server reads it. CEL rules are for `evaluateRules`.
 */
export function validate(registry: Registry, manifest: Manifest): Outcome {
  const { apiVersion, kind } = manifest
  const schema = registry.kind(apiVersion, kind)
  if (schema === undefined) return { outcome: 'unknown', reason: registry.unknown(apiVersion, kind) }
  const secret = kind === 'Secret' && apiVersion === 'v1' ? ['data', 'stringData'] : []
  const run: Run = { registry, path: [], problems: [], secret }
  checkValue(run, schema, manifest, true)
  return { outcome: 'judged', problems: run.problems }
}

/** `strict`: unknown fields are problems. Under `allOf` and its like they are not: those only narrow. */
function checkValue(run: Run, declared: Schema, value: unknown, strict: boolean): void {
  const schema = run.registry.resolve(declared)
  if (value === null && schema.nullable === true) return
  const wanted = missedType(schema, value)
  if (wanted !== undefined) {
    reportHere(run, `${subject(run.path)} is ${described(run, value)}, ${wanted} is required`)
    return
  }
  if (typeof value === 'string') checkText(run, schema, value)
  else if (typeof value === 'number' || typeof value === 'bigint') checkNumber(run, schema, value)
  else if (Array.isArray(value)) checkList(run, schema, value, strict)
  else if (isFields(value)) checkMap(run, schema, value, strict)
  if (schema.enum !== undefined) checkEnum(run, schema.enum, value)
  checkCombinations(run, schema, value, strict)
}

/** The type that the schema asks for and the value is not of, as a message says it. */
function missedType(schema: Schema, value: unknown): string | undefined {
  const { type } = schema
  if (type !== undefined) return isOfType(type, value) ? undefined : REQUIRED_TYPE[type]
  if (schema['x-kubernetes-int-or-string'] === true) {
    return typeof value === 'string' || isOfType('integer', value) ? undefined : 'a whole number or text'
  }
  if (schema.format !== 'quantity' || typeof value === 'string' || isOfType('number', value)) return undefined
  return formatNamed('quantity')?.wanted
}

function isOfType(type: SchemaType, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isFields(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value) || typeof value === 'bigint'
    case 'number':
      return Number.isFinite(value) || typeof value === 'bigint'
    default:
      return typeof value === type
  }
}

function checkMap(run: Run, schema: Schema, value: Fields, strict: boolean): void {
  const { properties, required } = schema
  const isOpen =
    !strict ||
    schema.type === undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties === true
  let size = 0
  for (const name in value) {
    size += 1
    const child = value[name]
    const field = fieldSchema(schema, name)
    if (field !== undefined) {
      if (child === null || child === undefined) continue
      run.path.push(name)
      checkValue(run, field, child, strict)
      run.path.pop()
    } else if (!isOpen) reportUnknownField(run, name, Object.keys(properties ?? {}))
  }
  if (required !== undefined) for (const name of required) checkPresent(run, schema, name, value[name])
  if (schema['x-kubernetes-embedded-resource'] === true) {
    for (const name of ['apiVersion', 'kind']) checkPresent(run, schema, name, value[name])
  }
  checkSize(run, size, schema.minProperties, schema.maxProperties, 'entries')
}

/** An absent field with a default is there by the time the API server validates; so is a null that the schema allows. */
function checkPresent(run: Run, schema: Schema, name: string, child: unknown): void {
  if (child !== undefined && child !== null) return
  const field = schema.properties?.[name]
  if (field?.default !== undefined || (child === null && field?.nullable === true)) return
  report(run, [name], `required field ${subject([...run.path, name])} is ${child === null ? 'null' : 'missing'}`)
}

function checkList(run: Run, schema: Schema, value: readonly unknown[], strict: boolean): void {
  if (schema.items !== undefined) {
    for (let index = 0; index < value.length; index += 1) {
      run.path.push(index)
      checkValue(run, schema.items, value[index], strict)
      run.path.pop()
    }
  }
  checkSize(run, value.length, schema.minItems, schema.maxItems, 'entries')
  const listType = schema['x-kubernetes-list-type']
  if (listType === 'set' || listType === 'map') checkRepeats(run, schema, value)
}

/** Lists that the API server merges by key, or keeps as sets: a second entry with the same key is refused. */
function checkRepeats(run: Run, schema: Schema, value: readonly unknown[]): void {
  const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined
  const fields = schema.items === undefined ? undefined : run.registry.resolve(schema.items).properties
  const seen = new Map<string, number>()
  for (const [index, entry] of value.entries()) {
    if (keys !== undefined && !isFields(entry)) continue
    const identity = keys === undefined ? entry : keys.map(key => (entry as Fields)[key] ?? fields?.[key]?.default)
    const text = jsonOf(identity)
    const first = seen.get(text)
    if (first === undefined) {
      seen.set(text, index)
      continue
    }
    const names = keys?.map((key, at) => `${key} ${jsonOf((identity as unknown[])[at])}`)
    const same = quoted(names === undefined ? text : names.join(', '))
    const [here, there] = [subject([...run.path, index]), subject([...run.path, first])]
    report(run, [index], `${here} repeats ${same} of ${there}, the API server refuses the list`)
  }
}

function checkText(run: Run, schema: Schema, value: string): void {
  checkSize(run, lengthOf(schema, value), schema.minLength, schema.maxLength, 'characters')
  if (schema.pattern !== undefined) checkPattern(run, schema.pattern, value)
  const format = schema.format === undefined ? undefined : formatNamed(schema.format)
  if (format !== undefined && !format.accepts(value)) reportValue(run, value, `${format.wanted} is required`)
}

function checkPattern(run: Run, pattern: string, value: string): void {
  const expression = run.registry.pattern(pattern)
  if (expression === undefined) {
    reportHere(run, `${subject(run.path)} is not checked, the pattern ${quoted(pattern)} of its schema is no RE2`)
  } else if (!expression.test(value)) {
    const wanted = pattern === QUANTITY_PATTERN ? formatNamed('quantity')?.wanted : `text that matches ${pattern}`
    reportValue(run, value, `${wanted} is required`)
  }
}

/** In code points, as the API server counts; worked out only where a bound asks for it. */
function lengthOf(schema: Schema, value: string): number {
  if (schema.minLength === undefined && schema.maxLength === undefined) return 0
  let length = 0
  for (const _ of value) length += 1
  return length
}

function checkNumber(run: Run, schema: Schema, value: number | bigint): void {
  const { minimum, maximum, multipleOf } = schema
  if (minimum !== undefined) {
    const isAbove = schema.exclusiveMinimum === true
    if (isAbove && value <= minimum) reportValue(run, value, `more than ${minimum} is required`)
    else if (value < minimum) reportValue(run, value, `the least is ${minimum}`)
  }
  if (maximum !== undefined) {
    const isBelow = schema.exclusiveMaximum === true
    if (isBelow && value >= maximum) reportValue(run, value, `less than ${maximum} is required`)
    else if (value > maximum) reportValue(run, value, `the most is ${maximum}`)
  }
  if (multipleOf !== undefined && Number(value) % multipleOf !== 0) {
    reportValue(run, value, `a multiple of ${multipleOf} is required`)
  }
  const range = schema.type === 'integer' ? INTEGER_RANGES[schema.format ?? 'int64'] : undefined
  if (range === undefined) return
  const [least, most] = range
  if (value < least) reportValue(run, value, `the least is ${least}`)
  if (value > most) reportValue(run, value, `the most is ${most}`)
}

function checkSize(run: Run, size: number, least: number | undefined, most: number | undefined, unit: string): void {
  const counted = size === 1 && unit === 'entries' ? '1 entry' : `${size} ${unit}`
  if (least !== undefined && size < least) reportHere(run, `${subject(run.path)} has ${counted}, the least is ${least}`)
  if (most !== undefined && size > most) reportHere(run, `${subject(run.path)} has ${counted}, the most is ${most}`)
}

function checkEnum(run: Run, allowed: readonly unknown[], value: unknown): void {
  if (allowed.includes(value)) return
  if (typeof value === 'object' && allowed.some(entry => jsonOf(entry) === jsonOf(value))) return
  const texts = allowed.filter(entry => typeof entry === 'string')
  const near = typeof value === 'string' ? nearest(value, texts) : undefined
  // An empty text is a way not to set the field: nothing to recommend.
  const shown = allowed.filter(entry => entry !== '').map(jsonOf)
  const all = `allowed ${shown.length === 1 ? 'is' : 'are'} ${shown.join(', ')}`
  reportValue(run, value, near === undefined ? all : `nearest is "${near}"`)
}

/**
 * `allOf`, `anyOf`, `oneOf` and `not` narrow what the rest of the schema allows and declare no fields, so under them an
 * unknown field is no problem; unless there is no rest, and the alternatives are all there is.
 */
function checkCombinations(run: Run, schema: Schema, value: unknown, strict: boolean): void {
  const { allOf, anyOf, oneOf, not } = schema
  if (allOf !== undefined) for (const part of allOf) checkValue(run, part, value, false)
  if (anyOf !== undefined) {
    const isUnion = strict && Object.keys(schema).length === 1
    const branches = anyOf.map(branch => problemsOf(run, branch, value, isUnion))
    if (branches.every(problems => problems.length > 0)) reportNoneFits(run, anyOf, branches)
  }
  if (oneOf !== undefined) {
    const branches = oneOf.map(branch => problemsOf(run, branch, value, false))
    const fitting = oneOf.filter((_, index) => branches[index]?.length === 0)
    if (fitting.length === 0) reportNoneFits(run, oneOf, branches)
    else if (fitting.length > 1) {
      const fields = fitting.map(onlyRequired)
      const several = fields.every(field => field !== undefined)
        ? `has ${fields.join(' and ')}`
        : `fits ${fitting.length} alternatives at once`
      reportHere(run, `${subject(run.path)} ${several}, exactly one is allowed`)
    }
  }
  if (not !== undefined && problemsOf(run, not, value, false).length === 0) {
    reportHere(run, `${subject(run.path)} has ${onlyRequired(not) ?? 'a form'} that its schema forbids`)
  }
}

function problemsOf(run: Run, schema: Schema, value: unknown, strict: boolean): readonly Violation[] {
  const problems: Violation[] = []
  checkValue({ ...run, problems }, schema, value, strict)
  return problems
}

function reportNoneFits(run: Run, alternatives: readonly Schema[], branches: readonly (readonly Violation[])[]): void {
  const fields = alternatives.map(onlyRequired)
  if (fields.every(field => field !== undefined)) {
    reportHere(run, `${subject(run.path)} has none of ${fields.join(', ')}, one is required`)
    return
  }
  // An alternative that the value itself fits, and only something in it does not, is the one that was meant.
  const meant = branches.find(problems => problems.every(({ at }) => at.length > run.path.length))
  run.problems.push(...(meant ?? branches[0] ?? []))
}

/** `"a"` of a schema that demands nothing but the field `a`: how alternatives are told apart most often. */
function onlyRequired(schema: Schema): string | undefined {
  const [name, ...more] = schema.required ?? []
  return name !== undefined && more.length === 0 && Object.keys(schema).length === 1 ? `"${name}"` : undefined
}

// ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function reportUnknownField(run: Run, name: string, known: readonly string[]): void {
  const near = nearest(name, known)
  const consequence = near === undefined ? 'the API server refuses or drops it' : `nearest is "${near}"`
  report(run, [name], `unknown field "${name}", ${consequence}`)
}

/** For a value of the right type: its type goes without saying. */
function reportValue(run: Run, value: unknown, fact: string): void {
  const shown = isSecret(run) ? 'a text that is not shown' : quoted(jsonOf(value))
  reportHere(run, `${subject(run.path)} is ${shown}, ${fact}`)
}

function described(run: Run, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  const type = typeof value === 'string' ? 'text' : typeof value === 'bigint' ? 'number' : typeof value
  return isSecret(run) ? `a ${type} that is not shown` : `${type} ${quoted(jsonOf(value))}`
}

function quoted(json: string): string {
  return json.length <= LONGEST_QUOTE ? json : `${json.slice(0, LONGEST_QUOTE)}…`
}

function jsonOf(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number' || value === undefined) return String(value)
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner))
}

function subject(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'the manifest' : `"${formatPath(path)}"`
}

function isSecret(run: Run): boolean {
  const [first] = run.path
  return typeof first === 'string' && run.secret.includes(first)
}

function reportHere(run: Run, message: string): void {
  report(run, [], message)
}

function report(run: Run, below: readonly (string | number)[], message: string): void {
  run.problems.push({ at: [...run.path, ...below], message })
}
