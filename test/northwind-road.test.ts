import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome } from '../src/cli/command.ts'
import * as gates from '../src/cli/gates.ts'
import * as history from '../src/cli/history.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as release from '../src/cli/release.ts'
import * as rollback from '../src/cli/rollback.ts'
import * as synth from '../src/cli/synth.ts'
import { diskTree } from '../src/files.ts'
import { carry, githubRoad } from './github-fixture.ts'

const test = suite('northwind on GitHub')

const template = diskTree(new URL('../../templates/platforms/northwind', import.meta.url).pathname)
const NORTHWIND = Object.fromEntries(template.files('.').map(path => [path, template.read(path) ?? '']))
NORTHWIND['platform.yaml'] = (NORTHWIND['platform.yaml'] ?? '').replace(
  '    soak: 24h\n',
  '    soak: 24h\n    waves:\n    - {name: pilots, tenants: [acme-retail], soak: 2d}\n',
)
const OWNERS = '* @maria\n/environments/production/ @tomas\n'

interface Wave {
  readonly wave: string
  readonly pull: number | null
  readonly did?: string
  readonly riding: readonly { readonly unit: string }[]
}

interface Told {
  readonly kind: string
  readonly approved: readonly string[]
  readonly reason: readonly string[]
  readonly overridden: readonly unknown[]
}

/** What a promotion into production came to, by wave. */
function wavesOf({ data }: Outcome): Readonly<Record<string, Wave>> {
  return Object.fromEntries((data.waves as readonly Wave[]).map(wave => [wave.wave, wave]))
}

test('it goes from dev to production through soak, waves, an override, freeze, a newer revision, two approvals, and back', async () => {
  const road = await githubRoad({ ...NORTHWIND, CODEOWNERS: OWNERS })
  const { repo, github, run } = road
  const { repository: hosted } = github
  const releaseImage = async (byte: string) => {
    road.pullMain()
    await repo.run(release, ['acme-retail', `registry.example/acme/odoo@sha256:${byte.repeat(32)}`], {})
    repo.commit('Release acme-retail')
    road.pushMain()
  }
  const promoteAll = (options: object = {}) => run(promote, ['staging', 'production'], options)
  const merge = (number: number | null | undefined) => run(pulls, ['merge', String(number)])
  const approve = (number: number | null | undefined) => {
    for (const login of ['maria', 'tomas']) hosted.review(Number(number), login)
  }
  const web = 'environments/production/acme-retail/acme-retail-production-app/deployment.odoo-web.yaml'
  try {
    await carry(road, 'dev', 'staging', ['maria'])
    const soaking = await promoteAll()
    assert.match(soaking.text, /acme-retail {2}[0-9a-f]{12} soaks until 2027-03-10 08:00 UTC/)
    assert.equal(
      hosted.pulls.filter(({ state }) => state === 'open'),
      [],
    )

    road.at('2027-03-10T10:00:00Z')
    for (const [wave, unit] of [
      ['platform', 'platform'],
      ['pilots', 'acme-retail'],
    ] as const) {
      const planned = wavesOf(await promoteAll())
      const riders = Object.values(planned).flatMap(({ riding }) => riding.map(rider => rider.unit))
      assert.equal([planned[wave]?.riding.map(rider => rider.unit), riders], [[unit], [unit]])
      approve(planned[wave]?.pull)
      assert.is((await merge(planned[wave]?.pull)).code, 0)
    }
    assert.match(
      (await promoteAll()).text,
      /baltic-dist {2}[0-9a-f]{12} waits for wave pilots: acme-retail holds .*2d asked/,
    )

    const wish = { tenant: 'baltic-dist', override: ['wave'], reason: 'the warehouse opens tomorrow', by: 'tomas' }
    const early = Number((await promoteAll(wish)).data.pull)
    hosted.review(early, 'tomas')
    assert.match(
      (await merge(early)).text,
      /opens: the approval of a second person, who is neither tomas nor an author/,
    )
    hosted.review(early, 'maria')
    assert.is((await merge(early)).code, 0)
    road.pullMain()
    const [entry] = (await repo.run(history, ['production', 'baltic-dist'])).data.entries as readonly Told[]
    assert.equal(entry?.overridden, [
      { unit: 'production/baltic-dist', gate: 'wave', by: 'tomas', second: 'maria', reason: wish.reason },
    ])
    const first = repo.below('environments/production/acme-retail')
    assert.ok(Object.keys(first).length > 80)

    road.at('2027-03-26T07:30:00Z')
    await releaseImage('cd')
    await carry(road, 'dev', 'staging', ['maria'])
    road.at('2027-03-30T08:00:00Z')
    const frozen = await promoteAll()
    assert.match(
      frozen.text,
      /acme-retail {2}waits for calendar: .*"month-end".*; opens: time, at 2027-04-0\d \d\d:00 UTC/,
    )
    assert.equal(hosted.pulls.filter(({ state }) => state === 'open').length, 0)

    road.at('2027-04-06T08:00:00Z')
    const number = Number(wavesOf(await promoteAll()).pilots?.pull)
    assert.equal(hosted.pull(number).requested, ['tomas'])
    const screen = hosted.pull(number).body.split('\n').slice(0, 25).join('\n')
    for (const row of [
      '| **Tenants** | acme-retail |',
      '| **Environment** | staging → **production** |',
      '| **Destructive** | none |',
      '| **Schema change** | yes: the migration of acme-retail runs (',
      '| **Closed gates** | approvals (acme-retail): 0 of 2 approvals |',
      '| **Undo** | `waybill rollback production acme-retail --reason "…"` |',
      '| **Data returns** | **no**: the database keeps the new schema. Backup `before-',
    ]) {
      assert.match(screen, row)
    }
    hosted.review(number, 'maria')
    await releaseImage('ef')
    await carry(road, 'dev', 'staging', ['maria'])
    road.at('2027-04-08T08:00:00Z')
    const kept = await promoteAll()
    assert.match(kept.text, /stands as it was approved; production\/acme-retail would be something else by now/)
    const superseded = wavesOf(await promoteAll({ supersede: true })).pilots
    assert.equal([superseded?.did, superseded?.pull], ['updated', number])
    assert.match((await merge(number)).text, /approvals closed: 0 of 2 approvals; maria approved other content/)
    hosted.review(number, 'maria')
    hosted.review(number, 'ines')
    assert.match((await merge(number)).text, /1 of 2 approvals; ines wrote part of it and does not count/)
    hosted.review(number, 'tomas')
    assert.is((await run(gates, [], { base: 'HEAD', pull: String(number), report: true })).code, 0)
    assert.is(hosted.statuses.get(hosted.pull(number).head)?.at(-1)?.state, 'success')
    assert.is((await merge(number)).code, 0)
    road.pullMain()
    assert.match(repo.read(web), 'ef'.repeat(32))

    road.at('2027-04-08T11:00:00Z')
    const back = await run(rollback, ['production', 'acme-retail'], { reason: 'tills lose the basket', by: 'Ines' })
    const backNumber = Number(back.data.pull)
    assert.match(hosted.pull(backNumber).body, '| **Data returns** | **no**: the database stays as it is.')
    approve(backNumber)
    assert.is((await merge(backNumber)).code, 0)
    road.pullMain()
    assert.equal(repo.below('environments/production/acme-retail'), first)
    const after = await promoteAll()
    const left = Object.values(wavesOf(after)).flatMap(({ riding }) => riding)
    assert.equal(left, [], 'neither what is on hold is proposed again, nor what was before it')
    assert.match(after.text, /acme-retail {2}[0-9a-f]{12} .*hold/)
    assert.is((await repo.run(synth, [], { check: true })).code, 0)

    const told = await repo.run(history, ['production', 'acme-retail'])
    const entries = told.data.entries as readonly Told[]
    assert.equal(
      entries.map(({ kind, approved, reason }) => ({ kind, approved, reason })),
      [
        { kind: 'rollback', approved: ['maria', 'tomas'], reason: ['tills lose the basket'] },
        { kind: 'promotion', approved: ['maria', 'tomas'], reason: [] },
        { kind: 'promotion', approved: ['maria', 'tomas'], reason: [] },
      ],
    )
    assert.equal(github.violations, [])
    assert.equal(hosted.git('for-each-ref', '--format=%(refname)', 'refs/heads/waybill'), '')
  } finally {
    await road.dispose()
  }
})

test.run()
