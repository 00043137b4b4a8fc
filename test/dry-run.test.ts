import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome } from '../src/cli/command.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as release from '../src/cli/release.ts'
import { InputError } from '../src/spec/problem.ts'
import { carry, type GithubRoad, githubRoad, goLive, proposeNext, releaseImage } from './github-fixture.ts'
import { CALENDAR, PIPELINE, type Repository, repository } from './repository-fixture.ts'

const test = suite('a dry run and the promotion')

/** What a promotion said and did, and what of it stands on the forge. */
interface Told {
  readonly error?: string
  readonly did?: unknown
  readonly pull?: unknown
  readonly riding?: unknown
  readonly waiting?: unknown
  readonly standing?: unknown
  readonly frozen?: unknown
  readonly closed?: unknown
}

interface Place {
  readonly name: string
  run(options: { readonly dryRun?: boolean; readonly supersede?: boolean; readonly tenant?: string }): Promise<Outcome>
  /** Everything that anybody can see: branches, and pull requests with their words. */
  sight(): unknown
  /** The words and files of an open pull request. */
  shown(number: number): unknown
  dispose(): Promise<void>
}

/** Runs without an error, or with bad input told. */
async function told(act: () => Promise<Outcome>): Promise<Told & { readonly proposed?: unknown }> {
  try {
    const { did, pull, riding, waiting, standing, frozen, closed, proposed } = (await act()).data
    return { did, pull, riding, waiting, standing, frozen, closed, proposed }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { error: error.message }
  }
}

type Options = Parameters<Place['run']>[0]

/** A dry run changes nothing; the promotion then does what it said. */
async function compare(place: Place, options: Options = {}): Promise<string> {
  const before = JSON.stringify(place.sight())
  const dry = await told(() => place.run({ ...options, dryRun: true }))
  assert.is(JSON.stringify(place.sight()), before, `${place.name}: the dry run changes nothing`)
  const real = await told(() => place.run(options))
  for (const key of ['error', 'did', 'riding', 'waiting', 'standing', 'frozen', 'closed'] as const) {
    assert.equal(real[key], dry[key], `${place.name}: ${key}`)
  }
  const { proposed } = dry
  if (proposed !== undefined && proposed !== null) {
    const { title, body, labels, branch, base, changes } = proposed as Record<string, unknown> & {
      readonly labels: readonly string[]
      readonly changes: readonly { readonly path: string }[]
    }
    const paths = changes.map(({ path }) => path).sort()
    const wanted = { title, body, labels: [...labels].sort(), branch, base, paths }
    assert.equal(place.shown(Number(real.pull)), wanted, place.name)
    if (dry.pull !== null) assert.is(real.pull, dry.pull, place.name)
  } else if (real.error === undefined && real.did === undefined) {
    assert.is(real.pull, null, place.name)
  }
  if (real.did === 'nothing') assert.is(JSON.stringify(place.sight()), before, `${place.name}: nothing is done`)
  return real.error === undefined ? String(real.did ?? 'withdraws') : 'refuses'
}

function onLaptop(name: string, repo: Repository, from: string, to: string): Place {
  const open = () => repo.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')
  const at = (number: number) => JSON.parse(repo.read(`.git/waybill/pulls/${number}.json`))
  return {
    name,
    run: options => repo.run(promote, [from, to], options),
    sight: () => [open(), repo.below('.git/waybill')],
    shown: number => {
      const { title, body, labels, branch, base } = at(number)
      const paths = repo.git('diff', '--no-renames', '--name-only', base, branch).split('\n').sort()
      return { title, body, labels: [...labels].sort(), branch, base, paths }
    },
    dispose: async () => repo.dispose(),
  }
}

function onGithub(name: string, road: GithubRoad, from: string, to: string): Place {
  const { repository: hosted } = road.github
  return {
    name,
    run: options => road.run(promote, [from, to], options),
    sight: () => {
      // GitHub closes what has lost its branch; that is none of our doing.
      hosted.follow()
      return [hosted.git('for-each-ref', 'refs/heads'), hosted.pulls, [...hosted.statuses.keys()]]
    },
    shown: number => {
      const { title, body, labels, branch, base } = hosted.pull(number)
      const paths = hosted.git('diff', '--no-renames', '--name-only', base, branch).split('\n').sort()
      const own = labels.filter(label => label.startsWith('waybill/')).sort()
      return { title, body, labels: own, branch, base, paths }
    },
    dispose: () => road.dispose(),
  }
}

async function compareAll(place: Place, options: readonly Options[]): Promise<string[]> {
  const did: string[] = []
  try {
    for (const one of options) did.push(await compare(place, one))
  } finally {
    await place.dispose()
  }
  return did
}

test('on a laptop, at every turn of a release', async () => {
  const start = repository({ 'platform.yaml': PIPELINE, 'calendar.yaml': CALENDAR, '.gitignore': '.waybill/\n' })
  const { run: synth } = await import('../src/cli/synth.ts')
  await start.run({ run: synth }, [], {})
  start.commit('Start')
  const merge = async (repo: Repository, from: string, to: string, people: readonly string[]) => {
    const number = String((await repo.run(promote, [from, to])).data.pull)
    for (const as of people) await repo.run(pulls, ['approve', number], { as })
    assert.is((await repo.run(pulls, ['merge', number])).code, 0)
  }
  const releaseNext = async (repo: Repository, byte: string) => {
    await repo.run(release, ['shop', `registry.example/shop/odoo@sha256:${byte.repeat(32)}`], {})
    repo.commit('Release shop')
    await merge(repo, 'dev', 'staging', [])
  }
  assert.equal(await compareAll(onLaptop('first', start.copy(), 'dev', 'staging'), [{}, {}, { tenant: 'shop' }, {}]), [
    'opened',
    'nothing',
    'opened',
    'nothing',
  ])
  await merge(start, 'dev', 'staging', [])
  assert.equal(await compareAll(onLaptop('soaking', start.copy(), 'staging', 'production'), [{}]), ['withdraws'])
  start.at = '2027-03-10T09:00:00Z'
  await merge(start, 'staging', 'production', ['maria', 'tomas'])
  await releaseNext(start, 'cd')
  start.at = '2027-03-12T09:00:00Z'
  const number = String((await start.run(promote, ['staging', 'production'])).data.pull)

  const pushed = start.copy()
  pushed.git('checkout', '-q', 'waybill/promote/production/all')
  pushed.write('environments/production/shop/notes.txt', 'mine')
  pushed.commit('Remember this', 'Maria')
  pushed.git('checkout', '-q', 'main')
  assert.equal(await compareAll(onLaptop('pushed', pushed, 'staging', 'production'), [{}, { supersede: true }]), [
    'refuses',
    'refuses',
  ])
  const frozen = start.copy()
  frozen.at = '2027-03-21T09:00:00Z'
  assert.equal(await compareAll(onLaptop('frozen', frozen, 'staging', 'production'), [{}, {}]), [
    'withdraws',
    'withdraws',
  ])

  await start.run(pulls, ['approve', number], { as: 'maria' })
  await releaseNext(start, 'ef')
  start.at = '2027-03-14T09:00:00Z'
  const turns = [{}, { supersede: true }, { supersede: true }, {}]
  assert.equal(await compareAll(onLaptop('approved', start, 'staging', 'production'), turns), [
    'nothing',
    'updated',
    'nothing',
    'nothing',
  ])
})

test('on GitHub, at every turn of a release, and after what people do to the pull request', async () => {
  const start = await githubRoad()
  const copy = async (name: string, act: (road: GithubRoad) => unknown, from = 'staging', to = 'production') => {
    const road = await start.copy()
    await act(road)
    return onGithub(name, road, from, to)
  }
  assert.equal(await compareAll(await copy('first', () => undefined, 'dev', 'staging'), [{}, {}]), [
    'opened',
    'nothing',
  ])
  await goLive(start)
  const number = await proposeNext(start)
  const pullOf = ({ github }: GithubRoad) => github.repository.pull(number)
  const acts: Readonly<
    Record<string, readonly [(road: GithubRoad) => unknown, readonly Options[], readonly string[]]>
  > = {
    standing: [() => undefined, [{}, { tenant: 'shop' }], ['nothing', 'opened']],
    renamed: [
      road => Object.assign(pullOf(road), { title: 'Mine', labels: ['urgent'] }),
      [{}, {}],
      ['updated', 'nothing'],
    ],
    closed: [road => Object.assign(pullOf(road), { state: 'closed' }), [{}], ['opened']],
    'the branch deleted': [
      road => road.github.repository.git('update-ref', '-d', `refs/heads/${pullOf(road).branch}`),
      [{}],
      ['opened'],
    ],
    'pushed to': [
      road => road.github.repository.push(pullOf(road).branch, 'notes.txt', 'mine', 'maria'),
      [{}, { supersede: true }],
      ['refuses', 'refuses'],
    ],
    'pushed to and closed': [
      road => {
        road.github.repository.push(pullOf(road).branch, 'notes.txt', 'mine', 'maria')
        pullOf(road).state = 'closed'
      },
      [{}],
      ['refuses'],
    ],
    'the base moved': [
      road => road.github.repository.push('main', 'notes.txt', 'x', 'ines'),
      [{}, {}],
      ['updated', 'nothing'],
    ],
    frozen: [road => road.at('2027-03-20T09:00:00Z'), [{}, {}], ['withdraws', 'withdraws']],
    approved: [
      async road => {
        road.github.repository.review(number, 'maria')
        await releaseImage(road, 'ef')
        await carry(road, 'dev', 'staging', [])
        road.at('2027-03-16T09:00:00Z')
      },
      [{}, { supersede: true }, {}],
      ['nothing', 'updated', 'nothing'],
    ],
  }
  for (const [name, [act, options, did]] of Object.entries(acts)) {
    assert.equal(await compareAll(await copy(name, act), options), did, name)
  }
  await start.dispose()
})

test.run()
