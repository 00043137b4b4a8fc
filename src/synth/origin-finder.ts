import type { Origin, Source } from '../manifest/manifest.ts'
import { type FieldPath, formatPath, parsePath } from '../manifest/path.ts'
import type { Origins } from './unit-file.ts'

/**
 * The spec key that decided a field: that of the nearest ancestor which has one of its own, up to the whole manifest.
 *
 * @param originsOf what `unit.json` records of the file that a manifest stands in
 * @param locate where a key stands in the spec today
 */
export function originFinder(
  originsOf: (file: string) => Origins | undefined,
  locate: (key: FieldPath) => Origin,
): (source: Source, at: FieldPath) => Origin | undefined {
  return ({ file }, at) => {
    const origins = originsOf(file)
    if (origins === undefined) return undefined
    for (let length = at.length; length >= 0; length--) {
      const key = origins[formatPath(at.slice(0, length))]
      if (key !== undefined) return locate(parsePath(key))
    }
    return undefined
  }
}
