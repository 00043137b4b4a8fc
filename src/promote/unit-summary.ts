import { groupBy } from '../manifest/group-by.ts'
import { groupOf, type Manifest } from '../manifest/manifest.ts'
import { valueAt } from '../manifest/path.ts'
import { fieldsOf, listOf, numberOf, textOf } from '../manifest/value.ts'
import { count } from '../report/plural.ts'
import { isReading, isWide, rightsOf, saySubject } from './access-terms.ts'
import { hostsIn } from './route-terms.ts'
import { EVERYWHERE, type UnitFact } from './unit-fact.ts'

/** What a unit that comes or goes as a whole amounts to: what is asked of it, in place of each manifest. */
export interface UnitSummary {
  readonly manifests: number
  /** How many of each kind, most first. */
  readonly kinds: Kinds
  /** Those that it makes. */
  readonly namespaces: readonly string[]
  readonly runs: readonly UnitFact[]
  /** Names that it answers under. */
  readonly hosts: readonly UnitFact[]
  /** What holds data. */
  readonly data: readonly UnitFact[]
  readonly backups: readonly UnitFact[]
  readonly rights: readonly UnitFact[]
  /** What stands in namespaces that it does not make itself; of `undefined`, what the whole cluster obeys. */
  readonly beyond: ReadonlyMap<string | undefined, Kinds>
}

export type Kinds = readonly { readonly kind: string; readonly number: number }[]

/** A summary of all manifests of one unit. */
export function unitSummary(manifests: readonly Manifest[]): UnitSummary {
  const namespaces = manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)
  const foreign = manifests.filter(
    ({ kind, metadata: { namespace } }) =>
      kind !== 'Namespace' && (namespace === undefined || !namespaces.includes(namespace)),
  )
  const places = new Set(foreign.map(({ metadata }) => metadata.namespace))
  return {
    manifests: manifests.length,
    kinds: kindsOf(manifests),
    namespaces,
    runs: manifests.flatMap(manifest => RUNS[nameOf(manifest)]?.(manifest, manifests) ?? []),
    hosts: [...new Set(manifests.filter(isRoute).flatMap(({ spec }) => hostsIn(spec)))]
      .sort()
      .map(host => ({ what: host, where: [], told: '' })),
    data: manifests.flatMap(manifest => DATA[nameOf(manifest)]?.(manifest, manifests) ?? []),
    backups: manifests.flatMap(manifest => BACKUPS[nameOf(manifest)]?.(manifest, manifests) ?? []),
    rights: rightsIn(manifests),
    beyond: new Map(
      [...places].map(place => [place, kindsOf(foreign.filter(({ metadata }) => metadata.namespace === place))]),
    ),
  }
}

/** How many manifests of each kind there are, most first, then by name. */
export function kindsOf(manifests: readonly { readonly kind: string }[]): Kinds {
  const kinds = groupBy(manifests, ({ kind }) => kind)
  return [...kinds]
    .map(([kind, alike]) => ({ kind, number: alike.length }))
    .sort((a, b) => b.number - a.number || (a.kind < b.kind ? -1 : 1))
}

/** As in the names of custom resource definitions: `Cluster.postgresql.cnpg.io`. */
function nameOf({ apiVersion, kind }: Manifest): string {
  const group = groupOf(apiVersion)
  return group === '' ? kind : `${kind}.${group}`
}

/** A certificate names hosts too, and serves none. */
function isRoute({ kind }: Manifest): boolean {
  return /^(Ingress|IngressRoute|IngressRouteTCP|HTTPRoute|GRPCRoute|TLSRoute)$/.test(kind)
}

type Teller = (manifest: Manifest, all: readonly Manifest[]) => UnitFact | undefined

const fact = ({ metadata: { name, namespace } }: Manifest, told: string): UnitFact => ({
  what: name,
  where: namespace === undefined ? [] : [namespace],
  told,
})

/** Release jobs carry the digest of their release. */
const running =
  (told: string): Teller =>
  ({ metadata, spec }) => {
    const pods = numberOf(fieldsOf(spec).replicas) ?? 1
    const name = metadata.name.replace(/-[0-9a-f]{12}$/, '')
    return { what: pods === 1 ? name : `${pods} × ${name}`, where: [], told }
  }

const redis: Teller = ({ metadata: { name }, spec }) => {
  const pods = numberOf(fieldsOf(spec).clusterSize) ?? 1
  return { what: pods === 1 ? name : `${pods} × ${name}`, where: [], told: '' }
}

const RUNS: Readonly<Record<string, Teller>> = {
  'Deployment.apps': running(''),
  'StatefulSet.apps': running(''),
  'DaemonSet.apps': running('on every node'),
  'RedisReplication.redis.redis.opstreelabs.in': redis,
  'RedisSentinel.redis.redis.opstreelabs.in': redis,
  'Job.batch': running('once'),
  Pod: running(''),
  'CronJob.batch': running('on a schedule'),
}

const SCHEDULED = 'ScheduledBackup.postgresql.cnpg.io'

const DATA: Readonly<Record<string, Teller>> = {
  'Cluster.postgresql.cnpg.io': (manifest, all) => {
    const { instances, storage } = fieldsOf(manifest.spec)
    const { name, namespace } = manifest.metadata
    const isBackedUp = all.some(
      other =>
        nameOf(other) === SCHEDULED &&
        other.metadata.namespace === namespace &&
        valueAt(other, ['spec', 'cluster', 'name']) === name,
    )
    const size = textOf(fieldsOf(storage).size)
    const servers = `PostgreSQL, ${numberOf(instances) ?? 1} × ${size ?? 'a volume'}`
    return fact(manifest, isBackedUp ? servers : `${servers}, and no backup is scheduled`)
  },
  'Database.postgresql.cnpg.io': manifest => fact(manifest, 'a database on a server that others use too'),
  'RedisReplication.redis.redis.opstreelabs.in': manifest => fact(manifest, 'Redis'),
  PersistentVolumeClaim: manifest =>
    fact(manifest, `${textOf(valueAt(manifest, ['spec', 'resources', 'requests', 'storage'])) ?? 'some'} of files`),
  'StatefulSet.apps': manifest => {
    const claims = listOf(valueAt(manifest, ['spec', 'volumeClaimTemplates'])).map(
      claim => textOf(valueAt(claim, ['spec', 'resources', 'requests', 'storage'])) ?? 'a volume',
    )
    const pods = numberOf(valueAt(manifest, ['spec', 'replicas'])) ?? 1
    return claims.length === 0 ? undefined : fact(manifest, `${pods} × ${claims.join(' and ')}`)
  },
}

const BACKUPS: Readonly<Record<string, Teller>> = {
  [SCHEDULED]: manifest => fact(manifest, `at ${textOf(valueAt(manifest, ['spec', 'schedule'])) ?? 'times unknown'}`),
  'Schedule.velero.io': manifest =>
    fact(manifest, `at ${textOf(valueAt(manifest, ['spec', 'schedule'])) ?? 'times unknown'}`),
  'ObjectStore.barmancloud.cnpg.io': manifest => {
    const to = textOf(valueAt(manifest, ['spec', 'configuration', 'destinationPath']))
    return { what: to ?? manifest.metadata.name, where: [], told: 'where they are kept' }
  },
}

/** What each subject may do by all bindings together, those first whose rights lead furthest. */
function rightsIn(manifests: readonly Manifest[]): readonly UnitFact[] {
  const granted = new Map<string, { readonly where: Set<string>; readonly rights: Set<string>; roles: string[] }>()
  for (const binding of manifests) {
    if (binding.kind !== 'RoleBinding' && binding.kind !== 'ClusterRoleBinding') continue
    const { namespace } = binding.metadata
    const { kind, name } = fieldsOf(binding.roleRef)
    const role = manifests.find(
      each =>
        each.kind === kind &&
        each.metadata.name === name &&
        (kind === 'ClusterRole' || each.metadata.namespace === namespace),
    )
    for (const subject of listOf(binding.subjects).map(saySubject)) {
      const known = granted.get(subject) ?? { where: new Set(), rights: new Set(), roles: [] }
      granted.set(subject, known)
      known.where.add(namespace ?? EVERYWHERE)
      if (role === undefined) known.roles.push(String(name))
      else for (const right of rightsOf(role.rules)) known.rights.add(right)
    }
  }
  const told = [...granted].map(([subject, { where, rights, roles }]) => {
    const changing = [...rights].filter(right => !isReading(right)).length
    const wide = [...rights].filter(isWide).sort()
    const [first] = wide
    const most = `"${first}"${wide.length > 1 ? ` and ${wide.length - 1} more` : ''} can be used to gain others`
    const parts = [
      ...(rights.size === 0 ? [] : [changing === 0 ? 'only reads' : `${count(changing, 'right')} to change things`]),
      ...roles.map(name => `what "${name}" allows, which stands elsewhere`),
      ...(first === undefined ? [] : [most]),
    ]
    return { wide: wide.length, fact: { what: subject, where: [...where].sort(), told: parts.join('; ') } }
  })
  return told.sort((a, b) => b.wide - a.wide).map(each => each.fact)
}
