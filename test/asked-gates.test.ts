import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as gates from '../src/cli/gates.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as release from '../src/cli/release.ts'
import * as rollback from '../src/cli/rollback.ts'
import * as synth from '../src/cli/synth.ts'
import { DIGEST } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const asked = suite<{ repo: Repository }>('gates that an environment asks for')

const PLATFORM = `apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {tier: bronze}
  production:
    tier: bronze
    gates: {}
tenants:
  shop:
    calendar: retail
    release:
      odoo: "18.0"
      image: registry.example/shop/odoo@sha256:${DIGEST}
      modules: [stock]
    environments:
      dev: {host: dev.shop.example, users: 5}
      production: {host: shop.example, users: 5}
`

const CALENDAR = `apiVersion: waybill.dev/v1alpha1
kind: Calendar
calendars:
  retail: {timezone: Europe/Paris}
`

const NEXT = `registry.example/shop/odoo@sha256:${'cd'.repeat(32)}`

asked.before.each(async context => {
  context.repo = repository({ 'platform.yaml': PLATFORM, 'calendar.yaml': CALENDAR, '.gitignore': '.waybill/\n' })
  await context.repo.run(synth, [], {})
  context.repo.commit('Start')
})
asked.after.each(({ repo }) => repo.dispose())

function ask(repo: Repository, what: string): void {
  repo.edit('platform.yaml', text => text.replace('gates: {}', `gates: ${what}`))
  repo.commit('Ask for more')
}

function record(repo: Repository, ...entries: readonly string[]): void {
  const list = entries.map(entry => `  - {${entry}}\n`).join('')
  repo.write('evidence/production/shop.yaml', `apiVersion: waybill.dev/v1alpha1\nkind: Evidence\nevidence:\n${list}`)
  repo.commit('Record what was done')
}

interface Gate {
  readonly name: string
  readonly state: string
  readonly reason: string
  readonly opens?: string
}

/** The gate as a promotion into production sees it, whether the shop rides or waits. */
async function gate(repo: Repository, name: string): Promise<Gate | undefined> {
  const { riding, waiting } = (await repo.run(promote, ['dev', 'production'], { dryRun: true })).data as {
    readonly riding: readonly { readonly unit: string; readonly gates: readonly Gate[] }[]
    readonly waiting: readonly { readonly unit: string; readonly gates: readonly Gate[] }[]
  }
  const shop = [...riding, ...waiting].find(({ unit }) => unit === 'shop')
  return shop?.gates.find(candidate => candidate.name === name)
}

async function carry(repo: Repository): Promise<void> {
  const proposed = await repo.run(promote, ['dev', 'production'])
  const merged = await repo.run(pulls, ['merge', String(proposed.data.pull)])
  assert.is(merged.code, 0, merged.text)
}

asked('nothing that nobody asked for is judged, and what it would be is named', async ({ repo }) => {
  for (const name of ['soak', 'wave', 'health', 'migration', 'evidence', 'capacity']) {
    assert.is((await gate(repo, name))?.state, 'not configured', name)
  }
})

asked('evidence has to be there and young enough, and nothing that lies ahead counts', async ({ repo }) => {
  ask(repo, '{evidence: {restore-test: 35d}}')
  assert.equal(await gate(repo, 'evidence'), {
    name: 'evidence',
    state: 'closed',
    reason: 'no restore-test is on record',
    opens: 'a new restore-test, recorded in evidence/production/shop.yaml',
  })
  record(
    repo,
    'what: restore-test, at: 2027-02-01T04:00:00Z, by: cluster, note: 41 minutes',
    'what: restore-test, at: 2027-03-10T04:00:00Z, by: cluster',
  )
  assert.match(
    (await gate(repo, 'evidence'))?.reason ?? '',
    /^the restore-test of 2027-02-01 04:00 UTC is older than 5w/,
  )
  record(repo, 'what: restore-test, at: 2027-02-02T08:00:00Z, by: cluster')
  assert.is((await gate(repo, 'evidence'))?.state, 'open')
  repo.at = '2027-03-09T08:00:01Z'
  assert.is((await gate(repo, 'evidence'))?.state, 'closed')
})

asked('evidence that cannot be read closes the gate', async ({ repo }) => {
  ask(repo, '{evidence: {restore-test: 35d}}')
  record(repo, 'what: restore-test, on: 2027-03-01')
  const found = await gate(repo, 'evidence')
  assert.is(found?.state, 'closed')
  assert.match(found?.reason ?? '', /^evidence\/production\/shop.yaml cannot be read: /)
})

asked(
  'a release that changes the schema needs a backup, a window and a note; a first one needs nothing',
  async ({ repo }) => {
    ask(repo, '{migration: {backup: 24h}}')
    assert.is((await gate(repo, 'migration'))?.state, 'open')
    await carry(repo)
    await repo.run(release, ['shop', NEXT], {})
    repo.commit('Release shop')
    const closed = await gate(repo, 'migration')
    assert.is(
      closed?.reason.replace(/release [0-9a-f]{12}/, 'release X'),
      'the schema changes (another image, and nobody says which version of stock it holds), and no backup is on record, no note says how data comes back from release X, the calendar "retail" has no windows',
    )
    const [, id = ''] = /release ([0-9a-f]{12})/.exec(closed?.reason ?? '') ?? []
    repo.edit('calendar.yaml', text => text.replace('}', ', windows: ["Tue,Wed 08:30-10:00"]}'))
    record(
      repo,
      'what: backup, at: 2027-03-09T01:30:00Z, by: cluster',
      `what: rollback-note, release: ${id}, at: 2027-03-08T16:00:00Z, by: Ines, note: restore the backup`,
    )
    const open = await gate(repo, 'migration')
    assert.is(open?.state, 'open')
    assert.match(open?.reason ?? '', /backup of 2027-03-09 01:30 UTC$/)
    repo.at = '2027-03-10T08:00:00Z'
    assert.match((await gate(repo, 'migration'))?.reason ?? '', /the backup of 2027-03-09 01:30 UTC is older than 1d/)
  },
)

asked('going back from such a release needs its note and a backup of before it came', async ({ repo }) => {
  await carry(repo)
  await repo.run(release, ['shop', NEXT], {})
  repo.commit('Release shop')
  repo.at = '2027-03-09T09:00:00Z'
  await carry(repo)
  ask(repo, '{migration: {backup: 24h}}')
  repo.at = '2027-03-09T12:00:00Z'
  const back = await repo.run(rollback, ['production', 'shop'], { reason: 'tills lose the basket' })
  assert.match(
    back.text,
    /closed: migration \(the schema changes .*, and no backup of the 1d before it came \(2027-03-09 09:00 UTC\)/,
  )
  const number = String(back.data.pull)
  assert.is((await repo.run(pulls, ['merge', number])).code, 1)
  const [, id = ''] = /release ([0-9a-f]{12})/.exec(back.text) ?? []
  const note = `what: rollback-note, release: ${id}, at: 2027-03-08T16:00:00Z, by: Ines, note: restore the backup`
  record(repo, 'what: backup, at: 2027-03-09T10:00:00Z, by: cluster', note)
  assert.is((await repo.run(pulls, ['merge', number])).code, 1, 'that backup holds the newer schema')
  record(repo, 'what: backup, at: 2027-03-09T01:30:00Z, by: cluster', note)
  assert.is((await repo.run(pulls, ['merge', number])).code, 0)
  assert.match(repo.read('environments/production/shop/shop-production-app/deployment.odoo-web.yaml'), DIGEST)
})

asked('capacity is counted against stated nodes, with everything that stands there already', async ({ repo }) => {
  ask(repo, '{capacity: {nodes: [{name: general, count: 1, cpu: "1", memory: 2Gi}]}}')
  const closed = await gate(repo, 'capacity')
  assert.is(closed?.state, 'closed')
  assert.match(closed?.reason ?? '', /all nodes have |no node has room for it/)
  repo.edit('platform.yaml', text =>
    text.replace('count: 1, cpu: "1", memory: 2Gi', 'count: 9, cpu: "16", memory: 64Gi'),
  )
  repo.commit('More nodes')
  assert.is((await gate(repo, 'capacity'))?.state, 'open')
  await carry(repo)
  repo.edit('platform.yaml', text =>
    text.replace('count: 9, cpu: "16", memory: 64Gi', 'count: 1, cpu: "1", memory: 2Gi'),
  )
  repo.commit('Fewer nodes')
  repo.edit('platform.yaml', text =>
    text.replace(
      'production: {host: shop.example, users: 5}',
      'production: {host: shop.example, users: 5, web: {replicas: 9}}',
    ),
  )
  await repo.run(synth, [])
  repo.commit('More pods for the sale')
  const judged = await repo.run(gates, [], { base: 'main~1', head: 'HEAD' })
  assert.is(judged.code, 1)
  assert.match(judged.text, /production\/shop {2}capacity closed: all nodes have 1 of cpu, and 6250m are asked for/)
})

asked('a tenant leaves no environment that asks for a backup without one', async ({ repo }) => {
  ask(repo, '{migration: {backup: 24h}}')
  await carry(repo)
  repo.edit('platform.yaml', text =>
    text.replace('    calendar: retail\n', '    calendar: retail\n    retired: true\n'),
  )
  await repo.run(synth, [])
  repo.commit('Retire shop')
  assert.match(
    (await gate(repo, 'migration'))?.reason ?? '',
    /^the database goes with the tenant, and no backup is on record/,
  )
  record(repo, 'what: backup, at: 2027-03-09T07:00:00Z, by: cluster')
  assert.is((await gate(repo, 'migration'))?.state, 'open')
})

asked('health is what is reported of the base since the source holds the revision', async ({ repo }) => {
  ask(repo, '{health: ["argocd/dev-{unit}"]}')
  repo.at = '2027-03-09T09:00:00Z'
  repo.edit('platform.yaml', text => text.replace('modules: [stock]', 'modules: [stock, sale]'))
  await repo.run(synth, [])
  repo.commit('Sell')
  const report = (state: string, commit: string) =>
    repo.git('notes', '--ref=statuses', 'append', '-m', `argocd/dev-shop: ${state}`, commit)
  report('success', 'HEAD~1')
  const silent = await gate(repo, 'health')
  assert.is(silent?.state, 'closed')
  assert.is(silent?.reason, 'nobody has reported argocd/dev-shop since dev holds it (2027-03-09 09:00 UTC)')
  report('failure', 'HEAD')
  assert.match((await gate(repo, 'health'))?.reason ?? '', /^argocd\/dev-shop is failure at [0-9a-f]{12}$/)
  report('success', 'HEAD')
  assert.is((await gate(repo, 'health'))?.state, 'open')
  repo.write('notes.txt', 'a later commit, which nobody has reported on yet')
  repo.commit('Note')
  const proposed = await repo.run(promote, ['dev', 'production'])
  assert.match(proposed.text, /#1 opened: Promote shop to production/)
  report('failure', 'HEAD')
  const refused = await repo.run(pulls, ['merge', '1'])
  assert.is(refused.code, 1)
  assert.match(refused.text, /production\/shop {2}health closed/)
})

asked.run()
