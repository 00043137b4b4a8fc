import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { benchFor, judgeAll } from '../src/cli/judge.ts'
import type { Finding } from '../src/lint/finding.ts'
import { type FieldPath, formatPath } from '../src/manifest/path.ts'
import { unitsOf } from '../src/spec/unit.ts'
import { render } from '../src/synth/render.ts'
import { BAKERY, platformOf } from './platform-fixture.ts'

const CONTAINER = `image: registry.example/web@sha256:${'ab'.repeat(32)}
        ports: [{name: http, containerPort: 8080}]
        env:
        - name: LEVEL
          value: info
        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 128Mi}}
        securityContext:
          allowPrivilegeEscalation: false
          privileged: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}`

/** Manifests that nothing is wrong with, in styles that no generator writes. */
const BY_HAND = `# a comment first
apiVersion: apps/v1
kind: Deployment
metadata:
  name: by-hand
  namespace: bakery-production-app
spec:
  replicas: 2
  selector: {matchLabels: {app: by-hand}}
  template:
    metadata: {labels: {app: by-hand}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      initContainers:
      - name: first
        ${CONTAINER.replace('ports: [{name: http, containerPort: 8080}]', 'imagePullPolicy: IfNotPresent')}
      containers:
      - name: web
        ${CONTAINER}
      -
        # its name does not come first
        ${CONTAINER.replaceAll('8080', '8081').replace('name: http', 'name: admin')}
        name: admin
`

const platform = platformOf(BAKERY)
const rendered = platform.environments.flatMap(environment =>
  unitsOf(platform, environment).flatMap(unit =>
    [...render(unit, 'test', platform.locate)].map(([path, text]) => [`${unit.name}/${path}`, text] as const),
  ),
)
const valid: ReadonlyMap<string, string> = new Map([
  ...rendered.filter(([path]) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml')),
  ['by-hand.yaml', BY_HAND],
])
const bench = await benchFor(undefined, undefined, 0)

function judged(files: ReadonlyMap<string, string>): readonly Finding[] {
  const facts = { profile: 'strict' as const, name: 'production' }
  const { findings, notEvaluated } = judgeAll([{ facts, overrides: {}, reach: undefined, files }], bench, false)
  assert.equal(notEvaluated, [])
  return findings
}

const before = new Set(judged(valid).map(({ fingerprint }) => fingerprint))

interface Place {
  readonly line: number
  readonly column: number
}

/** Where fields stand, as another YAML reader sees it. */
function placesIn(text: string) {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const startOf = (node: unknown): number => (node as Node).range?.[0] ?? -1
  /** Of a value its start; of an absent field the key of the nearest ancestor, or the first key in it. */
  const start = (path: FieldPath): Place => {
    let node = document.contents as Node
    let heading = firstKey(node)
    for (const step of path) {
      const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined
      const child = (pair?.value ?? (isSeq(node) ? node.items[Number(step)] : undefined)) as Node | undefined
      if (child === undefined) return placeAt(heading)
      heading = pair === undefined ? firstKey(child) : startOf(pair.key)
      node = child
    }
    return placeAt(isScalar(node) && node.source === '' ? heading : startOf(node))
  }
  const firstKey = (node: Node): number => {
    const [first] = isMap(node) ? (node.items as Pair[]) : []
    return startOf(first?.key ?? node)
  }
  const linesOf = (path: FieldPath): readonly [first: number, last: number] => {
    const [from = 0, to = 0] = (document.getIn(path, true) as Node).range ?? []
    return [placeAt(from).line, placeAt(to - 1).line]
  }
  return { start, linesOf }
}

/** Every container among the manifests. */
const containers = [...valid].flatMap(([file, text]) =>
  ['spec.template.spec', 'spec.jobTemplate.spec.template.spec', 'spec'].flatMap(pod =>
    ['initContainers', 'containers'].flatMap(list => {
      const at = [...pod.split('.'), list]
      const found = parseDocument(text).getIn(at)
      return isSeq(found) ? found.items.map((_, nth) => ({ file, at: [...at, nth] })) : []
    }),
  ),
)

/** What a policy asks of a container, broken: the policy that has to say so. */
const BREAKS: Readonly<Record<string, (document: Document, container: FieldPath) => void>> = {
  'memory-limits': (document, at) => void document.deleteIn([...at, 'resources', 'limits', 'memory']),
  requests: (document, at) => void document.deleteIn([...at, 'resources', 'requests', 'cpu']),
  privileged: (document, at) => document.setIn([...at, 'securityContext', 'privileged'], true),
  'privilege-escalation': (document, at) =>
    document.setIn([...at, 'securityContext', 'allowPrivilegeEscalation'], true),
  'read-only-root': (document, at) => document.setIn([...at, 'securityContext', 'readOnlyRootFilesystem'], false),
  capabilities: (document, at) => void document.deleteIn([...at, 'securityContext', 'capabilities', 'drop']),
  seccomp: (document, at) => document.setIn([...at, 'securityContext', 'seccompProfile'], { type: 'Unconfined' }),
  'run-as-non-root': (document, at) => document.setIn([...at, 'securityContext', 'runAsUser'], 0),
  digest: (document, at) => document.setIn([...at, 'image'], 'registry.example/web:1.0'),
  'latest-tag': (document, at) => document.setIn([...at, 'image'], 'registry.example/web'),
  'duplicate-env': (document, at) =>
    document.setIn(
      [...at, 'env'],
      [
        { name: 'A', value: 'x' },
        { name: 'A', value: 'y' },
      ],
    ),
  schema: (document, at) => document.setIn([...at, 'resources'], 'plenty'),
}

/** The files with one of them changed, and the new findings in it. */
function after(file: string, change: (document: Document) => void) {
  const document = parseDocument(valid.get(file) ?? '')
  change(document)
  const text = document.toString({ lineWidth: 0 })
  const found = judged(new Map([...valid, [file, text]])).filter(({ fingerprint }) => !before.has(fingerprint))
  return { found, text, places: placesIn(text) }
}

test('the manifests are all right before anything is broken', () => {
  assert.equal(
    judged(valid)
      .filter(({ policy, file }) => policy in BREAKS && file === 'by-hand.yaml')
      .map(({ message }) => message),
    [],
  )
  assert.ok(containers.length >= 7, `${containers.length} containers`)
})

for (const [policy, act] of Object.entries(BREAKS)) {
  test(`what "${policy}" says of a container points into that container`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...containers), ({ file, at }) => {
        const { found, places, text } = after(file, document => act(document, at))
        const [first, last] = places.linesOf(at)
        const told = found.filter(finding => finding.policy === policy && finding.file === file)
        assert.ok(told.length > 0, `nothing is said of ${file}`)
        for (const { at: field, range, message } of told) {
          const { line, column } = range.start
          const where = `${file}:${line}:${column} ${formatPath(field)}: ${message}\n${text}`
          assert.ok(first <= line && line <= last, `not in ${formatPath(at)}, lines ${first} to ${last}: ${where}`)
          assert.equal({ line, column }, places.start(field), where)
        }
      }),
      { numRuns: 4 },
    )
  })
}

/** Values of another type than any field has that holds one like them. */
function otherwise(value: unknown): unknown {
  return typeof value === 'object' ? 'text' : { strange: true }
}

function pathsOf(value: unknown, at: FieldPath = []): FieldPath[] {
  if (typeof value !== 'object' || value === null) return [at]
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [at, ...entries.flatMap(([key, child]) => pathsOf(child, [...at, key]))]
}

/** Every field below `spec`, with its file. */
const fields = [...valid].flatMap(([file, text]) =>
  pathsOf(parseDocument(text).toJS())
    .filter(([top, ...below]) => top === 'spec' && below.length > 0)
    .map(at => ({ file, at })),
)

test('a field of the wrong type is found in its file, at its line and column, and so is all that follows from it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fields), ({ file, at }) => {
      const { found, places, text } = after(file, document =>
        document.setIn(at, otherwise(document.getIn(at) as unknown)),
      )
      const schema = found.filter(({ policy }) => policy === 'schema')
      const shown = `${file} ${formatPath(at)}\n${text}`
      for (const finding of found.filter(one => one.file === file)) {
        assert.equal(finding.range.start, { ...finding.range.start, ...places.start(finding.at) }, shown)
      }
      const isTold = schema.some(finding => finding.file === file && formatPath(finding.at).startsWith(formatPath(at)))
      assert.ok(isTold, `nothing is said of ${shown}`)
    }),
    { numRuns: 40 },
  )
})

test('what a missing field leads to is found at what is left around it, and never at the top of the file', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fields), ({ file, at }) => {
      const { found, places, text } = after(file, document => void document.deleteIn(at))
      for (const finding of found.filter(one => one.file === file)) {
        const { line, column } = finding.range.start
        const where = `${file}:${line}:${column} ${formatPath(finding.at)}: ${finding.message}\n${text}`
        assert.equal({ line, column }, places.start(finding.at), where)
        // The namespace as a whole, or all of a manifest, may be what is wrong.
        assert.ok(finding.at.length === 0 || finding.at[0] === 'apiVersion' || line > 1, where)
      }
    }),
    { numRuns: 40 },
  )
})

/** Maps whose keys are up to whoever writes them. */
const FREE = [
  'annotations',
  'data',
  'default',
  'defaultRequest',
  'hard',
  'labels',
  'limits',
  'matchLabels',
  'max',
  'min',
  'parameters',
  'requests',
  'selector',
]

test('a field that nobody knows is found at its key', () => {
  const maps = fields.filter(
    ({ file, at }) =>
      !at.some(step => FREE.includes(String(step))) && isMap(parseDocument(valid.get(file) ?? '').getIn(at)),
  )
  fc.assert(
    fc.property(fc.constantFrom(...maps), ({ file, at }) => {
      const { found, places, text } = after(file, document => document.setIn([...at, 'stowaway'], 'x'))
      const told = found.find(({ policy, at: field }) => policy === 'schema' && field.at(-1) === 'stowaway')
      assert.ok(told, `nothing is said of ${file} ${formatPath(at)}\n${text}`)
      assert.is(told.file, file)
      assert.equal(told.range.start, { ...told.range.start, ...places.start(told.at) })
    }),
    { numRuns: 40 },
  )
})

test.run()
