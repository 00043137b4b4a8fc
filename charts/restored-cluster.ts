import type { ICluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster'
import type { Settings, Size } from '../src/spec/settings.ts'
import { loneServer } from './lone-server.ts'
import { archiveName, BACKUP_PLUGIN, namespaceName, tenantLabels, type Zone } from './names.ts'
import { parametersOf, type Servers } from './postgres.ts'
import { databaseSize } from './sizes.ts'

/** Cores and MiB that a restore needs at most: it is bound by the volume and by the network. */
const MOST_CPU = 2
const MOST_MEMORY = 8 * 1024

/** The size of the server that a restore is tried on. */
export function restoredSize(settings: Settings): Size {
  return databaseSize(smaller(settings))
}

function smaller<S extends Pick<Settings, 'database'>>(settings: S): S {
  const { database } = settings
  const cpu = Math.min(MOST_CPU, database.cpu)
  return { ...settings, database: { ...database, cpu, memory: Math.min(MOST_MEMORY, database.memory) } }
}

/** Which state comes back, and where. */
interface Restore {
  readonly zone: Zone
  readonly name: string
  /** The ObjectStore that it is read from. */
  readonly store: string
  /** The moment; the newest state where none is named. */
  readonly until?: string
}

/**
 * One server that comes up with a state of an archive and goes away again. It archives nothing: an archive has one
 * writer. As many connections as the original, for PostgreSQL refuses to recover with fewer.
 */
export function restoredCluster(servers: Servers, { zone, name, store, until }: Restore): ICluster {
  const { database } = servers
  const small = smaller(servers)
  const labels = tenantLabels(servers, zone)
  const target = until === undefined ? {} : { recoveryTarget: { targetTime: until } }
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name, namespace: namespaceName(servers, zone), labels },
    spec: {
      ...loneServer(small, labels),
      postgresql: { parameters: parametersOf(small) },
      bootstrap: { recovery: { source: ORIGIN, database: database.name, owner: database.owner, ...target } },
      externalClusters: [
        {
          name: ORIGIN,
          plugin: {
            name: BACKUP_PLUGIN,
            parameters: { barmanObjectName: store, serverName: archiveName(database.major, database.archive) },
          },
        },
      ],
    },
  }
}

const ORIGIN = 'origin'
