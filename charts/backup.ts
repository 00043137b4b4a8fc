import type { IBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Backup'
import type { IScheduledBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/ScheduledBackup'
import { Construct } from 'constructs'
import type { Archive } from '../src/spec/elsewhere.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { archivePath, BACKUP_PLUGIN, follows, metadata, NAMES, storeKeysOf, storeOf } from './names.ts'
import { add } from './object.ts'
import { addObjectStore } from './object-store.ts'

/** Where the backups of the database go, and when they are made: every day, and before every release. */
export class Backup extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, backup: NonNullable<Settings['backup']>) {
    super(scope, id)
    const { place, release } = settings
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
    if (settings.replica !== undefined) this.addOther(settings, settings.replica.other)
    const byPlugin = {
      cluster: { name: NAMES.database },
      method: 'plugin',
      pluginConfiguration: { name: BACKUP_PLUGIN },
      target: 'prefer-standby',
    } as const
    add<IScheduledBackup>(
      this,
      'schedule',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'ScheduledBackup',
        metadata: metadata(settings, 'data', NAMES.objectStore, 'data'),
        spec: {
          ...byPlugin,
          schedule: backup.schedule,
          immediate: true,
          backupOwnerReference: 'self',
          ...(follows(settings) ? { suspend: true } : {}),
        },
      },
      'backup.schedule',
    )
    if (follows(settings)) return
    add<IBackup>(
      this,
      'before-release',
      {
        apiVersion: 'postgresql.cnpg.io/v1',
        kind: 'Backup',
        metadata: metadata(settings, 'data', `before-${release.id}`, 'backup'),
        spec: byPlugin,
      },
      'release',
    )
  }

  /** The archive of the environment that this one follows, or that follows this one. */
  private addOther(settings: Settings, { environment, bucket, endpoint }: Archive) {
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

/** What the bucket has to keep to besides, for whoever judges the manifests: the operator itself reads none of it. */
function promises({ lockDays, offsite }: NonNullable<Settings['backup']>): Record<string, string> {
  return {
    ...(lockDays === undefined ? {} : { 'waybill.dev/object-lock-days': String(lockDays) }),
    ...(offsite === undefined ? {} : { 'waybill.dev/offsite': `${offsite.region}/${offsite.bucket}` }),
  }
}
