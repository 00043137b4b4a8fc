import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as reach from '../src/cli/reach.ts'
import { InputError } from '../src/spec/problem.ts'
import { BAKERY } from './platform-fixture.ts'
import { PIPELINE, type Repository, repository } from './repository-fixture.ts'

const test = suite<{ repo: Repository }>('waybill reach')

const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {waybill.dev/zone: app}}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{containerPort: 8069}]}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db, waybill.dev/zone: data}}, spec: {containers: [{name: c, ports: [{containerPort: 5432}]}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
  egress:
  - to: [{ipBlock: {cidr: 203.0.113.0/24}}]
    ports: [{port: 443}]
  - to: [{ipBlock: {cidr: 203.0.113.7/32}}]
    ports: [{port: 22}]
`

test.before.each(context => {
  context.repo = repository({ 'platform.yaml': BAKERY, 'k8s/shop.yaml': SHOP })
})
test.after.each(({ repo }) => repo.dispose())

test('YAML of no platform is told by source, with the addresses that policies cut up in one piece', async ({
  repo,
}) => {
  const { code, text } = await repo.run(reach, ['k8s'])
  assert.is(code, 0)
  assert.is(
    text,
    `shop: Deployment/web
  all ports  -> shop: Deployment/web
  TCP 5432   -> shop: StatefulSet/db
  all ports  -> outside

shop: StatefulSet/db
  TCP 22     -> outside 203.0.113.7/32
  TCP 443    -> outside 203.0.113.0/24

outside
  all ports  -> shop: Deployment/web
`,
  )
})

test('an environment that holds nothing yet is shown as it would be, and the text says so', async ({ repo }) => {
  const { text, data } = await repo.run(reach, [])
  assert.match(text, /^nothing has been promoted into production yet; this is what would stand there\n/)
  assert.match(text, /traefik: .* \(in no manifest\)\n {2}TCP 8069 {2,}-> bakery-production-app: Deployment\/odoo-web/)
  assert.is(data.preview, true)
  assert.is(data.environment, 'production')
})

test('with both ends the verdict stands with every line that it rests on', async ({ repo }) => {
  const ask = async (from: string, to: string) => (await repo.run(reach, ['k8s/shop.yaml'], { from, to })).text
  assert.is(
    await ask('shop/web', 'shop/StatefulSet/db'),
    `allowed: shop: Deployment/web -> shop: StatefulSet/db on TCP 5432
  "Deployment/shop/web" is selected by no policy, so its egress is open
  k8s/shop.yaml:18: "NetworkPolicy/shop/db" opens TCP 5432 from "Deployment/shop/web"
`,
  )
  assert.match(
    await ask('outside', 'zone:data'),
    /^no route, exposed Service or port of a node leads from outside to StatefulSet\/shop\/db\n\ndenied straight: outside -> shop: StatefulSet\/db\n {2}k8s\/shop\.yaml:15: "NetworkPolicy\/shop\/db" isolates the ingress of "StatefulSet\/shop\/db", and no policy opens any port from "outside"\n/,
  )
  assert.match(
    await ask('shop/db', '169.254.169.254'),
    /^denied: shop: StatefulSet\/db -> outside 169\.254\.169\.254\/32\n/,
  )
  assert.match(
    await ask('shop/db', 'outside'),
    /^allowed: .* -> outside 203\.0\.113\.0\/30, .* on TCP 443\n.*:21: .*\n\nallowed: .* -> outside 203\.0\.113\.7\/32 on TCP 22, 443\n.*\n.*\n\ndenied: .* -> every other address asked about\n/,
  )
})

test('one end alone leaves only what concerns it, in every format', async ({ repo }) => {
  const to = { to: 'shop/db' }
  assert.is((await repo.run(reach, ['k8s'], to)).text, 'shop: Deployment/web\n  TCP 5432  -> shop: StatefulSet/db\n')
  assert.match(
    (await repo.run(reach, ['k8s'], { ...to, format: 'dot' })).text,
    /^digraph reach \{[\s\S]*n\d -> n\d \[label="TCP 5432"\];\n\}\n$/,
  )
  assert.match(
    (await repo.run(reach, ['k8s'], { ...to, format: 'mermaid' })).text,
    /^flowchart LR\n[\s\S]*-->\|"TCP 5432"\|/,
  )
  const { data } = await repo.run(reach, ['k8s'], { ...to, from: 'shop/web' })
  assert.equal(data.edges, [
    {
      from: ['Deployment/shop/web'],
      to: ['StatefulSet/shop/db'],
      allowed: [{ protocol: 'TCP', first: 5432, last: 5432 }],
      unknown: [],
    },
  ])
  assert.equal(
    (data.verdicts as readonly { verdict: string }[]).map(({ verdict }) => verdict),
    ['allowed'],
  )
})

const REFUSED: readonly (readonly [what: string, paths: readonly string[], options: object, told: RegExp])[] = [
  ['a name that nothing has', ['k8s'], { from: 'shop/wbe' }, /no workload, namespace or zone is called "shop\/wbe"/],
  ['a folder without manifests', ['empty'], {}, /there is no manifest to look at/],
  ['a file that does not parse', ['broken.yaml'], {}, /./],
  ['paths together with an environment', ['k8s'], { env: 'production' }, /two different questions/],
  ['an environment that is not there', [], { env: 'productoin' }, /no environment "productoin"/],
]

for (const [what, paths, options, told] of REFUSED) {
  test(`${what} is bad input`, async ({ repo }) => {
    repo.write('empty/notes.txt', 'nothing')
    repo.write('broken.yaml', 'apiVersion: v1\nkind: [\n')
    await rejects(() => repo.run(reach, paths, options), told)
  })
}

test('a platform of several environments wants one of them named', async ({ repo }) => {
  repo.write('platform.yaml', PIPELINE)
  await rejects(() => repo.run(reach, []), /several environments, and each is a cluster of its own/)
})

test('a name of a zone and of a namespace wants to be told apart', async ({ repo }) => {
  repo.edit('k8s/shop.yaml', text => text.replace('waybill.dev/zone: data', 'waybill.dev/zone: shop'))
  await rejects(() => repo.run(reach, ['k8s'], { to: 'shop' }), /"shop" is a namespace and a zone/)
  assert.match((await repo.run(reach, ['k8s'], { to: 'zone:shop' })).text, /^shop: Deployment\/web\n {2}TCP 5432/)
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

test.run()
