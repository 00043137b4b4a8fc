import type { Git } from '../git.ts'
import { OWN_PREFIX } from '../promote/pull-request.ts'
import type { FileChange } from '../synth/tree.ts'
import type { PullRequest, PullRequestPlan } from './forge.ts'

/** Whether an open pull request is what a plan asks for already: content, words, and the labels that are the bot's. */
export function isAsPlanned(git: Git, present: PullRequest, plan: PullRequestPlan): boolean {
  const { title, body, base, onto, labels, changes } = plan
  const own = (all: readonly string[]) =>
    all
      .filter(name => name.startsWith(OWN_PREFIX))
      .sort()
      .join()
  return (
    present.title === title &&
    present.body === body &&
    present.base === base &&
    own(present.labels) === own(labels) &&
    carries(git, present.head, onto, changes)
  )
}

/** Whether a commit follows `onto` and makes exactly these changes. */
export function carries(git: Git, commit: string, onto: string, changes: readonly FileChange[]): boolean {
  if (git.parents(commit).join() !== onto) return false
  const proposed = git.tree(commit)
  const paths = changes.map(({ path }) => path).sort()
  return (
    git.changedPaths(onto, commit).join('\n') === paths.join('\n') &&
    changes.every(({ path, after }) => proposed.read(path) === after)
  )
}
