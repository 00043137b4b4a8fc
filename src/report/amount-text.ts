import { type Quantity, quantityNumber } from '../manifest/quantity.ts'

const BYTES = /(^|\.)(memory|storage|ephemeral-storage)$|hugepages-/
const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const

/** An amount as people compare it: cores with at most two decimals, bytes in the largest unit that fits, with at most one. Rounded up. */
export function amountText(resource: string, quantity: Quantity | undefined): string {
  if (quantity === undefined) return '-'
  const amount = quantityNumber(quantity)
  if (!BYTES.test(resource)) return String(Math.ceil(amount * 100) / 100)
  const steps = amount === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.abs(amount)) / 10))
  return `${Math.ceil((amount / 2 ** (10 * steps)) * 10) / 10}${UNITS[steps]}`
}
