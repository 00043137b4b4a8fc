import type { Origin, Source } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { isUnitFile, UNIT_FILE } from '../synth/layout.ts'
import { originFinder } from '../synth/origin-finder.ts'
import type { Tree } from '../synth/tree.ts'
import { type Origins, readUnitFile } from '../synth/unit-file.ts'

/**
 * Leads from a field to the spec key that decided it, by what the `unit.json` files among the files record.
 *
 * @param locate where a key stands in the spec today
 */
export function originsIn(
  files: Tree,
  locate: (key: FieldPath) => Origin,
): (source: Source, at: FieldPath) => Origin | undefined {
  const origins = new Map<string, Origins>()
  for (const [path, text] of files) {
    if (!isUnitFile(path)) continue
    const folder = path.slice(0, -UNIT_FILE.length)
    for (const [name, { origins: found }] of Object.entries(readUnitFile(path, text).files)) {
      if (found !== undefined) origins.set(folder + name, found)
    }
  }
  return originFinder(file => origins.get(file), locate)
}
