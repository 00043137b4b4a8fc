import { PLATFORM_UNIT, type Platform, sourceOf } from '../spec/platform.ts'
import { InputError, type Problem } from '../spec/problem.ts'
import { type Unit, unitOf, unitsOf } from '../spec/unit.ts'
import { ENVIRONMENTS, UNIT_FILE, unitFolder } from './layout.ts'
import { ownedChanges } from './owned.ts'
import { render } from './render.ts'
import type { FileChange, TreeReader } from './tree.ts'
import { localDigest, readUnitFile, revisionOf, type UnitFile } from './unit-file.ts'

/**
 * `added`, `changed`, `removed`: will be written. `unchanged`: its inputs are what they were. `waiting`: lives here by the
 * spec, and has not been promoted here yet. `left`: rendered by another version of waybill, and nothing asks for a change.
 */
export type UnitState = 'added' | 'changed' | 'removed' | 'unchanged' | 'waiting' | 'left'

export interface UnitPlan {
  readonly environment: string
  readonly unit: string
  readonly state: UnitState
  readonly generator?: string
  readonly changes: readonly FileChange[]
}

export interface SynthOptions {
  readonly platform: Platform
  /** Identity of the running version: with the same identity, the same inputs give the same bytes. */
  readonly generator: string
  readonly reader: TreeReader
  readonly environment?: string
  readonly tenant?: string
}

/**
 * Plans what synth writes: the promoted half of each unit's first environment comes from the spec, that of every later
 * environment from the `unit.json` that a promotion wrote; local halves always come from the spec.
 *
 * @throws InputError with the problems of all units; among them files that a person changed and that a change would hit
 */
export function planSynth(options: SynthOptions): UnitPlan[] {
  const { platform, environment, tenant } = options
  const problems: Problem[] = []
  const plans: UnitPlan[] = []
  const attempt = (plan: () => UnitPlan) => {
    try {
      plans.push(plan())
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
    }
  }
  for (const { name } of platform.environments.filter(
    ({ name }) => environment === undefined || name === environment,
  )) {
    for (const unit of currentUnits(platform, name).filter(({ name }) => tenant === undefined || name === tenant)) {
      attempt(() => planUnit(options, unit))
    }
  }
  if (environment === undefined && tenant === undefined) {
    for (const leftover of leftovers(options)) attempt(() => planLeftover(options, leftover))
  }
  if (problems.length > 0) throw new InputError(problems)
  return plans
}

/** The units that the spec wants in an environment: a retired tenant has none where it begins. */
function currentUnits(platform: Platform, environment: string): Unit[] {
  const found = platform.environments.find(({ name }) => name === environment)
  if (found === undefined) return []
  return unitsOf(platform, found).filter(({ name }) => !isRetiredHere(platform, name, environment))
}

function isRetiredHere(platform: Platform, unit: string, environment: string): boolean {
  const tenant = platform.tenants.find(({ name }) => name === unit)
  return tenant?.retired === true && sourceOf(platform, unit, environment) === undefined
}

/** The recorded unit of a folder, `undefined` when the unit is not there. */
export function recordedUnit(reader: TreeReader, environment: string, unit: string): UnitFile | undefined {
  const file = `${unitFolder(environment, unit)}/${UNIT_FILE}`
  const text = reader.read(file)
  return text === undefined ? undefined : readUnitFile(file, text)
}

/** The unit with the promoted half that holds for it now: the spec's where it begins, the recorded one elsewhere. */
export function standingUnit(platform: Platform, unit: Unit, recorded: UnitFile | undefined): Unit | undefined {
  if (sourceOf(platform, unit.name, unit.environment) === undefined) return unit
  return recorded === undefined ? undefined : { ...unit, promoted: recorded.promoted }
}

function planUnit({ platform, generator, reader }: SynthOptions, wanted: Unit): UnitPlan {
  const { environment, name } = wanted
  const recorded = recordedUnit(reader, environment, name)
  const unit = standingUnit(platform, wanted, recorded)
  if (unit === undefined) return { environment, unit: name, state: 'waiting', changes: [] }
  if (recorded !== undefined) {
    const sameInputs = recorded.revision === revisionOf(unit.promoted) && recorded.local === localDigest(unit.local)
    const first = sourceOf(platform, name, environment) === undefined
    if (sameInputs && recorded.generator === generator)
      return { environment, unit: name, state: 'unchanged', changes: [] }
    if (sameInputs && !first) {
      return { environment, unit: name, state: 'left', generator: recorded.generator, changes: [] }
    }
  }
  const changes = unitChanges(reader, unit, recorded, render(unit, generator, platform.locate))
  const state = recorded === undefined ? 'added' : changes.length > 0 ? 'changed' : 'unchanged'
  return { environment, unit: name, state, changes }
}

/**
 * What has to be written for a unit to hold `files`: exactly those that differ, and the removal of what was written before.
 *
 * @throws InputError naming every file that a person changed or put there and that would be lost
 */
export function unitChanges(
  reader: TreeReader,
  { environment, name }: Pick<Unit, 'environment' | 'name'>,
  recorded: UnitFile | undefined,
  files: ReadonlyMap<string, string>,
): FileChange[] {
  const digests = Object.fromEntries(Object.entries(recorded?.files ?? {}).map(([path, { digest }]) => [path, digest]))
  const wayOut =
    'carry the change into "overrides" or "extra" of the spec and delete the file, or restore it with `git restore`'
  return ownedChanges(reader, { folder: unitFolder(environment, name), record: UNIT_FILE, digests, wayOut }, files)
}

/** Unit folders that the spec does not ask for. */
function leftovers({ platform, reader }: SynthOptions): { environment: string; unit: string }[] {
  const wanted = new Set(
    platform.environments.flatMap(({ name }) => currentUnits(platform, name).map(unit => `${name}/${unit.name}`)),
  )
  return unitFolders(reader)
    .map(([environment, unit]) => ({ environment, unit }))
    .filter(({ environment, unit }) => !wanted.has(`${environment}/${unit}`))
}

/** Environment and unit of every unit folder, sorted. */
export function unitFolders(reader: TreeReader): [environment: string, unit: string][] {
  return reader.names(ENVIRONMENTS).flatMap(environment =>
    reader
      .names(`${ENVIRONMENTS}/${environment}`)
      .filter(unit => reader.read(`${unitFolder(environment, unit)}/${UNIT_FILE}`) !== undefined)
      .map((unit): [string, string] => [environment, unit]),
  )
}

function planLeftover({ platform, reader }: SynthOptions, found: { environment: string; unit: string }): UnitPlan {
  const { environment, unit } = found
  const tenant = platform.tenants.find(({ name }) => name === unit)
  const folder = unitFolder(environment, unit)
  if (tenant?.retired === true) {
    const recorded = recordedUnit(reader, environment, unit)
    const changes = unitChanges(reader, { environment, name: unit }, recorded, new Map())
    const file = `${folder}/${UNIT_FILE}`
    const whole = changes.some(({ path }) => path === file)
      ? changes
      : [...changes, { path: file, before: reader.read(file), after: undefined }]
    return { environment, unit, state: 'removed', changes: whole }
  }
  throw new InputError([
    {
      file: folder,
      message:
        unit === PLATFORM_UNIT || tenant === undefined
          ? `the spec no longer knows "${unit}" in "${environment}", and its manifests still stand here`
          : `the tenant "${unit}" no longer lives in "${environment}", and its manifests still stand here`,
      hint: 'put it back and mark the tenant with "retired: true": it then leaves one environment after the other',
    },
  ])
}

/** The unit as the spec describes it now, as if everything had been promoted: what `--out` previews. */
export function previewUnits(platform: Platform, environment: string): Unit[] {
  const found = platform.environments.find(({ name }) => name === environment)
  if (found === undefined) return []
  return [
    unitOf(platform, found, undefined),
    ...platform.tenants
      .filter(tenant => tenant.environments.has(environment) && !tenant.retired)
      .map(tenant => unitOf(platform, found, tenant)),
  ]
}
