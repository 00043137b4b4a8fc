import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import type { CheckRun } from './fake-repository.ts'
import { carry, type GithubRoad, githubRoad, releaseImage } from './github-fixture.ts'
import { PIPELINE } from './repository-fixture.ts'

const health = suite<{ road: GithubRoad; commit: string }>('health on GitHub')

const ASKING = PIPELINE.replace(
  'production: {soak: 24h, approvals: 2}',
  'production: {gates: {health: ["smoke ({unit})", argocd/staging]}}',
)

health.before.each(async context => {
  context.road = await githubRoad({ 'platform.yaml': ASKING })
  context.road.at('2027-03-09T08:05:00Z')
  await carry(context.road, 'dev', 'staging', [])
  context.commit = context.road.github.repository.tip('main')
})
health.after.each(async ({ road }) => {
  await road.dispose()
  assert.equal(road.github.violations, [])
})

/** Somebody reports a status, or GitHub Actions runs a job. */
function status({ github: { repository } }: GithubRoad, commit: string, state: string, context = 'argocd/staging') {
  const known = repository.statuses.get(commit) ?? []
  repository.statuses.set(commit, [...known, { state, context, description: '', updated_at: repository.at }])
}

function job({ github: { repository } }: GithubRoad, commit: string, run: Partial<CheckRun>) {
  const made = { name: 'smoke (shop)', status: 'completed', conclusion: 'success', started_at: repository.at, ...run }
  repository.checks.set(commit, [...(repository.checks.get(commit) ?? []), made])
}

/** Why the shop waits; the empty text when it does not. */
async function closed(road: GithubRoad): Promise<string> {
  const { data } = await road.run(promote, ['staging', 'production'], { dryRun: true })
  const waiting = data.waiting as readonly {
    readonly unit: string
    readonly gates: readonly Readonly<Record<string, string>>[]
  }[]
  const gate = waiting.find(({ unit }) => unit === 'shop')?.gates.find(({ name }) => name === 'health')
  return gate?.state === 'closed' ? String(gate.reason) : ''
}

health(
  'statuses and jobs of GitHub Actions count alike, and all of them have to be green',
  async ({ road, commit }) => {
    assert.match(
      await closed(road),
      /^nobody has reported smoke \(shop\) since staging holds it \(.*\); nobody has reported /,
    )
    status(road, commit, 'success')
    assert.match(await closed(road), /^nobody has reported smoke \(shop\) since/)
    job(road, commit, { name: 'smoke (market)' })
    assert.match(await closed(road), /^nobody has reported smoke \(shop\) since/, 'that is another unit')
    job(road, commit, { status: 'in_progress', conclusion: null })
    assert.match(await closed(road), /^smoke \(shop\) is pending at [0-9a-f]{12}$/)
    road.at('2027-03-09T08:10:00Z')
    job(road, commit, { conclusion: 'timed_out' })
    assert.match(await closed(road), /^smoke \(shop\) is failure at/)
    road.at('2027-03-09T08:20:00Z')
    job(road, commit, {})
    assert.is(await closed(road), '')
  },
)

health(
  'the newest report of a name holds, whichever way it came, and a job that was skipped tells nothing',
  async ({ road, commit }) => {
    job(road, commit, {})
    for (const state of ['pending', 'error', 'failure', 'success', 'pending']) {
      status(road, commit, state)
      const expected = { success: '', pending: 'pending' }[state] ?? 'failure'
      assert.match(await closed(road), expected, state)
    }
    road.at('2027-03-09T08:30:00Z')
    job(road, commit, { name: 'argocd/staging' })
    assert.is(await closed(road), '', 'the job is newer than the status')
    road.at('2027-03-09T08:40:00Z')
    for (const conclusion of ['skipped', 'neutral']) job(road, commit, { name: 'argocd/staging', conclusion })
    assert.is(await closed(road), '')
    job(road, commit, { name: 'argocd/staging', conclusion: 'cancelled' })
    job(road, commit, { name: 'argocd/staging' })
    assert.match(await closed(road), /^argocd\/staging is failure/, 'of two that are as new, the worse')
  },
)

health('names are found on every page', async ({ road, commit }) => {
  for (let index = 0; index < 130; index++) {
    status(road, commit, 'success', `other/${index}`)
    job(road, commit, { name: `other ${index}` })
  }
  status(road, commit, 'success')
  job(road, commit, {})
  assert.is(await closed(road), '')
})

health(
  'a report tells of the revision that the source held at that commit, and of no other one',
  async ({ road, commit }) => {
    status(road, commit, 'success')
    job(road, commit, {})
    road.at('2027-03-09T10:00:00Z')
    await releaseImage(road, 'cd')
    assert.is(await closed(road), '', 'staging does not hold the next one yet')
    await carry(road, 'dev', 'staging', [])
    const next = road.github.repository.tip('main')
    assert.match(
      await closed(road),
      /^nobody has reported smoke \(shop\) since staging holds it \(2027-03-09 10:00 UTC\)/,
    )
    job(road, next, {})
    status(road, next, 'failure')
    assert.match(await closed(road), /^argocd\/staging is failure/)
  },
)

health('what opened a pull request is asked again at the merge', async ({ road, commit }) => {
  status(road, commit, 'success')
  job(road, commit, {})
  const { data } = await road.run(promote, ['staging', 'production'])
  road.at('2027-03-09T09:00:00Z')
  status(road, commit, 'failure')
  const refused = await road.run(pulls, ['merge', String(data.pull)])
  assert.is(refused.code, 1)
  assert.match(refused.text, /production\/shop {2}health closed: argocd\/staging is failure/)
})

health(
  'reads stay few: none where nothing could go, and two for each commit until all is known',
  async ({ road, commit }) => {
    const { seen } = road.github
    const asked = async () => {
      const from = seen.length
      await road.run(promote, ['staging', 'production'])
      return seen.slice(from).filter(({ operation }) => /status-for-ref|list-for-ref/.test(operation)).length
    }
    job(road, commit, { name: 'smoke (platform)' })
    assert.is(await asked(), 2, 'only the newest commit is one at which staging holds it')
    status(road, commit, 'success')
    job(road, commit, {})
    const { data } = await road.run(promote, ['staging', 'production'])
    await road.run(pulls, ['merge', String(data.pull)])
    assert.is(await asked(), 0)
  },
)

health('a gate whose reports cannot be read is closed, and says so', async ({ road, commit }) => {
  status(road, commit, 'success')
  job(road, commit, {})
  road.github.fault = ({ operation }) =>
    operation === 'checks/list-for-ref'
      ? { kind: 'refuse', status: 403, message: 'Resource not accessible by integration' }
      : undefined
  assert.match(
    await closed(road),
    /^nobody can tell how smoke \(shop\) stands: the token may not read check runs: Resource not accessible by integration$/,
  )
  road.github.fault = ({ operation }) =>
    operation === 'repos/get-combined-status-for-ref' ? { kind: 'refuse', status: 503 } : undefined
  assert.match(await closed(road), /^nobody can tell how smoke \(shop\) stands: GitHub did not read commit statuses/)
})

health.run()
