import type { ICluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster'
import { Construct } from 'constructs'
import { regulationsOf } from '../src/spec/compliance.ts'
import type { Archive } from '../src/spec/elsewhere.ts'
import { POSTGRES } from '../src/spec/facts/postgres.ts'
import { SHARED_DEFAULTS } from '../src/spec/facts/tenancy.ts'
import type { Monitoring } from '../src/spec/observability.ts'
import type { Settings } from '../src/spec/settings.ts'
import { QUERIES_KEY } from './database-queries.ts'
import { addExternalSecret } from './external-secret.ts'
import {
  archiveName,
  BACKUP_PLUGIN,
  type Home,
  KEEP,
  metadata,
  NAMES,
  namespaceName,
  priorityClass,
  serviceHost,
  storeOf,
  tenantLabels,
} from './names.ts'
import { offSpotNodes, onOwnNodes } from './nodes.ts'
import { add } from './object.ts'
import { databaseSize, guaranteed, mebibytes } from './sizes.ts'
import { spread } from './spread.ts'

/** What the servers of one tenant, or of several, are made from. */
export type Servers = Home &
  Pick<
    Settings,
    | 'backup'
    | 'compliance'
    | 'data'
    | 'database'
    | 'dataClass'
    | 'nodePool'
    | 'place'
    | 'pooler'
    | 'production'
    | 'replica'
    | 'spread'
  > & {
    /** How they are watched. */
    readonly observability?: Monitoring
    /** Whether they are for several tenants, each of whom brings a database of its own. */
    readonly shared?: boolean
  }

/** A change of a Secret with this label reaches the servers without a restart. */
const RELOAD = { 'cnpg.io/reload': 'true' }

/**
 * Seconds for which a server that stops waits for its clients, and all in all. Odoo never hangs up by itself, and nobody
 * new gets in meanwhile, so waiting longer would only make the outage longer.
 */
const PATIENCE = 15
const STOP = 180

/**
 * The PostgreSQL servers of a tenant.
 *
 * The store holds the authority that signs their certificate, so that Odoo in the other namespace can verify it:
 * `database-ca` with `ca.crt`, and `ca.key` as a PEM block "EC PRIVATE KEY", the only form that the operator signs with.
 */
export class Postgres extends Construct {
  constructor(scope: Construct, id: string, settings: Servers) {
    super(scope, id)
    const { database, place, backup, shared, observability } = settings
    if (!shared) addDatabaseUser(this, settings, database.owner)
    addExternalSecret(this, settings, {
      zone: 'data',
      name: NAMES.databaseCa,
      remote: 'database-ca',
      properties: { 'ca.crt': 'ca.crt', 'ca.key': 'ca.key' },
      labels: RELOAD,
      decidedBy: 'release',
    })
    const several = database.instances > 1
    const storageClass = place.blockStorage === undefined ? {} : { storageClass: place.blockStorage }
    add<ICluster>(
      this,
      'cluster',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Cluster',
        metadata: metadata(settings, 'data', NAMES.database, 'data', KEEP),
        spec: {
          instances: database.instances,
          imageName: POSTGRES.images[database.major],
          inheritedMetadata: { labels: tenantLabels(settings, 'data') },
          priorityClassName: priorityClass(settings),
          enableSuperuserAccess: false,
          // Over a single server the budget would block every drain.
          enablePDB: several,
          primaryUpdateStrategy: database.primaryUpdate,
          primaryUpdateMethod: several ? 'switchover' : 'restart',
          smartShutdownTimeout: PATIENCE,
          stopDelay: STOP,
          switchoverDelay: database.switchoverDelay,
          resources: guaranteed(databaseSize(settings)),
          storage: { size: mebibytes(database.size), ...storageClass },
          ...(database.walSize === undefined
            ? {}
            : { walStorage: { size: mebibytes(database.walSize), ...storageClass } }),
          ...placement(settings),
          certificates: {
            serverCASecret: NAMES.databaseCa,
            // PgBouncer answers with the certificate of the servers, so its own names have to be in it.
            ...(settings.pooler === undefined ? {} : { serverAltDNSNames: poolerNames(settings) }),
          },
          ...decoding(settings),
          bootstrap: bootstrapOf(settings),
          ...replication(settings),
          postgresql: {
            parameters: parametersOf(settings),
            ...synchronous(settings),
            ...(shared ? { pg_hba: [...EACH_ITS_OWN] } : {}),
          },
          ...(observability === undefined
            ? {}
            : { monitoring: { customQueriesConfigMap: [{ name: NAMES.queries, key: QUERIES_KEY }] } }),
          ...(backup === undefined
            ? {}
            : {
                plugins: [
                  {
                    name: BACKUP_PLUGIN,
                    isWALArchiver: true,
                    parameters: {
                      barmanObjectName: NAMES.objectStore,
                      serverName: archiveName(database.major, database.archive),
                    },
                  },
                ],
              }),
        },
      },
      {
        '': 'database.instances',
        'spec.imageName': 'database.major',
        'spec.postgresql.parameters.archive_timeout': 'database.archiveTimeout',
        'spec.postgresql.parameters.max_connections': 'database.maxConnections',
        ...(database.synchronous === 'none' ? {} : { 'spec.postgresql.synchronous': 'database.synchronous' }),
        'spec.primaryUpdateStrategy': 'tier',
        'spec.resources.requests.cpu': 'database.cpu',
        'spec.resources.requests.memory': 'database.memory',
        'spec.storage.size': 'database.size',
        'spec.switchoverDelay': 'objectives.rto',
        ...(database.walSize === undefined ? {} : { 'spec.walStorage.size': 'database.walSize' }),
      },
    )
  }
}

/** What Odoo expects to find in a database. */
export const FOR_ODOO = [
  'CREATE EXTENSION IF NOT EXISTS pg_trgm',
  'CREATE EXTENSION IF NOT EXISTS unaccent',
  // Odoo uses it in indexes only when it promises to answer the same always.
  'ALTER FUNCTION unaccent(text) IMMUTABLE',
]

/**
 * Who may open which database of shared servers: everybody the one of their own name, and "postgres", in which Odoo waits
 * for its scheduled actions. PostgreSQL itself would let every user open every database.
 */
const EACH_ITS_OWN = [
  'hostssl sameuser all all scram-sha-256',
  'hostssl postgres all all scram-sha-256',
  'host all all all reject',
]

/** The Secret with the password of a user, in the namespace of the servers. A new password reaches them by itself. */
export function addDatabaseUser(
  scope: Construct,
  settings: Pick<Settings, 'place'> & Home,
  owner: string,
  where?: { readonly name: string; readonly namespace: string },
) {
  addExternalSecret(scope, settings, {
    zone: 'data',
    name: NAMES.databaseUser,
    remote: 'database',
    properties: { password: 'password' },
    template: { username: owner, password: '{{ .password }}' },
    type: 'kubernetes.io/basic-auth',
    labels: RELOAD,
    decidedBy: 'release',
    ...where,
  })
}

/** PostgreSQL from 17 on keeps the place of those who follow changes through a failover, when it is told to. */
function keepsPlaces({ data, database }: Pick<Servers, 'data' | 'database'>): boolean {
  return (data?.publications.length ?? 0) > 0 && database.major >= 17 && database.instances > 1
}

function decoding(settings: Servers): Partial<ICluster['spec']> {
  if (!keepsPlaces(settings)) return {}
  return { replicationSlots: { highAvailability: { enabled: true, synchronizeLogicalDecoding: true } } }
}

/** The archive that a restored database was made from. */
const BEFORE = 'before'

/** A follower comes up from the archive of what it follows; everything else comes up empty. */
function bootstrapOf({ database, replica, environment, shared }: Servers): NonNullable<ICluster['spec']['bootstrap']> {
  const { name, owner, restoreTo } = database
  const secret = { name: NAMES.databaseUser }
  if (restoreTo !== undefined) {
    const recovery = { source: BEFORE, database: name, owner, recoveryTarget: { targetTime: restoreTo } }
    return { recovery: shared ? recovery : { ...recovery, secret } }
  }
  if (replica !== undefined && database.environment !== environment) {
    return { recovery: { source: database.environment, database: name, owner, secret } }
  }
  return {
    initdb: {
      database: name,
      owner,
      dataChecksums: true,
      encoding: 'UTF8',
      // Odoo sorts by bytes, but has to know that "É" is the capital of "é" to find it.
      localeCollate: 'C',
      localeCType: 'C.UTF-8',
      ...(shared
        ? // Every database that is made later is a copy of the template.
          { postInitTemplateSQL: FOR_ODOO }
        : { secret, postInitApplicationSQL: FOR_ODOO }),
    },
  }
}

/** An archive by the name that the servers call it, its store, and its number. */
type NumberedArchive = readonly [name: string, store: string, number: number]

/** Both sides name both, and agree on who leads: so either may follow the other's archive after a switch. */
function replication({ replica, environment, database }: Servers): Partial<ICluster['spec']> {
  const { major, archive, restoreTo } = database
  const archives: NumberedArchive[] = [
    ...(restoreTo === undefined ? [] : [[BEFORE, NAMES.objectStore, archive - 1] as const]),
    ...(replica === undefined ? [] : doubled(environment, archive, replica.other)),
  ]
  if (archives.length === 0) return {}
  const externalClusters = archives.map(([name, store, number]) => ({
    name,
    plugin: { name: BACKUP_PLUGIN, parameters: { barmanObjectName: store, serverName: archiveName(major, number) } },
  }))
  if (replica === undefined) return { externalClusters }
  const { other, primary, promotionToken } = replica
  const token = promotionToken === undefined ? {} : { promotionToken }
  return { externalClusters, replica: { self: environment, primary, source: other.environment, ...token } }
}

function doubled(environment: string, archive: number, other: Archive): NumberedArchive[] {
  return [
    [environment, NAMES.objectStore, archive],
    [other.environment, storeOf(other.environment), other.archive],
  ]
}

/** One server a zone where the tier demands it; else different nodes, and rather different zones. */
function placement(settings: Servers) {
  const { antiAffinity } = settings.database
  const nodes = { enablePodAntiAffinity: true, ...offSpotNodes(settings), ...onOwnNodes(settings) }
  return antiAffinity === 'required'
    ? { affinity: { ...nodes, podAntiAffinityType: 'required', topologyKey: ZONE } }
    : {
        affinity: { ...nodes, podAntiAffinityType: 'preferred', topologyKey: NODE },
        topologySpreadConstraints: spread(settings, { 'cnpg.io/cluster': NAMES.database }),
      }
}

const ZONE = 'topology.kubernetes.io/zone'
const NODE = 'kubernetes.io/hostname'

/** A commit waits for one standby. Where none is left the servers carry on, or refuse to write, as the tier promises. */
function synchronous({ database }: Servers) {
  if (database.synchronous === 'none') return {}
  const required = database.synchronous === 'required'
  return {
    synchronous: {
      method: 'any',
      number: 1,
      dataDurability: database.synchronous,
      // A standby takes over only when the one that has every commit is among those that answer.
      ...(required ? { failoverQuorum: true } : {}),
    },
  }
}

/** The parameters, as text, which is how the operator takes them. Memory is MiB, time is seconds. */
export function parametersOf(
  settings: Pick<Servers, 'compliance' | 'data' | 'database' | 'dataClass' | 'shared'>,
): Record<string, string> {
  const { database, dataClass, compliance, shared } = settings
  const audited = dataClass === 'confidential' || regulationsOf(compliance).length > 0
  const walKept = Math.floor((database.walSize ?? database.size / 5) / 2)
  return {
    archive_timeout: `${database.archiveTimeout}s`,
    autovacuum_vacuum_scale_factor: '0.05',
    effective_cache_size: `${Math.floor(database.memory * POSTGRES.cacheShare)}MB`,
    // A forgotten shell would otherwise keep vacuum from the tables that grow fastest.
    idle_in_transaction_session_timeout: '600s',
    maintenance_work_mem: `${Math.min(1024, Math.floor(database.memory / 16))}MB`,
    max_connections: String(database.maxConnections),
    // A standby that is gone for long starts anew, rather than to fill the volume of the primary.
    max_slot_wal_keep_size: `${walKept}MB`,
    'pg_stat_statements.track': 'all',
    random_page_cost: '1.1',
    shared_buffers: `${Math.floor(database.memory * POSTGRES.sharedBuffersShare)}MB`,
    work_mem: '16MB',
    ...(audited ? { 'pgaudit.log': 'role, ddl' } : {}),
    ...(shared ? { statement_timeout: `${SHARED_DEFAULTS.statementTimeout}s` } : {}),
    ...(keepsPlaces(settings) ? { hot_standby_feedback: 'on', sync_replication_slots: 'on' } : {}),
  }
}

function poolerNames(settings: Servers): string[] {
  const namespace = namespaceName(settings, 'data')
  return [NAMES.pooler, `${NAMES.pooler}.${namespace}`, serviceHost(NAMES.pooler, namespace)]
}
