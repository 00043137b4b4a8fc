import {
  BOT,
  type FakePull,
  type FakeRepository,
  NAME,
  OWNER,
  type User,
  userNamed,
  userWith,
} from './fake-repository.ts'
import type { Call } from './github-contract.ts'

/** A status and what is stated of the answer. */
export type Answer = readonly [status: number, stated: unknown]

interface Asked extends Call {
  readonly repository: FakeRepository
  readonly user: User
  /** The pull requests as lists show them. */
  readonly listed: readonly FakePull[]
}

const FULL_NAME = `${OWNER}/${NAME}`

/** What GitHub does on each request, by the name that GitHub has for it. */
export const ANSWERS: Readonly<Record<string, (asked: Asked) => Answer>> = {
  'pulls/list': ({ parameters: { state = 'open', head, base }, listed }) => {
    const wanted = listed.filter(
      pull =>
        (state === 'all' || pull.state === state) &&
        (head === undefined || head === `${OWNER}:${pull.branch}`) &&
        (base === undefined || base === pull.base),
    )
    return [200, wanted.map(shownPull).reverse()]
  },

  'pulls/get': asked => onPull(asked, pull => [200, shownPull(pull)]),

  'pulls/create': ({ body, repository, user }) => {
    const { head: branch, base, title, body: text } = body as Record<string, string>
    const open = repository.pulls.find(pull => pull.state === 'open' && pull.branch === branch && pull.base === base)
    if (open !== undefined) return failed(`A pull request already exists for ${OWNER}:${branch}.`)
    const tip = branch === undefined ? '' : repository.tip(branch)
    if (branch === undefined || title === undefined || tip === '') return failed('head is invalid')
    if (base === undefined || repository.tip(base) === '') return failed('base is invalid')
    if (tip === repository.tip(base)) return failed(`No commits between ${base} and ${branch}`)
    return [201, shownPull(repository.open({ title, body: text ?? '', branch, base }, user.login))]
  },

  'pulls/update': asked =>
    onPull(asked, pull => {
      const { title, body, base, state } = asked.body as Record<string, string>
      if (base !== undefined && pull.state !== 'open')
        return failed('Cannot change the base branch of a closed pull request.')
      if (title !== undefined) pull.title = title
      if (body !== undefined) pull.body = body
      if (base !== undefined) pull.base = base
      if (state === 'closed') pull.state = state
      return [200, shownPull(pull)]
    }),

  'pulls/merge': asked =>
    onPull(asked, pull => {
      const { sha, merge_method, commit_title, commit_message } = asked.body as Record<string, string>
      if (pull.state !== 'open') return [405, { message: 'Pull Request is not mergeable' }]
      if (sha !== undefined && sha !== pull.head) {
        return [409, { message: 'Head branch was modified. Review and try the merge again.' }]
      }
      if (merge_method !== 'squash') return [405, { message: 'Merge commits are not allowed on this repository.' }]
      const problem = asked.repository.squash(pull, `${commit_title}\n\n${commit_message}`, asked.user.login)
      if (problem !== undefined) return [405, { message: problem }]
      return [200, { sha: pull.merged?.commit, merged: true, message: 'Pull Request successfully merged' }]
    }),

  'pulls/list-reviews': asked => onPull(asked, pull => [200, pull.reviews.map(shownReview)]),

  'pulls/create-review': asked =>
    onPull(asked, pull => {
      if (pull.opener === asked.user.login) {
        const errors = ['Can not approve your own pull request']
        return [422, { message: 'Unprocessable Entity', documentation_url: '', errors }]
      }
      asked.repository.review(pull.number, asked.user.login)
      return [200, shownReview(pull.reviews.at(-1))]
    }),

  'pulls/request-reviewers': asked =>
    onPull(asked, pull => {
      const { reviewers = [], team_reviewers = [] } = asked.body as Record<string, readonly string[]>
      const known = reviewers.every(login => login !== pull.opener && ['ines', 'maria', 'tomas'].includes(login))
      // The description knows of no 422 here, and GitHub gives one.
      if (!known || team_reviewers.length > 0) return [422, undefined]
      pull.requested = [...new Set([...pull.requested, ...reviewers])]
      return [201, shownPull(pull)]
    }),

  'issues/list-comments': asked =>
    onPull(asked, ({ comments }) => [200, comments.map((body, id) => ({ id, body, user: shownUser(BOT) }))]),

  'issues/create-comment': asked =>
    onPull(asked, pull => {
      const body = String(asked.body.body)
      return [201, { id: pull.comments.push(body), body, user: shownUser(asked.user) }]
    }),

  'issues/set-labels': asked =>
    onPull(asked, pull => {
      pull.labels = [...(asked.body.labels as string[])]
      return [200, pull.labels.map(name => ({ name }))]
    }),

  'repos/get-combined-status-for-ref': ({ parameters, repository }) => {
    const { ref } = parameters
    const all = repository.statuses.get(String(ref)) ?? []
    const latest = [...new Map(all.map(status => [status.context, status])).values()]
    return [200, { sha: ref, state: 'pending', statuses: pageOf(latest, parameters), total_count: latest.length }]
  },

  'checks/list-for-ref': ({ parameters, repository }) => {
    const all = repository.checks.get(String(parameters.ref)) ?? []
    const check_runs = pageOf(all, parameters).map((run, id) => ({ id, check_suite: null, app: null, ...run }))
    return [200, { total_count: all.length, check_runs }]
  },

  'repos/create-commit-status': ({ parameters: { sha }, body, repository }) => {
    const status = body as { state: string; description: string; context: string }
    repository.statuses.set(String(sha), [...(repository.statuses.get(String(sha)) ?? []), status])
    return [201, status]
  },

  'repos/get-collaborator-permission-level': ({ parameters: { username } }) => {
    const user = userNamed(String(username))
    return [200, { permission: user.permission, role_name: user.permission, user: shownUser(user) }]
  },

  'repos/list-pull-requests-associated-with-commit': ({ parameters: { commit_sha }, repository, listed }) => {
    // The description knows of no 422 here, and GitHub gives one.
    if (!repository.has(String(commit_sha))) return [422, undefined]
    const found = listed.filter(({ head, merged }) => head === commit_sha || merged?.commit === commit_sha)
    return [200, found.map(shownPull)]
  },

  'git/get-ref': ({ parameters: { ref }, repository }) => {
    const sha = repository.tip(String(ref).replace('heads/', ''))
    return sha === '' ? [404, { message: 'Not Found' }] : [200, { ref: `refs/${ref}`, object: { sha, type: 'commit' } }]
  },

  'git/get-commit': ({ parameters: { commit_sha }, repository }) => {
    const parents = repository.git('log', '-1', '--format=%P', String(commit_sha)).split(' ')
    return [200, { sha: commit_sha, parents: parents.map(sha => ({ sha })) }]
  },
}

/** What GitHub shows at once; where there is more, the total says so. */
function pageOf<T>(all: readonly T[], { page = 1, per_page = 30 }: Call['parameters']): readonly T[] {
  return all.slice((Number(page) - 1) * Number(per_page), Number(page) * Number(per_page))
}

function onPull({ parameters, repository }: Asked, act: (pull: FakePull) => Answer): Answer {
  const number = parameters.pull_number ?? parameters.issue_number
  const pull = repository.pulls.find(candidate => candidate.number === number)
  return pull === undefined ? [404, { message: 'Not Found' }] : act(pull)
}

function failed(message: string): Answer {
  return [422, { message: 'Validation Failed', documentation_url: '', errors: [{ code: 'custom', message }] }]
}

function shownUser({ login, type }: User) {
  return { login, type }
}

function shownReview(review: FakePull['reviews'][number] | undefined) {
  if (review === undefined) throw new Error('there is no review')
  const { login, state, commit, at } = review
  return { user: shownUser(userNamed(login)), state, commit_id: commit, submitted_at: at }
}

function shownPull({ number, state, title, body, branch, base, head, opener, merged, labels, requested }: FakePull) {
  return {
    number,
    state,
    title,
    body,
    user: shownUser(userNamed(opener)),
    labels: labels.map(name => ({ name })),
    requested_reviewers: requested.map(login => shownUser(userNamed(login))),
    head: { ref: branch, sha: head, label: `${OWNER}:${branch}`, repo: { full_name: FULL_NAME } },
    base: { ref: base, label: `${OWNER}:${base}`, repo: { full_name: FULL_NAME } },
    merged_at: merged?.at ?? null,
    merge_commit_sha: merged?.commit ?? null,
    merged: merged !== undefined,
  }
}

/**
 * Who wrote commits, for the one query that is asked of GraphQL.
 *
 * @throws when it is another query
 */
export function people({ git, has }: FakeRepository, query: string): unknown {
  const flat = query.replace(/\s+/g, ' ').trim()
  const [, fields = ''] = WHO.exec(flat) ?? []
  if (fields === '') throw new Error(`GraphQL is asked something else: ${flat}`)
  const commits = [...fields.matchAll(/(c\d+): object\(oid: "([0-9a-f]{40})"\)/g)].map(([, alias = '', id = '']) => {
    if (!has(id)) return [alias, null]
    const trailers = '%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x1f)'
    const [author = '', committer = '', ...others] = git('log', '-1', `--format=%ae%x1f%ce%x1f${trailers}`, id).split(
      '\u001f',
    )
    const coAuthors = others.map(text => /<(.*)>/.exec(text)?.[1] ?? '').filter(email => email !== '')
    return [alias, { authors: { nodes: [author, ...coAuthors].map(known) }, committer: known(committer) }]
  })
  return { data: { repository: Object.fromEntries(commits) } }
}

const WHO =
  /^query \(\$owner: String!, \$repo: String!\) \{ repository\(owner: \$owner, name: \$repo\) \{ ((?:c\d+: object\(oid: "[0-9a-f]{40}"\) \{ \.\.\.people \} )+)\} \} fragment people on Commit \{ authors\(first: 100\) \{ nodes \{ email user \{ login \} \} \} committer \{ email user \{ login \} \} \}$/

function known(email: string) {
  const user = userWith(email)
  return { email, user: user === undefined ? null : { login: user.login } }
}
