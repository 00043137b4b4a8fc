import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as gates from '../src/cli/gates.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as rollback from '../src/cli/rollback.ts'
import * as synth from '../src/cli/synth.ts'
import { InputError } from '../src/spec/problem.ts'
import { carry, type GithubRoad, githubRoad, goLive, proposeNext, releaseImage } from './github-fixture.ts'

const test = suite('the road on GitHub')

// Made once, and copied for each test: a platform that starts, one that is live, and one whose next release is proposed.
const start = await githubRoad({ CODEOWNERS: '* @maria\n/environments/production/ @tomas @octo/approvers\n' })
const live = await start.copy()
await goLive(live)
const next = await live.copy()
const number = await proposeNext(next)

const copies: GithubRoad[] = []

async function copyOf(road: GithubRoad): Promise<GithubRoad> {
  const copy = await road.copy()
  copies.push(copy)
  return copy
}

const violations: string[] = []

test.after.each(async () => {
  for (const { github, dispose } of copies.splice(0)) {
    await dispose()
    violations.push(...github.violations)
  }
})
test.after(async () => {
  for (const road of [start, live, next]) await road.dispose()
})

test('a release soaks, is superseded, approved by two, merged, and rolled back byte for byte', async () => {
  const road = await copyOf(start)
  const { repo, github, run } = road
  await carry(road, 'dev', 'staging', [])
  const soaking = await run(promote, ['staging', 'production'])
  assert.match(soaking.text, /shop {2}[0-9a-f]{12} soaks until 2027-03-10 08:00 UTC/)
  road.at('2027-03-10T09:00:00Z')
  await carry(road, 'staging', 'production', ['maria', 'tomas'])
  const first = repo.below('environments/production')
  assert.ok(Object.keys(first).length > 50)

  road.at('2027-03-12T09:00:00Z')
  await releaseImage(road, 'cd')
  await carry(road, 'dev', 'staging', [])
  road.at('2027-03-14T09:00:00Z')
  const number = Number((await run(promote, ['staging', 'production'])).data.pull)
  github.repository.review(number, 'maria')
  await releaseImage(road, 'ef')
  await carry(road, 'dev', 'staging', [])
  road.at('2027-03-16T09:00:00Z')
  const kept = await run(promote, ['staging', 'production'])
  assert.match(kept.text, /stands as it was approved; production\/shop would be something else by now/)
  const moved = await run(promote, ['staging', 'production'], { supersede: true })
  assert.is(moved.data.did, 'updated')
  assert.is(moved.data.pull, number)
  const again = await run(promote, ['staging', 'production'])
  assert.match(again.text, /is as it should be.*\nclosed: approvals \(0 of 2 approvals; maria approved other content\)/)
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  const merged = await run(pulls, ['merge', String(number)])
  assert.is(merged.code, 0, merged.text)
  road.pullMain()
  assert.match(repo.read('environments/production/shop/shop-production-app/deployment.odoo-web.yaml'), 'ef'.repeat(32))

  road.at('2027-03-16T12:00:00Z')
  const previous = repo.git('rev-parse', 'HEAD^')
  const back = await run(rollback, ['production', 'shop'], { reason: 'tills lose the basket' })
  for (const login of ['maria', 'tomas']) github.repository.review(Number(back.data.pull), login)
  assert.is((await run(pulls, ['merge', String(back.data.pull)])).code, 0)
  road.pullMain()
  assert.is(repo.git('diff', '--stat', previous, 'HEAD', '--', 'environments/production'), '')
  assert.equal(repo.below('environments/production'), first)
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
  assert.match(repo.read('holds.yaml'), /reason: tills lose the basket/)
  assert.is(github.repository.git('for-each-ref', '--format=%(refname)', 'refs/heads/waybill'), '')
})

test('promoting twice changes nothing, and the second run only reads', async () => {
  const road = await copyOf(start)
  const { repo, github, run } = road
  const one = await run(promote, ['dev', 'staging'])
  const before = JSON.stringify(github.repository.pulls)
  const earlier = github.seen.length
  const two = await run(promote, ['dev', 'staging'])
  assert.is(one.data.did, 'opened')
  assert.is(two.data.did, 'nothing')
  assert.is(JSON.stringify(github.repository.pulls), before)
  assert.equal(
    github.seen.slice(earlier).map(({ operation }) => operation),
    ['git fetch', 'git fetch', 'pulls/list', 'pulls/list-reviews', 'repos/get-combined-status-for-ref'],
  )
  assert.is(repo.git('status', '--porcelain'), '')
  assert.is(repo.git('branch', '--list', 'waybill/*'), '')
})

test('a dry run says what the promotion then does, and only reads', async () => {
  const road = await copyOf(start)
  const { github, run } = road
  const dry = await run(promote, ['dev', 'staging'], { dryRun: true })
  const proposed = dry.data.proposed as { title: string; body: string; labels: string[] }
  assert.ok(github.seen.every(({ isWrite }) => !isWrite))
  await run(promote, ['dev', 'staging'])
  const { title, body, labels } = github.repository.pull(1)
  assert.equal({ title, body, labels }, { title: proposed.title, body: proposed.body, labels: proposed.labels })
})

test('with nothing to promote and nothing open, three requests are made', async () => {
  const road = await copyOf(start)
  await carry(road, 'dev', 'staging', [])
  const earlier = road.github.seen.length
  const nothing = await road.run(promote, ['dev', 'staging'])
  assert.match(nothing.text, /^nothing to promote/)
  assert.equal(
    road.github.seen.slice(earlier).map(({ operation }) => operation),
    ['git fetch', 'git fetch', 'pulls/list'],
  )
})

test('a merge is one commit with the message and the trailers of the bot, and its branch goes', async () => {
  const road = await copyOf(live)
  const { github } = road
  assert.is(github.repository.tip('waybill/promote/production/all'), '')
  const [parents, message] = github.repository.git('log', '-1', '--format=%P%x00%B', 'main').split('\0')
  assert.is(parents, github.repository.git('rev-parse', 'main^'))
  assert.match(
    message ?? '',
    /^Promote platform, shop to production \(#2\)\n\nWaybill-Promotion: staging -> production\n/,
  )
  assert.match(message ?? '', /\nWaybill-Unit: production\/shop sha256:/)
  assert.match(message ?? '', /\nApproved-by: maria\nApproved-by: tomas$/)
})

test('only people who may write, who did not write it, and whose last word is yes, count', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  const verdict = async (): Promise<string> => {
    const refused = await run(pulls, ['merge', String(number)])
    assert.is(refused.code, 1, refused.text)
    return /production\/shop {2}approvals closed: (.*); opens/.exec(refused.text)?.[1] ?? refused.text
  }
  const { review } = github.repository
  review(number, 'maria')
  review(number, 'maria')
  assert.is(await verdict(), '1 of 2 approvals', 'one person is one, however often')
  review(number, 'guest')
  assert.is(await verdict(), '1 of 2 approvals', 'whoever may only read')
  review(number, 'waybill[bot]')
  assert.is(await verdict(), '1 of 2 approvals', 'the bot, and whoever opened it')
  review(number, 'ines')
  assert.is(await verdict(), '1 of 2 approvals; ines wrote part of it and does not count')
  review(number, 'tomas')
  review(number, 'tomas', 'CHANGES_REQUESTED')
  assert.is(await verdict(), '1 of 2 approvals; ines wrote part of it and does not count')
  review(number, 'maria', 'DISMISSED')
  assert.is(await verdict(), '0 of 2 approvals; ines wrote part of it and does not count')
  review(number, 'maria')
  review(number, 'tomas')
  review(number, 'tomas', 'COMMENTED')
  const merged = await run(pulls, ['merge', String(number)])
  assert.is(merged.code, 0, merged.text)
})

test('an approval of a commit that the branch has left counts for what is the same in both', async () => {
  const road = await copyOf(next)
  const { repo, github, run } = road
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  const approved = github.repository.pull(number).head
  road.pullMain()
  repo.write('README.md', 'about something else')
  repo.commit('Tell more')
  road.pushMain()
  await run(promote, ['staging', 'production'])
  assert.is.not(github.repository.tip('waybill/promote/production/all'), approved)
  repo.git('reflog', 'expire', '--expire=now', '--all')
  repo.git('gc', '--quiet', '--prune=now')
  const merged = await run(pulls, ['merge', String(number)])
  assert.is(merged.code, 0, merged.text)
})

test('an author whom GitHub cannot name closes the gate, however many approve', async () => {
  const road = await copyOf(live)
  const { repo, github, run } = road
  road.at('2027-03-12T09:00:00Z')
  repo.edit('platform.yaml', text =>
    text.replace('    calendar: retail\n', '    calendar: retail\n    websocket: {replicas: 4}\n'),
  )
  await repo.run(synth, [])
  repo.commit('More websockets\n\nCo-authored-by: Old Hand <hand@elsewhere.example>', 'Maria')
  road.pushMain()
  await carry(road, 'dev', 'staging', [])
  road.at('2027-03-14T09:00:00Z')
  const number = Number((await run(promote, ['staging', 'production'])).data.pull)
  for (const login of ['ines', 'tomas']) github.repository.review(number, login)
  const refused = await run(pulls, ['merge', String(number)])
  assert.is(refused.code, 1)
  assert.match(
    refused.text,
    /approvals closed: Old Hand <hand@elsewhere.example> wrote part of it, and no account has that address, so an approval might be their own; opens: the author adds the address/,
  )
})

test('the status beside the head says which gates are closed, and then that all are open', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  const { head } = github.repository.pull(number)
  const statuses = () =>
    (github.repository.statuses.get(head) ?? []).map(({ state, description }) => `${state}: ${description}`)
  assert.equal(statuses(), ['pending: 1 gate closed: approvals'])
  await run(promote, ['staging', 'production'])
  assert.is(statuses().length, 1)
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  await run(pulls, ['merge', String(number)])
  assert.equal(statuses(), ['pending: 1 gate closed: approvals', 'success: every gate is open'])
})

test('a person who pushes to the branch stops the bot, and nothing of theirs is lost', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  const { branch } = github.repository.pull(number)
  const commit = github.repository.push(branch, 'environments/production/shop/notes.txt', 'mine', 'maria')
  const pattern = new RegExp(`maria has pushed ${commit.slice(0, 12)} "Touch .*notes.txt" to the branch`)
  await rejects(() => run(promote, ['staging', 'production']), pattern)
  await rejects(() => run(promote, ['staging', 'production'], { supersede: true }), pattern)
  assert.is(github.repository.tip(branch), commit)
  assert.is((await run(pulls, ['merge', String(number)])).code, 1, 'its file is nothing that renders')
  await run(pulls, ['close', String(number)])
  assert.is(github.repository.tip(branch), commit)
  assert.is(github.repository.pull(number).state, 'closed')
  await rejects(() => run(promote, ['staging', 'production']), pattern)
})

test('what no gate judges is not merged by the bot, whoever approves', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  github.repository.push(github.repository.pull(number).branch, 'calendar.yaml', 'calendars: {}', 'maria')
  for (const login of ['ines', 'tomas']) github.repository.review(number, login)
  await rejects(() => run(pulls, ['merge', String(number)]), /changes "calendar.yaml", which no gate judges/)
  assert.is(github.repository.pull(number).state, 'open')
})

test('what has moved on the base in the same environment is judged first, in another one it is not in the way', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  github.repository.push('main', 'environments/production/elsewhere/notes.txt', 'new', 'ines')
  const stale = await run(pulls, ['merge', String(number)])
  assert.is(stale.code, 1)
  assert.match(stale.text, /"environments\/production\/elsewhere\/notes.txt" has changed on "main" since/)
  await run(promote, ['staging', 'production'])
  github.repository.push('main', 'environments/dev/notes.txt', 'new', 'ines')
  const merged = await run(pulls, ['merge', String(number)])
  assert.is(merged.code, 0, merged.text)
})

test('commits that nobody has pushed are judged without approvals', async () => {
  const road = await copyOf(live)
  const { repo, run } = road
  repo.edit('platform.yaml', text => text.replace('users: 40}', 'users: 40, web: {replicas: 7}}'))
  await repo.run(synth, [])
  repo.commit('More pods for the sale')
  const judged = await run(gates, [], { base: 'main~1', head: 'HEAD' })
  assert.match(judged.text, /production\/shop {2}approvals closed: /)
  assert.is(judged.code, 1)
})

test('what a person does to title, body, base and labels is put right; labels of others stay', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  const pull = github.repository.pull(number)
  const { title, body } = pull
  github.repository.git('branch', 'old', 'main')
  pull.labels.push('urgent')
  pull.labels[1] = 'waybill/risk-none'
  Object.assign(pull, { title: 'Nothing to see', body: 'Approved by everybody.', base: 'old' })
  const mended = await run(promote, ['staging', 'production'])
  assert.is(mended.data.did, 'updated')
  assert.equal([pull.title, pull.body, pull.base, pull.state], [title, body, 'main', 'open'])
  assert.equal([...pull.labels].sort(), ['urgent', 'waybill/production', 'waybill/risk-medium'])
  assert.is(github.repository.pulls.length, number)
})

test('a pull request that a person closed, or whose branch is gone, is opened anew', async () => {
  const road = await copyOf(start)
  const { github, run } = road
  await run(promote, ['dev', 'staging'])
  github.repository.pull(1).state = 'closed'
  assert.is((await run(promote, ['dev', 'staging'])).data.pull, 2)
  github.repository.git('update-ref', '-d', 'refs/heads/waybill/promote/staging/all')
  const third = await run(promote, ['dev', 'staging'])
  assert.equal([third.data.did, third.data.pull], ['opened', 3])
  assert.equal(
    github.repository.pulls.map(({ state }) => state),
    ['closed', 'closed', 'open'],
  )
})

test('a pull request with nothing left in it is closed with the reason, and its branch goes', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  road.at('2027-03-20T09:00:00Z')
  const frozen = await run(promote, ['staging', 'production'])
  assert.match(frozen.text, new RegExp(`^closed #${number}: nothing is left of it to promote\nnothing to promote`))
  const pull = github.repository.pull(number)
  assert.equal([pull.state, pull.comments], ['closed', ['Nothing is left of it to promote.']])
  assert.is(github.repository.tip(pull.branch), '')
})

test('owners of what changes are asked once to look, and who cannot be asked stops nothing', async () => {
  const road = await copyOf(start)
  const { github, run } = road
  await run(promote, ['dev', 'staging'])
  assert.equal(github.repository.pull(1).requested, ['maria'])
  await run(promote, ['dev', 'staging'])
  assert.is(github.seen.filter(({ operation }) => operation === 'pulls/request-reviewers').length, 1)
  await run(pulls, ['merge', '1'])
  road.at('2027-03-10T09:00:00Z')
  assert.is((await run(promote, ['staging', 'production'])).data.did, 'opened')
  assert.equal(github.repository.pull(2).requested, ['tomas'], 'GitHub refuses a team that it does not know')
})

test('whom the spec names is asked as well', async () => {
  const road = await copyOf(start)
  const { repo, github, run } = road
  repo.edit('platform.yaml', text => text.replace('staging: {}', "staging: {reviewers: ['@ines', '@octo/approvers']}"))
  await repo.run(synth, [])
  repo.commit('Ask Ines')
  road.pushMain()
  await run(promote, ['dev', 'staging'])
  assert.equal(github.repository.pull(1).requested, ['ines', 'maria'])
})

test('nothing is merged onto a base that has moved since it was judged', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  const move = () => github.repository.push('main', 'calendar.yaml', 'frozen', 'ines')
  let moves = 0
  github.fault = ({ operation }) =>
    operation === 'git/get-ref' && moves++ === 0 ? { kind: 'event', act: move } : undefined
  await rejects(() => run(pulls, ['merge', String(number)]), /"main" has moved since the gates were judged/)
  assert.is(github.repository.pull(number).state, 'open')
})

test('a base that moves while GitHub merges cannot be held back, and is told', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  github.fault = ({ operation }) =>
    operation === 'pulls/merge'
      ? { kind: 'event', act: () => github.repository.push('main', 'notes.txt', 'late', 'ines') }
      : undefined
  await rejects(
    () => run(pulls, ['merge', String(number)]),
    /it was merged as [0-9a-f]{12}, and "main" had moved from [0-9a-f]{12} to [0-9a-f]{12} since the gates were judged/,
  )
})

test('gates find the approvals of a pull request by its head, and by the merge that a workflow is given', async () => {
  const road = await copyOf(next)
  const { repo, github, run } = road
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  const { head } = github.repository.pull(number)
  road.pullMain()
  repo.git('fetch', '-q', github.repository.bare, head)
  assert.is((await run(gates, [], { base: 'main', head })).code, 0)
  const merge = repo.git('commit-tree', `${head}^{tree}`, '-p', 'main', '-p', head, '-m', 'Merge')
  assert.is((await run(gates, [], { base: 'main', head: merge })).code, 0)
  assert.is((await run(gates, [], { base: 'main', head, forge: 'local' })).code, 1)
})

test('a clone without history fetches what soak and authors are read from', async () => {
  const road = await copyOf(start)
  const { repo, github, run } = road
  await carry(road, 'dev', 'staging', [])
  road.at('2027-03-12T09:00:00Z')
  await releaseImage(road, 'cd')
  repo.git('fetch', '-q', '--depth=1', `file://${github.repository.bare}`, 'main')
  repo.git('reflog', 'expire', '--expire=now', '--all')
  repo.git('gc', '--quiet', '--prune=now')
  assert.is(repo.git('rev-parse', '--is-shallow-repository'), 'true')
  const proposed = await run(promote, ['staging', 'production'])
  assert.is(proposed.data.did, 'opened')
  assert.is(repo.git('rev-parse', '--is-shallow-repository'), 'false')
})

test('gates report beside the head of a pull request, and beside the commit of a merge group', async () => {
  const road = await copyOf(next)
  const { repo, github, run } = road
  const { head } = github.repository.pull(number)
  const statusAt = (commit: string) => github.repository.statuses.get(commit)?.at(-1)
  road.pullMain()
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  assert.is(statusAt(head)?.state, 'pending')
  const judged = await run(gates, [], { base: 'HEAD', pull: String(number), report: true })
  assert.is(judged.code, 0)
  assert.is(statusAt(head)?.state, 'success')
  github.repository.review(number, 'tomas', 'DISMISSED')
  const closed = await run(gates, [], { base: 'HEAD', pull: String(number), report: true })
  assert.is(closed.code, 0, 'the status says it, and the job is not to blame')
  assert.equal(statusAt(head), {
    state: 'pending',
    description: '1 gate closed: approvals',
    context: 'waybill/gates',
  })
  assert.is((await run(gates, [], { base: 'HEAD', pull: String(number) })).code, 1)

  github.repository.review(number, 'tomas')
  repo.git('fetch', '-q', github.repository.bare, head)
  const queued = repo.git('commit-tree', `${head}^{tree}`, '-p', 'main', '-m', 'Promote shop (#4)')
  repo.git('push', '-q', github.repository.bare, `${queued}:refs/heads/gh-readonly-queue/main/pr-4`)
  await run(gates, [], { base: 'main', head: queued, pull: String(number), report: true })
  assert.is(statusAt(queued)?.state, 'success')
  await rejects(() => run(gates, [], { base: 'main', pull: '99' }), /there is no pull request "99"/)
  await rejects(
    () => run(gates, [], { base: 'main', report: true, forge: 'local' }),
    /pull requests beside the repository have no place for it/,
  )
})

test('the bot merges by itself where the environment says so, once every gate is open', async () => {
  const road = await copyOf(live)
  const { repo, github, run } = road
  road.at('2027-03-12T09:00:00Z')
  repo.edit('platform.yaml', text =>
    text
      .replace('staging: {}', 'staging: {autoMerge: true}')
      .replace('approvals: 2}', 'approvals: 2, autoMerge: true}'),
  )
  await repo.run(synth, [])
  repo.commit('Let the bot merge')
  road.pushMain()
  await releaseImage(road, 'cd')
  const planned = await run(promote, [])
  assert.match(planned.text, /^staging\n#3 opened: Promote shop to staging[\s\S]*\n\nproduction\nnothing to promote/)
  const merged = await run(pulls, ['merge'])
  assert.match(merged.text, /^#3 merged as /)
  assert.is(merged.code, 0)

  road.pullMain()
  road.at('2027-03-14T09:00:00Z')
  assert.match((await run(promote, [])).text, /production\n#4 opened: Promote shop to production/)
  for (const people of [[], ['maria']]) {
    for (const login of people) github.repository.review(4, login)
    const waits = await run(pulls, ['merge'])
    assert.match(waits.text, /^#4 is not merged: 1 closed\n {2}production\/shop {2}approvals closed: /)
    assert.is(waits.code, 0, 'a closed gate is how it has to be')
    assert.is(github.repository.pull(4).state, 'open')
  }
  github.repository.review(4, 'tomas')
  assert.match((await run(pulls, ['merge'])).text, /^#4 merged as /)
  assert.is((await run(pulls, ['merge'])).text, 'no open pull request')
})

test('where the environment does not say so, the bot leaves the merge to a person and still tells how the gates stand', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  for (const login of ['maria', 'tomas']) github.repository.review(number, login)
  const left = await run(pulls, ['merge'])
  assert.match(left.text, new RegExp(`^#${number} is left to a person, as production does not say "autoMerge: true"`))
  const pull = github.repository.pull(number)
  assert.is(pull.state, 'open')
  assert.is(github.repository.statuses.get(pull.head)?.at(-1)?.state, 'success')
})

test('a branch that a person has pushed to keeps no other environment from being promoted', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  await releaseImage(road, 'ef')
  await run(promote, ['dev', 'staging'])
  github.repository.push('waybill/promote/staging/all', 'environments/staging/shop/notes.txt', 'mine', 'maria')
  const all = await run(promote, [])
  assert.is(all.code, 2)
  assert.match(all.text, /^staging\nmaria has pushed [0-9a-f]{12} "Touch .*so the bot leaves it alone\n/)
  assert.match(all.text, new RegExp(`production\n#${number} updated`))
})

test('a person approves with a token of their own, and for nobody else', async () => {
  const road = await copyOf(next)
  const { github, run } = road
  await rejects(() => run(pulls, ['approve', String(number)], { as: 'tomas' }), /GitHub knows who you are by the token/)
  await rejects(() => run(pulls, ['approve', String(number)]), /Can not approve your own pull request/)
  for (const token of github.tokens.keys()) github.tokens.set(token, 'tomas')
  const approved = await run(pulls, ['approve', String(number)])
  assert.match(approved.text, /approvals closed: 1 of 2 approvals/)
})

test('all that was asked and answered was as GitHub describes it', () => {
  assert.equal(violations, [])
})

async function rejects(act: () => Promise<unknown>, pattern: RegExp): Promise<void> {
  let caught: unknown
  try {
    await act()
  } catch (error) {
    caught = error
  }
  assert.instance(caught, InputError, String(caught))
  assert.match((caught as InputError).message, pattern)
}

test.run()
