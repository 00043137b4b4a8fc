import { judgeReach, type ReachStatements } from '../lint/reach-assertions.ts'
import { type Environment, PLATFORM_UNIT, type Platform } from '../spec/platform.ts'
import { residentOf } from '../spec/resident.ts'
import { placeIn } from '../spec/settle.ts'
import { layersOf, type Unit, unitsOf } from '../spec/unit.ts'
import { isUnitFile } from '../synth/layout.ts'
import type { Tree } from '../synth/tree.ts'
import { readUnitFile } from '../synth/unit-file.ts'
import { factsOf, type Judged } from './judge.ts'

/** The files of an environment, with all that is known and stated of it. */
export function judgedOf(platform: Platform, environment: Environment, files: Tree): Judged {
  return {
    facts: factsOf(environment),
    overrides: environment.policies,
    reach: index => judgeReach(index, statementsOf(platform, environment, files)),
    files,
  }
}

/** What is stated of an environment, and what holds in every one of ours. */
export function statementsOf(platform: Platform, environment: Environment, files: Tree): Required<ReachStatements> {
  const units = standingUnits(platform, environment, files)
  return {
    statements: environment.reach,
    zones: {
      production: environment.production,
      servants: servantsOf(units),
      shared: { tenant: PLATFORM_UNIT, lodgers: lodgersOf(units, environment) },
    },
  }
}

/** The units of an environment as the spec has them now, and as those that stand there were promoted. */
function standingUnits(platform: Platform, environment: Environment, files: Tree): readonly Unit[] {
  const units = new Map(unitsOf(platform, environment).map(unit => [unit.name, unit]))
  const standing = [...files].flatMap(([path, text]) => {
    if (!isUnitFile(path)) return []
    const { unit: name, promoted } = readUnitFile(path, text)
    const unit = units.get(name)
    return unit === undefined ? [] : [{ ...unit, promoted }]
  })
  return [...units.values(), ...standing]
}

/** The namespaces that serve every tenant of an environment. */
function servantsOf(units: readonly Unit[]): readonly string[] {
  const places = units.map(placeIn)
  return [
    ...new Set(places.flatMap(place => [place.postgresNamespace, place.redisNamespace, place.monitoringNamespace])),
  ]
}

/** The tenants whose databases stand on the servers that the environment shares. */
function lodgersOf(units: readonly Unit[], { production }: Environment): readonly string[] {
  const lodgers = units.filter(unit => residentOf(layersOf(unit), production, undefined).tenancy === 'shared')
  return [...new Set(lodgers.map(({ name }) => name))].filter(name => name !== PLATFORM_UNIT)
}
