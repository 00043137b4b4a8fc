import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const OWNER = 'octo'
export const NAME = 'shop'

export interface User {
  readonly login: string
  readonly email: string
  readonly permission: 'admin' | 'write' | 'read'
  readonly type: 'User' | 'Bot'
}

const person = (login: string, permission: User['permission']): User => ({
  login,
  email: `${login}@shop.example`,
  permission,
  type: 'User',
})

export const BOT: User = {
  login: 'waybill[bot]',
  email: '7+waybill[bot]@users.noreply.github.com',
  permission: 'write',
  type: 'Bot',
}
const USERS = [
  person('ines', 'admin'),
  person('maria', 'write'),
  person('tomas', 'write'),
  person('guest', 'read'),
  BOT,
]
const WEB_FLOW: User = { login: 'GitHub', email: 'noreply@github.com', permission: 'admin', type: 'User' }

/** @throws when nobody has that name */
export function userNamed(login: string): User {
  const user = USERS.find(candidate => candidate.login === login)
  if (user === undefined) throw new Error(`there is no ${login}`)
  return user
}

export function userWith(email: string): User | undefined {
  return USERS.find(user => user.email === email.toLowerCase() && user.type === 'User')
}

export interface Review {
  readonly login: string
  state: string
  readonly commit: string
  readonly at: string
}

export interface FakePull {
  readonly number: number
  readonly branch: string
  readonly opener: string
  state: 'open' | 'closed'
  title: string
  body: string
  base: string
  head: string
  merged?: { readonly commit: string; readonly at: string; readonly by: string }
  labels: string[]
  requested: string[]
  readonly comments: string[]
  readonly reviews: Review[]
}

export interface Status {
  readonly state: string
  readonly description: string
  readonly context: string
  readonly updated_at?: string
}

/** A run of a check, as GitHub Actions makes one for every job. */
export interface CheckRun {
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly started_at: string | null
}

/** `octo/shop`: a bare Git repository, and the pull requests of it. Everything happens at `at`. */
export interface FakeRepository {
  /** A folder with the bare repository as `octo/shop.git`. */
  readonly folder: string
  readonly bare: string
  /** `2027-03-09T08:00:00Z`. */
  at: string
  readonly pulls: FakePull[]
  /** By commit, the newest last. */
  readonly statuses: Map<string, Status[]>
  /** By commit, the latest of each suite. */
  readonly checks: Map<string, CheckRun[]>
  git(...args: readonly string[]): string
  /** The commit of a branch, the empty text when there is none. */
  tip(branch: string): string
  has(commit: string): boolean
  pull(number: number): FakePull
  open(pull: Pick<FakePull, 'title' | 'body' | 'branch' | 'base'>, opener: string): FakePull
  /** Lets pull requests follow their branches, as GitHub does on its own. */
  follow(): void
  review(number: number, login: string, state?: string): void
  /** Merges as one commit on the base. Reports why not. */
  squash(pull: FakePull, message: string, login: string): string | undefined
  /** A person commits a file to a branch. */
  push(branch: string, path: string, content: string, login: string): string
  /** Another one that stands where this one stands. */
  copy(): FakeRepository
  dispose(): void
}

export function fakeRepository(at: string): FakeRepository {
  const self = repositoryIn(mkdtempSync(join(tmpdir(), 'waybill-github-')), at)
  mkdirSync(self.bare, { recursive: true })
  self.git('init', '-q', '--bare', '-b', 'main')
  for (const [key, value] of [
    ['http.receivepack', 'true'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['receive.autogc', 'false'],
  ] as const) {
    self.git('config', key, value)
  }
  // What comes over HTTP may not go to protected branches; what tests do to the folder may.
  const refusal = 'echo "error: GH006: Protected branch update failed for $1." >&2; exit 1'
  const hook = `#!/bin/sh\ncase "$1" in $PROTECTED) ${refusal};; esac\n`
  writeFileSync(join(self.bare, 'hooks', 'update'), hook, { mode: 0o755 })
  return self
}

function repositoryIn(folder: string, at: string): FakeRepository {
  const bare = join(folder, OWNER, `${NAME}.git`)
  const index = { GIT_INDEX_FILE: join(folder, 'index') }
  const run = (args: readonly string[], input = '', variables: Readonly<Record<string, string>> = {}): string =>
    execFileSync('git', ['-C', bare, ...args], {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        GIT_AUTHOR_DATE: self.at,
        GIT_COMMITTER_DATE: self.at,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_SYSTEM: '/dev/null',
        ...variables,
      },
    }).trim()
  const commit = (tree: string, parent: string, message: string, author: User, committer: User): string =>
    run(['commit-tree', tree, '-p', parent, '-F', '-'], message, {
      GIT_AUTHOR_NAME: author.login,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: committer.login,
      GIT_COMMITTER_EMAIL: committer.email,
    })

  /** Branches and their commits. It is read at every request, and nothing here ever packs refs: a process is spared. */
  const tips = (): ReadonlyMap<string, string> => {
    const heads = join(bare, 'refs', 'heads')
    const names = readdirSync(heads, { recursive: true, encoding: 'utf8' }).filter(name => !name.endsWith('.lock'))
    const files = names.filter(name => statSync(join(heads, name)).isFile())
    return new Map(files.map(name => [name, readFileSync(join(heads, name), 'utf8').trim()]))
  }

  const self: FakeRepository = {
    folder,
    bare,
    at,
    pulls: [],
    statuses: new Map(),
    checks: new Map(),
    git: (...args) => run(args),
    tip: branch => tips().get(branch) ?? '',
    has: id => spawnSync('git', ['-C', bare, 'cat-file', '-e', id]).status === 0,
    pull: number => {
      const pull = self.pulls.find(candidate => candidate.number === number)
      if (pull === undefined) throw new Error(`there is no #${number}`)
      return pull
    },
    open: (wanted, opener) => {
      const pull: FakePull = {
        ...wanted,
        number: self.pulls.length + 1,
        opener,
        state: 'open',
        head: self.tip(wanted.branch),
        labels: [],
        requested: [],
        comments: [],
        reviews: [],
      }
      self.pulls.push(pull)
      return pull
    },
    follow: () => {
      const known = tips()
      for (const pull of self.pulls.filter(({ state }) => state === 'open')) {
        const tip = known.get(pull.branch)
        if (tip === undefined) pull.state = 'closed'
        else pull.head = tip
      }
    },
    review: (number, login, state = 'APPROVED') => {
      self.follow()
      const { reviews, head } = self.pull(number)
      if (state !== 'DISMISSED') reviews.push({ login, state, commit: head, at: self.at })
      else for (const review of reviews) if (review.login === login) review.state = state
    },
    squash: (pull, message, login) => {
      const base = self.tip(pull.base)
      const merged = spawnSync('git', ['-C', bare, 'merge-tree', '--write-tree', base, pull.head], { encoding: 'utf8' })
      if (merged.status !== 0) return 'Pull Request is not mergeable'
      const made = commit(merged.stdout.trim(), base, message, userNamed(pull.opener), WEB_FLOW)
      run(['update-ref', `refs/heads/${pull.base}`, made, base])
      pull.merged = { commit: made, at: self.at, by: login }
      pull.state = 'closed'
      return undefined
    },
    push: (branch, path, content, login) => {
      const blob = run(['hash-object', '-w', '--stdin'], content)
      rmSync(index.GIT_INDEX_FILE, { force: true })
      run(['read-tree', `refs/heads/${branch}`], '', index)
      run(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], '', index)
      const user = userNamed(login)
      const made = commit(run(['write-tree'], '', index), `refs/heads/${branch}`, `Touch ${path}`, user, user)
      run(['update-ref', `refs/heads/${branch}`, made])
      return made
    },
    copy: () => {
      const other = mkdtempSync(join(tmpdir(), 'waybill-github-'))
      cpSync(folder, other, { recursive: true })
      const made = repositoryIn(other, self.at)
      made.pulls.push(...structuredClone(self.pulls))
      for (const [commit, statuses] of self.statuses) made.statuses.set(commit, statuses)
      for (const [commit, checks] of self.checks) made.checks.set(commit, checks)
      return made
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
  return self
}
