import type { PullRequest, PullRequestPlan, Verdict } from '../forge/forge.ts'
import { count } from '../report/plural.ts'
import type { Environment } from '../spec/platform.ts'
import type { TreeReader } from '../synth/tree.ts'
import { promotionBody, promotionMessage, promotionTitle } from './body.ts'
import { reviewersOf } from './code-owners.ts'
import { type Gate, isClosed } from './gate.ts'
import { type Reviews, reviewed } from './gates.ts'
import { type JudgedUnit, unitDigests } from './judge-pull.ts'
import { type PromotionPlan, type UnitPromotion, unitKey } from './plan.ts'

/** Branches and labels that begin so are the bot's to make and to take away. */
export const OWN_PREFIX = 'waybill/'

/** The branch that names the pull request of a wave, or of one tenant. */
export function promotionBranch({ to, part }: Pick<PromotionPlan, 'to' | 'part'>): string {
  return `${OWN_PREFIX}promote/${to}/${'wave' in part ? part.wave : part.tenant}`
}

/** What prints all that the body of a pull request has no room for. */
export function reportCommand(branch: string): string {
  return `waybill pulls report ${branch}`
}

/** Every gate of a riding unit, the human ones last. */
export function gatesOf(promotion: UnitPromotion, target: Environment, reviews: Reviews): readonly Gate[] {
  const key = unitKey(target.name, promotion.unit)
  return reviewed(promotion.gates, target, key, promotion.digest, promotion.authors, reviews)
}

/** What a pull request is planned on. */
export interface Onto {
  /** The branch that it goes into, its commit, and the files of that commit. */
  readonly base: string
  readonly onto: string
  readonly files: TreeReader
}

/** The pull request that a plan asks for, given what people said of the open one. */
export function pullRequestOf(
  plan: PromotionPlan,
  target: Environment,
  reviews: Reviews,
  { base, onto, files }: Onto,
): PullRequestPlan {
  const gates = new Map(plan.riding.map(promotion => [promotion.unit, gatesOf(promotion, target, reviews)]))
  const changes = plan.riding.flatMap(unit => unit.changes)
  const branch = promotionBranch(plan)
  return {
    branch,
    base,
    onto,
    title: promotionTitle(plan),
    body: promotionBody(plan, gates, reportCommand(branch)),
    labels: [`${OWN_PREFIX}${target.name}`, `${OWN_PREFIX}risk-${plan.risk.class}`],
    reviewers: reviewersOf(files, changes, target.reviewers),
    changes,
    message: promotionMessage(plan),
  }
}

/**
 * Units of an open pull request that somebody has approved as they are, and that the plan would now change. While there
 * are any, the content stands still: nobody approves one thing and gets another.
 *
 * @param head the files that the pull request brings
 */
export function frozenUnits(pull: PullRequest, head: TreeReader, plan: PromotionPlan): readonly string[] {
  const planned = new Map(plan.riding.map(({ unit, digest }) => [unitKey(plan.to, unit), digest]))
  const approved = pull.approvals.flatMap(({ units }) => Object.entries(units))
  const present = unitDigests(
    head,
    approved.map(([key]) => key),
  )
  const bound = approved.filter(([key, digest]) => present[key] === digest && planned.get(key) !== digest)
  return [...new Set(bound.map(([key]) => key))].sort()
}

/** How the gates of a head stand, in the one line that a forge has for it. */
export function verdictOf(units: readonly JudgedUnit[]): Verdict {
  const closed = units.flatMap(({ gates }) => gates.filter(isClosed))
  const names = [...new Set(closed.map(({ name }) => name))]
  return closed.length === 0
    ? { open: true, text: 'every gate is open' }
    : { open: false, text: `${count(closed.length, 'gate')} closed: ${names.join(', ')}` }
}
