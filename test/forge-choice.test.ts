import { generateKeyPairSync } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import { repositoryAt, type Variables } from '../src/forge/github-repository.ts'
import { InputError } from '../src/spec/problem.ts'
import { type GithubRoad, githubRoad } from './github-fixture.ts'

const test = suite('the choice of a forge')

const OWN = { GITHUB_API_URL: 'https://git.shop.example/api/v3', GITHUB_SERVER_URL: 'https://git.shop.example' }

test('an address is on GitHub when its host is the one that the API belongs to', () => {
  const cases: readonly (readonly [string, Variables, string | undefined])[] = [
    ['https://github.com/octo/shop.git', {}, 'https://github.com/octo/shop.git'],
    ['https://github.com/octo/shop', {}, 'https://github.com/octo/shop.git'],
    ['https://github.com/octo/shop/', {}, 'https://github.com/octo/shop.git'],
    ['https://x-access-token:secret@github.com/octo/shop.git', {}, 'https://github.com/octo/shop.git'],
    ['git@github.com:octo/shop.git', {}, 'https://github.com/octo/shop.git'],
    ['ssh://git@github.com/octo/shop.git', {}, 'https://github.com/octo/shop.git'],
    ['ssh://git@github.com:22/octo/shop.git', {}, 'https://github.com/octo/shop.git'],
    ['https://github.com/octo/shop.github.io.git', {}, 'https://github.com/octo/shop.github.io.git'],
    ['https://github.com/octo', {}, undefined],
    ['https://github.com/octo/shop/pulls', {}, undefined],
    ['https://gitlab.com/octo/shop.git', {}, undefined],
    ['https://github.com.evil.example/octo/shop.git', {}, undefined],
    ['/srv/git/octo/shop.git', {}, undefined],
    ['../github.com/octo/shop.git', {}, undefined],
    ['git@git.shop.example:octo/shop.git', OWN, 'https://git.shop.example/octo/shop.git'],
    [
      'https://git.shop.example/octo/shop.git',
      { GITHUB_API_URL: OWN.GITHUB_API_URL },
      'https://git.shop.example/octo/shop.git',
    ],
    [
      'https://shop.ghe.com/octo/shop',
      { GITHUB_API_URL: 'https://api.shop.ghe.com' },
      'https://shop.ghe.com/octo/shop.git',
    ],
    ['https://github.com/octo/shop.git', OWN, undefined],
  ]
  for (const [remote, variables, url] of cases) assert.is(repositoryAt(remote, variables)?.url, url, remote)
})

const roads: GithubRoad[] = []
const start = await githubRoad()

async function copy(): Promise<GithubRoad> {
  const made = await start.copy()
  roads.push(made)
  return made
}

test.after.each(async () => {
  for (const made of roads.splice(0)) await made.dispose()
})
test.after(() => start.dispose())

test('a token alone sends nobody to GitHub, and neither does an origin alone', async () => {
  const road = await copy()
  road.repo.git('remote', 'set-url', 'origin', '/srv/git/shop.git')
  assert.is((await road.run(pulls, [])).text, 'no open pull request')
  road.repo.git('remote', 'set-url', 'origin', road.github.origin)
  assert.is((await road.repo.run(pulls, [])).text, 'no open pull request')
  assert.is((await road.run(pulls, [], { forge: 'local' })).text, 'no open pull request')
  assert.is(road.github.seen.length, 0)
  await road.run(pulls, [])
  assert.ok(road.github.seen.length > 0)
})

test('GitHub without a repository or a token is an error that says what to set', async () => {
  const road = await copy()
  await rejects(() => road.repo.run(pulls, [], { forge: 'github' }), /"origin" is on no GitHub that is known/)
  road.repo.git('remote', 'remove', 'origin')
  await rejects(() => road.run(pulls, [], { forge: 'github' }), /there is no "origin" that is on GitHub/)
  road.repo.git('remote', 'add', 'origin', 'git@github.com:octo/shop.git')
  await rejects(() => road.repo.run(pulls, [], { forge: 'github' }), /there is no token for octo\/shop/)
})

test('GITHUB_REPOSITORY names the repository where origin does not', async () => {
  const road = await copy()
  road.repo.git('remote', 'remove', 'origin')
  assert.is(
    (await road.run(promote, ['dev', 'staging'], { forge: 'github' }, { GITHUB_REPOSITORY: 'octo/shop' })).data.did,
    'opened',
  )
  assert.is(road.github.repository.pulls.length, 1)
})

test('a base that is not on GitHub is told', async () => {
  const road = await copy()
  await rejects(
    () => road.run(promote, ['dev', 'staging'], { base: 'nowhere' }),
    /couldn't find remote ref refs\/heads\/nowhere/,
  )
})

test('an app signs for a token of its own, before any other token is looked at', async () => {
  const road = await copy()
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  road.github.app = { id: '4711', key: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  road.github.tokens.clear()
  const app = { WAYBILL_APP_ID: '4711', WAYBILL_APP_KEY: key.replaceAll('\n', '\\n') }
  assert.is((await road.run(promote, ['dev', 'staging'], {}, app)).data.did, 'opened')
  assert.equal(
    road.github.seen.slice(0, 2).map(({ operation }) => operation),
    ['apps/get-repo-installation', 'apps/create-installation-access-token'],
  )
  await rejects(
    () => road.run(promote, ['dev', 'staging'], {}, { ...app, WAYBILL_APP_ID: '1' }),
    /GitHub does not accept the token/,
  )
  const secret = 'not-a-key-and-yet-a-secret'
  await rejects(
    () => road.run(promote, ['dev', 'staging'], {}, { ...app, WAYBILL_APP_KEY: secret }),
    /^this is no private key in PEM$/,
  )
  assert.equal(road.github.violations, [])
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
