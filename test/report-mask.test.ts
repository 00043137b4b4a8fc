import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { type FieldPath, formatPath } from '../src/manifest/path.ts'
import { maskedFile } from '../src/report/mask.ts'
import { rangeAt, sourcesOf } from './lint-fixture.ts'

/** All lines as a frame about the field would show them. */
function shown(yaml: string, at: FieldPath | undefined, flagged: FieldPath[] = []): string[] {
  const [source] = sourcesOf('a.yaml', yaml)
  const ranges = flagged.map(path => source?.range(path) ?? rangeAt(1, 1))
  const readLine = maskedFile(yaml, ranges)
  const node = at === undefined ? undefined : source?.range(at)
  return yaml.split('\n').map((_, index) => readLine(index + 1, node)?.text ?? '')
}

const SECRET = `kind: Secret
stringData:
  user: odoo
  password: correct-horse # really
  conf: |
    key: battery
data: {token: c3RhcGxl, other: eA==}
`

test('of a Secret nothing is shown but the key that the frame is about', () => {
  assert.equal(shown(SECRET, ['stringData', 'password']), [
    '***',
    '***',
    '  ***',
    '  password: ***',
    '  ***',
    '    ***',
    '***',
    '',
  ])
  assert.is(shown(SECRET, ['stringData', 'conf'])[4], '  conf: ***')
  assert.is(shown(SECRET, ['kind'])[0], 'kind: ***')
})

test('a value in front of the field on its line is hidden too', () => {
  assert.is(shown(SECRET, ['data', 'other'])[6], '***')
})

test('without a field nothing of a Secret is shown', () => {
  assert.ok(shown(SECRET, undefined).every(line => /^\s*(\*\*\*)?$/.test(line)))
})

test('a document beside that of a Secret is shown as it is', () => {
  const other = 'kind: ConfigMap\ndata:\n  a: b'
  assert.equal(shown(`${SECRET}---\n${other}`, undefined).slice(-4), ['---', ...other.split('\n')])
  assert.equal(shown(`${other}\n---\n${SECRET}`, undefined).slice(0, 4), [...other.split('\n'), '---'])
})

for (const kind of ['kind: Secret', '"kind": "Secret"', "'kind' : 'Secret'", 'kind: !!str Secret', 'kind:\n  Secret']) {
  test(`a Secret is known by ${JSON.stringify(kind)}`, () => {
    assert.ok(!shown(`${kind}\ndata: {a: correct-horse}`, undefined).join('\n').includes('correct'))
  })
}

for (const kind of ['SecretStore', 'ExternalSecret', 'SealedSecret', 'ClusterSecretStore']) {
  test(`a ${kind} is not a Secret`, () => {
    assert.equal(shown(`kind: ${kind}\nspec: {a: b}`, undefined), [`kind: ${kind}`, 'spec: {a: b}'])
  })
}

const POD = `kind: Pod
spec:
  env: [{name: ADMIN, value: hunter2}, {name: OTHER, value: "y: z"}]
  conf: |
    admin_passwd = hunter2

    list: no
  more:
    - name: ADMIN
      value: hunter2
  last: shown`

for (const [title, flagged, line, expected] of [
  [
    'a value in the middle of a line',
    ['spec', 'env', 0, 'value'],
    3,
    '  env: [{name: ADMIN, value: ***}, {name: OTHER, value: "y: z"}]',
  ],
  [
    'a quoted value that looks like a key',
    ['spec', 'env', 1, 'value'],
    3,
    '  env: [{name: ADMIN, value: hunter2}, {name: OTHER, value: ***}]',
  ],
  ['the head of a text', ['spec', 'conf'], 4, '  conf: ***'],
  ['a line of a text', ['spec', 'conf'], 5, '    ***'],
  ['a line that looks like a key in a text', ['spec', 'conf'], 7, '    ***'],
  ['the first key of a map', ['spec', 'more', 0], 9, '    - name: ***'],
  ['the rest of a map', ['spec', 'more', 0], 10, '      ***'],
  ['nothing behind the field', ['spec', 'more', 0], 11, '  last: shown'],
  ['nothing before the field', ['spec', 'more', 0], 8, '  more:'],
] as const) {
  test(`elsewhere what a secrets policy flags is masked: ${title}`, () => {
    assert.is(shown(POD, [], [flagged])[line - 1], expected)
  })
}

test('two flagged values of one line become one mask', () => {
  const flagged: FieldPath[] = [
    ['spec', 'env', 0, 'value'],
    ['spec', 'env', 1, 'value'],
  ]
  assert.is(shown(POD, [], flagged)[2], '  env: [{name: ADMIN, value: ***}]')
})

test('a flagged field that is absent, so that a key stands for it, hides no key', () => {
  const readLine = maskedFile(POD, [rangeAt(2, 1, 4)])
  assert.is(readLine(2)?.text, 'spec:')
})

test('columns before, within and behind a mask are found again', () => {
  const line = maskedFile('a: [secret, b]', [rangeAt(1, 5, 6)])(1)
  assert.is(line?.text, 'a: [***, b]')
  assert.equal(line?.place(4), { start: 4, end: 5 })
  for (const column of [5, 7, 10]) assert.equal(line?.place(column), { start: 5, end: 8 })
  assert.equal(line?.place(11), { start: 8, end: 9 })
  assert.equal(line?.place(13), { start: 10, end: 11 })
})

test('lines end as YAML ends them', () => {
  const readLine = maskedFile('a\r\nb\rc\nd', [])
  assert.equal(
    [1, 2, 3, 4, 5].map(number => readLine(number)?.text),
    ['a', 'b', 'c', 'd', undefined],
  )
})

/** Secret values from letters that no key and no other value of the test holds, with all that YAML makes hard. */
const value = fc
  .array(
    fc.constantFrom('zqxj', 'qzjxzzq', ' ', ': ', '\n', '# ', '- ', '"', "'", '{', '}', '| ', ', ', 'jjjj\n---\n'),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map(parts => `zqxj${parts.join('')}`)

const styles = fc.record({
  indent: fc.constantFrom(2, 4),
  lineWidth: fc.constantFrom(0, 20, 80),
  collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
  defaultStringType: fc.constantFrom(
    'PLAIN' as const,
    'QUOTE_DOUBLE' as const,
    'QUOTE_SINGLE' as const,
    'BLOCK_LITERAL' as const,
    'BLOCK_FOLDED' as const,
  ),
  defaultKeyType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const),
})

const write = fc.oneof(
  styles.map(style => (data: unknown) => stringify(data, style)),
  fc.constantFrom(undefined, 1, 2).map(indent => (data: unknown) => JSON.stringify(data, null, indent)),
)

test('no part of a Secret is shown in any frame about any of its fields, however it is written', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), write, fc.boolean(), (values, writer, inList) => {
      const entries = Object.fromEntries(values.map((text, index) => [`key${index}`, text]))
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'db' },
        stringData: entries,
        data: { ...entries },
      }
      const yaml = writer(inList ? { apiVersion: 'v1', kind: 'List', items: [secret] } : secret)
      const base: FieldPath = inList ? ['items', 0] : []
      const fields: FieldPath[] = ['stringData', 'data'].flatMap(field => [
        [...base, field],
        ...Object.keys(entries).map(key => [...base, field, key]),
      ])
      for (const at of [[], ['kind'], [...base, 'metadata', 'name'], ...fields]) {
        assert.not.match(shown(yaml, at).join('\n'), /[zqxj]{3}/, `${formatPath(at)}\n${yaml}`)
      }
    }),
    { numRuns: 300 },
  )
})

test('a Secret is hidden in a file that is cut off or broken at any place', () => {
  fc.assert(
    fc.property(value, fc.nat(), (text, cut) => {
      const yaml = stringify({ kind: 'Secret', stringData: { password: text } })
      const end = 13 + (cut % (yaml.length - 12))
      const readLine = maskedFile(`${yaml.slice(0, end)}\n\t}{`, [])
      const lines = yaml.split('\n').map((_, index) => readLine(index + 1)?.text ?? '')
      assert.not.match(lines.join('\n'), /[zqxj]{3}/)
    }),
  )
})

test.run()
