import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf } from '../manifest/value.ts'
import type { Asking } from './asking.ts'
import { parseDuration } from './duration.ts'
import { INDICATORS, type IndicatorName, QUERIES } from './facts/indicators.ts'
import { FALLBACKS, type Fallback } from './runbook.ts'
import { closed, duration, NAME, named, type Schema, text, whole } from './schema-terms.ts'

/** One process of the business: by what it is judged, who answers for it, and how it goes on without Odoo. */
export interface BusinessProcess {
  readonly name: string
  readonly owner: string
  readonly indicator?: IndicatorName
  /** Fewer than this, in the hours in which it holds, is an alert. */
  readonly least?: number
  /** More than this is an alert. */
  readonly most?: number
  /** Hours of the day, in UTC, in which the bounds hold: from the first up to, not including, the second. */
  readonly hours?: readonly [from: number, to: number]
  readonly fallback?: Fallback
  /** Seconds for which the business can do without it. */
  readonly tolerance?: number
}

const HOURS = '^([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-4])$'

export const PROCESSES_SCHEMA: Schema = named(
  'Processes of the business, by name.',
  closed('A process: by what it is judged, who answers for it, and how it goes on without Odoo.', {
    owner: text('The team that answers for it. Default: the owner of the tenant.', { pattern: NAME }),
    indicator: { enum: Object.keys(INDICATORS), description: 'The number that tells whether it works.' },
    least: whole('Fewer than this is an alert.', 0),
    most: whole('More than this is an alert.', 0),
    hours: text('Hours of the day in UTC in which the bounds hold. Default: 0-24.', {
      pattern: HOURS,
      examples: ['7-19'],
    }),
    fallback: { enum: [...FALLBACKS], description: 'The page that tells how to go on by hand.' },
    tolerance: duration('How long the business can do without it.'),
  }),
)

/** The processes that the tenant declares, by name; each one that is judged has to find its number in the database. */
export function processesOf({ unit, release, say, contradict }: Asking, owner: string): BusinessProcess[] {
  const at: FieldPath = ['tenants', unit.name, 'processes']
  const declared = Object.entries(fieldsOf(fieldsOf(unit.promoted.tenant).processes)).map(([name, value]) => {
    const { indicator, least, most, hours, fallback, tolerance, owner: own } = fieldsOf(value)
    const process: BusinessProcess = {
      name,
      owner: String(own ?? owner),
      ...(indicator === undefined ? {} : { indicator: indicator as IndicatorName }),
      ...(least === undefined ? {} : { least: Number(least) }),
      ...(most === undefined ? {} : { most: Number(most) }),
      ...(hours === undefined ? {} : { hours: String(hours).split('-').map(Number) as [number, number] }),
      ...(fallback === undefined ? {} : { fallback: fallback as Fallback }),
      ...(tolerance === undefined ? {} : { tolerance: parseDuration(tolerance as string) ?? 0 }),
    }
    return process
  })
  for (const { name, indicator, least, most, hours } of declared) {
    const key = [...at, name]
    if (indicator === undefined && (least ?? most) !== undefined) {
      contradict({
        message: `the process "${name}" has a bound and no indicator that it could bound`,
        hint: 'add an indicator, or leave out least and most',
        key,
      })
    }
    if (hours !== undefined && ((least ?? most) === undefined || hours[0] >= hours[1])) {
      contradict({
        message: `the hours of the process "${name}" hold for no bound`,
        hint: 'state least or most, and hours that begin before they end',
        key: [...key, 'hours'],
      })
    }
    if (indicator === undefined) continue
    const modules: readonly string[] = QUERIES[INDICATORS[indicator].query].modules
    if (modules.length === 0 || modules.some(module => release.value.modules.includes(module))) continue
    contradict({
      message: `the process "${name}" is judged by ${indicator}, which needs one of the modules ${modules.join(', ')}`,
      hint: 'add the module to release.modules, or choose another indicator',
      key: [...key, 'indicator'],
      against: release.key,
    })
  }
  return say('processes', declared, 'stated', at).value
}
