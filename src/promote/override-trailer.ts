import { GATES, type GateName } from './gate.ts'
import { trailerValue } from './trailers.ts'

/** An override as a commit tells of it. */
export interface ToldOverride {
  /** `production/acme` */
  readonly unit: string
  readonly gate: GateName
  readonly by: string
  /** Who opened the gate with the one who asked; absent where the commit does not say. */
  readonly second?: string
  readonly reason: string
}

export const OVERRIDE_TRAILER = 'Waybill-Override'

/** The trailer of an override: `Waybill-Override: production/acme calendar by Ines with maria: the tills are down`. */
export function overrideTrailer({ unit, gate, by, second, reason }: ToldOverride): string {
  const people = second === undefined ? by : `${by} with ${second}`
  return `${OVERRIDE_TRAILER}: ${unit} ${gate} by ${trailerValue(people)}: ${trailerValue(reason)}`
}

/** The value of such a trailer, `undefined` when it is none. No name of a person holds a colon. */
export function readOverrideTrailer(value: string): ToldOverride | undefined {
  const [, unit = '', name, by = '', second, reason = ''] =
    /^(\S+\/\S+) (\S+) by ([^:]+?)(?: with ([^:]+?))?: (.*)$/.exec(value) ?? []
  const gate = GATES.find(known => known === name)
  if (gate === undefined) return undefined
  return { unit, gate, by, ...(second === undefined ? {} : { second }), reason }
}
