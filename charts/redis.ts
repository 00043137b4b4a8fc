import { Construct } from 'constructs'
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSecurityContext } from 'kubernetes-models/v1/PodSecurityContext'
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements'
import type { ISecurityContext } from 'kubernetes-models/v1/SecurityContext'
import type { IService } from 'kubernetes-models/v1/Service'
import type { IToleration } from 'kubernetes-models/v1/Toleration'
import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint'
import { SESSION_SERVERS } from '../src/spec/facts/sessions.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { REDIS_EXPORTER_PORT } from './monitors.ts'
import {
  commonLabels,
  KEEP,
  metadata,
  NAMES,
  PORTS,
  priorityClass,
  promising,
  RESTART_ON_ROTATION,
  sessionsFailOver,
} from './names.ts'
import { onOwnNodes } from './nodes.ts'
import { add } from './object.ts'
import { podSecurity, SECURITY, UNPRIVILEGED } from './pod-security.ts'
import {
  mebibytes,
  resources,
  SENTINEL,
  SESSION_EXPORTER,
  SESSION_REPLICAS,
  SESSION_STORE,
  SESSION_VOLUME,
} from './sizes.ts'
import { spread } from './spread.ts'

/** What both kinds of the Redis operator have in common (redis.redis.opstreelabs.in/v1beta2, operator 0.24), as far as used. */
interface RedisNodes {
  readonly clusterSize: number
  readonly kubernetesConfig: {
    readonly image: string
    readonly resources: IResourceRequirements
    readonly redisSecret?: { readonly name: string; readonly key: string }
  }
  readonly podSecurityContext: IPodSecurityContext
  readonly securityContext: ISecurityContext
  readonly priorityClassName: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly IToleration[]
  readonly topologySpreadConstraints: readonly ITopologySpreadConstraint[]
  readonly pdb: { readonly enabled: boolean; readonly maxUnavailable: number }
  readonly redisExporter?: {
    readonly enabled: true
    readonly image: string
    readonly resources: IResourceRequirements
    readonly securityContext: ISecurityContext
  }
}

interface RedisObject<K extends string, S> {
  readonly apiVersion: 'redis.redis.opstreelabs.in/v1beta2'
  readonly kind: K
  readonly metadata: ReturnType<typeof metadata>
  readonly spec: S
}

type IRedisReplication = RedisObject<
  'RedisReplication',
  RedisNodes & {
    readonly redisConfig: { readonly additionalRedisConfig: string }
    readonly storage: { readonly volumeClaimTemplate: { readonly spec: object } }
  }
>

type IRedisSentinel = RedisObject<
  'RedisSentinel',
  RedisNodes & {
    readonly redisSentinelConfig: {
      readonly redisReplicationName: string
      readonly masterGroupName: string
      readonly quorum: string
      readonly resolveHostnames: 'yes'
      readonly announceHostnames: 'yes'
      readonly redisReplicationPassword: {
        readonly secretKeyRef: { readonly name: string; readonly key: string }
      }
    }
  }
>

const CONFIG = 'sessions-config'

/**
 * How full the store may be, and who goes first: whoever has not been seen for longest. Evicting without regard to that
 * would throw out people at work; refusing would let nobody in.
 */
const BOUNDS = [
  `maxmemory ${Math.floor(SESSION_STORE.memoryLimit * SESSION_SERVERS.memoryShare)}mb`,
  'maxmemory-policy volatile-ttl',
]

/**
 * Where logins are kept. Losing it means that everybody logs in again, no more: so a lower tier has one server that is
 * back in seconds with what it had, and a higher one has three, with sentinels that name a new primary.
 */
export class Redis extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const failOver = sessionsFailOver(settings)
    addExternalSecret(this, settings, {
      zone: 'data',
      name: NAMES.redisPassword,
      remote: 'sessions',
      properties: { password: 'password' },
      // The server reads its password from a file: among its arguments everybody on the node could read it.
      ...(failOver ? {} : { template: { password: '{{ .password }}', 'valkey.conf': VALKEY_CONF } }),
      decidedBy: 'sessions',
    })
    if (failOver) this.addReplication(settings)
    else this.addServer(settings)
  }

  private addServer(settings: Settings) {
    const { image, user } = SESSION_SERVERS.valkey
    const selector = { app: NAMES.redis }
    add<IStatefulSet>(
      this,
      'server',
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        // One server is away while it restarts: no more is promised of it than the lowest tier promises.
        metadata: promising(
          'bronze',
          metadata(settings, 'data', NAMES.redis, 'data', { ...KEEP, ...RESTART_ON_ROTATION }),
        ),
        spec: {
          replicas: 1,
          serviceName: NAMES.redis,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: { ...commonLabels(settings, 'data'), ...selector } },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              priorityClassName: priorityClass(settings),
              ...onOwnNodes(settings),
              securityContext: podSecurity(user),
              containers: [
                {
                  name: 'valkey',
                  image,
                  command: ['valkey-server', '/etc/valkey/valkey.conf'],
                  ports: [{ name: 'redis', containerPort: PORTS.redis }],
                  readinessProbe: { tcpSocket: { port: PORTS.redis }, periodSeconds: 5 },
                  livenessProbe: { tcpSocket: { port: PORTS.redis }, periodSeconds: 30 },
                  resources: resources(SESSION_STORE),
                  securityContext: SECURITY,
                  volumeMounts: [
                    { name: 'config', mountPath: '/etc/valkey', readOnly: true },
                    { name: 'data', mountPath: '/data' },
                  ],
                },
                ...(settings.observability === undefined ? [] : [EXPORTER]),
              ],
              volumes: [
                {
                  name: 'config',
                  secret: { secretName: NAMES.redisPassword, items: [{ key: 'valkey.conf', path: 'valkey.conf' }] },
                },
              ],
            },
          },
          volumeClaimTemplates: [
            { metadata: { name: 'data', labels: lastingLabels(settings) }, spec: volumeOf(settings) },
          ],
        },
      },
      'sessions',
    )
    add<IService>(
      this,
      'service',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata(settings, 'data', NAMES.redis, 'data'),
        spec: { type: 'ClusterIP', selector, ports: [{ name: 'redis', port: PORTS.redis, targetPort: PORTS.redis }] },
      },
      'sessions',
    )
  }

  private addReplication(settings: Settings) {
    const { redis, sentinel } = SESSION_SERVERS
    add<IConfigMap>(
      this,
      'config',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(settings, 'data', CONFIG, 'ground'),
        data: { 'redis-additional.conf': `${BOUNDS.join('\n')}\n` },
      },
      'sessions',
    )
    const password = { name: NAMES.redisPassword, key: 'password' }
    const nodes = (app: string): Omit<RedisNodes, 'kubernetesConfig' | 'podSecurityContext'> => ({
      clusterSize: SESSION_REPLICAS,
      // The image writes its configuration at the start, beside the one that it brings.
      securityContext: UNPRIVILEGED,
      priorityClassName: priorityClass(settings),
      ...onOwnNodes(settings),
      topologySpreadConstraints: spread(settings, { app }),
      pdb: { enabled: true, maxUnavailable: 1 },
    })
    add<IRedisReplication>(
      this,
      'replication',
      {
        apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
        kind: 'RedisReplication',
        metadata: lasting(settings, NAMES.redis),
        spec: {
          ...nodes(NAMES.redis),
          kubernetesConfig: { image: redis.image, resources: resources(SESSION_STORE), redisSecret: password },
          podSecurityContext: podSecurity(redis.user),
          redisConfig: { additionalRedisConfig: CONFIG },
          storage: { volumeClaimTemplate: { spec: volumeOf(settings) } },
          ...(settings.observability === undefined
            ? {}
            : {
                redisExporter: {
                  enabled: true,
                  image: SESSION_SERVERS.exporter.image,
                  resources: resources(SESSION_EXPORTER),
                  securityContext: SECURITY,
                },
              }),
        },
      },
      'sessions',
    )
    add<IRedisSentinel>(
      this,
      'sentinel',
      {
        apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
        kind: 'RedisSentinel',
        // The operator adds "-sentinel" to the name of whatever it makes.
        metadata: lasting(settings, NAMES.redis),
        spec: {
          ...nodes(NAMES.sentinel),
          // No password of their own: the module session_redis sends none to sentinels.
          kubernetesConfig: { image: sentinel.image, resources: resources(SENTINEL) },
          podSecurityContext: podSecurity(sentinel.user),
          redisSentinelConfig: {
            redisReplicationName: NAMES.redis,
            masterGroupName: NAMES.redis,
            quorum: String(Math.floor(SESSION_REPLICAS / 2) + 1),
            // Addresses change with every restart, and sentinels that know only addresses look for the dead.
            resolveHostnames: 'yes',
            announceHostnames: 'yes',
            redisReplicationPassword: { secretKeyRef: password },
          },
        },
      },
      'sessions',
    )
  }
}

/** `{{ .password }}` is filled in from the secret store. */
const VALKEY_CONF = `${[...BOUNDS, 'appendonly yes', 'dir /data', 'requirepass {{ .password }}'].join('\n')}\n`

/** The operator selects pods by every label of the object, for ever; and it hands its annotations on to what it makes. */
function lasting(settings: Settings, name: string) {
  const all = metadata(settings, 'data', name, 'data', { ...KEEP, ...RESTART_ON_ROTATION })
  return { ...all, labels: lastingLabels(settings) }
}

/** Labels for what takes them once and for ever: so there are none that a decision may change. */
function lastingLabels(settings: Settings): Record<string, string> {
  const {
    'waybill.dev/tier': _tier,
    'waybill.dev/cost-center': _costCenter,
    ...labels
  } = commonLabels(settings, 'data')
  return labels
}

function volumeOf({ place }: Settings) {
  return {
    accessModes: ['ReadWriteOnce' as const],
    ...(place.blockStorage === undefined ? {} : { storageClassName: place.blockStorage }),
    resources: { requests: { storage: mebibytes(SESSION_VOLUME) } },
  }
}

/** Tells Prometheus what the server beside it does. */
const EXPORTER: IContainer = {
  name: 'exporter',
  image: SESSION_SERVERS.exporter.image,
  env: [
    { name: 'REDIS_ADDR', value: `redis://localhost:${PORTS.redis}` },
    { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: NAMES.redisPassword, key: 'password' } } },
  ],
  ports: [{ name: REDIS_EXPORTER_PORT, containerPort: PORTS.redisMetrics }],
  resources: resources(SESSION_EXPORTER),
  securityContext: SECURITY,
}
