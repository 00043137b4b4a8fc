import type { Profile } from '../manifest/manifest-index.ts'
import type { Environment } from './platform.ts'
import type { Tier } from './tier.ts'

const BY_TIER: Readonly<Record<Tier, Profile>> = {
  bronze: 'lite',
  silver: 'standard',
  gold: 'standard',
  platinum: 'strict',
}

/** The profile of an environment: what it states, else what its tier deserves. */
export function profileOf({ profile, local }: Pick<Environment, 'profile' | 'local'>): Profile {
  return profile ?? BY_TIER[(local.tier as Tier | undefined) ?? 'silver']
}
