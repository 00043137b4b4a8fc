import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type DocumentOptions, type SchemaOptions, stringify, type ToStringOptions } from 'yaml'
import type { Range, Source } from '../src/manifest/manifest.ts'
import { parseManifests } from '../src/manifest/parse.ts'
import type { FieldPath } from '../src/manifest/path.ts'
import { valueAt } from '../src/manifest/path.ts'

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'

function only(text: string): Source {
  const { sources, problems } = parseManifests('a.yaml', text)
  assert.equal(problems, [], text)
  const [source] = sources
  if (source === undefined || sources.length > 1) throw new Error(`${sources.length} manifests in ${text}`)
  return source
}

/** The value of a field `data` that is written as `text`. */
function read(text: string): unknown {
  return only(`${HEAD}data: ${text}\n`).manifest.data
}

/** `line:column` of a problem and its message. */
function problemsOf(text: string): string[] {
  return parseManifests('a.yaml', text).problems.map(({ range, message }) => `${place(range)} ${message}`)
}

function remarksOf(text: string): string[] {
  return parseManifests('a.yaml', text).remarks.map(
    ({ range, at, message }) => `${place(range)} ${at.join('.')}: ${message}`,
  )
}

function skippedOf(text: string, file = 'a.yaml'): string[] {
  return parseManifests(file, text).skipped.map(({ reason, range }) => `${range.start.line} ${reason}`)
}

function place({ start }: Range): string {
  return `${start.line}:${start.column}`
}

/** The text that the range of a path covers. */
function covered(text: string, path: FieldPath): string {
  const { start, end } = only(text).range(path)
  return text.slice(start.offset, end.offset)
}

test('unquoted scalars mean what they mean in Kubernetes', () => {
  const meaning: Record<string, unknown> = {
    no: false,
    Yes: true,
    on: true,
    y: true,
    N: false,
    TRUE: true,
    '~': null,
    Null: null,
    '0644': 420,
    '0o644': 420,
    '0x1F': 31,
    '0b101': 5,
    '-0b101': -5,
    '08': 8,
    '1_000': 1000,
    '+12': 12,
    '-0': 0,
    '1e3': 1000,
    '1.': 1,
    '.5': 0.5,
    '-.5': -0.5,
    '685.230_15e+03': 685230.15,
    '12:30': '12:30',
    '190:20:30': '190:20:30',
    '2024-01-01': '2024-01-01',
    '2024-01-01T00:00:00Z': '2024-01-01T00:00:00Z',
    '1Gi': '1Gi',
    '1e400': '1e400',
    '0b2': '0b2',
    '0o9': '0o9',
    _1: '_1',
    '=': '=',
    '<<': '<<',
    nan: 'nan',
    nope: 'nope',
    '1.2.3.4': '1.2.3.4',
    '9007199254740991': 9007199254740991,
    '9007199254740993': 9007199254740993n,
    '-9223372036854775808': -(2n ** 63n),
    '18446744073709551615': 2n ** 64n - 1n,
    '18446744073709551616': 2 ** 64,
    '+9223372036854775808': 2 ** 63,
  }
  for (const [text, value] of Object.entries(meaning)) assert.is(read(text), value, text)
})

test('quoted scalars are text, and tags say what a scalar is', () => {
  assert.equal(read("['no', \"0644\", '', \"\\u00e9\\t\", 'it''s']"), ['no', '0644', '', 'é\t', "it's"])
  assert.equal(read('[!!str 1, !!int "1", !!float 1, !!bool "yes", !!null "", ! 1]'), ['1', 1, 1, true, null, '1'])
  assert.equal(read('[!!binary aGk=, !!timestamp 2015-01-01, !custom x, !!set {x}]'), [
    'hi',
    '2015-01-01',
    'x',
    { x: null },
  ])
  assert.is(only(`%TAG !y! tag:yaml.org,2002:\n---\n${HEAD}data: !y!int '1'\n`).manifest.data, 1)
})

test('keys become text as in Kubernetes', () => {
  const keys = Object.keys(
    Object(read('{y: 1, 0644: 2, 1e6: 3, 1.5: 4, 08: 5, -0.00001: 6, 12345678901234567: 7, "y": 8}')),
  )
  assert.equal(keys.sort(), ['-1e-05', '1.5', '12345678901234567', '1e+06', '420', '8', 'true', 'y'])
})

test('a key named __proto__ is a key like any other', () => {
  const data = read('{__proto__: {a: 1}, constructor: 2}')
  assert.equal(Object.keys(Object(data)), ['__proto__', 'constructor'])
  assert.is(Object.getPrototypeOf(data), Object.prototype)
  assert.equal(remarksOf(`${HEAD}data: {constructor: 2}\n`), [])
})

test('block scalars keep their lines as they are written', () => {
  assert.is(read('|\n  a\n   b\n\n  c\n'), 'a\n b\n\nc\n')
  assert.is(read('>-\n  a\n  b\n\n  c'), 'a b\nc')
  assert.is(read('|+\n  a\n'), 'a\n\n')
  assert.is(only(`${HEAD}data: |\n  a`).manifest.data, 'a', 'the last line of the file without a line break has none')
})

test('lines inside brackets and quotes may be indented anyhow', () => {
  const text = `${HEAD}data:\n  a: [\n"x", # ] no end\n\ty y,\n  {b: 'c ]\nd',\n}]\n  e: "f\n g"\n  h:\t[1,\t2]\nspec: |\n  [\n`
  const source = only(text)
  assert.equal(source.manifest.data, { a: ['x', 'y y', { b: 'c ] d' }], e: 'f g', h: [1, 2] })
  assert.is(source.manifest.spec, '[\n')
  assert.is(covered(text, ['data', 'a', 1]), 'y y')
  assert.is(covered(text, ['data', 'a', 2]), "{b: 'c ]\nd',\n}")
  assert.is(covered(text, ['data', 'h', 1]), '2')
  assert.is(place(source.range(['data', 'a', 2, 'b'])), '9:7')
})

test('JSON is read as YAML is', () => {
  const text =
    '{\n\t"apiVersion": "v1",\n\t"kind": "ConfigMap",\n\t"metadata": {"name": "a"},\n\t"data": {"x": "\\u00e9\\/"}\n}\n'
  assert.equal(only(text).manifest, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 'é/' } })
  assert.is(covered(text, ['data', 'x']), '"\\u00e9\\/"')
})

test('line breaks of Windows and a byte order mark change nothing but the offsets', () => {
  const source = only(`\ufeff${HEAD}data:\n  x: |\n    a\n    b\n`.replaceAll('\n', '\r\n'))
  assert.equal(source.manifest.data, { x: 'a\nb\n' })
  assert.equal(source.range(['apiVersion']).start, { line: 1, column: 13, offset: 13 })
  assert.equal(source.range(['metadata', 'name']).start, { line: 4, column: 9, offset: 53 })
})

test('each document is read on its own, and a broken one takes no other along', () => {
  const { sources, problems } = parseManifests(
    'a.yaml',
    `# head\n---\n${HEAD}---  # two\na: b: c\n---\n${HEAD.replace('a\n', 'z\n')}`,
  )
  assert.equal(
    sources.map(source => source.manifest.metadata.name),
    ['a', 'z'],
  )
  assert.equal(
    problems.map(({ range }) => place(range)),
    ['8:5'],
  )
  assert.is(sources[1]?.range(['metadata', 'name']).start.line, 13)
})

test('the items of a list are manifests with places of their own', () => {
  const text = `apiVersion: v1\nkind: List\nitems:\n- ${HEAD.replaceAll('\n', '\n  ')}\n- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata: {name: p}\n`
  const { sources, problems } = parseManifests('a.yaml', text)
  assert.equal(problems, [])
  assert.equal(
    sources.map(source => `${source.manifest.kind} ${source.manifest.metadata.name}`),
    ['ConfigMap a', 'Pod p'],
  )
  assert.equal(
    sources.map(source => place(source.range(['metadata', 'name']))),
    ['7:11', '12:22'],
  )
  assert.is(sources[1]?.manifest.apiVersion, 'v1')
})

test('an item of a list that is no manifest is a problem', () => {
  assert.equal(problemsOf('apiVersion: v1\nkind: List\nitems:\n- a: 1\n- x\n'), [
    '4:3 item of the list is no manifest: no apiVersion and kind',
    '5:3 item of the list is no manifest: not a map',
  ])
  assert.equal(skippedOf('apiVersion: v1\nkind: List\nitems: []\n'), ['1 empty list'])
})

test('a kind that ends in List without items is no list', () => {
  assert.is(
    only('apiVersion: a.b/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {items: []}\n').manifest.kind,
    'AllowList',
  )
})

test('anchors, aliases and merges are expanded, and their values stand where they are written', () => {
  const text = `${HEAD}data:\n  a: &x {b: 1, c: 2}\n  d: *x\n  e:\n    <<: *x\n    c: 3\n  f: {<<: [{b: 4}, *x]}\n`
  assert.equal(only(text).manifest.data, { a: { b: 1, c: 2 }, d: { b: 1, c: 2 }, e: { b: 1, c: 3 }, f: { b: 4, c: 2 } })
  assert.is(place(only(text).range(['data', 'd', 'b'])), '6:13')
  assert.is(place(only(text).range(['data', 'e', 'b'])), '6:13')
  assert.is(place(only(text).range(['data', 'e', 'c'])), '10:8')
  assert.is(place(only(text).range(['data', 'f', 'b'])), '11:16')
  assert.is(place(only(text).range(['data', 'f', 'c'])), '6:19')
  assert.equal(read('{&k x: 1, z: *k}'), { x: 1, z: 'x' })
})

test('the metadata that every manifest has is filled in as the API server would', () => {
  const metadata = (text: string) => only(`apiVersion: v1\nkind: Pod\n${text}\n`).manifest.metadata
  assert.equal(metadata('metadata: {name: a, namespace: b}'), { name: 'a', namespace: 'b' })
  assert.equal(metadata('metadata: {generateName: a-, namespace: ""}'), { generateName: 'a-', name: 'a-' })
  assert.equal(metadata('metadata: {name: , labels: {a: b}, namespace: null}'), { labels: { a: 'b' }, name: '' })
  assert.equal(metadata('metadata:'), { name: '' })
  assert.equal(metadata('spec: {}'), { name: '' })
})

test('a name that is no text is a problem, not a name', () => {
  assert.equal(problemsOf('apiVersion: v1\nkind: Pod\nmetadata:\n  name: 1\n'), [
    '4:9 "metadata.name" is no text, quote it',
  ])
  assert.equal(problemsOf('apiVersion: v1\nkind: Pod\nmetadata: {namespace: no}\n'), [
    '3:23 "metadata.namespace" is no text, quote it',
  ])
  assert.equal(problemsOf('apiVersion: v1\nkind: Pod\nmetadata: [a]\n'), [
    '3:11 "metadata" is no map, put the name of the manifest in it',
  ])
})

test('a manifest without its apiVersion or kind is a problem, other YAML is none', () => {
  assert.equal(problemsOf('kind: Pod\nmetadata: {name: a}\n'), [
    '1:1 manifest has no "apiVersion", so the API server refuses it',
  ])
  assert.equal(problemsOf('apiVersion: v1\nkind: 1\nmetadata: {name: a}\n'), [
    '2:7 manifest has no "kind", so the API server refuses it',
  ])
  assert.equal(skippedOf('apiVersion: v2\nname: chart\nversion: 1.0.0\n'), ['1 no apiVersion and kind'])
  assert.equal(skippedOf('replicas: 3\n'), ['1 no apiVersion and kind'])
})

test('what is no manifest is skipped, and says so', () => {
  assert.equal(skippedOf(''), ['1 empty file'])
  assert.equal(skippedOf('# nothing\n---\n'), ['1 empty file'])
  assert.equal(skippedOf(`# licence\n---\n${HEAD}---\n# nothing\n---\nnull\n---\n`), [
    '8 empty document',
    '10 empty document',
  ])
  assert.equal(skippedOf('- a\n'), ['1 not a map'])
  assert.equal(skippedOf('text\n'), ['1 not a map'])
  assert.equal(skippedOf('- {op: remove, path: /spec}\n'), ['1 patch'])
  assert.equal(skippedOf(`${HEAD}$patch: delete\n`), ['1 patch'])
  assert.equal(skippedOf('resources: [a.yaml]\n', 'b/kustomization.yaml'), ['1 kustomization'])
  assert.equal(skippedOf('apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n'), ['1 kustomization'])
  assert.is(
    only('apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n').manifest.kind,
    'Kustomization',
  )
  assert.equal(skippedOf(`${HEAD}...\nmore: 1\n`), ['5 text after the end of the document'])
})

test('templates of Helm are skipped, manifests that hold templates are read', () => {
  assert.equal(skippedOf(`{{- if .Values.a }}\n${HEAD}{{- end }}\n`), ['1 template text'])
  assert.equal(skippedOf('apiVersion: v1\nkind: Pod\nmetadata:\n  name: "{{ .Release.Name }}"\n'), ['1 template text'])
  assert.equal(read('"{{ $labels.instance }} is down"'), '{{ $labels.instance }} is down')
  assert.equal(problemsOf(`${HEAD}data:\n  a: "{{ $labels.x }}"\n  b: c: d\n`), [
    '7:7 ": " stands inside an unquoted value, quote the value',
  ])
})

test('a problem says what is wrong, where, and what to change', () => {
  const problems: Record<string, string> = {
    'data:\n\ta: 1\n': '6:1 tab used for indentation, use spaces',
    'data:\n- \ta\n': '6:3 tab used for indentation, use spaces',
    'data:\n  a: |\n    x\n\t\n    y\n': '8:1 tab used for indentation, use spaces',
    'data: |\n  \tx\n': '6:3 tab used for indentation, use spaces',
    'data: {a: 1}\n\t\n': '6:1 tab used for indentation, use spaces',
    'data: a: b\n': '5:8 ": " stands inside an unquoted value, quote the value',
    'data:\n  a: 1\n b: 2\n': '7:2 line fits no level of indentation, align it with the lines beside it',
    'data:\n  - a\n - b\n': '7:2 line fits no level of indentation, align it with the lines beside it',
    'data: "a\n  b: c\n': '5:7 double quote is opened and never closed, close it',
    "data:\n  - 'a\n": '6:5 single quote is opened and never closed, close it',
    'data: [a, b\n': '6:1 bracket is opened and never closed, close it',
    'data: ["a" "b"]\n': '5:12 comma is missing between two entries, add it',
    'data: {a:, b: 1}\n': '5:8 ":" has no space after it, add one or quote the text',
    'data: [http://x/?y=1]\n': '5:8 "?" stands in an unquoted value in brackets, quote the value',
    'data: "\\q"\n': '5:9 backslash before a character that has no such escape, double it or use single quotes',
    'data: *a\n': '5:7 there is no anchor of this name before the alias, quote the value if text is meant',
    'data: &a [*a]\n': '5:11 the anchor contains itself, as no manifest can',
    'data: &a.b c\n': '5:7 the name of an anchor has a character that none may have, quote the value if text is meant',
    'data: {[a]: 1}\n': '5:8 a key is no text, quote it',
    'data: {~: 1}\n': '5:8 a key is no text, quote it',
    'data: .inf\n': '5:7 value is a number that JSON cannot hold, quote it',
    'data: !!int x\n': '5:7 value is no !!int',
    'data: {<<: 1}\n': '5:12 "<<" merges maps and there is none after it, quote it if a key is meant',
    'data: "a\0b"\n': '5:9 NUL byte in the file, which is no text in UTF-8',
    'data: \u001b[0m\n': '5:7 control character U+001B, which no manifest may hold, remove it',
    '--- {a: 1}\n': '5:1 text follows "---" on the same line, move it to the next line',
  }
  for (const [text, problem] of Object.entries(problems)) assert.equal(problemsOf(HEAD + text), [problem], text)
  assert.equal(problemsOf(`%YAML 1.2\n---\n${HEAD}`), [
    '1:1 "%YAML" asks for a version that Kubernetes does not read, remove the line',
  ])
})

test('tabs that indent nothing are no problem', () => {
  assert.equal(read('\n  a: "x\n\ty"\n  b:\t1\t# c\n  c: |\n    x\n    \ty\n  d: [\n\t1]'), {
    a: 'x y',
    b: 1,
    c: 'x\n\ty\n',
    d: [1],
  })
})

test('aliases may not blow a document up, nor nesting the stack', () => {
  const letters = [...'bcdefghij']
  const bomb = letters.map(
    (letter, index) => `  ${letter}: &${letter} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]\n`,
  )
  assert.match(
    problemsOf(`${HEAD}data:\n  a: &a [x, x, x, x, x, x, x, x, x]\n${bomb.join('')}`)[0] ?? '',
    /aliases blow the document up/,
  )
  assert.match(problemsOf(`${HEAD}data: ${'['.repeat(5000)}`)[0] ?? '', /deeper than 300 levels/)
  assert.is(JSON.stringify(read('['.repeat(290) + ']'.repeat(290))).length, 580)
})

test('an honest number of aliases is read', () => {
  const aliases = Array(3000).fill('*a').join(', ')
  assert.is(Object(read(`[&a {b: [1, 2]}, ${aliases}]`)).length, 3001)
})

test('what is read, but hardly meant, is remarked', () => {
  const remarks: Record<string, string[]> = {
    'data: {a: no, b: True, c: "no"}\n': ['5:11 data.a: no is read as false, quote it if text is meant'],
    'data: {a: 0644, mode: 0644, defaultMode: 0400}\n': [
      '5:11 data.a: 0644 is octal and read as 420, quote it if text is meant',
    ],
    'data: [08, 1_0, 0b1, 0, 0.5, 0x1F, 1.0]\n': [
      '5:8 data.0: 08 is read as 8, quote it if text is meant',
      '5:12 data.1: 1_0 is read as 10, quote it if text is meant',
      '5:17 data.2: 0b1 is read as 1, quote it if text is meant',
    ],
    'data: 123456789012345678901\n': [
      '5:7 data: 123456789012345678901 is too large for an integer and loses digits, quote it if text is meant',
    ],
    'data: {y: 1, 80: 2}\n': ['5:8 data.true: the key y is read as "true", quote it if text is meant'],
    'data:\n  a: 1\n  b: 2\n  a: 3\n': ['8:3 data.a: the key "a" stands twice, the last one wins'],
    'kind: ConfigMap\n': ['5:1 kind: the key "kind" stands twice, the last one wins'],
    'x: &x {a: 1}\ndata: {<<: *x, a: 2}\n': [
      '6:8 data.<<: "<<" copies another map into this one, which not every reader does',
    ],
    'x: &x {a: 1}\ndata: {a: 2, <<: *x}\n': ['6:14 data.<<: "<<" stands after "a" and replaces it, put "<<" first'],
    'x: &x {a: 1}\ndata: {<<: *x, a: 2, a: 3}\n': [
      '6:8 data.<<: "<<" copies another map into this one, which not every reader does',
      '6:22 data.a: the key "a" stands twice, the last one wins',
    ],
  }
  for (const [text, expected] of Object.entries(remarks)) assert.equal(remarksOf(HEAD + text), expected, text)
})

test('a remark on a Secret does not show its value', () => {
  assert.equal(remarksOf('apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin: 0123}\n'), [
    '4:19 stringData.pin: unquoted value is read as something else than text, quote it if text is meant',
  ])
})

test('the last of two equal keys decides the value and the place', () => {
  const text = `${HEAD}data:\n  a: {b: 1}\n  a: {c: 2}\n`
  assert.equal(only(text).manifest.data, { a: { c: 2 } })
  assert.is(covered(text, ['data', 'a', 'c']), '2')
  assert.is(place(only(text).range(['data', 'a', 'b'])), '7:3')
})

test('a "<<" after a key replaces it, as in Kubernetes', () => {
  const text = `${HEAD}x: &x {b: 1}\ndata:\n  b: 2\n  <<: *x\n`
  assert.equal(only(text).manifest.data, { b: 1 })
  assert.is(place(only(text).range(['data', 'b'])), '5:11')
})

test('a remark in a list knows its manifest and its path there', () => {
  const { remarks, sources } = parseManifests(
    'a.yaml',
    `apiVersion: v1\nkind: List\nx: no\nitems:\n- ${HEAD.replaceAll('\n', '\n  ')}data: {a: no}\n`,
  )
  assert.equal(
    remarks.map(({ at, source }) => [at, source]),
    [
      [['x'], undefined],
      [['data', 'a'], sources[0]],
    ],
  )
  assert.equal(sources[0]?.range(['data', 'a']), remarks[1]?.range)
})

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  containers:
    - name: web
      image: "odoo:18"  # comment
      resources:
      args: [ "--a", b ]
      env: []
    -
      name: cron
      command:
      - sh
      - |
        sleep 1
        true
  volumes: {
    a: 1,   # one
    b: 2 }
`

test('a range covers the value as it is written', () => {
  const written: readonly (readonly [FieldPath, string])[] = [
    [['kind'], 'Pod'],
    [['metadata'], 'name: a'],
    [['spec', 'containers', 0, 'image'], '"odoo:18"'],
    [['spec', 'containers', 0, 'args'], '[ "--a", b ]'],
    [['spec', 'containers', 0, 'args', 1], 'b'],
    [['spec', 'containers', 0, 'env'], '[]'],
    [['spec', 'containers', 1, 'command', 0], 'sh'],
    [['spec', 'containers', 1, 'command', 1], '|\n        sleep 1\n        true'],
    [['spec', 'containers', 1, 'command'], '- sh\n      - |\n        sleep 1\n        true'],
    [['spec', 'volumes'], '{\n    a: 1,   # one\n    b: 2 }'],
    [['spec', 'volumes', 'b'], '2'],
    [[], POD.trimEnd()],
  ]
  for (const [path, text] of written) assert.is(covered(POD, path), text, path.join('.'))
  assert.equal(only(POD).range(['spec', 'containers', 0, 'image']), {
    start: { line: 8, column: 14, offset: POD.indexOf('"odoo') },
    end: { line: 8, column: 23, offset: POD.indexOf('"odoo') + 9 },
  })
})

test('an absent field points at the key of its nearest present ancestor', () => {
  const absent: readonly (readonly [FieldPath, string, string])[] = [
    [['spec', 'containers', 0, 'resources'], '9:7', 'resources'],
    [['spec', 'containers', 0, 'resources', 'limits', 'memory'], '9:7', 'resources'],
    [['spec', 'securityContext', 'runAsUser'], '5:1', 'spec'],
    [['spec', 'containers', 0, 'ports'], '7:7', 'name'],
    [['spec', 'containers', 1, 'ports', 0, 'name'], '13:7', 'name'],
    [['spec', 'containers', 1, 'command', 9], '14:7', 'command'],
    [['spec', 'containers', 'web'], '6:3', 'containers'],
    [['spec', 'volumes', 'c'], '19:3', 'volumes'],
    [['metadata', 'name', 'x'], '4:3', 'name'],
    [['status'], '1:1', 'apiVersion'],
  ]
  for (const [path, where, text] of absent) {
    assert.is(place(only(POD).range(path)), where, path.join('.'))
    assert.is(covered(POD, path), text, path.join('.'))
  }
})

test('an empty item points at the list it is in', () => {
  assert.is(covered(`${HEAD}data:\n  -\n  - a\n`, ['data', 0]), 'data')
  assert.is(covered(`${HEAD}data: [{}, [], a]\n`, ['data', 0, 'x']), '{}')
})

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abnyeo019.:-_#\'"[]{},&*!|>%@`~=<? \\') },
  { weight: 1, arbitrary: fc.constantFrom('\n', 'é', '😀', '\u2003') },
)
const words = fc.constantFrom(
  'no',
  'y',
  '0644',
  '1e3',
  '12:30',
  '<<',
  '=',
  '~',
  '',
  'null',
  '0x1F',
  '.5',
  '- a',
  'a: b',
  '2024-01-01',
)
const text = fc.oneof(fc.string({ unit: character, maxLength: 12 }), words)
/** Integers beyond 2^53 are read as bigint, which JSON cannot write. */
const double = fc
  .double({ noDefaultInfinity: true, noNaN: true })
  .filter(number => !Number.isInteger(number) || Number.isSafeInteger(number))
const scalar = fc.oneof(text, fc.integer(), double, fc.boolean(), fc.constant(null))
const { value: anything } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      text.filter(key => key !== '<<'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

type Style = DocumentOptions & SchemaOptions & ToStringOptions
const STYLES: readonly Style[] = [
  {},
  { defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN', indent: 3 },
  { defaultStringType: 'QUOTE_DOUBLE', indentSeq: false },
  { collectionStyle: 'flow', defaultStringType: 'QUOTE_DOUBLE' },
  { blockQuote: 'literal', lineWidth: 20 },
]

function* scalarsIn(value: unknown, at: FieldPath): Generator<FieldPath> {
  if (typeof value !== 'object' || value === null) yield at
  else
    for (const [key, entry] of Object.entries(value))
      yield* scalarsIn(entry, [...at, Array.isArray(value) ? Number(key) : key])
}

/** Without negative zero, which JSON text does not keep. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

test('a value written as YAML or JSON is read back, and every scalar in it stands where its range says', () => {
  fc.assert(
    fc.property(anything, fc.constantFrom(...STYLES, 'json' as const), (given, style) => {
      const value = plain(given)
      const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: value }
      const written =
        style === 'json'
          ? JSON.stringify(manifest, null, '\t')
          : stringify(manifest, { version: '1.1', compat: 'core', aliasDuplicateObjects: false, ...style })
      const source = only(written)
      assert.equal(source.manifest.data, value, written)
      for (const path of scalarsIn(value, ['data'])) {
        const slice = covered(written, path)
        // An indentation indicator counts from the map around the scalar, which the slice has lost.
        if (/^[|>][-+]?\d/.test(slice)) continue
        const ending = /^[|>]\+/.test(slice) ? '' : '\n'
        const again = only(`${HEAD}data: ${slice}${ending}`).manifest.data
        assert.equal(again, valueAt(manifest, path), `${path.join('.')} of ${written}`)
      }
    }),
    { numRuns: 400 },
  )
})

test.run()
