import type { PullRequest } from '../forge/forge.ts'
import { type Author, BOT, type Git } from '../git.ts'
import { type Head, judgePull } from '../promote/judge-pull.ts'
import { verdictOf } from '../promote/pull-request.ts'
import { platformIn } from './workspace.ts'
import type { Road } from './world.ts'

/** What a commit brings against a base, as data to be judged. */
export function headAt(git: Git, base: string, head: string, reviews: Pick<Head, 'approvals' | 'accounts'>): Head {
  const reader = git.tree(head)
  return {
    reader,
    platform: platformIn(reader),
    changed: git.changedPaths(git.mergeBase(base, head), head),
    authors: people(git.authors(base, head, ['.'])),
    ...reviews,
  }
}

/** What a pull request brings. */
export function headOf({ git, forge, tip }: Road, { head, approvals }: PullRequest): Head {
  return headAt(git, tip, head, { approvals, accounts: forge.accounts })
}

/** The open pull request of a branch: of several, the one that goes where it has to. */
export async function openPullOf({ forge, base }: Road, branch: string): Promise<PullRequest | undefined> {
  const open = await forge.pulls({ branch })
  return open.find(pull => pull.base === base) ?? open[0]
}

/** Judges the head of a pull request, and shows the verdict where the forge has a place for it. */
export async function report(road: Road, pull: PullRequest): Promise<void> {
  const { forge, world } = road
  if (forge.report !== undefined) await forge.report(pull.head, verdictOf(await judgePull(world, headOf(road, pull))))
}

/** Authors without the bot, which is nobody. */
export function people(authors: readonly Author[]): readonly Author[] {
  return authors.filter(({ email }) => email !== BOT.email)
}
