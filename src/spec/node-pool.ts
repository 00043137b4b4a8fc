import type { Asking } from './asking.ts'
import { NAME, type Schema, text } from './schema-terms.ts'
import type { Lodging } from './tenancy.ts'

export const NODE_POOL_SCHEMA: Schema = text(
  'The nodes that are for this tenant alone: those with the label and the taint waybill.dev/node-pool of this value.',
  { pattern: NAME },
)

/** The nodes of a tenant. Where it lives on shared servers it has none: they would stand idle beside them. */
export function nodePoolOf({ find, say, home }: Asking, lodging: Lodging | undefined): { readonly nodePool?: string } {
  const stated = find<string>('nodePool')
  if (stated === undefined) return {}
  if (lodging !== undefined) {
    say('nodePool', 'none', 'the tenant lives on shared servers here', lodging.key, stated.key)
    return {}
  }
  return { nodePool: say('nodePool', stated.value, 'stated', stated.key ?? home).value }
}
