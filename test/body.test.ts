import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../src/lint/finding.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import { promotionBody } from '../src/promote/body.ts'
import type { Gate } from '../src/promote/gate.ts'
import type { JudgedUnit } from '../src/promote/judge-pull.ts'
import type { PromotionPlan, UnitPromotion } from '../src/promote/plan.ts'
import { pullReportText } from '../src/promote/pull-report.ts'
import { gatesWith, planOf, promotionOf, UNAPPROVED, workload } from './body-fixture.ts'

const test = suite('the body of a promotion')

const REPORT = 'waybill pulls report waybill/promote/production/all'

function bodyOf(plan: PromotionPlan, approvals: Gate = UNAPPROVED): string {
  return promotionBody(plan, gatesWith(plan, approvals), REPORT)
}

/** The first screen: what an approver reads without scrolling. */
function screenOf(body: string): string {
  return body.split('\n').slice(0, 25).join('\n')
}

const NAMES = Array.from({ length: 200 }, (_, index) => `tenant-${String(index).padStart(3, '0')}`)
const ROLES = ['odoo-web', 'odoo-websocket', 'odoo-cron', 'odoo-queue']

function alike(tenant: string): UnitPromotion {
  const all = (image: string) => ROLES.map(role => workload(tenant, role, image))
  return promotionOf(tenant, all('registry.example/odoo@sha256:aa'), all('registry.example/odoo@sha256:bb'))
}

/** Every value is this tenant's alone. */
function unlike(tenant: string, index: number): UnitPromotion {
  const all = (turn: number) =>
    ROLES.map((role, at) => workload(tenant, role, `registry.example/${index}/${role}:${turn}`, 2 + at + index * turn))
  return promotionOf(tenant, all(1), all(2))
}

test('the same change in 200 tenants is said once, in less than 6 000 characters', () => {
  const body = bodyOf(planOf(NAMES.map(alike)))
  assert.ok(body.length < 6_000, `${body.length}`)
  for (const name of NAMES) assert.match(body, name)
  assert.match(body, /image .* – in all 200 tenants: other software runs/)
  assert.match(body, '**all 200 units**: staging holds it since 2027-03-10 12:00 UTC; written by Ines')
  assert.match(body, 'deployment.odoo-web.yaml  (200 ×)')
  assert.is(body.split('0 of 2 approvals').length, 3, 'on the first screen and among the gates')
})

test('200 tenants with different changes stay within what GitHub takes, and the report that is named has the rest', () => {
  const plan = planOf(NAMES.map(unlike))
  const body = bodyOf(plan)
  assert.ok(body.length > 40_000 && body.length <= 58_000, `${body.length}`)
  assert.match(body, /And \d+ more changes: \d+ /)
  assert.match(body, `All of it, with nothing left out: \`${REPORT}\``)
  const units = plan.riding.map(({ unit, digest, operations, gates }): JudgedUnit => {
    return { environment: 'production', unit, kind: 'promotion', digest, operations, gates, approvers: [] }
  })
  const files = plan.riding.flatMap(({ changes }) => changes.map(({ path }) => `~ ${path}`))
  const report = pullReportText({ units, findings: [], connections: [], capacity: ['cost: EUR 1 → 2'], files })
  assert.match(report, 'cost: EUR 1 → 2')
  for (const { unit, operations, changes } of plan.riding) {
    assert.match(report, `production/${unit}  origin open`)
    for (const { path } of changes) assert.match(report, path)
    for (const { from = '', to = '' } of operations) assert.match(report, `${from} → ${to}`)
  }
})

test('whatever grows, the body stays within what GitHub takes', () => {
  const long = 'x'.repeat(490)
  const finding = (index: number): Finding => ({
    policy: `policy-${index}`,
    severity: 'warning',
    fix: long,
    object: `Deployment/${long}`,
    file: `${index}.yaml`,
    range: { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } },
    fingerprint: String(index),
    state: 'open',
    at: [],
    message: long,
  })
  const names = NAMES.map(name => name.padEnd(40, 'n'))
  const riding = names.map((name, index) => ({
    ...unlike(name, index),
    authors: [{ name: `${long}${index}`, email: 'a', commit: 'c' }],
  }))
  const waiting = names.map((name, index): UnitPromotion => {
    const gate: Gate = { name: 'calendar', state: 'closed', reason: `${index} ${long}`, eta: 1_800_000_000 + index }
    return { ...alike(`w${name}`), gates: [gate] }
  })
  const flow = (index: number) => ({
    effect: 'opens' as const,
    from: names.slice(0, 20),
    to: names.slice(20, 40),
    ports: `TCP ${index}`,
    tenants: names,
  })
  const plan = planOf(riding, {
    waiting,
    findings: { added: Array.from({ length: 900 }, (_, index) => finding(index)), carried: [], fixed: [], waived: [] },
    reach: { flows: Array.from({ length: 50 }, (_, index) => flow(index)), own: [] },
  })
  const gates = new Map(
    riding.map(({ unit }, index) => [unit, [{ ...UNAPPROVED, reason: `${index} ${long}` } satisfies Gate]]),
  )
  const body = promotionBody(plan, gates, REPORT)
  assert.ok(body.length <= 58_000, `${body.length}`)
  assert.match(body, /… and \d+ more findings/)
  assert.match(body, /… and \d+ more reasons/)
  assert.match(body, /… and \d+ more units/)
  assert.match(body, REPORT)
})

const CLUSTER: Manifest = {
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Cluster',
  metadata: { name: 'database', namespace: 'beta-production-data' },
  spec: { instances: 3, storage: { size: '100Gi' } },
}
const BACKUP: Manifest = {
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Backup',
  metadata: { name: 'before-f6d30b9689e4', namespace: 'acme-production-data' },
  spec: { cluster: { name: 'database' } },
}

test('the first screen of a risky one tells who, what is destroyed, the schema, the gates and the way back', () => {
  const acme = promotionOf('acme', [workload('acme', 'web', 'odoo:1')], [workload('acme', 'web', 'odoo:2'), BACKUP])
  const beta = promotionOf('beta', [CLUSTER], [], { kind: 'remove', revision: undefined as never })
  const frozen: Gate = {
    name: 'calendar',
    state: 'closed',
    reason: 'closed by freeze "stock-count"',
    eta: Date.parse('2027-03-22T23:00:00Z') / 1000,
  }
  const waiting = [{ ...alike('gamma'), gates: [frozen] }]
  const screen = screenOf(bodyOf(planOf([acme, beta], { waiting })))
  assert.is(
    screen.split('\n\n')[0],
    [
      '| | |',
      '|---|---|',
      '| **Tenants** | acme, beta |',
      '| **Environment** | staging → **production** |',
      '| **Destructive** | **Cluster/beta-production-data/database** |',
      '| **Schema change** | yes: the migration of acme runs (another image) |',
      '| **Risk** | destructive: the database and its volumes are deleted |',
      '| **Closed gates** | approvals (all 2 units): 0 of 2 approvals |',
      '| **Waiting** | calendar (gamma): closed by freeze "stock-count"; **opens 2027-03-22 23:00 UTC** |',
      '| **Undo** | `waybill rollback production acme --reason "…"`<br>beta: take `retired: true` back and promote from the first environment on |',
      '| **Data returns** | **no**: what is deleted comes back from a backup, or not at all<br>**no**: the database keeps the new schema. Backup `before-f6d30b9689e4`, made before the migration, brings the old one back, without what people enter after the merge |',
    ].join('\n'),
  )
})

test('what the engine leaves standing is lost only when somebody deletes it', () => {
  const kept: Manifest = {
    ...CLUSTER,
    metadata: { ...CLUSTER.metadata, annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' } },
  }
  const returns = (...gone: readonly Manifest[]) =>
    screenOf(bodyOf(planOf([promotionOf('beta', gone, [], { kind: 'remove', revision: undefined as never })])))
      .split('\n')
      .find(line => line.includes('Data returns')) ?? ''
  assert.match(returns(kept), 'as long as nobody deletes by hand what the engine leaves standing')
  const other = { ...CLUSTER, metadata: { ...CLUSTER.metadata, name: 'other' } }
  assert.match(returns(kept, other), '**no**: what is deleted comes back from a backup', 'one of them goes at once')
})

test('the first screen of a harmless one says "none" and "no" in as many words', () => {
  const scaled = promotionOf('acme', [workload('acme', 'web', 'odoo:1', 2)], [workload('acme', 'web', 'odoo:1', 3)])
  const open: Gate = { name: 'approvals', state: 'open', reason: 'approved by maria, tomas' }
  const screen = screenOf(bodyOf(planOf([scaled]), open))
  for (const row of [
    '| **Destructive** | none |',
    '| **Schema change** | no |',
    '| **Closed gates** | none |',
    '| **Undo** | `waybill rollback production acme --reason "…"` |',
    '| **Data returns** | nothing of it is touched |',
  ]) {
    assert.match(screen, row)
  }
})

test('what has only just come has nothing to go back to, and its database no older schema', () => {
  const fresh = promotionOf('acme', [], [workload('acme', 'web', 'odoo:1')], {
    kind: 'create',
    previous: undefined as never,
  })
  const screen = screenOf(bodyOf(planOf([fresh])))
  assert.match(screen, '| **Schema change** | no |')
  assert.match(screen, '| **Undo** | acme: new here, so nothing to go back to; `retired: true` takes it out again |')
})

test('the first screen stays short, however many tenants and reasons there are', () => {
  const riding = NAMES.map(unlike)
  const gates = new Map(
    riding.map(({ unit }, index) => [unit, [{ ...UNAPPROVED, reason: `${index} of 300` } satisfies Gate]]),
  )
  const body = promotionBody(planOf(riding), gates, REPORT)
  const table = body.slice(0, body.indexOf('\n\n'))
  assert.ok(table.split('\n').length <= 12)
  assert.ok(table.length < 2_500, `${table.length}`)
  assert.match(table, '| **Tenants** | 200: tenant-000, tenant-001')
  assert.match(table, 'and 196 more reasons below')
  assert.match(table, '`waybill rollback production <tenant> --reason "…"`, for each of the 200')
})

test('words of people call nobody, and draw nothing', () => {
  const rude = '@octo/everybody <img src=x> **now** `x` | [a](https://evil.example) #1\n\n# Approved'
  const acme = promotionOf('acme', [], [workload('acme', 'web', 'odoo:1')], {
    authors: [{ name: rude, email: 'x', commit: 'c' }],
  })
  const waiting = [{ ...alike('beta'), gates: [{ name: 'calendar', state: 'closed', reason: rude } satisfies Gate] }]
  const finding = {
    severity: 'error',
    policy: 'p',
    object: rude,
    message: rude,
    fingerprint: '1',
  } as unknown as Finding
  const plan = planOf([acme], {
    waiting,
    findings: { added: [finding], carried: [], fixed: [], waived: [] },
    reach: { flows: [], own: [] },
  })
  const body = bodyOf(plan, { ...UNAPPROVED, reason: rude, opens: rude })
  assert.not.match(body, /@octo/)
  assert.not.match(body, /<img/)
  assert.not.match(body, /[^\\]\[a\]/)
  assert.not.match(body, /^# Approved/m)
  assert.not.match(body, /\*\*now/)
  for (const line of body.split('\n').filter(text => text.startsWith('| **'))) {
    assert.is(line.split(/(?<!\\)\|/).length, 4, line)
  }
})

test('time that passes while everything stays as it is changes no word', () => {
  const at = (soak: string, calendar: string) => {
    const acme = alike('acme')
    const gates = acme.gates.map(gate => (gate.name === 'soak' ? { ...gate, reason: soak } : gate))
    const open: Gate = { name: 'calendar', state: 'open', reason: calendar }
    return bodyOf(planOf([{ ...acme, gates: [...gates, open] }]))
  }
  assert.is(at('held for 2d, 1d asked', 'open until Friday'), at('held for 3d, 1d asked', 'open until Saturday'))
})

test.run()
