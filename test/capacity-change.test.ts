import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PriceList } from '../src/analysis/cost.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { promotionBody } from '../src/promote/body.ts'
import { capacityChange } from '../src/promote/capacity-change.ts'
import { indexesOf } from '../src/promote/two-indexes.ts'
import { capacityMarkdown } from '../src/report/capacity-markdown.ts'
import { gatesWith, planOf, promotionOf, workload as told, UNAPPROVED } from './body-fixture.ts'
import { claim, cluster, deployment, manifest, rolling, service } from './capacity-world.ts'

const test = suite('what a promotion takes')

/** One core costs 100 a month, one GiB of storage 1. */
const PRICES: PriceList = {
  name: 'ours',
  asOf: '2027-01',
  currency: 'EUR',
  hoursPerMonth: 100,
  cpuHour: 1,
  memoryGibHour: 0,
  storageGibMonth: 1,
  storageClassGibMonth: {},
}

/** The manifests of tenants, each in a namespace of its own. */
function environment(tenants: Readonly<Record<string, readonly Manifest[]>>): Map<string, string> {
  const files = new Map<string, string>()
  for (const [tenant, manifests] of Object.entries(tenants)) {
    const namespace = `${tenant}-production-app`
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: TIER } }
    const placed = manifests.map(each => ({ ...each, metadata: { ...each.metadata, namespace } }))
    for (const [index, each] of [own, ...placed].entries()) {
      files.set(`environments/production/${tenant}/${index}.yaml`, JSON.stringify(each))
    }
  }
  return files
}

const TIER = { 'waybill.dev/tier': 'silver' }

const web = (replicas: number, cpu = '1') =>
  deployment(
    { replicas, ...rolling(0, 1) },
    { containers: [{ name: 'main', resources: { requests: { cpu, memory: '2Gi' } } }] },
  )

const quota = (cpu: string) => manifest('v1', 'ResourceQuota', 'quota', { spec: { hard: { 'requests.cpu': cpu } } })

type Tenants = Parameters<typeof environment>[0]

function changeOf(before: Tenants, after: Tenants) {
  return capacityChange(indexesOf(environment(before), environment(after)), PRICES)
}

const linesOf = (before: Tenants, after: Tenants) => capacityMarkdown(changeOf(before, after)).split('\n')

test('where nothing changes in amount, nothing is said', () => {
  const other = deployment({ replicas: 2, ...rolling(0, 1) })
  assert.equal(linesOf({ acme: [web(2)] }, { acme: [web(2)] }), [''])
  assert.equal(
    linesOf({ acme: [other] }, { acme: [{ ...other, metadata: { ...other.metadata, labels: { a: 'b' } } }] }),
    [''],
  )
  assert.equal(linesOf({}, {}), [''])
})

test('more pods are told in money, and against the quota', () => {
  assert.equal(linesOf({ acme: [web(2), quota('4')] }, { acme: [web(3), quota('4')] }), [
    '- **Cost**: EUR 200 → 300 a month, at the most 200 → 300; prices of 2027-01, ours',
    '- **At the peak**: `acme-production-app`: cores 2 → 3 of 4, memory 4Gi → 6Gi',
  ])
})

test('a quota that is exceeded says so, one that is just met does not', () => {
  const at = (pods: number) => linesOf({ acme: [web(2), quota('4')] }, { acme: [web(pods), quota('4')] })[1] ?? ''
  assert.match(at(5), 'cores 2 → 5 of 4, which is too much')
  assert.match(at(4), 'cores 2 → 4 of 4, memory')
})

test('a volume is storage and money', () => {
  assert.equal(linesOf({ acme: [claim('10Gi')] }, { acme: [claim('30Gi')] }), [
    '- **Cost**: EUR 10 → 30 a month, at the most 10 → 30; prices of 2027-01, ours',
    '- **At the peak**: `acme-production-app`: storage 10Gi → 30Gi',
  ])
})

test('less than half a unit of money is not worth a line', () => {
  assert.equal(linesOf({ acme: [claim('1000Mi')] }, { acme: [claim('1100Mi')] }), [
    '- **At the peak**: `acme-production-app`: storage 1000Mi → 1.1Gi',
  ])
})

test('the same change of many tenants is one line, and the sum of the environment', () => {
  const names = Array.from({ length: 200 }, (_, index) => `tenant-${String(index).padStart(3, '0')}`)
  const all = (replicas: number) => Object.fromEntries(names.map(name => [name, [web(replicas), quota('4')]]))
  const change = changeOf(all(2), all(3))
  assert.equal(capacityMarkdown(change).split('\n'), [
    '- **Cost**:',
    '  - EUR 40000 → 60000 a month, at the most 40000 → 60000; prices of 2027-01, ours',
    '  - EUR 200 → 300 a month, at the most 200 → 300 – in all 200 tenants',
    '- **At the peak**: `{tenant}-production-app`: cores 2 → 3 of 4, memory 4Gi → 6Gi – in all 200 tenants',
  ])
  const riding = names.map(name => promotionOf(name, [told(name, 'web', 'o:1', 2)], [told(name, 'web', 'o:1', 3)]))
  const plan = planOf(riding, { capacity: change })
  const body = promotionBody(plan, gatesWith(plan, UNAPPROVED), 'waybill pulls report x')
  assert.ok(body.length < 6_000, `${body.length}`)
  assert.match(body, '### What it takes')
})

test('different changes of many tenants take a few lines, and the others are counted', () => {
  const all = (step: number) =>
    Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`t${index}`, [web(1 + step * (index + 1), '10m')]]))
  const lines = linesOf(all(0), all(1))
  assert.ok(lines.length < 20, lines.join('\n'))
  assert.match(lines.join('\n'), /and 19\d more lines in the report/)
})

test('connections are told against what the server accepts, before and after', () => {
  const server = (max: string) => cluster({ instances: 1, postgresql: { parameters: { max_connections: max } } })
  const odoo = (replicas: number) =>
    deployment(
      { replicas, ...rolling(0, 1) },
      {
        containers: [
          {
            name: 'odoo',
            image: 'odoo:18.0',
            command: ['odoo'],
            args: ['--db_host=db-rw', '--workers=5', '--max-cron-threads=0'],
          },
        ],
      },
    )
  const told = (pods: number, max: string) =>
    linesOf({ acme: [server('60'), odoo(2)] }, { acme: [server(max), odoo(pods)] }).find(line =>
      /Connections/.test(line),
    )
  const line = told(3, '60') ?? ''
  assert.match(line, /`acme-production-app\/Cluster\/db`: 33 → 43 of 60$/)
  assert.match(told(3, '90') ?? '', /33 → 43 of 90, 60 before$/)
  assert.match(told(6, '60') ?? '', /33 → 73 of 60, which is too many$/)
  assert.is(told(2, '60'), undefined)
})

test('a promise is told when it breaks and when it is kept again, and not in between', () => {
  const down = deployment({ replicas: 1, ...rolling(0, 1) })
  const up = deployment({ replicas: 1, ...rolling(1, 0) })
  const breaks = linesOf({ acme: [service(), up] }, { acme: [service(), down] })
  assert.is(
    breaks.find(line => /Promises/.test(line)),
    '- **Promises broken**: "Deployment/acme-production-app/web" keeps 0 pods ready during a rollout, and tier "silver" promises 1',
  )
  const mends = linesOf({ acme: [service(), down] }, { acme: [service(), up] })
  assert.match(mends.find(line => /Promises/.test(line)) ?? '', '**Promises kept again**: ')
  assert.not.match(linesOf({ acme: [service(), down] }, { acme: [service(), down, claim('1Gi')] }).join(), 'Promises')
  assert.not.match(linesOf({ acme: [service(), down] }, {}).join(), 'kept again', 'it is gone, which keeps nothing')
})

test.run()
