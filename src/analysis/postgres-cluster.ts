import { append } from '../manifest/group-by.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, listOf, numberOf, textOf } from '../manifest/value.ts'
import { type Odoo, odooOf } from './odoo.ts'
import { perIndex } from './per-index.ts'

/** The name of the plugin that keeps backups, from plugin-barman-cloud 0.14 (July 2026). */
export const BARMAN_PLUGIN = 'barman-cloud.cloudnative-pg.io'

/** A cluster of CloudNativePG with what other manifests ask of it. */
export interface PostgresCluster {
  readonly source: Source
  readonly name: string
  readonly namespace: string
  readonly spec: Fields
  readonly instances: number
  /** `undefined` outside platforms of waybill: the label of the manifest, else the tier of the environment. */
  readonly tier: string | undefined
  /** Where write-ahead logs go, if a plugin takes them. */
  readonly archivers: readonly Archiver[]
  /** Containers that connect to it. */
  readonly clients: readonly Odoo[]
  /** The user that owns the database. */
  readonly owner: string | undefined
}

/** A plugin that archives write-ahead logs. */
export interface Archiver {
  readonly at: FieldPath
  readonly plugin: string
  /** The ObjectStore that it writes to. */
  readonly store: string | undefined
  /** The folder in it: the name of the cluster unless another one is given. */
  readonly serverName: string
}

/** Containers by the cluster that they connect to. */
const clientsOf = perIndex(index => {
  const byCluster = new Map<Source, Odoo[]>()
  for (const odoo of odooOf(index)) {
    const { cluster } = odoo.database ?? {}
    if (cluster === undefined) continue
    append(byCluster, cluster, odoo)
  }
  return byCluster
})

/** Every cluster of CloudNativePG, in the order of the manifests. */
export const postgresClustersOf = perIndex((index): readonly PostgresCluster[] =>
  index.ofKind('Cluster', 'postgresql.cnpg.io').map(source => {
    const spec = fieldsOf(source.manifest.spec)
    const { name, labels } = source.manifest.metadata
    const namespace = namespaceOf(source)
    const { initdb } = fieldsOf(spec.bootstrap)
    return {
      source,
      name,
      namespace,
      spec,
      instances: numberOf(spec.instances) ?? 1,
      tier: labels?.['waybill.dev/tier'] ?? index.facts.tier,
      archivers: archiversOf(spec, name),
      clients: clientsOf(index).get(source) ?? [],
      owner: textOf(fieldsOf(initdb).owner) ?? textOf(fieldsOf(initdb).database),
    }
  }),
)

function archiversOf({ plugins }: Fields, cluster: string): readonly Archiver[] {
  return listOf(plugins).flatMap((entry, nth) => {
    const { name, enabled, isWALArchiver, parameters } = fieldsOf(entry)
    if (enabled === false || isWALArchiver !== true) return []
    const { barmanObjectName, serverName } = fieldsOf(parameters)
    return [
      {
        at: ['spec', 'plugins', nth],
        plugin: textOf(name) ?? '',
        store: textOf(barmanObjectName),
        serverName: textOf(serverName) ?? cluster,
      },
    ]
  })
}

/** Whether the cluster only follows another one: its data is kept there. */
export function isReplica({ spec }: PostgresCluster): boolean {
  const { enabled, self, primary } = fieldsOf(spec.replica)
  return enabled === true || (self !== undefined && self !== primary)
}

/** The path of an ObjectStore in the bucket, without a slash at the end; `undefined` when it is not among the manifests. */
export function storePath(index: Index, name: string | undefined, namespace: string): string | undefined {
  const store = name === undefined ? undefined : index.find('ObjectStore', name, namespace)
  const { destinationPath } = fieldsOf(fieldsOf(store?.manifest.spec).configuration)
  return textOf(destinationPath)?.replace(/\/+$/, '')
}

/** Statements that run when a cluster is made, with the field that each stands in. */
export function statementsOf({ spec }: PostgresCluster): readonly { readonly at: FieldPath; readonly sql: string }[] {
  const initdb = fieldsOf(fieldsOf(spec.bootstrap).initdb)
  return ['postInitSQL', 'postInitApplicationSQL', 'postInitTemplateSQL'].flatMap(field =>
    listOf(initdb[field]).map((sql, nth) => ({ at: ['spec', 'bootstrap', 'initdb', field, nth], sql: String(sql) })),
  )
}
