import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as budget from '../src/cli/budget.ts'
import { InputError } from '../src/spec/problem.ts'
import { BAKERY } from './platform-fixture.ts'
import { PIPELINE, type Repository, repository } from './repository-fixture.ts'

const test = suite<{ repo: Repository }>('waybill budget')

const shop = (replicas: number, memory: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  strategy: {type: Recreate}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 500m, memory: ${memory}}}}]}
`
const DISK = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files, namespace: shop}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 10Gi}}}
`
/** A core costs 100 a month, a GiB of memory 10, a GiB of storage 1 and of the class "fast" 2. */
const PRICES = `apiVersion: waybill.dev/v1alpha1
kind: PriceList
name: our own hall
asOf: 2027-01
currency: EUR
hoursPerMonth: 100
cpuHour: 1
memoryGibHour: 0.1
storageGibMonth: 1
storageClassGibMonth: {fast: 2}
`

test.before.each(context => {
  context.repo = repository({ 'platform.yaml': BAKERY, 'k8s/shop.yaml': shop(2, '1Gi'), 'prices.yaml': PRICES })
  context.repo.commit('start')
})
test.after.each(({ repo }) => repo.dispose())

async function refused(repo: Repository, paths: readonly string[], options: object, told: RegExp): Promise<void> {
  try {
    await repo.run(budget, paths, options)
  } catch (error) {
    assert.ok(error instanceof InputError, String(error))
    assert.match(error.problems.map(({ file, message }) => `${file}: ${message}`).join('\n'), told)
    return
  }
  assert.unreachable(`${told}`)
}

test('a month costs what the price list says: two pods of half a core and one GiB are 120', async ({ repo }) => {
  const { text, data } = await repo.run(budget, ['k8s'])
  assert.match(text, /EUR a month, our own hall, prices of 2027-01\n/)
  assert.match(text, /^shop +120\.00 +120\.00 +120\.00$/m)
  assert.equal(data.cost, {
    prices: 'our own hall',
    asOf: '2027-01',
    currency: 'EUR',
    month: { steady: 120, rollout: 120, peak: 120 },
    namespaces: [{ namespace: 'shop', month: { steady: 120, rollout: 120, peak: 120 } }],
  })
})

test('without a price list the example is used, and says that it is one', async ({ repo }) => {
  repo.git('rm', '-q', 'prices.yaml')
  const { text } = await repo.run(budget, ['k8s'])
  assert.match(text, /USD a month, AWS us-east-1, on demand \(example\), prices of 2026-04/)
})

test('a price list may leave out the storage classes, and nothing else', async ({ repo }) => {
  repo.write('prices.yaml', PRICES.replace(/storageClass.*\n/, ''))
  assert.match((await repo.run(budget, ['k8s'])).text, /our own hall/)
  for (const [change, told] of [
    [(text: string) => text.replace(/cpuHour.*\n/, ''), /has no "cpuHour"/],
    [
      (text: string) => text.replace('cpuHour: 1', 'cpuHour: -1'),
      /prices\.yaml: "cpuHour" is the number -1, the least is 0/,
    ],
    [(text: string) => text.replace('EUR', 'euros'), /"currency" is "euros"/],
    [(text: string) => text.replace('cpuHour', 'cpuhour'), /unknown key "cpuhour"/],
  ] as const) {
    repo.write('prices.yaml', change(PRICES))
    await refused(repo, ['k8s'], {}, told)
  }
})

test('against a commit only what changed is told, in quantities and in money', async ({ repo }) => {
  repo.write('k8s/shop.yaml', `${shop(3, '2Gi')}---\n${DISK}`)
  const { text, data } = await repo.run(budget, ['k8s'], { against: 'HEAD' })
  assert.is(
    text,
    `at the peak                   before      after
all          claims                0  ->      1
all          pods                  2  ->      3
all          requests.cpu          1  ->    1.5
all          requests.memory     2Gi  ->    6Gi
all          storage               0  ->   10Gi
shop         claims                0  ->      1
shop         pods                  2  ->      3
shop         requests.cpu          1  ->    1.5
shop         requests.memory     2Gi  ->    6Gi
shop         storage               0  ->   10Gi

EUR a month at the peak  before       after
all                      120.00  ->  230.00
shop                     120.00  ->  230.00
`,
  )
  const { revision, environment, cost } = data.against as {
    readonly revision: string
    readonly environment: readonly unknown[]
    readonly cost: { readonly month: unknown }
  }
  assert.is(revision, 'HEAD')
  assert.equal(environment[1], { resource: 'pods', before: '2', after: '3' })
  assert.equal(cost.month, { steady: 120, rollout: 120, peak: 120 })
})

test('where nothing asks for more or less, that is said; a change of prices is none', async ({ repo }) => {
  repo.edit('prices.yaml', text => text.replace('cpuHour: 1', 'cpuHour: 7'))
  repo.edit('k8s/shop.yaml', text => text.replace('image: i', 'image: j'))
  const { text } = await repo.run(budget, ['k8s'], { against: 'HEAD' })
  assert.is(text, 'nothing asks for more or less than in HEAD')
})

test('files that an earlier commit does not have asked for nothing then', async ({ repo }) => {
  repo.write('more/shop.yaml', shop(1, '1Gi').replace('namespace: shop', 'namespace: more'))
  const { text } = await repo.run(budget, ['more'], { against: 'HEAD' })
  assert.match(text, /^more +pods +0 {2}-> +1$/m)
  assert.match(text, /^more +0\.00 {2}-> +60\.00$/m)
})

test('an environment is compared with itself as an earlier commit had it, also when that had none', async ({
  repo,
}) => {
  const production = PIPELINE.replace('    calendar: retail\n', '')
  repo.write('platform.yaml', production)
  repo.commit('grow')
  repo.write('platform.yaml', production.replace('users: 40', 'users: 400'))
  const grown = await repo.run(budget, [], { env: 'production', against: 'HEAD' })
  assert.match(grown.text, /^shop-production-app +pods +\d+ {2}-> +\d+$/m)
  assert.is(
    (await repo.run(budget, [], { env: 'dev', against: 'HEAD' })).text,
    'nothing asks for more or less than in HEAD',
  )
  const fresh = await repo.run(budget, [], { env: 'dev', against: 'HEAD~1' })
  assert.match(fresh.text, /^all +0\.00 {2}->/m)
})

test('an unknown commit, standard input, and a path with an environment are one clear error each', async ({ repo }) => {
  await refused(repo, ['k8s'], { against: 'nowhere' }, /nowhere: no such commit/)
  await refused(repo, ['k8s', '-'], { against: 'HEAD' }, /standard input has no earlier revision/)
  await refused(repo, ['k8s'], { env: 'production', against: 'HEAD' }, /two different questions/)
})

test.run()
