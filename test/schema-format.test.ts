import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nearest } from '../src/manifest/nearest.ts'
import { formatNamed } from '../src/schema/format.ts'

const CASES: Readonly<Record<string, { readonly fine: readonly string[]; readonly wrong: readonly string[] }>> = {
  quantity: {
    fine: ['0', '1', '+1', '-1', '1.5', '1.', '.5', '1Ki', '2Gi', '3Ei', '100m', '5n', '1e3', '1E-3', '2k', '0644'],
    wrong: ['', ' ', '1 Gi', '1gi', '1KB', '1K', '1Zi', 'Gi', '.', '1e', '1e1.5', '0x10', '1_000', '١Gi'],
  },
  byte: { fine: ['', 'YQ==', 'YWI=', 'YWJj', 'YW\nJj\n'], wrong: ['YQ', 'YQ=', 'YWJ', 'YW-j', 'Y Q==', 'a'] },
  'date-time': {
    fine: ['2026-01-31T23:59:59Z', '2024-02-29T00:00:00.123+05:30'],
    wrong: [
      '2026-01-31',
      '2026-02-29T00:00:00Z',
      '2026-01-31T24:00:00Z',
      '2026-01-31T23:59:60Z',
      '2026-01-31 10:00:00Z',
      '2026-01-31T10:00:00',
      '',
    ],
  },
  date: {
    fine: ['2026-12-31', '2024-02-29', '0001-01-01'],
    wrong: ['2026-13-01', '2026-00-10', '2026-04-31', '2026-4-1', '1900-02-29'],
  },
  duration: {
    fine: ['0', '90s', '1h30m', '-1.5h', '22 ns', '1 day', '300ms'],
    wrong: ['', '1', 'h', '1 fortnight', 's1'],
  },
  uri: { fine: ['https://a.example/b', 's3://bucket', '/path'], wrong: ['', 'a.example', 'https://a b'] },
  email: { fine: ['a@b.example', 'Ops <ops@b.example>'], wrong: ['a', '@b', 'a@', 'a b@c'] },
  hostname: { fine: ['a', 'erp.acme.example', 'A-1.b'], wrong: ['', '-a', 'a-', 'a..b', 'a_b', `${'a'.repeat(64)}.b`] },
  ipv4: {
    fine: ['0.0.0.0', '255.255.255.255'],
    wrong: ['256.0.0.1', '1.2.3', '01.2.3.4', '1.2.3.4.', '1.2.3.4.5', '::1'],
  },
  ipv6: {
    fine: ['::', '::1', 'fe80::1:2', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.1', '1:2:3:4:5:6:7::'],
    wrong: ['', ':', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', 'fe80::g', '10.0.0.1', '1:2:3:4:5:6:7:8::'],
  },
  cidr: {
    fine: ['10.0.0.0/8', '0.0.0.0/0', '::/0', 'fd00::/128'],
    wrong: ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '::/129', '/8'],
  },
  mac: { fine: ['00:1A:2b:3c:4d:5e', '00-1a-2b-3c-4d-5e'], wrong: ['00:1a-2b:3c:4d:5e', '001a2b3c4d5e', ''] },
  uuid: { fine: ['123E4567-e89b-12d3-a456-426614174000', '123e4567e89b12d3a456426614174000'], wrong: ['123e4567', ''] },
  'k8s-short-name': { fine: ['a', 'a-1'], wrong: ['A', 'a.b', '-a', '', 'a'.repeat(64)] },
  'k8s-long-name': { fine: ['a.b-1.c', 'a'.repeat(200)], wrong: ['a..b', 'A.b', '', 'a'.repeat(254)] },
}

test('each format takes what Kubernetes takes, up to its edges', () => {
  for (const [name, { fine, wrong }] of Object.entries(CASES)) {
    const format = formatNamed(name)
    if (format === undefined) throw new Error(name)
    for (const text of fine) assert.ok(format.accepts(text), `${name} takes "${text}"`)
    for (const text of wrong) assert.not(format.accepts(text), `${name} refuses "${text}"`)
  }
})

test('a format that Kubernetes does not check is no demand', () => {
  assert.is(formatNamed('semver'), undefined)
  assert.is(formatNamed('constructor'), undefined)
})

test('every address of a generator is an address of its kind and of no other', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), (four, six) => {
      assert.ok(formatNamed('ipv4')?.accepts(four) && !formatNamed('ipv6')?.accepts(four), four)
      assert.ok(formatNamed('ipv6')?.accepts(six) && !formatNamed('ipv4')?.accepts(six), six)
      assert.ok(formatNamed('cidr')?.accepts(`${four}/32`) && formatNamed('cidr')?.accepts(`${six}/128`))
    }),
  )
})

test('every instant that a clock can write is a time', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      date => {
        assert.ok(formatNamed('date-time')?.accepts(date.toISOString()), date.toISOString())
      },
    ),
  )
})

test('the nearest word is the one with a slip of the hand, and none when nothing is close', () => {
  const fields = ['replicas', 'replicaSets', 'selector', 'template', 'rw', 'ro']
  assert.is(nearest('replica', fields), 'replicas')
  assert.is(nearest('REPLICAS', fields), 'replicas')
  assert.is(nearest('relpicas', fields), 'replicas')
  assert.is(nearest('slector', fields), 'selector')
  assert.is(nearest('tmplte', fields), 'template')
  assert.is(nearest('volumes', fields), undefined)
  assert.is(nearest('rx', fields), undefined, 'one letter of two is no slip')
  assert.is(nearest('RW', fields), 'rw')
  assert.is(nearest('', fields), undefined)
})

test('a word with one letter dropped finds its way back', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{5,20}$/), fc.nat(), (word, index) => {
      const at = index % word.length
      assert.is(nearest(word.slice(0, at) + word.slice(at + 1), ['unrelatedandverylongindeed', word]), word)
    }),
  )
})

test.run()
