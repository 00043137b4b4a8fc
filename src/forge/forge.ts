import type { FileChange } from '../synth/tree.ts'

/** Somebody said yes to units as they were then, each bound to the digest of its content. */
export interface Approval {
  readonly by: string
  /** Seconds since 1970. */
  readonly at: number
  /** By unit: `production/acme` → digest. */
  readonly units: Readonly<Record<string, string>>
}

export interface PullRequest {
  readonly number: number
  readonly state: 'open' | 'merged' | 'closed'
  readonly title: string
  readonly body: string
  /** The branch that it brings, and the one that it goes into. */
  readonly branch: string
  readonly base: string
  /** The commit at the tip of the branch when the forge last looked. */
  readonly head: string
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
  readonly changes: readonly FileChange[]
  /** The message of the commit that carries the changes. */
  readonly message: string
}

/** The host of pull requests. Everything it is asked to do can be asked twice. */
export interface Forge {
  /** All pull requests that it knows, oldest first. */
  pulls(): Promise<readonly PullRequest[]>
  /** Opens the pull request of that branch, or brings the open one up to date. Reports whether anything was written. */
  propose(
    plan: PullRequestPlan,
    at: number,
  ): Promise<{ readonly pull: PullRequest; readonly did: 'opened' | 'updated' | 'nothing' }>
  approve(number: number, approval: Approval): Promise<PullRequest>
  /**
   * Merges as one commit on the base.
   *
   * @throws InputError when the pull request is not open, or its head is no longer `head`
   */
  merge(number: number, head: string, message: string, at: number): Promise<PullRequest>
  close(number: number): Promise<PullRequest>
}
