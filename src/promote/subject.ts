import type { Manifest } from '../manifest/manifest.ts'
import { valueAt } from '../manifest/path.ts'
import { labelsOf } from '../manifest/value.ts'
import type { Change } from './change.ts'

/** The role that the generator gives a manifest; foreign ones often say it with the common label. */
const ROLE_LABELS = ['waybill.dev/role', 'app.kubernetes.io/component'] as const

/** What a manifest is in the platform: `web`, `cron`, `migrate`; its name when no label says so. */
export function roleOf(manifest: Manifest): string {
  const labels = labelsOf(manifest.metadata.labels)
  for (const label of ROLE_LABELS) {
    const role = labels[label]
    if (role !== undefined && role !== '') return role
  }
  return manifest.metadata.name
}

/** The subject of one change: the object's, or `web/release-gate` inside a container that is not the main one. */
export function subjectAt(change: Change, manifest: Manifest, subject: string): string {
  const step = change.names.findIndex(name => /^(containers|(init|ephemeral)Containers)$/.test(name))
  const name = change.names[step + 1]?.slice(1, -1)
  if (step === -1 || name === undefined || name === subject) return subject
  const main = valueAt(manifest, [...change.at.slice(0, step + 1), 0, 'name'])
  return change.names[step] === 'containers' && name === main ? subject : `${subject}/${name}`
}
