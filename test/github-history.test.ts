import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import { InputError } from '../src/spec/problem.ts'
import type { Fault, Seen } from './fake-github.ts'
import type { FakePull, FakeRepository } from './fake-repository.ts'
import { carry, type GithubRoad, githubRoad, goLive, proposeNext, releaseImage } from './github-fixture.ts'
import { PIPELINE } from './repository-fixture.ts'

const test = suite('histories of a repository on GitHub')

/** What people do to the newest open pull request of the bot, at any time. */
const ACTS = ['close', 'rename', 'retarget', 'push', 'delete the branch', 'merge'] as const
type Act = (typeof ACTS)[number]

/** What goes wrong at the n-th request of a run: once, or from there on, as when the machine dies. */
type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'once'; readonly at: number; readonly fault: Fault }
  | { readonly kind: 'gone'; readonly at: number; readonly late: boolean }
  | { readonly kind: 'person'; readonly at: number; readonly act: Act }

type Step =
  | {
      readonly do: 'promote'
      readonly to: 'staging' | 'production'
      readonly supersede: boolean
      readonly trouble: Trouble
    }
  | { readonly do: 'merge'; readonly newest: boolean; readonly trouble: Trouble }
  | { readonly do: 'review'; readonly newest: boolean; readonly by: string; readonly state: string }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'release'; readonly byte: string }
  | { readonly do: 'act'; readonly act: Act }

const at = fc.nat({ max: 14 })
const act = fc.constantFrom(...ACTS)
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { arbitrary: fc.constant<Trouble>({ kind: 'none' }), weight: 3 },
  {
    arbitrary: fc.record({
      kind: fc.constant('once' as const),
      at,
      fault: fc.oneof(
        fc.record({ kind: fc.constant('refuse' as const), status: fc.constantFrom(500, 502, 503), late: fc.boolean() }),
        fc.record({ kind: fc.constant('reset' as const), late: fc.boolean() }),
      ),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant('gone' as const), at, late: fc.boolean() }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('person' as const), at, act }), weight: 2 },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant('promote' as const),
      to: fc.constantFrom('staging' as const, 'production' as const),
      supersede: fc.boolean(),
      trouble,
    }),
    weight: 5,
  },
  { arbitrary: fc.record({ do: fc.constant('merge' as const), newest: fc.boolean(), trouble }), weight: 5 },
  {
    arbitrary: fc.record({
      do: fc.constant('review' as const),
      newest: fc.boolean(),
      by: fc.constantFrom('maria', 'tomas', 'maria', 'tomas', 'ines', 'guest'),
      state: fc.constantFrom('APPROVED', 'APPROVED', 'APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'),
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 25, 25, 60) }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('release' as const), byte: fc.constantFrom('cd', 'ef') }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('act' as const), act }), weight: 2 },
)

const start = await githubRoad()
await goLive(start)
const proposed = await proposeNext(start)
await releaseImage(start, 'aa')

/** The same where production declares waves, and nobody has come there yet: the first of them stands open. */
const waved = await githubRoad({ 'platform.yaml': wavedPlatform() })
waved.at('2027-03-09T09:00:00Z')
await carry(waved, 'dev', 'staging', [])
waved.at('2027-03-10T10:00:00Z')
await waved.run(promote, ['staging', 'production'])

test.after(async () => {
  for (const road of [start, waved]) await road.dispose()
})

function wavedPlatform(): string {
  const [, shop = ''] = /^tenants:\n(.*)$/ms.exec(PIPELINE) ?? []
  const waves = 'production: {soak: 24h, waves: [{name: pilots, tenants: [shop], soak: 12h}]}'
  return PIPELINE.replace('production: {soak: 24h, approvals: 2}', waves) + shop.replaceAll('shop', 'market')
}

test('whatever happens, nothing is merged against a gate, nothing is lost, and the next runs end with one pull request', async () => {
  const steps = fc.array(step, { minLength: 4, maxLength: 12 })
  const property = fc.asyncProperty(fc.boolean(), steps, async (isApproved, taken) => {
    const road = await start.copy()
    try {
      // Else few histories get as far as a merge into production.
      if (isApproved) for (const login of ['maria', 'tomas']) road.github.repository.review(proposed, login)
      const watch = watchOf(road)
      for (const one of taken) {
        await take(road, one, watch)
        watch.check()
      }
      await settle(road)
      watch.check()
      assert.equal(road.github.violations, [])
    } finally {
      await road.dispose()
    }
  })
  await fc.assert(property, { numRuns: Number(process.env.HISTORIES ?? 8), endOnFailure: true })
})

test('where waves are declared, none overtakes another, and each ends with one pull request', async () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 12 })
  const property = fc.asyncProperty(steps, async taken => {
    const road = await waved.copy()
    try {
      const watch = watchOf(road, 0)
      for (const one of taken) {
        await take(road, one, watch)
        watch.check()
      }
      await settle(road)
      watch.check()
      assert.equal(road.github.violations, [])
    } finally {
      await road.dispose()
    }
  })
  await fc.assert(property, { numRuns: Number(process.env.HISTORIES ?? 4), endOnFailure: true })
})

async function take(road: GithubRoad, one: Step, watch: Watch): Promise<void> {
  const { repository: hosted } = road.github
  const open = (newest: boolean) => hosted.pulls.filter(({ state }) => state === 'open').at(newest ? -1 : 0)
  if (one.do === 'promote') {
    const from = one.to === 'staging' ? 'dev' : 'staging'
    await amid(road, one.trouble, watch, () => road.run(promote, [from, one.to], { supersede: one.supersede }))
  } else if (one.do === 'merge') {
    const pull = open(one.newest)
    if (pull !== undefined) await amid(road, one.trouble, watch, () => road.run(pulls, ['merge', String(pull.number)]))
  } else if (one.do === 'review') {
    const pull = open(one.newest)
    if (pull !== undefined) hosted.review(pull.number, one.by, one.state)
  } else if (one.do === 'wait') {
    road.at(new Date(Date.parse(hosted.at) + one.hours * 3_600_000).toISOString())
  } else if (one.do === 'release') {
    await releaseImage(road, one.byte).catch(sameImage)
  } else watch.act(one.act)
}

/** A release of what is there already has nothing to commit. */
function sameImage(error: unknown): void {
  if (
    !(error instanceof Error) ||
    !/nothing to commit|has this image already/.test(`${error.message}${(error as { stdout?: string }).stdout}`)
  )
    throw error
}

/** Runs a command with trouble on the way. It may fail, but never with a fault of its own. */
async function amid({ github }: GithubRoad, what: Trouble, watch: Watch, run: () => Promise<unknown>): Promise<void> {
  const first = github.seen.length
  github.fault = ({ index }: Seen): Fault | undefined => {
    if (what.kind === 'none' || index < first + what.at) return undefined
    if (what.kind === 'gone') return { kind: 'reset', late: what.late && index === first + what.at }
    if (index > first + what.at) return undefined
    return what.kind === 'once' ? what.fault : { kind: 'event', act: () => watch.act(what.act) }
  }
  try {
    await run()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
  } finally {
    github.fault = () => undefined
  }
}

/** Two rounds of a bot that nobody disturbs: the second has nothing to do. */
async function settle(road: GithubRoad): Promise<void> {
  const { repository: hosted } = road.github
  const round = async (): Promise<string> => {
    for (const [from, to] of [
      ['dev', 'staging'],
      ['staging', 'production'],
    ] as const) {
      try {
        await road.run(promote, [from, to])
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        assert.match(error.message, /has pushed [0-9a-f]{12} "Touch notes.txt" to the branch/)
      }
    }
    hosted.follow()
    return JSON.stringify(hosted.pulls)
  }
  const once = await round()
  const earlier = road.github.seen.length
  assert.is(await round(), once)
  assert.equal(
    road.github.seen.slice(earlier).filter(({ isWrite }) => isWrite),
    [],
  )
  const open = hosted.pulls.filter(({ state }) => state === 'open')
  assert.is(new Set(open.map(({ branch }) => branch)).size, open.length)
}

interface Watch {
  /** A person does something. */
  act(what: Act): void
  /** @throws when something went wrong since the last look */
  check(): void
}

/** @param approvals how many production asks for */
function watchOf({ github: { repository: hosted } }: GithubRoad, approvals = 2): Watch {
  const judged = new Set(hosted.pulls.filter(({ merged }) => merged !== undefined).map(({ number }) => number))
  const pushed: { readonly commit: string; readonly branch: string }[] = []
  let main = hosted.tip('main')
  return {
    act: what => {
      hosted.follow()
      const pull = hosted.pulls.filter(({ state }) => state === 'open').at(-1)
      if (pull === undefined) return
      if (what === 'close') pull.state = 'closed'
      else if (what === 'rename')
        Object.assign(pull, { title: 'Mine', body: 'Approved by all', labels: ['waybill/risk-none'] })
      else if (what === 'retarget') {
        hosted.git('branch', '-f', 'old', 'main')
        pull.base = 'old'
      } else if (what === 'push') {
        pushed.push({ commit: hosted.push(pull.branch, 'notes.txt', hosted.at, 'maria'), branch: pull.branch })
      } else if (what === 'delete the branch') {
        hosted.git('update-ref', '-d', `refs/heads/${pull.branch}`)
        for (const [index, { branch }] of [...pushed.entries()].reverse()) {
          if (branch === pull.branch) pushed.splice(index, 1)
        }
      } else if (hosted.squash(pull, `Merge #${pull.number} by hand`, 'tomas') === undefined) judged.add(pull.number)
    },
    check: () => {
      hosted.follow()
      hosted.git('merge-base', '--is-ancestor', main, 'main')
      main = hosted.tip('main')
      for (const { commit } of pushed) {
        const kept = hosted.git('for-each-ref', '--contains', commit, '--format=%(refname)')
        const taken = hosted.git('log', '--format=%H', 'main', '--', 'notes.txt')
        assert.ok(kept !== '' || taken !== '', `what maria pushed as ${commit} is lost`)
      }
      for (const pull of hosted.pulls) {
        if (pull.merged === undefined || judged.has(pull.number)) continue
        judged.add(pull.number)
        assert.is(against(hosted, pull, approvals), '', `#${pull.number} was merged against a gate`)
      }
    },
  }
}

/** The gate against which the bot has merged a pull request just now, told without any code of ours; empty for none. */
function against(hosted: FakeRepository, { head, reviews, merged }: FakePull, approvals: number): string {
  const base = `${merged?.commit}^`
  const instant = Date.parse(merged?.at ?? '') / 1000
  const paths = hosted.git('diff', '--name-only', base, merged?.commit ?? '').split('\n')
  const units = [...new Set(paths.map(path => /^environments\/[^/]+\/[^/]+/.exec(path)?.[0] ?? ''))].filter(
    unit => unit !== '',
  )
  for (const unit of units) {
    const [, environment, name] = unit.split('/')
    const tree = hosted.git('rev-parse', `${head}:${unit}`)
    if (hosted.git('rev-parse', `${merged?.commit}:${unit}`) !== tree) return `judged: ${unit} is not what was merged`
    const source = unit.replace(/\/(staging|production)\//, (_all, to) => (to === 'staging' ? '/dev/' : '/staging/'))
    const revision = revisionAt(hosted, merged?.commit ?? '', unit)
    const held = hosted.git('log', '--first-parent', '--format=%H %ct', base, '--', `${source}/unit.json`).split('\n')
    const since = held
      .map(line => line.split(' '))
      .filter(([commit]) => revisionAt(hosted, commit ?? '', source) === revision)
      .map(([, time]) => Number(time))
    if (since.length === 0) return `origin: ${source} never held it`
    if (environment !== 'production') continue
    if (Math.min(...since) > instant - 24 * 3600) return `soak: ${source} holds it since ${Math.min(...since)}`
    const frozen =
      instant >= Date.parse('2027-03-19T23:00:00Z') / 1000 && instant < Date.parse('2027-03-22T23:00:00Z') / 1000
    if (name === 'shop' && frozen) return 'calendar: a freeze'
    const early = overtaken(hosted, base, name ?? '', instant)
    if (approvals === 0 && early !== '') return `wave: ${early}`
    const yes = ['maria', 'tomas'].filter(login => {
      const last = reviews.filter(review => review.login === login).at(-1)
      return last?.state === 'APPROVED' && hosted.git('rev-parse', `${last.commit}:${unit}`) === tree
    })
    if (yes.length < approvals) return `approvals: of ${yes.join(', ') || 'nobody'}`
  }
  return ''
}

/** Who has to be in production before a unit and is not, or not for long enough; the empty text when nobody is missing. */
function overtaken(hosted: FakeRepository, base: string, unit: string, instant: number): string {
  const hours: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    platform: {},
    shop: { platform: 0 },
    market: { platform: 0, shop: 12 },
  }
  for (const [before, soak] of Object.entries(hours[unit] ?? {})) {
    const file = `environments/production/${before}/unit.json`
    const arrived = hosted.git('log', '--first-parent', '--format=%ct', '--diff-filter=A', base, '--', file)
    if (arrived === '') return `${unit} came before ${before}`
    if (Number(arrived) > instant - soak * 3_600) return `${unit} came too soon after ${before}`
  }
  return ''
}

function revisionAt({ git }: FakeRepository, commit: string, unit: string): string {
  return /"revision": "(.*?)"/.exec(git('show', `${commit}:${unit}/unit.json`))?.[1] ?? ''
}

test.run()
