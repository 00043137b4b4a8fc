import type { Settings } from '../src/spec/settings.ts'

/**
 * What charts share: names, labels, zones and ports. A chart finds another one's objects by these, never by reaching into
 * its construct.
 */

export type Zone = 'app' | 'data'
export type OdooRole = 'web' | 'websocket' | 'cron' | 'queue' | 'migrate'

/** Objects of a tenant, by what they are for. Kubernetes selects by them, so none of them can be renamed later. */
export const NAMES = {
  web: 'odoo-web',
  websocket: 'odoo-websocket',
  cron: 'odoo-cron',
  queue: 'odoo-queue',
  migrate: 'odoo-migrate',
  /** odoo.conf, rendered by External Secrets: the template holds no secret, the Secret does. */
  config: 'odoo-config',
  scripts: 'odoo-scripts',
  filestore: 'odoo-filestore',
  /** The user and password of Odoo in PostgreSQL; one Secret in each namespace. */
  databaseUser: 'odoo-database',
  /** The authority that signs the certificate of PostgreSQL. */
  databaseCa: 'database-ca',
  database: 'database',
  pooler: 'database-pooler',
  objectStore: 'database-backups',
  objectStoreKeys: 'object-storage',
  redis: 'sessions',
  redisPassword: 'sessions-password',
} as const

export const PORTS = {
  odoo: 8069,
  websocket: 8072,
  postgres: 5432,
  postgresStatus: 8000,
  postgresMetrics: 9187,
  poolerMetrics: 9127,
  redis: 6379,
  sentinel: 26379,
  dns: 53,
} as const

/** `acme-production-app`. */
export function namespaceName(settings: Pick<Settings, 'tenant' | 'environment'>, zone: Zone): string {
  return `${settings.tenant}-${settings.environment}-${zone}`
}

/** Labels of everything that belongs to a tenant. */
export function commonLabels(settings: Settings, zone: Zone): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'waybill',
    'app.kubernetes.io/part-of': settings.tenant,
    'waybill.dev/environment': settings.environment,
    'waybill.dev/tenant': settings.tenant,
    'waybill.dev/tier': settings.tier,
    'waybill.dev/zone': zone,
    ...(settings.costCenter === undefined ? {} : { 'waybill.dev/cost-center': settings.costCenter }),
  }
}

/** What selects the pods of one Odoo role within their namespace. */
export function odooSelector(role: OdooRole): Record<string, string> {
  return { 'app.kubernetes.io/name': 'odoo', 'waybill.dev/role': role }
}

/** The PriorityClass of a tier; the platform unit declares it. */
export function priorityClass(settings: Pick<Settings, 'tier'>): string {
  return `waybill-${settings.tier}`
}

/** The key under which a secret of this tenant stands in the secret store: `acme/production/database`. */
export function remoteKey(settings: Settings, secret: string): string {
  return `${settings.tenant}/${settings.environment}/${secret}`
}

/** The name of a Service for pods of another namespace. */
export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc`
}

/** The ServiceAccount of a role; it has no token unless the role calls the API server. */
export function serviceAccount(role: OdooRole): string {
  return `odoo-${role}`
}
