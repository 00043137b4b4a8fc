import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf } from '../manifest/value.ts'
import type { Asking, Contradiction, Known, Say } from './asking.ts'
import { complianceOf } from './compliance.ts'
import { dataOf } from './data.ts'
import { filestoreOf } from './documents.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { DEFAULT_BUCKET, databaseName } from './elsewhere.ts'
import { ODOO, type OdooSeries } from './facts/odoo.ts'
import { POSTGRES, type PostgresMajor } from './facts/postgres.ts'
import { SHARED_DEFAULTS } from './facts/tenancy.ts'
import { groupsOf } from './identity.ts'
import { integrationsOf } from './integration.ts'
import { type Stated, stated } from './layers.ts'
import { ledgerOf } from './ledger.ts'
import { checkModules } from './modules.ts'
import { nodePoolOf } from './node-pool.ts'
import { observabilityOf } from './observability.ts'
import { apiPodsOf, populationsOf, quotaOf } from './population.ts'
import { copiesOf, recoveryOf } from './recovery.ts'
import { rehearsalOf } from './rehearsal.ts'
import { replicaOf } from './replica.ts'
import { rightSizingOf } from './right-sizing.ts'
import { backupWithin, scheduleOf } from './schedule.ts'
import type {
  Cron,
  Derivations,
  Objectives,
  Place,
  Pooler,
  Queue,
  Release,
  Settings,
  Size,
  Web,
  Websocket,
} from './settings.ts'
import * as sizing from './sizing.ts'
import { ssoOf } from './sso.ts'
import { statedRelease } from './stated-release.ts'
import { checkLodging, checkRestore, lodgedDatabase, lodgingOf } from './tenancy.ts'
import { TIER_DEFAULTS, type Tier } from './tier.ts'
import { layersOf, type Unit } from './unit.ts'

/** A unit's settings, and how each of them came about. */
export interface Settled {
  readonly settings: Settings
  readonly derivations: Derivations
  readonly contradictions: readonly Contradiction[]
}

/** Fills in every default of a tenant's unit. Pure: the two halves of the unit decide everything. */
export function settle(unit: Unit): Settled {
  const home: FieldPath = ['tenants', unit.name, 'environments', unit.environment]
  const ledger = ledgerOf(layersOf(unit), home)
  const { say, find, settle: settleOne, seconds, mebibytes, derivations, contradictions } = ledger

  const tier = settleOne<Tier>('tier', () => ['silver', 'the default tier', home])
  const defaults = TIER_DEFAULTS[tier.value]
  const byTier = `tier ${tier.value}`

  const release = releaseOf(unit, say)
  const asking: Asking = { ...ledger, unit, tier, defaults, release }
  const compliance = complianceOf(ledger)
  const lodging = lodgingOf(asking, compliance)
  const schedule = scheduleOf(asking)
  checkModules(asking, statedRelease(unit.promoted.tenant, unit.local.tenant)?.modules ?? [])
  const moduleAsked = (setting: string, key: FieldPath, ...modules: string[]) => {
    if (modules.some(name => release.value.modules.includes(name))) return
    contradictions.push({
      message: `${setting} needs the module ${modules.map(name => `"${name}"`).join(' or ')}, which the release does not have`,
      hint: 'add it to release.modules, and to the image',
      key,
      against: release.key,
    })
  }

  // The crowd, and the web pods that it takes.
  const crowd = crowdOf(unit, say)
  const peak = settleOne('peak', () => [defaults.peak, byTier, tier.key])
  const apiPods = apiPodsOf(asking, crowd.machines)
  const perKey = quotaOf(asking, crowd.api.perSecond)
  const together = apiPods === undefined ? crowd.machines : []
  const workers = say(
    'workers',
    sizing.workersFor(crowd.users.value, together),
    `${crowd.users.value} users / 6${together.map(({ rps, seconds: each }) => ` + ${rps}/s × ${each} s`).join('')}, rounded up`,
    crowd.users.key,
  )
  const perPod = settleOne('web.workers', () => [
    sizing.workersPerPod(workers.value, defaults.web),
    `${workers.value} workers on ${Math.max(1, defaults.web - 1)} pods, between 2 and 6`,
    crowd.users.key,
    tier.key,
  ])
  const replicas = settleOne('web.replicas', () => [
    sizing.podsFor(workers.value, perPod.value, defaults.web),
    `${workers.value} workers / ${perPod.value} in a pod${defaults.web > 1 ? ' + 1 spare' : ''}, at least ${defaults.web} (${byTier})`,
    crowd.users.key,
    tier.key,
  ])
  const maxReplicas = settleOne('web.maxReplicas', () => [
    Math.max(replicas.value, Math.ceil(replicas.value * peak.value)),
    `${replicas.value} pods × peak ${peak.value}`,
    peak.key,
  ])
  if (maxReplicas.value < replicas.value) {
    contradictions.push({
      message: `web.maxReplicas ${maxReplicas.value} is below web.replicas ${replicas.value}`,
      hint: 'raise web.maxReplicas, or lower web.replicas',
      key: maxReplicas.key,
      against: replicas.key,
    })
  }
  const memoryLimit = mebibytes('web.memory', () => [
    sizing.webMemoryLimit(perPod.value, defaults.strictMemory),
    `${perPod.value} workers and the websocket child${defaults.strictMemory ? `, all at the hard limit (${byTier})` : ''}`,
    perPod.key,
  ])
  const web: Web = {
    replicas: replicas.value,
    maxReplicas: maxReplicas.value,
    workers: perPod.value,
    cpu: say('web.cpu', sizing.webCpu(perPod.value), `(${perPod.value} workers − 1) / 2 cores`, perPod.key).value,
    memoryRequest: Math.min(sizing.webMemoryRequest(perPod.value), memoryLimit.value),
    memoryLimit: memoryLimit.value,
  }
  const least = sizing.webMemoryRequest(perPod.value)
  if (memoryLimit.value < least) {
    contradictions.push({
      message: `web.memory ${memoryLimit.value}Mi is less than ${perPod.value} workers take (${least}Mi), so the kernel would kill them`,
      hint: `raise web.memory to ${least}Mi at least, or lower web.workers`,
      key: memoryLimit.key,
      against: perPod.key,
    })
  }
  const strict = defaults.strictMemory
  const websocketPods = settleOne('websocket.replicas', () => [defaults.websocket, byTier, tier.key])
  const websocket: Websocket = {
    replicas: websocketPods.value,
    connections: lodging === undefined ? ODOO.connectionsPerWebsocket : SHARED_DEFAULTS.websocketConnections,
    cpu: ODOO.websocketCpu,
    memoryRequest: sizing.memoryRequest(1),
    memoryLimit: say('websocket.memory', sizing.memoryLimit(1, strict), 'one process', tier.key).value,
  }
  const cronThreads = settleOne('cron.threads', () => [2, 'default', home])
  const cron: Cron = {
    threads: cronThreads.value,
    timeLimit: seconds('cron.timeLimit', () => [3_600, 'default', home]).value,
    cpu: cronThreads.value * ODOO.cronCpu,
    memoryRequest: sizing.memoryRequest(cronThreads.value),
    memoryLimit: say(
      'cron.memory',
      sizing.memoryLimit(cronThreads.value, strict),
      `${cronThreads.value} processes`,
      cronThreads.key,
    ).value,
  }

  // Queue and sessions hang on the modules of the release.
  const queueAsked = find<Fields>('queue')
  if (queueAsked !== undefined) moduleAsked('a queue', queueAsked.key, 'queue_job')
  const hasQueue = release.value.modules.includes('queue_job')
  const capacity = settleOne('queue.capacity', () => [
    hasQueue ? 2 : 0,
    hasQueue ? 'default' : 'no module queue_job',
    release.key,
  ])
  const queue: Queue | undefined = hasQueue
    ? {
        capacity: capacity.value,
        channels: find<Readonly<Record<string, number>>>('queue.channels')?.value ?? {},
        timeLimit: seconds('queue.timeLimit', () => [900, 'default', home]).value,
        cpu: sizing.webCpu(capacity.value + 1),
        memoryRequest: sizing.webMemoryRequest(capacity.value + 1),
        memoryLimit: say(
          'queue.memory',
          sizing.webMemoryLimit(capacity.value + 1, strict),
          `${capacity.value + 1} workers and the websocket child`,
          capacity.key,
        ).value,
      }
    : undefined
  for (const [channel, size] of Object.entries(queue?.channels ?? {})) {
    if (size <= capacity.value) continue
    contradictions.push({
      message: `the channel "${channel}" holds ${size} jobs, more than the queue's capacity of ${capacity.value}`,
      hint: 'raise queue.capacity, or lower the channel',
      key: find('queue.channels')?.key ?? home,
      against: capacity.key,
    })
  }
  const sessions = settleOne<Settings['sessions']>('sessions', () =>
    sessionsFor(release, byTier, tier.key, defaults.strictMemory || tier.value === 'gold'),
  )
  const migration: Size = {
    cpu: ODOO.migrationCpu,
    memoryRequest: ODOO.migrationMemory,
    memoryLimit: say('migration.memory', ODOO.migrationMemory, 'one process that loads every module', release.key)
      .value,
  }
  if (sessions.value === 'redis') moduleAsked('sessions in Redis', sessions.key, 'session_redis')
  if (sessions.value === 'database') moduleAsked('sessions in the database', sessions.key, 'session_db')

  // The database: its size, its replicas, and the connections that everything above may open.
  const instances =
    lodging === undefined
      ? settleOne('database.instances', () => [defaults.instances, byTier, tier.key])
      : say('database.instances', lodging.servers.database.instances, 'the shared servers', lodging.key)
  const objectives = objectivesOf(tier, instances, seconds, contradictions)
  const cores = settleOne('database.cpu', () => [
    sizing.databaseCores(crowd.users.value),
    `${crowd.users.value} users / ${POSTGRES.usersPerCore} a core (estimate)`,
    crowd.users.key,
  ])
  const memory = mebibytes('database.memory', () => [
    cores.value * POSTGRES.memoryPerCore,
    `${cores.value} cores × 4 GiB`,
    cores.key,
  ])
  const data = dataOf(asking, instances)
  const outside = [...(data?.readers ?? []), ...(data?.publications ?? [])].reduce(
    (sum, each) => sum + each.connections,
    0,
  )
  const load: sizing.ConnectionLoad = {
    odoo: release.value.odoo,
    webPods: maxReplicas.value + 1,
    webWorkers: perPod.value,
    websocketPods: websocket.replicas + 1,
    websocketConnections: websocket.connections,
    cronThreads: cronThreads.value,
    queueCapacity: capacity.value,
    sessionsInDatabase: sessions.value === 'database',
  }
  const fromWeb =
    sizing.webConnections(load) +
    (apiPods === undefined
      ? 0
      : sizing.webConnections({ ...load, webPods: apiPods.maxReplicas + 1, webWorkers: apiPods.workers }))
  const direct = sizing.directConnections(load) + outside
  const wantsPooler =
    lodging === undefined
      ? settleOne('database.pooler', () => [
          fromWeb > POSTGRES.poolerFrom,
          `${fromWeb} connections of the web pods at worst, a pooler from ${POSTGRES.poolerFrom}`,
          maxReplicas.key,
        ])
      : say('database.pooler', false, 'the shared servers', lodging.key)
  const pooler: Pooler | undefined = wantsPooler.value
    ? {
        instances: schedule === undefined ? defaults.poolers : 1,
        poolSize: Math.min(100, Math.max(20, Math.ceil(fromWeb / 6))),
        maxClients: sizing.upToTen(fromWeb),
      }
    : undefined
  const pooled = pooler === undefined ? fromWeb : (pooler.instances + 1) * (pooler.poolSize + POSTGRES.poolReserve)
  const maxConnections = say(
    'database.maxConnections',
    Math.max(POSTGRES.leastConnections, sizing.upToTen(POSTGRES.reservedConnections + pooled + direct)),
    `${POSTGRES.reservedConnections} reserved + ${pooled} ${pooler === undefined ? 'web' : 'pooler'} + ${direct} direct, rounded up`,
    maxReplicas.key,
  )
  const size = mebibytes('database.size', () => [20 * 1024, 'default', home])
  const walSize = defaults.walVolume
    ? mebibytes('database.walSize', () => [
        Math.max(10 * 1024, Math.ceil(size.value / 5)),
        'a fifth of database.size',
        size.key,
      ])
    : undefined
  const backup = lodging === undefined ? backupWithin(asking, schedule, backupOf(asking, contradictions)) : undefined
  const recovery = backup === undefined ? undefined : recoveryOf(asking, backup, objectives)
  if (lodging !== undefined) checkLodging(asking, lodging, fromWeb + direct, data !== undefined)
  const major = settleOne<PostgresMajor>('database.major', () => [POSTGRES.defaultMajor, 'default', home])
  const archive = settleOne('database.archive', () => [1, 'default', home])
  const restoreTo = find<string>('database.restoreTo')
  checkRestore(asking, 'database', home)
  const replica = lodging === undefined ? replicaOf(asking, backup, major, schedule) : undefined
  // A follower has what it follows, by the same name.
  const bornIn = unit.local.related?.primary?.environment ?? unit.environment
  const identifier = databaseName(unit.name, bornIn)
  const namespace = `${unit.name}-${unit.environment}-data`
  if (namespace.length > LONGEST_NAME) {
    contradictions.push({
      message: `the namespace "${namespace}" has ${namespace.length} characters, and Kubernetes takes ${LONGEST_NAME}`,
      hint: 'shorten the name of the tenant or of the environment',
      key: home,
    })
  }

  const observability = observabilityOf(asking)
  const sso = ssoOf(asking)
  const rehearsal = rehearsalOf(
    asking,
    crowd.users.value,
    { instances: instances.value, shared: lodging !== undefined },
    objectives.rto,
  )

  const promoted = fieldsOf(unit.promoted.tenant)
  const settings: Settings = {
    platform: String(unit.promoted.platform.name),
    tenant: unit.name,
    environment: unit.environment,
    tier: tier.value,
    production: unit.production,
    dataClass: String(promoted.dataClass ?? 'internal'),
    ...(promoted.costCenter === undefined ? {} : { costCenter: String(promoted.costCenter) }),
    ...(promoted.owner === undefined ? {} : { owner: String(promoted.owner) }),
    release: release.value,
    hosts: hostsOf(unit, say),
    web,
    websocket,
    ...(apiPods === undefined ? {} : { apiPods }),
    populations: populationsOf(asking),
    cron,
    ...(queue === undefined ? {} : { queue }),
    migration,
    sessions: sessions.value,
    database: {
      name: identifier,
      owner: identifier,
      environment: bornIn,
      major: major.value,
      archive: archive.value,
      ...(restoreTo === undefined ? {} : { restoreTo: restoreTo.value }),
      instances: instances.value,
      size: size.value,
      ...(walSize === undefined ? {} : { walSize: walSize.value }),
      cpu: cores.value,
      memory: memory.value,
      maxConnections: maxConnections.value,
      synchronous: synchronousFor(instances, defaults.synchronous, objectives, say, tier.key),
      antiAffinity: instances.value > 1 ? defaults.antiAffinity : 'preferred',
      primaryUpdate: defaults.primaryUpdate,
      archiveTimeout: say(
        'database.archiveTimeout',
        Math.min(POSTGRES.archiveTimeout, objectives.disasterRpo),
        'the shorter of five minutes and objectives.disasterRpo',
        tier.key,
      ).value,
      switchoverDelay: Math.max(30, objectives.rto),
      ...lodgedDatabase(asking, lodging),
    },
    ...(pooler === undefined ? {} : { pooler }),
    filestore: filestoreOf(asking, sessions),
    ...(backup === undefined ? {} : { backup }),
    ...(replica === undefined ? {} : { replica }),
    ...(rehearsal === undefined ? {} : { rehearsal }),
    ...(recovery === undefined ? {} : { recovery }),
    objectives,
    integrations: integrationsOf(asking),
    ...(sso === undefined ? {} : { sso }),
    loginsPerMinute: Math.max(30, crowd.users.value),
    api: { ...crowd.api, ...(perKey === undefined ? {} : { perKey }) },
    spread: defaults.spread,
    ...(data === undefined ? {} : { data }),
    ...(observability === undefined ? {} : { observability }),
    place: placeOf(find),
    compliance,
    ...(lodging === undefined ? {} : { servers: lodging.servers }),
    ...nodePoolOf(asking, lodging),
    ...(schedule === undefined ? {} : { schedule }),
    groups: groupsOf(ledger),
    rightSizing: rightSizingOf(asking),
  }
  return { settings, derivations, contradictions }
}

/** Characters of a DNS label (RFC 1123). */
const LONGEST_NAME = 63

function releaseOf(unit: Unit, say: Say): Known<Release> {
  const found = statedRelease(unit.promoted.tenant, unit.local.tenant)
  if (found === undefined) throw new Error(`the unit ${unit.name} has no release`)
  const { id, odoo, image, hotfix } = found
  const key: FieldPath =
    hotfix !== undefined
      ? ['tenants', unit.name, 'environments', unit.environment, 'release']
      : ['tenants', unit.name, 'release']
  const because = hotfix === undefined ? 'stated' : `hotfix until ${hotfix.expires}: ${hotfix.reason}`
  say('release.image', image, because, [...key, 'image'])
  const modules = found.modules.map(({ name }) => name)
  const release: Release = { id, odoo: odoo as OdooSeries, image, modules, ...(hotfix === undefined ? {} : { hotfix }) }
  return say('release', release, `image and ${modules.length} modules, ${id}`, key)
}

/** The narrowest layer that speaks of users, in numbers or as populations, speaks of all of them. */
function crowdOf(unit: Unit, say: Say) {
  for (const { at, fields } of layersOf(unit)) {
    if (fields.populations !== undefined) {
      const populations = Object.values(fieldsOf(fields.populations)).map(fieldsOf)
      const sum = populations.reduce((total, { users }) => total + Number(users ?? 0), 0)
      const machines = populations
        .filter(({ rps }) => rps !== undefined)
        .map(({ rps, seconds }) => ({ rps: Number(rps), seconds: Number(seconds) }))
      const from = populations
        .filter(({ rps }) => rps !== undefined)
        .flatMap(population => (population.from ?? []) as string[])
      const perSecond = machines.reduce((total, { rps }) => total + Math.ceil(rps), 0)
      return {
        users: say('users', sum, `the sum of ${populations.length} populations`, [...at, 'populations']),
        machines,
        api: { perSecond: Math.max(10, perSecond), from },
      }
    }
    if (fields.users !== undefined) {
      return {
        users: say('users', Number(fields.users), 'stated', [...at, 'users']),
        machines: [],
        api: { perSecond: 10, from: [] },
      }
    }
  }
  const home: FieldPath = ['tenants', unit.name, 'environments', unit.environment]
  return { users: say('users', 10, 'default', home), machines: [], api: { perSecond: 10, from: [] } }
}

function sessionsFor(release: Known<Release>, byTier: string, tier: FieldPath, demanding: boolean) {
  const has = (name: string) => release.value.modules.includes(name)
  if (has('session_redis') && demanding)
    return ['redis', `${byTier} and the module session_redis`, release.key] as const
  if (has('session_db')) return ['database', 'the module session_db', release.key] as const
  if (has('session_redis')) return ['redis', 'the module session_redis', release.key] as const
  return ['filestore', 'neither the module session_db nor session_redis', release.key, tier] as const
}

const OBJECTIVES = ['rpo', 'rto', 'disasterRpo', 'disasterRto'] as const

/** Objectives may tighten what the tier promises; what they ask for has to be possible with the rest of the spec. */
function objectivesOf(
  tier: Known<Tier>,
  instances: Known<number>,
  seconds: (name: string, otherwise: () => readonly [number, string, ...FieldPath[]]) => Known<number>,
  contradictions: Contradiction[],
): Objectives {
  const promised = TIER_DEFAULTS[tier.value]
  const known = Object.fromEntries(
    OBJECTIVES.map(name => [
      name,
      seconds(`objectives.${name}`, () => [promised[name], `tier ${tier.value}`, tier.key]),
    ]),
  ) as Record<(typeof OBJECTIVES)[number], Known<number>>
  for (const name of OBJECTIVES) {
    const { value, key } = known[name]
    if (value <= promised[name]) continue
    contradictions.push({
      message: `objectives.${name} ${formatDuration(value)} is looser than tier ${tier.value} promises (${formatDuration(promised[name])})`,
      hint: 'leave it out, or choose a lower tier',
      key,
      against: tier.key,
    })
  }
  if (known.rpo.value === 0 && instances.value < 3) {
    contradictions.push({
      message: `no data may be lost (objectives.rpo 0), and ${instances.value} database ${instances.value === 1 ? 'instance' : 'instances'} cannot promise that`,
      hint: 'a commit has to wait for one of two standbys: state database.instances 3, or a longer objectives.rpo',
      key: instances.key,
      against: known.rpo.key,
    })
  }
  if (known.rto.value < 3_600 && instances.value < 2) {
    contradictions.push({
      message: `objectives.rto ${formatDuration(known.rto.value)} asks for a failover, and 1 database instance has none`,
      hint: 'state database.instances 2 at least, or a longer objectives.rto',
      key: instances.key,
      against: known.rto.key,
    })
  }
  return Object.fromEntries(OBJECTIVES.map(name => [name, known[name].value])) as unknown as Objectives
}

function synchronousFor(
  instances: Known<number>,
  byTier: Settings['database']['synchronous'],
  objectives: Objectives,
  say: Say,
  tier: FieldPath,
): Settings['database']['synchronous'] {
  const mode = instances.value < 3 ? 'none' : byTier === 'none' && objectives.rpo === 0 ? 'preferred' : byTier
  return say(
    'database.synchronous',
    mode,
    `${instances.value} instances, objectives.rpo ${formatDuration(objectives.rpo)}`,
    tier,
  ).value
}

function backupOf(asking: Asking, contradictions: Contradiction[]): Settings['backup'] {
  const { tier, find, say } = asking
  const byTier = asking.defaults.backup
  const asked = find<Fields>('backup')
  if (byTier === undefined && asked === undefined) return undefined
  const retention = find<string>('backup.retention')
  const schedule = find<string>('backup.schedule')
  const days =
    retention === undefined ? (byTier?.retentionDays ?? 7) : Math.ceil((parseDuration(retention.value) ?? 0) / 86_400)
  if (byTier !== undefined && retention !== undefined && days < byTier.retentionDays) {
    contradictions.push({
      message: `backup.retention ${retention.value} is shorter than tier ${tier.value} promises (${byTier.retentionDays}d)`,
      hint: 'leave it out, or choose a lower tier',
      key: retention.key,
      against: tier.key,
    })
  }
  const because = (known: Stated<string> | undefined) => (known === undefined ? `tier ${tier.value}` : 'stated')
  return {
    retentionDays: say('backup.retention', days, because(retention), retention?.key ?? tier.key).value,
    schedule: say(
      'backup.schedule',
      schedule?.value ?? byTier?.schedule ?? '0 30 1 * * *',
      because(schedule),
      schedule?.key ?? tier.key,
    ).value,
    ...copiesOf(asking, days),
  }
}

function hostsOf(unit: Unit, say: Say): readonly string[] {
  const { host, aliases } = fieldsOf(unit.local.tenant)
  const hosts = [String(host), ...((aliases ?? []) as string[])]
  return say('hosts', hosts, 'stated', ['tenants', unit.name, 'environments', unit.environment, 'host']).value
}

/** What is assumed of a cluster wherever the spec does not say; the spec key, the setting, the default. */
const ASSUMED = {
  ingressClass: ['ingress.class', 'traefik'],
  ingressNamespace: ['ingress.namespace', 'traefik'],
  issuer: ['ingress.issuer', 'letsencrypt'],
  depth: ['ingress.depth', 0],
  secretStore: ['secrets.store', 'waybill'],
  secretRefresh: ['secrets.refresh', '1h'],
  sharedStorage: ['storage.shared', 'shared'],
  bucket: ['objectStorage.bucket', DEFAULT_BUCKET],
  postgresNamespace: ['cluster.postgresNamespace', 'cnpg-system'],
  redisNamespace: ['cluster.redisNamespace', 'redis-operator'],
  monitoringNamespace: ['cluster.monitoringNamespace', 'monitoring'],
} as const

const OPTIONAL = {
  blockStorage: 'storage.block',
  waf: 'ingress.waf',
  bucketEndpoint: 'objectStorage.endpoint',
  bucketRegion: 'objectStorage.region',
  bucketCidrs: 'objectStorage.cidrs',
  apiServer: 'cluster.apiServer',
  registryCredentials: 'registry.credentials',
} as const

/** Where things are in the cluster of a unit: all that its two halves say of it, and what is assumed besides. */
export function placeIn(unit: Unit): Place {
  const layers = layersOf(unit)
  return placeOf(path => stated(layers, path.split('.')))
}

function placeOf(find: <T>(path: string) => Stated<T> | undefined): Place {
  const entries = [
    ...Object.entries(ASSUMED).map(([name, [path, fallback]]) => [name, find(path)?.value ?? fallback]),
    ...Object.entries(OPTIONAL)
      .map(([name, path]) => [name, find(path)?.value])
      .filter(([, value]) => value !== undefined),
  ]
  return Object.fromEntries(entries) as Place
}
