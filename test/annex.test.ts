import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import * as release from '../src/cli/release.ts'
import * as synth from '../src/cli/synth.ts'
import { InputError } from '../src/spec/problem.ts'
import { annexFilesOf, example } from './example-tree.ts'
import { DIGEST } from './platform-fixture.ts'
import { PIPELINE, type Repository, repository } from './repository-fixture.ts'

const annex = suite<{ repo: Repository }>('trees beside the units')

const DELIVERED = PIPELINE.replace(
  'environments:\n  dev',
  'gitops: {engine: argocd, repository: "https://git.example/shop.git"}\nenvironments:\n  dev',
)
const CALENDAR = `apiVersion: waybill.dev/v1alpha1
kind: Calendar
calendars: {retail: {timezone: Europe/Paris, freezes: [{name: december, from: 12-01, to: 12-31}]}}
`
const SECOND = `  stall:
    release: {odoo: "18.0", image: "registry.example/stall/odoo@sha256:${DIGEST}"}
    environments: {dev: {host: dev.stall.example}}
`

annex.before.each(async context => {
  context.repo = repository({ 'platform.yaml': DELIVERED, 'calendar.yaml': CALENDAR })
  await context.repo.run(synth, [], {})
})
annex.after.each(({ repo }) => repo.dispose())

async function check(repo: Repository): Promise<string> {
  return (await repo.run(synth, [], { check: true })).text
}

async function rejects(act: () => Promise<unknown>, pattern: RegExp): Promise<void> {
  let caught: unknown
  try {
    await act()
  } catch (error) {
    caught = error
  }
  assert.instance(caught, InputError)
  assert.match(String(caught), pattern)
}

annex('one file for each environment is written, and a second run writes nothing', async ({ repo }) => {
  assert.equal(Object.keys(repo.below('gitops')), ['dev.yaml', 'production.yaml', 'record.json', 'staging.yaml'])
  assert.match(repo.read('gitops/production.yaml'), /path: environments\/production\/platform/)
  const again = await repo.run(synth, [], {})
  assert.equal(again.data.annexes, [])
  assert.match(await check(repo), /the tree is what it says it is$/)
})

annex('what the spec no longer asks for is taken away, and what a person put beside it stays', async ({ repo }) => {
  repo.write('gitops/notes.md', 'mine\n')
  repo.edit('platform.yaml', text => text.replace(/^gitops:.*$/m, 'gitops: {engine: none}'))
  await repo.run(synth, [], {})
  assert.equal(repo.below('gitops'), { 'notes.md': 'mine\n' })
  assert.match(await check(repo), /the tree is what it says it is$/)
})

annex('a page that a person changed is never overwritten, and the check names it', async ({ repo }) => {
  repo.edit('gitops/production.yaml', text => text.replace('prune: true', 'prune: false'))
  assert.match(await check(repo), /gitops\/production\.yaml was changed by hand/)
  await rejects(() => repo.run(synth, [], {}), /changed by hand, and writing it would lose that change/)
  assert.match(repo.read('gitops/production.yaml'), /prune: false/)
})

annex('a file of somebody else at the place of a page is not taken', async ({ repo }) => {
  repo.write('catalog/tenants.yaml', 'ours: long before\n')
  repo.edit('platform.yaml', text => `${text}${SECOND}`)
  await rejects(() => repo.run(synth, [], {}), /not one that waybill wrote/)
  assert.is(repo.read('catalog/tenants.yaml'), 'ours: long before\n')
  assert.match(await check(repo), /catalog\/tenants\.yaml stands where a page of waybill has to stand/)
})

annex('the check tells a page that is missing from one that the spec says otherwise', async ({ repo }) => {
  repo.git('rm', '-q', '--cached', '-r', '--ignore-unmatch', '.')
  repo.edit('platform.yaml', text => text.replace('shop.git"}', 'moved.git"}'))
  const stale = await check(repo)
  assert.match(stale, /gitops\/production\.yaml is not what the spec says now/)
  assert.not.match(stale, /gitops\/record\.json/)
  repo.edit('platform.yaml', text => text.replace('moved.git"}', 'shop.git"}'))
  repo.edit('gitops/record.json', text => text.replace(/"generator": ".*"/, '"generator": "0.0.1+other"'))
  assert.match(await check(repo), /gitops was written by waybill 0\.0\.1\+other/)
})

annex('a record that cannot be read stops the run, for then nobody knows what may go', async ({ repo }) => {
  repo.write('gitops/record.json', '{')
  await rejects(() => repo.run(synth, [], {}), /nobody knows which files beside it may go/)
  repo.write('gitops/record.json', '{"files": {}}')
  await rejects(() => repo.run(synth, [], {}), /no record of version 1/)
})

annex(
  'the catalog says where tenants live once there are several, and follows a release as it follows synth',
  async ({ repo }) => {
    const alone = ['objectives.yaml', 'record.json', 'shop/modules.yaml']
    assert.equal(Object.keys(repo.below('catalog')), alone)
    repo.edit('platform.yaml', text => `${text}${SECOND}`)
    await repo.run(synth, [], {})
    assert.equal(Object.keys(repo.below('catalog')), [...alone, 'endpoints.yaml', 'tenancy.md', 'tenants.yaml'].sort())
    assert.match(
      repo.read('catalog/endpoints.yaml'),
      /name: dev\.stall\.example\n {4}ingress: traefik\n {4}tenant: stall/,
    )
    assert.match(repo.read('catalog/tenancy.md'), /\| stall \| none \| 0 \| 0 \| bronze \| 1d \| dev: own \|/)
    await repo.run(release, ['shop', `registry.example/shop/odoo@sha256:${'cd'.repeat(32)}`], {})
    assert.match(await check(repo), /the tree is what it says it is$/)
  },
)

annex('the endpoints name every bucket that an environment writes, and who is asked for a login', () => {
  const endpoints = parse(annexFilesOf(example('northwind')).get('catalog/endpoints.yaml') ?? '')
  const production = endpoints.environments.find(({ name }: { name: string }) => name === 'production')
  assert.equal(production.buckets, [
    'acme-production-papers',
    'northwind-lake',
    'northwind-offsite-backups',
    'northwind-production-backups',
  ])
  const realm = 'https://sso.northwind.example/realms/erp/protocol/openid-connect'
  assert.equal(production.logins, [`${realm}/token`, `${realm}/certs`])
})

annex.run()
