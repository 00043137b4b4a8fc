/**
 * Where servers that tenants share stop being a choice. Read November 2026.
 *
 * Source of the rule: hosting practice for retail and distribution ERP, which names shared servers for "standardized
 * processes, limited custom modules and moderate integration needs", and dedicated ones for compliance, customization
 * depth, integration complexity and continuity. No public source puts numbers on "limited" and "moderate": those here are
 * estimates.
 */
export const SHARED_LIMITS = {
  /** Modules of the tenant's own: every one can slow the servers down for everybody. */
  customModules: 5,
  integrations: 5,
  /** Seconds. Write-ahead logs leave every five minutes (CloudNativePG, archive_timeout); more takes servers of one's own. */
  rpo: 300,
} as const

/** What a shared cluster offers unless the environment says otherwise. Estimates. */
export const SHARED_DEFAULTS = {
  /** The most tenants. */
  tenants: 8,
  /** Connections that each of them may open. */
  connections: 80,
  tenantsPerCore: 4,
  /** MiB of data for each tenant. */
  size: 10 * 1024,
  /** Seconds after which a statement is ended, so that no tenant keeps the servers to itself: half an hour. */
  statementTimeout: 1_800,
  /** Connections of one websocket process, where a few people share it. */
  websocketConnections: 9,
} as const
