import type { Outcome } from '../src/cli/command.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as release from '../src/cli/release.ts'
import * as synth from '../src/cli/synth.ts'
import { type FakeGithub, fakeGithub } from './fake-github.ts'
import { type FakeRepository, fakeRepository } from './fake-repository.ts'
import { CALENDAR, type Command, PIPELINE, type Repository, repository } from './repository-fixture.ts'

/** Somebody's clone of a platform on a fake GitHub. */
export interface GithubRoad {
  readonly repo: Repository
  readonly github: FakeGithub
  /** Sets the clocks of both. */
  at(instant: string): void
  /** Runs a command as the bot does, with a token in its environment. */
  run<T>(
    command: Command<T>,
    args: readonly string[],
    options?: Partial<T>,
    variables?: Readonly<Record<string, string>>,
  ): Promise<Outcome>
  /** Sends the commits of a person to GitHub, or brings back what was merged there. */
  pushMain(): void
  pullMain(): void
  /** Another one that stands where this one stands. */
  copy(): Promise<GithubRoad>
  dispose(): Promise<void>
}

/** What commands look for in the environment. */
const NAMES = [
  'GITHUB_API_URL',
  'GITHUB_SERVER_URL',
  'GITHUB_REPOSITORY',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'WAYBILL_APP_ID',
  'WAYBILL_APP_KEY',
]

export async function githubRoad(files: Readonly<Record<string, string>> = {}): Promise<GithubRoad> {
  const at = '2027-03-09T08:00:00Z'
  const own = { 'platform.yaml': PIPELINE, 'calendar.yaml': CALENDAR, '.gitignore': '.waybill/\n' }
  const repo = repository({ ...own, ...files }, at)
  const road = await roadOf(repo, fakeRepository(at))
  await repo.run(synth, [], {})
  repo.commit('Start')
  road.pushMain()
  return road
}

async function roadOf(repo: Repository, hosted: FakeRepository): Promise<GithubRoad> {
  const github = await fakeGithub(hosted)
  const self: GithubRoad = {
    repo,
    github,
    at: instant => {
      repo.at = instant
      github.repository.at = instant
    },
    run: async (command, args, options, variables) => {
      const kept = NAMES.map(name => [name, process.env[name]] as const)
      for (const name of NAMES) delete process.env[name]
      Object.assign(process.env, github.variables, variables)
      try {
        return await repo.run(command, args, options ?? {})
      } finally {
        for (const [name, value] of kept) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      }
    },
    pushMain: () => void repo.git('push', '-q', github.repository.bare, 'main'),
    pullMain: () => void repo.git('pull', '-q', '--ff-only', github.repository.bare, 'main'),
    copy: () => roadOf(repo.copy(), hosted.copy()),
    dispose: async () => {
      await github.dispose()
      repo.dispose()
    },
  }
  repo.git('config', 'remote.origin.url', github.origin)
  return self
}

/** Releases another image of the tenant, by a person who commits and pushes. */
export async function releaseImage({ repo, pushMain, pullMain }: GithubRoad, byte: string): Promise<void> {
  pullMain()
  await repo.run(release, ['shop', `registry.example/shop/odoo@sha256:${byte.repeat(32)}`], {})
  repo.commit('Release shop')
  pushMain()
}

/** Promotes, has people approve, and merges. The number of the pull request. */
export async function carry(road: GithubRoad, from: string, to: string, people: readonly string[]): Promise<number> {
  const proposed = await road.run(promote, [from, to])
  const number = Number(proposed.data.pull)
  for (const login of people) road.github.repository.review(number, login)
  const merged = await road.run(pulls, ['merge', String(number)])
  if (merged.code !== 0) throw new Error(merged.text)
  road.pullMain()
  return number
}

/** The first release in production, on the day after. */
export async function goLive(road: GithubRoad): Promise<void> {
  await carry(road, 'dev', 'staging', [])
  road.at('2027-03-10T09:00:00Z')
  await carry(road, 'staging', 'production', ['maria', 'tomas'])
}

/** The next one on its way to production: the number of its pull request, open since it has soaked. */
export async function proposeNext(road: GithubRoad): Promise<number> {
  road.at('2027-03-12T09:00:00Z')
  await releaseImage(road, 'cd')
  await carry(road, 'dev', 'staging', [])
  road.at('2027-03-14T09:00:00Z')
  return Number((await road.run(promote, ['staging', 'production'])).data.pull)
}
