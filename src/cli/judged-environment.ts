import type { Party } from '../analysis/reach-assertion.ts'
import { judgeReach, type ReachStatements } from '../lint/reach-assertions.ts'
import { append } from '../manifest/group-by.ts'
import { type Environment, PLATFORM_UNIT, type Platform } from '../spec/platform.ts'
import { placeIn, settle } from '../spec/settle.ts'
import { type Unit, unitsOf } from '../spec/unit.ts'
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
      guests: guestsAmong(units),
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

/** Whom the spec lets into whose data: readers into that of a tenant, those who share servers into that of the platform. */
function guestsAmong(units: readonly Unit[]): ReadonlyMap<string, readonly Party[]> {
  const guests = new Map<string, Party[]>()
  for (const unit of units) {
    if (unit.local.tenant === undefined) continue
    const { data, servers } = settle(unit).settings
    for (const { namespace } of [...(data?.readers ?? []), ...(data?.publications ?? [])]) {
      append(guests, unit.name, { namespace })
    }
    if (servers !== undefined) append(guests, PLATFORM_UNIT, { tenant: unit.name, zone: 'app' })
  }
  return guests
}
