import type { ICluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster'
import type { Settings, Size } from '../src/spec/settings.ts'
import { loneServer } from './lone-server.ts'
import { archiveName, BACKUP_PLUGIN, namespaceName, tenantLabels } from './names.ts'
import { parametersOf } from './postgres.ts'
import { databaseSize } from './sizes.ts'

/** Cores and MiB that a restore needs at most: it is bound by the volume and by the network. */
const MOST_CPU = 2
const MOST_MEMORY = 8 * 1024

/** The size of the server that a restore is tried on. */
export function restoredSize(settings: Settings): Size {
  return databaseSize(smaller(settings))
}

function smaller(settings: Settings): Settings {
  const { database } = settings
  const cpu = Math.min(MOST_CPU, database.cpu)
  return { ...settings, database: { ...database, cpu, memory: Math.min(MOST_MEMORY, database.memory) } }
}

/**
 * One server that comes up with the newest state of an archive and goes away again. It archives nothing: an archive has one
 * writer. As many connections as the original, for PostgreSQL refuses to recover with fewer.
 */
export function restoredCluster(settings: Settings, name: string, store: string): ICluster {
  const { database } = settings
  const small = smaller(settings)
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name, namespace: namespaceName(settings, 'restore'), labels: tenantLabels(settings, 'restore') },
    spec: {
      ...loneServer(small, tenantLabels(settings, 'restore')),
      postgresql: { parameters: parametersOf(small) },
      bootstrap: { recovery: { source: ORIGIN, database: database.name, owner: database.owner } },
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
