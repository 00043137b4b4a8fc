import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Forge, PullRequestPlan, Waiting } from '../src/forge/forge.ts'
import { githubForge } from '../src/forge/github.ts'
import { repositoryAt } from '../src/forge/github-repository.ts'
import { openGit } from '../src/git.ts'
import { InputError } from '../src/spec/problem.ts'
import { type FakeGithub, type Fault, fakeGithub, type Seen, TOKEN } from './fake-github.ts'
import { type FakeRepository, fakeRepository } from './fake-repository.ts'
import { type Repository, repository } from './repository-fixture.ts'

const test = suite('faults of GitHub')

const AT = '2027-03-09T08:00:00Z'
const BRANCH = 'waybill/promote/production/all'
const FILE = 'environments/production/shop/unit.json'

/** A repository of a few files, which is enough for a forge. */
interface Place {
  readonly repo: Repository
  readonly github: FakeGithub
}

/** One run of a command, as far as the forge sees it: all that it knows it asks. */
type Run = (forge: Forge, place: Place) => Promise<void>

const plan = (onto: string): PullRequestPlan => ({
  branch: BRANCH,
  base: 'main',
  onto,
  title: 'Promote shop to production',
  body: 'What changes, and for whom.',
  labels: ['waybill/production', 'waybill/risk-low'],
  reviewers: ['@maria'],
  changes: [{ path: FILE, before: undefined, after: '{}\n' }],
  message: 'Promote shop to production\n\nWaybill-Promotion: staging -> production\n',
})

const propose: Run = async forge => {
  const onto = await forge.tip('main')
  const [present] = await forge.pulls({ branch: BRANCH })
  const { pull } = await forge.propose(plan(onto), present, Date.parse(AT) / 1000)
  await forge.report?.(pull.head, { open: false, text: '1 gate closed: approvals' })
}

const merge: Run = async forge => {
  const onto = await forge.tip('main')
  const pull = await forge.pull(1)
  if (pull?.state === 'merged') return forge.withdraw(BRANCH, undefined, onto, '')
  if (pull === undefined) throw new Error('there is no pull request to merge')
  await forge.report?.(pull.head, { open: true, text: 'every gate is open' })
  await forge.merge({ pull, onto, message: 'Promote shop\n\nApproved-by: maria\n', at: Date.parse(AT) / 1000 })
}

const withdraw: Run = async forge => {
  const onto = await forge.tip('main')
  const [present] = await forge.pulls({ branch: BRANCH })
  await forge.withdraw(BRANCH, present, onto, 'Nothing is left of it to promote.')
}

/** What a run starts from, and what it does. */
const PATHS: Readonly<Record<string, { readonly before: readonly Run[]; readonly run: Run }>> = {
  'opening a pull request': { before: [], run: propose },
  'bringing one up to date': { before: [propose, disturb], run: propose },
  merging: { before: [propose, approve], run: merge },
  withdrawing: { before: [propose], run: withdraw },
}

/** A person changes all that is the bot's to say, and the base moves on. */
async function disturb(_forge: Forge, { github: { repository: hosted } }: Place): Promise<void> {
  Object.assign(hosted.pull(1), { title: 'Mine', body: 'Mine', labels: ['urgent', 'waybill/risk-none'] })
  hosted.push('main', 'README.md', 'about something else', 'ines')
}

async function approve(_forge: Forge, { github }: Place): Promise<void> {
  for (const login of ['maria', 'tomas']) github.repository.review(1, login)
}

const made: Place[] = []
const violations: string[] = []

async function place(repo: Repository, hosted: FakeRepository): Promise<Place> {
  const self = { repo, github: await fakeGithub(hosted) }
  made.push(self)
  repo.git('config', 'remote.origin.url', self.github.origin)
  return self
}

/** A bot that has just been started. */
async function forgeOf({ repo, github }: Place, waiting: Partial<Waiting> = {}): Promise<Forge> {
  const address = repositoryAt(github.origin, github.variables)
  if (address === undefined) throw new Error('the fake is on no GitHub')
  const patient = { second: 0, patience: 20_000, progress: () => undefined, ...waiting }
  return githubForge(openGit(repo.root), address, { kind: 'token', token: TOKEN }, patient)
}

/** Everything that people and clusters see of a repository. */
function sight({ github: { repository: hosted } }: Place): unknown {
  hosted.follow()
  const trees = hosted.git('for-each-ref', '--format=%(refname) %(tree) %(parent)', 'refs/heads')
  const pulls = hosted.pulls.map(({ head, merged, ...pull }) => ({
    ...pull,
    labels: [...pull.labels].sort(),
    tree: hosted.git('rev-parse', `${head}^{tree}`),
    merged: merged && hosted.git('log', '-1', '--format=%T %P %B', merged.commit),
    status: hosted.statuses.get(head)?.at(-1),
  }))
  return { trees, pulls }
}

const starts = new Map<string, Place>()

/** A fresh copy of where a path starts. */
async function startOf(name: string): Promise<Place> {
  let start = starts.get(name)
  if (start === undefined) {
    const repo = repository({ 'README.md': 'a platform' }, AT)
    const hosted = fakeRepository(AT)
    repo.commit('Start')
    repo.git('push', '-q', hosted.bare, 'main')
    start = await place(repo, hosted)
    for (const run of PATHS[name]?.before ?? []) await run(await forgeOf(start), start)
    starts.set(name, start)
  }
  return place(start.repo.copy(), start.github.repository.copy())
}

/** Runs a path with faults. Whether the run came to its end. */
async function runWith(name: string, on: Place, fault: FakeGithub['fault'] = () => undefined): Promise<boolean> {
  on.github.fault = fault
  try {
    await PATHS[name]?.run(await forgeOf(on), on)
    return true
  } catch (error) {
    assert.instance(error, InputError, `${error instanceof Error ? error.stack : error}`)
    assert.not.match((error as InputError).problems.map(problem => JSON.stringify(problem)).join(), TOKEN)
    return false
  } finally {
    on.github.fault = () => undefined
  }
}

interface Expected {
  /** What a path leads to when nothing goes wrong. */
  readonly end: unknown
  /** The requests at which something may go wrong: of those that read the same in a row, the first. */
  readonly steps: readonly Step[]
  /** Those of them at which it matters who else has been there: the first, a look at pull requests, and each write. */
  readonly turns: readonly Step[]
}

interface Step {
  /** Counted from the first request of the run. */
  readonly index: number
  readonly isWrite: boolean
  /** For messages. */
  readonly where: string
}

const known = new Map<string, Expected>()

async function expected(name: string): Promise<Expected> {
  const before = known.get(name)
  if (before !== undefined) return before
  const on = await startOf(name)
  const earlier = on.github.seen.length
  assert.ok(await runWith(name, on))
  const requests = on.github.seen.slice(earlier)
  const steps = requests
    .map(({ operation, isWrite }, index) => ({ index, isWrite, where: `${name}, at ${operation} (request ${index})` }))
    .filter(({ isWrite }, index) => isWrite || requests[index]?.operation !== requests[index - 1]?.operation)
  const turns = steps.filter(
    ({ index, isWrite }) => index === 0 || isWrite || /^pulls\/(list|get)$/.test(requests[index]?.operation ?? ''),
  )
  const made = { end: sight(on), steps, turns }
  known.set(name, made)
  return made
}

/** A fault at one request of the run that comes next. */
function at({ github: { seen } }: Place, { index }: Step, fault: Fault): FakeGithub['fault'] {
  const wanted = seen.length + index
  return request => (request.index === wanted ? fault : undefined)
}

test.after.each(async () => {
  for (const { repo, github } of made.splice(0)) {
    violations.push(...github.violations)
    if ([...starts.values()].some(start => start.github === github)) continue
    await github.dispose()
    repo.dispose()
  }
})
test.after(async () => {
  for (const { repo, github } of starts.values()) {
    await github.dispose()
    repo.dispose()
  }
})

const PASSING: Readonly<Record<string, Fault>> = {
  'an error before the effect': { kind: 'refuse', status: 502 },
  'an error after the effect': { kind: 'refuse', status: 502, late: true },
  'a connection that breaks before the effect': { kind: 'reset' },
  'a connection that breaks after the effect': { kind: 'reset', late: true },
}
const PAUSES: Readonly<Record<string, Fault>> = {
  'a pause of a named length': {
    kind: 'refuse',
    status: 429,
    message: 'You have exceeded a secondary rate limit.',
    headers: { 'retry-after': '7' },
  },
  'a pause of no named length': { kind: 'refuse', status: 403, message: 'You have exceeded a secondary rate limit.' },
}

/** Requests that are made once, as a second one would say a thing twice. */
const ONCE = ['issues/create-comment']

for (const name of Object.keys(PATHS)) {
  for (const [what, fault] of Object.entries({ ...PASSING, ...PAUSES })) {
    test(`${name} stands ${what} at every step`, async () => {
      const { end } = await expected(name)
      const on = await startOf(name)
      const failed = new Set<string>()
      const finished = await runWith(name, on, ({ operation, isWrite }) => {
        const step = `${operation}${isWrite ? ' (writes)' : ''}`
        const spared = ONCE.includes(operation) || (what in PAUSES && operation.startsWith('git '))
        if (spared || failed.has(step)) return undefined
        failed.add(step)
        return fault
      })
      assert.ok(finished, [...failed].join(', '))
      assert.ok(failed.size >= 4, [...failed].join(', '))
      assert.equal(sight(on), end)
    })
  }

  test(`${name} ends as ever when run again, wherever GitHub went away before`, async () => {
    const { end, steps } = await expected(name)
    for (const { index, isWrite, where } of steps) {
      // The one request may still have its effect; from then on nothing answers.
      for (const late of isWrite ? [false, true] : [false]) {
        const on = await startOf(name)
        const last = on.github.seen.length + index
        const gone = ({ index: current }: Seen): Fault | undefined =>
          current < last ? undefined : { kind: 'reset', late: late && current === last }
        assert.not(await runWith(name, on, gone), where)
        assert.ok(await runWith(name, on), where)
        assert.equal(sight(on), end, `${late ? 'after' : 'before'} ${where}`)
      }
    }
  })
}

/** What happens to a pull request on GitHub while a run is under way. */
const EVENTS: Readonly<Record<string, (hosted: FakeRepository) => void>> = {
  'a person closes the pull request': hosted => {
    for (const pull of hosted.pulls) pull.state = 'closed'
  },
  'a person renames and relabels it': hosted => {
    for (const pull of hosted.pulls) Object.assign(pull, { title: 'Mine', labels: ['urgent', 'waybill/risk-none'] })
  },
  'a person sends it elsewhere': hosted => {
    hosted.git('branch', '-f', 'old', 'main')
    for (const pull of hosted.pulls) pull.base = 'old'
  },
  'the branch is deleted': hosted => void hosted.git('update-ref', '-d', `refs/heads/${BRANCH}`),
  'the base moves': hosted => void hosted.push('main', 'README.md', 'about something else', 'ines'),
}

for (const [what, happen] of Object.entries(EVENTS)) {
  test(`there is one pull request as planned after the next run, whenever ${what}`, async () => {
    const name = 'bringing one up to date'
    for (const step of (await expected(name)).turns) {
      const on = await startOf(name)
      const { repository: hosted } = on.github
      await runWith(name, on, at(on, step, { kind: 'event', act: () => happen(hosted) }))
      assert.ok(await runWith(name, on), step.where)
      hosted.follow()
      const [open, ...others] = hosted.pulls.filter(({ state }) => state === 'open')
      assert.is(others.length, 0, step.where)
      assert.equal([open?.title, open?.base, open?.branch], [plan('').title, 'main', BRANCH], step.where)
      assert.equal(
        open?.labels.filter(label => label.startsWith('waybill/')),
        plan('').labels,
        step.where,
      )
      const tip = hosted.tip(BRANCH)
      assert.is(hosted.git('rev-parse', `${tip}^`), hosted.tip('main'), step.where)
      assert.is(hosted.git('diff', '--name-only', 'main', tip), FILE, step.where)
    }
  })
}

test('what a person pushes is never lost, whenever it happens', async () => {
  for (const name of ['bringing one up to date', 'merging', 'withdrawing']) {
    for (const step of (await expected(name)).turns) {
      const on = await startOf(name)
      const { repository: hosted } = on.github
      let commit = ''
      const push = () => {
        if (hosted.tip(BRANCH) !== '') commit = hosted.push(BRANCH, 'notes.txt', 'mine', 'maria')
      }
      await runWith(name, on, at(on, step, { kind: 'event', act: push }))
      if (name !== 'merging') await runWith(name, on)
      if (commit === '') continue
      // Merged as it was judged, with the file of the person, or still there.
      const { merged } = hosted.pull(1)
      const taken = merged !== undefined && hosted.git('ls-tree', '--name-only', merged.commit, 'notes.txt') !== ''
      const kept = hosted.git('for-each-ref', '--contains', commit, '--format=%(refname)')
      assert.ok(taken || kept === `refs/heads/${BRANCH}`, step.where)
    }
  }
})

test('a merge goes onto what it was judged against, or it is told, whenever the base moves', async () => {
  for (const step of (await expected('merging')).steps) {
    const on = await startOf('merging')
    const { repository: hosted } = on.github
    const before = hosted.tip('main')
    const move = () => hosted.push('main', 'calendar.yaml', 'frozen', 'ines')
    const finished = await runWith('merging', on, at(on, step, { kind: 'event', act: move }))
    const { merged } = hosted.pull(1)
    const parent = merged && hosted.git('rev-parse', `${merged.commit}^`)
    // What moves before anything is read is judged with the rest.
    const judged = step.index === 0 ? hosted.git('rev-parse', `main~${merged === undefined ? 0 : 1}`) : before
    assert.is(finished, parent === judged, step.where)
  }
})

test('two bots at once end with one pull request, whenever the second comes', async () => {
  for (const name of ['opening a pull request', 'merging', 'withdrawing']) {
    const { end, turns } = await expected(name)
    for (const step of turns) {
      const on = await startOf(name)
      const second = async () => {
        on.github.fault = () => undefined
        const other = { repo: on.repo.copy(), github: on.github }
        await PATHS[name]?.run(await forgeOf(other), other)
        other.repo.dispose()
      }
      await runWith(name, on, at(on, step, { kind: 'event', act: second }))
      await runWith(name, on)
      // Both may give the reason.
      for (const pull of on.github.repository.pulls) pull.comments.splice(1)
      assert.equal(sight(on), end, step.where)
    }
  }
})

test('a token that expires is told wherever it happens, and the next run ends as ever', async () => {
  const name = 'bringing one up to date'
  const { end, steps } = await expected(name)
  for (const step of steps) {
    const on = await startOf(name)
    const expire = () => on.github.tokens.delete(TOKEN)
    const problem = await problemOf(name, on, at(on, step, { kind: 'event', act: expire }))
    assert.match(problem, /^GitHub does not accept the token; it may have expired/, step.where)
    on.github.tokens.set(TOKEN, 'waybill[bot]')
    assert.ok(await runWith(name, on), step.where)
    assert.equal(sight(on), end, step.where)
  }
})

test('what GitHub refuses is told with what to do', async () => {
  const limit = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1804586400' }
  const permissions = { 'x-accepted-github-permissions': 'pull_requests=write' }
  const refusals: readonly (readonly [string, Omit<Fault & { kind: 'refuse' }, 'kind'>, RegExp])[] = [
    ['pulls/list', { status: 404 }, /finds nothing where waybill wanted to list pull requests.*check the address/],
    [
      'pulls/create',
      { status: 403, message: 'Resource not accessible by integration', headers: permissions },
      /the token may not open a pull request: Resource not accessible by integration.*give it pull_requests=write/,
    ],
    ['pulls/create', { status: 403, message: 'Resource protected by organization SAML enforcement.' }, /\(SSO\)/],
    [
      'pulls/create',
      { status: 422, message: 'Validation Failed' },
      /refuses to open a pull request: Validation Failed/,
    ],
    [
      'issues/set-labels',
      { status: 403, message: 'You have exceeded a secondary rate limit.', headers: { 'retry-after': '900' } },
      /GitHub asks for a pause.*run it again in 900 s/,
    ],
    [
      'issues/set-labels',
      { status: 403, headers: limit },
      /used up its requests.*run it again after 2027-03-09 10:00 UTC/,
    ],
    ['repos/create-commit-status', { status: 503 }, /GitHub did not write commit statuses: fault 503.*run it again/],
  ]
  for (const [at, refusal, pattern] of refusals) {
    const on = await startOf('opening a pull request')
    const problem = await problemOf('opening a pull request', on, ({ operation }) =>
      operation === at ? { kind: 'refuse', ...refusal } : undefined,
    )
    assert.match(problem, pattern)
  }
  const on = await startOf('opening a pull request')
  on.github.protected = 'refs/heads/*'
  assert.match(
    await problemOf('opening a pull request', on, () => undefined),
    /the branch is protected against the bot.*let the bot push to branches that begin with "waybill\/"/,
  )
})

test('a request that nobody answers is given up, and made again', async () => {
  const { end } = await expected('opening a pull request')
  const on = await startOf('opening a pull request')
  let hangs = 0
  on.github.fault = ({ operation }) => (operation === 'pulls/create' && hangs++ === 0 ? { kind: 'hang' } : undefined)
  await propose(await forgeOf(on, { patience: 5_000 }), on)
  assert.is(hangs, 2)
  assert.equal(sight(on), end)
})

test('the reason of a withdrawal is given once, even when the answer to it is lost', async () => {
  const { end } = await expected('withdrawing')
  const on = await startOf('withdrawing')
  const lost = ({ operation }: Seen): Fault | undefined =>
    operation === 'issues/create-comment' ? { kind: 'refuse', status: 502, late: true } : undefined
  assert.match(await problemOf('withdrawing', on, lost), /GitHub did not comment: fault 502/)
  assert.ok(await runWith('withdrawing', on))
  assert.equal(sight(on), end)
})

test('a list that does not show the pull request yet brings no second one', async () => {
  const on = await startOf('bringing one up to date')
  const { end } = await expected('bringing one up to date')
  let lists = 0
  const finished = await runWith('bringing one up to date', on, ({ operation }) =>
    operation === 'pulls/list' && lists++ === 0 ? { kind: 'stale', listed: [] } : undefined,
  )
  assert.ok(finished)
  assert.equal(sight(on), end)
})

test('a list that still shows a closed pull request as open does not keep the next from being opened', async () => {
  const on = await startOf('bringing one up to date')
  const { repository: hosted } = on.github
  const listed = structuredClone(hosted.pulls)
  for (const pull of hosted.pulls) pull.state = 'closed'
  await runWith('bringing one up to date', on, ({ operation }) =>
    operation === 'pulls/list' ? { kind: 'stale', listed } : undefined,
  )
  assert.ok(await runWith('bringing one up to date', on))
  assert.equal(
    hosted.pulls.map(({ state }) => state),
    ['closed', 'open'],
  )
})

/** What a run says that cannot go on, with the hint. */
async function problemOf(name: string, on: Place, fault: FakeGithub['fault']): Promise<string> {
  on.github.fault = fault
  try {
    await PATHS[name]?.run(await forgeOf(on), on)
  } catch (error) {
    assert.instance(error, InputError, `${error instanceof Error ? error.stack : error}`)
    return (error as InputError).problems.map(({ message, hint }) => `${message}; ${hint}`).join('\n')
  } finally {
    on.github.fault = () => undefined
  }
  return ''
}

test('all that was asked and answered was as GitHub describes it', () => {
  assert.equal(violations, [])
})

test.run()
