import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprint } from '../src/lint/fingerprint.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import type { FieldPath } from '../src/manifest/path.ts'
import { flagging, lintWorld, policy, sourcesOf } from './lint-fixture.ts'

function pod(spec: object, name = 'web', namespace = 'shop'): Manifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec }
}

const FIRST: FieldPath = ['spec', 'list', 0]

/** The fingerprint of the first element of a list. */
function ofElement(...list: unknown[]): string {
  return fingerprint('p', pod({ list }), FIRST)
}

for (const [title, element, sameElement] of [
  ['a container is known by its name', { name: 'web', image: 'a' }, { name: 'web', image: 'b' }],
  ['a toleration is known by its key', { key: 'gpu', effect: 'a' }, { key: 'gpu', effect: 'b' }],
  ['an ingress entry is known by its host', { host: 'a.example', http: 1 }, { host: 'a.example', http: 2 }],
  ['a host alias is known by its ip', { ip: '10.0.0.1', hostnames: ['a'] }, { ip: '10.0.0.1', hostnames: ['b'] }],
  ['a port without a name is known by its number', { port: 0, x: 1 }, { port: 0, x: 2 }],
  [
    'a mount is known by its path, not by its volume',
    { name: 'data', mountPath: '/a' },
    { name: 'logs', mountPath: '/a' },
  ],
  ['an element without a name is known by its content', { b: [1, 2], a: 1 }, { a: 1, b: [2, 1] }],
  ['an empty name is none', { name: '', key: 'a', x: 1 }, { name: '', key: 'a', x: 2 }],
  ['a text is known by itself', '--dev', '--dev'],
  ['an integer beyond 2^53 is known by all its digits', 9007199254740993n, 9007199254740993n],
] as const) {
  test(title, () => assert.is(ofElement(element), ofElement(sameElement)))
}

for (const [title, one, other] of [
  ['names differ', { name: 'web' }, { name: 'cron' }],
  ['the fields that hold the same name differ', { name: 'web' }, { key: 'web' }],
  ['two mounts of one volume differ', { name: 'data', mountPath: '/a' }, { name: 'data', mountPath: '/b' }],
  ['contents differ', { b: 1 }, { b: 2 }],
  ['a number and its text differ', { port: 80 }, { port: '80' }],
  ['an absent element and null differ', null, undefined],
  ['neighbouring big integers differ', 9007199254740993n, 9007199254740992n],
] as const) {
  test(`elements are told apart: ${title}`, () => assert.is.not(ofElement(one), ofElement(other)))
}

test('policy, kind, namespace, name and field each make another fingerprint', () => {
  const manifest = pod({ a: 1 })
  const all = [
    fingerprint('p', manifest, ['spec', 'a']),
    fingerprint('q', manifest, ['spec', 'a']),
    fingerprint('p', { ...manifest, kind: 'Job' }, ['spec', 'a']),
    fingerprint('p', pod({ a: 1 }, 'web', 'other'), ['spec', 'a']),
    fingerprint('p', pod({ a: 1 }, 'other'), ['spec', 'a']),
    fingerprint('p', manifest, ['spec', 'b']),
    fingerprint('p', manifest, ['spec']),
    fingerprint('p', { ...manifest, metadata: { name: 'web' } }, ['spec', 'a']),
    // Parts that change places are other parts.
    fingerprint('web', pod({ a: 1 }, 'p'), ['spec', 'a']),
  ]
  assert.is(new Set(all).size, all.length)
  for (const one of all) assert.match(one, /^[0-9a-f]{16}$/)
})

test('the version of an API is no part of it, so that a migration keeps its history', () => {
  const manifest = pod({ a: 1 })
  assert.is(
    fingerprint('p', { ...manifest, apiVersion: 'v2' }, ['spec', 'a']),
    fingerprint('p', manifest, ['spec', 'a']),
  )
})

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })

/** A container with ports (by name or by number), arguments and an environment. */
const container = (name: string) =>
  fc.record({
    name: fc.constant(name),
    args: fc.uniqueArray(fc.string()),
    env: names.map(keys => keys.map(key => ({ name: key, value: 'x' }))),
    ports: fc.uniqueArray(fc.nat(9), { minLength: 1 }).map(ports => ports.map(containerPort => ({ containerPort }))),
  })

const world = names.chain(list => fc.tuple(...list.map(container))).map(containers => ({ containers }))

/** Every path to a list element or below one. */
function paths(value: unknown, at: FieldPath = []): FieldPath[] {
  if (typeof value !== 'object' || value === null) return [at]
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value)
  return [at, ...[...entries].flatMap(([step, child]) => paths(child, [...at, step]))]
}

/** The fingerprints of every field: each field stands for a finding. */
function all(spec: object): string[] {
  return paths(pod(spec))
    .map(at => fingerprint('p', pod(spec), at))
    .sort()
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed).reverse()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  )
}

test('reordering every list and every map changes no fingerprint', () => {
  fc.assert(fc.property(world, spec => assert.equal(all(reversed(spec) as object), all(spec))))
})

test('every field of a manifest has a fingerprint of its own, where its lists hold no twins', () => {
  fc.assert(fc.property(world, spec => assert.is(new Set(all(spec)).size, paths(pod(spec)).length)))
})

test('a container that comes first changes no fingerprint of the others', () => {
  fc.assert(
    fc.property(world, spec => {
      const before = all(spec)
      const after = new Set(all({ containers: [{ name: 'one that no other is called' }, ...spec.containers] }))
      assert.ok(before.every(one => after.has(one)))
    }),
  )
})

const yaml = (...containers: string[]) => `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
${containers.map(name => `    - name: ${name}\n      image: nginx\n`).join('')}`

const everyContainer = policy('limits', function* (index) {
  for (const { source, containers } of index.workloads) {
    for (const { at } of containers) yield { source, violation: { at, message: 'has no limit' } }
  }
})

function fingerprints(file: string, text: string): string[] {
  const { findings } = lintWorld({ sources: sourcesOf(file, text), policies: [everyContainer] })
  return findings.map(finding => finding.fingerprint)
}

test('renaming a file and moving a manifest within it keep the findings, and a second container is a new one', () => {
  const [before] = fingerprints('a.yaml', yaml('web'))
  assert.equal(fingerprints('b/c.yaml', `# moved down\n\n${yaml('web')}`), [before])
  const both = fingerprints('a.yaml', yaml('other', 'web'))
  assert.is(both.length, 2)
  assert.is(both[1], before)
  assert.is.not(both[0], before)
})

test('the wording of a message is no part of the fingerprint', () => {
  const [one] = lintWorld({ yaml: yaml('web'), policies: [flagging('p', 'Pod', FIRST, 'one wording')] }).findings
  const [other] = lintWorld({ yaml: yaml('web'), policies: [flagging('p', 'Pod', FIRST, 'another')] }).findings
  assert.is(one?.fingerprint, other?.fingerprint)
})

test.run()
