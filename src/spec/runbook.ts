/** The pages that alerts lead to; every one of them is written for a tenant that is observed. */
export const RUNBOOKS = [
  'backup-failing',
  'cert-expiry',
  'communications',
  'database-pressure',
  'db-failover',
  'jobs-stuck',
  'odoo-down',
  'odoo-slow',
  'restore',
  'rollback',
  'sessions-lost',
  'volume-full',
] as const
export type Runbook = (typeof RUNBOOKS)[number]

/** How work goes on by hand while Odoo is away. */
export const FALLBACKS = ['finance-manual', 'order-capture-manual', 'store-offline', 'warehouse-manual'] as const
export type Fallback = (typeof FALLBACKS)[number]

/** The page for what all tenants of an environment rest on. */
export const SHARED_RUNBOOK = 'shared-services'

/** Pages that are written where the spec asks for what they are about. */
export const OCCASIONAL = ['dr-switch'] as const
export type Occasional = (typeof OCCASIONAL)[number]

/** `runbooks/acme/db-failover.md`, from the folder of `platform.yaml`. */
export function runbookPath(tenant: string, page: string): string {
  return `runbooks/${tenant}/${page}.md`
}
