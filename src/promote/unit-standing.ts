import { environmentsOf, PLATFORM_UNIT, type Platform, sourceOf } from '../spec/platform.ts'
import { recordedUnit } from '../synth/plan.ts'
import type { TreeReader } from '../synth/tree.ts'
import { short } from '../synth/unit-file.ts'
import { HOLDS_FILE, heldRevisions, readHolds } from './hold.ts'

/** What one environment has of one unit. Revisions are their first digits. */
export interface UnitState {
  /** Absent where the unit has not come yet. */
  readonly revision: string | undefined
  /** What the environment before it has and this one has not. */
  readonly waiting: string | undefined
  /** Whether what waits was rolled back here. */
  readonly onHold: boolean
}

export interface UnitStanding {
  readonly unit: string
  /** By environment; none where the unit does not live. */
  readonly states: ReadonlyMap<string, UnitState>
}

/** Where each unit stands on its way, by what `unit.json` records in each environment: the platform unit, then tenants by name. */
export function unitStandings(platform: Platform, reader: TreeReader): readonly UnitStanding[] {
  const holds = readHolds(reader.read(HOLDS_FILE))
  const units = [PLATFORM_UNIT, ...platform.tenants.filter(({ retired }) => !retired).map(({ name }) => name)]
  return units.map(unit => ({
    unit,
    states: new Map(
      environmentsOf(platform, unit).map(({ name }) => {
        const revisionIn = (environment: string) => recordedUnit(reader, environment, unit)?.revision
        const source = sourceOf(platform, unit, name)
        const [own, before] = [revisionIn(name), source === undefined ? undefined : revisionIn(source.name)]
        const waits = before !== undefined && before !== own
        const state: UnitState = {
          revision: own === undefined ? undefined : short(own),
          waiting: waits ? short(before) : undefined,
          onHold: waits && heldRevisions(holds, name, unit).has(before),
        }
        return [name, state]
      }),
    ),
  }))
}
