import { fileURLToPath } from 'node:url'
import { platformIn } from '../src/cli/workspace.ts'
import { diskTree } from '../src/files.ts'
import type { Platform } from '../src/spec/platform.ts'
import { annexPages } from '../src/synth/annex.ts'
import { unitFolder } from '../src/synth/layout.ts'
import { previewUnits } from '../src/synth/plan.ts'
import { render } from '../src/synth/render.ts'

/** The templates as they lie in the repository. */
export const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))

export type Example = 'bakery' | 'northwind'

/** An example platform, with some of its files replaced. */
export function example(name: Example, changed: Readonly<Record<string, string>> = {}): Platform {
  const disk = diskTree(`${TEMPLATES}/platforms/${name}`)
  return platformIn({ ...disk, read: path => changed[path] ?? disk.read(path) })
}

/** All that a platform becomes when everything has been promoted: path → text, of every unit of every environment. */
export function unitFilesOf(platform: Platform): Map<string, string> {
  const files = platform.environments.flatMap(({ name: environment }) =>
    previewUnits(platform, environment).flatMap(unit =>
      [...render(unit, 'test', platform.locate)].map(([path, text]): [string, string] => [
        `${unitFolder(environment, unit.name)}/${path}`,
        text,
      ]),
    ),
  )
  return new Map(files)
}

/** The pages that are written beside the units: path → text. */
export function annexFilesOf(platform: Platform): Map<string, string> {
  const annexes = annexPages(platform, diskTree(TEMPLATES).below('runbooks'))
  return new Map(
    [...annexes].flatMap(([folder, pages]) =>
      [...pages].map(([path, text]): [string, string] => [`${folder}/${path}`, text]),
    ),
  )
}
