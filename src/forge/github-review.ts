/** A review as GitHub lists it, the oldest first. */
export interface Review {
  readonly user: { readonly login: string; readonly type: string } | null
  readonly state: string
  readonly submitted_at?: string
  readonly commit_id: string | null
}

/** The review by which a person says yes, and what it was made on. */
export interface Yes {
  readonly by: string
  /** Seconds since 1970. */
  readonly at: number
  readonly commit: string | undefined
}

/** States that say something for good; a comment leaves standing what was said before. */
const DECISIVE = ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']

/**
 * People whose last decisive review approves. Bots, and whoever opened the pull request, are not asked.
 *
 * @param opener the account that opened it
 */
export function approvers(reviews: readonly Review[], opener: string | undefined): readonly Yes[] {
  const last = new Map<string, Review>()
  for (const review of reviews) {
    const { user, state } = review
    if (user === null || user.type === 'Bot' || user.login === opener || !DECISIVE.includes(state)) continue
    last.set(user.login, review)
  }
  return [...last]
    .filter(([, { state }]) => state === 'APPROVED')
    .map(([by, { submitted_at, commit_id }]) => ({
      by,
      at: submitted_at === undefined ? 0 : Math.floor(Date.parse(submitted_at) / 1000),
      commit: commit_id ?? undefined,
    }))
}
