import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Manifest } from '../src/manifest/manifest.ts'
import { type FieldPath, valueAt } from '../src/manifest/path.ts'
import { isFields } from '../src/manifest/value.ts'
import { differences } from '../src/promote/difference.ts'
import type { Operation } from '../src/promote/operation.ts'

const word = fc.constantFrom('a', 'b', 'c', 'web', 'x-1', 'odoo', '8069', '1Gi', 'on')
const scalar = fc.oneof(word, fc.integer({ min: 0, max: 9 }), fc.boolean())

/** Free-form fields; lists are of scalars, or of maps with or without names. */
const tree = fc.letrec<{ value: unknown; fields: Record<string, unknown> }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('fields'),
    fc.array(scalar, { minLength: 1, maxLength: 3 }),
    named(tie('fields')),
    fc.array(tie('fields'), { minLength: 1, maxLength: 3 }),
  ),
  fields: fc.dictionary(fc.constantFrom('p', 'q', 'r', 'size', 'ports', 'replicas'), tie('value'), {
    minKeys: 1,
    maxKeys: 3,
  }),
}))

function named(fields: fc.Arbitrary<Record<string, unknown>>) {
  return fc
    .uniqueArray(fc.tuple(word, fields), { minLength: 1, maxLength: 4, selector: ([name]) => name })
    .map(elements => elements.map(([name, rest]) => ({ ...rest, name })))
}

const labels = fc.dictionary(word, word, { maxKeys: 3 })
const quantities = fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '2', '500m', '1Gi'), {
  minKeys: 1,
})

const container = fc.record({
  image: fc.constantFrom('r/odoo:18.0', `r/odoo@sha256:${'1'.repeat(64)}`),
  args: fc.array(fc.constantFrom('odoo', 'gevent', '--workers=4', '--no-http', '-u', 'sale'), { maxLength: 4 }),
  env: named(fc.record({ value: word })),
  resources: fc.record({ requests: quantities, limits: quantities }),
  readinessProbe: fc.record({ httpGet: fc.record({ path: word, port: fc.nat(9) }), periodSeconds: fc.nat(9) }),
  securityContext: fc.record({ runAsNonRoot: fc.boolean(), capabilities: fc.record({ drop: fc.uniqueArray(word) }) }),
  volumeMounts: fc.uniqueArray(word, { maxLength: 3 }).map(paths => paths.map(mountPath => ({ mountPath, name: 'v' }))),
})

const peer = fc.record({ podSelector: fc.record({ matchLabels: labels }) })

/** The `spec` of kinds with words of their own; every other kind gets a free-form one. */
const SPECS = {
  'apps/v1 Deployment': fc.record({
    replicas: fc.nat(5),
    selector: fc.record({ matchLabels: labels }),
    template: fc.record({
      metadata: fc.record({ labels, annotations: labels }),
      spec: fc.record({ containers: named(container), initContainers: named(container), volumes: named(tree.fields) }),
    }),
  }),
  'postgresql.cnpg.io/v1 Cluster': fc.record({
    instances: fc.nat(5),
    imageName: fc.constantFrom('pg:16.1', 'pg:17.2'),
    storage: fc.record({ size: fc.constantFrom('1Gi', '2Gi') }),
    postgresql: fc.record({ parameters: labels }),
    resources: fc.record({ limits: quantities }),
    plugins: named(tree.fields),
  }),
  'networking.k8s.io/v1 NetworkPolicy': fc.record({
    podSelector: fc.record({ matchLabels: labels }),
    ingress: fc.array(
      fc.record({ from: fc.array(peer, { maxLength: 2 }), ports: fc.array(fc.record({ port: fc.nat(9) })) }),
    ),
  }),
  'traefik.io/v1alpha1 IngressRoute': fc.record({
    // One list a part of the next: a rule that goes while another comes is taken for it, and named by where it went.
    routes: fc.constantFrom(['a'], ['b', 'a'], ['a', 'c', 'b']).chain(paths =>
      fc.tuple(
        ...paths.map(path =>
          fc.record({
            match: fc.constant(`Host(\`h.example\`) && Path(\`/${path}\`)`),
            priority: fc.nat(9),
            middlewares: named(fc.record({ namespace: word })),
            services: named(fc.record({ port: fc.nat(9) })),
          }),
        ),
      ),
    ),
  }),
  'external-secrets.io/v1 ExternalSecret': fc.record({
    refreshInterval: word,
    data: fc
      .uniqueArray(word, { minLength: 1, maxLength: 3 })
      .map(keys => keys.map(secretKey => ({ secretKey, remoteRef: { key: 'k', property: secretKey } }))),
  }),
  'batch/v1 CronJob': fc.record({ schedule: word, jobTemplate: tree.fields }),
  'example.com/v1 Thing': tree.fields,
} as const satisfies Record<string, fc.Arbitrary<unknown>>

const manifest: fc.Arbitrary<Manifest> = fc.oneof(
  ...Object.entries(SPECS).map(([type, spec]) => {
    const [apiVersion = '', kind = ''] = type.split(' ')
    return fc.record({
      apiVersion: fc.constant(apiVersion),
      kind: fc.constant(kind),
      metadata: fc.record({ name: word, namespace: fc.constantFrom('n1', 'n2'), labels, annotations: labels }),
      spec,
    })
  }),
) as fc.Arbitrary<Manifest>

const manifests = fc.array(manifest, { maxLength: 6 })

function leavesOf(value: unknown, at: FieldPath = []): FieldPath[] {
  if (Array.isArray(value)) return value.flatMap((element, index) => leavesOf(element, [...at, index]))
  if (!isFields(value)) return [at]
  return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, [...at, key]))
}

/** A copy with another value at the path: one of the same sort, that no other change in these tests makes. */
function altered(root: unknown, at: FieldPath): unknown {
  const [step, ...rest] = at
  if (step === undefined) {
    if (typeof root === 'number') return root + 100
    return typeof root === 'boolean' ? !root : `${String(root)}z`
  }
  if (Array.isArray(root)) return root.map((element, index) => (index === step ? altered(element, rest) : element))
  const fields = isFields(root) ? root : {}
  return { ...fields, [step]: altered(fields[step], rest) }
}

/** Fields that identify an object or a list element: changing them is a delete and a create. */
const IDENTIFYING = new Set(['name', 'namespace', 'kind', 'apiVersion', 'mountPath', 'match', 'secretKey'])

function startsWith(path: FieldPath, start: FieldPath): boolean {
  return start.every((step, index) => path[index] === step)
}

/** The distinct places at which operations tell a leaf; a place may be told in several operations, key by key. */
function placesThatTell(operations: readonly Operation[], leaf: FieldPath): string[] {
  const places = operations.flatMap(({ at, also = [] }) => [at, ...also]).filter(at => startsWith(leaf, at))
  return [...new Set(places.map(at => JSON.stringify(at)))]
}

test('nothing differs from itself, however it is copied or its fields are ordered', () => {
  const reordered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reordered)
    if (!isFields(value)) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, entry]) => [key, reordered(entry)]),
    )
  }
  fc.assert(
    fc.property(manifests, before => {
      assert.equal(differences(before, before), [])
      assert.equal(differences(before, structuredClone(before)), [])
      assert.equal(differences(before, reordered(before) as Manifest[]), [])
    }),
  )
})

test('every changed leaf is told at exactly one place, and nothing else is told', () => {
  const picked = fc.tuple(manifest, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }))
  fc.assert(
    fc.property(picked, ([before, picks]) => {
      const leaves = leavesOf(before).filter(leaf => !leaf.some(step => IDENTIFYING.has(String(step))))
      fc.pre(leaves.length > 0)
      const changed = [...new Set(picks.map(pick => leaves[pick % leaves.length] ?? []))]
      const after = changed.reduce<unknown>(altered, before) as Manifest
      const operations = differences([before], [after])
      for (const leaf of changed) {
        assert.is(placesThatTell(operations, leaf).length, 1, `${JSON.stringify(leaf)} in ${JSON.stringify(before)}`)
      }
      for (const { at, also = [], action } of operations) {
        assert.ok(action === 'change' || action === 'replace')
        for (const place of [at, ...also])
          assert.ok(
            changed.some(leaf => startsWith(leaf, place)),
            JSON.stringify(place),
          )
      }
    }),
    { numRuns: 500 },
  )
})

test('named lists may be reordered freely', () => {
  const shuffled = (value: unknown, reverse: boolean, key = ''): unknown => {
    const isOrdered = key === 'initContainers' || key === 'middlewares' || key === 'args'
    if (Array.isArray(value)) {
      const list = value.map(element => shuffled(element, reverse))
      const isNamed = list.every(element => isFields(element) && typeof element.name === 'string')
      return isNamed && !isOrdered && reverse ? list.reverse() : list
    }
    if (!isFields(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, shuffled(entry, reverse, name)]))
  }
  fc.assert(
    fc.property(manifest, before => {
      assert.equal(differences([before], [shuffled(before, true) as Manifest]), [])
    }),
  )
})

/** What must be mirrored when the two sides change places; the risk is not, growth and shrinkage differ. */
function mirrored({ action, object, topic, subject, what, from, to }: Operation, isBack: boolean): string {
  const opposite = { create: 'delete', delete: 'create', change: 'change', replace: 'replace' } as const
  const sides = isBack ? [to, from] : [from, to]
  return JSON.stringify([isBack ? opposite[action] : action, object, topic, subject, what, ...sides])
}

test('swapping the sides swaps from and to, create and delete', () => {
  fc.assert(
    fc.property(
      manifests,
      fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }),
      manifests,
      (kept, picks, others) => {
        const after = [...kept]
        for (const [which, pick] of picks) {
          const index = which % Math.max(1, kept.length)
          const leaves = leavesOf(after[index]).filter(leaf => !leaf.some(step => IDENTIFYING.has(String(step))))
          const leaf = leaves[pick % Math.max(1, leaves.length)]
          if (leaf !== undefined && after[index] !== undefined) after[index] = altered(after[index], leaf) as Manifest
        }
        after.push(...others)
        const there = differences(kept, after).map(operation => mirrored(operation, false))
        const back = differences(after, kept).map(operation => mirrored(operation, true))
        assert.equal(back.sort(), there.sort())
      },
    ),
  )
})

test('the place of an operation leads to its value in the new manifest, or in the old one where it is gone', () => {
  fc.assert(
    fc.property(manifest, manifest, (one, other) => {
      const after = { ...other, apiVersion: one.apiVersion, kind: one.kind, metadata: one.metadata } as Manifest
      for (const { at, also = [], to } of differences([one], [after])) {
        for (const place of [at, ...also]) {
          const there = valueAt(after, place)
          assert.ok(there !== undefined || valueAt(one, place) !== undefined, JSON.stringify(place))
          if (there === undefined) assert.is(to, undefined, JSON.stringify(place))
        }
      }
    }),
  )
})

test.run()
