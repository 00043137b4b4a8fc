import type { PullRequestPlan } from '../forge/forge.ts'
import { diffMarkdown } from '../report/diff-markdown.ts'
import { cell } from '../report/markdown.ts'
import type { Environment } from '../spec/platform.ts'
import { short } from '../synth/unit-file.ts'
import { closedGates, destroyed } from './body.ts'
import { reviewersOf } from './code-owners.ts'
import { isClosed } from './gate.ts'
import { group } from './group.ts'
import { type Onto, OWN_PREFIX } from './pull-request.ts'
import type { RollbackPlan } from './rollback.ts'
import { trailerValue } from './trailers.ts'

const CHANGES = 40_000

/** The pull request of a rollback: what comes back, what does not, and why. */
export function rollbackRequest(
  plan: RollbackPlan,
  target: Environment,
  { base, onto, files, reason, by }: Onto & { readonly reason: string; readonly by: string },
): PullRequestPlan {
  const { environment, unit, revision, previous, restored, operations } = plan
  const title = `Roll back ${unit} in ${environment} to ${short(revision)}`
  const destructive = operations.filter(operation => operation.destructive)
  const schema = plan.schema.length > 0
  const closed = plan.gates.filter(isClosed).map(gate => ({ unit, gate }))
  const rows: [string, string][] = [
    ['Tenant', unit],
    ['Environment', `**${environment}**`],
    ['Back', `\`${short(previous)}\` → \`${short(revision)}\``],
    ['Why', cell(`${reason} (${by})`)],
    ['Files', restored ? 'the earlier ones, byte for byte' : 'the earlier revision with the local settings of today'],
    ['Destructive', destructive.length === 0 ? 'none' : `**${destroyed(destructive)}**`],
    ['Schema change', schema ? 'none backwards: the older code meets the newer schema' : 'no'],
    [
      'Data returns',
      schema
        ? '**no**: the database stays as it is. Where the older code cannot read it, restore a backup; what was entered since is lost then'
        : 'nothing of it is touched',
    ],
    ['Closed gates', closed.length === 0 ? 'none' : closedGates(closed, 1)],
    ['Approvals', target.approvals === 0 ? 'none asked' : `${target.approvals} asked`],
    ['Undo', `\`waybill resume ${environment} ${unit}\`, then \`waybill promote\``],
  ]
  const body = [
    ['| | |', '|---|---|', ...rows.map(([name, value]) => `| **${name}** | ${value} |`)].join('\n'),
    `### What changes\n\n${diffMarkdown(group(new Map([[`${unit}/${environment}`, operations]])), CHANGES)}`,
    `\`${short(previous)}\` is put on hold: it is not proposed for ${environment} again until somebody lifts the hold.`,
  ].join('\n\n')
  return {
    branch: `${OWN_PREFIX}rollback/${environment}/${unit}`,
    base,
    onto,
    title,
    body: `${body}\n`,
    labels: [`${OWN_PREFIX}${environment}`, `${OWN_PREFIX}rollback`],
    reviewers: reviewersOf(files, plan.changes, target.reviewers),
    changes: plan.changes,
    message: `${title}\n\n${reason}\n\nWaybill-Rollback: ${environment}/${unit} ${previous} -> ${revision}\nWaybill-By: ${trailerValue(by)}\nWaybill-Reason: ${trailerValue(reason)}\n`,
  }
}
