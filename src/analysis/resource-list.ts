import {
  addQuantities,
  compareQuantities,
  multiplyQuantity,
  parseQuantity,
  type Quantity,
} from '../manifest/quantity.ts'
import { fieldsOf } from '../manifest/value.ts'

/** Amounts by the name of the resource: `cpu`, `memory`, `nvidia.com/gpu`. What is not named is not asked for. */
export type ResourceList = ReadonlyMap<string, Quantity>

export const NO_RESOURCES: ResourceList = new Map()
export const ZERO: Quantity = { nanos: 0n, format: 'DecimalSI' }
export const ONE: Quantity = wholeQuantity(1)

/** A number of things, as a quantity. */
export function wholeQuantity(number: number): Quantity {
  return { nanos: BigInt(number) * 1_000_000_000n, format: 'DecimalSI' }
}

/** The amounts in a field of a manifest. What is no quantity is left out and named in `unread`. */
export function readResources(value: unknown): { readonly list: ResourceList; readonly unread: readonly string[] } {
  const list = new Map<string, Quantity>()
  const unread: string[] = []
  for (const [name, entry] of Object.entries(fieldsOf(value))) {
    const quantity = parseQuantity(entry)
    if (quantity === undefined) unread.push(name)
    else list.set(name, quantity)
  }
  return { list, unread }
}

export function addResources(a: ResourceList, b: ResourceList): ResourceList {
  return merged(a, b, addQuantities)
}

/** Of each resource the larger amount. */
export function largestResources(a: ResourceList, b: ResourceList): ResourceList {
  return merged(a, b, (left, right) => (compareQuantities(left, right) < 0 ? right : left))
}

/** What `first` says, and of `second` what it does not. */
export function defaultedResources(first: ResourceList, second: ResourceList): ResourceList {
  return new Map([...second, ...first])
}

export function multiplyResources(list: ResourceList, times: number): ResourceList {
  return new Map([...list].map(([name, quantity]) => [name, multiplyQuantity(quantity, times)]))
}

function merged(a: ResourceList, b: ResourceList, join: (left: Quantity, right: Quantity) => Quantity): ResourceList {
  const result = new Map(a)
  for (const [name, quantity] of b) {
    const before = result.get(name)
    result.set(name, before === undefined ? quantity : join(before, quantity))
  }
  return result
}
