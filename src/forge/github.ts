import type { Octokit } from '@octokit/rest'
import { now } from '../clock.ts'
import type { Author, Git } from '../git.ts'
import { unitDigests, unitsTouched } from '../promote/judge-pull.ts'
import { OWN_PREFIX } from '../promote/pull-request.ts'
import { inputError } from '../spec/problem.ts'
import { short } from '../synth/unit-file.ts'
import { carries } from './as-planned.ts'
import { refuseForeign } from './foreign-commit.ts'
import type { Approval, CommitState, Forge, PullRequest, PullRequestPlan, Waiting } from './forge.ts'
import { gitRemote } from './git-remote.ts'
import { githubClient } from './github-client.ts'
import { appToken, type GithubCredential } from './github-credential.ts'
import { refusalOf, told } from './github-error.ts'
import type { GithubRepository } from './github-repository.ts'
import { approvers } from './github-review.ts'

/** The context of the status beside each head. */
const STATUS = 'waybill/gates'
/** What GitHub takes in the description of a status. */
const LONGEST_STATUS = 140
/** Where branches of GitHub are kept, out of the way of everybody's own. */
const REFS = 'refs/waybill/github'
/** What GitHub calls the states of a commit; "error" is a failure too. */
const STATES: Readonly<Record<string, CommitState>> = { success: 'success', pending: 'pending' }
/** How a finished run of a check counts; whatever else it came to is a failure. One that was skipped tells nothing. */
const CONCLUSIONS: Readonly<Record<string, CommitState | 'untold'>> = {
  success: 'success',
  neutral: 'untold',
  skipped: 'untold',
}
/** Permissions with which a yes counts. */
const MAY_APPROVE = ['admin', 'write']

/** What lists and single pull requests have in common. */
interface Listed {
  readonly number: number
  readonly state: string
  readonly title: string
  readonly body: string | null
  readonly merged_at: string | null
  readonly merge_commit_sha: string | null
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } | null }
  readonly base: { readonly ref: string }
  readonly user: { readonly login: string } | null
  readonly labels: readonly { readonly name: string }[]
}

/**
 * Pull requests of a repository on GitHub.
 *
 * Content travels by `git push`: one exchange however many files there are, taken whole or not at all, and compared with
 * the commit that the branch has to be at by the server itself. Over the API it would be three calls, of which the last
 * cannot be pinned: GitHub moves a ref by force or forward, never "from this commit". Commits of others come by
 * `git fetch`, as everything that is judged is read from Git.
 *
 * @throws InputError when GitHub does not let the app in
 */
export async function githubForge(
  git: Git,
  repository: GithubRepository,
  credential: GithubCredential,
  waiting: Waiting,
): Promise<Forge> {
  const { owner, name, api, url } = repository
  const repo = { owner, repo: name }
  const fullName = `${owner}/${name}`
  const ask = async <T>(doing: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      throw told(error, fullName, doing)
    }
  }
  const token =
    credential.kind === 'token' ? credential.token : await installationToken(repository, credential, waiting, ask)
  const github = githubClient(api, token, waiting)
  const { pulls, issues, repos, checks, git: data } = github.rest
  const remote = gitRemote(git, url, token, waiting)
  const refOf = (branch: string) => `${REFS}/${branch}`
  // What does not change while a command runs is asked once.
  const permissions = new Map<string, string>()
  const logins = new Map<string, string | undefined>()

  /** The commit of a base branch; with it come the branches of the bot. */
  const tip = async (base: string): Promise<string> => {
    const ours = `refs/heads/${OWN_PREFIX}*:${refOf(`${OWN_PREFIX}*`)}`
    await remote.fetch([`+refs/heads/${base}:${refOf(base)}`, `+${ours}`])
    return git.resolve(refOf(base))
  }

  const mayApprove = async (login: string): Promise<boolean> => {
    const known = permissions.get(login)
    const asked = { ...repo, username: login }
    const permission =
      known ?? (await ask('read permissions', repos.getCollaboratorPermissionLevel(asked))).data.permission
    permissions.set(login, permission)
    return MAY_APPROVE.includes(permission)
  }

  /** The units that a commit brings, as an approval is bound to them; none of a commit that is gone. */
  const unitsAt = async (commit: string, base: string): Promise<Readonly<Record<string, string>>> => {
    if (!git.has(commit) && !(await remote.bring(commit))) return {}
    const start = git.mergeBase(git.ref(refOf(base)) ?? (await tip(base)), commit)
    return unitDigests(git.tree(commit), unitsTouched(git.changedPaths(start, commit)))
  }

  const approvalsOf = async ({ number, user, base }: Listed): Promise<readonly Approval[]> => {
    const listed = github.paginate(pulls.listReviews, { ...repo, pull_number: number, per_page: 100 })
    const approvals: Approval[] = []
    for (const { by, at, commit } of approvers(await ask('read reviews', listed), user?.login)) {
      if (!(await mayApprove(by))) continue
      approvals.push({ by, at, units: commit === undefined ? {} : await unitsAt(commit, base.ref) })
    }
    return approvals
  }

  const pullOf = (listed: Listed, approvals: readonly Approval[]): PullRequest => ({
    number: listed.number,
    state: listed.merged_at !== null ? 'merged' : listed.state === 'open' ? 'open' : 'closed',
    title: listed.title,
    body: listed.body ?? '',
    branch: listed.head.ref,
    base: listed.base.ref,
    head: listed.merged_at !== null ? (listed.merge_commit_sha ?? listed.head.sha) : listed.head.sha,
    labels: listed.labels.map(label => label.name),
    approvals,
  })

  /** An open pull request with its head at hand and its approvals read; of any other one, what GitHub says. */
  const read = async (listed: Listed): Promise<PullRequest> => {
    if (listed.state !== 'open') return pullOf(listed, [])
    if (!git.has(listed.head.sha)) await remote.fetch([listed.head.sha])
    return pullOf(listed, await approvalsOf(listed))
  }

  const readAll = async (listed: readonly Listed[]): Promise<PullRequest[]> => {
    const found: PullRequest[] = []
    for (const one of [...listed].sort((left, right) => left.number - right.number)) found.push(await read(one))
    return found
  }

  const isOurs = ({ head }: Listed) =>
    head.ref.startsWith(OWN_PREFIX) && head.repo?.full_name.toLowerCase() === fullName.toLowerCase()

  const openOf = async (branch: string): Promise<readonly Listed[]> => {
    const wanted = { ...repo, state: 'open', head: `${owner}:${branch}`, per_page: 100 } as const
    const listed = (await ask('list pull requests', pulls.list(wanted))).data
    return listed.filter(candidate => isOurs(candidate) && candidate.head.ref === branch)
  }

  /** Open pull requests that hold a commit; of one that has not been pushed, none. */
  const withCommit = async (commit: string): Promise<readonly Listed[]> => {
    try {
      const { data: listed } = await repos.listPullRequestsAssociatedWithCommit({ ...repo, commit_sha: commit })
      return listed.filter(({ state }) => state === 'open')
    } catch (error) {
      if (refusalOf(error)?.status === 422) return []
      throw told(error, fullName, 'find the pull request')
    }
  }

  const look = async (number: number): Promise<Listed> =>
    (await ask('read the pull request', pulls.get({ ...repo, pull_number: number }))).data

  /** Opens the pull request of a branch, or finds the one that another run has opened. */
  const open = async ({ branch, base, title, body }: PullRequestPlan): Promise<PullRequest> => {
    try {
      return pullOf((await pulls.create({ ...repo, head: branch, base, title, body })).data, [])
    } catch (error) {
      // Also what a run is told that has opened it itself and did not hear of it.
      const [present] = refusalOf(error)?.status === 422 ? await openOf(branch) : []
      if (present === undefined) throw told(error, fullName, 'open a pull request')
      return read(present)
    }
  }

  /** Brings what people read up to date. */
  const update = async (present: PullRequest, { title, body, base }: PullRequestPlan): Promise<PullRequest> => {
    if (present.title === title && present.body === body && present.base === base) return present
    const wanted = { ...repo, pull_number: present.number, title, body, ...(present.base === base ? {} : { base }) }
    const { data: updated } = await ask('update the pull request', pulls.update(wanted))
    return pullOf(updated, present.approvals)
  }

  /** Sets the labels that are the bot's and leaves those of others. */
  const label = async (pull: PullRequest, labels: readonly string[]): Promise<PullRequest> => {
    const others = pull.labels.filter(name => !name.startsWith(OWN_PREFIX))
    const wanted = [...others, ...labels]
    if ([...wanted].sort().join('\n') === [...pull.labels].sort().join('\n')) return pull
    await ask('set labels', issues.setLabels({ ...repo, issue_number: pull.number, labels: wanted }))
    return { ...pull, labels: wanted }
  }

  /**
   * Asks people to look. GitHub refuses all of them when one may not, and then each is asked alone: whoever cannot be
   * asked is no reason to stop.
   */
  const invite = async (pull: PullRequest, people: readonly string[]): Promise<void> => {
    if (people.length === 0) return
    const names = people.map(person => person.replace(/^@/, ''))
    const reviewers = names.filter(person => !person.includes('/'))
    const team_reviewers = names.filter(person => person.includes('/')).map(team => team.replace(/^.*\//, ''))
    try {
      await pulls.requestReviewers({ ...repo, pull_number: pull.number, reviewers, team_reviewers })
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined || ![403, 404, 422].includes(refusal.status)) {
        throw told(error, fullName, 'ask for reviews')
      }
      const [only, ...others] = people
      if (only !== undefined && others.length === 0) {
        waiting.progress(`${only} was not asked to review #${pull.number}: ${refusal.words}`)
      } else for (const person of people) await invite(pull, [person])
    }
  }

  return {
    tip,

    branch: name => git.ref(refOf(name)),

    branches: () => git.refs(REFS).filter(name => name.startsWith(OWN_PREFIX)),

    pulls: async ({ branch, head }) => {
      if (branch !== undefined) return readAll(await openOf(branch))
      if (head !== undefined) return readAll((await withCommit(head)).filter(pull => pull.head.sha === head))
      const wanted = { ...repo, state: 'open', per_page: 100 } as const
      return readAll((await ask('list pull requests', github.paginate(pulls.list, wanted))).filter(isOurs))
    },

    pull: async number => {
      try {
        return await read((await pulls.get({ ...repo, pull_number: number })).data)
      } catch (error) {
        if (refusalOf(error)?.status === 404) return undefined
        throw told(error, fullName, 'read the pull request')
      }
    },

    statuses: async commit => {
      const asked = { ...repo, ref: commit, per_page: 100 }
      const statuses = await ask('read commit statuses', combinedStatuses(github, asked))
      const runs = await ask('read check runs', github.paginate(checks.listForRef, asked))
      const reports = [
        ...statuses.map(({ context, state, updated_at }) => ({
          name: context,
          at: Date.parse(updated_at),
          state: STATES[state] ?? 'failure',
        })),
        ...runs.flatMap(({ name: of, status, conclusion, started_at }) => {
          const state = status === 'completed' ? CONCLUSIONS[conclusion ?? ''] : 'pending'
          const at = started_at === null ? Number.POSITIVE_INFINITY : Date.parse(started_at)
          return state === 'untold' ? [] : [{ name: of, at, state: state ?? 'failure' }]
        }),
      ]
      // Of a name that stands several times, the newest holds, and of those that are as new, the worst.
      const worst = (state: CommitState) => ['success', 'pending', 'failure'].indexOf(state)
      reports.sort((left, right) => compare(left.at, right.at) || compare(worst(left.state), worst(right.state)))
      return new Map(reports.map(({ name: of, state }) => [of, state]))
    },

    accounts: async authors => {
      const unknown = authors.filter(({ email }) => !BOT_ADDRESS.test(email) && !logins.has(email.toLowerCase()))
      const found = await ask('find the authors', accountsOf(github, repo, unknown))
      for (const { email } of unknown) logins.set(email.toLowerCase(), found.get(email.toLowerCase()))
      return ({ email }) => BOT_ADDRESS.exec(email)?.[1] ?? logins.get(email.toLowerCase())
    },

    propose: async (plan, present, at) => {
      const before = git.ref(refOf(plan.branch))
      if (before !== undefined) refuseForeign(git, plan.branch, plan.onto, before)
      const carried = before !== undefined && carries(git, before, plan.onto, plan.changes)
      const head = carried ? before : git.commit(plan.onto, plan.changes, plan.message, at)
      if (!carried && !(await remote.push(plan.branch, head, before))) {
        throw inputError(plan.branch, 'somebody else moved the branch meanwhile', 'run the command again')
      }
      const updated = present === undefined ? undefined : await update(present, plan)
      const standing = updated?.state === 'open' ? updated : await update(await open(plan), plan)
      // The labels come last, so a pull request without any was opened by a run that did not get to its end.
      if (!standing.labels.some(name => name.startsWith(OWN_PREFIX))) await invite(standing, plan.reviewers)
      const pull = { ...(await label(standing, plan.labels)), head }
      const same = carried && updated === present && pull.labels.join() === present?.labels.join()
      return { pull, did: updated?.state !== 'open' ? 'opened' : same ? 'nothing' : 'updated' }
    },

    report: async (head, verdict) => {
      const state = verdict.open ? 'success' : 'pending'
      const description = verdict.text.slice(0, LONGEST_STATUS)
      const asked = { ...repo, ref: head, per_page: 100 }
      const { statuses } = (await ask('read commit statuses', repos.getCombinedStatusForRef(asked))).data
      const present = statuses.find(({ context }) => context === STATUS)
      if (present?.state === state && present.description === description) return
      const wanted = { ...repo, sha: head, state, description, context: STATUS } as const
      await ask('write commit statuses', repos.createCommitStatus(wanted))
    },

    approve: async ({ number, head }, as) => {
      if (as !== undefined) {
        throw inputError(
          '--as',
          'GitHub knows who you are by the token, so nobody approves for another',
          'leave it out',
        )
      }
      const review = { ...repo, pull_number: number, event: 'APPROVE', commit_id: head } as const
      await ask('approve', pulls.createReview(review))
      return read(await look(number))
    },

    merge: async ({ pull: { number, head, branch, base }, onto, message }) => {
      const current = (await ask('read the base', data.getRef({ ...repo, ref: `heads/${base}` }))).data.object.sha
      if (current !== onto) throw moved(number, base)
      const [commit_title = '', ...rest] = message.split('\n')
      const wanted = { ...repo, pull_number: number, sha: head, merge_method: 'squash', commit_title } as const
      let merged: Listed
      try {
        await pulls.merge({ ...wanted, commit_message: rest.join('\n').trim() })
        merged = await look(number)
      } catch (error) {
        merged = await look(number)
        // It is, when the answer to an earlier try was lost.
        if (merged.merged_at === null || merged.head.sha !== head) throw told(error, fullName, 'merge')
      }
      const pull = pullOf(merged, [])
      // GitHub pins the head and not the base. What came between cannot be undone, only be said.
      const { parents } = (await ask('read the merge', data.getCommit({ ...repo, commit_sha: pull.head }))).data
      if (parents[0]?.sha !== onto) {
        throw inputError(
          `#${number}`,
          `it was merged as ${short(pull.head)}, and "${base}" had moved from ${short(onto)} to ${short(parents[0]?.sha ?? '')} since the gates were judged`,
          'look at what both have changed; from now on, require branches to be up to date before they are merged',
        )
      }
      if (branch.startsWith(OWN_PREFIX)) await remote.push(branch, undefined, head)
      return pull
    },

    withdraw: async (branch, present, onto, comment) => {
      if (present !== undefined) {
        const issue = { ...repo, issue_number: present.number }
        const said = await ask('read comments', github.paginate(issues.listComments, { ...issue, per_page: 100 }))
        // Asked twice when the answer is lost, it would be said twice: the next run looks first.
        const once = { ...issue, body: comment, request: { retries: 0 } }
        if (!said.some(({ body }) => body === comment)) await ask('comment', issues.createComment(once))
        const closed = { ...repo, pull_number: present.number, state: 'closed' } as const
        await ask('close the pull request', pulls.update(closed))
      }
      const last = git.ref(refOf(branch))
      if (last !== undefined && git.foreign(onto, last) === undefined) await remote.push(branch, undefined, last)
    },
  }

  function moved(number: number, base: string) {
    return inputError(
      `#${number}`,
      `"${base}" has moved since the gates were judged`,
      'run `waybill promote` to bring it up to date, then merge again',
    )
  }
}

/** The newest status of each name at a commit. The client's own way through the pages takes this answer for a list of one. */
async function combinedStatuses(
  github: Octokit,
  asked: { readonly owner: string; readonly repo: string; readonly ref: string; readonly per_page: number },
) {
  const { getCombinedStatusForRef } = github.rest.repos
  const found: Awaited<ReturnType<typeof getCombinedStatusForRef>>['data']['statuses'] = []
  for (let page = 1; found.length === (page - 1) * asked.per_page; page++) {
    found.push(...(await getCombinedStatusForRef({ ...asked, page })).data.statuses)
  }
  return found
}

function compare(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** The address of an app's account, which approves nothing and has no other one. */
const BOT_ADDRESS = /^(?:\d+\+)?([^@]+\[bot\])@users\.noreply\.github\.com$/i

/**
 * Accounts by address, for all authors in one request. GraphQL, as the API has no account of a co-author or a committer.
 *
 * @see https://docs.github.com/graphql/reference/objects#commit
 */
async function accountsOf(
  github: Octokit,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  authors: readonly Author[],
): Promise<ReadonlyMap<string, string>> {
  // One commit for each address is enough.
  const byAddress = new Map(authors.map(({ email, commit }) => [email.toLowerCase(), commit]))
  const commits = [...new Set(byAddress.values())]
  if (commits.length === 0) return new Map()
  const fields = commits.map((commit, index) => `c${index}: object(oid: "${commit}") { ...people }`)
  const found = await github.graphql<People>(
    `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(' ')} } }
     fragment people on Commit {
       authors(first: 100) { nodes { email user { login } } }
       committer { email user { login } }
     }`,
    { owner, repo },
  )
  const logins = new Map<string, string>()
  for (const commit of Object.values(found.repository)) {
    for (const { email, user } of [...(commit?.authors.nodes ?? []), ...(commit ? [commit.committer] : [])]) {
      if (user !== null) logins.set(email.toLowerCase(), user.login)
    }
  }
  return logins
}

interface Person {
  readonly email: string
  readonly user: { readonly login: string } | null
}

interface People {
  readonly repository: Readonly<
    Record<string, { readonly authors: { readonly nodes: readonly Person[] }; readonly committer: Person } | null>
  >
}

/** A token of the app for this one repository, good for an hour. */
async function installationToken(
  { owner, name, api }: GithubRepository,
  app: GithubCredential & { readonly kind: 'app' },
  waiting: Waiting,
  ask: <T>(doing: string, answer: Promise<T>) => Promise<T>,
): Promise<string> {
  const { apps } = githubClient(api, appToken(app, now()), waiting).rest
  const installation = await ask('find the installation of the app', apps.getRepoInstallation({ owner, repo: name }))
  const asked = { installation_id: installation.data.id, repositories: [name] }
  return (await ask('give the app a token', apps.createInstallationAccessToken(asked))).data.token
}
