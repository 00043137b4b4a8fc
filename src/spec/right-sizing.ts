import type { Asking } from './asking.ts'
import type { Schema } from './schema-terms.ts'
import { isLocal } from './tenancy.ts'
import { atLeast } from './tier.ts'

export const RIGHT_SIZING_SCHEMA: Schema = {
  type: 'boolean',
  description:
    'Whether VerticalPodAutoscalers say, from tier gold up, what pods really use. They change nothing. Default: false.',
}

/** Tiers below gold are too small for a recommendation to pay for the reading of it. */
export function rightSizingOf({ unit, find, say, home, tier, contradict }: Asking): boolean {
  const stated = find<boolean>('rightSizing')
  const worthwhile = atLeast(tier.value, 'gold')
  const key = stated?.key ?? home
  if (stated?.value === true && !worthwhile && isLocal(stated.key)) {
    contradict({
      message: `rightSizing is for tiers gold and platinum, and the tenant is ${tier.value} in "${unit.environment}"`,
      hint: 'leave it out',
      key,
      against: tier.key,
    })
  }
  const because = stated === undefined ? 'default' : worthwhile ? 'stated' : `stated, and tier ${tier.value} has none`
  return say('rightSizing', stated?.value === true && worthwhile, because, key, tier.key).value
}
