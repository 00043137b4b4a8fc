import type { Evidence } from '../lint/finding.ts'
import { evidenceAt, type Place } from './evidence.ts'
import type { OdooContainer } from './odoo-container.ts'

/** Where the value of an option is written; of one that nobody wrote, the file or else the container that lacks it. */
export function settingPlace(odoo: OdooContainer, name: string): Place {
  return odoo.config.setting(name)?.place ?? odoo.config.file?.place ?? containerPlace(odoo)
}

export function containerPlace({ workload, container }: OdooContainer): Place {
  return { source: workload.source, at: container.at }
}

/** How a message names whoever a place belongs to: `container "web"`, or the file: `"odoo.conf"`. */
export function subjectAt({ workload, container }: OdooContainer, { source, at }: Place): string {
  return source === workload.source ? `container "${container.name}"` : `"${at.at(-1)}"`
}

/** The place of an option as evidence, for a finding that stands elsewhere; none when nobody wrote it, or it is there. */
export function settingEvidence(odoo: OdooContainer, name: string): readonly Evidence[] {
  const setting = odoo.config.setting(name)
  if (setting?.place === undefined || setting.place.source === odoo.workload.source) return []
  return [evidenceAt(setting.place, `${name} = ${setting.value ?? 'a value from elsewhere'}`)]
}
