import { majorOf, sayImage } from '../manifest/image.ts'
import { fieldsOf } from '../manifest/value.ts'
import { amountOf, compareAmounts, QUANTITY, RETENTION } from './amount.ts'
import { POD_TEMPLATE, RESOURCES } from './pod-terms.ts'
import { RESTART_PARAMETERS } from './restart-parameters.ts'
import { destructive, high, low, medium } from './risk.ts'
import {
  amount,
  element,
  fromTo,
  type Judge,
  lastName,
  rest,
  type Term,
  type Terms,
  value,
  whole,
  within,
} from './term.ts'

const MAJOR = destructive(
  'the database stops while its data is rewritten for another major version, and no earlier point in time can be restored across it',
)
const RESTARTS = medium('the database restarts, instance by instance, with a switch of the primary')

const POSTGRES_IMAGE: Judge = ({ from, to }) => {
  const before = majorOf(from)
  const after = majorOf(to)
  return before !== undefined && after !== undefined && before !== after ? MAJOR : RESTARTS
}

/** A volume size: it only grows. */
export function storageSize(what: string, refusal: string): Term {
  const grown = amount('storage', what, {
    more: low('the volume grows; it never shrinks again'),
    less: destructive('a smaller volume means a new one, and the data of the old one is lost'),
    other: medium('the volume gets or loses an explicit size'),
  })
  return {
    read: (change, setting) =>
      grown
        .read(change, setting)
        .map(reading => (reading.risk.class === 'destructive' ? { ...reading, blocks: refusal } : reading)),
  }
}

const STORAGE: Terms = {
  size: storageSize('storage size', 'the operator refuses to shrink existing storage'),
  storageClass: value(
    'storage',
    'storage class',
    high('only new instances get the other class; the old ones keep theirs'),
  ),
  '': rest('storage', medium('the volumes of the database change')),
}

/** Weakening what a commit waits for can lose committed data at a failover. */
const DURABILITY: Judge = ({ from, to }) => {
  const less =
    to === undefined || to === 'preferred' || (typeof from === 'number' && typeof to === 'number' && to < from)
  return less
    ? high('a failover may lose transactions that were already confirmed')
    : medium('commits wait for more standbys, and stop when those are lost')
}

const INSTANCES = amount('database', 'instances', {
  more: low('another instance takes over when one fails'),
  less: medium('fewer instances take over when one fails'),
  floor: { at: 1, risk: high('no instance takes over when the only one fails') },
  other: medium('the number of instances leaves or meets its default'),
})

const parameter = (risk: Judge): Term => value('database', change => `parameter ${lastName(change)}`, risk)

const PARAMETERS: Terms = {
  archive_timeout: parameter(medium('changes how much is lost when the whole site is lost')),
  fsync: parameter(high('a crash may corrupt the database')),
  full_page_writes: parameter(high('a crash may corrupt the database')),
  synchronous_commit: parameter(high('changes whether confirmed transactions survive a crash')),
  '*': parameter(change =>
    RESTART_PARAMETERS.has(lastName(change)) ? RESTARTS : low('the database reloads its configuration'),
  ),
}

const ROLE_RIGHTS: Judge = ({ to }) =>
  to === true ? high('the role may do more in the database') : low('the role may do less')
const CONNECTION_LIMIT = amount('database', 'connection limit', {
  more: low('more connections at once'),
  less: medium('fewer connections at once'),
  other: medium('changes whether connections are limited'),
})

const ROLE: Terms = {
  superuser: value('access', 'superuser', ROLE_RIGHTS),
  createdb: value('access', 'may create databases', ROLE_RIGHTS),
  createrole: value('access', 'may create roles', ROLE_RIGHTS),
  replication: value('access', 'may replicate', ROLE_RIGHTS),
  bypassrls: value('access', 'bypasses row security', ROLE_RIGHTS),
  login: value('access', 'may log in', high('changes whether the role can connect')),
  inRoles: value('access', 'member of', high('the role gets the rights of other roles')),
  connectionLimit: CONNECTION_LIMIT,
  passwordSecret: whole('secret', 'password', high('the role gets another password')),
  ensure: value('database', 'ensure', ({ to }) =>
    to === 'absent' ? destructive('the role is dropped') : medium('the role is created'),
  ),
  databaseRoleReclaimPolicy: reclaim('the role'),
  '': rest('database', medium('the role is different')),
}

function reclaim(what: string): Term {
  return value('database', 'reclaim policy', ({ to }) =>
    to === 'delete' ? high(`deleting the object drops ${what}`) : low(`${what} stays when its object goes`),
  )
}

export const CLUSTER: Terms = {
  metadata: {
    annotations: {
      'cnpg.io/hibernation': value('database', 'hibernation', ({ to }) =>
        to === 'on' ? high('the database stops') : medium('the database starts'),
      ),
      'cnpg.io/fencedInstances': value('database', 'fenced instances', ({ to }) =>
        to === undefined ? medium('fenced instances serve again') : high('fenced instances stop serving'),
      ),
      'cnpg.io/reconciliationLoop': value(
        'database',
        'reconciliation',
        high('changes whether the operator heals the database'),
      ),
      'cnpg.io/skipWalArchiving': value(
        'database',
        'WAL archiving',
        high('changes whether a point in time can be restored'),
      ),
      'cnpg.io/skipEmptyWalArchiveCheck': value(
        'database',
        'archive check',
        high('two histories may mix in one archive'),
      ),
      'cnpg.io/validation': value(
        'database',
        'validation',
        high('changes whether the operator refuses wrong settings'),
      ),
    },
  },
  spec: {
    instances: INSTANCES,
    imageName: value('database', 'image', POSTGRES_IMAGE, sayImage),
    imageCatalogRef: {
      major: value('database', 'major version', MAJOR),
      '': rest('database', RESTARTS),
    },
    storage: STORAGE,
    walStorage: {
      ...STORAGE,
      size: storageSize('WAL storage size', 'the operator refuses to shrink existing storage'),
    },
    tablespaces: {
      '[]': element('storage', 'tablespace', {
        added: medium('another volume is added to each instance'),
        removed: destructive('the tablespace holds data'),
        changed: medium('the volumes of the database change'),
      }),
    },
    resources: {
      ...RESOURCES,
      requests: { '*': restarting('request') },
      limits: { '*': restarting('limit') },
    },
    postgresql: {
      parameters: PARAMETERS,
      synchronous: { '*': value('database', change => `synchronous ${lastName(change)}`, DURABILITY) },
      shared_preload_libraries: value('database', 'preloaded libraries', RESTARTS),
      pg_hba: value('access', 'client authentication', high('changes who may connect to the database')),
      '': rest('database', medium('the database is configured differently'), 2),
    },
    minSyncReplicas: value('database', 'least synchronous replicas', DURABILITY),
    maxSyncReplicas: value('database', 'most synchronous replicas', DURABILITY),
    bootstrap: value(
      'database',
      change => change.names.slice(1).join('.'),
      low('only a new database reads this; this one does not change'),
    ),
    plugins: {
      '[]': element('database', 'plugin', {
        added: high('the operator archives or backs up differently'),
        removed: destructive('without its archiver the database can no longer be restored to a point in time'),
        changed: high('the archive goes elsewhere, and restores need the old place as well'),
      }),
    },
    backup: rest('database', high('backups are made or kept differently')),
    externalClusters: rest('database', high('replication or recovery reads another database')),
    replica: rest('database', destructive('changes which site is the primary: the other one stops accepting writes')),
    managed: {
      roles: {
        '[]': {
          ...within('roles', 'role', ROLE),
          '': element('access', 'role', {
            added: medium('another role may exist in the database'),
            removed: medium('the role is no longer managed; it stays in the database'),
            changed: medium('the role is different'),
          }),
        },
      },
      '': rest('database', medium('other roles or services are managed')),
    },
    enableSuperuserAccess: value('access', 'superuser access', ({ to }) =>
      to === true ? high('a superuser password exists and opens everything') : low('nobody logs in as superuser'),
    ),
    enablePDB: value('availability', 'disruption budget', ({ to }) =>
      to === false ? high('node drains may take every instance at once') : low('node drains wait for the database'),
    ),
    affinity: rest('availability', RESTARTS),
    topologySpreadConstraints: whole('availability', 'spread over nodes and zones', RESTARTS),
    priorityClassName: value('availability', 'priority', RESTARTS),
    primaryUpdateStrategy: value(
      'availability',
      'update strategy',
      medium('changes whether a person starts the switch of the primary'),
    ),
    primaryUpdateMethod: value('availability', 'update method', medium('the primary is updated by another way')),
    switchoverDelay: value(
      'availability',
      'switchover delay',
      medium('changes how long a switch of the primary may take'),
    ),
    failoverDelay: value('availability', 'failover delay', medium('changes when a failover starts')),
    stopDelay: value('availability', 'stop delay', medium('changes how long a stop may take')),
    smartShutdownTimeout: value('availability', 'smart shutdown timeout', medium('changes how long a stop may take')),
    monitoring: rest('configuration', low('the database is observed differently')),
    certificates: rest('secret', high('clients may no longer trust the server')),
    '': rest('database', medium('the database runs differently')),
  },
}

function restarting(what: 'request' | 'limit'): Term {
  return amount('resources', change => `${lastName(change)} ${what}`, {
    more: medium(`the database gets more, and restarts for it`),
    less: medium(`the database gets less, and restarts for it`),
    other: medium(`the database is limited differently, and restarts for it`),
    isNoCapacity: true,
  })
}

export const POOLER: Terms = {
  spec: {
    instances: amount('database', 'pooler instances', {
      more: low('more poolers share the connections'),
      less: medium('fewer poolers share the connections'),
      floor: { at: 0, risk: high('nobody reaches the database through the pooler') },
      other: medium('the number of poolers leaves or meets its default'),
    }),
    cluster: whole('database', 'cluster', high('the pooler leads to another database'), sayReference),
    type: value('database', 'pooler type', high('connections lead to another instance')),
    pgbouncer: {
      poolMode: value(
        'database',
        'pool mode',
        high('sessions behave differently: LISTEN and advisory locks need session mode'),
      ),
      paused: value('database', 'paused', ({ to }) =>
        to === true ? high('the pooler holds every query back') : low('the pooler serves again'),
      ),
      parameters: {
        '*': amount('database', change => `pooler parameter ${lastName(change)}`, {
          more: medium('the pooler opens or allows more'),
          less: medium('the pooler opens or allows less'),
          other: medium('the pooler behaves differently'),
          isNoCapacity: true,
        }),
      },
      '': rest('database', medium('the pooler behaves differently'), 2),
    },
    template: POD_TEMPLATE,
    '': rest('database', medium('the pooler runs differently')),
  },
}

/** `{ name: x }` is told as `x`. */
function sayReference(reference: unknown): string | undefined {
  const { name, key, kind } = fieldsOf(reference)
  const parts = [kind, name, key].filter(part => typeof part === 'string')
  return parts.length === 0 ? undefined : parts.join(' ')
}

export const SCHEDULED_BACKUP: Terms = {
  spec: {
    schedule: value('schedule', 'backup schedule', high('backups are made at other times, or less often')),
    suspend: value('schedule', 'suspended', ({ to }) =>
      to === true ? high('no backups are made') : low('backups are made again'),
    ),
    cluster: whole('database', 'cluster', high('another database is backed up'), sayReference),
    '': rest('database', high('backups are made differently')),
  },
}

export const OBJECT_STORE: Terms = {
  spec: {
    retentionPolicy: {
      read(change) {
        const by = compareAmounts(change.from, change.to, RETENTION)
        const risk =
          by === undefined
            ? high('changes whether old backups are deleted at all')
            : by > 0
              ? destructive('backups older than the new retention are deleted')
              : low('backups are kept longer')
        return [{ topic: 'storage', what: 'backup retention', ...fromTo(change), risk }]
      },
    },
    configuration: {
      destinationPath: value(
        'storage',
        'backup destination',
        high('backups go elsewhere, and the old ones are not found there'),
      ),
      endpointURL: value(
        'storage',
        'backup endpoint',
        high('backups go elsewhere, and the old ones are not found there'),
      ),
      '': rest('storage', high('backups are written differently'), 2),
    },
    '': rest('storage', medium('the backup store works differently')),
  },
}

export const DATABASE: Terms = {
  spec: {
    ensure: value('database', 'ensure', ({ to }) =>
      to === 'absent' ? destructive('the database is dropped with all its data') : medium('the database is created'),
    ),
    databaseReclaimPolicy: reclaim('the database with all its data'),
    owner: value('access', 'owner', high('another role owns the database')),
    cluster: whole('database', 'cluster', high('the database is wanted in another cluster'), sayReference),
    connectionLimit: CONNECTION_LIMIT,
    extensions: {
      '[]': element('database', 'extension', {
        added: medium('another extension is installed'),
        removed: medium('the extension is no longer managed; it stays installed'),
        changed: high('the extension is updated or dropped'),
      }),
    },
    '': rest('database', high('the database is different')),
  },
}

export const DATABASE_ROLE: Terms = {
  spec: { ...ROLE, cluster: whole('database', 'cluster', high('the role is wanted in another cluster'), sayReference) },
}

export const IMAGE_CATALOG: Terms = {
  spec: {
    images: {
      '[]': {
        ...within('images', 'major', { image: value('database', 'image', POSTGRES_IMAGE, sayImage) }),
        '': element('database', 'images of major', {
          added: low('another major version can be chosen'),
          removed: high('databases of that major version no longer find their image'),
          changed: RESTARTS,
        }),
      },
    },
  },
}

/** The size of a database in one line. */
export function sayCluster(spec: unknown): string | undefined {
  const { instances, storage, imageName } = fieldsOf(spec)
  const size = fieldsOf(storage).size
  const parts = [
    amountOf(instances, QUANTITY) === undefined ? undefined : `${instances} instances`,
    typeof size === 'string' ? size : undefined,
    sayImage(imageName),
  ]
  return parts.filter(part => part !== undefined).join(', ') || undefined
}

/** Of the operator's Redis and of its sentinels. */
export const REDIS_TERMS: Terms = {
  spec: {
    clusterSize: amount('replicas', 'pods', {
      more: low('more pods run'),
      less: medium('fewer pods are left when one is lost'),
      other: medium('the number of pods leaves or meets its default'),
    }),
    kubernetesConfig: { resources: RESOURCES },
    storage: rest('storage', high('another volume is wanted')),
    '': rest('database', medium('Redis restarts with other settings')),
  },
}
