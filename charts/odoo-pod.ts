import type { Construct } from 'constructs'
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec'
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings, Size } from '../src/spec/settings.ts'
import {
  AUTOSCALED,
  commonLabels,
  databaseHost,
  follows,
  integrationSecret,
  metadata,
  NAMES,
  namespaceName,
  type OdooRole,
  odooSelector,
  PORTS,
  priorityClass,
  promising,
  RESTART_ON_ROTATION,
  serviceAccount,
  serviceHost,
  sessionsFailOver,
} from './names.ts'
import { onOwnNodes } from './nodes.ts'
import { add } from './object.ts'
import { configDigest } from './odoo-config.ts'
import { SCRIPTS_DIR } from './odoo-scripts.ts'
import { podSecurity, SECURITY } from './pod-security.ts'
import { withRegistryCredentials } from './registry.ts'
import { RELEASE_GATE, resources } from './sizes.ts'
import { spreadRevision } from './spread.ts'

/** What distinguishes the pods of one role from those of the others. */
interface OdooPod {
  readonly role: OdooRole
  readonly size: Size
  /** The most pods of this role that run at the same time, rollouts aside. */
  readonly pods: number
  /** What follows the program on its command line. */
  readonly args: readonly string[]
  /** Where the role connects to the database, if not directly. */
  readonly host?: string
  readonly env?: readonly IEnvVar[]
  /** Absent in a role that answers no requests. */
  readonly http?: Http
  /** Seconds that the longest piece of work may still take once the pod is told to stop. */
  readonly grace: number
}

interface Http {
  readonly port: number
  /** A page that needs no database: a failover there must not restart the pods here. */
  readonly health: string
  /** Seconds for which all processes may be busy before the pod counts as stuck. */
  readonly patience: number
  /** Whether requests come in through a Service, whose endpoints take a moment to hear that the pod goes. */
  readonly serves: boolean
}

/** The argument that leads every role to its configuration. */
export const CONFIG_ARGUMENT = '--config=/etc/odoo/odoo.conf'

const CA_DIR = '/etc/database-ca'

/** Seconds between the end of the routing to a pod and its SIGTERM, on which Odoo closes its socket at once. */
const DRAIN = 10
/** Seconds for the processes to end after their last piece of work. */
const FAREWELL = 15

/**
 * The metadata of a Deployment of Odoo.
 *
 * @param autoscaled whether an autoscaler decides how many pods there are: then the Deployment is silent about it, for a
 *   number in it would undo that at every sync
 */
export function deploymentMetadata(settings: Settings, name: string, autoscaled: boolean) {
  const all = metadata(settings, 'app', name, 'run', { ...RESTART_ON_ROTATION, ...(autoscaled ? AUTOSCALED : {}) })
  // What stands by has no pods, and promises none until it leads.
  return follows(settings) ? promising('bronze', all) : all
}

/** The pod template of a role whose pods run on and on. */
export function odooPodTemplate(settings: Settings, pod: OdooPod): IPodTemplateSpec {
  const selector = odooSelector(pod.role)
  return {
    metadata: {
      labels: { ...commonLabels(settings, 'app'), ...selector },
      annotations: { 'waybill.dev/config-digest': configDigest(settings) },
    },
    spec: {
      ...podSpec(settings, pod.role),
      ...(pod.pods > 1 ? { topologySpreadConstraints: spreadRevision(settings, selector) } : {}),
      terminationGracePeriodSeconds: (pod.http?.serves ? DRAIN : 0) + pod.grace + FAREWELL,
      initContainers: [releaseGate(settings, pod.host ?? databaseHost(settings))],
      containers: [odooContainer(settings, pod)],
    },
  }
}

/** What the pods of every role have in common, the Job included. */
export function podSpec(settings: Settings, role: OdooRole): Omit<IPodSpec, 'containers'> {
  return {
    serviceAccountName: serviceAccount(role),
    automountServiceAccountToken: false,
    // A Service that is called "db" would otherwise become environment variables that Odoo's image reads.
    enableServiceLinks: false,
    priorityClassName: priorityClass(settings),
    ...onOwnNodes(settings),
    ...withRegistryCredentials(settings),
    securityContext: podSecurity(ODOO.user[settings.release.odoo]),
    volumes: [
      { name: 'config', secret: { secretName: NAMES.config } },
      { name: 'database-ca', secret: { secretName: NAMES.databaseCa } },
      settings.filestore.size === undefined
        ? { name: 'filestore', emptyDir: { sizeLimit: '5Gi' } }
        : { name: 'filestore', persistentVolumeClaim: { claimName: NAMES.filestore } },
      { name: 'scripts', configMap: { name: NAMES.scripts } },
      { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
      ...integrationsOf(settings, role).map(name => ({ name, secret: { secretName: name } })),
    ],
  }
}

export const SCRIPTS_MOUNT: IVolumeMount = { name: 'scripts', mountPath: SCRIPTS_DIR, readOnly: true }
const CA_MOUNT: IVolumeMount = { name: 'database-ca', mountPath: CA_DIR, readOnly: true }

/** All that Odoo reads and writes. Sessions are under the data directory where no module keeps them elsewhere. */
export const ODOO_MOUNTS: IVolumeMount[] = [
  CA_MOUNT,
  { name: 'config', mountPath: '/etc/odoo', readOnly: true },
  { name: 'filestore', mountPath: ODOO.dataDir },
  { name: 'tmp', mountPath: '/tmp' },
]

/** Roles that do the work of the business, and so call other systems. */
const CALLING: readonly OdooRole[] = ['web', 'api', 'cron', 'queue']

/** The Secrets of the systems that a role calls. */
function integrationsOf({ integrations }: Settings, role: OdooRole): string[] {
  if (!CALLING.includes(role)) return []
  return integrations.filter(({ secret }) => secret !== undefined).map(({ name }) => integrationSecret(name))
}

/** `/etc/integrations/payment`, with a file for each property. */
function integrationMounts(settings: Settings, role: OdooRole): IVolumeMount[] {
  return integrationsOf(settings, role).map(name => ({
    name,
    mountPath: `/etc/integrations/${name.replace(/^integration-/, '')}`,
    readOnly: true,
  }))
}

function odooContainer(settings: Settings, pod: OdooPod): IContainer {
  return {
    name: 'odoo',
    image: settings.release.image,
    // Not the entrypoint of the image: it would put the password of the database among the arguments of the process.
    command: ['odoo'],
    args: [...pod.args],
    env: [
      ...libpqEnv,
      { name: 'HOME', value: '/tmp' },
      ...logEnv(settings),
      ...documentsEnv(settings),
      ...sessionEnv(settings, pod.host ?? databaseHost(settings)),
      ...(pod.env ?? runnerOff(settings)),
    ],
    resources: resources(pod.size),
    securityContext: SECURITY,
    volumeMounts: [...ODOO_MOUNTS, ...integrationMounts(settings, pod.role)],
    ...(pod.http === undefined ? {} : answering(pod.http)),
  }
}

const LIVENESS_PERIOD = 30

function answering({ port, health, patience, serves }: Http): Partial<IContainer> {
  // Odoo listens before it has loaded a module, so an open socket says nothing.
  const page = { path: health, port }
  return {
    ports: [{ name: 'http', containerPort: port }],
    startupProbe: { httpGet: page, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
    readinessProbe: { httpGet: page, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: {
      httpGet: page,
      periodSeconds: LIVENESS_PERIOD,
      timeoutSeconds: 10,
      failureThreshold: Math.ceil(patience / LIVENESS_PERIOD) + 1,
    },
    ...(serves ? { lifecycle: { preStop: { sleep: { seconds: DRAIN } } } } : {}),
  }
}

/** Waits for the database, and until the migration has brought it to this release. */
function releaseGate(settings: Settings, host: string): IContainer {
  return {
    name: 'release-gate',
    image: settings.release.image,
    command: ['python3', `${SCRIPTS_DIR}/release-gate.py`],
    env: scriptEnv(settings, host),
    resources: resources(RELEASE_GATE),
    securityContext: SECURITY,
    volumeMounts: [CA_MOUNT, SCRIPTS_MOUNT],
  }
}

/** What libpq reads in every process, whoever starts it. */
const libpqEnv: IEnvVar[] = [
  { name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: NAMES.databaseUser, key: 'password' } } },
  { name: 'PGSSLROOTCERT', value: `${CA_DIR}/ca.crt` },
]

/** What the scripts read: the database as libpq understands it, and the release. */
export function scriptEnv({ database, release }: Settings, host: string): IEnvVar[] {
  return [
    ...libpqEnv,
    { name: 'PGDATABASE', value: database.name },
    { name: 'PGHOST', value: host },
    { name: 'PGPORT', value: String(PORTS.postgres) },
    { name: 'PGSSLMODE', value: 'verify-full' },
    { name: 'PGUSER', value: database.owner },
    { name: 'WAYBILL_RELEASE', value: release.id },
  ]
}

/** The module queue_job starts a runner in every process that is not told to leave it; two of them run jobs twice. */
export function runnerOff({ queue }: Settings): IEnvVar[] {
  return queue === undefined ? [] : [{ name: 'ODOO_QUEUE_JOB_CHANNELS', value: 'root:0' }]
}

/** The contract of the module logging_json (camptocamp): one JSON object a line, which a collector can take apart. */
function logEnv({ release }: Settings): IEnvVar[] {
  return release.modules.includes('logging_json') ? [{ name: 'ODOO_LOGGING_JSON', value: '1' }] : []
}

/** What attachment_s3 (camptocamp) reads itself, and fs_storage (OCA) by the record that the migration writes. */
export function documentsEnv({ filestore, place }: Settings): IEnvVar[] {
  if (filestore.bucket === undefined) return []
  const key = (name: string, secretKey: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: NAMES.documents, key: secretKey } },
  })
  return [
    key('AWS_ACCESS_KEY_ID', 'accessKeyId'),
    key('AWS_SECRET_ACCESS_KEY', 'secretAccessKey'),
    { name: 'AWS_BUCKETNAME', value: filestore.bucket.name },
    ...(place.bucketEndpoint === undefined ? [] : [{ name: 'AWS_HOST', value: place.bucketEndpoint }]),
    ...(place.bucketRegion === undefined ? [] : [{ name: 'AWS_REGION', value: place.bucketRegion }]),
  ]
}

/** Where actions and jobs write what is to be analysed; under names of our own, for AWS_* is the bucket of attachments. */
export function lakeEnv({ data }: Settings): IEnvVar[] {
  const lake = data?.lake
  if (lake === undefined) return []
  const key = (name: string, secretKey: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: NAMES.lake, key: secretKey } },
  })
  return [
    { name: 'LAKE_BUCKET', value: lake.bucket },
    ...(lake.endpoint === undefined ? [] : [{ name: 'LAKE_ENDPOINT', value: lake.endpoint }]),
    key('LAKE_ACCESS_KEY_ID', 'accessKeyId'),
    key('LAKE_SECRET_ACCESS_KEY', 'secretAccessKey'),
  ]
}

/** The contract of the modules session_redis (camptocamp) and session_db (OCA). */
function sessionEnv(settings: Settings, host: string): IEnvVar[] {
  const { sessions, database, tenant, environment } = settings
  if (sessions === 'filestore') return []
  if (sessions === 'database') {
    const uri = `postgresql://${database.owner}@${host}:${PORTS.postgres}/${database.name}?sslmode=verify-full`
    return [{ name: 'SESSION_DB_URI', value: uri }]
  }
  const dataNamespace = namespaceName(settings, 'data')
  const server = sessionsFailOver(settings)
    ? [
        { name: 'ODOO_SESSION_REDIS_SENTINEL_HOST', value: serviceHost(NAMES.sentinel, dataNamespace) },
        { name: 'ODOO_SESSION_REDIS_SENTINEL_MASTER_NAME', value: NAMES.redis },
        { name: 'ODOO_SESSION_REDIS_SENTINEL_PORT', value: String(PORTS.sentinel) },
      ]
    : [
        { name: 'ODOO_SESSION_REDIS_HOST', value: serviceHost(NAMES.redis, dataNamespace) },
        { name: 'ODOO_SESSION_REDIS_PORT', value: String(PORTS.redis) },
        // From 18.0 on the module speaks TLS unless it is told not to; the network policies are what closes this hop.
        { name: 'ODOO_SESSION_REDIS_SSL', value: '0' },
      ]
  return [
    { name: 'ODOO_SESSION_REDIS', value: '1' },
    {
      name: 'ODOO_SESSION_REDIS_PASSWORD',
      valueFrom: { secretKeyRef: { name: NAMES.redisPassword, key: 'password' } },
    },
    { name: 'ODOO_SESSION_REDIS_PREFIX', value: `${tenant}-odoo-${environment}` },
    ...server,
  ]
}

/** The identity of a role. None of them calls the API server, so none has a token. */
export function addAccount(scope: Construct, settings: Settings, role: OdooRole) {
  add<IServiceAccount>(
    scope,
    'account',
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadata(settings, 'app', serviceAccount(role), 'ground'),
      automountServiceAccountToken: false,
    },
    'release',
  )
}
