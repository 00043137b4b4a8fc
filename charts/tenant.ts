import { Chart } from 'cdk8s'
import type { Construct } from 'constructs'
import type { Settings } from '../src/spec/settings.ts'
import { Analytics } from './analytics.ts'
import { Backup } from './backup.ts'
import { DataAccess } from './data-access.ts'
import { Filestore } from './filestore.ts'
import { Ingress } from './ingress.ts'
import { follows } from './names.ts'
import { Namespaces } from './namespaces.ts'
import { Network } from './network.ts'
import { OdooConfig } from './odoo-config.ts'
import { OdooCron } from './odoo-cron.ts'
import { OdooMigrate } from './odoo-migrate.ts'
import { OdooQueue } from './odoo-queue.ts'
import { OdooScripts } from './odoo-scripts.ts'
import { OdooWeb } from './odoo-web.ts'
import { OdooWebsocket } from './odoo-websocket.ts'
import { Pooler } from './pooler.ts'
import { Postgres } from './postgres.ts'
import { Redis } from './redis.ts'
import { Rehearsal } from './rehearsal.ts'
import { RestoreTest } from './restore-test.ts'
import { Watch } from './watch.ts'

/** One tenant in one environment: its namespaces, and everything in them. */
export class TenantUnit extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    new Namespaces(this, 'namespaces', settings)
    new Network(this, 'network', settings)
    new Postgres(this, 'postgres', settings)
    if (settings.data !== undefined) new DataAccess(this, 'data', settings, settings.data)
    if (settings.data?.replica === true) new Analytics(this, 'analytics', settings)
    if (settings.pooler !== undefined) new Pooler(this, 'pooler', settings, settings.pooler)
    if (settings.backup !== undefined) new Backup(this, 'backup', settings, settings.backup)
    if (settings.recovery !== undefined) new RestoreTest(this, 'restore-test', settings, settings.recovery)
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
  }
}
