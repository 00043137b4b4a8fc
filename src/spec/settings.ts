import type { FieldPath } from '../manifest/path.ts'
import type { Compliance } from './compliance.ts'
import type { DataAccess } from './data.ts'
import type { Filestore } from './documents.ts'
import type { OdooSeries } from './facts/odoo.ts'
import type { PostgresMajor } from './facts/postgres.ts'
import type { Groups } from './identity.ts'
import type { Integration } from './integration.ts'
import type { Observability } from './observability.ts'
import type { Population } from './population.ts'
import type { Copies, Recovery } from './recovery.ts'
import type { Rehearsal } from './rehearsal.ts'
import type { Replica } from './replica.ts'
import type { Schedule } from './schedule.ts'
import type { Sso } from './sso.ts'
import type { SharedServers } from './tenancy.ts'
import type { Tier, TierDefaults } from './tier.ts'

/**
 * Everything that the charts need to know of one tenant in one environment: the spec with every default filled in.
 * Durations are seconds, memory and volumes MiB, processor time millicores, unless a name says otherwise.
 */
export interface Settings {
  readonly platform: string
  readonly tenant: string
  readonly environment: string
  readonly tier: Tier
  readonly production: boolean
  readonly dataClass: string
  readonly costCenter?: string
  readonly owner?: string
  readonly release: Release
  /** The first one is the one that people know. */
  readonly hosts: readonly string[]
  readonly web: Web
  readonly websocket: Websocket
  /** Pods that answer machines alone; absent where the web pods do. */
  readonly apiPods?: Web
  /** People whose requests get a road of their own. */
  readonly populations: readonly Population[]
  readonly cron: Cron
  readonly queue?: Queue
  /** The Job that brings the database to a release. */
  readonly migration: Size
  readonly sessions: 'filestore' | 'database' | 'redis'
  readonly database: Database
  readonly pooler?: Pooler
  readonly filestore: Filestore
  readonly backup?: Backup
  /** How the tenant is doubled in another cluster. */
  readonly replica?: Replica
  /** What may be tried on purpose; never in production. */
  readonly rehearsal?: Rehearsal
  /** How restores are tried. */
  readonly recovery?: Recovery
  readonly objectives: Objectives
  /** Systems whose addresses are open; none outside production. */
  readonly integrations: readonly Integration[]
  readonly sso?: Sso
  /** Requests that one address may make on the login page in a minute. */
  readonly loginsPerMinute: number
  /** What machines may ask for in a second: from one address, and with one key where the series shows keys. */
  readonly api: { readonly perSecond: number; readonly perKey?: number; readonly from: readonly string[] }
  readonly spread: TierDefaults['spread']
  /** Who else uses the data. */
  readonly data?: DataAccess
  /** How the tenant is watched. */
  readonly observability?: Observability
  readonly place: Place
  readonly compliance: readonly Compliance[]
  /** The servers that the environment shares, where the tenant lives on them; it has none of its own then. */
  readonly servers?: SharedServers
  /** The label, and the taint, of the nodes that are for this tenant alone. */
  readonly nodePool?: string
  /** When the tenant is up; absent where it always is. */
  readonly schedule?: Schedule
  readonly groups: Groups
  /** Whether something watches what pods really use, and says so. */
  readonly rightSizing: boolean
}

export interface Release {
  /** Twelve hexadecimal digits that name the image together with its modules. */
  readonly id: string
  readonly odoo: OdooSeries
  readonly image: string
  readonly modules: readonly string[]
  /** Of a release for this environment alone: why, and the last day on which it may stand. */
  readonly hotfix?: { readonly reason: string; readonly expires: string }
}

/** What one pod asks for, and the memory that it may reach. Processor time has no limit. */
export interface Size {
  readonly cpu: number
  readonly memoryRequest: number
  readonly memoryLimit: number
}

export interface Web extends Size {
  readonly replicas: number
  /** Equal to `replicas` where nothing scales. */
  readonly maxReplicas: number
  /** Odoo workers in one pod. */
  readonly workers: number
}

export interface Websocket extends Size {
  readonly replicas: number
  /** Database connections of one process. */
  readonly connections: number
}

export interface Cron extends Size {
  readonly threads: number
  readonly timeLimit: number
}

export interface Queue extends Size {
  readonly capacity: number
  readonly channels: Readonly<Record<string, number>>
  readonly timeLimit: number
}

export interface Database {
  /** PostgreSQL identifiers. */
  readonly name: string
  readonly owner: string
  /** The environment in which it was made: another one where this one follows it. */
  readonly environment: string
  readonly major: PostgresMajor
  /** The number of the archive that it writes: each restore begins a new one. */
  readonly archive: number
  /** The moment, with its zone, that it was restored to from the archive before. */
  readonly restoreTo?: string
  readonly instances: number
  readonly size: number
  readonly walSize?: number
  readonly cpu: number
  readonly memory: number
  readonly maxConnections: number
  readonly synchronous: TierDefaults['synchronous']
  readonly antiAffinity: TierDefaults['antiAffinity']
  readonly primaryUpdate: TierDefaults['primaryUpdate']
  /** Seconds after which an unfinished write-ahead segment is archived: the bound of the loss in a disaster. */
  readonly archiveTimeout: number
  /** Seconds that a switchover waits for the old primary: part of the outage. */
  readonly switchoverDelay: number
}

export interface Pooler {
  readonly instances: number
  /** Server connections of one pooler pod. */
  readonly poolSize: number
  /** Client connections that one pooler pod accepts: enough to carry all of them alone. */
  readonly maxClients: number
}

export interface Backup extends Copies {
  readonly schedule: string
  readonly retentionDays: number
  /** True where no backup can be made, because the servers sleep whenever one could be. */
  readonly suspended?: boolean
}

export interface Objectives {
  readonly rpo: number
  readonly rto: number
  readonly disasterRpo: number
  readonly disasterRto: number
}

/** Where things are in the cluster. What the spec does not say is assumed, and `synth` prints it. */
export interface Place {
  readonly ingressClass: string
  readonly ingressNamespace: string
  readonly issuer: string
  /** Proxies before Traefik that add to X-Forwarded-For. */
  readonly depth: number
  readonly waf?: { readonly plugin: string; readonly configuration: object }
  readonly secretStore: string
  readonly secretRefresh: string
  readonly blockStorage?: string
  readonly sharedStorage: string
  readonly bucket: string
  readonly bucketEndpoint?: string
  readonly bucketRegion?: string
  readonly bucketCidrs?: readonly string[]
  readonly apiServer?: readonly string[]
  readonly postgresNamespace: string
  readonly redisNamespace: string
  readonly monitoringNamespace: string
  /** The key of the secret store that holds the credentials of the registry of Odoo's images. */
  readonly registryCredentials?: string
}

/** How a setting came about: what `waybill explain` prints. */
export interface Derivation {
  readonly value: unknown
  /** The formula with its numbers, or who stated it. */
  readonly because: string
  /** The spec keys that it rests on, the deciding one first. */
  readonly keys: readonly FieldPath[]
}

/** By the name of the setting: `web.replicas`. */
export type Derivations = Readonly<Record<string, Derivation>>
