import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as gates from '../src/cli/gates.ts'
import * as lint from '../src/cli/lint.ts'
import * as promote from '../src/cli/promote.ts'
import * as pulls from '../src/cli/pulls.ts'
import * as synth from '../src/cli/synth.ts'
import { DIGEST } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const hotfix = suite<{ repo: Repository }>('hotfixes and retirement')

const PLATFORM = `apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {tier: bronze}
  production: {tier: bronze, soak: 24h, gates: {migration: {backup: 24h}}}
tenants:
  shop:
    release: {odoo: "18.0", image: "registry.example/shop/odoo@sha256:${DIGEST}", modules: [stock]}
    environments:
      dev: {host: dev.shop.example, users: 5}
      production: {host: shop.example, users: 5}
`

hotfix.before.each(async context => {
  const repo = repository({ 'platform.yaml': PLATFORM, '.gitignore': '.waybill/\n' })
  context.repo = repo
  await repo.run(synth, [], {})
  repo.commit('Start')
  repo.at = '2027-03-10T09:00:00Z'
  const proposed = await repo.run(promote, ['dev', 'production'])
  assert.is((await repo.run(pulls, ['merge', String(proposed.data.pull)])).code, 0)
})
hotfix.after.each(({ repo }) => repo.dispose())

async function mend(repo: Repository): Promise<void> {
  const image = `registry.example/shop/odoo@sha256:${'cd'.repeat(32)}`
  const release = `release: {image: "${image}", modules: [stock], reason: gift cards fail, expires: 2027-04-01}`
  repo.edit('platform.yaml', text =>
    text.replace('{host: shop.example, users: 5}', `{host: shop.example, users: 5, ${release}}`),
  )
  await repo.run(synth, [])
  repo.commit('Mend the gift cards')
}

hotfix(
  'a hotfix goes straight to production with its reason, its last day, and care for the schema',
  async ({ repo }) => {
    await mend(repo)
    assert.match(repo.read('environments/production/shop/shop-production-app/deployment.odoo-web.yaml'), 'cdcdcd')
    assert.not.match(repo.read('environments/dev/shop/shop-dev-app/deployment.odoo-web.yaml'), 'cdcdcd')
    const judged = await repo.run(gates, [], { base: 'main~1', head: 'HEAD' })
    assert.match(judged.text, /production\/shop {2}origin open: a hotfix until 2027-04-01: gift cards fail\n/)
    assert.match(judged.text, /production\/shop {2}migration closed: the schema changes .* no backup is on record/)
    repo.at = '2027-04-01T23:59:59Z'
    assert.match((await repo.run(gates, [], { base: 'main~1', head: 'HEAD' })).text, /origin open/)
    repo.at = '2027-04-02T00:00:00Z'
    assert.match(
      (await repo.run(gates, [], { base: 'main~1', head: 'HEAD' })).text,
      /origin closed: .*; that day is over; opens: promote/,
    )
  },
)

hotfix('a hotfix is a finding while it stands, and none once it is taken out', async ({ repo }) => {
  const findings = async () =>
    ((await repo.run(lint, [], { format: ['json'] })).text ?? '').match(/brings a hotfix, so the environment runs/g)
      ?.length ?? 0
  assert.is(await findings(), 0)
  const before = repo.read('platform.yaml')
  await mend(repo)
  assert.is(await findings(), 1)
  repo.write('platform.yaml', before)
  await repo.run(synth, [])
  assert.is(await findings(), 0)
})

hotfix('a tenant that is retired leaves as a promotion of destructive risk', async ({ repo }) => {
  repo.edit('platform.yaml', text =>
    text.replace('  shop:\n', '  shop:\n    retired: true\n').replace(/, gates: .*}}}/, '}'),
  )
  await repo.run(synth, [])
  repo.commit('Retire shop')
  repo.at = '2027-03-12T09:00:00Z'
  const { data, text } = await repo.run(promote, ['dev', 'production'], { dryRun: true })
  assert.is(data.risk, 'destructive')
  assert.match(text, /\*\*Destructive\*\* \| \*\*.*Cluster\/shop-production-data\/database/)
  assert.match(text, /shop {2}[0-9a-f]{12} → removed/)
})

hotfix.run()
