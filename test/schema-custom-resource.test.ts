import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatPath } from '../src/manifest/path.ts'
import { schemaAt, visitPlaces } from '../src/schema/places.ts'
import { type Registry, registryOf } from '../src/schema/registry.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'

const files = builtSchemas()

interface Version {
  readonly name: string
  readonly served?: boolean
  readonly schema: object | null
}

function definitionOf(...versions: readonly Version[]): Manifest {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'tills.shop.example' },
    spec: {
      group: 'shop.example',
      scope: 'Namespaced',
      names: { kind: 'Till', plural: 'tills' },
      versions: versions.map(({ name, served = true, schema }, index) => ({
        name,
        served,
        storage: index === 0,
        ...(schema === null ? {} : { schema: { openAPIV3Schema: schema } }),
      })),
    },
  }
}

function specSchema(properties: object, more: object = {}): object {
  return { type: 'object', required: ['spec'], properties: { spec: { type: 'object', properties, ...more } } }
}

function till(spec: unknown, more: object = {}): Manifest {
  return { apiVersion: 'shop.example/v1', kind: 'Till', metadata: { name: 'one' }, spec, ...more }
}

function problemsOf(registry: Registry, manifest: Manifest): string[] {
  const outcome = validate(registry, manifest)
  if (outcome.outcome === 'unknown') throw new Error(outcome.reason)
  return outcome.problems.map(({ message }) => message)
}

function registryWith(properties: object, more: object = {}): Registry {
  return registryOf(files, [definitionOf({ name: 'v1', schema: specSchema(properties, more) })])
}

test('a definition in the input makes its kind known, with the metadata that every kind has', () => {
  assert.is(validate(registryOf(files), till({})).outcome, 'unknown')
  const registry = registryWith({ lanes: { type: 'integer' } })
  assert.equal(problemsOf(registry, till({ lanes: 2 })), [])
  assert.equal(problemsOf(registry, till({ lane: 2 })), ['unknown field "lane", nearest is "lanes"'])
  assert.equal(problemsOf(registry, till({}, { metadata: { name: 'one', label: {} } })), [
    'unknown field "label", nearest is "labels"',
  ])
  assert.equal(problemsOf(registry, till({}, { spec: undefined })), ['required field "spec" is missing'])
})

test('each served version has its own schema, and one that is not served is unknown', () => {
  const registry = registryOf(files, [
    definitionOf(
      { name: 'v2', schema: specSchema({ lanes: { type: 'integer' } }) },
      { name: 'v1', schema: specSchema({ lanes: { type: 'string' } }) },
      { name: 'v1alpha1', served: false, schema: specSchema({}) },
    ),
  ])
  assert.equal(problemsOf(registry, till({ lanes: '2' })), [])
  assert.equal(problemsOf(registry, { ...till({ lanes: 2 }), apiVersion: 'shop.example/v2' }), [])
  assert.equal(validate(registry, { ...till({}), apiVersion: 'shop.example/v1alpha1' }), {
    outcome: 'unknown',
    reason: 'no schema of "shop.example/v1alpha1" "Till", "shop.example/v2" has one',
  })
})

test('a map without fields of its own takes none, unless it keeps what it does not know', () => {
  const registry = registryWith({
    closed: { type: 'object' },
    open: { type: 'object', properties: { size: { type: 'integer' } }, 'x-kubernetes-preserve-unknown-fields': true },
    free: { type: 'object', additionalProperties: { type: 'string' } },
    loose: { type: 'object', additionalProperties: true },
    any: { 'x-kubernetes-preserve-unknown-fields': true },
  })
  assert.equal(
    problemsOf(
      registry,
      till({ closed: {}, open: { other: 1 }, free: { a: 'b' }, loose: { a: 1 }, any: [1, 'a', { b: 2 }] }),
    ),
    [],
  )
  assert.equal(problemsOf(registry, till({ closed: { a: 1 }, open: { size: 'L' }, free: { a: 1 } })), [
    'unknown field "a", the API server refuses or drops it',
    '"spec.open.size" is text "L", a whole number is required',
    '"spec.free.a" is number 1, text is required',
  ])
})

test('a version without a schema, and a root that keeps everything, take any field', () => {
  const none = registryOf(files, [definitionOf({ name: 'v1', schema: null })])
  assert.equal(problemsOf(none, till({ whatever: 1 }, { more: true })), [])
  const open = registryOf(files, [
    definitionOf({ name: 'v1', schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }),
  ])
  assert.equal(problemsOf(open, till({ whatever: 1 }, { more: true })), [])
})

test('an embedded object has a type and metadata of its own', () => {
  const registry = registryWith({
    template: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    },
  })
  const claim = { apiVersion: 'v1', kind: 'Claim', metadata: { labels: { a: 'b' } }, spec: { size: 1 } }
  assert.equal(problemsOf(registry, till({ template: claim })), [])
  assert.equal(problemsOf(registry, till({ template: { metadata: { labels: { a: 1 } }, spce: {} } })), [
    '"spec.template.metadata.labels.a" is number 1, text is required',
    'unknown field "spce", nearest is "spec"',
    'required field "spec.template.apiVersion" is missing',
    'required field "spec.template.kind" is missing',
  ])
})

test('a required field with a default is not missed', () => {
  const registry = registryWith(
    { lanes: { type: 'integer', default: 1 }, name: { type: 'string' } },
    { required: ['lanes', 'name'] },
  )
  assert.equal(problemsOf(registry, till({ name: 'a' })), [])
  assert.equal(problemsOf(registry, till({ lanes: null, name: null })), ['required field "spec.name" is null'])
})

test('what a definition says of metadata narrows it', () => {
  const schema = {
    type: 'object',
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 3 } } },
      spec: { type: 'object' },
    },
  }
  const registry = registryOf(files, [definitionOf({ name: 'v1', schema })])
  assert.equal(problemsOf(registry, till({})), [])
  assert.equal(problemsOf(registry, till({}, { metadata: { name: 'long', labels: { a: 'b' } } })), [
    '"metadata.name" has 4 characters, the most is 3',
  ])
})

test('what the input declares stands before what is built in, and the first definition before the second', () => {
  const own: Manifest = {
    ...definitionOf(),
    spec: {
      group: 'traefik.io',
      names: { kind: 'Middleware', plural: 'middlewares' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: specSchema({ mine: { type: 'string' } }) },
        },
      ],
    },
  }
  const middleware: Manifest = {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name: 'a' },
    spec: { mine: 'a' },
  }
  assert.is(problemsOf(registryOf(files), middleware).length, 1)
  assert.equal(problemsOf(registryOf(files, [own]), middleware), [])
  const twice = registryOf(files, [
    definitionOf({ name: 'v1', schema: specSchema({ first: { type: 'string' } }) }),
    definitionOf({ name: 'v1', schema: specSchema({ second: { type: 'string' } }) }),
  ])
  assert.equal(problemsOf(twice, till({ first: 'a' })), [])
})

test('a definition that is broken itself makes its kind unknown instead of judging by it', () => {
  const broken = definitionOf({
    name: 'v1',
    schema: specSchema({ lanes: { type: 'integer', minimun: 1, items: { propertis: {} } } }),
  })
  assert.equal(problemsOf(registryOf(files), broken), [
    'unknown field "minimun", nearest is "minimum"',
    'unknown field "propertis", nearest is "properties"',
  ])
  assert.equal(validate(registryOf(files, [broken]), till({ lanes: 1 })), {
    outcome: 'unknown',
    reason: 'no schema of "shop.example/v1" "Till", CustomResourceDefinition "tills.shop.example" is broken',
  })
})

test('a slip inside the schema of a free map is found in the definition, and true stands for any', () => {
  const withEntries = (additionalProperties: unknown) =>
    definitionOf({ name: 'v1', schema: specSchema({ free: { type: 'object', additionalProperties } }) })
  const registry = registryOf(files)
  assert.equal(problemsOf(registry, withEntries(true)), [])
  assert.equal(problemsOf(registry, withEntries({ type: 'string' })), [])
  assert.equal(problemsOf(registry, withEntries({ typ: 'string' })), ['unknown field "typ", nearest is "type"'])
  const at = 'spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.free.additionalProperties'
  assert.equal(problemsOf(registry, withEntries('string')), [`"${at}" is text "string", true or false is required`])
})

test('a broken definition of a kind that is built in leaves that kind unknown too', () => {
  const broken: Manifest = {
    ...definitionOf(),
    spec: { group: 'traefik.io', names: { kind: 'Middleware' }, versions: [{ name: 'v1alpha1', served: true }] },
  }
  const middleware = { apiVersion: 'traefik.io/v1alpha1', kind: 'Middleware', metadata: { name: 'a' } }
  assert.is(validate(registryOf(files, [broken]), middleware).outcome, 'unknown')
})

test('a field of a definition that is null counts as absent', () => {
  const schema = {
    type: 'object',
    required: null,
    properties: { spec: { type: 'object', properties: null, enum: [null, {}] } },
  }
  const registry = registryOf(files, [definitionOf({ name: 'v1', schema })])
  assert.equal(problemsOf(registry, till({})), [])
})

test('a reference in a definition is not followed: the API server knows none', () => {
  const registry = registryWith({
    pod: { $ref: 'core/v1/Pod', type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  })
  assert.equal(problemsOf(registry, till({ pod: { anything: 1 } })), [])
})

test('defaults are found at any path, there or not', () => {
  const registry = registryWith({
    lanes: { type: 'array', items: { type: 'object', properties: { open: { type: 'boolean', default: false } } } },
    free: { type: 'object', additionalProperties: { type: 'integer', default: 7 } },
  })
  const manifest = till({})
  assert.is(schemaAt(registry, manifest, ['spec', 'lanes', 3, 'open'])?.default, false)
  assert.is(schemaAt(registry, manifest, ['spec', 'free', 'any'])?.default, 7)
  assert.is(schemaAt(registry, manifest, ['spec', 'none', 'of', 'it']), undefined)
  const cluster = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata: { name: 'db' } }
  assert.is(schemaAt(registry, cluster, ['spec', 'switchoverDelay'])?.default, 3600)
})

test('CEL rules are handed out with the place and the value that they are about', () => {
  const rule = { rule: 'self <= 9', message: 'at most nine lanes' }
  const registry = registryWith({
    lanes: { type: 'integer', 'x-kubernetes-validations': [rule] },
    shops: {
      type: 'array',
      items: { type: 'object', properties: { lanes: { type: 'integer', 'x-kubernetes-validations': [rule] } } },
    },
  })
  const found: [string, unknown][] = []
  visitPlaces(registry, till({ lanes: 12, shops: [{}, { lanes: 3 }] }), (value, schema, at) => {
    for (const { message } of schema['x-kubernetes-validations'] ?? [])
      found.push([`${formatPath(at)}: ${message}`, value])
  })
  assert.equal(found, [
    ['spec.lanes: at most nine lanes', 12],
    ['spec.shops[1].lanes: at most nine lanes', 3],
  ])
})

test.run()
