import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as lint from '../src/cli/lint.ts'
import * as synth from '../src/cli/synth.ts'
import { BAKERY } from './platform-fixture.ts'
import { type Repository, repository } from './repository-fixture.ts'

const test = suite<{ repo: Repository }>('waivers.yaml')

const LEAKY =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: leaky, namespace: bakery-production-app}\nspec: {containers: [{name: web, image: "registry.example/web:1"}]}\n'
const waiver = (more: string) => `apiVersion: waybill.dev/v1alpha1\nkind: Waivers\nwaivers:\n${more}`

test.before.each(async context => {
  context.repo = repository({
    'platform.yaml': BAKERY.replace('    release:', '    extra: [extra/leaky.yaml]\n    release:'),
    'extra/leaky.yaml': LEAKY,
  })
  await context.repo.run(synth, [])
})
test.after.each(({ repo }) => repo.dispose())

/** Policies of the open findings, and how many are waived. */
async function judged(
  repo: Repository,
): Promise<{ code: number; open: readonly string[]; waived: readonly string[]; text: string }> {
  const { code, text } = await repo.run(lint, [], { format: ['json'], failOn: 'error', at: '2027-03-09' })
  const { findings } = JSON.parse(text) as { findings: readonly { policy: string; state: string }[] }
  const of = (state: string) => findings.filter(finding => finding.state === state).map(({ policy }) => policy)
  return { code, open: of('open'), waived: of('waived'), text }
}

test('a waiver accepts the findings that it names, and no other', async ({ repo }) => {
  const before = await judged(repo)
  assert.is(before.code, 1)
  assert.ok(before.open.includes('memory-limits') && before.open.includes('digest'))
  repo.write(
    'waivers.yaml',
    waiver(
      '  - {policy: memory-limits, target: {kind: Pod, name: leaky}, reason: goes on Friday, owner: team-a, expires: 2027-03-19}\n',
    ),
  )
  const after = await judged(repo)
  assert.equal(after.waived, ['memory-limits'])
  assert.equal(
    after.open,
    before.open.filter(policy => policy !== 'memory-limits'),
  )
})

test('an expired waiver accepts nothing and is a finding, and so is one that nothing needs', async ({ repo }) => {
  repo.write(
    'waivers.yaml',
    waiver(
      '  - {policy: memory-limits, target: {name: leaky}, reason: was to go, owner: team-a, expires: 2027-03-08}\n  - {policy: memory-limits, target: {name: nobody}, reason: none, owner: team-a, expires: 2027-03-19}\n',
    ),
  )
  const { open, waived } = await judged(repo)
  assert.equal(waived, [])
  for (const policy of ['memory-limits', 'waiver-expired', 'waiver-unused'])
    assert.ok(open.includes(policy), `${policy} in ${open.join(', ')}`)
})

test('a waiver without a reason, an owner or an expiry is exit 2 at its line', async ({ repo }) => {
  repo.write('waivers.yaml', waiver('  - {policy: memory-limits, target: {name: leaky}, owner: team-a}\n'))
  const { code, text } = await repo.run(lint, [], { format: ['text'], failOn: 'error' })
  assert.is(code, 2)
  assert.match(text, /^waivers\.yaml:4:\d+: not evaluated: .*"reason"/m)
})

test.run()
