import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from '../files.ts'
import type { Git } from '../git.ts'
import { inputError } from '../spec/problem.ts'
import type { FileChange } from '../synth/tree.ts'
import type { Forge, PullRequest } from './forge.ts'

/** A pull request as it is kept: its content is the branch. */
type Kept = PullRequest & { readonly paths: readonly string[] }

/**
 * Pull requests beside a plain Git repository: one JSON file each, in the folder that belongs to the repository. The whole
 * road runs on a laptop this way, with no account.
 */
export function localForge(git: Git): Forge {
  const folder = join(git.commonDir, 'waybill', 'pulls')
  const file = (number: number) => join(folder, `${number}.json`)
  const keep = (pull: Kept): Kept => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${file(pull.number)}.new`, `${JSON.stringify(pull, null, 2)}\n`)
    renameSync(`${file(pull.number)}.new`, file(pull.number))
    return pull
  }
  const all = (): Kept[] => {
    mkdirSync(folder, { recursive: true })
    return readdirSync(folder)
      .filter(name => /^\d+\.json$/.test(name))
      .map(name => JSON.parse(readText(join(folder, name)) ?? '') as Kept)
      .sort((left, right) => left.number - right.number)
  }
  const open = (number: number): Kept => {
    const pull = all().find(candidate => candidate.number === number)
    if (pull === undefined)
      throw inputError(`#${number}`, 'there is no such pull request', 'list them with `waybill pulls`')
    if (pull.state !== 'open') throw inputError(`#${number}`, `the pull request is ${pull.state}`)
    return pull
  }

  return {
    pulls: async () => all(),

    propose: async (plan, at) => {
      const present = all().find(({ state, branch }) => state === 'open' && branch === plan.branch)
      const tip = git.tip(plan.branch)
      if (present !== undefined && tip !== undefined && tip !== present.head) {
        throw inputError(
          plan.branch,
          `a person has pushed to the branch of #${present.number}, so the bot leaves it alone`,
          'merge or close it, then promote again',
        )
      }
      const unchanged = tip !== undefined && sameContent(git, tip, plan.onto, plan.changes)
      if (present !== undefined && unchanged && present.title === plan.title && present.body === plan.body) {
        return { pull: present, did: 'nothing' }
      }
      const head = unchanged ? tip : git.commit(plan.branch, plan.onto, plan.changes, plan.message, at, tip)
      const pull = keep({
        number: present?.number ?? (all().at(-1)?.number ?? 0) + 1,
        state: 'open',
        title: plan.title,
        body: plan.body,
        branch: plan.branch,
        base: plan.base,
        head,
        approvals: present?.approvals ?? [],
        paths: plan.changes.map(({ path }) => path),
      })
      return { pull, did: present === undefined ? 'opened' : 'updated' }
    },

    approve: async (number, approval) => {
      const pull = open(number)
      const others = pull.approvals.filter(({ by }) => by !== approval.by)
      return keep({ ...pull, approvals: [...others, approval] })
    },

    merge: async (number, head, message, at) => {
      const pull = open(number)
      if (git.tip(pull.branch) !== head) {
        throw inputError(
          `#${number}`,
          'the branch is no longer what was judged',
          'run `waybill promote` to bring it up to date',
        )
      }
      const base = git.tip(pull.base)
      if (base === undefined) throw inputError(pull.base, 'the branch to merge into does not exist')
      const changes = contentOf(git, head, base, pull.paths)
      const checkedOut = git.currentBranch() === pull.base
      const branch = checkedOut ? `waybill/merge-${number}` : pull.base
      const merged = git.commit(branch, base, changes, message, at, git.tip(branch))
      if (checkedOut) {
        git.fastForward(merged)
        git.deleteBranch(branch)
      }
      git.deleteBranch(pull.branch)
      return keep({ ...pull, state: 'merged', head: merged })
    },

    close: async number => {
      const pull = open(number)
      git.deleteBranch(pull.branch)
      return keep({ ...pull, state: 'closed' })
    },
  }
}

/**
 * The files that a branch brings, against a base.
 *
 * @throws InputError when the base has moved under one of them: the branch was planned on something else
 */
function contentOf(git: Git, head: string, base: string, paths: readonly string[]): FileChange[] {
  const planned = git.tree(`${head}^`)
  const proposed = git.tree(head)
  const current = git.tree(base)
  return paths.map(path => {
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

/** Whether a branch already is one commit of ours on `onto` that makes exactly these changes. */
function sameContent(git: Git, tip: string, onto: string, changes: readonly FileChange[]): boolean {
  if (git.resolve(`${tip}^`) !== onto) return false
  const proposed = git.tree(tip)
  const paths = changes.map(({ path }) => path).sort()
  return (
    git.changedPaths(onto, tip).join('\n') === paths.join('\n') &&
    changes.every(({ path, after }) => proposed.read(path) === after)
  )
}
