import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  multiplyQuantity,
  parseQuantity,
  type Quantity,
  quantityNumber,
} from '../src/manifest/quantity.ts'

function quantity(value: unknown): Quantity {
  const parsed = parseQuantity(value)
  if (parsed === undefined) throw new Error(`${value} is malformed`)
  return parsed
}

test('a quantity is shown in its canonical form', () => {
  const canonical = {
    '0': '0',
    '-0.0': '0',
    '100m': '100m',
    '1000m': '1',
    '0.1': '100m',
    '8000': '8k',
    '1.5': '1500m',
    '.5': '500m',
    '1.': '1',
    '+1': '1',
    '025': '25',
    '10000T': '10P',
    '1e3': '1e3',
    '1E3': '1e3',
    '1E': '1E',
    '1.2e3': '1200',
    '1e14': '100e12',
    '0.5e-1': '50e-3',
    '1024Mi': '1Gi',
    '0.5Gi': '512Mi',
    '1.5Gi': '1536Mi',
    '1.1Ki': '1126400m',
    '.001Ki': '1024m',
    '1000Ki': '1000Ki',
    '512': '512',
    '-1.5': '-1500m',
  }
  for (const [written, shown] of Object.entries(canonical)) assert.is(formatQuantity(quantity(written)), shown, written)
})

test('a binary quantity below 1024 or with a fraction is shown in decimal', () => {
  assert.is(formatQuantity(quantity('0.5Ki')), '512')
  assert.is(formatQuantity(quantity('0.9765625Ki')), '1k')
  assert.is(formatQuantity(quantity('0.0001Gi')), '107374182400u')
  assert.is(quantity('0.0001Ki').format, 'DecimalSI')
})

test('what is finer than a nano is rounded away from zero', () => {
  assert.is(formatQuantity(quantity('0.9n')), '1n')
  assert.is(formatQuantity(quantity('3.001n')), '4n')
  assert.is(formatQuantity(quantity('-0.1n')), '-1n')
  assert.is(formatQuantity(quantity('1e-300')), '1e-9')
})

test('a binary quantity ends at 2^63 - 1, a decimal one does not', () => {
  assert.is(formatQuantity(quantity('9Ei')), '9223372036854775807')
  assert.is(formatQuantity(quantity('-9Ei')), '-9223372036854775807')
  assert.is(formatQuantity(quantity('12E')), '12E')
  assert.is(formatQuantity(quantity('1e30')), '1e30')
})

test('a number in YAML is a quantity too', () => {
  assert.is(formatQuantity(quantity(2)), '2')
  assert.is(formatQuantity(quantity(0.25)), '250m')
  assert.is(formatQuantity(quantity(2n ** 60n)), `${2n ** 60n}`)
  assert.is(formatQuantity(quantity(1e21)), '1e21')
})

test('what is no quantity gives undefined', () => {
  const malformed = [
    '',
    ' 1',
    '1 ',
    '1K',
    '1ki',
    '1kB',
    '1e',
    '1e+',
    '1Gi2',
    '1e3Gi',
    '1_000',
    '0x10',
    '1,5',
    '1.2.3',
    '+-1',
  ]
  for (const text of [...malformed, 'fmt', '1µ', '1e301', '1e-301', '1+5'])
    assert.is(parseQuantity(text), undefined, text)
  for (const value of [null, undefined, true, {}, ['1'], Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.is(parseQuantity(value), undefined, String(value))
  }
})

test('quantities are compared by amount, not by how they are written', () => {
  assert.is(compareQuantities(quantity('1Gi'), quantity('1073741824')), 0)
  assert.is(compareQuantities(quantity('1G'), quantity('1Gi')), -1)
  assert.is(compareQuantities(quantity('10.000000000000000001E'), quantity('10E')), 1)
  assert.is(compareQuantities(quantity('-1'), quantity('1m')), -1)
})

test('a sum is exact and written like its first part, unless that is zero', () => {
  assert.is(formatQuantity(addQuantities(quantity('1Gi'), quantity('512Mi'))), '1536Mi')
  assert.is(formatQuantity(addQuantities(quantity('0'), quantity('1024Mi'))), '1Gi')
  assert.is(formatQuantity(addQuantities(quantity('1G'), quantity('1Ki'))), '1000001024')
  assert.is(formatQuantity(addQuantities(quantity('0.1'), quantity('0.2'))), '300m')
})

test('a quantity times a number of pods is exact', () => {
  assert.is(formatQuantity(multiplyQuantity(quantity('333m'), 3)), '999m')
  assert.is(formatQuantity(multiplyQuantity(quantity('1.5Gi'), 4n)), '6Gi')
  assert.is(formatQuantity(multiplyQuantity(quantity('1.5Gi'), 0)), '0')
})

test('as a number, a quantity counts cores or bytes', () => {
  assert.is(quantityNumber(quantity('100m')), 0.1)
  assert.is(quantityNumber(quantity('1Gi')), 1073741824)
  assert.is(quantityNumber(quantity('-1500m')), -1.5)
  assert.is(quantityNumber(quantity('5n')), 5e-9)
})

test('the canonical form is the same amount, and its own canonical form', () => {
  const suffix = fc.constantFrom(
    '',
    'n',
    'u',
    'm',
    'k',
    'M',
    'G',
    'T',
    'P',
    'E',
    'Ki',
    'Mi',
    'Gi',
    'Ti',
    'Pi',
    'Ei',
    'e3',
    'E-5',
  )
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.nat(999), suffix, (whole, fraction, unit) => {
      const written = quantity(`${whole}.${fraction}${unit}`)
      const shown = formatQuantity(written)
      assert.is(compareQuantities(quantity(shown), written), 0)
      assert.is(formatQuantity(quantity(shown)), shown)
    }),
  )
})

test.run()
