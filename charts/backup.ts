import type { IBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/Backup'
import type { IScheduledBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1/ScheduledBackup'
import { Construct } from 'constructs'
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar'
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements'
import type { Settings } from '../src/spec/settings.ts'
import { addExternalSecret } from './external-secret.ts'
import { BACKUP_PLUGIN, metadata, NAMES } from './names.ts'
import { add } from './object.ts'
import { BACKUP_SIDECAR, guaranteed } from './sizes.ts'

type ObjectMeta = ReturnType<typeof metadata>

interface SecretKey {
  readonly name: string
  readonly key: string
}

/** The fields of barmancloud.cnpg.io/v1 ObjectStore (plugin-barman-cloud 0.14, July 2026) that are used here. */
interface IObjectStore {
  readonly apiVersion: 'barmancloud.cnpg.io/v1'
  readonly kind: 'ObjectStore'
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly configuration: {
      readonly destinationPath: string
      readonly endpointURL?: string
      readonly s3Credentials: { readonly accessKeyId: SecretKey; readonly secretAccessKey: SecretKey }
      readonly wal: { readonly compression: 'zstd'; readonly maxParallel: number; readonly encryption?: 'AES256' }
      readonly data: { readonly compression: 'snappy'; readonly jobs: number; readonly encryption?: 'AES256' }
    }
    readonly retentionPolicy: string
    readonly instanceSidecarConfiguration: {
      readonly resources: IResourceRequirements
      readonly env?: readonly IEnvVar[]
    }
  }
}

/** Recent S3 clients add checksums that only AWS understands. */
const PLAIN_S3: IEnvVar[] = [
  { name: 'AWS_REQUEST_CHECKSUM_CALCULATION', value: 'when_required' },
  { name: 'AWS_RESPONSE_CHECKSUM_VALIDATION', value: 'when_required' },
]

/** Where the backups of the database go, and when they are made: every day, and before every release. */
export class Backup extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, backup: NonNullable<Settings['backup']>) {
    super(scope, id)
    const { tenant, environment, place, release } = settings
    const { bucket, bucketEndpoint } = place
    // AWS encrypts at rest when asked to; of other stores nobody knows whether they understand the question.
    const encryption = bucketEndpoint === undefined ? ({ encryption: 'AES256' } as const) : {}
    addExternalSecret(this, settings, {
      zone: 'data',
      name: NAMES.objectStoreKeys,
      remote: 'object-storage',
      properties: { accessKeyId: 'accessKeyId', secretAccessKey: 'secretAccessKey' },
      decidedBy: 'backup.schedule',
    })
    add<IObjectStore>(
      this,
      'store',
      {
        apiVersion: 'barmancloud.cnpg.io/v1',
        kind: 'ObjectStore',
        metadata: metadata(settings, 'data', NAMES.objectStore, 'ground'),
        spec: {
          configuration: {
            destinationPath: `s3://${bucket}/${tenant}/${environment}`,
            ...(bucketEndpoint === undefined ? {} : { endpointURL: bucketEndpoint }),
            s3Credentials: {
              accessKeyId: { name: NAMES.objectStoreKeys, key: 'accessKeyId' },
              secretAccessKey: { name: NAMES.objectStoreKeys, key: 'secretAccessKey' },
            },
            wal: { compression: 'zstd', maxParallel: 4, ...encryption },
            data: { compression: 'snappy', jobs: 2, ...encryption },
          },
          retentionPolicy: `${backup.retentionDays}d`,
          instanceSidecarConfiguration: {
            resources: guaranteed(BACKUP_SIDECAR),
            ...(bucketEndpoint === undefined ? {} : { env: PLAIN_S3 }),
          },
        },
      },
      { '': 'backup.schedule', 'spec.retentionPolicy': 'backup.retention' },
    )
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
        spec: { ...byPlugin, schedule: backup.schedule, immediate: true, backupOwnerReference: 'self' },
      },
      'backup.schedule',
    )
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
}
