import { judgeReach } from '../lint/reach-assertions.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import { placeIn } from '../spec/settle.ts'
import { unitsOf } from '../spec/unit.ts'
import { isUnitFile } from '../synth/layout.ts'
import type { Tree } from '../synth/tree.ts'
import { readUnitFile } from '../synth/unit-file.ts'
import { factsOf, type Judged } from './judge.ts'

/** The files of an environment, with all that is known and stated of it. */
export function judgedOf(platform: Platform, environment: Environment, files: Tree): Judged {
  return {
    facts: factsOf(environment),
    overrides: environment.policies,
    reach: index =>
      judgeReach(index, {
        statements: environment.reach,
        zones: { production: environment.production, servants: servantsOf(platform, environment, files) },
      }),
    files,
  }
}

/**
 * The namespaces that serve every tenant of an environment: as the spec has them now, and as the units that stand there
 * were promoted with.
 */
function servantsOf(platform: Platform, environment: Environment, files: Tree): readonly string[] {
  const units = new Map(unitsOf(platform, environment).map(unit => [unit.name, unit]))
  const standing = [...files].flatMap(([path, text]) => {
    if (!isUnitFile(path)) return []
    const { unit: name, promoted } = readUnitFile(path, text)
    const unit = units.get(name)
    return unit === undefined ? [] : [{ ...unit, promoted }]
  })
  const places = [...units.values(), ...standing].map(placeIn)
  return [
    ...new Set(places.flatMap(place => [place.postgresNamespace, place.redisNamespace, place.monitoringNamespace])),
  ]
}
