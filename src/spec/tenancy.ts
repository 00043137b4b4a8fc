import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, isFields, listOf } from '../manifest/value.ts'
import type { Asking, Known } from './asking.ts'
import { type Compliance, regulationsOf } from './compliance.ts'
import { formatDuration } from './duration.ts'
import { POSTGRES, type PostgresMajor } from './facts/postgres.ts'
import { SHARED_DEFAULTS, SHARED_LIMITS } from './facts/tenancy.ts'
import { PLATFORM_UNIT } from './platform.ts'
import { closed, duration, type Schema, size, text, whole } from './schema-terms.ts'
import type { Database, Settings } from './settings.ts'
import { upToTen } from './sizing.ts'
import { TIER_DEFAULTS, type Tier } from './tier.ts'

/** `hybrid` is dedicated in production and shared everywhere else. */
const TENANCIES = ['dedicated', 'shared', 'hybrid'] as const
export type TenancyChoice = (typeof TENANCIES)[number]
/** Whose the PostgreSQL servers of a tenant are in one environment: its own, or those of the environment. */
export type Tenancy = Exclude<TenancyChoice, 'hybrid'>

export const TENANCY_SCHEMA: Schema = {
  enum: [...TENANCIES],
  description:
    'Servers of its own, those that an environment shares, or own ones in production alone. Default: dedicated.',
}

export const LOCAL_TENANCY_SCHEMA: Schema = {
  enum: ['dedicated', 'shared'],
  description: 'The same in this environment alone.',
}

/** How servers are told to come up from their own backups. */
export const RESTORE_SCHEMA: Readonly<Record<string, Schema>> = {
  archive: whole('Number of the archive that is written; a restore takes the next one. Default: 1.', 1),
  restoreTo: text('The moment to which the database is restored, from the archive before.', {
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$',
    examples: ['2026-11-22 10:15:00+01:00'],
  }),
}

export const SHARED_SCHEMA: Schema = closed('PostgreSQL servers that tenants of this environment share.', {
  major: whole('PostgreSQL major version. Default: 17.', 14, 18),
  instances: whole('PostgreSQL servers, the primary included. Default: by the tier of the environment.', 1, 9),
  tenants: whole('The most tenants on them. Default: 8.', 1, 100),
  connections: whole('Connections that each tenant may open. Default: 80.', 20, 500),
  size: size('Volume of the data of all tenants. Default: 10Gi for each.'),
  cpu: whole('Cores of a server. Default: one for four tenants, two at least.', 1, 96),
  memory: size('Memory of a server. Default: 4 GiB a core.'),
  retention: duration('How far back a restore can reach. Default: by the tier of the environment.'),
  ...RESTORE_SCHEMA,
  calendar: text('The calendar outside of whose business hours the servers sleep. Default: they never do.'),
})

/** PostgreSQL servers that an environment offers to its tenants. */
export interface SharedServers {
  readonly database: Database
  readonly tenants: number
  /** The most connections of one tenant. */
  readonly connections: number
  readonly backup?: NonNullable<Settings['backup']>
  /** The calendar by which they sleep. */
  readonly calendar?: string
}

/** A tenant's place on shared servers. */
export interface Lodging {
  readonly servers: SharedServers
  /** The key that put it there. */
  readonly key: FieldPath
}

export function effectiveTenancy(choice: TenancyChoice | undefined, production: boolean): Tenancy {
  return choice === 'hybrid' ? (production ? 'dedicated' : 'shared') : (choice ?? 'dedicated')
}

type Ask = Pick<Asking, 'unit' | 'find' | 'settle' | 'mebibytes' | 'seconds' | 'say' | 'home'>

/** The servers that the environment of a unit shares; `undefined` where it declares none. Every unit in it sees the same. */
export function sharedServersOf(ask: Ask): SharedServers | undefined {
  const { unit, find, settle, mebibytes, seconds, say } = ask
  const { shared, tier: stated } = unit.local.environment
  if (shared === undefined) return undefined
  const at: FieldPath = ['environments', unit.environment, 'shared']
  const tierKey: FieldPath = stated === undefined ? at : ['environments', unit.environment, 'tier']
  const tier = (stated ?? 'silver') as Tier
  const defaults = TIER_DEFAULTS[tier]
  const byTier = `tier ${tier} of the environment`
  const tenants = settle('shared.tenants', () => [SHARED_DEFAULTS.tenants, 'default', at])
  const connections = settle('shared.connections', () => [SHARED_DEFAULTS.connections, 'default', at])
  const cores = settle('shared.cpu', () => [
    Math.max(2, Math.ceil(tenants.value / SHARED_DEFAULTS.tenantsPerCore)),
    `${tenants.value} tenants, ${SHARED_DEFAULTS.tenantsPerCore} a core`,
    tenants.key,
  ])
  const instances = settle('shared.instances', () => [defaults.instances, byTier, tierKey])
  const retention = defaults.backup === undefined ? undefined : defaults.backup.retentionDays * 86_400
  const kept =
    retention === undefined && find('shared.retention') === undefined
      ? undefined
      : seconds('shared.retention', () => [retention ?? 0, byTier, tierKey])
  const calendar = find<string>('shared.calendar')
  const restoreTo = find<string>('shared.restoreTo')
  return {
    database: {
      // The database that every cluster is made with; no tenant uses it.
      name: PLATFORM_UNIT,
      owner: PLATFORM_UNIT,
      environment: unit.environment,
      archive: settle('shared.archive', () => [1, 'default', at]).value,
      ...(restoreTo === undefined ? {} : { restoreTo: restoreTo.value }),
      major: settle<PostgresMajor>('shared.major', () => [17, 'default', at]).value,
      instances: instances.value,
      size: mebibytes('shared.size', () => [
        tenants.value * SHARED_DEFAULTS.size,
        `${tenants.value} tenants × 10 GiB`,
        tenants.key,
      ]).value,
      cpu: cores.value,
      memory: mebibytes('shared.memory', () => [
        cores.value * POSTGRES.memoryPerCore,
        `${cores.value} cores × 4 GiB`,
        cores.key,
      ]).value,
      maxConnections: say(
        'shared.maxConnections',
        upToTen(POSTGRES.reservedConnections + tenants.value * connections.value),
        `${POSTGRES.reservedConnections} reserved + ${tenants.value} tenants × ${connections.value}, rounded up`,
        tenants.key,
        connections.key,
      ).value,
      // Where one tenant may wait for a standby, all of them do: a commit waits only where three servers stand.
      synchronous: instances.value < 3 ? 'none' : defaults.synchronous,
      antiAffinity: instances.value > 1 ? defaults.antiAffinity : 'preferred',
      primaryUpdate: defaults.primaryUpdate,
      archiveTimeout: Math.min(POSTGRES.archiveTimeout, defaults.disasterRpo),
      switchoverDelay: Math.max(30, defaults.rto),
    },
    tenants: tenants.value,
    connections: connections.value,
    ...(kept === undefined
      ? {}
      : {
          backup: {
            schedule: defaults.backup?.schedule ?? '0 30 1 * * *',
            retentionDays: Math.ceil(kept.value / 86_400),
          },
        }),
    ...(calendar === undefined ? {} : { calendar: calendar.value }),
  }
}

/** What is restored must not write into the archive that it was made from. */
export function checkRestore(
  { find, contradict }: Pick<Asking, 'find' | 'contradict'>,
  servers: 'database' | 'shared',
  home: FieldPath,
): void {
  const restoreTo = find<string>(`${servers}.restoreTo`)
  const archive = find<number>(`${servers}.archive`)
  if (restoreTo === undefined || (archive?.value ?? 1) > 1) return
  contradict({
    message: 'a restored database must not write into the archive that it was made from, and this is the first one',
    hint: `state ${servers}.archive: 2, or the next number`,
    key: restoreTo.key,
    against: archive?.key ?? home,
  })
}

/** Where the tenant lives in this environment: on the shared servers, or, for `undefined`, on its own. */
export function lodgingOf(asking: Asking, compliance: readonly Compliance[]): Lodging | undefined {
  const { unit, find, say, home, tier, contradict } = asking
  const choice = find<TenancyChoice>('tenancy')
  const key = choice?.key ?? home
  const tenancy = effectiveTenancy(choice?.value, unit.production)
  say('tenancy', tenancy, choice === undefined ? 'default' : `stated: ${choice.value}`, key)
  if (tenancy === 'dedicated') return undefined
  question(asking, { value: choice?.value ?? tenancy, key }, compliance)
  const servers = sharedServersOf(asking)
  if (servers === undefined) {
    contradict({
      message: `the tenant is to live on shared servers in "${unit.environment}", which declares none`,
      hint: `declare them: environments.${unit.environment}.shared: {}`,
      key,
      against: ['environments', unit.environment],
    })
    return undefined
  }
  const promised = TIER_DEFAULTS[tier.value].backup
  if (promised !== undefined && (servers.backup?.retentionDays ?? 0) < promised.retentionDays) {
    contradict({
      message: `tier ${tier.value} promises backups of ${promised.retentionDays} days, and the shared servers have ${servers.backup === undefined ? 'none' : `${servers.backup.retentionDays} days`}`,
      hint: 'state shared.retention, a lower tier of the tenant here, or tenancy: dedicated',
      key: ['environments', unit.environment, 'shared'],
      against: tier.key,
    })
  }
  for (const name of OF_DEDICATED) {
    const stated = find(name)
    if (stated === undefined || !isLocal(stated.key)) continue
    contradict({
      message: `${name} is stated for servers of the tenant's own, and in "${unit.environment}" it lives on shared ones`,
      hint: `leave it out; what all tenants share stands under environments.${unit.environment}.shared`,
      key: stated.key,
      against: key,
    })
  }
  return { servers, key }
}

/** What a tenant on shared servers is told of its database, in place of what it would have by itself. */
export function lodgedDatabase(
  { say }: Pick<Asking, 'say'>,
  lodging: Lodging | undefined,
): Omit<Database, 'name' | 'owner'> | undefined {
  if (lodging === undefined) return undefined
  const { name: _name, owner: _owner, ...database } = lodging.servers.database
  for (const [setting, value] of Object.entries(database))
    say(`database.${setting}`, value, 'the shared servers', lodging.key)
  return database
}

/**
 * The tenant opens no more connections than it has a share of, however much goes on at the same time; and it asks for
 * nothing that only servers of its own can give.
 */
export function checkLodging(
  { unit, find, contradict }: Asking,
  { servers, key }: Lodging,
  connections: number,
  handsOutData: boolean,
): void {
  const dedicated = 'state tenancy: dedicated'
  if (handsOutData) {
    contradict({
      message:
        'others are to read the data or follow its changes, which would weigh on everybody on the shared servers',
      hint: `${dedicated}, or leave data out here`,
      key: find('data')?.key ?? key,
      against: key,
    })
  }
  const { primary, standby } = unit.local.related ?? {}
  const other = primary ?? standby
  if (other !== undefined) {
    contradict({
      message: `"${unit.environment}" and "${other.environment}" stand by for each other, which shared servers cannot do for one tenant`,
      hint: dedicated,
      key: ['environments', primary === undefined ? other.environment : unit.environment, 'standby'],
      against: key,
    })
  }
  if (connections <= servers.connections) return
  contradict({
    message: `the tenant may open ${connections} connections at worst, and the shared servers give it ${servers.connections}`,
    hint: 'raise shared.connections, give it fewer pods or workers here, or servers of its own',
    key: ['environments', unit.environment, 'shared', 'connections'],
    against: key,
  })
}

/** Settings of servers of one's own. For other environments they may be stated; for a shared one they mean nothing. */
const OF_DEDICATED = ['database', 'backup', 'nodePool']

/** Whether a key is what the tenant says of this environment alone. */
export function isLocal(key: FieldPath): boolean {
  return key[0] === 'tenants' && key[2] === 'environments'
}

/**
 * What a tenant would bring to servers that it shares: modules of its own, which are those that state a version, and
 * systems that it calls.
 */
export function burdenOf(tenant: Fields): { readonly own: number; readonly integrations: number } {
  return {
    own: listOf(fieldsOf(tenant.release).modules).filter(isFields).length,
    integrations: Object.keys(fieldsOf(tenant.integrations)).length,
  }
}

/** Shared servers are questioned: each of these reasons speaks against them, whatever they cost. */
function question(asking: Asking, choice: Known<TenancyChoice>, compliance: readonly Compliance[]): void {
  const { unit, tier, find, contradict } = asking
  const at: FieldPath = ['tenants', unit.name]
  const regulated = regulationsOf(compliance)
  const { own, integrations } = burdenOf(fieldsOf(unit.promoted.tenant))
  const { customModules, rpo } = SHARED_LIMITS
  const wanted = find<string>('objectives.rpo')
  const loss = asking.seconds('objectives.rpo', () => [TIER_DEFAULTS[tier.value].rpo, `tier ${tier.value}`, tier.key])
  const reasons: [boolean, string, FieldPath][] = [
    [tier.value === 'platinum', 'its tier is platinum', tier.key],
    [
      loss.value < rpo,
      `it may lose ${loss.value === 0 ? 'nothing' : `${formatDuration(loss.value)} at most`}, and shared servers promise ${formatDuration(rpo)}`,
      wanted?.key ?? tier.key,
    ],
  ]
  // Whoever shares outside production alone has all of these where its servers are its own.
  if (choice.value === 'shared' && (unit.production || !isLocal(choice.key))) {
    reasons.push(
      [regulated.length > 0, `it has to comply with ${regulated.join(' and ')}`, find('compliance')?.key ?? at],
      [own > customModules, `it has ${own} modules of its own, and ${customModules} are the most`, [...at, 'release']],
      [
        integrations > SHARED_LIMITS.integrations,
        `it has ${integrations} integrations, and ${SHARED_LIMITS.integrations} are the most`,
        [...at, 'integrations'],
      ],
    )
  }
  for (const [holds, reason, against] of reasons) {
    if (!holds) continue
    contradict({
      message: `the tenant is not for shared servers: ${reason}`,
      hint: unit.production ? 'state tenancy: dedicated, or hybrid' : 'state tenancy: dedicated, here or everywhere',
      key: choice.key,
      against,
    })
  }
}
