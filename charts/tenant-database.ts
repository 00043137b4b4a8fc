import type { IDatabase } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Database'
import { Construct } from 'constructs'
import type { Settings } from '../src/spec/settings.ts'
import type { SharedServers } from '../src/spec/tenancy.ts'
import type { IDatabaseRole } from './database-role.ts'
import { databaseNamespace, KEEP, metadata, NAMES } from './names.ts'
import { add } from './object.ts'
import { addDatabaseUser } from './postgres.ts'

/**
 * The database of a tenant on servers that it shares, and the user that owns it. Both stand beside the servers, because
 * that is where the operator looks; and both stay in the servers when they are deleted here.
 */
export class TenantDatabase extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, servers: SharedServers) {
    super(scope, id)
    const { tenant, database } = settings
    const namespace = databaseNamespace(settings)
    const cluster = { name: NAMES.database }
    const password = databaseSecret(tenant)
    const placed = { ...metadata(settings, 'data', tenant, 'data', KEEP), namespace }
    addDatabaseUser(this, settings, database.owner, { name: password, namespace })
    add<IDatabaseRole>(
      this,
      'role',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'DatabaseRole',
        metadata: placed,
        spec: {
          cluster,
          name: database.owner,
          login: true,
          // What is open at worst fits in; anything beyond is a fault, and must not be the fault of the others.
          connectionLimit: servers.connections,
          passwordSecret: { name: password },
          databaseRoleReclaimPolicy: 'retain',
        },
      },
      { '': 'tenancy', 'spec.connectionLimit': 'shared.connections' },
    )
    add<IDatabase>(
      this,
      'database',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Database',
        metadata: placed,
        spec: { cluster, name: database.name, owner: database.owner, databaseReclaimPolicy: 'retain' },
      },
      'tenancy',
    )
  }
}

/** The Secret with a tenant's password beside shared servers. */
export function databaseSecret(tenant: string): string {
  return `${tenant}-${NAMES.database}`
}
