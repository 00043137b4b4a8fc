import { isKustomization, patchFilesOf } from '../manifest/kustomization.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Parsed, parseManifests } from '../manifest/parse.ts'
import { isUnitFile } from '../synth/layout.ts'
import type { Tree } from '../synth/tree.ts'

/** What stands in the files of one environment. */
export interface ManifestFiles extends Pick<Parsed, 'remarks' | 'problems'> {
  readonly sources: readonly Source[]
  readonly skipped: readonly string[]
}

/** Reads all files; `unit.json` is a record about its neighbours and no manifest itself. */
export function readManifests(files: Tree): ManifestFiles {
  const patches = new Set([...files].flatMap(([path, text]) => (isKustomization(path) ? patchFilesOf(path, text) : [])))
  const results: Parsed[] = []
  const passedOver: string[] = []
  for (const [path, text] of files) {
    if (patches.has(path)) passedOver.push('skipped: patch')
    else if (!isUnitFile(path)) results.push(parseManifests(path, text))
  }
  return {
    sources: results.flatMap(({ sources }) => sources),
    remarks: results.flatMap(({ remarks }) => remarks),
    problems: results.flatMap(({ problems }) => problems),
    skipped: [
      ...passedOver,
      ...results.flatMap(({ skipped }) =>
        skipped.filter(({ reason }) => reason !== 'kustomization').map(({ reason }) => `skipped: ${reason}`),
      ),
    ],
  }
}
