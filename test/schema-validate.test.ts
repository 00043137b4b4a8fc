import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { formatPath } from '../src/manifest/path.ts'
import { registryOf } from '../src/schema/registry.ts'
import { validate } from '../src/schema/validate.ts'
import { builtSchemas } from '../src/schema-files.ts'

const files = builtSchemas()
const registry = registryOf(files)

/** `path: message` of every problem. */
function problemsOf(manifest: unknown, among = registry): string[] {
  const outcome = validate(among, manifest as Manifest)
  if (outcome.outcome === 'unknown') throw new Error(outcome.reason)
  return outcome.problems.map(({ at, message }) => `${formatPath(at)}: ${message}`)
}

function deployment(spec: object, pod: object = {}, container: object = {}): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'odoo', image: 'odoo', ...container }], ...pod },
      },
      ...spec,
    },
  }
}

function configMap(fields: object): unknown {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, ...fields }
}

/** What is wrong with `value` as `spec.value` of a custom resource with that schema. */
function valueProblems(schema: object, value: unknown): string[] {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { value: schema } } },
            },
          },
        },
      ],
    },
  }
  assert.equal(problemsOf(definition), [], 'the schema itself is sound')
  const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one' }, spec: { value } }
  return problemsOf(thing, registryOf(files, [definition as unknown as Manifest]))
}

test('a sound manifest has no problem', () => {
  assert.equal(problemsOf(deployment({ replicas: 0 })), [])
})

test('an unknown field is named with the nearest known one, or with what becomes of it', () => {
  assert.equal(problemsOf(deployment({ replica: 3 })), ['spec.replica: unknown field "replica", nearest is "replicas"'])
  assert.equal(problemsOf(deployment({}, {}, { imagepullpolicy: 'Always' })), [
    'spec.template.spec.containers[0].imagepullpolicy: unknown field "imagepullpolicy", nearest is "imagePullPolicy"',
  ])
  assert.equal(problemsOf(configMap({ whatever: 1 })), [
    'whatever: unknown field "whatever", the API server refuses or drops it',
  ])
})

test('a field that every object inherits is unknown all the same', () => {
  assert.equal(problemsOf(deployment({ constructor: 1 })), [
    'spec.constructor: unknown field "constructor", the API server refuses or drops it',
  ])
  const parsed = JSON.parse('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"__proto__":{"a":1}}')
  assert.equal(problemsOf(parsed), ['__proto__: unknown field "__proto__", the API server refuses or drops it'])
})

test('a value of the wrong type is quoted with its type and the one required', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [deployment({ replicas: '3' }), 'spec.replicas: "spec.replicas" is text "3", a whole number is required'],
    [deployment({ replicas: 1.5 }), 'spec.replicas: "spec.replicas" is number 1.5, a whole number is required'],
    [deployment({ paused: 'no' }), 'spec.paused: "spec.paused" is text "no", true or false is required'],
    [deployment({ strategy: 'Recreate' }), 'spec.strategy: "spec.strategy" is text "Recreate", a map is required'],
    [deployment({ strategy: ['Recreate'] }), 'spec.strategy: "spec.strategy" is a list, a map is required'],
    [
      deployment({}, { tolerations: { key: 'a' } }),
      'spec.template.spec.tolerations: "spec.template.spec.tolerations" is a map, a list is required',
    ],
    [configMap({ data: { port: 5432 } }), 'data.port: "data.port" is number 5432, text is required'],
    [
      configMap({ metadata: { name: 'a', labels: { 'a.b/on': true } } }),
      'metadata.labels["a.b/on"]: "metadata.labels["a.b/on"]" is boolean true, text is required',
    ],
  ]
  for (const [manifest, problem] of cases) assert.equal(problemsOf(manifest), [problem])
})

test('all problems of a manifest are reported, not the first', () => {
  const broken = deployment({ replicas: '3', strategy: { type: 'Recreat' }, selector: undefined }, { hostNetwork: 1 })
  assert.equal(problemsOf(broken), [
    'spec.template.spec.hostNetwork: "spec.template.spec.hostNetwork" is number 1, true or false is required',
    'spec.replicas: "spec.replicas" is text "3", a whole number is required',
    'spec.strategy.type: "spec.strategy.type" is "Recreat", nearest is "Recreate"',
    'spec.selector: required field "spec.selector" is missing',
  ])
})

test('a required field that is missing or null is a problem at its place', () => {
  assert.equal(problemsOf(deployment({ selector: undefined })), [
    'spec.selector: required field "spec.selector" is missing',
  ])
  assert.equal(problemsOf(deployment({ selector: null })), ['spec.selector: required field "spec.selector" is null'])
})

test('an optional field that is null counts as absent, an entry of a list that is null does not', () => {
  assert.equal(problemsOf(deployment({ replicas: null }, { nodeSelector: null })), [])
  assert.equal(problemsOf(configMap({ metadata: { name: 'a', creationTimestamp: null } })), [])
  assert.equal(problemsOf(deployment({}, {}, { args: ['a', null] })), [
    'spec.template.spec.containers[0].args[1]: "spec.template.spec.containers[0].args[1]" is null, text is required',
  ])
})

test('a value outside an enumeration is shown with the nearest allowed one, or with all of them', () => {
  const service = (type: string) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { type } })
  assert.equal(problemsOf(service('LoadBalancr')), [
    'spec.type: "spec.type" is "LoadBalancr", nearest is "LoadBalancer"',
  ])
  assert.equal(problemsOf(service('Public')), [
    'spec.type: "spec.type" is "Public", allowed are "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ])
})

test('an empty text is unset where the API server then fills in a default, and a value elsewhere', () => {
  assert.equal(problemsOf(deployment({ strategy: { type: '' } }, { dnsPolicy: '' }, { imagePullPolicy: '' })), [])
  const at = 'spec.template.spec.containers[0].volumeMounts[0].mountPropagation'
  assert.equal(
    problemsOf(deployment({}, {}, { volumeMounts: [{ name: 'a', mountPath: '/a', mountPropagation: '' }] })),
    [`${at}: "${at}" is "", allowed are "Bidirectional", "HostToContainer", "None"`],
  )
})

test('a whole number or a text is accepted where either may stand, and nothing else', () => {
  const probe = (port: unknown) => deployment({}, {}, { livenessProbe: { httpGet: { port } } })
  assert.equal(problemsOf(probe('http')), [])
  assert.equal(problemsOf(probe(8069)), [])
  const at = 'spec.template.spec.containers[0].livenessProbe.httpGet.port'
  assert.equal(problemsOf(probe(80.5)), [`${at}: "${at}" is number 80.5, a whole number or text is required`])
  assert.equal(problemsOf(probe({})), [`${at}: "${at}" is a map, a whole number or text is required`])
})

test('a quantity is a number or a text with a unit of Kubernetes', () => {
  const memory = (value: unknown) => deployment({}, {}, { resources: { limits: { memory: value } } })
  for (const fine of ['1Gi', '500m', '1e3', 0.5, 2, '0']) assert.equal(problemsOf(memory(fine)), [], String(fine))
  const at = 'spec.template.spec.containers[0].resources.limits.memory'
  for (const wrong of ['1GB', '1 Gi', 'one', '', 'Gi']) {
    assert.equal(problemsOf(memory(wrong)), [
      `${at}: "${at}" is "${wrong}", a quantity such as "500m" or "1Gi" is required`,
    ])
  }
  assert.equal(problemsOf(memory(true)), [
    `${at}: "${at}" is boolean true, a quantity such as "500m" or "1Gi" is required`,
  ])
})

test('an integer keeps within the width of its field', () => {
  assert.equal(problemsOf(deployment({ replicas: 2147483647 })), [])
  assert.equal(problemsOf(deployment({ replicas: 2147483648 })), [
    'spec.replicas: "spec.replicas" is 2147483648, the most is 2147483647',
  ])
  assert.equal(problemsOf(deployment({ replicas: -2147483649 })), [
    'spec.replicas: "spec.replicas" is -2147483649, the least is -2147483648',
  ])
  const grace = (value: unknown) => deployment({}, { terminationGracePeriodSeconds: value })
  assert.equal(problemsOf(grace(9223372036854775807n)), [])
  assert.is(problemsOf(grace(9223372036854775808n)).length, 1)
})

test('bounds of numbers include or exclude their limit', () => {
  const cases: readonly (readonly [object, unknown, string | undefined])[] = [
    [{ type: 'integer', minimum: 0 }, 0, undefined],
    [{ type: 'integer', minimum: 0 }, -1, 'is -1, the least is 0'],
    [{ type: 'integer', maximum: 100 }, 100, undefined],
    [{ type: 'integer', maximum: 100 }, 101, 'is 101, the most is 100'],
    [{ type: 'number', minimum: 0, exclusiveMinimum: true }, 0, 'is 0, more than 0 is required'],
    [{ type: 'number', minimum: 0, exclusiveMinimum: true }, 0.1, undefined],
    [{ type: 'number', maximum: 1, exclusiveMaximum: true }, 1, 'is 1, less than 1 is required'],
    [{ type: 'integer', multipleOf: 5 }, 10, undefined],
    [{ type: 'integer', multipleOf: 5 }, 11, 'is 11, a multiple of 5 is required'],
    [{ type: 'number' }, Number.POSITIVE_INFINITY, 'is number Infinity, a number is required'],
  ]
  for (const [schema, value, fact] of cases) {
    assert.equal(valueProblems(schema, value), fact === undefined ? [] : [`spec.value: "spec.value" ${fact}`])
  }
})

test('lengths count characters, entries of lists and entries of maps', () => {
  const cases: readonly (readonly [object, unknown, string | undefined])[] = [
    [{ type: 'string', maxLength: 3 }, '🚚🚚🚚', undefined],
    [{ type: 'string', maxLength: 3 }, 'long', 'has 4 characters, the most is 3'],
    [{ type: 'string', minLength: 1 }, '', 'has 0 characters, the least is 1'],
    [{ type: 'array', items: { type: 'string' }, minItems: 2 }, ['a'], 'has 1 entry, the least is 2'],
    [{ type: 'array', items: { type: 'string' }, maxItems: 1 }, ['a', 'b'], 'has 2 entries, the most is 1'],
    [
      { type: 'object', additionalProperties: { type: 'string' }, minProperties: 1 },
      {},
      'has 0 entries, the least is 1',
    ],
    [
      { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 1 },
      { a: 'a', b: 'b' },
      'has 2 entries, the most is 1',
    ],
  ]
  for (const [schema, value, fact] of cases) {
    assert.equal(valueProblems(schema, value), fact === undefined ? [] : [`spec.value: "spec.value" ${fact}`])
  }
})

test('patterns are RE2, and one that is none is said instead of passed over', () => {
  const pattern = (text: string) => ({ type: 'string', pattern: text })
  assert.equal(valueProblems(pattern('(?i)^abc$'), 'ABC'), [])
  assert.equal(valueProblems(pattern('^[1-9][0-9]*[dwm]$'), '35 days'), [
    'spec.value: "spec.value" is "35 days", text that matches ^[1-9][0-9]*[dwm]$ is required',
  ])
  assert.equal(valueProblems(pattern('(?<=a)b'), 'ab'), [
    'spec.value: "spec.value" is not checked, the pattern (?<=a)b of its schema is no RE2',
  ])
})

test('the pattern that generators write for a quantity reads as one', () => {
  const pattern =
    '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$'
  const schema = { anyOf: [{ type: 'integer' }, { type: 'string' }], pattern, 'x-kubernetes-int-or-string': true }
  assert.equal(valueProblems(schema, '1Gi'), [])
  assert.equal(valueProblems(schema, 5), [])
  assert.equal(valueProblems(schema, '1GB'), [
    'spec.value: "spec.value" is "1GB", a quantity such as "500m" or "1Gi" is required',
  ])
})

test('lists with keys and sets refuse a second entry of the same identity', () => {
  const byName = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name', 'protocol'],
    items: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, protocol: { type: 'string', default: 'TCP' } },
    },
  }
  assert.equal(valueProblems(byName, [{ name: 'a' }, { name: 'a', protocol: 'UDP' }]), [])
  assert.equal(valueProblems(byName, [{ name: 'b' }, { name: 'a', protocol: 'TCP' }, { name: 'a' }]), [
    'spec.value[2]: "spec.value[2]" repeats name "a", protocol "TCP" of "spec.value[1]", the API server refuses the list',
  ])
  const set = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }
  assert.equal(valueProblems(set, ['a', 'b', 'a']), [
    'spec.value[2]: "spec.value[2]" repeats "a" of "spec.value[0]", the API server refuses the list',
  ])
})

test('alternatives are told apart by the fields that they require', () => {
  const one = (names: readonly string[]) => ({
    type: 'object',
    properties: { acme: { type: 'string' }, ca: { type: 'string' } },
    oneOf: names.map(name => ({ required: [name] })),
  })
  assert.equal(valueProblems(one(['acme', 'ca']), { acme: 'a' }), [])
  assert.equal(valueProblems(one(['acme', 'ca']), {}), [
    'spec.value: "spec.value" has none of "acme", "ca", one is required',
  ])
  assert.equal(valueProblems(one(['acme', 'ca']), { acme: 'a', ca: 'b' }), [
    'spec.value: "spec.value" has "acme" and "ca", exactly one is allowed',
  ])
  const not = { type: 'object', properties: { serverName: { type: 'string' } }, not: { required: ['serverName'] } }
  assert.equal(valueProblems(not, {}), [])
  assert.equal(valueProblems(not, { serverName: 'a' }), [
    'spec.value: "spec.value" has "serverName" that its schema forbids',
  ])
})

test('allOf and anyOf narrow a value without declaring fields', () => {
  const schema = {
    type: 'object',
    properties: { mode: { type: 'string' }, size: { type: 'integer' } },
    allOf: [{ properties: { size: { minimum: 1 } } }],
    anyOf: [{ properties: { mode: { enum: ['a'] } } }, { properties: { mode: { enum: ['b'] } } }],
  }
  assert.equal(valueProblems(schema, { mode: 'b', size: 1 }), [])
  assert.equal(valueProblems(schema, { mode: 'b', size: 0 }), [
    'spec.value.size: "spec.value.size" is 0, the least is 1',
  ])
  assert.equal(valueProblems(schema, { mode: 'c' }), ['spec.value.mode: "spec.value.mode" is "c", allowed is "a"'])
})

test('null is a value where the schema says so', () => {
  const schema = { type: 'array', items: { type: 'string', nullable: true } }
  assert.equal(valueProblems(schema, [null, 'a']), [])
})

test('no message shows what stands in a Secret', () => {
  const secret = (fields: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, ...fields })
  const problems = [
    ...problemsOf(secret({ data: { password: 'hunter2!' } })),
    ...problemsOf(secret({ stringData: { password: 19930815 } })),
    ...problemsOf(secret({ stringData: 'hunter2!' })),
  ]
  assert.equal(problems, [
    'data.password: "data.password" is a text that is not shown, base64 is required',
    'stringData.password: "stringData.password" is a number that is not shown, text is required',
    'stringData: "stringData" is a text that is not shown, a map is required',
  ])
  assert.equal(problemsOf(secret({ data: { password: 'aHVudGVyMg==\n' } })), [], 'line breaks in base64 are skipped')
})

test('a long value is quoted from its beginning', () => {
  const [problem = ''] = problemsOf(configMap({ immutable: 'x'.repeat(500) }))
  assert.ok(problem.length < 200, problem)
})

test('a kind that nobody knows is unknown: neither a pass nor an error', () => {
  const reasons: readonly (readonly [string, string, string])[] = [
    ['apps/v1', 'Deploymnet', 'no schema of "apps/v1" "Deploymnet", nearest is "Deployment"'],
    ['apps/v2', 'Deployment', 'no schema of "apps/v2" "Deployment", "apps/v1" has one'],
    ['v2', 'Pod', 'no schema of "v2" "Pod", "v1" has one'],
    ['example.com/v1', 'Thing', 'no schema of "example.com/v1" "Thing"'],
    ['core/v1', 'Pod', 'no schema of "core/v1" "Pod", "v1" has one'],
  ]
  for (const [apiVersion, kind, reason] of reasons) {
    assert.equal(validate(registry, { apiVersion, kind, metadata: { name: 'a' } }), { outcome: 'unknown', reason })
  }
})

test('the schemas of a group are loaded when the first manifest of it appears, and once', () => {
  const loads: string[] = []
  const counting = registryOf({
    catalogue: files.catalogue,
    load: file => {
      loads.push(file)
      return files.load(file)
    },
  })
  assert.equal(loads, [])
  problemsOf(configMap({}), counting)
  assert.equal(loads, ['core', 'apimachinery'])
  problemsOf(deployment({}), counting)
  problemsOf(deployment({}), counting)
  assert.equal(loads, ['core', 'apimachinery', 'apps'])
})

test.run()
