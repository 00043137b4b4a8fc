import type { Manifest } from '../manifest/manifest.ts'
import { valueAt } from '../manifest/path.ts'
import { fieldsOf, labelsOf, listOf } from '../manifest/value.ts'
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

/**
 * The subject of one change: the object's, or `web/release-gate` inside a container that is not the only one and does
 * not go by the subject's own name.
 */
export function subjectAt(change: Change, sides: readonly Manifest[], subject: string): string {
  const step = change.names.findIndex(name => /^(containers|(init|ephemeral)Containers)$/.test(name))
  const name = change.names[step + 1]?.slice(1, -1)
  if (step === -1 || name === undefined || name === subject) return subject
  const list = change.at.slice(0, step + 1)
  const isOnly = sides.some(side => {
    const containers = listOf(valueAt(side, list))
    return containers.length === 1 && fieldsOf(containers[0]).name === name
  })
  return change.names[step] === 'containers' && isOnly ? subject : `${subject}/${name}`
}
