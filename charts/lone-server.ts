import type { ICluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster'
import { POSTGRES } from '../src/spec/facts/postgres.ts'
import type { Settings } from '../src/spec/settings.ts'
import { priorityClass } from './names.ts'
import { onOwnNodes } from './nodes.ts'
import { databaseSize, guaranteed, mebibytes } from './sizes.ts'

/**
 * One server of PostgreSQL beside those that people work on. Nothing rests on it, so it yields to everything that does; its
 * volumes are those of the originals, whose data it takes.
 *
 * @param settings of the tenant, or of shared servers, with the cores and the memory of this server
 */
export function loneServer(
  settings: Pick<Settings, 'database' | 'nodePool' | 'place'>,
  labels: Record<string, string>,
): ICluster['spec'] & object {
  const { database, place } = settings
  const storageClass = place.blockStorage === undefined ? {} : { storageClass: place.blockStorage }
  return {
    instances: 1,
    imageName: POSTGRES.images[database.major],
    inheritedMetadata: { labels },
    priorityClassName: priorityClass({ tier: 'bronze' }),
    enableSuperuserAccess: false,
    enablePDB: false,
    affinity: onOwnNodes(settings),
    resources: guaranteed(databaseSize(settings)),
    storage: { size: mebibytes(database.size), ...storageClass },
    ...(database.walSize === undefined ? {} : { walStorage: { size: mebibytes(database.walSize), ...storageClass } }),
  }
}
