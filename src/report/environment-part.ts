import type { Availability } from '../analysis/availability.ts'
import type { BrokenPromise } from '../analysis/availability-promise.ts'
import type { Budget } from '../analysis/budget.ts'
import type { Cost } from '../analysis/cost.ts'
import type { EnvironmentReach } from '../analysis/environment-reach.ts'
import type { OverBudget } from '../analysis/over-budget.ts'
import type { Guests } from '../analysis/zone-assertions.ts'
import type { LintResult } from '../lint/finding.ts'
import type { JudgedStatement } from '../lint/reach-assertions.ts'
import { availabilityTables, budgetTables } from './capacity-tables.ts'
import { findingsSection } from './findings-section.ts'
import type { KeyFact, PagePart } from './html-page.ts'
import { tableMarkup } from './html-table.ts'
import { pictureSection } from './picture-section.ts'
import { count } from './plural.ts'
import type { ReportContext } from './reporter.ts'
import { statementTable } from './statement-table.ts'
import { amount, tallyOf } from './tally.ts'
import type { Expiring } from './waiver-table.ts'

/** All that a page tells of one environment. */
export interface EnvironmentReport {
  readonly name: string
  readonly summary: string
  /** Nothing has been promoted there yet: this is what the spec would make of it. */
  readonly preview: boolean
  readonly reach: EnvironmentReach
  readonly guests: Guests
  readonly statements: readonly JudgedStatement[]
  readonly availability: Availability
  readonly broken: readonly BrokenPromise[]
  readonly budget: Budget
  readonly over: readonly OverBudget[]
  readonly cost: Cost
  readonly result: LintResult
  /** Units for which the environment before has another revision. */
  readonly waiting: number
  readonly waivers: Expiring
}

/** The ids of the sections that are about all environments. */
export const PROMOTION = 'all.promotion'
export const WAIVERS = 'all.waivers'

export function environmentPart(
  report: EnvironmentReport,
  context: Pick<ReportContext, 'textOf' | 'policies' | 'colors'>,
): PagePart {
  const { name, summary, preview, reach, statements, availability, broken, budget, over, cost, result } = report
  return {
    name,
    summary,
    ...(preview
      ? { notice: `Nothing has been promoted into ${name} yet. This is what would stand there if all were promoted.` }
      : {}),
    facts: keyFacts(report),
    sections: [
      {
        id: `${name}.connections`,
        title: 'Who connects to whom',
        lead: 'What the NetworkPolicies allow, computed from the manifests.',
        body: [...pictureSection(`${name}.picture`, reach, report.guests), tableMarkup(statementTable(statements))],
      },
      {
        id: `${name}.availability`,
        title: 'Availability',
        lead: 'What stays ready when something happens, beside what the tier promises.',
        body: availabilityTables(availability, broken).map(tableMarkup),
      },
      {
        id: `${name}.budget`,
        title: 'Budget',
        lead: 'What everything asks for, against what there is.',
        body: budgetTables(budget, over, cost).map(tableMarkup),
      },
      {
        id: `${name}.findings`,
        title: 'Findings',
        lead: `${amount(result.policies, 'policy', 'policies')} looked at ${count(result.manifests, 'manifest')}.`,
        body: findingsSection(result, context),
      },
    ],
  }
}

/** A short answer to each question that the page answers at length. */
function keyFacts({ name, result, statements, broken, over, waiting, waivers }: EnvironmentReport): readonly KeyFact[] {
  const { open, notEvaluated } = tallyOf(result)
  const found = [
    ...(['error', 'warning', 'info'] as const).flatMap(severity =>
      open[severity] > 0 ? [count(open[severity], severity)] : [],
    ),
    ...(notEvaluated > 0 ? [`${notEvaluated} not judged`] : []),
  ]
  const kept = statements.filter(({ state }) => state === 'kept').length
  const untold = statements.filter(({ state }) => state === 'not told').length
  const isBroken = kept + untold < statements.length
  return [
    {
      name: 'Findings',
      value: found.length === 0 ? 'none open' : found.join(', '),
      tone: open.error + notEvaluated > 0 ? 'bad' : open.warning > 0 ? 'warn' : 'good',
      section: `${name}.findings`,
    },
    {
      name: 'Network statements',
      value: statements.length === 0 ? 'nothing is stated' : `${kept} of ${statements.length - untold} kept`,
      tone: isBroken ? 'bad' : statements.length === 0 ? 'quiet' : 'good',
      section: `${name}.connections`,
    },
    {
      name: 'Availability',
      value: broken.length === 0 ? 'as promised' : `${count(broken.length, 'promise')} not kept`,
      tone: broken.length === 0 ? 'good' : 'bad',
      section: `${name}.availability`,
    },
    {
      name: 'Budget',
      value: over.length === 0 ? 'fits' : `${over.length} over`,
      tone: over.length === 0 ? 'good' : 'bad',
      section: `${name}.budget`,
    },
    {
      name: 'Promotion',
      value: waiting === 0 ? 'nothing waits' : `${count(waiting, 'unit')} ${waiting === 1 ? 'waits' : 'wait'}`,
      tone: waiting === 0 ? 'quiet' : 'warn',
      section: PROMOTION,
    },
    { name: 'Waivers', ...expiryText(waivers), section: WAIVERS },
  ]
}

function expiryText({ expired, soon, standing }: Expiring): Pick<KeyFact, 'value' | 'tone'> {
  if (expired > 0) return { value: `${expired} expired`, tone: 'bad' }
  if (soon > 0) return { value: `${soon} ${soon === 1 ? 'expires' : 'expire'} soon`, tone: 'warn' }
  return { value: standing === 0 ? 'none' : `${standing}, none expires soon`, tone: 'quiet' }
}
