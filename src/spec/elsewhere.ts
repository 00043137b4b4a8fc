import { type Fields, fieldsOf } from '../manifest/value.ts'
import { POSTGRES, type PostgresMajor } from './facts/postgres.ts'
import { type Layer, stated } from './layers.ts'
import type { Environment, Platform, Tenant } from './platform.ts'
import type { PromotedHalf } from './unit.ts'

/** What the spec says of a tenant in another environment, as far as its database and its backups go. */
export interface Elsewhere {
  readonly environment: string
  readonly objectStorage: Fields
  readonly database: Fields
}

/** The environments that this one has to do with: whose data it takes, and who takes over for whom. */
export interface Related {
  /** From which the data of a lower environment comes. */
  readonly origin?: Elsewhere
  /** For which this one stands by. */
  readonly primary?: Elsewhere
  /** Which stands by for this one. */
  readonly standby?: Elsewhere & { readonly leads: boolean }
}

/** The part of a unit's local half that other environments decide; nothing where none does. */
export function relatedTo(
  platform: Platform,
  environment: Environment,
  tenant: Tenant,
): { readonly related?: Related } {
  const there = (name: string | undefined): Elsewhere | undefined => {
    const found = platform.environments.find(other => other.name === name)
    const fields = name === undefined ? undefined : tenant.environments.get(name)
    if (found === undefined || fields === undefined) return undefined
    const { major, archive } = fieldsOf(fields.database)
    return {
      environment: found.name,
      objectStorage: fieldsOf(found.local.objectStorage),
      database: { ...(major === undefined ? {} : { major }), ...(archive === undefined ? {} : { archive }) },
    }
  }
  const { dataFrom } = fieldsOf(tenant.environments.get(environment.name))
  const origin = there(dataFrom === undefined ? undefined : String(fieldsOf(dataFrom).environment))
  const primary = there(environment.standby)
  const follower = platform.environments.find(other => other.standby === environment.name)
  const standby = there(follower?.name)
  const related: Related = {
    ...(origin === undefined ? {} : { origin }),
    ...(primary === undefined ? {} : { primary }),
    ...(standby === undefined ? {} : { standby: { ...standby, leads: follower?.local.leads === true } }),
  }
  return Object.keys(related).length === 0 ? {} : { related }
}

/** Where the backups of a tenant in another environment stand, and what is in them. */
export interface Archive {
  readonly environment: string
  readonly bucket: string
  readonly endpoint?: string
  readonly cidrs?: readonly string[]
  readonly database: string
  readonly major: PostgresMajor
  readonly archive: number
}

/** The archive that a tenant writes in another environment. */
export function archiveIn(tenant: string, promoted: PromotedHalf, elsewhere: Elsewhere): Archive {
  const layers: Layer[] = [
    { at: [], fields: { database: elsewhere.database } },
    { at: [], fields: { objectStorage: elsewhere.objectStorage } },
    { at: [], fields: promoted.tenant ?? {} },
    { at: [], fields: promoted.platform },
  ]
  const find = <T>(...path: string[]) => stated<T>(layers, path)?.value
  const endpoint = find<string>('objectStorage', 'endpoint')
  const cidrs = find<readonly string[]>('objectStorage', 'cidrs')
  return {
    environment: elsewhere.environment,
    bucket: find<string>('objectStorage', 'bucket') ?? DEFAULT_BUCKET,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(cidrs === undefined ? {} : { cidrs }),
    database: databaseName(tenant, elsewhere.environment),
    major: find<PostgresMajor>('database', 'major') ?? POSTGRES.defaultMajor,
    archive: find<number>('database', 'archive') ?? 1,
  }
}

export const DEFAULT_BUCKET = 'waybill-backups'

/** The name of a tenant's database, and of the role that owns it: a PostgreSQL identifier. */
export function databaseName(tenant: string, environment: string): string {
  return `${tenant}_${environment}`.replaceAll('-', '_')
}
