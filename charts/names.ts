import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import type { Settings } from '../src/spec/settings.ts'
import type { Tier } from '../src/spec/tier.ts'

/**
 * What charts share: names, labels, zones and ports. A chart finds another one's objects by these, never by reaching into
 * its construct.
 */

export type Zone = 'app' | 'data' | 'restore'
export type OdooRole = 'web' | 'api' | 'websocket' | 'cron' | 'queue' | 'migrate'

/** Objects of a tenant, by what they are for. Kubernetes selects by them, so none of them can be renamed later. */
export const NAMES = {
  web: 'odoo-web',
  api: 'odoo-api',
  websocket: 'odoo-websocket',
  cron: 'odoo-cron',
  queue: 'odoo-queue',
  migrate: 'odoo-migrate',
  /** odoo.conf, rendered by External Secrets: the template holds no secret, the Secret does. */
  config: 'odoo-config',
  scripts: 'odoo-scripts',
  filestore: 'odoo-filestore',
  /** What opens the bucket of the attachments. */
  documents: 'odoo-documents',
  /** What Odoo shows the identity provider. */
  sso: 'odoo-sso',
  /** The certificate of the hosts, signed through cert-manager. */
  tls: 'odoo-tls',
  /** The user and password of Odoo in PostgreSQL; one Secret in each namespace. */
  databaseUser: 'odoo-database',
  /** The authority that signs the certificate of PostgreSQL. */
  databaseCa: 'database-ca',
  database: 'database',
  pooler: 'database-pooler',
  objectStore: 'database-backups',
  objectStoreKeys: 'object-storage',
  /** What opens the registry of Odoo's images. */
  registry: 'registry',
  redis: 'sessions',
  sentinel: 'sessions-sentinel',
  redisPassword: 'sessions-password',
  /** The server for readers. */
  analytics: 'analytics',
  /** What opens the bucket for analyses. */
  lake: 'lake',
  /** Where restores are tried: the servers that come and go, and the Jobs that do it. */
  restoreTest: 'restore-test',
  restoreTestOffsite: 'restore-test-offsite',
  /** A server that a person brings up beside shared ones, to take the data of one tenant out of their backup. */
  restored: 'restored',
  /** What is tried on purpose, outside production. */
  rehearsal: 'rehearsal',
  loadTest: 'load-test',
  failoverTest: 'failover-test',
  /** The key that may read backups and nothing else, and the stores that it opens. */
  readerKeys: 'object-storage-reader',
  offsiteStore: 'database-backups-offsite',
  /** What the exporter of PostgreSQL asks the database of Odoo. */
  queries: 'database-queries',
} as const

export const PORTS = {
  odoo: 8069,
  websocket: 8072,
  postgres: 5432,
  postgresStatus: 8000,
  postgresMetrics: 9187,
  poolerMetrics: 9127,
  redisMetrics: 9121,
  redis: 6379,
  sentinel: 26379,
  dns: 53,
  https: 443,
  apiServer: 6443,
  acmeSolver: 8089,
} as const

/** The plugin of CloudNativePG that archives and backs up (plugin-barman-cloud). */
export const BACKUP_PLUGIN = 'barman-cloud.cloudnative-pg.io'

/** An archive: a new major version cannot continue the one before, and a restored database must not. */
export function archiveName(major: number, archive: number): string {
  return archive === 1 ? `${NAMES.database}-${major}` : `${NAMES.database}-${major}-${archive}`
}

/** Where the backups of a tenant stand in a bucket. */
export function archivePath({ tenant, environment }: Pick<Settings, 'tenant' | 'environment'>, bucket: string): string {
  return `s3://${bucket}/${tenant}/${environment}`
}

/** The order in which Argo CD applies a unit; every step waits until the one before is healthy. */
const WAVES = {
  operators: '-30',
  ground: '-20',
  data: '-10',
  backup: '-5',
  migrate: '0',
  run: '10',
  edge: '20',
} as const
export type Wave = keyof typeof WAVES

/**
 * What must outlive a mistaken deletion in Git: Argo CD neither prunes it nor deletes it with the application, and Flux
 * prunes it neither. Annotations of both stand everywhere, so that no manifest depends on who delivers it.
 */
export const KEEP = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
} as const

/** Whose objects they are, and where they stand: what names and labels are made of. */
export type Home = Pick<Settings, 'tenant' | 'environment' | 'tier' | 'costCenter'>

/**
 * Restarts the pods of a workload when a Secret that they read changes: Reloader (stakater) watches for it. External
 * Secrets renews the Secret and no more, and Odoo reads a password once, at its start.
 */
export const RESTART_ON_ROTATION = { 'secret.reloader.stakater.com/auto': 'true' } as const

/** Marks a Deployment whose number of pods an autoscaler decides, for delivery to leave it be. */
export const AUTOSCALED = { 'waybill.dev/replicas': 'autoscaled' } as const

/** The zones that a tenant has. */
export function zonesOf({ recovery }: Settings): Zone[] {
  return ['app', 'data', ...(recovery === undefined ? [] : ['restore' as const])]
}

/** `acme-production-app`. */
export function namespaceName(settings: Pick<Settings, 'tenant' | 'environment'>, zone: Zone): string {
  return `${settings.tenant}-${settings.environment}-${zone}`
}

/** Labels of everything that is written for a tenant. */
export function commonLabels(settings: Home, zone: Zone): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'waybill', ...tenantLabels(settings, zone) }
}

/** Labels of everything that belongs to a tenant, also of what an operator makes for it. */
export function tenantLabels(settings: Home, zone: Zone): Record<string, string> {
  return {
    'app.kubernetes.io/part-of': settings.tenant,
    'waybill.dev/environment': settings.environment,
    'waybill.dev/tenant': settings.tenant,
    ...tierLabel(settings.tier),
    'waybill.dev/zone': zone,
    ...(settings.costCenter === undefined ? {} : { 'waybill.dev/cost-center': settings.costCenter }),
  }
}

/** What is promised of an object; the narrowest label that stands on it, on its pods or on its namespace decides. */
export function tierLabel(tier: Tier): Record<string, string> {
  return { 'waybill.dev/tier': tier }
}

/** The same metadata of an object of which another tier's promise is made than that of its tenant. */
export function promising(tier: Tier, all: ReturnType<typeof metadata>) {
  return { ...all, labels: { ...all.labels, ...tierLabel(tier) } }
}

/** The metadata of an object of a tenant: where it is, whose it is, when it is applied. */
export function metadata(settings: Home, zone: Zone, name: string, wave: Wave, annotations?: Record<string, string>) {
  return {
    name,
    namespace: namespaceName(settings, zone),
    labels: commonLabels(settings, zone),
    annotations: { ...annotations, ...syncWave(wave) },
  }
}

/** The metadata of an object that belongs to a whole environment. */
export function clusterMetadata(
  { platform, environment }: Pick<Settings, 'platform' | 'environment'>,
  name: string,
  wave: Wave,
  annotations?: Record<string, string>,
) {
  return {
    name,
    labels: {
      'app.kubernetes.io/managed-by': 'waybill',
      'app.kubernetes.io/part-of': platform,
      'waybill.dev/environment': environment,
    },
    annotations: { ...annotations, ...syncWave(wave) },
  }
}

export function syncWave(wave: Wave): Record<string, string> {
  return { 'argocd.argoproj.io/sync-wave': WAVES[wave] }
}

/** What selects the pods of one Odoo role within their namespace. */
export function odooSelector(role: OdooRole): Record<string, string> {
  return { 'app.kubernetes.io/name': 'odoo', 'waybill.dev/role': role }
}

/** What selects the pods that send servers to sleep and wake them. */
export const HIBERNATION_LABELS = { 'app.kubernetes.io/name': 'hibernation' } as const

/** Values of the label `app` on the pods of the session store and of its sentinels, as the Redis operator sets it. */
export const SESSION_APPS = [NAMES.redis, NAMES.sentinel] as const

/** The PriorityClass of a tier; the platform unit declares it. */
export function priorityClass({ tier }: Pick<Settings, 'tier'>): string {
  return `waybill-${tier}`
}

/** Whether the session store is replicated and watched, or one server that is back in seconds. */
export function sessionsFailOver(settings: Pick<Settings, 'tier'>): boolean {
  return settings.tier === 'gold' || settings.tier === 'platinum'
}

/** Whoever shares what no tenant owns: the name of the platform unit, in place of a tenant's. */
export const SHARED_TENANT = PLATFORM_UNIT

/** The namespace of the servers that the tenants of an environment share. */
export function sharedNamespace({ environment }: Pick<Settings, 'environment'>): string {
  return namespaceName({ tenant: SHARED_TENANT, environment }, 'data')
}

/** The namespace of the PostgreSQL servers of a tenant: its own, or that of the shared ones. */
export function databaseNamespace(settings: Settings): string {
  return settings.servers === undefined ? namespaceName(settings, 'data') : sharedNamespace(settings)
}

/** The host of the primary. CloudNativePG puts the name into its certificate. */
export function databaseHost(settings: Settings): string {
  return serviceHost(`${NAMES.database}-rw`, databaseNamespace(settings))
}

/** The host that the web pods ask: the pooler where there is one. Everything else listens, which no pooler passes on. */
export function webDatabaseHost(settings: Settings): string {
  return settings.pooler === undefined
    ? databaseHost(settings)
    : serviceHost(NAMES.pooler, namespaceName(settings, 'data'))
}

/** Secrets that both of two environments hold which follow each other: what is in a database comes along with it. */
const DOUBLED = ['database', 'odoo']

/** The key under which a secret of this tenant stands in the secret store: `acme/production/database`. */
export function remoteKey({ tenant, environment, database }: SecretsOwner, secret: string): string {
  const home = DOUBLED.includes(secret) ? (database?.environment ?? environment) : environment
  return `${tenant}/${home}/${secret}`
}

/** Whose secrets they are: a tenant's, or of servers that tenants share, which follow nobody. */
type SecretsOwner = Pick<Settings, 'tenant' | 'environment'> & { readonly database?: { readonly environment?: string } }

/** Whether this environment only follows another one: its servers take no writes, so nothing of Odoo runs. */
export function follows({ replica }: Pick<Settings, 'replica'>): boolean {
  return replica?.follows === true
}

/** The store of another environment's backups, for whoever reads them. */
export function storeOf(environment: string): string {
  return `${NAMES.objectStore}-of-${environment}`
}

/** The Secret with which Odoo calls a system. */
export function integrationSecret(name: string): string {
  return `integration-${name}`
}

/** The key that may read them. */
export function storeKeysOf(environment: string): string {
  return `${NAMES.objectStoreKeys}-of-${environment}`
}

/** The name of a Service for pods of another namespace. */
export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc`
}

/** The ServiceAccount of a role. */
export function serviceAccount(role: OdooRole): string {
  return `odoo-${role}`
}
