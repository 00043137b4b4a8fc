import { groupOf, type Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf } from '../manifest/value.ts'
import type { BudgetRow } from './budget-row.ts'
import { byNamespace } from './by-namespace.ts'
import { OPERATIONS_CONNECTIONS, PGBOUNCER_DEFAULTS, POSTGRES_DEFAULTS } from './data/connection-defaults.ts'
import { type OdooConnections, odooConnectionsIn, type SeriesOf } from './odoo-connections.ts'
import { OPERATED } from './operated-pods.ts'
import { countIn, podCount } from './pod-count.ts'

/** Connections of one kind of client at worst: at the autoscaler's maximum, with a rollout under way. */
export interface Contributor {
  /** `Deployment/erp/web`, `reserved for superusers`. */
  readonly who: string
  /** How many pods, and the connections of each; absent where none are counted. */
  readonly pods?: { readonly number: number; readonly each: number }
  readonly total: number
  /** How the connections of one pod come about, in words. */
  readonly formula: string
  readonly source: Source
  readonly at: FieldPath
}

/** Connections to something, against what it accepts. */
export interface ConnectionBudget {
  /** The Cluster or the Pooler. */
  readonly source: Source
  /** `servers` of a database, `clients` of a pooler. */
  readonly kind: 'servers' | 'clients'
  /** Which of its servers; a pooler has but one kind. */
  readonly role: 'primary' | 'replicas' | undefined
  readonly at: FieldPath
  readonly max: number
  readonly total: number
  readonly contributors: readonly Contributor[]
}

/**
 * The connections to each PostgreSQL server and to each pooler that a CloudNativePG resource describes, in the order of the
 * manifests. Clients other than Odoo and PgBouncer are not known.
 */
export function connectionsOf(
  index: Index,
  rows: readonly BudgetRow[],
  seriesOf: SeriesOf = () => undefined,
): readonly ConnectionBudget[] {
  const serviceOf = databaseServices(index)
  const connectionsIn = odooConnectionsIn(index, seriesOf)
  const clients = rows
    .filter(({ pods }) => pods.peak > 0)
    .flatMap(row =>
      connectionsIn(row.set).flatMap((odoo): Client[] => {
        const target = serviceOf(odoo.host, row.set.namespace)
        return target === undefined ? [] : [{ row, odoo, ...target }]
      }),
    )
  const clientsIn = byNamespace(clients, ({ target }) => namespaceOf(target))
  const clientsOf = (source: Source) => clientsIn(namespaceOf(source)).filter(({ target }) => target === source)
  const poolers = index.ofKind('Pooler', CNPG)
  const poolersIn = byNamespace(poolers, namespaceOf)
  const podsOf = new Map(rows.map(({ set, pods }) => [set.source, pods.peak]))
  return [
    ...poolers.map(source => clientBudget(source, clientsOf(source))),
    ...index.ofKind('Cluster', CNPG).flatMap(source =>
      ROLES.flatMap((role): ConnectionBudget[] => {
        const direct = clientsOf(source).filter(client => client.role === role)
        const pooled = poolersIn(namespaceOf(source))
          .filter(pooler => leadsTo(pooler, source, role))
          .map(pooler => poolerContributor(pooler, podsOf.get(pooler) ?? 0, clientsOf(pooler)))
        const contributors = [...direct.map(clientContributor), ...pooled]
        return role === 'replicas' && contributors.length === 0 ? [] : [serverBudget(source, role, contributors)]
      }),
    ),
  ]
}

const CNPG = 'postgresql.cnpg.io'
const ROLES = ['primary', 'replicas'] as const
type Role = (typeof ROLES)[number]

/** Odoo in the pods of a row, and what it connects to. */
interface Client {
  readonly row: BudgetRow
  readonly odoo: OdooConnections
  /** A Cluster or a Pooler. */
  readonly target: Source
  readonly role: Role
}

function clientContributor({ row: { set, pods }, odoo }: Client): Contributor {
  return {
    who: set.id,
    pods: { number: pods.peak, each: odoo.number },
    total: pods.peak * odoo.number,
    formula: odoo.formula,
    source: set.source,
    at: odoo.at,
  }
}

function sum(contributors: readonly Contributor[]): number {
  return contributors.reduce((total, each) => total + each.total, 0)
}

function serverBudget(source: Source, role: Role, clients: readonly Contributor[]): ConnectionBudget {
  const parameters = fieldsOf(fieldsOf(fieldsOf(source.manifest.spec).postgresql).parameters)
  const at: FieldPath = ['spec', 'postgresql', 'parameters', 'max_connections']
  const reserved = (who: string, total: number): Contributor => ({
    who,
    total,
    formula: 'kept free',
    source,
    at,
  })
  const superusers =
    parameter(parameters, 'superuser_reserved_connections', POSTGRES_DEFAULTS.superuserReserved) +
    parameter(parameters, 'reserved_connections', 0)
  const contributors = [
    ...clients,
    reserved('reserved for superusers', superusers),
    reserved('operator, metrics, backups and people', OPERATIONS_CONNECTIONS),
  ]
  const max = parameter(parameters, 'max_connections', POSTGRES_DEFAULTS.maxConnections)
  return { source, kind: 'servers', role, at, max, total: sum(contributors), contributors }
}

/** Whether a pooler leads to these servers of a cluster. */
function leadsTo(pooler: Source, cluster: Source, role: Role): boolean {
  const { cluster: to, type } = fieldsOf(pooler.manifest.spec)
  return (
    namespaceOf(pooler) === namespaceOf(cluster) &&
    fieldsOf(to).name === cluster.manifest.metadata.name &&
    (type === 'ro') === (role === 'replicas')
  )
}

/** A pool for each database, whose user is taken to be one; `max_db_connections` bounds it. */
function poolerContributor(source: Source, pods: number, clients: readonly Client[]): Contributor {
  const parameters = poolerParameters(source)
  const size = parameter(parameters, 'default_pool_size', PGBOUNCER_DEFAULTS.defaultPoolSize)
  const reserve = parameter(parameters, 'reserve_pool_size', PGBOUNCER_DEFAULTS.reservePoolSize)
  const bound = parameter(parameters, 'max_db_connections', PGBOUNCER_DEFAULTS.maxDbConnections)
  const databases = Math.max(1, new Set(clients.map(({ odoo }) => odoo.database)).size)
  const each = databases * (bound > 0 ? Math.min(bound, size + reserve) : size + reserve)
  return {
    who: objectId(source),
    pods: { number: pods, each },
    total: pods * each,
    formula: [
      `pool ${size} + reserve ${reserve}`,
      ...(bound > 0 ? [`at most ${bound}`] : []),
      ...(databases > 1 ? [`for each of ${databases} databases`] : []),
    ].join(', '),
    source,
    at: ['spec', 'pgbouncer', 'parameters', 'default_pool_size'],
  }
}

/** The pods of a pooler accept so many together; the one that a rollout adds is not counted on. */
function clientBudget(source: Source, clients: readonly Client[]): ConnectionBudget {
  const instances = countIn(fieldsOf(source.manifest.spec).instances) ?? 1
  const each = parameter(poolerParameters(source), 'max_client_conn', PGBOUNCER_DEFAULTS.maxClientConn)
  const contributors = clients.map(clientContributor)
  const at = ['spec', 'pgbouncer', 'parameters', 'max_client_conn']
  return { source, kind: 'clients', role: undefined, at, max: instances * each, total: sum(contributors), contributors }
}

function poolerParameters({ manifest }: Source): Fields {
  return fieldsOf(fieldsOf(fieldsOf(manifest.spec).pgbouncer).parameters)
}

/** Operators take parameters as text. */
function parameter(parameters: Fields, name: string, otherwise: number): number {
  const value = Number(parameters[name] ?? otherwise)
  return Number.isFinite(value) ? value : otherwise
}

/** The Cluster or Pooler behind a host name, and the servers that it means. */
function databaseServices(
  index: Index,
): (host: string | undefined, namespace: string) => Pick<Client, 'target' | 'role'> | undefined {
  const byName = new Map<string, Pick<Client, 'target' | 'role'>>()
  for (const target of index.sources) {
    const { apiVersion, kind } = target.manifest
    if (groupOf(apiVersion) !== CNPG) continue
    for (const { name, selector } of OPERATED[`${CNPG}/${kind}`]?.(target.manifest).services ?? []) {
      const role = selector['cnpg.io/instanceRole'] === 'replica' ? 'replicas' : 'primary'
      byName.set(`${namespaceOf(target)}/${name}`, { target, role })
    }
  }
  return (host, namespace) => {
    const [name = '', own = namespace, kind = 'svc'] = (host ?? '').split('.')
    return kind === 'svc' ? byName.get(`${own}/${name}`) : undefined
  }
}

function objectId(source: Source): string {
  const { kind, metadata } = source.manifest
  return `${kind}/${namespaceOf(source)}/${metadata.name}`
}

/** `"Deployment/erp/web": 31 pods × 12 = 372 (6 workers × 2)`. */
export function contributorText({ who, pods, total, formula }: Contributor): string {
  const product = pods === undefined ? '' : `${podCount(pods.number)} × ${pods.each} = `
  return `"${who}": ${product}${total} (${formula})`
}

/** `Cluster/erp/db`. */
export function connectionSubject({ source, role }: ConnectionBudget): string {
  return `${objectId(source)}${role === 'replicas' ? ' (replicas)' : ''}`
}
