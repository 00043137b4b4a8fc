import { Construct } from 'constructs'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer'
import type { INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort'
import type { INetworkPolicySpec } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec'
import type { DataAccess } from '../src/spec/data.ts'
import type { Place, Settings } from '../src/spec/settings.ts'
import {
  databaseNamespace,
  HIBERNATION_LABELS,
  type Home,
  metadata,
  NAMES,
  namespaceName,
  type OdooRole,
  odooSelector,
  PORTS,
  SESSION_APPS,
  type Zone,
  zonesOf,
} from './names.ts'
import { add } from './object.ts'

type Pods = NonNullable<INetworkPolicySpec['podSelector']>

/** One flow that is open: the pods that a policy is about, their peers on one side, and the ports of whoever listens. */
interface Flow {
  readonly zone: Zone
  readonly name: string
  readonly pods: Pods
  readonly from?: INetworkPolicyPeer[]
  readonly to?: INetworkPolicyPeer[]
  readonly ports: readonly number[]
  /** Where the policy stands, if not in the namespace of its zone. */
  readonly namespace?: string
  readonly decidedBy: string
}

/** What the ways around servers are made from, be they for one tenant or for several. */
type ServersPlace = Home & Pick<Settings, 'backup' | 'place' | 'replica' | 'schedule'>

/** Serves the credentials of the node to whoever asks. */
const METADATA_SERVICE = '169.254.169.254/32'
/** Addresses that are not on the internet (RFC 1918, RFC 6598, RFC 3927). */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']
/** Where a node keeps its own DNS cache, if it has one. */
const NODE_LOCAL_DNS = '169.254.20.10/32'

const ODOO: Pods = { matchLabels: { 'app.kubernetes.io/name': 'odoo' } }
const DATABASE: Pods = { matchLabels: { 'cnpg.io/cluster': NAMES.database } }
const ANALYTICS: Pods = { matchLabels: { 'cnpg.io/cluster': NAMES.analytics } }
const POOLER: Pods = { matchLabels: { 'cnpg.io/poolerName': NAMES.pooler } }
const SESSIONS: Pods = { matchExpressions: [{ key: 'app', operator: 'In', values: [...SESSION_APPS] }] }
const RESTORED: Pods = {
  matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'In', values: [NAMES.restoreTest, NAMES.restoreTestOffsite] }],
}
const RESTORE_TEST: Pods = { matchLabels: { app: NAMES.restoreTest } }
const HIBERNATION: Pods = { matchLabels: HIBERNATION_LABELS }
const CHALLENGE: Pods = { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } }

/**
 * Who may speak with whom. All namespaces refuse everything but names; each further policy opens one flow and is named
 * after it. Addresses are IPv4: no rule opens anything over IPv6.
 */
export class Network extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    for (const zone of zonesOf(settings)) addDenial(this, settings, zone)
    for (const flow of flowsOf(settings)) addFlow(this, settings, flow)
    if (settings.servers !== undefined) addFlow(this, settings, fromLodger(settings))
  }
}

/** The same around servers that tenants share; each of them opens the way in for itself, with its own unit. */
export class SharedNetwork extends Construct {
  constructor(scope: Construct, id: string, servers: ServersPlace) {
    super(scope, id)
    addDenial(this, servers, 'data')
    for (const flow of serverFlows(servers)) addFlow(this, servers, flow)
    if (servers.backup === undefined) return
    const beside = { zone: 'data', pods: { matchLabels: { 'cnpg.io/cluster': NAMES.restored } } } as const
    for (const { name, ...flow } of recoveryFlows(servers.place)) {
      addFlow(this, servers, { ...beside, ...flow, name: `${NAMES.restored}-${name}`, decidedBy: 'backup.schedule' })
    }
  }
}

function addDenial(scope: Construct, home: Home, zone: Zone) {
  const deny: INetworkPolicySpec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }
  addPolicy(scope, home, { zone, name: 'default-deny', decidedBy: 'tier' }, deny)
  addPolicy(scope, home, { zone, name: 'all-to-dns', decidedBy: 'tier' }, NAME_LOOKUPS)
}

function addFlow(scope: Construct, home: Home, flow: Flow) {
  const { pods, from, to, ports } = flow
  const listening = ports.map(port => ({ protocol: 'TCP', port }) satisfies INetworkPolicyPort)
  addPolicy(scope, home, flow, {
    podSelector: pods,
    policyTypes: from === undefined ? ['Egress'] : ['Ingress'],
    ...(from === undefined ? {} : { ingress: [{ from, ports: listening }] }),
    ...(to === undefined ? {} : { egress: [{ to, ports: listening }] }),
  })
}

function addPolicy(
  scope: Construct,
  home: Home,
  { zone, name, namespace, decidedBy }: Pick<Flow, 'zone' | 'name' | 'namespace' | 'decidedBy'>,
  spec: INetworkPolicySpec,
) {
  const placed = metadata(home, zone, name, 'ground')
  add<INetworkPolicy>(
    scope,
    `${zone}-${name}`,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: namespace === undefined ? placed : { ...placed, namespace },
      spec,
    },
    decidedBy,
  )
}

const NAME_LOOKUPS: INetworkPolicySpec = {
  podSelector: {},
  policyTypes: ['Egress'],
  egress: [
    {
      to: [
        { ...inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
        address(NODE_LOCAL_DNS),
      ],
      ports: [
        { protocol: 'UDP', port: PORTS.dns },
        { protocol: 'TCP', port: PORTS.dns },
      ],
    },
  ],
}

function flowsOf(settings: Settings): Flow[] {
  return [
    ...requestFlows(settings),
    ...databaseFlows(settings),
    ...(settings.pooler === undefined ? [] : poolerFlows(settings)),
    ...(settings.sessions === 'redis' ? sessionFlows(settings) : []),
    ...integrationFlows(settings),
    ...documentFlows(settings),
    ...(settings.data === undefined ? [] : dataFlows(settings, settings.data)),
    ...providerFlows(settings),
    ...(settings.recovery === undefined ? [] : restoreFlows(settings)),
    ...(settings.rehearsal === undefined ? [] : rehearsalFlows(settings)),
  ]
}

function requestFlows({ place, apiPods }: Settings): Flow[] {
  const traefik = {
    ...inNamespace(place.ingressNamespace),
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'traefik' } },
  }
  const web = roles('web')
  const fromTraefik = (name: string, pods: Pods, port: number): Flow => ({
    zone: 'app',
    name: `${name}-from-traefik`,
    pods,
    from: [traefik],
    ports: [port],
    decidedBy: 'hosts',
  })
  // A report is rendered by a browser without a screen, which fetches its styles and pictures from Odoo.
  const reports = { zone: 'app', ports: [PORTS.odoo], decidedBy: 'release' } as const
  return [
    fromTraefik('web', web, PORTS.odoo),
    ...(apiPods === undefined ? [] : [fromTraefik('api', roles('api'), PORTS.odoo)]),
    fromTraefik('websocket', roles('websocket'), PORTS.websocket),
    fromTraefik('challenge', CHALLENGE, PORTS.acmeSolver),
    { ...reports, name: 'web-from-odoo', pods: web, from: [{ podSelector: ODOO }] },
    { ...reports, name: 'odoo-to-web', pods: ODOO, to: [{ podSelector: web }] },
  ]
}

function databaseFlows(settings: Settings): Flow[] {
  const odoo = settings.pooler === undefined ? ODOO : roles('websocket', 'cron', 'queue', 'migrate')
  const fromOdoo = { ports: [PORTS.postgres], decidedBy: 'database.pooler' }
  const servers = { ...inNamespace(databaseNamespace(settings)), podSelector: DATABASE }
  const there: Flow = { ...fromOdoo, zone: 'app', name: 'odoo-to-database', pods: odoo, to: [servers] }
  if (settings.servers !== undefined) return [there]
  return [
    there,
    { ...fromOdoo, zone: 'data', name: 'database-from-odoo', pods: DATABASE, from: [across(settings, 'app', odoo)] },
    ...serverFlows(settings),
  ]
}

/** The way of one tenant to the servers that it shares with others. */
function fromLodger(settings: Settings): Flow {
  return {
    zone: 'data',
    namespace: databaseNamespace(settings),
    name: `database-from-${settings.tenant}`,
    pods: DATABASE,
    from: [across(settings, 'app', ODOO)],
    ports: [PORTS.postgres],
    decidedBy: 'tenancy',
  }
}

function serverFlows({ place, backup, schedule, replica }: ServersPlace): Flow[] {
  const itself = { podSelector: DATABASE }
  const inside = { zone: 'data', pods: DATABASE, decidedBy: 'database.instances' } as const
  const replication = { ...inside, ports: [PORTS.postgres, PORTS.postgresStatus] }
  return [
    { ...inside, name: 'database-from-operator', ...fromOperator(place) },
    { ...replication, name: 'database-from-database', from: [itself] },
    { ...replication, name: 'database-to-database', to: [itself] },
    // A server that reaches neither its peers nor the API server takes itself for cut off, and stops.
    { ...inside, name: 'database-to-api-server', ...toApiServer(place) },
    {
      ...inside,
      name: 'database-from-monitoring',
      from: [inNamespace(place.monitoringNamespace)],
      ports: [PORTS.postgresMetrics],
    },
    ...(backup === undefined
      ? []
      : [
          {
            ...inside,
            name: 'database-to-object-storage',
            ...toAddress(place.bucketCidrs, place.bucketEndpoint),
            decidedBy: 'backup.schedule',
          },
        ]),
    ...(schedule === undefined
      ? []
      : [
          {
            ...inside,
            name: 'hibernation-to-api-server',
            pods: HIBERNATION,
            ...toApiServer(place),
            decidedBy: 'schedule',
          },
        ]),
    ...(replica === undefined
      ? []
      : [
          {
            ...inside,
            name: 'database-to-other-archive',
            ...toAddress(replica.other.cidrs, replica.other.endpoint),
            decidedBy: 'replica',
          },
        ]),
  ]
}

function poolerFlows(settings: Settings): Flow[] {
  const { place, apiPods } = settings
  const inside = { zone: 'data', pods: POOLER, ports: [PORTS.postgres], decidedBy: 'database.pooler' } as const
  const web = apiPods === undefined ? roles('web') : roles('web', 'api')
  return [
    { ...inside, zone: 'app', name: 'web-to-pooler', pods: web, to: [across(settings, 'data', POOLER)] },
    { ...inside, name: 'pooler-from-web', from: [across(settings, 'app', web)] },
    { ...inside, name: 'pooler-to-database', to: [{ podSelector: DATABASE }] },
    { ...inside, name: 'database-from-pooler', pods: DATABASE, from: [{ podSelector: POOLER }] },
    // PgBouncer runs under a manager that reads its configuration from the API server.
    { ...inside, name: 'pooler-to-api-server', ...toApiServer(place) },
    {
      ...inside,
      name: 'pooler-from-monitoring',
      from: [inNamespace(place.monitoringNamespace)],
      ports: [PORTS.poolerMetrics],
    },
  ]
}

function sessionFlows(settings: Settings): Flow[] {
  const inside = {
    zone: 'data',
    pods: SESSIONS,
    ports: [PORTS.redis, PORTS.sentinel],
    decidedBy: 'sessions',
  } as const
  const itself = { podSelector: SESSIONS }
  return [
    { ...inside, zone: 'app', name: 'odoo-to-sessions', pods: ODOO, to: [across(settings, 'data', SESSIONS)] },
    { ...inside, name: 'sessions-from-odoo', from: [across(settings, 'app', ODOO)] },
    { ...inside, name: 'sessions-from-operator', from: [inNamespace(settings.place.redisNamespace)] },
    { ...inside, name: 'sessions-from-sessions', from: [itself] },
    { ...inside, name: 'sessions-to-sessions', to: [itself] },
    ...(settings.observability === undefined
      ? []
      : [
          {
            ...inside,
            name: 'sessions-from-monitoring',
            from: [inNamespace(settings.place.monitoringNamespace)],
            ports: [PORTS.redisMetrics],
            decidedBy: 'observability',
          },
        ]),
  ]
}

/** Odoo gets its token, and the keys that prove it, from the identity provider. */
function providerFlows({ sso, apiPods }: Settings): Flow[] {
  if (sso === undefined) return []
  const pods = roles('web', ...(apiPods === undefined ? [] : ['api' as const]))
  const to = toAddress(sso.cidrs, sso.token)
  return [{ zone: 'app', name: 'odoo-to-identity-provider', pods, ...to, decidedBy: 'sso' }]
}

/** Readers ask their own server, or a standby; whoever follows changes has to ask the primary, where they are made. */
function dataFlows(settings: Settings, { replica, readers, publications, lake }: DataAccess): Flow[] {
  const { place } = settings
  const standbys: Pods = { matchLabels: { ...DATABASE.matchLabels, 'cnpg.io/instanceRole': 'replica' } }
  const primary: Pods = { matchLabels: { ...DATABASE.matchLabels, 'cnpg.io/instanceRole': 'primary' } }
  const asks = { zone: 'data', ports: [PORTS.postgres] } as const
  const own = { zone: 'data', pods: ANALYTICS, decidedBy: 'data.replica' } as const
  return [
    ...readers.map(({ name, namespace }) => ({
      ...asks,
      name: `reader-${name}`,
      pods: replica ? ANALYTICS : standbys,
      from: [inNamespace(namespace)],
      decidedBy: 'data.readers',
    })),
    ...publications.map(({ name, namespace }) => ({
      ...asks,
      name: `follower-${name}`,
      pods: primary,
      from: [inNamespace(namespace)],
      decidedBy: 'data.publications',
    })),
    ...(replica
      ? [
          { ...own, name: 'analytics-from-operator', ...fromOperator(place) },
          { ...own, name: 'analytics-to-api-server', ...toApiServer(place) },
          { ...own, name: 'analytics-to-database', to: [{ podSelector: DATABASE }], ports: [PORTS.postgres] },
          {
            ...own,
            name: 'database-from-analytics',
            pods: DATABASE,
            from: [{ podSelector: ANALYTICS }],
            ports: [PORTS.postgres],
          },
          {
            ...own,
            name: 'analytics-from-monitoring',
            from: [inNamespace(place.monitoringNamespace)],
            ports: [PORTS.postgresMetrics],
          },
        ]
      : []),
    ...(lake === undefined
      ? []
      : [
          {
            zone: 'app' as const,
            name: 'odoo-to-lake',
            pods: roles('cron', 'queue'),
            ...toAddress(lake.cidrs, lake.endpoint),
            decidedBy: 'data',
          },
        ]),
  ]
}

function documentFlows({ filestore, place }: Settings): Flow[] {
  if (filestore.bucket === undefined) return []
  const to = toAddress(place.bucketCidrs, place.bucketEndpoint)
  return [{ zone: 'app', name: 'odoo-to-documents', pods: ODOO, ...to, decidedBy: 'filestore.bucket' }]
}

/** What is tried on purpose: a crowd that is played, and a server that is taken away. */
function rehearsalFlows(settings: Settings): Flow[] {
  const load: Pods = { matchLabels: { app: NAMES.loadTest } }
  const failover: Pods = { matchLabels: { app: NAMES.failoverTest } }
  const inside = { zone: 'app', decidedBy: 'rehearsal' } as const
  const taken = { ...inside, decidedBy: 'rehearsal.failover' }
  return [
    { ...inside, name: 'load-test-to-web', pods: load, to: [{ podSelector: roles('web') }], ports: [PORTS.odoo] },
    { ...inside, name: 'web-from-load-test', pods: roles('web'), from: [{ podSelector: load }], ports: [PORTS.odoo] },
    ...(settings.rehearsal?.failover === undefined
      ? []
      : ([
          {
            ...taken,
            name: 'failover-test-to-database',
            pods: failover,
            to: [across(settings, 'data', DATABASE)],
            ports: [PORTS.postgres],
          },
          {
            ...taken,
            zone: 'data',
            name: 'database-from-failover-test',
            pods: DATABASE,
            from: [across(settings, 'app', failover)],
            ports: [PORTS.postgres],
          },
          { ...taken, name: 'failover-test-to-api-server', pods: failover, ...toApiServer(settings.place) },
        ] satisfies Flow[])),
  ]
}

/** Restores reach the backups, their operator and nothing else: what comes back must not send a mail, or take an order. */
function restoreFlows({ place, backup }: Settings): Flow[] {
  const inside = { zone: 'restore', decidedBy: 'recovery.restoreTest' } as const
  const servers = { ...inside, pods: RESTORED }
  const test = { ...inside, pods: RESTORE_TEST }
  const offsite = backup?.offsite
  return [
    ...recoveryFlows(place).map(({ name, ...flow }) => ({ ...servers, ...flow, name: `server-${name}` })),
    ...(offsite === undefined
      ? []
      : [{ ...servers, name: 'server-to-offsite-storage', ...toAddress(offsite.cidrs, offsite.endpoint) }]),
    { ...servers, name: 'server-from-test', from: [{ podSelector: RESTORE_TEST }], ports: [PORTS.postgres] },
    { ...test, name: 'test-to-server', to: [{ podSelector: RESTORED }], ports: [PORTS.postgres] },
    { ...test, name: 'test-to-api-server', ...toApiServer(place) },
  ]
}

/** What a server needs that comes up from a backup: nobody else speaks with it. */
function recoveryFlows(place: Place) {
  return [
    { name: 'from-operator', ...fromOperator(place) },
    { name: 'to-api-server', ...toApiServer(place) },
    { name: 'to-object-storage', ...toAddress(place.bucketCidrs, place.bucketEndpoint) },
  ]
}

function fromOperator({ postgresNamespace }: Place) {
  return { from: [inNamespace(postgresNamespace)], ports: [PORTS.postgres, PORTS.postgresStatus] }
}

function toAddress(cidrs: readonly string[] | undefined, endpoint: string | undefined) {
  return { to: internet(cidrs), ports: [portOf(endpoint)] }
}

function integrationFlows({ integrations, apiPods }: Settings): Flow[] {
  const pods = roles('web', ...(apiPods === undefined ? [] : ['api' as const]), 'cron', 'queue')
  return integrations.map(({ name, port, cidrs }) => ({
    zone: 'app',
    name: `integration-${name}`,
    pods,
    to: internet(cidrs),
    ports: [port],
    decidedBy: 'integrations',
  }))
}

/**
 * Most network plugins decide after the address of the Service was replaced by that of the server, hence port 6443; some
 * before, hence 443, unless the addresses are known.
 */
function toApiServer({ apiServer }: Place) {
  return apiServer === undefined
    ? { to: [address('0.0.0.0/0', METADATA_SERVICE)], ports: [PORTS.apiServer, PORTS.https] }
    : { to: apiServer.map(cidr => address(cidr)), ports: [PORTS.apiServer] }
}

function roles(...names: OdooRole[]): Pods {
  const [first, ...others] = names
  return first !== undefined && others.length === 0
    ? { matchLabels: odooSelector(first) }
    : { ...ODOO, matchExpressions: [{ key: 'waybill.dev/role', operator: 'In', values: names }] }
}

/** Pods in the other namespace of this tenant. */
function across(settings: Settings, zone: Zone, pods: Pods): INetworkPolicyPeer {
  return { ...inNamespace(namespaceName(settings, zone)), podSelector: pods }
}

function inNamespace(name: string): INetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }
}

function address(cidr: string, ...except: string[]): INetworkPolicyPeer {
  return { ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) } }
}

/** The addresses that are known, else all that are public. */
function internet(cidrs: readonly string[] | undefined): INetworkPolicyPeer[] {
  return cidrs === undefined ? [address('0.0.0.0/0', ...PRIVATE)] : cidrs.map(cidr => address(cidr))
}

/** The port of an address, or of AWS where there is none. */
function portOf(endpoint: string | undefined): number {
  const stated = endpoint === undefined ? '' : new URL(endpoint).port
  return stated === '' ? PORTS.https : Number(stated)
}
