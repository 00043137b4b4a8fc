import { existsSync, type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { findRoot } from '../files.ts'
import { inputError } from '../spec/problem.ts'
import type { Outcome, Terminal } from './command.ts'
import { report } from './failure.ts'

/** Folders in which nothing is judged, and in which programs write without end. */
const UNWATCHED = ['.git', '.waybill', 'node_modules']
/** Milliseconds without a change that end a change: an editor writes a file in steps, Git writes thousands of files. */
const SILENCE = 100
/** How often at most a silence is waited for, where something writes all the time. */
const PATIENCE = 20

/**
 * Lints now and after every change, and shows the newest result, until somebody presses Ctrl-C. What cannot be read is
 * told, and the next change may mend it.
 *
 * @param paths what is linted, besides the platform around the working directory
 * @param written files that a run writes
 */
export async function keepLinting(
  paths: readonly string[],
  written: readonly string[],
  terminal: Terminal,
  lintOnce: () => Promise<Outcome>,
): Promise<Outcome> {
  if (paths.includes('-')) throw inputError('--watch', 'standard input is read once and never changes', 'name files')
  const cwd = process.cwd()
  const root = findRoot(cwd)
  const places = paths.map(path => placeOf(resolve(cwd, path)))
  const watched = {
    folders: [...(root === undefined ? [] : [root]), ...places.flatMap(({ folder }) => folder ?? [])],
    flat: [cwd, ...places.flatMap(({ flat }) => flat ?? [])],
    written: written.map(file => resolve(cwd, file)),
  }
  const clear = terminal.interactive ? '\u001b[2J\u001b[3J\u001b[H' : ''
  await watching(watched, async isOutdated => {
    const [stream, text] = await lintOnce().then(
      outcome => [process.stdout, outcome.text] as const,
      error => [process.stderr, report(error)] as const,
    )
    if (await isOutdated()) return
    stream.write(`${clear}${text}`)
    terminal.progress(terminal.colors.dim('waiting for changes, Ctrl-C ends'))
  })
  return { code: 0, text: '', data: {} }
}

/** The folder to watch for a path: itself, the one that a file is in, or for a glob the nearest one that exists. */
function placeOf(path: string): { readonly folder?: string; readonly flat?: string } {
  const kind = statSync(path, { throwIfNoEntry: false })
  if (kind?.isDirectory()) return { folder: path }
  if (kind !== undefined) return { flat: dirname(path) }
  let folder = dirname(path)
  while (!existsSync(folder)) folder = dirname(folder)
  return { folder }
}

/** What is watched. */
interface Watched {
  /** Folders with all that is below them. */
  readonly folders: readonly string[]
  /** Folders without what is below them. */
  readonly flat: readonly string[]
  /** Files that the run itself writes. */
  readonly written: readonly string[]
}

/**
 * Calls `act` now and after every change, one call after the other, until somebody presses Ctrl-C.
 *
 * @param act may ask whether something has changed since it began: then it is called again, and what it found is out of date
 * @throws InputError when the system watches no more folders
 */
async function watching(watched: Watched, act: (isOutdated: () => Promise<boolean>) => Promise<void>): Promise<void> {
  let watchers: readonly FSWatcher[] = []
  let isChanged = true
  let isStopped = false
  let wake: () => void = () => undefined
  const stop = () => {
    isStopped = true
    wake()
  }
  const notice = (path: string) => {
    if (watched.written.includes(path)) return
    isChanged = true
    wake()
  }
  process.on('SIGINT', stop)
  try {
    while (!isStopped) {
      isChanged = false
      // Before anything is read: what changes after it has been read is noticed then.
      const earlier = watchers
      // All of them anew, for a folder of the same name may be another one by now.
      watchers = foldersOf(watched).map(folder => watchFolder(folder, notice))
      for (const watcher of earlier) watcher.close()
      await act(async () => {
        // The second turn of the event loop is a whole one: it delivers what the system has noticed meanwhile.
        await setImmediate()
        await setImmediate()
        return isChanged || isStopped
      })
      await new Promise<void>(resolve => {
        wake = resolve
        if (isChanged || isStopped) resolve()
      })
      await silence(() => {
        const before = isChanged
        isChanged = false
        return before && !isStopped
      })
    }
  } finally {
    process.off('SIGINT', stop)
    for (const watcher of watchers) watcher.close()
  }
}

async function silence(isBroken: () => boolean): Promise<void> {
  for (let waited = 0; isBroken() && waited < PATIENCE; waited++) await setTimeout(SILENCE)
}

function foldersOf({ folders, flat }: Watched): readonly string[] {
  return [...new Set([...flat, ...folders.flatMap(withBelow)])]
}

function withBelow(folder: string): string[] {
  let entries: { readonly name: string; isDirectory(): boolean }[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    // It went away meanwhile, or nobody may read it: lint tells.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return []
  }
  const below = entries.filter(entry => entry.isDirectory() && !UNWATCHED.includes(entry.name))
  return [folder, ...below.flatMap(({ name }) => withBelow(join(folder, name)))]
}

/**
 * Each folder has a watcher of its own: the recursive one of Node 20 loses sight of a file that is replaced, as most
 * editors do it.
 */
function watchFolder(folder: string, notice: (path: string) => void): FSWatcher {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || !UNWATCHED.includes(name)) notice(join(folder, name ?? ''))
    })
    // A folder that is removed is noticed by the one around it.
    return watcher.on('error', () => watcher.close())
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw inputError(
      folder,
      `the system does not watch this folder (${code})`,
      'name fewer folders, or raise its limit',
    )
  }
}
