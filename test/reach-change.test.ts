import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promotionBody } from '../src/promote/body.ts'
import { SAME_CAPACITY } from '../src/promote/capacity-change.ts'
import type { PromotionPlan } from '../src/promote/plan.ts'
import { type ChangedFlow, type ReachChange, reachChange } from '../src/promote/reach-change.ts'

const namespace = (tenant: string) => `apiVersion: v1
kind: Namespace
metadata: {name: ${tenant}-app, labels: {waybill.dev/tenant: ${tenant}, waybill.dev/zone: app}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: ${tenant}-app}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`
const pods = (tenant: string, role: string, kind = 'Deployment', name = `odoo-${role}`) => `---
apiVersion: ${kind === 'Job' ? 'batch/v1' : 'apps/v1'}
kind: ${kind}
metadata: {name: ${name}, namespace: ${tenant}-app, labels: {waybill.dev/role: ${role}}}
spec: {template: {metadata: {labels: {waybill.dev/role: ${role}}}, spec: {containers: []}}}
`
const egress = (tenant: string, name: string, to: string, port: number, roles = '[web, cron]') => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: ${tenant}-app}
spec:
  podSelector: {matchExpressions: [{key: waybill.dev/role, operator: In, values: ${roles}}]}
  policyTypes: [Egress]
  egress: [{to: [${to}], ports: [{port: ${port}}]}]
`
const shop = (tenant: string, ...more: readonly string[]) =>
  namespace(tenant) + pods(tenant, 'web') + pods(tenant, 'cron') + more.join('')
const environment = (...tenants: readonly string[]) =>
  new Map(tenants.map((text, nth) => [`environments/production/${nth}/all.yaml`, text]))
const said = ({ effect, from, to, ports, tenants }: ChangedFlow) =>
  `${effect} ${from.join()} -> ${to.join()} ${ports} (${tenants.join()})`

test('the same connection in several tenants and of several roles is one line', () => {
  const bank = (tenant: string) => shop(tenant, egress(tenant, 'bank', '{ipBlock: {cidr: 203.0.113.8/29}}', 443))
  const before = environment(shop('acme'), shop('zenith'))
  const after = environment(bank('acme'), bank('zenith'))
  assert.equal(reachChange(before, after).flows.map(said), [
    'opens cron,web -> outside 203.0.113.8/29 TCP 443 (acme,zenith)',
  ])
  assert.equal(reachChange(after, before).flows.map(said), [
    'closes cron,web -> outside 203.0.113.8/29 TCP 443 (acme,zenith)',
  ])
  assert.equal(reachChange(after, after), { flows: [], own: [] })
})

test('addresses that policies cut into parts are told as they were written', () => {
  const wide = egress('acme', 'wide', '{ipBlock: {cidr: 198.51.100.0/24}}', 443)
  const narrow = egress('acme', 'narrow', '{ipBlock: {cidr: 198.51.100.7/32}}', 22)
  assert.equal(reachChange(environment(shop('acme')), environment(shop('acme', wide, narrow))).flows.map(said), [
    'opens cron,web -> outside 198.51.100.0/24 TCP 443 (acme)',
    'opens cron,web -> outside 198.51.100.7/32 TCP 22 (acme)',
  ])
})

test('the Job of the next release connects as that of the last one did', () => {
  const job = (release: string) =>
    shop(
      'acme',
      pods('acme', 'migrate', 'Job', `odoo-migrate-${release}`),
      egress('acme', 'out', '{ipBlock: {cidr: 203.0.113.8/32}}', 443, '[migrate]'),
    )
  const before = environment(job('0123456789ab'))
  assert.equal(reachChange(before, environment(job('ba9876543210'))), { flows: [], own: [] })
})

test('of a tenant that comes as a whole its own connections are counted, and what crosses its border is told', () => {
  const inside = egress('acme', 'inside', '{podSelector: {}}', 8069)
  const open = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: in, namespace: acme-app}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}, {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: traefik}}}], ports: [{port: 8069}]}]}
`
  const change = reachChange(environment(), environment(shop('acme', inside, open)))
  assert.equal(change.own, [{ tenant: 'acme', effect: 'opens', flows: 4 }])
  assert.equal(change.flows.map(said), ['opens namespace traefik -> cron,web TCP 8069 (acme)'])
  assert.equal(reachChange(environment(shop('acme', inside, open)), environment()).own, [
    { tenant: 'acme', effect: 'closes', flows: 4 },
  ])
})

test('what connects two tenants names both', () => {
  const open = (tenant: string) => `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: ${tenant}-app}
spec: {podSelector: {matchLabels: {waybill.dev/role: web}}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 8069}]}]}
`
  const far = egress('acme', 'far', '{namespaceSelector: {}}', 8069, '[cron]')
  const before = environment(shop('acme', far), shop('zenith'))
  assert.equal(reachChange(before, environment(shop('acme', far), shop('zenith', open('zenith')))).flows.map(said), [
    'opens acme cron -> zenith web TCP 8069 (acme,zenith)',
  ])
})

test('a policy that is not evaluated clouds what was known', () => {
  const cilium = `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: acme-app}
spec: {endpointSelector: {matchLabels: {waybill.dev/role: web}}, egress: [{}]}
`
  const flows = reachChange(environment(shop('acme')), environment(shop('acme', cilium))).flows
  assert.equal([...new Set(flows.map(({ effect }) => effect))], ['clouds'])
})

function body(reach: ReachChange): string {
  const plan: PromotionPlan = {
    from: 'staging',
    to: 'production',
    part: { wave: 'all' },
    riding: [],
    waiting: [],
    standing: [],
    risk: { class: 'none', because: [] },
    findings: { added: [], carried: [], fixed: [], waived: [] },
    reach,
    capacity: SAME_CAPACITY,
  }
  return promotionBody(plan, new Map(), 'waybill pulls report 1')
}

test('the body of a pull request says which connections open and close, or that none does', () => {
  assert.match(body({ flows: [], own: [] }), 'As before: no connection opens, and none closes.')
  const flow: ChangedFlow = {
    effect: 'opens',
    from: ['web'],
    to: ['outside 192.0.2.0/24'],
    ports: 'TCP 443',
    tenants: ['acme'],
  }
  const text = body({
    flows: [flow, { ...flow, effect: 'closes' }],
    own: [{ tenant: 'zenith', effect: 'opens', flows: 1 }],
  })
  assert.match(
    text,
    [
      '### Who connects to whom',
      '',
      '- `zenith` is new: 1 connection among its own pods, and what follows',
      '- **opens**: `web` → `outside 192.0.2.0/24` on TCP 443, in `acme`',
      '- **closes**: `web` → `outside 192.0.2.0/24` on TCP 443, in `acme`',
    ].join('\n'),
  )
})

test('the body stays short whatever changes, and counts what it leaves out', () => {
  const flows = Array.from(
    { length: 500 },
    (_, nth): ChangedFlow => ({
      effect: 'opens',
      from: Array.from({ length: 30 }, (_, pod) => `pod-${pod}`),
      to: [`outside 192.0.2.${nth}/32`],
      ports: 'TCP 443',
      tenants: Array.from({ length: 300 }, (_, tenant) => `tenant-${tenant}`),
    }),
  )
  const text = body({ flows, own: [] })
  assert.match(text, '- and 488 more of this kind')
  assert.match(text, /`pod-7` and 22 more → .* of `tenant-0`, .*`tenant-7` and 292 more\n/)
  assert.ok(text.length < 10_000)
})

test('a name that would be markup stays a name', () => {
  const flow: ChangedFlow = { effect: 'opens', from: ['`@all` <img>'], to: ['web'], ports: 'TCP 443', tenants: [] }
  assert.match(body({ flows: [flow], own: [] }), '**opens**: `` `@all` <img> `` → `web` on TCP 443\n')
})

test.run()
