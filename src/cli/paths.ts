import { readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { diskTree, readText } from '../files.ts'
import type { NotEvaluated } from '../lint/finding.ts'
import { InputError, inputError } from '../spec/problem.ts'
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
  /** Files that are there and cannot be read. */
  readonly unreadable: readonly NotEvaluated[]
  /** The environment that all of them show, when they are a preview. */
  readonly environment: string | undefined
}

/**
 * The files that arguments name: files, folders, globs, and `-` for standard input.
 *
 * @throws InputError for a path that names nothing, and for a folder that cannot be listed
 */
export async function collect(paths: readonly string[], cwd: string): Promise<Collected> {
  const files = new Map<string, string>()
  const unreadable: NotEvaluated[] = []
  const add = (name: string, absolute: string) => {
    const text = readOrTell(name, () => readText(absolute, name))
    if (typeof text === 'string') files.set(name, text)
    else unreadable.push(text)
  }
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
        add(shown(cwd, join(absolute, name)), join(absolute, name))
    } else if (kind !== undefined) {
      environments.add(undefined)
      add(shown(cwd, absolute), absolute)
    } else {
      environments.add(undefined)
      const matches = await globbed(path, cwd)
      if (matches.length === 0) throw inputError(path, 'no such file or folder, and nothing matches it as a glob')
      for (const match of matches) add(match, join(cwd, match))
    }
  }
  return { files, unreadable, environment: environments.size === 1 ? [...environments][0] : undefined }
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

/** All files below a folder of a tree; one that cannot be read does not keep the others from being judged. */
export function filesBelow(tree: TreeReader, folder: string): Pick<Collected, 'files' | 'unreadable'> {
  try {
    return { files: tree.below(folder), unreadable: [] }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
  }
  const files = new Map<string, string>()
  const unreadable: NotEvaluated[] = []
  for (const path of tree.files(folder).map(name => `${folder}/${name}`)) {
    const text = readOrTell(path, () => tree.read(path))
    if (typeof text === 'string') files.set(path, text)
    else unreadable.push(text)
  }
  return { files, unreadable }
}

/** The text of a file that was listed, or why there is none. */
function readOrTell(file: string, read: () => string | undefined): string | NotEvaluated {
  try {
    return read() ?? { file, reason: 'the file is not there: a link that leads nowhere, or removed meanwhile' }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { file, reason: error.message }
  }
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
