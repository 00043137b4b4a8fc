import type { ICluster } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Cluster'
import { Construct } from 'constructs'
import type { Settings, Size } from '../src/spec/settings.ts'
import { loneServer } from './lone-server.ts'
import { metadata, NAMES, namespaceName, promising, serviceHost, tenantLabels, tierLabel } from './names.ts'
import { add } from './object.ts'
import { parametersOf } from './postgres.ts'
import { databaseSize } from './sizes.ts'

/** The size of the server for readers: half of what people work on. */
export function analyticsSize(settings: Pick<Settings, 'database'>): Size {
  return databaseSize(halved(settings))
}

function halved<T extends Pick<Settings, 'database'>>(settings: T): T {
  const { database } = settings
  const cpu = Math.max(1, Math.ceil(database.cpu / 2))
  return { ...settings, database: { ...database, cpu, memory: Math.max(2_048, Math.floor(database.memory / 2)) } }
}

/**
 * A server for readers, which follows the others and is none of them: it is never promoted, no commit waits for it, and a
 * query that takes it down takes down nobody else.
 */
export class Analytics extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const small = halved(settings)
    // What is promised of it is what the lowest tier promises.
    const all = metadata(settings, 'data', NAMES.analytics, 'backup')
    const key = (name: string, entry: string) => ({ name, key: entry })
    add<ICluster>(
      this,
      'cluster',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Cluster',
        metadata: promising('bronze', all),
        spec: {
          ...loneServer(small, { ...tenantLabels(settings, 'data'), ...tierLabel('bronze') }),
          certificates: { serverCASecret: NAMES.databaseCa },
          postgresql: {
            parameters: {
              ...parametersOf(small),
              // A long query is what it is here for; it would else be ended by what the primary cleans up.
              max_standby_streaming_delay: '15min',
            },
          },
          bootstrap: { pg_basebackup: { source: NAMES.database } },
          replica: { enabled: true, source: NAMES.database },
          externalClusters: [
            {
              name: NAMES.database,
              connectionParameters: {
                dbname: 'postgres',
                host: serviceHost(`${NAMES.database}-rw`, namespaceName(settings, 'data')),
                sslmode: 'verify-full',
                user: 'streaming_replica',
              },
              // Made by the operator for the servers themselves.
              sslCert: key(`${NAMES.database}-replication`, 'tls.crt'),
              sslKey: key(`${NAMES.database}-replication`, 'tls.key'),
              sslRootCert: key(NAMES.databaseCa, 'ca.crt'),
            },
          ],
        },
      },
      'data.replica',
    )
  }
}
