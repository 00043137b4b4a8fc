import { suite, test } from 'uvu'
import * as assert from 'uvu/assert'
import * as lintCommand from '../src/cli/lint.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatPath } from '../src/manifest/path.ts'
import { registryOf } from '../src/schema/registry.ts'
import { evaluateRules } from '../src/schema/rule.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'
import { BAKERY } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const files = builtSchemas()

function definitionOf(spec: object): Manifest {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'tills.shop.example' },
    spec: {
      group: 'shop.example',
      scope: 'Namespaced',
      names: { kind: 'Till', plural: 'tills' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } } } },
        },
      ],
    },
  }
}

const till = (spec: unknown): Manifest => ({
  apiVersion: 'shop.example/v1',
  kind: 'Till',
  metadata: { name: 'one' },
  spec,
})

/** What the rules of `spec` say of a till, as `field: message` and `? what could not be run`. */
function said(schema: object, spec: unknown): string[] {
  const registry = registryOf(files, [definitionOf(schema)])
  assert.equal(validate(registry, till(spec)), { outcome: 'judged', problems: [] })
  const { problems, notEvaluated } = evaluateRules(registry, till(spec))
  return [
    ...problems.map(({ at, message }) => `${formatPath(at)}: ${message}`),
    ...notEvaluated.map(text => `? ${text}`),
  ]
}

const rules = (...list: readonly (string | object)[]) => ({
  'x-kubernetes-validations': list.map(rule => (typeof rule === 'string' ? { rule, message: 'no' } : rule)),
})
const NO = '"spec" breaks a rule of its schema: no'
const integer = { type: 'integer' }
const text = { type: 'string' }

test('a rule that is false is told at the field that made it false, in the words of its author', () => {
  const schema = { properties: { least: integer, most: integer }, ...rules('self.least <= self.most') }
  assert.equal(said(schema, { least: 2, most: 3 }), [])
  assert.equal(said(schema, { least: 4, most: 3 }), [`spec.least: ${NO}`])
})

test('a rule sees the object as the API server has defaulted it', () => {
  const most = { ...integer, default: 3 }
  const schema = { properties: { least: integer, most }, ...rules('self.least <= self.most') }
  assert.equal(said(schema, { least: 3 }), [])
  assert.equal(said(schema, { least: 4 }), [`spec.least: ${NO}`])
  assert.equal(said(schema, { least: 4, most: null }), [`spec.least: ${NO}`])
  const inside = {
    properties: {
      drawer: {
        type: 'object',
        default: {},
        properties: { slots: { ...integer, default: 0 } },
        ...rules('self.slots > 0'),
      },
    },
  }
  assert.equal(said(inside, {}), ['spec.drawer.slots: "spec.drawer" breaks a rule of its schema: no'])
})

for (const [schema, value, rule] of [
  [{ type: 'number' }, 5, 'self.x / 2.0 == 2.5'],
  [integer, 5, 'self.x / 2 == 2'],
  [{ type: 'string', format: 'date-time' }, '2026-03-01T00:00:00Z', 'self.x > timestamp("2026-01-01T00:00:00Z")'],
  [{ type: 'string', format: 'date' }, '2026-03-01', 'self.x.getMonth() == 2'],
  [{ type: 'string', format: 'duration' }, '90s', 'self.x == duration("1m30s")'],
  [{ type: 'string', format: 'byte' }, 'YWJj', 'size(self.x) == 3 && self.x == b"abc"'],
  [text, '2026-03-01T00:00:00Z', 'self.x.startsWith("2026")'],
  [{ 'x-kubernetes-int-or-string': true }, 80, 'type(self.x) == int && self.x < 100'],
  [{ 'x-kubernetes-int-or-string': true }, '80%', 'type(self.x) == string && self.x.endsWith("%")'],
  [{ type: 'string', nullable: true }, null, 'has(self.x) && self.x == null'],
  [text, null, '!has(self.x)'],
  [{ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, { a: 1 }, 'has(self.x)'],
] as const) {
  test(`a rule sees ${JSON.stringify(value)} of ${JSON.stringify(schema)} as ${rule}`, () => {
    assert.equal(said({ properties: { x: schema }, ...rules(rule) }, { x: value }), [])
    assert.is(said({ properties: { x: schema }, ...rules(`!(${rule})`) }, { x: value }).length, 1)
  })
}

test('fields that no expression can name are escaped, the keys of a free map are not', () => {
  const names = ['a-b', 'c.d', 'e/f', 'g__h', 'namespace', 'constructor']
  const properties = Object.fromEntries(names.map(name => [name, integer]))
  const spec = Object.fromEntries(names.map(name => [name, 1]))
  const read = 'self.a__dash__b + self.c__dot__d + self.e__slash__f + self.g__underscores__h + self.__namespace__'
  assert.equal(said({ properties, ...rules(`${read} + self.constructor == 6`) }, spec), [])
  assert.equal(said({ properties, ...rules('self.__namespace__ > 1') }, spec), [`spec.namespace: ${NO}`])
  assert.equal(said({ properties, ...rules('self.a__dash__b > 1') }, spec), [`spec.a-b: ${NO}`])
  const free = { additionalProperties: integer, ...rules('self["a-b"] > 1') }
  assert.equal(said(free, { 'a-b': 1 }), [`spec.a-b: ${NO}`])
})

test('rules below lists and maps are asked of each element, with its place', () => {
  const lane = { type: 'object', properties: { width: integer }, ...rules('self.width > 0') }
  const wrong = (at: string) => `${at}.width: "${at}" breaks a rule of its schema: no`
  const list = { properties: { lanes: { type: 'array', items: lane } } }
  assert.equal(said(list, { lanes: [{ width: 1 }, { width: 0 }] }), [wrong('spec.lanes[1]')])
  const map = { properties: { lanes: { type: 'object', additionalProperties: lane } } }
  assert.equal(said(map, { lanes: { left: { width: 0 }, right: { width: 2 } } }), [wrong('spec.lanes.left')])
  assert.equal(said(list, {}), [])
})

test('a rule that compares with what was before is not asked of something new, unless it says that it may be', () => {
  const properties = { size: integer }
  assert.equal(said({ properties, ...rules('self.size >= oldSelf.size') }, { size: 1 }), [])
  const optional = { rule: 'self.size > 3 || oldSelf.hasValue()', message: 'no', optionalOldSelf: true }
  assert.equal(said({ properties, ...rules(optional) }, { size: 1 }), [`spec.size: ${NO}`])
  assert.equal(said({ properties, ...rules(optional) }, { size: 4 }), [])
})

test('a rule may say where it belongs and word its message', () => {
  const properties = { size: integer, 'max-size': integer }
  const placed = { rule: 'self.size < 2', message: 'no', fieldPath: ".['max-size']" }
  assert.equal(said({ properties, ...rules(placed) }, { size: 2 }), [`spec.max-size: ${NO}`])
  const worded = { rule: 'self.size < 2', message: 'no', messageExpression: '"size is " + string(self.size)' }
  assert.equal(said({ properties, ...rules(worded) }, { size: 2 }), [
    'spec.size: "spec" breaks a rule of its schema: size is 2',
  ])
  assert.equal(said({ properties, ...rules({ rule: 'self.size < 2' }) }, { size: 2 }), [
    'spec.size: "spec" breaks a rule of its schema: failed rule: self.size < 2',
  ])
})

test('a rule that ends in an error is a problem, one that does not compile is not evaluated', () => {
  const properties = { size: integer, name: text }
  assert.equal(said({ properties, ...rules('self.name == "a"') }, { size: 1 }), [
    'spec.name: "spec" breaks a rule of its schema: "self.name == "a"" ends in an error: no such key: name',
  ])
  assert.equal(said({ properties, ...rules('object.spec.size == 1') }, { size: 1 }), [
    `? rule "object.spec.size == 1" of "spec" does not compile: undeclared reference to 'object'`,
  ])
})

test('the rules of built-in kinds are asked too', () => {
  const store: Manifest = {
    apiVersion: 'barmancloud.cnpg.io/v1',
    kind: 'ObjectStore',
    metadata: { name: 'backups' },
    spec: { configuration: { destinationPath: 's3://a/', serverName: 'db' } },
  }
  const [problem, ...others] = evaluateRules(registryOf(files), store).problems
  assert.is(formatPath(problem?.at ?? []), 'spec.configuration.serverName')
  assert.is(others.length, 0)
})

test.run()

const cli = suite<{ repo: Repository }>('kinds that the input or schemas/ declares')

cli.before.each(context => {
  context.repo = repository({ 'platform.yaml': BAKERY })
})
cli.after.each(({ repo }) => repo.dispose())

const CRD = JSON.stringify(definitionOf({ properties: { lanes: integer }, ...rules('self.lanes < 10') }))
const options = { format: [], failOn: 'error' } as const

cli('a kind that nobody declares is said, and judged once schemas/ declares it, rules included', async ({ repo }) => {
  repo.write('k8s/till.json', JSON.stringify(till({ lane: 1 })))
  const unknown = await repo.run(lintCommand, ['k8s'], options)
  assert.is(unknown.code, 0)
  assert.match(unknown.text, /note: no schema of "shop\.example\/v1" "Till"/)
  repo.write('schemas/till.json', CRD)
  assert.match((await repo.run(lintCommand, ['k8s'], options)).text, /error: unknown field "lane", nearest is "lanes"/)
  repo.write('k8s/till.json', JSON.stringify(till({ lanes: 10 })))
  const judged = await repo.run(lintCommand, ['k8s'], options)
  assert.is(judged.code, 1)
  assert.match(judged.text, /error: "spec" breaks a rule of its schema: no \[schema\]/)
})

cli('a definition among the manifests stands before the one in schemas/', async ({ repo }) => {
  repo.write('schemas/till.json', CRD)
  repo.write('k8s/till.json', JSON.stringify(till({ lanes: 10 })))
  repo.write('k8s/crd.json', CRD.replace('self.lanes < 10', 'self.lanes < 11'))
  assert.is((await repo.run(lintCommand, ['k8s'], options)).code, 0)
})

cli('a rule that does not compile and a file of schemas/ that declares nothing are exit 2', async ({ repo }) => {
  repo.write('k8s/till.json', JSON.stringify(till({ lanes: 1 })))
  repo.write('schemas/till.json', CRD.replace('self.lanes < 10', 'self.lanes <'))
  assert.is((await repo.run(lintCommand, ['k8s'], options)).code, 2)
  repo.write('schemas/till.json', CRD)
  repo.write('schemas/service.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\n')
  const { code, text } = await repo.run(lintCommand, ['k8s'], options)
  assert.is(code, 2)
  assert.match(text, 'schemas/service.yaml: not evaluated: the file holds no CustomResourceDefinition')
})

cli.run()
