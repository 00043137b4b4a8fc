import type { Environment } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { statedRelease } from '../spec/stated-release.ts'
import { unitNamed } from '../spec/unit.ts'
import { UNIT_FILE, unitFolder } from '../synth/layout.ts'
import { recordedUnit, unitChanges } from '../synth/plan.ts'
import { render } from '../synth/render.ts'
import type { FileChange } from '../synth/tree.ts'
import { localDigest, short } from '../synth/unit-file.ts'
import type { Held } from './candidate.ts'
import { differences } from './difference.ts'
import type { Gate } from './gate.ts'
import { calendarGate } from './gates.ts'
import { addHold, HOLDS_FILE } from './hold.ts'
import { migrationGate } from './migration-gate.ts'
import type { Operation } from './operation.ts'
import { manifestsOf, type World } from './plan.ts'
import { riskOf, type SetRisk } from './risk.ts'
import { schemaChanges } from './schema-change.ts'

/** What takes a unit back to a revision that it held before. */
export interface RollbackPlan {
  readonly environment: string
  readonly unit: string
  readonly revision: string
  readonly previous: string
  /** The files of the unit, and the hold. */
  readonly changes: readonly FileChange[]
  /** True when the local half is what it was then: the earlier bytes come back as they were. */
  readonly restored: boolean
  readonly operations: readonly Operation[]
  readonly risk: SetRisk
  /** Why the database holds another schema than the one that comes back expects; empty when it does not. */
  readonly schema: readonly string[]
  readonly gates: readonly Gate[]
}

/**
 * Plans a rollback: to the revision that the unit held before this one, or to a named one.
 *
 * @param to the digits of a revision, as many as tell it apart
 * @throws InputError when there is nothing to go back to: a unit that held one revision alone, or never held that one
 */
export function planRollback(
  world: World,
  environment: Environment,
  unit: string,
  to: string | undefined,
  hold: { readonly reason: string; readonly by: string },
): RollbackPlan {
  const { base, platform, generator } = world
  const subject = `${environment.name}/${unit}`
  const recorded = recordedUnit(base, environment.name, unit)
  const wanted = unitNamed(platform, environment, unit)
  if (recorded === undefined || wanted === undefined) {
    throw inputError(
      subject,
      'the unit is not there, so there is nothing to roll back',
      `look into environments/${environment.name}`,
    )
  }
  const history = world.history(environment.name, unit)
  const goal = goalOf(history, recorded.revision, to, subject)
  const then = world.at(goal.commit).reader
  const earlier = recordedUnit(then, environment.name, unit)
  if (earlier === undefined)
    throw inputError(subject, `the files of ${short(goal.revision)} are no longer in the history`)
  const restored = earlier.local === localDigest(wanted.local)
  const folder = unitFolder(environment.name, unit)
  const files = restored
    ? new Map([...Object.keys(earlier.files), UNIT_FILE].map(path => [path, then.read(`${folder}/${path}`) ?? '']))
    : render({ ...wanted, promoted: earlier.promoted }, generator, platform.locate)
  const content = unitChanges(base, { environment: environment.name, name: unit }, recorded, files)
  const holds = base.read(HOLDS_FILE)
  const held = addHold(holds, { environment: environment.name, unit, revision: recorded.revision, ...hold })
  const current = new Map(Object.keys(recorded.files).map(path => [path, base.read(`${folder}/${path}`) ?? '']))
  const operations = differences(manifestsOf(current), manifestsOf(files))
  const releases = {
    before: statedRelease(recorded.promoted.tenant, wanted.local.tenant),
    after: statedRelease(earlier.promoted.tenant, wanted.local.tenant),
  }
  const arrived = history.find(({ revision }) => revision === recorded.revision)?.since ?? world.now
  return {
    environment: environment.name,
    unit,
    revision: goal.revision,
    previous: recorded.revision,
    changes: [...content, { path: HOLDS_FILE, before: holds, after: held }],
    restored,
    operations,
    risk: riskOf(operations),
    schema: schemaChanges(releases.before, releases.after),
    gates: [
      { name: 'origin', state: 'open', reason: `${environment.name} has held ${short(goal.revision)} before` },
      calendarGate(world, environment, unit, operations, 'rollback'),
      migrationGate(world, environment, unit, { kind: 'back', ...releases, arrived }),
    ],
  }
}

function goalOf(history: readonly Held[], current: string, to: string | undefined, subject: string): Held {
  const earlier = history.filter(({ revision }) => revision !== current)
  const matching = to === undefined ? earlier : earlier.filter(({ revision }) => short(revision).startsWith(short(to)))
  const goal = matching[0]
  if (goal !== undefined) return goal
  const known = [...new Set(earlier.map(({ revision }) => short(revision)))]
  throw inputError(
    subject,
    to === undefined
      ? 'the unit has held no other revision, and a rollback to nothing is refused'
      : `the unit has never held ${to}`,
    known.length === 0 ? 'mark the tenant with "retired: true" to take it out' : `it has held ${known.join(', ')}`,
  )
}
