import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALL_ADDRESSES, cidrsOf, formatAddresses, parseAddress, parseCidr } from '../src/analysis/address-set.ts'
import { difference, includes, intersection, intervalSet, overlay, union } from '../src/analysis/interval-set.ts'
import { ALL_PORTS, formatPorts, NO_PORTS, portAlgebra, portRange, portRanges } from '../src/analysis/port-set.ts'

const LINE = Array.from({ length: 24 }, (_, point) => point)
const anySet = fc
  .array(fc.tuple(fc.nat(20), fc.nat(4)).map(([from, length]) => ({ from, until: from + length })))
  .map(intervalSet)

const cidr = (text: string) => {
  const set = parseCidr(text)
  if (set === undefined) throw new Error(`${text} is no CIDR`)
  return set
}

test('set operations agree with membership, point by point', () => {
  fc.assert(
    fc.property(anySet, anySet, (a, b) => {
      for (const point of LINE) {
        const [inA, inB] = [includes(a, point), includes(b, point)]
        assert.is(includes(union(a, b), point), inA || inB)
        assert.is(includes(intersection(a, b), point), inA && inB)
        assert.is(includes(difference(a, b), point), inA && !inB)
      }
    }),
  )
})

test('equal sets have equal intervals, however they were made', () => {
  fc.assert(
    fc.property(anySet, anySet, (a, b) => {
      assert.equal(union(intersection(a, b), difference(a, b)), a)
      assert.equal(union(a, b), union(b, a))
    }),
  )
  assert.equal(
    intervalSet([
      { from: 3, until: 5 },
      { from: 1, until: 3 },
      { from: 9, until: 9 },
    ]),
    [{ from: 1, until: 5 }],
  )
})

test('an overlay puts each point under the labels of exactly the sets that hold it, and no two parts have the same', () => {
  fc.assert(
    fc.property(fc.array(anySet, { maxLength: 5 }), sets => {
      const parts = overlay(sets.map((set, label) => ({ label, set })))
      for (const point of LINE) {
        const holding = sets.flatMap((set, label) => (includes(set, point) ? [label] : []))
        const found = parts.filter(({ set }) => includes(set, point))
        assert.equal(
          found.map(({ labels }) => labels),
          holding.length === 0 ? [] : [holding],
        )
      }
      assert.is(new Set(parts.map(({ labels }) => labels.join())).size, parts.length)
    }),
  )
})

test('ports read as people write them', () => {
  const set = union(union(portRange('TCP', 5432), portRange('TCP', 8000, 8010)), portRange('UDP', 53))
  assert.is(formatPorts(set), 'TCP 5432, 8000-8010, UDP 53')
  assert.is(formatPorts(ALL_PORTS), 'all ports')
  assert.is(formatPorts(NO_PORTS), 'no port')
  assert.is(formatPorts(union(portRange('UDP', 1, 65_535), portRange('TCP', 80))), 'TCP 80, every UDP port')
  assert.equal(portRanges(set), [
    { protocol: 'TCP', first: 5432, last: 5432 },
    { protocol: 'TCP', first: 8000, last: 8010 },
    { protocol: 'UDP', first: 53, last: 53 },
  ])
})

test('the last port of a protocol and the first of the next stay apart', () => {
  const set = union(portRange('TCP', 65_535), portRange('UDP', 1))
  assert.is(formatPorts(set), 'TCP 65535, UDP 1')
})

test('an algebra gives equal sets as the same object', () => {
  const { intern, union: join, intersection: meet } = portAlgebra()
  const [a, b] = [intern(portRange('TCP', 1, 10)), intern(portRange('TCP', 5, 20))]
  assert.is(intern(portRange('TCP', 1, 10)), a)
  assert.is(join(a, b), intern(portRange('TCP', 1, 20)))
  assert.is(meet(a, b), intern(portRange('TCP', 5, 10)))
  assert.is(meet(a, intern(portRange('UDP', 1))), NO_PORTS)
})

test('CIDRs of both families are read, and bits after the prefix dropped', () => {
  assert.equal(cidr('10.1.2.3/8'), cidr('10.0.0.0/8'))
  assert.equal(cidr('2001:db8::1/32'), cidr('2001:db8::/32'))
  assert.is(parseAddress('::ffff:10.0.0.1'), parseAddress('::ffff:a00:1'))
  assert.ok(includes(cidr('10.0.0.0/8'), parseAddress('10.255.255.255') ?? -1n))
  assert.not(includes(cidr('10.0.0.0/8'), parseAddress('11.0.0.0') ?? -1n))
  assert.not(includes(cidr('0.0.0.0/0'), parseAddress('::1') ?? -1n))
})

for (const text of [
  '10.0.0.0',
  '10.0.0.0/33',
  '010.0.0.0/8',
  '10.0.0/8',
  '256.0.0.0/8',
  '::/129',
  '1::2::3/64',
  '1:2:3/64',
  ':::/0',
  '10.0.0.0/08',
  '1.2.3.4::/64',
  'fe80::1%eth0/64',
  '',
]) {
  test(`"${text}" is no CIDR`, () => {
    assert.is(parseCidr(text), undefined)
  })
}

test('a set of addresses is written with the fewest CIDRs, or by what is missing', () => {
  const within = difference(cidr('10.0.0.0/8'), cidr('10.1.0.0/16'))
  assert.is(formatAddresses(ALL_ADDRESSES), 'outside')
  assert.is(
    formatAddresses(within),
    '10.0.0.0/16, 10.2.0.0/15, 10.4.0.0/14, 10.8.0.0/13, 10.16.0.0/12, 10.32.0.0/11, 10.64.0.0/10, 10.128.0.0/9',
  )
  assert.is(formatAddresses(difference(ALL_ADDRESSES, cidr('10.0.0.0/8'))), 'outside except 10.0.0.0/8')
  assert.is(formatAddresses(difference(cidr('0.0.0.0/0'), cidr('10.0.0.0/8'))), '0.0.0.0/0 except 10.0.0.0/8')
  assert.is(formatAddresses(cidr('2001:db8:0:0:1::/80')), '2001:db8:0:0:1::/80')
  assert.is(formatAddresses(cidr('::/0')), '::/0')
  assert.is(formatAddresses(cidr('1:0:0:2:0:0:0:3/128')), '1:0:0:2::3/128')
  assert.is(formatAddresses(cidr('1:0:0:2:3:0:0:4/128')), '1::2:3:0:0:4/128')
})

test('the CIDRs of a set cover it exactly', () => {
  const block = fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 0, max: 32 })).map(([address, length]) => {
    const octets = [24, 16, 8, 0].map(shift => (address >>> shift) & 255)
    return cidr(`${octets.join('.')}/${length}`)
  })
  fc.assert(
    fc.property(block, block, block, (a, b, c) => {
      const set = difference(union(a, b), c)
      assert.equal(intervalSet(cidrsOf(set).flatMap(text => [...cidr(text)])), set)
    }),
  )
})

test.run()
