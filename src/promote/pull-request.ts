import type { Approval, PullRequest, PullRequestPlan } from '../forge/forge.ts'
import type { Environment } from '../spec/platform.ts'
import { promotionBody, promotionMessage, promotionTitle } from './body.ts'
import type { Gate } from './gate.ts'
import { approvalsGate } from './gates.ts'
import { type PromotionPlan, type UnitPromotion, unitKey } from './plan.ts'

/** The one wave that there is: everything that may go, goes together. */
const WAVE = 'all'

/** The branch that names the pull request of an environment, or of one tenant in it. */
export function promotionBranch(environment: string, tenant?: string): string {
  return `waybill/promote/${environment}/${tenant ?? WAVE}`
}

/** Every gate of a riding unit, the human ones last. */
export function gatesOf(
  promotion: UnitPromotion,
  target: Environment,
  approvals: readonly Approval[],
): readonly Gate[] {
  const key = unitKey(target.name, promotion.unit)
  return [...promotion.gates, approvalsGate(target, key, promotion.digest, promotion.authors, approvals)]
}

/** The pull request that a plan asks for, given the approvals that the open one has. */
export function pullRequestOf(
  plan: PromotionPlan,
  target: Environment,
  approvals: readonly Approval[],
  { base, onto, tenant }: { readonly base: string; readonly onto: string; readonly tenant?: string | undefined },
): PullRequestPlan {
  const gates = new Map(plan.riding.map(promotion => [promotion.unit, gatesOf(promotion, target, approvals)]))
  return {
    branch: promotionBranch(target.name, tenant),
    base,
    onto,
    title: promotionTitle(plan),
    body: promotionBody(plan, gates),
    changes: plan.riding.flatMap(({ changes }) => changes),
    message: promotionMessage(plan, []),
  }
}

/**
 * Units of an open pull request whose content somebody has approved and that the plan would now change. While there are
 * any, the content stands still: nobody approves one thing and gets another.
 */
export function frozenUnits(pull: PullRequest, plan: PromotionPlan): readonly string[] {
  const planned = new Map(plan.riding.map(({ unit, digest }) => [unitKey(plan.to, unit), digest]))
  const approved = pull.approvals.flatMap(({ units }) => Object.entries(units))
  return [...new Set(approved.filter(([key, digest]) => planned.get(key) !== digest).map(([key]) => key))].sort()
}
