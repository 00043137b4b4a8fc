import type { Source } from '../manifest/manifest.ts'
import { type Index, indexOf } from '../manifest/manifest-index.ts'
import { parseManifests } from '../manifest/parse.ts'
import { isUnitFile, KUSTOMIZATION } from '../synth/layout.ts'
import type { Tree } from '../synth/tree.ts'

/** An environment in two states, for analyses that compare them. */
export interface TwoIndexes {
  readonly before: Index
  readonly after: Index
}

/** Reads two states of an environment; of files that are the same text, the manifests are read once. */
export function indexesOf(before: Tree, after: Tree): TwoIndexes {
  const known = new Map<string, readonly Source[]>()
  return { before: indexIn(before, known), after: indexIn(after, known) }
}

function indexIn(files: Tree, known: Map<string, readonly Source[]>): Index {
  const sources = [...files].flatMap(([path, text]) => {
    if (isUnitFile(path) || path.endsWith(`/${KUSTOMIZATION}`)) return []
    const key = `${path}\n${text}`
    const read = known.get(key) ?? parseManifests(path, text).sources.map(withoutRelease)
    known.set(key, read)
    return read
  })
  return indexOf(sources, { profile: 'standard' })
}

/** The Job of a release carries the name of the release; it is the same as the one before it. */
function withoutRelease(source: Source): Source {
  const { manifest } = source
  const { kind, metadata } = manifest
  if (kind !== 'Job') return source
  const name = metadata.name.replace(/-[0-9a-f]{12}$/, '')
  return { ...source, manifest: { ...manifest, metadata: { ...metadata, name } } }
}
