import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from '../files.ts'
import type { Git } from '../git.ts'
import { OWN_PREFIX } from '../promote/pull-request.ts'
import { inputError } from '../spec/problem.ts'
import type { FileChange } from '../synth/tree.ts'
import { carries, isAsPlanned } from './as-planned.ts'
import { refuseForeign } from './foreign-commit.ts'
import type { CommitState, Forge, PullRequest } from './forge.ts'

/**
 * Pull requests beside a plain Git repository: one JSON file each, in the folder that belongs to the repository. The whole
 * road runs on a laptop this way, with no account.
 */
export function localForge(git: Git): Forge {
  const folder = join(git.commonDir, 'waybill', 'pulls')
  const file = (number: number) => join(folder, `${number}.json`)
  const keep = (pull: PullRequest): PullRequest => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${file(pull.number)}.new`, `${JSON.stringify(pull, null, 2)}\n`)
    renameSync(`${file(pull.number)}.new`, file(pull.number))
    return pull
  }
  const all = (): PullRequest[] => {
    mkdirSync(folder, { recursive: true })
    return readdirSync(folder)
      .filter(name => /^\d+\.json$/.test(name))
      .map(name => JSON.parse(readText(join(folder, name)) ?? '') as PullRequest)
      .sort((left, right) => left.number - right.number)
      .map(pull => (pull.state === 'open' ? { ...pull, head: git.tip(pull.branch) ?? pull.head } : pull))
  }
  const open = (number: number): PullRequest => {
    const pull = all().find(candidate => candidate.number === number)
    if (pull === undefined)
      throw inputError(`#${number}`, 'there is no such pull request', 'list them with `waybill pulls`')
    if (pull.state !== 'open') throw inputError(`#${number}`, `the pull request is ${pull.state}`)
    return pull
  }

  return {
    tip: async base => git.resolve(base),

    branch: name => git.tip(name),

    branches: () => git.refs('refs/heads').filter(name => name.startsWith(OWN_PREFIX)),

    pulls: async ({ branch, head }) =>
      all().filter(
        pull =>
          pull.state === 'open' &&
          (branch === undefined || pull.branch === branch) &&
          (head === undefined || pull.head === head),
      ),

    pull: async number => all().find(candidate => candidate.number === number),

    statuses: async commit => statusesIn(git.note(STATUSES, commit)),

    // People are who they say they are: the name in Git is the name in `--as`.
    accounts: async () => author => author.name,

    propose: async (plan, present, at) => {
      const tip = git.tip(plan.branch)
      if (tip !== undefined) refuseForeign(git, plan.branch, plan.onto, tip)
      if (present !== undefined && tip === present.head && isAsPlanned(git, present, plan)) {
        return { pull: present, did: 'nothing' }
      }
      const unchanged = tip !== undefined && carries(git, tip, plan.onto, plan.changes)
      const { branch, base, title, body, labels } = plan
      const head = unchanged ? tip : git.commit(plan.onto, plan.changes, plan.message, at)
      if (!unchanged) git.move(branch, head, tip)
      const number = present?.number ?? (all().at(-1)?.number ?? 0) + 1
      const approvals = present?.approvals ?? []
      const pull = keep({ number, state: 'open', title, body, branch, base, head, labels, approvals })
      return { pull, did: present === undefined ? 'opened' : 'updated' }
    },

    approve: async ({ number }, as, approval) => {
      if (as === undefined) throw inputError('--as', 'nobody is named who approves', 'add --as <name>')
      const pull = open(number)
      const others = pull.approvals.filter(({ by }) => by !== as)
      return keep({ ...pull, approvals: [...others, { by: as, ...approval }] })
    },

    merge: async ({ pull: { number, head }, onto, message, at }) => {
      const pull = open(number)
      if (pull.head !== head || git.tip(pull.branch) !== head) {
        throw inputError(
          `#${number}`,
          'the branch is no longer what was judged',
          'run `waybill promote` to bring it up to date',
        )
      }
      const merged = git.commit(onto, contentOf(git, head, onto), message, at)
      if (git.currentBranch() === pull.base) git.fastForward(merged)
      else git.move(pull.base, merged, onto)
      git.deleteBranch(pull.branch)
      return keep({ ...pull, state: 'merged', head: merged })
    },

    withdraw: async (branch, present, onto) => {
      if (present !== undefined) keep({ ...open(present.number), state: 'closed' })
      const tip = git.tip(branch)
      if (tip !== undefined && git.foreign(onto, tip) === undefined) git.deleteBranch(branch)
    },
  }
}

/** Notes of Git that stand for statuses: `git notes --ref=statuses append -m "argocd/shop: success" <commit>`. */
const STATUSES = 'statuses'
const STATES: readonly CommitState[] = ['success', 'failure', 'pending']

/** One status a line; the last of a name holds, and what is no state is still to come. */
function statusesIn(note: string | undefined): ReadonlyMap<string, CommitState> {
  const lines = (note ?? '').split('\n').map(line => /^(.+?):\s*(\S+)\s*$/.exec(line))
  return new Map(
    lines
      .filter(match => match !== null)
      .map(([, name = '', state]) => [name, STATES.find(known => known === state) ?? 'pending']),
  )
}

/**
 * The files that a branch brings, against a base.
 *
 * @throws InputError when the base has moved under one of them: the branch was planned on something else
 */
function contentOf(git: Git, head: string, base: string): FileChange[] {
  const start = git.mergeBase(base, head)
  const planned = git.tree(start)
  const proposed = git.tree(head)
  const current = git.tree(base)
  return git.changedPaths(start, head).map(path => {
    const before = current.read(path)
    if (before !== planned.read(path)) {
      throw inputError(
        path,
        'the file has changed on the base since the promotion was planned',
        'run `waybill promote` to bring it up to date',
      )
    }
    return { path, before, after: proposed.read(path) }
  })
}
