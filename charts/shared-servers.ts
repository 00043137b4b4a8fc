import { Construct } from 'constructs'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import type { SharedServers as Servers } from '../src/spec/tenancy.ts'
import { TIER_DEFAULTS } from '../src/spec/tier.ts'
import { Backup } from './backup.ts'
import { Hibernation } from './hibernation.ts'
import { SHARED_TENANT } from './names.ts'
import { addNamespace } from './namespaces.ts'
import { SharedNetwork } from './network.ts'
import { Postgres } from './postgres.ts'
import { dataQuotaOf } from './quota.ts'

/** PostgreSQL servers that tenants of an environment share, in a namespace that is none of theirs. */
export class SharedServers extends Construct {
  constructor(scope: Construct, id: string, settings: PlatformSettings, { database, backup }: Servers) {
    super(scope, id)
    const { environment, tier, place, production, sleep } = settings
    const servers = {
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
    addNamespace(this, servers, 'data', dataQuotaOf(servers))
    new SharedNetwork(this, 'network', servers)
    new Postgres(this, 'postgres', servers)
    if (backup !== undefined) new Backup(this, 'backup', servers, backup)
    if (sleep !== undefined) new Hibernation(this, 'hibernation', servers, sleep)
  }
}
