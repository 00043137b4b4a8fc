import type { IPooler } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Pooler'
import { Construct } from 'constructs'
import { POSTGRES } from '../src/spec/facts/postgres.ts'
import type { Pooler as PoolerSettings, Settings } from '../src/spec/settings.ts'
import { addDisruptionBudget } from './disruption-budget.ts'
import { metadata, NAMES, priorityClass, tenantLabels } from './names.ts'
import { onOwnNodes } from './nodes.ts'
import { add } from './object.ts'
import { POOLER, resources } from './sizes.ts'
import { spreadRevision } from './spread.ts'

/**
 * PgBouncer between the web pods and the primary. It gives a server connection back after each transaction, so whatever
 * listens, or locks for longer, has to go around it: the live connections, scheduled actions, jobs and migrations do.
 */
export class Pooler extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, pooler: PoolerSettings) {
    super(scope, id)
    const selector = { 'cnpg.io/poolerName': NAMES.pooler }
    add<IPooler>(
      this,
      'pooler',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Pooler',
        metadata: metadata(settings, 'data', NAMES.pooler, 'data'),
        spec: {
          cluster: { name: NAMES.database },
          type: 'rw',
          instances: pooler.instances,
          pgbouncer: {
            poolMode: 'transaction',
            parameters: {
              default_pool_size: String(pooler.poolSize),
              max_client_conn: String(pooler.maxClients),
              // Without it the pooler may open more connections than the database it protects has.
              max_db_connections: String(pooler.poolSize + POSTGRES.poolReserve),
              query_wait_timeout: '30',
              reserve_pool_size: String(POSTGRES.poolReserve),
              server_idle_timeout: '120',
            },
          },
          template: {
            metadata: { labels: tenantLabels(settings, 'data') },
            spec: {
              // The operator fills in the rest of the container by its name.
              containers: [{ name: 'pgbouncer', resources: resources(POOLER) }],
              priorityClassName: priorityClass(settings),
              ...onOwnNodes(settings),
              topologySpreadConstraints: spreadRevision(settings, selector),
            },
          },
        },
      },
      { '': 'database.pooler', 'spec.pgbouncer.parameters': 'database.maxConnections' },
    )
    const of = { zone: 'data', name: NAMES.pooler, wave: 'data', decidedBy: 'database.pooler' } as const
    addDisruptionBudget(this, settings, of, selector)
  }
}
