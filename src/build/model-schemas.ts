/**
 * Reads the schemas of the kinds out of the kubernetes-models packages. Their compiled validators (`_schemas/*.js`) name
 * every type, bound and pattern in the errors they would give, so they are read, never run; their declarations (`*.d.ts`)
 * say where a definition belongs, and hold the few fields that the validators lost (those called `description` or `x-…`).
 */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Schema } from '../schema/schema.ts'
import { addLostFields, type Declaration, readDeclaration } from './model-declaration.ts'
import { type Draft, mapped, readValidator } from './model-validator.ts'

/** Later packages win where two hold the same definition: the owner of a group stands after those who borrow from it. */
const PACKAGES = [
  'kubernetes-models',
  '@kubernetes-models/apimachinery',
  '@kubernetes-models/argo-cd',
  '@kubernetes-models/cert-manager',
  '@kubernetes-models/cloudnative-pg',
  '@kubernetes-models/external-secrets',
  '@kubernetes-models/flux-cd',
  '@kubernetes-models/gateway-api',
  '@kubernetes-models/keda',
  '@kubernetes-models/prometheus-operator',
  '@kubernetes-models/traefik',
]

/** The file of the core group, whose own name is empty. */
const CORE = 'core'

const OPEN_MAP: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** What the models cannot say: values that take more than one shape, or any. By the end of the definition's full name. */
const BY_HAND: ReadonlyMap<string, Schema> = new Map([
  ['UtilIntstrIntOrString', { 'x-kubernetes-int-or-string': true }],
  ['ApiResourceQuantity', { format: 'quantity' }],
  ['RuntimeRawExtension', OPEN_MAP],
  ['MetaV1FieldsV1', OPEN_MAP],
  ['MetaV1Patch', OPEN_MAP],
  ...['v1', 'v1beta1'].flatMap((version): [string, Schema][] => {
    const prefix = `Apiextensions${version.replace('v', 'V')}JSON`
    const schema: Schema = { 'x-ref': `apiextensions.k8s.io/${version}/JSONSchemaProps` }
    return [
      [prefix, {}],
      // A structural schema has one schema for all entries of a list.
      [`${prefix}SchemaPropsOrArray`, schema],
      [`${prefix}SchemaPropsOrBool`, { anyOf: [{ type: 'boolean' }, schema] }],
      [`${prefix}SchemaPropsOrStringArray`, { anyOf: [{ type: 'array', items: { type: 'string' } }, schema] }],
    ]
  }),
])

interface Definition {
  readonly file: string
  readonly key: string
  readonly draft: Draft
}

/** Every definition of the packages that is a map with fields, by file and key, references resolved to `<file>/<key>`. */
export function modelSchemas(): Map<string, Record<string, Schema>> {
  const drafts = new Map<string, Draft>()
  const places = new Map<string, { file: string; key: string; declaration: Declaration }>()
  for (const name of PACKAGES) {
    const root = fileURLToPath(new URL('.', import.meta.resolve(`${name}/package.json`)))
    for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
      if (path.startsWith('node_modules') || basename(path).startsWith('index.')) continue
      const isValidator = path.startsWith('_schemas/')
      if (isValidator && path.endsWith('.js')) drafts.set(basename(path, '.js'), readValidator(root + path))
      else if (!isValidator && path.endsWith('.d.ts')) {
        const declaration = readDeclaration(root + path)
        places.set(declaration.name, { ...placeOf(name, path.slice(0, -'.d.ts'.length)), declaration })
      }
    }
  }
  const definitions = new Map<string, Definition>()
  const unused = new Set(BY_HAND.keys())
  for (const [name, draft] of drafts) {
    // A few validators stand in a file with a suffix that their definition does not have.
    const full = name.replace(/_\d+$/, '')
    const place = places.get(full)
    if (place === undefined) throw new Error(`no declaration of ${full}`)
    const { file, key, declaration } = place
    const byHand = [...BY_HAND.keys()].find(ending => full.endsWith(ending))
    if (byHand === undefined) addLostFields(draft, declaration)
    else unused.delete(byHand)
    definitions.set(name, { file, key, draft: byHand === undefined ? draft : (BY_HAND.get(byHand) as Draft) })
  }
  if (unused.size > 0) throw new Error(`no definition is called ${[...unused].join(', ')}`)
  return written(definitions)
}

/** `apps/v1/DeploymentSpec` stands in the file of its group; what belongs to no group, in the file of its package. */
function placeOf(packageName: string, path: string): { file: string; key: string } {
  const slash = path.indexOf('/')
  const first = path.slice(0, slash)
  const native = packageName === 'kubernetes-models'
  if (native && first === 'v1') return { file: CORE, key: path }
  if (native || (first.includes('.') && first !== 'github.com')) return { file: first, key: path.slice(slash + 1) }
  return { file: packageName.slice(packageName.indexOf('/') + 1), key: path }
}

/** Embedded structs flattened, what is no map written where it is used, references by file and key. */
function written(definitions: ReadonlyMap<string, Definition>): Map<string, Record<string, Schema>> {
  const find = (name: string): Definition => {
    const definition = definitions.get(name) ?? definitions.get(`${name}_1`)
    if (definition === undefined) throw new Error(`no validator of ${name}`)
    return definition
  }
  const flattened = ({ calls = [], ...own }: Draft): Draft => {
    const embedded = calls.map(name => flattened(find(name).draft))
    const structs = [...embedded, own]
    return {
      ...Object.assign({}, ...structs),
      properties: Object.assign({}, ...structs.map(struct => struct.properties)),
      required: structs.flatMap(struct => struct.required ?? []),
    }
  }
  const isMap = (draft: Draft): boolean =>
    draft.properties !== undefined || (draft.calls ?? []).some(name => isMap(find(name).draft))
  const schemaOf = (draft: Draft): Schema => {
    const { calls: [target, ...more] = [], ...own } = draft
    if (target === undefined) return schemaOfParts(own)
    const definition = find(target)
    if (!isMap(definition.draft)) return { ...schemaOf(definition.draft), ...schemaOfParts(own) }
    if (more.length > 0 || Object.keys(own).length > 0) throw new Error(`a reference to ${target} has company`)
    return { 'x-ref': `${definition.file}/${definition.key}` }
  }
  const schemaOfParts = ({ calls: _, properties, required, items, additionalProperties, ...rest }: Draft): Schema => ({
    ...rest,
    ...(properties === undefined ? {} : { properties: mapped(properties, schemaOf) }),
    ...(required === undefined || required.length === 0 ? {} : { required: [...new Set(required)].sort() }),
    ...(items === undefined ? {} : { items: schemaOf(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: schemaOf(additionalProperties) }),
  })
  const files = new Map<string, Record<string, Schema>>()
  for (const { file, key, draft } of definitions.values()) {
    if (!isMap(draft)) continue
    const schemas = files.get(file) ?? {}
    files.set(file, schemas)
    schemas[key] = schemaOfParts(flattened(draft))
  }
  return files
}
