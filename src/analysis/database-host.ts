import { groupOf, type Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, textOf } from '../manifest/value.ts'
import { waysInto } from './http-route.ts'

/** What a host name of PostgreSQL leads to. */
export interface DatabaseHost {
  /** The same for every name of the same servers: `Cluster/data/database`, or the name itself. */
  readonly servers: string
  readonly cluster: Source | undefined
  /** The pooler in between. */
  readonly pooler: Source | undefined
}

/** Follows a host name, as a pod of that namespace would, to a pooler or a cluster of CloudNativePG. */
export function databaseHost(index: Index, host: string, from: string): DatabaseHost {
  const [name = '', namespace = from, ...rest] = host.split('.')
  const isInternal = rest.length === 0 || rest[0] === 'svc'
  const target = isInternal ? waysInto(index).services.get(`${namespace}/${name}`) : undefined
  if (target === undefined) return { servers: host, cluster: undefined, pooler: undefined }
  const { source } = target
  const isPooler = source.manifest.kind === 'Pooler' && groupOf(source.manifest.apiVersion) === 'postgresql.cnpg.io'
  const pooler = isPooler ? source : undefined
  const cluster = isPooler ? clusterOf(index, source) : source.manifest.kind === 'Cluster' ? source : undefined
  const servers =
    cluster === undefined
      ? `${target.namespace}/${target.name}`
      : `Cluster/${namespaceOf(cluster)}/${cluster.manifest.metadata.name}`
  return { servers, cluster, pooler }
}

/** The cluster that a Pooler, ScheduledBackup, Database or DatabaseRole names; it stands in the same namespace. */
export function clusterOf(index: Index, source: Source): Source | undefined {
  const name = textOf(fieldsOf(fieldsOf(source.manifest.spec).cluster).name)
  return name === undefined ? undefined : index.find('Cluster', name, namespaceOf(source))
}

/** Whether a pooler gives server connections back between two transactions; the default of the operator is by session. */
export function poolsTransactions(pooler: Source): boolean {
  return textOf(fieldsOf(fieldsOf(pooler.manifest.spec).pgbouncer).poolMode) === 'transaction'
}
