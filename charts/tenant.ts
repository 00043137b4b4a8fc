import { Chart } from 'cdk8s'
import type { Construct } from 'constructs'
import type { Settings } from '../src/spec/settings.ts'
import { Access } from './access.ts'
import { Analytics } from './analytics.ts'
import { Backup, BackupBeforeRelease, OtherArchive } from './backup.ts'
import { DataAccess } from './data-access.ts'
import { Filestore } from './filestore.ts'
import { Hibernation } from './hibernation.ts'
import { Ingress } from './ingress.ts'
import { follows, zonesOf } from './names.ts'
import { Namespaces } from './namespaces.ts'
import { Network } from './network.ts'
import { OdooConfig } from './odoo-config.ts'
import { OdooCron } from './odoo-cron.ts'
import { OdooMigrate } from './odoo-migrate.ts'
import { OdooQueue } from './odoo-queue.ts'
import { OdooScripts } from './odoo-scripts.ts'
import { OdooWeb } from './odoo-web.ts'
import { OdooWebsocket } from './odoo-websocket.ts'
import { OfficeHours } from './office-hours.ts'
import { Pooler } from './pooler.ts'
import { Postgres } from './postgres.ts'
import { Redis } from './redis.ts'
import { Rehearsal } from './rehearsal.ts'
import { RestoreTest } from './restore-test.ts'
import { RightSizing } from './right-sizing.ts'
import { TenantDatabase } from './tenant-database.ts'
import { Watch } from './watch.ts'

/** One tenant in one environment: its namespaces, and everything in them. */
export class TenantUnit extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    new Namespaces(this, 'namespaces', settings)
    new Network(this, 'network', settings)
    const { servers, schedule, groups, production } = settings
    if (servers === undefined) new Postgres(this, 'postgres', settings)
    else new TenantDatabase(this, 'database', settings, servers)
    if (settings.data !== undefined) new DataAccess(this, 'data', settings, settings.data)
    if (settings.data?.replica === true) new Analytics(this, 'analytics', settings)
    if (settings.pooler !== undefined) new Pooler(this, 'pooler', settings, settings.pooler)
    if (settings.backup !== undefined) new Backup(this, 'backup', settings, settings.backup)
    if (settings.replica !== undefined) new OtherArchive(this, 'other-archive', settings, settings.replica.other)
    if (settings.recovery !== undefined) new RestoreTest(this, 'restore-test', settings, settings.recovery)
    if ((servers ?? settings).backup !== undefined && !follows(settings)) {
      new BackupBeforeRelease(this, 'backup-before-release', settings)
    }
    if (settings.sessions === 'redis') new Redis(this, 'redis', settings)
    if (settings.filestore.size !== undefined) new Filestore(this, 'filestore', settings, settings.filestore.size)
    new OdooConfig(this, 'config', settings)
    new OdooScripts(this, 'scripts', settings)
    if (!follows(settings)) new OdooMigrate(this, 'migrate', settings)
    new OdooWeb(this, 'web', settings, 'web', settings.web)
    if (settings.apiPods !== undefined) new OdooWeb(this, 'api', settings, 'api', settings.apiPods)
    new OdooWebsocket(this, 'websocket', settings)
    new OdooCron(this, 'cron', settings)
    if (settings.queue !== undefined) new OdooQueue(this, 'queue', settings, settings.queue)
    new Ingress(this, 'ingress', settings)
    if (settings.rehearsal !== undefined) new Rehearsal(this, 'rehearsal', settings, settings.rehearsal)
    if (settings.observability !== undefined) new Watch(this, 'watch', settings, settings.observability)
    if (schedule !== undefined) {
      new OfficeHours(this, 'office-hours', settings, schedule)
      if (servers === undefined) new Hibernation(this, 'hibernation', settings, schedule)
    }
    if (settings.rightSizing) new RightSizing(this, 'right-sizing', settings)
    for (const zone of zonesOf(settings)) {
      new Access(this, `${zone}-access`, settings, zone, groups, production)
    }
  }
}
