import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as calendar from '../src/cli/calendar.ts'
import * as gates from '../src/cli/gates.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as resume from '../src/cli/resume.ts'
import * as rollback from '../src/cli/rollback.ts'
import * as synth from '../src/cli/synth.ts'
import { DIGEST } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const waves = suite<{ repo: Repository }>('waves')

const tenant = (name: string) => `
  ${name}:
    release: {odoo: "18.0", image: "registry.example/${name}/odoo@sha256:${DIGEST}", modules: [stock]}
    environments:
      dev: {host: dev.${name}.example, users: 5}
      production: {host: ${name}.example, users: 5}`

const PLATFORM = `apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {tier: bronze}
  production:
    tier: bronze
    waves:
    - {name: pilots, tenants: [bakery], soak: 2d}
secrets: {refresh: 2h}
tenants:${['bakery', 'market', 'shop'].map(tenant).join('')}
`

waves.before.each(async context => {
  context.repo = repository({ 'platform.yaml': PLATFORM, '.gitignore': '.waybill/\n' })
  await context.repo.run(synth, [], {})
  context.repo.commit('Start')
})
waves.after.each(({ repo }) => repo.dispose())

interface Wave {
  readonly wave: string
  readonly pull: number | null
  readonly did?: string
  readonly riding: readonly { readonly unit: string; readonly revision: string }[]
  readonly standing: readonly {
    readonly unit: string
    readonly behind: readonly { readonly gate: { readonly reason: string; readonly eta?: number } }[]
  }[]
}

async function planned(repo: Repository, options: object = {}): Promise<readonly Wave[]> {
  return (await repo.run(promote, ['dev', 'production'], options)).data.waves as readonly Wave[]
}

const riders = (all: readonly Wave[]) => all.map(({ wave, riding }) => [wave, ...riding.map(({ unit }) => unit)])

async function merge(repo: Repository, { pull }: { readonly pull: number | null } = { pull: null }): Promise<void> {
  const merged = await repo.run(pulls, ['merge', String(pull)])
  assert.is(merged.code, 0, merged.text)
}

/** Everything that the spec says now, wave after wave, in production. */
async function live(repo: Repository): Promise<void> {
  for (const at of ['2027-03-09T09:00:00Z', '2027-03-09T10:00:00Z', '2027-03-11T10:00:00Z']) {
    repo.at = at
    for (const wave of await planned(repo)) if (wave.pull !== null) await merge(repo, wave)
  }
  assert.equal(riders(await planned(repo)), [['platform'], ['pilots'], ['rest']])
}

/** A change that concerns every tenant. */
async function refresh(repo: Repository, hours: number): Promise<void> {
  repo.edit('platform.yaml', text => text.replace(/refresh: \w+/, `refresh: ${hours}h`))
  await repo.run(synth, [])
  repo.commit(`Secrets every ${hours} hours`)
}

waves(
  'the shared unit goes first, then the pilots, then everybody else once the pilots have stood the test',
  async ({ repo }) => {
    const first = await planned(repo)
    assert.equal(riders(first), [['platform', 'platform'], ['pilots'], ['rest']])
    assert.match(first[1]?.standing[0]?.behind[0]?.gate.reason ?? '', /^waits for wave platform: platform is not at /)
    await merge(repo, first[0])
    repo.at = '2027-03-10T09:00:00Z'
    const second = await planned(repo)
    assert.equal(riders(second), [['platform'], ['pilots', 'bakery'], ['rest']])
    assert.match(second[2]?.standing[0]?.behind[0]?.gate.reason ?? '', /^waits for wave pilots: bakery is not at /)
    await merge(repo, second[1])
    repo.at = '2027-03-12T08:59:59Z'
    const third = await planned(repo)
    assert.equal(riders(third), [['platform'], ['pilots'], ['rest']])
    const waiting = third[2]?.standing[0]?.behind[0]?.gate
    assert.match(
      waiting?.reason ?? '',
      /^waits for wave pilots: bakery holds [0-9a-f]{12} since 2027-03-10 09:00 UTC, 2d asked/,
    )
    assert.is(waiting?.eta, Date.parse('2027-03-12T09:00:00Z') / 1000)
    repo.at = '2027-03-12T09:00:00Z'
    assert.equal(riders(await planned(repo)), [['platform'], ['pilots'], ['rest', 'market', 'shop']])
  },
)

waves('a change of one tenant alone waits for nobody', async ({ repo }) => {
  await live(repo)
  repo.at = '2027-03-20T09:00:00Z'
  repo.edit('platform.yaml', text =>
    text.replace('registry.example/shop/odoo@sha256:ab', 'registry.example/shop/odoo@sha256:cd'),
  )
  await repo.run(synth, [])
  repo.commit('Release shop')
  assert.equal(riders(await planned(repo)), [['platform'], ['pilots'], ['rest', 'shop']])
})

waves('pilots that move on do not hold up what they have proven, and nobody gets more than that', async ({ repo }) => {
  await live(repo)
  repo.at = '2027-03-20T09:00:00Z'
  await refresh(repo, 3)
  for (const wave of await planned(repo)) if (wave.pull !== null) await merge(repo, wave)
  for (const wave of await planned(repo)) if (wave.pull !== null) await merge(repo, wave)
  repo.at = '2027-03-23T09:00:00Z'
  await refresh(repo, 4)
  const both = await planned(repo)
  assert.equal(riders(both), [['platform', 'platform'], ['pilots'], ['rest', 'market', 'shop']])
  await merge(repo, both[0])
  await merge(repo, (await planned(repo))[1])
  const later = await planned(repo)
  assert.equal(riders(later), [['platform'], ['pilots'], ['rest', 'market', 'shop']])
  await merge(repo, later[2])
  assert.match(
    repo.read('environments/production/bakery/bakery-production-app/externalsecret.odoo-config.yaml'),
    'refreshInterval: 4h',
  )
  assert.match(
    repo.read('environments/production/shop/shop-production-app/externalsecret.odoo-config.yaml'),
    'refreshInterval: 3h',
  )
})

waves('what the pilots rolled back goes no further', async ({ repo }) => {
  await live(repo)
  repo.at = '2027-03-20T09:00:00Z'
  await refresh(repo, 3)
  for (const wave of await planned(repo)) if (wave.pull !== null) await merge(repo, wave)
  for (const wave of await planned(repo)) if (wave.pull !== null) await merge(repo, wave)
  repo.at = '2027-03-23T09:00:00Z'
  const open = (await planned(repo)).find(({ wave }) => wave === 'rest')
  const back = await repo.run(rollback, ['production', 'bakery'], { reason: 'the tills lose the basket' })
  await merge(repo, back.data as { pull: number })
  const refused = await repo.run(pulls, ['merge', String(open?.pull)])
  assert.is(refused.code, 1, 'the pull request was opened before the rollback')
  assert.match(refused.text, /"environments\/production\/bakery\/.*" has changed on "main" since/)
  const shown = await repo.run(pulls, ['show', String(open?.pull)])
  assert.match(
    shown.text,
    /shop {2}wave closed: waits for wave pilots: [0-9a-f]{12} of bakery was rolled back from production/,
  )
  const after = await repo.run(promote, ['dev', 'production'])
  assert.equal(riders(after.data.waves as readonly Wave[]), [['platform'], ['pilots'], ['rest']])
  assert.match(after.text, /closed #\d+: nothing is left of it to promote/)
  await repo.run(resume, ['production', 'bakery'])
  repo.commit('Lift the hold')
  assert.equal(
    riders(await planned(repo)),
    [['platform'], ['pilots', 'bakery'], ['rest']],
    'it has to stand the test anew',
  )
})

waves('a simulation says which wave would carry what at a time, and what the others wait for', async ({ repo }) => {
  await merge(repo, (await planned(repo))[0])
  const told = await repo.run(calendar, ['simulate'], { at: '2027-03-10T09:00:00Z' })
  assert.match(
    told.text,
    /dev → production, wave pilots, at 2027-03-10 09:00 UTC\n {2}bakery {2}[0-9a-f]{12} would go\n\ndev → production, wave rest, at .*\n {2}market {2}[0-9a-f]{12} waits for wave pilots/,
  )
})

waves('one tenant on request waits for the waves before it too', async ({ repo }) => {
  const asked = await repo.run(promote, ['dev', 'production'], { tenant: 'shop' })
  assert.match(asked.text, /^nothing to promote\n {2}shop {2}[0-9a-f]{12} waits for wave platform/)
})

waves('a pull request that jumps the queue is judged like any other', async ({ repo }) => {
  await live(repo)
  repo.at = '2027-03-20T09:00:00Z'
  await refresh(repo, 3)
  // As somebody would who takes the waves out for a moment.
  repo.git('checkout', '-qb', 'hasty')
  repo.edit('platform.yaml', text => text.replace(/ {4}waves:\n.*\n/, ''))
  repo.commit('No waves')
  await repo.run(promote, ['dev', 'production'], { base: 'hasty' })
  repo.git('checkout', '-q', 'main')
  const judged = await repo.run(gates, [], { base: 'main', head: 'waybill/promote/production/all' })
  assert.is(judged.code, 1)
  assert.match(
    judged.text,
    /production\/shop {2}wave closed: waits for wave platform: platform is not at [0-9a-f]{12} in production; for wave pilots: bakery is not at [0-9a-f]{12} in production; opens: the wave platform and the wave pilots, once/,
  )
})

waves('planning twice changes nothing, and a wave that is no longer declared is closed', async ({ repo }) => {
  const one = await planned(repo)
  assert.equal(
    one.map(({ did }) => did),
    ['opened', undefined, undefined],
  )
  assert.equal(
    (await planned(repo)).map(({ did }) => did),
    ['nothing', undefined, undefined],
  )
  await merge(repo, one[0])
  assert.is((await planned(repo))[1]?.did, 'opened')
  repo.edit('platform.yaml', text => text.replace('name: pilots', 'name: brave'))
  repo.commit('Rename the wave')
  assert.equal(riders(await planned(repo)), [['platform'], ['brave', 'bakery'], ['rest']])
  assert.is(repo.git('branch', '--list', 'waybill/promote/production/pilots'), '')
})

waves('a dry run begins with who goes and who waits, and then shows what it would propose', async ({ repo }) => {
  const dry = await repo.run(promote, ['dev', 'production'], { dryRun: true })
  assert.is(repo.git('branch', '--list', 'waybill/*'), '')
  const overview = dry.text.slice(0, dry.text.indexOf('would open'))
  assert.match(
    overview,
    /^wave platform\n {2}platform {2}new → [0-9a-f]{12}\n\nwave pilots\nnothing to promote\n {2}bakery {2}[0-9a-f]{12} waits for wave platform: /,
  )
  assert.match(
    dry.text,
    /would open: "Promote platform to production \(wave platform\)" on waybill\/promote\/production\/platform/,
  )
})

waves(
  'the whole road: a release goes out in waves, one shop cannot wait, and its fix goes everywhere',
  async ({ repo }) => {
    await live(repo)
    repo.at = '2027-03-20T09:00:00Z'
    await refresh(repo, 3)
    await merge(repo, (await planned(repo))[0])
    await merge(repo, (await planned(repo))[1])
    const early = await repo.run(promote, ['dev', 'production'], {
      tenant: 'shop',
      override: ['wave'],
      reason: 'its secrets are renewed tonight',
    })
    assert.match(early.text, /closed: wave \(waits for wave pilots: .*; Ines asks to override it: its secrets/)
    await repo.run(pulls, ['approve', String(early.data.pull)], { as: 'maria' })
    await merge(repo, early.data as { pull: number })
    assert.match(
      repo.git('log', '-1', '--format=%B'),
      /Waybill-Override: production\/shop wave by Ines with maria: its/,
    )
    assert.equal(riders(await planned(repo)), [['platform'], ['pilots'], ['rest']])
    repo.at = '2027-03-22T09:00:00Z'
    const rest = await planned(repo)
    assert.equal(riders(rest), [['platform'], ['pilots'], ['rest', 'market']])
    await merge(repo, rest[2])
    assert.match(repo.git('log', '-1', '--format=%B'), /Waybill-Promotion: dev -> production\nWaybill-Wave: rest\n/)
    assert.equal(riders(await planned(repo)), [['platform'], ['pilots'], ['rest']])
    assert.is((await repo.run(synth, [], { check: true })).code, 0)
  },
)

waves.run()
