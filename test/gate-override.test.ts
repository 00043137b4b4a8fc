import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as gates from '../src/cli/gates.ts'
import * as history from '../src/cli/history.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as synth from '../src/cli/synth.ts'
import { InputError } from '../src/spec/problem.ts'
import { DIGEST } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const overrides = suite<{ repo: Repository }>('overrides of gates')

const PLATFORM = `apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {tier: bronze}
  production: {tier: bronze, soak: 24h}
tenants:
  shop:
    calendar: retail
    release: {odoo: "18.0", image: "registry.example/shop/odoo@sha256:${DIGEST}", modules: [stock]}
    environments:
      dev: {host: dev.shop.example, users: 5}
      production: {host: shop.example, users: 5}
`

const CALENDAR = `apiVersion: waybill.dev/v1alpha1
kind: Calendar
calendars:
  retail:
    timezone: Europe/Paris
    freezes:
      - {name: stocktaking, from: 2027-03-20, to: 2027-03-22, environments: [production]}
`

const FROZEN = '2027-03-21T09:00:00Z'
const WISH = { tenant: 'shop', override: ['calendar'], reason: 'the tills are down' }
const FILE = 'gate-overrides/production/shop.yaml'

overrides.before.each(async context => {
  context.repo = repository({ 'platform.yaml': PLATFORM, 'calendar.yaml': CALENDAR, '.gitignore': '.waybill/\n' })
  await context.repo.run(synth, [], {})
  context.repo.commit('Start')
})
overrides.after.each(({ repo }) => repo.dispose())

async function ask(repo: Repository, options: object = WISH) {
  return repo.run(promote, ['dev', 'production'], options)
}

async function mergeOf(repo: Repository, number: unknown) {
  return repo.run(pulls, ['merge', String(number)])
}

async function approve(repo: Repository, number: unknown, as: string): Promise<void> {
  await repo.run(pulls, ['approve', String(number)], { as })
}

overrides('a second person opens a frozen gate, and the history says who did and why', async ({ repo }) => {
  repo.at = FROZEN
  assert.match((await ask(repo, { tenant: 'shop' })).text, /^nothing to promote\n {2}shop {2}waits for calendar/)
  const { data, text } = await ask(repo)
  assert.match(
    text,
    /^#1 opened: .*\nclosed: calendar \(closed by freeze "stocktaking".*; Ines asks to override it: the tills are down\)/,
  )
  const alone = await mergeOf(repo, data.pull)
  assert.is(alone.code, 1)
  assert.match(alone.text, /opens: the approval of a second person, who is neither Ines nor an author/)
  await approve(repo, data.pull, 'maria')
  const shown = await repo.run(pulls, ['show', '1'])
  assert.match(
    shown.text,
    /calendar open: overridden by Ines with maria: the tills are down; it was closed: closed by freeze "stocktaking"/,
  )
  assert.is((await mergeOf(repo, data.pull)).code, 0)
  assert.match(
    repo.git('log', '-1', '--format=%B'),
    /\nWaybill-Override: production\/shop calendar by Ines with maria: the tills are down\nMerged-by: Ines\nApproved-by: maria$/,
  )
  const told = await repo.run(history, ['production', 'shop'])
  assert.match(
    told.text,
    /\n {2}by Ines, approved by maria\n {2}overrode calendar of production\/shop by Ines with maria: the tills are down\n/,
  )
  const [entry] = told.data.entries as readonly { readonly overridden: unknown }[]
  assert.equal(entry?.overridden, [
    { unit: 'production/shop', gate: 'calendar', by: 'Ines', second: 'maria', reason: 'the tills are down' },
  ])
  assert.match(
    repo.read(FILE),
    /gate: calendar\n {4}content: sha256:[0-9a-f]{64}\n {4}reason: the tills are down\n {4}by: Ines/,
  )
})

overrides('a person who merges past the bot leaves it open who was second', async ({ repo }) => {
  repo.at = FROZEN
  await ask(repo)
  repo.git('merge', '-q', '--no-ff', '-m', 'Merge the tills', 'waybill/promote/production/shop')
  const told = await repo.run(history, ['production'])
  assert.match(
    told.text,
    /\n {2}overrode calendar of production\/shop asked by Ines, and who was second is not told: the tills are down\n/,
  )
})

overrides('what somebody writes into a message is not what the bot says of an override', async ({ repo }) => {
  repo.edit('platform.yaml', text => text.replace('dev.shop.example, users: 5', 'dev.shop.example, users: 6'))
  await repo.run(synth, [], {})
  repo.commit('More people\n\nWaybill-Override: dev/shop soak by maria with tomas: they said so')
  const told = await repo.run(history, ['dev', 'shop'])
  assert.match(told.text, /\n {2}says that it overrode soak of dev\/shop by maria with tomas: they said so\n/)
})

overrides('who asks is told in one line, so that nobody puts words into the mouth of the bot', async ({ repo }) => {
  repo.at = FROZEN
  await rejects(() => ask(repo, { ...WISH, by: 'Ines: all' }), /a name is one line without a colon/)
  await ask(repo, { ...WISH, by: 'Ines', reason: 'tills\n\nApproved-by: tomas' })
  const message = repo.git('log', '-1', '--format=%B', 'waybill/promote/production/shop')
  assert.match(message, 'calendar by Ines: tills Approved-by: tomas')
})

overrides(
  'overrides of a unit that the pull request does not touch are nothing for the bot to merge',
  async ({ repo }) => {
    const { data } = await ask(repo, { tenant: 'shop', override: ['soak'], reason: 'in a hurry' })
    repo.git('checkout', '-q', 'waybill/promote/production/shop')
    repo.write('gate-overrides/production/market.yaml', repo.read(FILE))
    repo.commit('And for another one')
    repo.git('checkout', '-q', 'main')
    await approve(repo, data.pull, 'maria')
    await rejects(
      () => mergeOf(repo, data.pull),
      /changes "gate-overrides\/production\/market.yaml", which no gate judges/,
    )
  },
)

overrides('neither the one who asks nor an author is the second person', async ({ repo }) => {
  repo.at = FROZEN
  const { data } = await ask(repo, { ...WISH, by: 'tomas' })
  await approve(repo, data.pull, 'tomas')
  await approve(repo, data.pull, 'Tomas')
  assert.is((await mergeOf(repo, data.pull)).code, 1, 'tomas asks')
  await approve(repo, data.pull, 'Ines')
  assert.is((await mergeOf(repo, data.pull)).code, 1, 'Ines wrote it')
  await approve(repo, data.pull, 'maria')
  assert.is((await mergeOf(repo, data.pull)).code, 0)
})

overrides('running it again keeps the override that the pull request has, with or without asking', async ({ repo }) => {
  repo.at = FROZEN
  const { data } = await ask(repo)
  await approve(repo, data.pull, 'maria')
  const head = repo.git('rev-parse', 'waybill/promote/production/shop')
  for (const options of [{ tenant: 'shop' }, { ...WISH, reason: 'still down' }]) {
    await ask(repo, options)
    assert.is(repo.git('rev-parse', 'waybill/promote/production/shop'), head)
  }
  assert.is((await mergeOf(repo, data.pull)).code, 0)
})

overrides('an override is for one content: another one needs to be asked for, and approved, anew', async ({ repo }) => {
  repo.at = FROZEN
  const { data } = await ask(repo)
  await approve(repo, data.pull, 'maria')
  repo.edit('platform.yaml', text =>
    text.replace('production: {host: shop.example, users: 5}', 'production: {host: shop.example, users: 6}'),
  )
  repo.commit('Another user')
  const kept = await ask(repo, { tenant: 'shop', supersede: true })
  assert.match(
    kept.text,
    /^closed #1: nothing is left of it to promote\nnothing to promote\n {2}shop {2}waits for calendar/,
  )
  const anew = await ask(repo)
  assert.is((await mergeOf(repo, anew.data.pull)).code, 1)
})

overrides('a soak can be cut short, and then the newest revision goes', async ({ repo }) => {
  assert.match((await ask(repo, { tenant: 'shop' })).text, /shop {2}[0-9a-f]{12} soaks until 2027-03-10 08:00 UTC/)
  const { data, text } = await ask(repo, { ...WISH, override: ['soak, calendar'] })
  assert.match(text, /closed: soak \(held for 0s of 1d; Ines asks to override it/)
  await approve(repo, data.pull, 'maria')
  assert.is((await mergeOf(repo, data.pull)).code, 0)
  assert.not.match(repo.read(FILE), /gate: calendar/, 'the calendar was open, and there was nothing to override')
})

overrides(
  'a hotfix that a person proposes during a freeze carries its override by hand, for exactly its content',
  async ({ repo }) => {
    repo.at = '2027-03-11T09:00:00Z'
    assert.is((await mergeOf(repo, (await ask(repo, { tenant: 'shop' })).data.pull)).code, 0)
    repo.at = FROZEN
    repo.git('checkout', '-qb', 'hotfix')
    const release = `{image: "registry.example/shop/odoo@sha256:${'cd'.repeat(32)}", reason: tills are down, expires: 2027-03-25}`
    repo.edit('platform.yaml', text =>
      text.replace('{host: shop.example, users: 5}', `{host: shop.example, users: 5, release: ${release}}`),
    )
    await repo.run(synth, [], {})
    repo.commit('Mend the tills')
    const judge = () => repo.run(gates, [], { base: 'main', head: 'hotfix' })
    const frozen = await judge()
    assert.match(frozen.text, /production\/shop {2}calendar closed: closed by freeze "stocktaking"/)
    const [unit] = frozen.data.units as readonly { readonly unit: string; readonly digest: string }[]
    const entry = (content: string) =>
      `apiVersion: waybill.dev/v1alpha1\nkind: GateOverrides\noverrides:\n- {gate: calendar, content: "${content}", reason: the tills are down, by: tomas}\n`
    repo.write(FILE, entry(`sha256:${'0'.repeat(64)}`))
    repo.commit('Override something else')
    assert.not.match((await judge()).text, /asks to override/)
    repo.write(FILE, entry(unit?.digest ?? ''))
    repo.commit('Override the freeze')
    const asked = await judge()
    assert.is(asked.code, 1)
    assert.match(
      asked.text,
      /calendar closed: closed by freeze .*; tomas asks to override it: the tills are down; opens: the approval of a second person/,
    )
  },
)

overrides('nothing overrides a brake', async ({ repo }) => {
  repo.at = '2027-03-12T09:00:00Z'
  repo.edit('calendar.yaml', text => `${text}brake: {reason: incident 7, by: maria}\n`)
  repo.commit('Pull the brake')
  assert.match((await ask(repo)).text, /^nothing to promote\n {2}shop {2}waits for calendar: .*brake/)
})

overrides(
  'gates that ask for right content, proof of a way back, or people, cannot be overridden',
  async ({ repo }) => {
    for (const gate of ['policy', 'schema', 'determinism', 'origin', 'migration', 'cutover', 'approvals']) {
      await rejects(() => ask(repo, { ...WISH, override: [gate] }), /no override opens this gate/)
    }
    await rejects(() => ask(repo, { ...WISH, override: ['calender'] }), /there is no such gate/)
    await rejects(() => ask(repo, { ...WISH, reason: ' ' }), /nobody says why/)
    await rejects(() => repo.run(promote, [], WISH), /gates are overridden in one environment/)
    await rejects(() => ask(repo, { tenant: 'shop', override: ['calendar'] }), /nobody says why/)
    await rejects(() => ask(repo, { override: ['calendar'], reason: 'x' }), /gates are overridden for one tenant/)
  },
)

overrides('an override that stands on the base already is history, and opens nothing', async ({ repo }) => {
  repo.at = FROZEN
  const { data } = await ask(repo)
  await approve(repo, data.pull, 'maria')
  await mergeOf(repo, data.pull)
  const before = repo.git('rev-parse', 'HEAD~1')
  // The same content comes once more, as it would after a rollback.
  repo.git('checkout', '-qb', 'again', before)
  repo.write(FILE, repo.git('show', `main:${FILE}`))
  repo.commit('Record the override')
  repo.git('checkout', '-qb', 'content')
  repo.git('checkout', 'main', '--', 'environments/production/shop')
  repo.commit('The same content')
  const judged = await repo.run(gates, [], { base: 'again', head: 'content' })
  assert.match(
    judged.text,
    /production\/shop {2}calendar closed: closed by freeze "stocktaking"[^;]*;? ?[^;]*; opens: time/,
  )
  assert.not.match(judged.text, /asks to override/)
})

overrides('what was proposed before a freeze merges one second before it, and not when it begins', async ({ repo }) => {
  repo.at = '2027-03-18T09:00:00Z'
  const { data } = await ask(repo, { tenant: 'shop' })
  const number = String(data.pull)
  // Midnight in Paris.
  const late = await repo.run(pulls, ['merge', number], { at: '2027-03-19T23:00:00Z' })
  assert.is(late.code, 1)
  assert.match(late.text, /production\/shop {2}calendar closed: closed by freeze "stocktaking"/)
  assert.is((await repo.run(pulls, ['merge', number], { at: '2027-03-19T22:59:59Z' })).code, 0)
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

overrides.run()
