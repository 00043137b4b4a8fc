import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as calendar from '../src/cli/calendar.ts'
import * as diff from '../src/cli/diff.ts'
import * as gates from '../src/cli/gates.ts'
import * as history from '../src/cli/history.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as release from '../src/cli/release.ts'
import * as resume from '../src/cli/resume.ts'
import * as rollback from '../src/cli/rollback.ts'
import * as synth from '../src/cli/synth.ts'
import { InputError } from '../src/spec/problem.ts'
import { DIGEST } from './platform-fixture.ts'
import { CALENDAR, PIPELINE, type Repository, repository } from './repository-fixture.ts'

const road = suite<{ repo: Repository }>('the road from dev to production')

const NEXT = `registry.example/shop/odoo@sha256:${'cd'.repeat(32)}`

road.before.each(async context => {
  context.repo = repository({ 'platform.yaml': PIPELINE, 'calendar.yaml': CALENDAR, '.gitignore': '.waybill/\n' })
  await context.repo.run(synth, [], {})
  context.repo.commit('Start')
})
road.after.each(({ repo }) => repo.dispose())

/** Promotes, approves with everybody who is needed, and merges; the text of the promotion. */
async function carry(repo: Repository, from: string, to: string, people: readonly string[]): Promise<string> {
  const proposed = await repo.run(promote, [from, to])
  const number = String(proposed.data.pull)
  for (const as of people) await repo.run(pulls, ['approve', number], { as })
  const merged = await repo.run(pulls, ['merge', number])
  assert.is(merged.code, 0, merged.text)
  return proposed.text
}

/** The first release in production, on the day after. */
async function live(repo: Repository): Promise<void> {
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-10T09:00:00Z'
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
}

async function releaseNext(repo: Repository): Promise<void> {
  await repo.run(release, ['shop', NEXT], {})
  repo.commit('Release shop')
}

road('a release travels dev → staging → production, and back again byte for byte', async ({ repo }) => {
  await live(repo)
  const first = repo.below('environments/production')
  assert.ok(Object.keys(first).length > 50)
  repo.at = '2027-03-12T09:00:00Z'
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-14T09:00:00Z'
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
  assert.match(repo.read('environments/production/shop/shop-production-app/deployment.odoo-web.yaml'), NEXT)

  repo.at = '2027-03-14T12:00:00Z'
  const back = await repo.run(rollback, ['production', 'shop'], { reason: 'tills lose the basket' })
  const number = String(back.data.pull)
  for (const as of ['maria', 'tomas']) await repo.run(pulls, ['approve', number], { as })
  assert.is((await repo.run(pulls, ['merge', number])).code, 0)
  assert.equal(repo.below('environments/production'), first)
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
  assert.is(repo.git('status', '--porcelain'), '')

  repo.at = '2027-03-16T12:00:00Z'
  const again = await repo.run(promote, ['staging', 'production'])
  assert.match(
    again.text,
    /^nothing to promote\n {2}shop {2}[0-9a-f]{12} is on hold; `waybill resume production shop` lifts it/,
  )
  assert.match(repo.read('holds.yaml'), /reason: tills lose the basket\n {4}by: Ines/)

  await repo.run(resume, ['production', 'shop'])
  repo.commit('Lift the hold')
  const lifted = await repo.run(promote, ['staging', 'production'])
  assert.match(lifted.text, /#\d+ opened: Promote shop to production/)
})

road('the history says who did what and why, from Git alone', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-12T09:00:00Z'
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
  const back = await repo.run(rollback, ['production', 'shop'], { reason: 'tills lose the basket' })
  for (const as of ['maria', 'tomas']) await repo.run(pulls, ['approve', String(back.data.pull)], { as })
  await repo.run(pulls, ['merge', String(back.data.pull)])
  await repo.run(resume, ['production', 'shop'])
  repo.commit('Try it again', 'Tomas')
  repo.edit('platform.yaml', text => text.replace('users: 40}', 'users: 40, web: {replicas: 7}}'))
  await repo.run(synth, [])
  repo.commit('More pods for the sale\n\nApproved-by: nobody', 'Maria')
  const told = await repo.run(history, ['production', 'shop'])
  const entries = told.data.entries as readonly {
    kind: string
    by: readonly string[]
    approved: readonly string[]
    reason: readonly string[]
  }[]
  assert.equal(
    entries.map(({ kind, by, approved, reason }) => [kind, ...by, ...approved, ...reason]),
    [
      ['change', 'Maria', 'nobody'],
      ['resume', 'Tomas', 'it was held: tills lose the basket'],
      ['rollback', 'Ines', 'maria', 'tomas', 'tills lose the basket'],
      ['promotion', 'Ines', 'maria', 'tomas'],
      ['promotion', 'Ines', 'maria', 'tomas'],
    ],
  )
  assert.match(
    told.text,
    /rollback {2}Roll back shop in production to [0-9a-f]{12} \(#\d+\)\n {2}by Ines, approved by maria, tomas\n {2}because tills lose the basket\n {2}production\/shop [0-9a-f]{12} -> [0-9a-f]{12}\n/,
  )
  assert.match(told.text, / {2}by Maria, and says that it was approved by nobody\n/)
  const all = await repo.run(history, ['production'])
  assert.match(all.text, /production\/platform [0-9a-f]{12}\n {2}production\/shop [0-9a-f]{12}/)
  assert.not.match(told.text, /production\/platform/)
})

road('the difference of two environments is what the second would become', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  const ahead = await repo.run(diff, ['dev', 'staging'])
  assert.match(
    ahead.text,
    /image registry\.example\/shop\/odoo@abababababab → registry\.example\/shop\/odoo@cdcdcdcdcdcd/,
  )
  assert.is((await repo.run(diff, ['staging', 'production'])).text, 'no differences\n')
  assert.match((await repo.run(diff, ['main~1', 'main'])).text, /cdcdcdcdcdcd/)
  await rejects(() => repo.run(diff, ['dev', 'main']), /one of the two is an environment and the other is not/)
})

road('the calendar shows the coming weeks, and simulates a promotion at a time', async ({ repo }) => {
  await carry(repo, 'dev', 'staging', [])
  const weeks = await repo.run(calendar, ['show'], { env: 'production', tenant: 'shop', weeks: '2', at: '2027-03-17' })
  assert.is(
    weeks.text,
    [
      'production/shop  retail: open until 2027-03-20 00:00 Europe/Paris',
      '  week of 2027-03-15  open 2027-03-15 00:00 to 2027-03-20 00:00 Europe/Paris  (stocktaking)',
      '  week of 2027-03-22  open 2027-03-23 00:00 to 2027-03-29 00:00 Europe/Paris  (stocktaking)',
    ].join('\n'),
  )
  const frozen = await repo.run(calendar, ['simulate'], { env: 'production', at: '2027-03-21' })
  assert.match(frozen.text, /shop {2}calendar closed: closed by freeze "stocktaking"/)
  const open = await repo.run(calendar, ['simulate'], { env: 'production', at: '2027-03-24' })
  assert.match(open.text, /shop {2}[0-9a-f]{12} would go/)
  await rejects(() => repo.run(calendar, ['show'], { weeks: 'many' }), /is no number of weeks/)
})

road('promoting twice changes nothing, and neither run touches the work tree or the index', async ({ repo }) => {
  repo.write('notes.txt', 'mine')
  repo.git('add', 'notes.txt')
  const one = await repo.run(promote, ['dev', 'staging'])
  const head = repo.git('rev-parse', 'waybill/promote/staging/all')
  const two = await repo.run(promote, ['dev', 'staging'])
  assert.is(one.data.did, 'opened')
  assert.is(two.data.did, 'nothing')
  assert.is(repo.git('rev-parse', 'waybill/promote/staging/all'), head)
  assert.is(repo.git('status', '--porcelain'), 'A  notes.txt')
})

road('a dry run says what the promotion then does, and does nothing', async ({ repo }) => {
  const dry = await repo.run(promote, ['dev', 'staging'], { dryRun: true })
  assert.is(repo.git('branch', '--list', 'waybill/*'), '')
  const proposed = dry.data.proposed as { title: string; body: string; changes: readonly { path: string }[] }
  const real = await repo.run(promote, ['dev', 'staging'])
  const shown = (await repo.run(pulls, ['show', String(real.data.pull)])).data.pull as { title: string; body: string }
  assert.is(shown.title, proposed.title)
  assert.is(shown.body, proposed.body)
  const changed = repo.git('diff', '--name-only', 'main', 'waybill/promote/staging/all').split('\n').sort()
  assert.equal(changed, proposed.changes.map(({ path }) => path).sort())
})

road('a local setting of production is one edit: it needs no promotion', async ({ repo }) => {
  await live(repo)
  repo.edit('platform.yaml', text => text.replace('users: 40}', 'users: 40, web: {replicas: 7}}'))
  const written = await repo.run(synth, [])
  const units = written.data.units as readonly { environment: string; state: string }[]
  assert.equal(
    units.filter(({ state }) => state === 'changed').map(({ environment }) => environment),
    ['production'],
  )
  assert.match(repo.read('environments/production/shop/shop-production-app/deployment.odoo-web.yaml'), 'replicas: 7')
  repo.commit('More pods for the sale')
  const judged = await repo.run(gates, [], { base: 'main~1', head: 'HEAD' })
  const [unit] = judged.data.units as readonly { kind: string; gates: readonly { name: string; state: string }[] }[]
  assert.is(unit?.kind, 'local')
  assert.equal(
    unit?.gates.filter(({ state }) => state === 'closed').map(({ name }) => name),
    ['approvals'],
  )
})

road('a shared setting stays in dev until it is promoted', async ({ repo }) => {
  await live(repo)
  repo.edit('platform.yaml', text =>
    text.replace('    calendar: retail\n', '    calendar: retail\n    websocket: {replicas: 4}\n'),
  )
  await repo.run(synth, [])
  repo.commit('More websockets')
  assert.match(repo.read('environments/dev/shop/shop-dev-app/deployment.odoo-websocket.yaml'), 'replicas: 4')
  assert.match(
    repo.read('environments/production/shop/shop-production-app/deployment.odoo-websocket.yaml'),
    'replicas: 2',
  )
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
})

road('soak and freeze close their gates and say when they open', async ({ repo }) => {
  await carry(repo, 'dev', 'staging', [])
  const soaking = await repo.run(promote, ['staging', 'production'])
  assert.match(soaking.text, /shop {2}[0-9a-f]{12} soaks until 2027-03-10 08:00 UTC/)
  repo.at = '2027-03-20T09:00:00Z'
  const frozen = await repo.run(promote, ['staging', 'production'], { tenant: 'shop' })
  assert.match(
    frozen.text,
    /^nothing to promote\n {2}shop {2}waits for calendar: .*"stocktaking".*; opens: time, at 2027-03-22 23:00 UTC/,
  )
  repo.at = '2027-03-22T23:00:00Z'
  assert.match(
    (await repo.run(promote, ['staging', 'production'], { tenant: 'shop' })).text,
    /opened: Promote shop to production/,
  )
})

road('a rollback passes a freeze', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-12T09:00:00Z'
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
  repo.at = '2027-03-21T09:00:00Z'
  const back = await repo.run(rollback, ['production', 'shop'], { reason: 'broken' })
  for (const as of ['maria', 'tomas']) await repo.run(pulls, ['approve', String(back.data.pull)], { as })
  assert.is((await repo.run(pulls, ['merge', String(back.data.pull)])).code, 0)
})

road('a rollback to nothing is refused', async ({ repo }) => {
  await live(repo)
  await rejects(
    () => repo.run(rollback, ['production', 'shop'], { reason: 'x' }),
    /held no other revision, and a rollback to nothing is refused/,
  )
  await rejects(() => repo.run(rollback, ['production', 'nobody'], { reason: 'x' }), /nothing to roll back/)
})

road('a rollback re-renders when the local settings have changed since', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-12T09:00:00Z'
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
  repo.edit('platform.yaml', text => text.replace('users: 40}', 'users: 40, web: {replicas: 9}}'))
  await repo.run(synth, [])
  repo.commit('Scale up')
  const back = await repo.run(rollback, ['production', 'shop'], { reason: 'broken' })
  assert.is(back.data.restored, false)
  for (const as of ['maria', 'tomas']) await repo.run(pulls, ['approve', String(back.data.pull)], { as })
  assert.is((await repo.run(pulls, ['merge', String(back.data.pull)])).code, 0)
  const web = repo.read('environments/production/shop/shop-production-app/deployment.odoo-web.yaml')
  assert.match(web, 'replicas: 9')
  assert.match(web, DIGEST)
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
})

road('nothing is merged with too few approvals, nor with that of an author', async ({ repo }) => {
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-11T09:00:00Z'
  const number = String((await repo.run(promote, ['staging', 'production'])).data.pull)
  await repo.run(pulls, ['approve', number], { as: 'maria' })
  const refused = await repo.run(pulls, ['merge', number])
  assert.is(refused.code, 1)
  assert.match(refused.text, /production\/shop {2}approvals closed: 1 of 2 approvals; opens: 1 more approval/)
  await repo.run(pulls, ['approve', number], { as: 'maria' })
  assert.is((await repo.run(pulls, ['merge', number])).code, 1, 'the same person twice is one person')
})

road('the author of a release does not approve it', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-12T09:00:00Z'
  const number = String((await repo.run(promote, ['staging', 'production'])).data.pull)
  for (const as of ['Ines', 'maria']) await repo.run(pulls, ['approve', number], { as })
  const refused = await repo.run(pulls, ['merge', number])
  assert.is(refused.code, 1)
  assert.match(refused.text, /1 of 2 approvals; Ines wrote part of it and does not count/)
})

road('content that somebody approved stands still until it is superseded', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-12T09:00:00Z'
  const number = String((await repo.run(promote, ['staging', 'production'])).data.pull)
  await repo.run(pulls, ['approve', number], { as: 'maria' })
  await repo.run(release, ['shop', `registry.example/shop/odoo@sha256:${'ef'.repeat(32)}`], {})
  repo.commit('Release shop again')
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-14T09:00:00Z'
  const kept = await repo.run(promote, ['staging', 'production'])
  assert.match(kept.text, /stands as it was approved; production\/shop would be something else by now/)
  const moved = await repo.run(promote, ['staging', 'production'], { supersede: true })
  assert.is(moved.data.did, 'updated')
  const shown = await repo.run(pulls, ['show', number])
  assert.match(shown.text, /approvals closed: 0 of 2 approvals; maria approved other content/)
})

road('the pull request of one tenant is closed when a larger one has carried it along', async ({ repo }) => {
  const alone = String((await repo.run(promote, ['dev', 'staging'], { tenant: 'shop' })).data.pull)
  const both = await repo.run(promote, ['dev', 'staging'])
  assert.equal(both.data.closed, [], 'it still has something to bring')
  await repo.run(pulls, ['merge', String(both.data.pull)])
  const dry = await repo.run(promote, ['dev', 'staging'], { dryRun: true })
  assert.match(dry.text, new RegExp(`^would close #${alone}: nothing is left of it to promote\\nnothing to promote`))
  assert.match((await repo.run(pulls, ['show', alone])).text, /gates now:/, 'the dry run has left it open')
  const after = await repo.run(promote, ['dev', 'staging'])
  assert.match(after.text, new RegExp(`^closed #${alone}: nothing is left of it to promote\\nnothing to promote`))
  assert.equal(after.data.closed, dry.data.closed)
  assert.is(repo.git('branch', '--list', 'waybill/*'), '')
  assert.equal((await repo.run(promote, ['dev', 'staging'])).data.closed, [])
})

road('a person who commits to the branch of the bot stops it', async ({ repo }) => {
  const number = String((await repo.run(promote, ['dev', 'staging'])).data.pull)
  repo.git('checkout', '-q', 'waybill/promote/staging/all')
  repo.write('environments/staging/shop/notes.txt', 'mine')
  repo.commit('Remember this', 'Maria')
  repo.git('checkout', '-q', 'main')
  await rejects(
    () => repo.run(promote, ['dev', 'staging']),
    /^Maria has pushed [0-9a-f]{12} "Remember this" to the branch, so the bot leaves it alone$/,
  )
  assert.is((await repo.run(pulls, ['merge', number])).code, 1, 'its file is nothing that renders')
  await repo.run(pulls, ['close', number])
  assert.is(repo.git('log', '-1', '--format=%s', 'waybill/promote/staging/all'), 'Remember this')
})

road('what a person commits in the name of the bot is the commit of the person', async ({ repo }) => {
  await repo.run(promote, ['dev', 'staging'])
  repo.git('checkout', '-q', 'waybill/promote/staging/all')
  repo.write('environments/staging/shop/notes.txt', 'mine')
  repo.git('add', '-A')
  repo.git('-c', 'user.name=Maria', '-c', 'user.email=maria@shop.example', 'commit', '-q', '--amend', '--no-edit')
  repo.git('checkout', '-q', 'main')
  await rejects(() => repo.run(promote, ['dev', 'staging']), /to the branch, so the bot leaves it alone/)
})

road('squashing the whole history changes neither the tree nor what is proposed', async ({ repo }) => {
  await live(repo)
  await releaseNext(repo)
  await carry(repo, 'dev', 'staging', [])
  repo.at = '2027-03-12T09:00:00Z'
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
  const tree = repo.git('rev-parse', 'HEAD^{tree}')
  repo.git('checkout', '-q', '--orphan', 'squashed')
  repo.commit('Everything')
  repo.git('branch', '-M', 'squashed', 'main')
  assert.is(repo.git('rev-parse', 'HEAD^{tree}'), tree)
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
  repo.at = '2027-03-20T00:00:00Z'
  assert.match((await repo.run(promote, ['staging', 'production'])).text, /^nothing to promote\n {2}2 units up to date/)
})

road('a hand edit in the source closes the determinism gate', async ({ repo }) => {
  repo.edit('environments/dev/shop/shop-dev-app/deployment.odoo-web.yaml', text =>
    text.replace('revisionHistoryLimit: 3', 'revisionHistoryLimit: 4'),
  )
  repo.commit('Quick fix')
  const proposed = await repo.run(promote, ['dev', 'staging'])
  assert.match(
    proposed.text,
    /shop {2}waits for determinism: environments\/dev\/shop\/shop-dev-app\/deployment.odoo-web.yaml does not render again/,
  )
})

road('gates judge a pull request that somebody wrote by hand', async ({ repo }) => {
  await live(repo)
  repo.git('checkout', '-qb', 'sneaky')
  repo.edit('environments/production/shop/shop-production-app/deployment.odoo-web.yaml', text =>
    text.replace(DIGEST, 'cd'.repeat(32)),
  )
  repo.commit('Just an image')
  const judged = await repo.run(gates, [], { base: 'main', head: 'HEAD' })
  assert.is(judged.code, 1)
  assert.match(
    judged.text,
    /determinism closed: environments\/production\/shop\/shop-production-app\/deployment.odoo-web.yaml is not what the unit renders to/,
  )
})

road('a retired tenant leaves one environment after the other', async ({ repo }) => {
  await live(repo)
  repo.edit('platform.yaml', text =>
    text.replace('    calendar: retail\n', '    calendar: retail\n    retired: true\n'),
  )
  await repo.run(synth, [])
  repo.commit('Retire shop')
  assert.equal(Object.keys(repo.below('environments/dev/shop')), [])
  assert.ok(Object.keys(repo.below('environments/staging/shop')).length > 0)
  await carry(repo, 'dev', 'staging', [])
  assert.equal(Object.keys(repo.below('environments/staging/shop')), [])
  repo.at = '2027-03-12T09:00:00Z'
  const shown = await repo.run(promote, ['staging', 'production'], { dryRun: true })
  assert.match(shown.text, /\*\*Destructive\*\* \| \*\*.*Cluster\/shop-production-data\/database/)
  await carry(repo, 'staging', 'production', ['maria', 'tomas'])
  assert.equal(Object.keys(repo.below('environments/production/shop')), [])
  assert.is((await repo.run(synth, [], { check: true })).code, 0)
})

road('a tenant that still has units elsewhere cannot just be deleted from the spec', async ({ repo }) => {
  await live(repo)
  repo.edit('platform.yaml', text => text.replace('  shop:', '  market:').replaceAll('shop.example', 'market.example'))
  await rejects(
    () => repo.run(synth, []),
    /the spec no longer knows "shop" in "production", and its manifests still stand here/,
  )
})

async function rejects(act: () => Promise<unknown>, pattern: RegExp): Promise<void> {
  let caught: unknown
  try {
    await act()
  } catch (error) {
    caught = error
  }
  assert.instance(caught, InputError)
  assert.match((caught as InputError).message, pattern)
}

road.run()
