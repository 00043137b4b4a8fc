import type { FieldPath } from '../manifest/path.ts'
import type { Holidays } from './business-day.ts'
import type { Recurrence, Weekly } from './recurrence.ts'

/** What a freeze stops: `full` everything, `app` the tenants' units but not the unit that an environment shares. */
export const LEVELS = ['full', 'app'] as const
type Level = (typeof LEVELS)[number]

/** Something in calendar.yaml that cannot be read, and where. */
export interface Problem {
  readonly at: FieldPath
  readonly message: string
}

/** Whom a freeze or a brake concerns; a list that is absent leaves nobody out. */
export interface Scope {
  readonly tenants: readonly string[] | undefined
  readonly environments: readonly string[] | undefined
}

/** No changes while it lasts. */
export interface Freeze extends Scope {
  readonly name: string
  readonly at: FieldPath
  readonly recurrence: Recurrence
  readonly level: Level
  readonly risk: readonly string[] | undefined
}

/** More load than usual, `factor` times the base. */
export interface Peak {
  readonly name: string
  readonly at: FieldPath
  readonly recurrence: Recurrence
  readonly factor: number
}

/** When there is one, changes are made only inside one. */
export interface ChangeWindow {
  readonly at: FieldPath
  readonly recurrence: Recurrence
}

/** Everything stops until a person releases it. */
export interface Brake extends Scope {
  readonly at: FieldPath
  readonly reason: string
  readonly by: string
}

/** One calendar of calendar.yaml, with the brake that stands in the same file. */
export interface Calendar {
  readonly name: string
  /** Every wall-clock time in it is read in this zone, whatever the zone of the cluster or of the reader. */
  readonly timezone: string
  readonly holidays: Holidays
  /** Empty when none are given. */
  readonly businessHours: readonly Weekly[]
  /** Its own first, then those of its presets. */
  readonly freezes: readonly Freeze[]
  readonly peaks: readonly Peak[]
  readonly windows: readonly ChangeWindow[]
  readonly brake: Brake | undefined
}

/** A calendar that says nothing that can be relied upon: nothing may change under it. */
export interface UnreadableCalendar {
  readonly name: string
  /** At least one. */
  readonly problems: readonly Problem[]
}
