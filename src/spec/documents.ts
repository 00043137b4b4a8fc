import type { Asking, Known } from './asking.ts'
import { BUCKET, closed, type Schema, size, text } from './schema-terms.ts'
import type { Settings } from './settings.ts'

/** Where attachments are: on a volume, in a bucket, or on a volume while they move. */
export interface Filestore {
  /** MiB of the volume; absent where there is none. */
  readonly size?: number
  readonly bucket?: { readonly name: string; readonly module: DocumentModule }
}

/** Modules that put attachments into a bucket, the preferred one first. */
const MODULES = ['fs_attachment', 'attachment_s3'] as const
type DocumentModule = (typeof MODULES)[number]

export const FILESTORE_SCHEMA: Schema = closed('Attachments.', {
  size: size('Volume of the attachments. Default: 20Gi.'),
  volume: {
    type: 'boolean',
    description: 'False once every attachment is in a bucket. Default: true.',
  },
  bucket: text(
    'The bucket of the attachments, where fs_attachment or attachment_s3 is in the release. Default: <tenant>-<environment>-documents.',
    { pattern: BUCKET },
  ),
})

/**
 * A module in the release makes new attachments go to the bucket; the volume stays until somebody says that none is left
 * on it, for Odoo shows an attachment that it cannot find as an empty file.
 */
export function filestoreOf(asking: Asking, sessions: Known<Settings['sessions']>): Filestore {
  const { unit, home, release, find, settle, mebibytes, say, contradict } = asking
  const module = MODULES.find(name => release.value.modules.includes(name))
  const asked = find<string>('filestore.bucket')
  const volume = settle('filestore.volume', () => [true, 'default', home])
  const named = asked ?? { value: `${unit.name}-${unit.environment}-documents`, key: release.key }
  if (asked !== undefined && module === undefined) {
    contradict({
      message: `filestore.bucket needs one of the modules ${MODULES.join(', ')}, and the release has neither`,
      hint: 'add one to release.modules, and to the image',
      key: asked.key,
      against: release.key,
    })
  }
  if (!volume.value && module === undefined) {
    contradict({
      message: 'there is no volume for attachments, and no module that would put them into a bucket',
      hint: `add ${MODULES.join(' or ')} to release.modules, or leave out filestore.volume`,
      key: volume.key,
      against: release.key,
    })
  }
  if (!volume.value && sessions.value === 'filestore') {
    contradict({
      message: 'logins are kept beside the attachments, and there is no volume for them',
      hint: 'add session_db to release.modules, or leave out filestore.volume',
      key: volume.key,
      against: sessions.key,
    })
  }
  const bucket =
    module === undefined
      ? undefined
      : {
          name: say('filestore.bucket', named.value, asked === undefined ? `the module ${module}` : 'stated', named.key)
            .value,
          module,
        }
  return {
    ...(volume.value ? { size: mebibytes('filestore.size', () => [20 * 1024, 'default', home]).value } : {}),
    ...(bucket === undefined ? {} : { bucket }),
  }
}
