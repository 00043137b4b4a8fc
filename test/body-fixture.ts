import type { Manifest } from '../src/manifest/manifest.ts'
import { SAME_CAPACITY } from '../src/promote/capacity-change.ts'
import { differences } from '../src/promote/difference.ts'
import type { Gate } from '../src/promote/gate.ts'
import type { PromotionPlan, UnitPromotion } from '../src/promote/plan.ts'
import { riskOf } from '../src/promote/risk.ts'
import { unitSummary } from '../src/promote/unit-summary.ts'

/** A workload of a tenant, as far as a body tells of it. */
export function workload(tenant: string, name: string, image: string, replicas = 2): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: `${tenant}-production-app` },
    spec: { replicas, template: { spec: { containers: [{ name: 'odoo', image }] } } },
  }
}

/** Digits that stand for a revision. */
export function revisionOf(text: string): string {
  const hex = Buffer.from(text, 'utf8').toString('hex')
  return `sha256:${hex.repeat(Math.ceil(64 / hex.length)).slice(-64)}`
}

/** What becomes of one unit on its way from staging into production. */
export function promotionOf(
  unit: string,
  before: readonly Manifest[],
  after: readonly Manifest[],
  more: Partial<UnitPromotion> = {},
): UnitPromotion {
  const operations = differences(before, after)
  const revision = revisionOf(`new ${unit}`)
  const gates: Gate[] = [
    { name: 'policy', state: 'open', reason: 'no new error' },
    { name: 'origin', state: 'open', reason: `staging holds ${revision.slice(7, 19)} since 2027-03-10 12:00 UTC` },
    { name: 'soak', state: 'open', reason: 'held for 2d, 1d asked' },
  ]
  const path = (name: string) => `environments/production/${unit}/${unit}-production-app/deployment.${name}.yaml`
  return {
    unit,
    from: 'staging',
    to: 'production',
    kind: 'update',
    revision,
    previous: revisionOf(`old ${unit}`),
    digest: `sha256:${unit}`,
    changes: after.map(({ metadata }) => ({ path: path(metadata.name), before: 'a', after: 'b' })),
    operations,
    ...(more.kind === 'create' || more.kind === 'remove'
      ? { whole: unitSummary(more.kind === 'create' ? after : before) }
      : {}),
    risk: riskOf(operations),
    schema: operations.some(({ topic }) => topic === 'image') ? ['another image'] : [],
    authors: [{ name: 'Ines', email: 'ines@shop.example', commit: 'c' }],
    gates,
    overrides: [],
    newer: { soaking: [], behind: [], onHold: [] },
    ...more,
  }
}

export function planOf(riding: readonly UnitPromotion[], more: Partial<PromotionPlan> = {}): PromotionPlan {
  return {
    from: 'staging',
    to: 'production',
    part: { wave: 'all' },
    riding,
    waiting: [],
    standing: [],
    risk: riskOf(riding.flatMap(({ operations }) => operations)),
    findings: { added: [], carried: [], fixed: [], waived: [] },
    reach: { flows: [], own: [] },
    capacity: SAME_CAPACITY,
    ...more,
  }
}

/** Nobody has approved yet. */
export const UNAPPROVED: Gate = {
  name: 'approvals',
  state: 'closed',
  reason: '0 of 2 approvals',
  opens: '2 more approvals',
}

/** The gates of each unit with that of the approvals. */
export function gatesWith(plan: PromotionPlan, approvals: Gate): ReadonlyMap<string, readonly Gate[]> {
  return new Map(plan.riding.map(({ unit, gates }) => [unit, [...gates, approvals]]))
}
