import type { Author } from '../git.ts'
import type { FileChange } from '../synth/tree.ts'

/** Somebody said yes to units as they were then, each bound to the digest of its content. */
export interface Approval {
  readonly by: string
  /** Seconds since 1970. */
  readonly at: number
  /** By unit: `production/acme` → digest. */
  readonly units: Readonly<Record<string, string>>
}

/** What somebody reports of a commit under a name. */
export type CommitState = 'success' | 'failure' | 'pending'

/** The account behind an author, `undefined` when the forge knows of none. */
export type AccountOf = (author: Author) => string | undefined

export interface PullRequest {
  readonly number: number
  readonly state: 'open' | 'merged' | 'closed'
  readonly title: string
  readonly body: string
  /** The branch that it brings, and the one that it goes into. */
  readonly branch: string
  readonly base: string
  /** The commit at the tip of the branch when the forge last looked; once merged, the commit that it became. */
  readonly head: string
  readonly labels: readonly string[]
  /** Of people who may approve, the last word of each; whoever opened it is none of them. */
  readonly approvals: readonly Approval[]
}

/** What a pull request has to be. */
export interface PullRequestPlan {
  /** Names it: one open pull request per branch. */
  readonly branch: string
  readonly base: string
  /** The commit of `base` that the changes were planned on. */
  readonly onto: string
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  /** Who is asked to look at it, `@person` or `@organisation/team`, where the forge can ask. */
  readonly reviewers: readonly string[]
  readonly changes: readonly FileChange[]
  /** The message of the commit that carries the changes. */
  readonly message: string
}

/** What became of a plan. */
export interface Proposed {
  readonly pull: PullRequest
  readonly did: 'opened' | 'updated' | 'nothing'
}

/** The merge of a pull request as it was judged. */
export interface Merge {
  /** Its head is what was judged: the merge is pinned to it. */
  readonly pull: PullRequest
  /** The commit of the base that it was judged against. */
  readonly onto: string
  readonly message: string
  readonly at: number
}

/** How the gates of a head stand. */
export interface Verdict {
  readonly open: boolean
  /** One line, which gates are closed. */
  readonly text: string
}

/** How a forge waits for others. */
export interface Waiting {
  /** Milliseconds that a second of waiting lasts. */
  readonly second: number
  /** Milliseconds after which a request that nobody answers is given up. */
  readonly patience: number
  /** A line for a person who waits too. */
  progress(line: string): void
}

/** The host of pull requests. Everything it is asked to do can be asked twice. */
export interface Forge {
  /** The commit of a branch that pull requests go into; from here on Git has it. @throws InputError when there is none */
  tip(base: string): Promise<string>
  /** The commit of a branch of the bot, as it was when `tip` was asked; `undefined` when there is none. */
  branch(name: string): string | undefined
  /** The branches of the bot, as they were when `tip` was asked. */
  branches(): readonly string[]
  /** Open pull requests, oldest first: of one branch, with one head, or all that the bot has opened. */
  pulls(of: { readonly branch?: string; readonly head?: string }): Promise<readonly PullRequest[]>
  /** One pull request, whoever opened it and whatever became of it. */
  pull(number: number): Promise<PullRequest | undefined>
  /** What has been reported of a commit, by name: statuses, and runs of checks. */
  statuses(commit: string): Promise<ReadonlyMap<string, CommitState>>
  /** Finds the accounts of authors, so that an approval can be told from one's own. */
  accounts(authors: readonly Author[]): Promise<AccountOf>
  /**
   * Opens the pull request of that branch, or brings the open one up to date.
   *
   * @param present the open one, as `pulls` gave it
   * @throws InputError when a person has pushed to the branch, or somebody else moved it meanwhile
   */
  propose(plan: PullRequestPlan, present: PullRequest | undefined, at: number): Promise<Proposed>
  /** Shows beside a commit how its gates stand. Absent where whoever looks judges anew. */
  report?(commit: string, verdict: Verdict): Promise<void>
  /**
   * Approves.
   *
   * @param as the person who says yes, where the forge knows no accounts
   */
  approve(pull: PullRequest, as: string | undefined, approval: Omit<Approval, 'by'>): Promise<PullRequest>
  /**
   * Merges as one commit on the base.
   *
   * @throws InputError when the pull request is not open, or head or base are no longer what was judged
   */
  merge(merge: Merge): Promise<PullRequest>
  /**
   * Sees to it that no pull request of the branch is open, and that the branch is gone, unless a person has pushed to it.
   *
   * @param onto the commit of the base, from which the branch goes out
   * @param comment the reason, for whoever reads the pull request
   */
  withdraw(branch: string, present: PullRequest | undefined, onto: string, comment: string): Promise<void>
}
