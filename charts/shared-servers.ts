import { Construct } from 'constructs'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import type { SharedServers as Offered } from '../src/spec/tenancy.ts'
import { TIER_DEFAULTS } from '../src/spec/tier.ts'
import { Backup } from './backup.ts'
import { Hibernation } from './hibernation.ts'
import { metadata, NAMES, SHARED_TENANT } from './names.ts'
import { addNamespace } from './namespaces.ts'
import { SharedNetwork } from './network.ts'
import { add } from './object.ts'
import { Postgres } from './postgres.ts'
import { dataQuotaOf } from './quota.ts'
import { restoredCluster } from './restored-cluster.ts'

/** PostgreSQL servers that tenants of an environment share, in a namespace that is none of theirs. */
export class SharedServers extends Construct {
  constructor(scope: Construct, id: string, settings: PlatformSettings, offered: Offered) {
    super(scope, id)
    const { sleep } = settings
    const { backup } = offered
    const servers = serversOf(settings, offered)
    addNamespace(this, servers, 'data', dataQuotaOf(servers))
    new SharedNetwork(this, 'network', servers)
    new Postgres(this, 'postgres', servers)
    if (backup !== undefined) {
      new Backup(this, 'backup', servers, backup)
      this.addRestored(servers)
    }
    if (sleep !== undefined) new Hibernation(this, 'hibernation', servers, sleep)
  }

  /** One tenant is restored out of the backup of all: from a server beside these, which a person brings up and takes away. */
  private addRestored(servers: ReturnType<typeof serversOf>) {
    const { restored: name, objectStore: store } = NAMES
    const cluster = restoredCluster(servers, { zone: 'data', name, store, until: MOMENT })
    add<IConfigMap>(
      this,
      'restored',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata(servers, 'data', name, 'ground'),
        data: { [`${name}.json`]: `${JSON.stringify(cluster, undefined, 2)}\n` },
      },
      'shared',
    )
  }
}

/** What a person puts the moment in the place of. */
export const MOMENT = 'MOMENT'

/** What shared servers are made from: the home, which is no tenant's, and what they offer. */
export function serversOf(settings: PlatformSettings, { database, backup }: Offered) {
  const { environment, tier, place, production, sleep } = settings
  return {
    tenant: SHARED_TENANT,
    environment,
    tier,
    production,
    place,
    database,
    shared: true,
    // Whoever shares may be anybody: what stands here is kept as if it were the most delicate of all.
    dataClass: 'confidential',
    compliance: [],
    sessions: 'database',
    spread: TIER_DEFAULTS[tier].spread,
    ...(backup === undefined ? {} : { backup }),
    ...(sleep === undefined ? {} : { schedule: sleep }),
  } as const
}
