import { Construct } from 'constructs'
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim'
import type { Settings } from '../src/spec/settings.ts'
import { KEEP, metadata, NAMES } from './names.ts'
import { add } from './object.ts'
import { mebibytes } from './sizes.ts'

/** The volume of the attachments, which every pod of Odoo mounts: a rollout alone needs two at the same time. */
export class Filestore extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, size: number) {
    super(scope, id)
    add<IPersistentVolumeClaim>(
      this,
      'claim',
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        // With the migration, its first user: where volumes wait for a user, Argo CD would wait for a volume for ever.
        metadata: metadata(settings, 'app', NAMES.filestore, 'migrate', KEEP),
        spec: {
          accessModes: ['ReadWriteMany'],
          storageClassName: settings.place.sharedStorage,
          resources: { requests: { storage: mebibytes(size) } },
        },
      },
      'filestore.size',
    )
  }
}
