import type { Asking } from './asking.ts'
import { CLASHES, MODULES } from './facts/modules.ts'
import type { OdooSeries } from './facts/odoo.ts'
import type { StatedModule } from './stated-release.ts'

interface Known {
  readonly series: readonly OdooSeries[]
  readonly instead?: string
}

/**
 * Whether the modules of a release can be installed in its series. Odoo itself says so in one line of its log and goes on
 * without the module, and with it without whatever was kept there.
 */
export function checkModules({ release, contradict }: Asking, stated: readonly StatedModule[]): void {
  const { odoo, modules } = release.value
  const key = [...release.key, 'modules']
  const against = [...release.key, 'odoo']
  for (const name of modules) {
    const known: Known | undefined = Object.hasOwn(MODULES, name) ? MODULES[name as keyof typeof MODULES] : undefined
    if (known === undefined || known.series.includes(odoo)) continue
    contradict({
      message: `the module "${name}" is not there for Odoo ${odoo}, only for ${known.series.join(', ')}`,
      hint:
        known.instead === undefined
          ? 'leave it out, or stay with a series that has it'
          : `is "${known.instead}" what you need?`,
      key,
      against,
    })
  }
  for (const { name, version } of stated) {
    if (version === undefined || seriesOf(version) === undefined || seriesOf(version) === odoo) continue
    contradict({
      message: `the module "${name}" has version ${version}, and Odoo ${odoo} leaves it out without a word`,
      hint: `bring one of series ${odoo} into the image: ${odoo}.${version.split('.').slice(2).join('.')}`,
      key,
      against,
    })
  }
  for (const [one, other, how] of CLASHES) {
    if (!modules.includes(one) || !modules.includes(other)) continue
    contradict({
      message: `the module "${one}" does not get along with "${other}", ${how}`,
      hint: 'leave one of them out',
      key,
    })
  }
}

/** The series that a version names: Odoo takes one of two or three parts to be of its own series (module.py). */
function seriesOf(version: string): string | undefined {
  const parts = version.split('.')
  return parts.length < 4 ? undefined : parts.slice(0, 2).join('.')
}
