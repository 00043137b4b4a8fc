import { archiveName, archivePath, databaseNamespace, NAMES, SHARED_TENANT } from '../../../charts/names.ts'
import { MOMENT } from '../../../charts/shared-servers.ts'
import { databaseSecret } from '../../../charts/tenant-database.ts'
import type { PlatformSettings } from '../../spec/platform-settings.ts'
import type { Settings } from '../../spec/settings.ts'
import { deliveryCommands } from './delivery-commands.ts'
import { commands } from './markdown.ts'

/** What the platform unit of an environment is made from. */
export type PlatformOf = (environment: string) => PlatformSettings

/**
 * What pages say of the PostgreSQL servers on which a tenant's database is: its own, or those that the environment shares,
 * which are nobody's to stop, to restore or to delete for the sake of one.
 */
export function serversValues(settings: Settings, platformOf: PlatformOf): Record<string, string> {
  const { tenant, environment, database } = settings
  const shared = settings.servers === undefined ? undefined : platformOf(environment)
  const owner = shared === undefined ? settings : { ...shared, tenant: SHARED_TENANT }
  const { backup } = settings.servers ?? settings
  const { stop, go } = deliveryCommands(platformOf(environment).gitops, owner.tenant, environment)
  const size = `${database.size / 1024} GiB`
  return {
    data: databaseNamespace(settings),
    database: database.name,
    instances: String(database.instances),
    database_secret: shared === undefined ? NAMES.databaseUser : databaseSecret(tenant),
    database_size: size,
    bucket: owner.place.bucket,
    archive: archivePath(owner, owner.place.bucket),
    server_name: archiveName(database.major, database.archive),
    next_archive: String(database.archive + 1),
    retention: backup === undefined ? 'not at all' : `${backup.retentionDays} d`,
    backup_schedule: backup?.schedule ?? 'never',
    servers_stop: commands(4, ...stop),
    servers_go: commands(4, ...go),
    ...(shared === undefined ? ownWords(settings) : sharedWords(settings, shared)),
  }
}

function ownWords({ tenant, environment, database, pooler }: Settings): Record<string, string> {
  const { maxConnections } = database
  const pooled =
    pooler === undefined
      ? ''
      : ` The web pods go through ${pooler.instances} poolers with ${pooler.poolSize} connections each; everything else goes around them.`
  return {
    shared_note: '',
    archive_key: '`database.archive`',
    size_key: `\`database.size\` for ${tenant}`,
    cpu_key: '`database.cpu`',
    connections: `${maxConnections} connections at most.${pooled}`,
    connections_sum: `\`npx waybill explain ${tenant}/${environment} database.maxConnections\``,
    before: 'before-',
  }
}

function sharedWords(settings: Settings, shared: PlatformSettings): Record<string, string> {
  const { tenant, environment, database, servers } = settings
  const data = databaseNamespace(settings)
  const { platform, groups } = shared
  const own = servers?.connections ?? database.maxConnections
  const typist = groups.database === undefined ? 'an administrator of the cluster' : `\`${groups.database}\``
  const key = (name: string) => `\`shared.${name}\` under \`environments.${environment}\``
  return {
    shared_note: `**The servers are not ${tenant}'s alone.** The cluster \`${NAMES.database}\` in \`${data}\` carries ${lodgersOf(shared).join(', ')}: what is done to a server is done to all of them. Whoever answers for ${platform} decides it, all of them are told before, and ${typist} types it. What concerns the database \`${database.name}\` alone is ${tenant}'s.`,
    archive_key: key('archive'),
    size_key: key('size'),
    cpu_key: key('cpu'),
    connections: `${own} connections at most for ${tenant}, of ${database.maxConnections} for all on these servers.`,
    connections_sum: `\`npx waybill explain ${tenant}/${environment} shared.connections\``,
    before: `before-${tenant}-`,
    restored_make:
      servers?.backup === undefined
        ? `Nothing can be: no backups of these servers are made. State ${key('retention')}.\n`
        : commands(4, ...restoredMake(data)),
  }
}

/** Who lives on the servers that an environment shares. */
export function lodgersOf({ residents }: PlatformSettings): string[] {
  return Object.keys(residents).filter(name => residents[name]?.tenancy === 'shared')
}

/** Brings up the server beside the shared ones, as they were at a moment. */
export function restoredMake(data: string): string[] {
  return [
    `kubectl -n ${data} get configmap ${NAMES.restored} -o jsonpath='{.data.${NAMES.restored}\\.json}' | sed 's/${MOMENT}/2026-01-31 10:15:00+01:00/' | kubectl apply -f -`,
    `kubectl -n ${data} wait cluster ${NAMES.restored} --for=condition=Ready --timeout=4h`,
  ]
}
