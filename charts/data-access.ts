import type { IPublication } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Publication'
import { Construct } from 'constructs'
import type { DataAccess as DataAccessSettings, Reader } from '../src/spec/data.ts'
import type { Settings } from '../src/spec/settings.ts'
import type { IDatabaseRole } from './database-role.ts'
import { addExternalSecret } from './external-secret.ts'
import { metadata, NAMES } from './names.ts'
import { add } from './object.ts'

/**
 * Whoever uses the data besides Odoo: roles that read the tables they asked for and write none, and publications of tables
 * one by one. What they may read the migration grants, which knows which tables there are.
 */
export class DataAccess extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, data: DataAccessSettings) {
    super(scope, id)
    for (const reader of data.readers) this.addRole(settings, reader, false)
    for (const { publication, ...follower } of data.publications) {
      this.addRole(settings, follower, true)
      add<IPublication>(
        this,
        `publication-${follower.name}`,
        {
          apiVersion: 'postgresql.cnpg.io/v1',
          kind: 'Publication',
          // After the migration, which makes the tables.
          metadata: metadata(settings, 'data', follower.name, 'run'),
          spec: {
            cluster: { name: NAMES.database },
            dbname: settings.database.name,
            name: publication,
            target: { objects: follower.tables.map(name => ({ table: { name, schema: 'public' } })) },
            // The one who follows loses its place when a mistake in Git takes the publication away.
            publicationReclaimPolicy: 'retain',
          },
        },
        'data.publications',
      )
    }
    if (data.lake === undefined) return
    addExternalSecret(this, settings, {
      zone: 'app',
      name: NAMES.lake,
      remote: 'lake',
      properties: { accessKeyId: 'accessKeyId', secretAccessKey: 'secretAccessKey' },
      decidedBy: 'data',
    })
  }

  private addRole(settings: Settings, { name, role, connections }: Reader, replication: boolean) {
    const secret = `${replication ? 'follower' : 'reader'}-${name}`
    const decidedBy = replication ? 'data.publications' : 'data.readers'
    addExternalSecret(this, settings, {
      zone: 'data',
      name: secret,
      remote: secret,
      properties: { password: 'password' },
      template: { username: role, password: '{{ .password }}' },
      type: 'kubernetes.io/basic-auth',
      labels: { 'cnpg.io/reload': 'true' },
      decidedBy,
    })
    add<IDatabaseRole>(
      this,
      secret,
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'DatabaseRole',
        metadata: metadata(settings, 'data', secret, 'data'),
        spec: {
          cluster: { name: NAMES.database },
          name: role,
          login: true,
          connectionLimit: connections,
          ...(replication ? { replication: true } : {}),
          passwordSecret: { name: secret },
          databaseRoleReclaimPolicy: 'retain',
        },
      },
      decidedBy,
    )
  }
}

/** Who may read which tables as a whole, by role. */
export function readerGrants({ readers, publications }: DataAccessSettings): Record<string, Record<string, []>> {
  const all = [...readers, ...publications]
  return Object.fromEntries(all.map(({ role, tables }) => [role, Object.fromEntries(tables.map(name => [name, []]))]))
}
