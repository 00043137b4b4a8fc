import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { toYaml } from '../src/synth/canonical-yaml.ts'

const jsYaml = createRequire(import.meta.url)('js-yaml') as { load(text: string): unknown }

/** Text that some parser of YAML 1.1 or 1.2 takes for something else when it is not quoted. */
const TREACHEROUS = [
  'no',
  'No',
  'on',
  'y',
  'N',
  'yes',
  'true',
  'FALSE',
  'null',
  '~',
  '',
  '0644',
  '0o17',
  '0x1f',
  '1e3',
  '1E3',
  '.5',
  '5.',
  '+1',
  '-1',
  '1_000',
  '12:30',
  '12:30:45',
  '=',
  '<<',
  '2027-03-09',
  '2027-03-09T08:00:00Z',
  '.inf',
  '-.inf',
  '.nan',
  '!tag',
  '&a',
  '*a',
  '# no',
  'a # b',
  'a: b',
  'a:',
  ':a',
  '- a',
  '-',
  '?',
  '? a',
  '@a',
  '`a`',
  '%a',
  '|',
  '>',
  '[',
  '{',
  ',',
  "it's",
  '"',
  '\\',
  ' a',
  'a ',
  '\ta',
  'a\tb',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\u0085',
  '\u007f',
  '\u0001',
  'a\r\nb',
  '🚀',
  '---',
  '...',
  '--- a',
  'a\n',
  'a\nb',
  '\na',
  ' a\nb',
  'a\n b\n',
  'a\n\nb',
  'a\n\n',
  'a \nb',
  '\n',
  'a\n\tb',
]

const text = fc.oneof(
  fc.constantFrom(...TREACHEROUS),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter(isWellFormed),
  fc.array(fc.string(), { minLength: 2 }).map(lines => lines.join('\n')),
)

/** Lone surrogates are not text: no encoding of YAML can hold them. */
function isWellFormed(value: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)
}

const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => (Object.is(number, -0) ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      text.filter(key => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}))

test('what is written is read back by a parser of YAML 1.2 and by one with the words of YAML 1.1', () => {
  fc.assert(
    fc.property(value, data => {
      const written = toYaml(data)
      assert.equal(parse(written, { uniqueKeys: true }), data)
      assert.equal(parse(written, { version: '1.1', schema: 'yaml-1.1' }), data)
      assert.equal(jsYaml.load(written), data)
    }),
    { numRuns: 2_000 },
  )
})

test('the order of keys in memory leaves no trace in the bytes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }), data => {
      const reversed = Object.fromEntries(Object.entries(data).reverse())
      assert.is(toYaml(reversed), toYaml(data))
    }),
  )
})

test('a manifest reads as people write one', () => {
  const manifest = {
    spec: { ports: [{ port: 80, name: 'http' }], selector: {}, args: ['--workers=4', 'no'], nested: [[1, 2], []] },
    metadata: { namespace: 'shop', name: 'web' },
    kind: 'Service',
    apiVersion: 'v1',
    data: { 'odoo.conf': '[options]\nlist_db = False\n', cidr: '10.0.0.0/8', memory: '512Mi', absent: undefined },
  }
  assert.is(
    toYaml(manifest),
    [
      'apiVersion: v1',
      'kind: Service',
      'metadata:',
      '  name: web',
      '  namespace: shop',
      'data:',
      '  cidr: "10.0.0.0/8"',
      '  memory: 512Mi',
      '  odoo.conf: |',
      '    [options]',
      '    list_db = False',
      'spec:',
      '  args:',
      '  - --workers=4',
      '  - "no"',
      '  nested:',
      '  - - 1',
      '    - 2',
      '  - []',
      '  ports:',
      '  - name: http',
      '    port: 80',
      '  selector: {}',
      '',
    ].join('\n'),
  )
})

test('what YAML cannot say is refused, not guessed', () => {
  assert.throws(() => toYaml({ a: Number.NaN }), /the number NaN cannot be written/)
  assert.throws(() => toYaml({ a: Number.POSITIVE_INFINITY }), /cannot be written/)
  assert.throws(() => toYaml({ a: () => 1 }), /a function cannot be written/)
})

test.run()
