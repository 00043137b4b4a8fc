import type { PriceList } from '../analysis/cost.ts'
import { EXAMPLE_PRICES } from '../analysis/data/example-prices.ts'
import { checkFile } from '../spec/check.ts'
import { readYaml } from '../spec/yaml-file.ts'
import type { TreeReader } from '../synth/tree.ts'

/** What things cost, beside `platform.yaml`. */
export const PRICES_FILE = 'prices.yaml'

/**
 * The price list of a tree; where there is none, the example, which says of itself that it is one.
 *
 * @throws InputError when the file is not what it has to be
 */
export function pricesIn(reader: TreeReader | undefined): PriceList {
  const text = reader?.read(PRICES_FILE)
  if (text === undefined) return EXAMPLE_PRICES
  const yaml = readYaml(PRICES_FILE, text)
  checkFile(yaml, PRICES_SCHEMA)
  const { apiVersion: _, kind: __, ...prices } = yaml.value as Written
  return { storageClassGibMonth: {}, ...prices }
}

/** A price list as the schema lets it through. */
type Written = Omit<PriceList, 'storageClassGibMonth'> &
  Partial<Pick<PriceList, 'storageClassGibMonth'>> & { readonly apiVersion: string; readonly kind: string }

const PRICE = { type: 'number', minimum: 0 }

const PRICES_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'waybill prices',
  description: 'What a month costs.',
  type: 'object',
  additionalProperties: false,
  required: [
    'apiVersion',
    'kind',
    'name',
    'asOf',
    'currency',
    'hoursPerMonth',
    'cpuHour',
    'memoryGibHour',
    'storageGibMonth',
  ],
  properties: {
    apiVersion: { const: 'waybill.dev/v1alpha1' },
    kind: { const: 'PriceList' },
    name: { type: 'string', minLength: 1, description: 'Whose prices they are.' },
    asOf: { type: 'string', pattern: '^\\d{4}-\\d{2}$', description: 'The month in which they held: "2026-04".' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217: EUR.' },
    hoursPerMonth: { type: 'number', exclusiveMinimum: 0, maximum: 744, description: 'Hours of a month.' },
    cpuHour: { ...PRICE, description: 'One core for an hour.' },
    memoryGibHour: { ...PRICE, description: 'One GiB of memory for an hour.' },
    storageGibMonth: { ...PRICE, description: 'One GiB of storage for a month, of any class that is not listed.' },
    storageClassGibMonth: {
      type: 'object',
      additionalProperties: PRICE,
      description: 'One GiB for a month, by storage class.',
    },
  },
}
