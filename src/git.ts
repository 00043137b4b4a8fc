import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { inputError } from './spec/problem.ts'
import type { FileChange, TreeReader } from './synth/tree.ts'

/** A commit that touched a path, newest first in lists. */
export interface Commit {
  readonly id: string
  /** Seconds since 1970 at which it entered the branch. */
  readonly time: number
  readonly author: string
  readonly email: string
  readonly subject: string
  /** `Waybill-Promotion: …` and the like, in their order; a key may stand several times. */
  readonly trailers: readonly (readonly [key: string, value: string])[]
}

/** Who a commit is from. */
export interface Identity {
  readonly name: string
  readonly email: string
}

/** Somebody who wrote a commit, with one of the commits. */
export interface Author extends Identity {
  readonly commit: string
}

/** A Git repository around the folder of a platform. Every path is relative to that folder. */
export interface Git {
  /** The commit that a revision names. @throws InputError when it names none */
  resolve(revision: string): string
  /** The commit of a branch, `undefined` when there is no such branch. */
  tip(branch: string): string | undefined
  /** The commit of a ref by its whole name, `undefined` when there is no such ref. */
  ref(name: string): string | undefined
  /** The names of refs below a folder of refs, without that folder, sorted. */
  refs(folder: string): readonly string[]
  /** The branch that is checked out, `undefined` when HEAD is detached. */
  currentBranch(): string | undefined
  /** The files of a commit. */
  tree(revision: string): TreeReader
  /** Files as commits have them, `undefined` where a commit has none; one process for all. */
  contents(places: readonly { readonly commit: string; readonly path: string }[]): readonly (string | undefined)[]
  /** Paths of the files that differ between two commits, sorted. */
  changedPaths(from: string, to: string): readonly string[]
  /** Commits of the first-parent line of a revision that touched the path, newest first. */
  log(revision: string, path: string): readonly Commit[]
  /** The commit at which two lines of history parted. */
  mergeBase(left: string, right: string): string
  /** The whole message of a commit. */
  message(commit: string): string
  /** What a ref of notes has on a commit, `undefined` when it has nothing. */
  note(ref: string, commit: string): string | undefined
  /** The name that Git has for the person at the keyboard. */
  user(): string | undefined
  /**
   * People who wrote the commits that are in `to` and not in `from`, and that touched one of the paths: authors, the
   * co-authors whom a squash merge names, and whoever committed in the name of the bot.
   */
  authors(from: string | undefined, to: string, paths: readonly string[]): readonly Author[]
  /** The newest commit that is in `to` and not in `from` and that the bot did not make. */
  foreign(from: string, to: string): Pick<Commit, 'id' | 'author' | 'subject'> | undefined
  /** Whether the commit is in this repository. */
  has(commit: string): boolean
  /** The commits that a commit follows; a merge has two. */
  parents(commit: string): readonly string[]
  /** Makes a commit that no branch has yet, without touching the work tree or the index. */
  commit(parent: string, changes: readonly FileChange[], message: string, at: number): string
  /**
   * Puts a branch at a commit.
   *
   * @param expected what the branch has to be at (`undefined`: it does not exist) to be moved
   * @throws InputError when somebody else moved the branch meanwhile
   */
  move(branch: string, commit: string, expected: string | undefined): void
  deleteBranch(branch: string): void
  /** Brings the checked out branch forward to a commit that follows it. @throws InputError when local changes are in the way */
  fastForward(commit: string): void
  /** The address of a remote, `undefined` when there is none of that name. */
  remoteUrl(name: string): string | undefined
  /** The folder that the repository was opened at. */
  readonly root: string
  /** The folder that belongs to the repository itself, for state that is not content. */
  readonly commonDir: string
}

/** The bot in whose name promotions are committed; people approve them. */
export const BOT: Identity = { name: 'waybill', email: 'bot@waybill.dev' }

const RECORD = '\u001e'
const FIELD = '\u001f'

/** The repository around `root`. @throws InputError when there is none, or Git is not installed */
export function openGit(root: string): Git {
  const run = (args: readonly string[], input?: string | Buffer): Buffer => {
    const done = spawnSync('git', ['-C', root, ...args], {
      ...(input === undefined ? {} : { input }),
      maxBuffer: 1 << 30,
      env: { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
    })
    if (done.error !== undefined) {
      const missing = (done.error as NodeJS.ErrnoException).code === 'ENOENT'
      throw inputError(root, missing ? 'git is not installed, and promotion works on Git' : done.error.message)
    }
    if (done.status !== 0) throw new GitError(args[0] ?? '', done.stderr.toString('utf8').trim())
    return done.stdout
  }
  const text = (...args: readonly string[]): string => run(args).toString('utf8').trim()
  const attempt = (...args: readonly string[]): string | undefined => {
    try {
      return text(...args)
    } catch (error) {
      if (error instanceof GitError) return undefined
      throw error
    }
  }
  const [commonDir, prefix = ''] =
    attempt('rev-parse', '--path-format=absolute', '--git-common-dir', '--show-prefix')?.split('\n') ?? []
  if (commonDir === undefined) {
    throw inputError(root, 'the folder is in no Git repository', 'start one with `git init` and commit the platform')
  }
  const ref = (name: string) => attempt('rev-parse', '--verify', '--quiet', `${name}^{commit}`)
  const tip = (branch: string) => ref(`refs/heads/${branch}`)

  return {
    root,
    commonDir,
    resolve: revision => {
      const commit = attempt('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
      if (commit === undefined) throw inputError(revision, 'no such commit, branch or tag')
      return commit
    },
    tip,
    ref,
    currentBranch: () => attempt('symbolic-ref', '--short', '--quiet', 'HEAD'),
    tree: revision => gitTree(run, revision),
    contents: places =>
      batch(
        run,
        places.map(({ commit, path }) => `${commit}:${prefix}${path}`),
      ),
    changedPaths: (from, to) =>
      text('diff-tree', '-r', '-z', '--no-renames', '--relative', '--name-only', from, to)
        .split('\0')
        .filter(path => path !== '')
        .sort(),
    log: (revision, path) => {
      const format = ['%H', '%ct', '%an', '%ae', '%s', '%(trailers:only,unfold)'].join('%x1f')
      return text('log', '--first-parent', `--format=%x1e${format}`, revision, '--', path)
        .split(RECORD)
        .slice(1)
        .map(parseCommit)
    },
    mergeBase: (left, right) => text('merge-base', left, right),
    message: commit => text('log', '-1', '--format=%B', commit),
    note: (ref, commit) => attempt('notes', `--ref=${ref}`, 'show', commit),
    user: () => attempt('config', 'user.name'),
    authors: (from, to, paths) => {
      const range = from === undefined ? [to] : [`${from}..${to}`]
      const coAuthors = '%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x1f)'
      const format = ['%H', '%an', '%ae', '%cn', '%ce', coAuthors].join('%x1f')
      const lines = text('log', `--format=${format}`, ...range, '--', ...paths).split('\n')
      const people = lines.filter(line => line !== '').flatMap(authorsOf)
      const known = new Map(people.map(person => [`${person.name}${FIELD}${person.email}`, person]))
      return [...known].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, person]) => person)
    },
    foreign: (from, to) => {
      const format = ['%H', '%ae', '%ce', '%an', '%s'].join('%x1f')
      const commits = text('log', `--format=${format}`, `${from}..${to}`)
        .split('\n')
        .filter(line => line !== '')
      for (const [id = '', authored, committed, author = '', subject = ''] of commits.map(line => line.split(FIELD))) {
        if (authored !== BOT.email || committed !== BOT.email) return { id, author, subject }
      }
      return undefined
    },
    has: commit => attempt('cat-file', '-e', `${commit}^{commit}`) !== undefined,
    parents: commit =>
      text('log', '-1', '--format=%P', commit)
        .split(' ')
        .filter(id => id !== ''),
    commit: (parent, changes, message, at) => {
      const scratch = `refs/waybill/${randomBytes(8).toString('hex')}`
      run(['fast-import', '--quiet', '--done'], importStream(scratch, parent, changes, prefix, message, at))
      const made = text('rev-parse', scratch)
      run(['update-ref', '-d', scratch])
      return made
    },
    move: (branch, commit, expected) => {
      try {
        run(['update-ref', '-m', 'waybill', `refs/heads/${branch}`, commit, expected ?? '0'.repeat(40)])
      } catch (error) {
        if (!(error instanceof GitError)) throw error
        throw inputError(branch, 'somebody else moved the branch meanwhile', 'run the command again')
      }
    },
    refs: folder =>
      text('for-each-ref', '--format=%(refname)', `${folder}/`)
        .split('\n')
        .filter(name => name !== '')
        .map(name => name.slice(folder.length + 1)),
    remoteUrl: name => attempt('remote', 'get-url', name),
    deleteBranch: branch => {
      if (tip(branch) !== undefined) run(['update-ref', '-d', `refs/heads/${branch}`])
    },
    fastForward: commit => {
      try {
        run(['merge', '--ff-only', '--quiet', commit])
      } catch (error) {
        if (!(error instanceof GitError)) throw error
        throw inputError(
          'work tree',
          'local changes are in the way of the merge',
          'commit or stash them, then run it again',
        )
      }
    },
  }
}

/** A Git command that answered with an error. */
class GitError extends Error {
  constructor(command: string, stderr: string) {
    super(`git ${command}: ${stderr}`)
    this.name = 'GitError'
  }
}

function parseCommit(record: string): Commit {
  const [id = '', time = '0', author = '', email = '', subject = '', trailers = ''] = record.trim().split(FIELD)
  const pairs = trailers
    .split('\n')
    .map(line => /^([A-Za-z-]+):\s*(.*)$/.exec(line))
    .filter(match => match !== null)
  return {
    id,
    time: Number(time),
    author,
    email,
    subject,
    trailers: pairs.map(match => [match[1] ?? '', match[2] ?? '']),
  }
}

/** The people of one commit. What a person committed in the name of the bot is the person's. */
function authorsOf(line: string): Author[] {
  const [commit = '', name = '', email = '', committer = '', committed = '', ...coAuthors] = line.split(FIELD)
  const first = email === BOT.email ? { name: committer, email: committed } : { name, email }
  const others = coAuthors
    .map(text => /^(.*?)\s*<(.*)>$/.exec(text))
    .filter(match => match !== null)
    .map(match => ({ name: match[1] ?? '', email: match[2] ?? '' }))
  return [first, ...others].map(person => ({ ...person, commit }))
}

/** One commit for `git fast-import`: all its blobs and the commit itself travel in one stream. */
function importStream(
  ref: string,
  parent: string,
  changes: readonly FileChange[],
  prefix: string,
  message: string,
  at: number,
): Buffer {
  const data = (content: string): Buffer[] => {
    const bytes = Buffer.from(content, 'utf8')
    return [Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]
  }
  const parts: Buffer[] = [
    Buffer.from(`feature done\ncommit ${ref}\ncommitter ${BOT.name} <${BOT.email}> ${Math.floor(at)} +0000\n`),
    ...data(message),
    Buffer.from(`from ${parent}\n`),
  ]
  for (const { path, after } of changes) {
    const full = JSON.stringify(prefix + path)
    if (after === undefined) parts.push(Buffer.from(`D ${full}\n`))
    else parts.push(Buffer.from(`M 100644 inline ${full}\n`), ...data(after))
  }
  return Buffer.concat([...parts, Buffer.from('\ndone\n')])
}

/** Blobs by their names, `undefined` for a name that means nothing. */
function batch(
  run: (args: readonly string[], input?: string) => Buffer,
  names: readonly string[],
): (string | undefined)[] {
  if (names.length === 0) return []
  const output = run(['cat-file', '--batch'], `${names.join('\n')}\n`)
  let offset = 0
  return names.map(() => {
    const headerEnd = output.indexOf(10, offset)
    const header = output.subarray(offset, headerEnd).toString('utf8')
    offset = headerEnd + 1
    if (header.endsWith(' missing')) return undefined
    const start = offset
    const end = start + Number(header.slice(header.lastIndexOf(' ') + 1))
    offset = end + 1
    return output.subarray(start, end).toString('utf8')
  })
}

/** Folders of this depth are fetched at once: a unit is read whole or not at all. */
const FETCH_DEPTH = 3

function gitTree(run: (args: readonly string[], input?: string) => Buffer, revision: string): TreeReader {
  const blobs = new Map<string, string>()
  for (const line of run(['ls-tree', '-r', '-z', revision]).toString('utf8').split('\0')) {
    const match = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line)
    if (match !== null) blobs.set(match[2] ?? '', match[1] ?? '')
  }
  const paths = [...blobs.keys()].sort()
  const contents = new Map<string, string>()
  const fetch = (wanted: readonly string[]): void => {
    const missing = wanted.filter(path => !contents.has(path))
    const texts = batch(
      run,
      missing.map(path => blobs.get(path) ?? ''),
    )
    for (const [index, path] of missing.entries()) contents.set(path, texts[index] ?? '')
  }
  const below = (folder: string) => {
    const start = folder === '' ? '' : `${folder}/`
    return paths.filter(path => path.startsWith(start)).map(path => path.slice(start.length))
  }
  return {
    read: path => {
      if (!blobs.has(path)) return undefined
      if (!contents.has(path)) fetch(paths.filter(other => folderOf(other) === folderOf(path)))
      return contents.get(path)
    },
    names: folder => [...new Set(below(folder).map(path => path.split('/')[0] ?? ''))].sort(),
    files: below,
    below: folder => {
      const wanted = below(folder).map(path => (folder === '' ? path : `${folder}/${path}`))
      fetch(wanted)
      return new Map(wanted.map(path => [path, contents.get(path) ?? '']))
    },
  }
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).slice(0, FETCH_DEPTH).join('/')
}
