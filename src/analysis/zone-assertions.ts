import { METADATA_ADDRESSES } from './metadata-address.ts'
import type { Reach } from './reach.ts'
import type { Assertion, Party } from './reach-assertion.ts'

/** What is known of an environment of ours besides its manifests. */
export interface ZoneFacts {
  /** Whether real business runs there. */
  readonly production: boolean
  /** Namespaces of operators and of monitoring, which serve every tenant. */
  readonly servants: readonly string[]
  readonly guests: Guests
}

/** By tenant, whom the spec lets into its data zone: readers, or those who share its servers. */
export type Guests = ReadonlyMap<string, readonly Party[]>

/** Whether a tenant is let into the data zone of another one. */
export function isGuest(guests: Guests, guest: string, host: string): boolean {
  return (guests.get(host) ?? []).some(party => 'tenant' in party && party.tenant === guest)
}

/**
 * What holds in every environment that waybill writes, of the tenants that stand in it: the data zone is reached only
 * from the same tenant and from what serves it, shared servers by those who share them, the application never reaches the
 * metadata address, and in production tenants do not reach each other.
 *
 * @param declared statements of people: whom one of them allows into the data zone is welcome there
 */
export function zoneAssertions(
  { pods }: Reach,
  { production, servants, guests }: ZoneFacts,
  declared: readonly Assertion[],
): readonly Assertion[] {
  const known = pods.filter(({ stranger }) => !stranger)
  const tenants = [...new Set(known.flatMap(({ tenant }) => tenant ?? []))].sort()
  const withData = new Set(known.flatMap(({ tenant, zone }) => (zone === 'data' ? (tenant ?? []) : [])))
  const serving = servants.map((namespace): Party => ({ namespace }))
  const invited = declared.filter(({ expect }) => expect === 'allow').flatMap(({ from }) => from)
  const perTenant = tenants.flatMap((tenant): readonly Assertion[] => {
    const welcome = guests.get(tenant) ?? []
    const strangers = tenants.filter(other => other !== tenant && !isGuest(guests, other, tenant))
    return [
      ...(withData.has(tenant)
        ? [
            {
              name: `the data zone of ${tenant} is for its own`,
              expect: 'only' as const,
              from: [{ tenant, zone: 'app' }, { tenant, zone: 'data' }, ...welcome, ...serving, ...invited],
              to: [{ tenant, zone: 'data' }],
            },
          ]
        : []),
      ...(production && strangers.length > 0
        ? [
            {
              name: `no other tenant reaches ${tenant}`,
              expect: 'deny' as const,
              from:
                strangers.length === tenants.length - 1
                  ? [{ otherTenantThan: tenant }]
                  : strangers.map(other => ({ tenant: other })),
              to: [{ tenant }],
            },
          ]
        : []),
    ]
  })
  const app = known.some(({ zone }) => zone === 'app')
  const metadata: Assertion = {
    name: 'the application reaches no metadata address',
    expect: 'deny',
    from: [{ zone: 'app' }],
    to: METADATA_ADDRESSES.map(outside => ({ outside })),
  }
  return [...perTenant, ...(app ? [metadata] : [])]
}
