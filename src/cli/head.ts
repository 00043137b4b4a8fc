import type { Approval, PullRequest } from '../forge/forge.ts'
import { BOT, type Git } from '../git.ts'
import type { Head } from '../promote/judge-pull.ts'
import { platformIn } from './workspace.ts'
import type { Road } from './world.ts'

/** What a commit brings against a base, as data to be judged. */
export function headAt(git: Git, base: string, head: string, approvals: readonly Approval[]): Head {
  const reader = git.tree(head)
  const authors = git.authors(base, head, ['.']).filter(({ email }) => email !== BOT.email)
  return {
    reader,
    platform: platformIn(reader),
    changed: git.changedPaths(git.mergeBase(base, head), head),
    approvals,
    authors: authors.map(({ name }) => name),
  }
}

/** What a pull request brings. */
export function headOf({ git, tip }: Road, pull: PullRequest): Head {
  return headAt(git, tip, pull.head, pull.approvals)
}
