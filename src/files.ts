import {
  chmodSync,
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PLATFORM_FILE } from './spec/platform.ts'
import { InputError, inputError } from './spec/problem.ts'
import type { FileChange, TreeReader } from './synth/tree.ts'

/** Where changes stand between being planned and being applied. */
const PENDING = '.waybill/pending'
const JOURNAL = 'journal.json'

/** The folder of the nearest `platform.yaml`, from `from` upward; `undefined` when there is none. */
export function findRoot(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, PLATFORM_FILE))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/**
 * The text of a file, `undefined` when there is none.
 *
 * @throws InputError when it is there and cannot be read, or is not UTF-8
 */
export function readText(path: string, shown = path): string | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw inputError(shown, CANNOT_READ[code ?? ''] ?? `the file cannot be read (${code})`)
  }
  try {
    return UTF8.decode(bytes)
  } catch {
    throw inputError(shown, 'the file is not UTF-8 text', 'is it a binary file, or saved in another encoding?')
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const CANNOT_READ: Readonly<Record<string, string>> = {
  EACCES: 'the file may not be read: permission denied',
  EPERM: 'the file may not be read: permission denied',
  EISDIR: 'a folder stands where a file is needed',
}

/**
 * Puts a text where a file is to stand: whoever reads it meanwhile has the old text or the new one, whole.
 *
 * @throws InputError when it cannot be written there
 */
export function replaceFile(path: string, text: string): void {
  const staged = `${path}.${process.pid}.new`
  try {
    writeFileSync(staged, text)
    renameSync(staged, path)
  } catch (error) {
    if (existsSync(staged)) rmSync(staged)
    const code = (error as NodeJS.ErrnoException).code
    throw inputError(path, CANNOT_WRITE[code ?? ''] ?? `the file cannot be written (${code})`)
  }
}

const CANNOT_WRITE: Readonly<Record<string, string>> = {
  EACCES: 'the file may not be written: permission denied',
  EPERM: 'the file may not be written: permission denied',
  EISDIR: 'a folder stands where the file would be written',
  ENOENT: 'the folder of the file does not exist',
  ENOTDIR: 'the folder of the file does not exist',
}

/** Whether a link leads to a folder; one that leads nowhere is a file that is not there. */
function isLinkedFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return false
    throw inputError(link, `the link may not be followed (${code})`)
  }
}

/** Whether a link leads to the folder that it is in, or to one around it: all that is below is listed there already. */
function leadsUp(folder: string, link: string): boolean {
  return `${realpathSync(folder)}/`.startsWith(`${realpathSync(link)}/`)
}

/** A folder on disk as a tree. Folders that cannot be listed are errors, not empty. */
export function diskTree(root: string): TreeReader {
  const entries = (folder: string): Dirent[] => {
    try {
      return readdirSync(join(root, folder), { withFileTypes: true })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT' || code === 'ENOTDIR') return []
      throw inputError(folder, `the folder may not be listed: ${code === 'EACCES' ? 'permission denied' : code}`)
    }
  }
  const isFolder = (path: string, entry: Dirent) =>
    entry.isSymbolicLink() ? isLinkedFolder(join(root, path)) : entry.isDirectory()
  const files = (folder: string): string[] =>
    entries(folder).flatMap(entry => {
      const path = `${folder}/${entry.name}`
      if (!isFolder(path, entry)) return [entry.name]
      if (entry.isSymbolicLink() && leadsUp(join(root, folder), join(root, path))) return []
      return files(path).map(below => `${entry.name}/${below}`)
    })
  const read = (path: string) => readText(join(root, path), path)
  return {
    read,
    names: folder =>
      entries(folder)
        .map(({ name }) => name)
        .sort(),
    files: folder => files(folder).sort(),
    below: folder =>
      new Map(
        files(folder)
          .sort()
          .map(name => [`${folder}/${name}`, read(`${folder}/${name}`) ?? '']),
      ),
  }
}

/**
 * Applies all changes or none. They are staged first; a journal, put in place by one rename, makes them binding. A run
 * that is killed before that leaves nothing, one that is killed after it is completed by the next.
 */
export function applyChanges(root: string, changes: readonly FileChange[]): void {
  if (changes.length === 0) return
  const pending = join(root, PENDING)
  rmSync(pending, { recursive: true, force: true })
  mkdirSync(pending, { recursive: true })
  const entries = changes.map(({ path, after }, index) => {
    if (after === undefined) return { path }
    const staged = `${index}`
    writeFileSync(join(pending, staged), after)
    return { path, staged }
  })
  writeFileSync(join(pending, `${JOURNAL}.new`), JSON.stringify(entries))
  renameSync(join(pending, `${JOURNAL}.new`), join(pending, JOURNAL))
  completePending(root)
}

/** Completes what a killed run had made binding, and drops what it had not. Says whether it completed anything. */
export function completePending(root: string): boolean {
  const pending = join(root, PENDING)
  const journal = readText(join(pending, JOURNAL))
  if (journal === undefined) {
    if (existsSync(pending)) {
      rmSync(pending, { recursive: true })
      removeEmptyFolders(root, dirname(PENDING))
    }
    return false
  }
  for (const { path, staged } of JSON.parse(journal) as { path: string; staged?: string }[]) {
    const target = join(root, path)
    if (staged === undefined) {
      rmSync(target, { force: true })
      removeEmptyFolders(root, dirname(path))
    } else if (existsSync(join(pending, staged))) {
      mkdirSync(dirname(target), { recursive: true })
      const mode = statSync(target, { throwIfNoEntry: false })?.mode
      if (mode !== undefined) chmodSync(join(pending, staged), mode)
      renameSync(join(pending, staged), target)
    }
  }
  rmSync(pending, { recursive: true, force: true })
  removeEmptyFolders(root, dirname(PENDING))
  return true
}

function removeEmptyFolders(root: string, folder: string): void {
  for (let path = folder; path !== '.' && path !== '/'; path = dirname(path)) {
    try {
      rmdirSync(join(root, path))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return
      if (code !== 'ENOENT') throw error
    }
  }
}

/** The texts that make a platform: `platform.yaml` and every `tenants/*.yaml`. */
export function platformTexts(reader: TreeReader): Map<string, string> {
  const tenants = reader.names('tenants').filter(name => /\.ya?ml$/.test(name))
  const texts = new Map<string, string>()
  for (const path of [PLATFORM_FILE, ...tenants.map(name => `tenants/${name}`)]) {
    const text = reader.read(path)
    if (text !== undefined) texts.set(path, text)
  }
  return texts
}

/** The folder of the platform around `from`. @throws InputError when there is none. */
export function requireRoot(from: string): string {
  const root = findRoot(from)
  if (root === undefined) {
    throw new InputError([
      {
        file: from,
        message: `no ${PLATFORM_FILE} here or in any folder above`,
        hint: 'start one with `waybill init`, or name the folder with -C',
      },
    ])
  }
  return root
}
