import type { FieldPath } from '../manifest/path.ts'
import { ledgerOf } from './ledger.ts'
import { type Monitoring, monitoringOf } from './observability.ts'
import type { Derivations, Place } from './settings.ts'
import { placeOf } from './settle.ts'
import { layersOf, type Unit } from './unit.ts'

/** What the part of an environment that its tenants share is made from. */
export interface PlatformSettings {
  readonly platform: string
  readonly environment: string
  readonly production: boolean
  readonly place: Place
  /** Absent where nobody asked for it: tenants of a high tier are watched all the same. */
  readonly monitoring?: Monitoring
}

/** Fills in every default of a platform unit. Pure: the two halves of the unit decide everything. */
export function settlePlatform(unit: Unit): { settings: PlatformSettings; derivations: Derivations } {
  const home: FieldPath = ['environments', unit.environment]
  const { find, say, derivations } = ledgerOf(layersOf(unit), home)
  const platform = String(unit.promoted.platform.name)
  const asked = find('observability')
  const enabled = asked !== undefined && find<boolean>('observability.enabled')?.value !== false
  say('observability', enabled, asked === undefined ? 'nobody asked' : 'stated', asked?.key ?? home)
  return {
    settings: {
      platform,
      environment: unit.environment,
      production: unit.production,
      place: placeOf(find),
      ...(enabled ? { monitoring: monitoringOf(find, platform) } : {}),
    },
    derivations,
  }
}
