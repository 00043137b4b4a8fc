import type { Construct } from 'constructs'
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar'
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, type Zone } from './names.ts'
import { add, type DecidedBy } from './object.ts'
import { BACKUP_SIDECAR, guaranteed } from './sizes.ts'

interface SecretKey {
  readonly name: string
  readonly key: string
}

/** The fields of barmancloud.cnpg.io/v1 ObjectStore (plugin-barman-cloud 0.14, July 2026) that are used here. */
interface IObjectStore {
  readonly apiVersion: 'barmancloud.cnpg.io/v1'
  readonly kind: 'ObjectStore'
  readonly metadata: ReturnType<typeof metadata>
  readonly spec: {
    readonly configuration: {
      readonly destinationPath: string
      readonly endpointURL?: string
      readonly s3Credentials: { readonly accessKeyId: SecretKey; readonly secretAccessKey: SecretKey }
      readonly wal: { readonly compression: 'zstd'; readonly maxParallel: number; readonly encryption?: 'AES256' }
      readonly data: { readonly compression: 'snappy'; readonly jobs: number; readonly encryption?: 'AES256' }
    }
    readonly retentionPolicy?: string
    readonly instanceSidecarConfiguration: {
      readonly resources: IResourceRequirements
      readonly env?: readonly IEnvVar[]
    }
  }
}

/** A place in a bucket, and the Secret that opens it. */
interface ObjectStore {
  readonly zone: Zone
  readonly name: string
  readonly keys: string
  readonly path: string
  /** Absent for AWS. */
  readonly endpoint?: string
  /** Absent where nobody may delete anything. */
  readonly retentionDays?: number
  readonly annotations?: Record<string, string>
  readonly decidedBy: string | DecidedBy
}

/** Recent S3 clients add checksums that only AWS understands. */
const PLAIN_S3: IEnvVar[] = [
  { name: 'AWS_REQUEST_CHECKSUM_CALCULATION', value: 'when_required' },
  { name: 'AWS_RESPONSE_CHECKSUM_VALIDATION', value: 'when_required' },
]

/** Adds a place for backups, for those who write them or for those who only read. */
export function addObjectStore(scope: Construct, settings: Settings, store: ObjectStore) {
  const { zone, name, keys, path, endpoint, retentionDays, annotations, decidedBy } = store
  // AWS encrypts at rest when asked to; of other stores nobody knows whether they understand the question.
  const encryption = endpoint === undefined ? ({ encryption: 'AES256' } as const) : {}
  add<IObjectStore>(
    scope,
    `${zone}-${name}`,
    {
      apiVersion: 'barmancloud.cnpg.io/v1',
      kind: 'ObjectStore',
      metadata: metadata(settings, zone, name, 'ground', annotations),
      spec: {
        configuration: {
          destinationPath: path,
          ...(endpoint === undefined ? {} : { endpointURL: endpoint }),
          s3Credentials: {
            accessKeyId: { name: keys, key: 'accessKeyId' },
            secretAccessKey: { name: keys, key: 'secretAccessKey' },
          },
          wal: { compression: 'zstd', maxParallel: 4, ...encryption },
          data: { compression: 'snappy', jobs: 2, ...encryption },
        },
        ...(retentionDays === undefined ? {} : { retentionPolicy: `${retentionDays}d` }),
        instanceSidecarConfiguration: {
          resources: guaranteed(BACKUP_SIDECAR),
          ...(endpoint === undefined ? {} : { env: PLAIN_S3 }),
        },
      },
    },
    decidedBy,
  )
}
