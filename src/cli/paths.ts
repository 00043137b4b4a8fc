import { readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { diskTree, readText } from '../files.ts'
import { inputError } from '../spec/problem.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'

/** Files that may hold manifests; everything else in a folder is passed over. */
const MANIFEST_FILE = /\.(ya?ml|json)$/
/** Folders in which nobody keeps manifests of their own. */
const PASSED_OVER = /(^|\/)(node_modules|\.git|\.github|\.waybill)\//

/** The file that a preview of `synth --out` leaves, naming the environment that it shows. */
const PREVIEW_FILE = 'preview.json'

export interface Collected {
  /** By the path as a person would type it. */
  readonly files: Tree
  /** The environment that all of them show, when they are a preview. */
  readonly environment: string | undefined
}

/**
 * The files that arguments name: files, folders, globs, and `-` for standard input.
 *
 * @throws InputError for a path that names nothing, and for a file that cannot be read
 */
export async function collect(paths: readonly string[], cwd: string): Promise<Collected> {
  const files = new Map<string, string>()
  const environments = new Set<string | undefined>()
  for (const path of paths) {
    if (path === '-') {
      files.set('<stdin>', readFileSync(0, 'utf8'))
      environments.add(undefined)
      continue
    }
    const absolute = resolve(cwd, path)
    const kind = statSync(absolute, { throwIfNoEntry: false })
    if (kind?.isDirectory()) {
      const preview = readText(join(absolute, PREVIEW_FILE))
      environments.add(preview === undefined ? undefined : String(JSON.parse(preview).environment))
      for (const name of diskTree(absolute).files('.').filter(isManifestFile))
        add(files, shown(cwd, join(absolute, name)), join(absolute, name))
    } else if (kind !== undefined) {
      environments.add(undefined)
      add(files, shown(cwd, absolute), absolute)
    } else {
      environments.add(undefined)
      const matches = await globbed(path, cwd)
      if (matches.length === 0) throw inputError(path, 'no such file or folder, and nothing matches it as a glob')
      for (const match of matches) add(files, match, join(cwd, match))
    }
  }
  return { files, environment: environments.size === 1 ? [...environments][0] : undefined }
}

/** The same of a commit: only what lies below its root. */
export async function collectFrom(tree: TreeReader, paths: readonly string[], root: string): Promise<Tree> {
  const picomatch = await globs()
  const wanted = paths.map(path => relative(root, resolve(path)))
  const chosen = tree
    .files('')
    .filter(file =>
      wanted.some(path => path === '' || file === path || file.startsWith(`${path}/`) || picomatch(path)(file)),
    )
  return new Map(chosen.filter(isManifestFile).map(file => [file, tree.read(file) ?? '']))
}

function add(files: Map<string, string>, name: string, absolute: string): void {
  const text = readText(absolute, name)
  if (text !== undefined) files.set(name, text)
}

function shown(cwd: string, absolute: string): string {
  const path = relative(cwd, absolute)
  return path.startsWith('..') ? absolute : path
}

/** Whether a path in a folder is that of a file which may hold manifests. */
export function isManifestFile(path: string): boolean {
  return MANIFEST_FILE.test(path) && !PASSED_OVER.test(path) && basename(path) !== PREVIEW_FILE
}

/** Most calls name files and folders, and need no library for that. */
async function globs() {
  return (await import('picomatch')).default
}

/** Files below the longest part of a glob that holds no wildcard. */
async function globbed(glob: string, cwd: string): Promise<string[]> {
  const picomatch = await globs()
  const { base, isGlob } = picomatch.scan(glob)
  if (!isGlob) return []
  const matches = picomatch(glob)
  return diskTree(resolve(cwd, base))
    .files('.')
    .map(file => (base === '' ? file : `${base}/${file}`))
    .filter(file => matches(file))
}
