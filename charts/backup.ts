import type { IBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Backup'
import type { IScheduledBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/ScheduledBackup'
import { Construct } from 'constructs'
import type { Archive } from '../src/spec/elsewhere.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import {
  archivePath,
  BACKUP_PLUGIN,
  databaseNamespace,
  follows,
  type Home,
  metadata,
  NAMES,
  storeKeysOf,
  storeOf,
} from './names.ts'
import { add } from './object.ts'
import { addObjectStore } from './object-store.ts'

const BY_PLUGIN = {
  cluster: { name: NAMES.database },
  method: 'plugin',
  pluginConfiguration: { name: BACKUP_PLUGIN },
  target: 'prefer-standby',
} as const

/** Where the backups of servers go, and when they are made. */
export class Backup extends Construct {
  constructor(
    scope: Construct,
    id: string,
    settings: Home & Pick<Settings, 'place' | 'replica'>,
    backup: NonNullable<Settings['backup']>,
  ) {
    super(scope, id)
    const { place } = settings
    addExternalSecret(this, settings, {
      zone: 'data',
      name: NAMES.objectStoreKeys,
      remote: 'object-storage',
      properties: { accessKeyId: 'accessKeyId', secretAccessKey: 'secretAccessKey' },
      decidedBy: 'backup.schedule',
    })
    addObjectStore(this, settings, {
      zone: 'data',
      name: NAMES.objectStore,
      keys: NAMES.objectStoreKeys,
      path: archivePath(settings, place.bucket),
      ...(place.bucketEndpoint === undefined ? {} : { endpoint: place.bucketEndpoint }),
      retentionDays: backup.retentionDays,
      annotations: promises(backup),
      decidedBy: { '': 'backup.schedule', 'spec.retentionPolicy': 'backup.retention' },
    })
    add<IScheduledBackup>(
      this,
      'schedule',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'ScheduledBackup',
        metadata: metadata(settings, 'data', NAMES.objectStore, 'data'),
        spec: {
          ...BY_PLUGIN,
          schedule: backup.schedule,
          immediate: true,
          backupOwnerReference: 'self',
          ...(backup.suspended || follows(settings) ? { suspend: true } : {}),
        },
      },
      'backup.schedule',
    )
  }
}

/** The archive of the environment that this one follows, or that follows this one. */
export class OtherArchive extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, { environment, bucket, endpoint }: Archive) {
    super(scope, id)
    const keys = storeKeysOf(environment)
    addExternalSecret(this, settings, {
      zone: 'data',
      name: keys,
      remote: keys,
      properties: { accessKeyId: 'accessKeyId', secretAccessKey: 'secretAccessKey' },
      decidedBy: 'replica',
    })
    addObjectStore(this, settings, {
      zone: 'data',
      name: storeOf(environment),
      keys,
      path: archivePath({ tenant: settings.tenant, environment }, bucket),
      ...(endpoint === undefined ? {} : { endpoint }),
      decidedBy: 'replica',
    })
  }
}

/** The backup that is made before a release: of the servers of the tenant, or of those that it shares. */
export class BackupBeforeRelease extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { release, servers, tenant } = settings
    const name = servers === undefined ? `before-${release.id}` : `before-${tenant}-${release.id}`
    add<IBackup>(
      this,
      'backup',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Backup',
        metadata: {
          ...metadata(settings, 'data', name, 'backup'),
          namespace: databaseNamespace(settings),
        },
        spec: BY_PLUGIN,
      },
      'release',
    )
  }
}

/** What the bucket has to keep to besides, for whoever judges the manifests: the operator itself reads none of it. */
function promises({ lockDays, offsite }: NonNullable<Settings['backup']>): Record<string, string> {
  return {
    ...(lockDays === undefined ? {} : { 'waybill.dev/object-lock-days': String(lockDays) }),
    ...(offsite === undefined ? {} : { 'waybill.dev/offsite': `${offsite.region}/${offsite.bucket}` }),
  }
}
