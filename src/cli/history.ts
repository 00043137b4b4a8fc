import { type Command, Option } from 'commander'
import { type Commit, type Git, openGit } from '../git.ts'
import { HOLDS_FILE, type Hold, readHolds } from '../promote/hold.ts'
import { formatTime } from '../promote/instant.ts'
import { OVERRIDE_TRAILER, readOverrideTrailer, type ToldOverride } from '../promote/override-trailer.ts'
import { trailersIn } from '../promote/trailers.ts'
import { printable } from '../report/printable.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import { short } from '../synth/unit-file.ts'
import type { Outcome } from './command.ts'
import { openWorkspace, requireEnvironment } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .argument('<environment>', 'where')
    .argument('[unit]', 'a tenant, or platform')
    .option('--base <branch>', 'the branch whose history is told (default: the one checked out)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Who promoted, approved, overrode and rolled back what, and why, from Git alone: the trailers of the bot's commits say it,
and holds.yaml. What no promotion brought is shown as a change.

Examples:
  waybill history production acme-retail
  waybill history production --format json`,
    )
}

/** What a commit of the base branch did to an environment or to one of its units. */
interface Entry {
  readonly commit: string
  /** Seconds since 1970. */
  readonly time: number
  readonly subject: string
  /** `resume` lifts a hold, so that a revision may be proposed again. A `change` went past promotion. */
  readonly kind: 'promotion' | 'rollback' | 'resume' | 'change'
  /** Who rolled back or merged, where that is known; else the author. */
  readonly by: readonly string[]
  readonly approved: readonly string[]
  /** Closed gates that two people opened. */
  readonly overridden: readonly ToldOverride[]
  readonly units: readonly string[]
  readonly reason: readonly string[]
}

/** Anybody can write that somebody has approved; only what was promoted or rolled back has the word of the bot for it. */
const APPROVED: Readonly<Record<Entry['kind'], string>> = {
  promotion: 'approved by',
  rollback: 'approved by',
  resume: 'approved by',
  change: 'and says that it was approved by',
}

/** The same of gates. */
const OVERRODE: Readonly<Record<Entry['kind'], string>> = {
  promotion: 'overrode',
  rollback: 'overrode',
  resume: 'overrode',
  change: 'says that it overrode',
}

export async function run(
  [environmentName = '', unit]: readonly string[],
  { base }: { readonly base?: string },
): Promise<Outcome> {
  const { root, platform } = openWorkspace()
  const environment = requireEnvironment(platform, environmentName).name
  const git = openGit(root)
  const tip = git.resolve(base ?? git.currentBranch() ?? 'HEAD')
  const folder = [ENVIRONMENTS, environment, ...(unit === undefined ? [] : [unit])].join('/')
  const changed = git.log(tip, folder).map(commit => entryOf(git, commit, environment, unit))
  const known = new Set(changed.map(({ commit }) => commit))
  const resumed = resumes(git, tip, environment, unit).filter(({ commit }) => !known.has(commit))
  const order = new Map(git.log(tip, '.').map(({ id }, index) => [id, index]))
  const entries = [...changed, ...resumed].sort(
    (left, right) => (order.get(left.commit) ?? 0) - (order.get(right.commit) ?? 0),
  )
  const text = entries.map(({ commit, time, kind, subject, by, approved, overridden, units, reason }) =>
    [
      `${formatTime(time)}  ${commit.slice(0, 12)}  ${kind}  ${subject}`,
      `  by ${by.join(', ')}${approved.length === 0 ? '' : `, ${APPROVED[kind]} ${approved.join(', ')}`}`,
      ...overridden.map(override => `  ${OVERRODE[kind]} ${overrideText(override)}`),
      ...reason.map(why => `  because ${why}`),
      ...units.map(line => `  ${line.replace(/sha256:[0-9a-f]{64}/g, short)}`),
    ]
      .map(printable)
      .join('\n'),
  )
  const nothing = `nothing has happened to ${folder} yet`
  return {
    code: 0,
    text: text.length === 0 ? nothing : text.join('\n'),
    data: { environment, ...(unit === undefined ? {} : { unit }), entries },
  }
}

function entryOf(git: Git, commit: Commit, environment: string, unit: string | undefined): Entry {
  const { id, time, author, subject } = commit
  const trailers = saidBy(git, commit)
  const of = (...keys: readonly string[]) => trailers.filter(([name]) => keys.includes(name)).map(([, value]) => value)
  const isAsked = (text: string) => text.startsWith(unit === undefined ? `${environment}/` : `${environment}/${unit} `)
  const rolledBack = of('Waybill-Rollback')
  const by = [...new Set(rolledBack.length > 0 ? of('Waybill-By') : of('Merged-by'))]
  return {
    commit: id,
    time,
    subject,
    kind: rolledBack.length > 0 ? 'rollback' : of('Waybill-Promotion').length > 0 ? 'promotion' : 'change',
    by: by.length > 0 ? by : [author],
    approved: of('Approved-by'),
    overridden: of(OVERRIDE_TRAILER)
      .filter(isAsked)
      .map(readOverrideTrailer)
      .filter(override => override !== undefined),
    units: of('Waybill-Unit', 'Waybill-Rollback').filter(isAsked),
    reason: of('Waybill-Reason'),
  }
}

function overrideText({ unit, gate, by, second, reason }: ToldOverride): string {
  const people = second === undefined ? `asked by ${by}, and who was second is not told` : `by ${by} with ${second}`
  return `${gate} of ${unit} ${people}: ${reason}`
}

/** The trailers of a commit. A person who merges in the browser leaves them in the commit that was merged. */
function saidBy(git: Git, { id, subject, trailers }: Commit): Commit['trailers'] {
  if (trailers.length > 0 || !subject.startsWith('Merge ')) return trailers
  const [, merged] = git.parents(id)
  return merged === undefined ? trailers : trailersIn(git.message(merged))
}

/** Commits that lifted a hold. */
function resumes(git: Git, tip: string, environment: string, unit: string | undefined): readonly Entry[] {
  const commits = git.log(tip, HOLDS_FILE)
  const texts = git.contents(commits.map(({ id }) => ({ commit: id, path: HOLDS_FILE })))
  const isAsked = (hold: Hold) => hold.environment === environment && (unit === undefined || hold.unit === unit)
  return commits.flatMap(({ id, time, author, subject }, index): readonly Entry[] => {
    const left = new Set(readHolds(texts[index]).map(({ unit: held, revision }) => `${held} ${revision}`))
    const lifted = readHolds(texts[index + 1]).filter(
      hold => isAsked(hold) && !left.has(`${hold.unit} ${hold.revision}`),
    )
    if (lifted.length === 0) return []
    const units = lifted.map(({ unit: held, revision }) => `${environment}/${held} ${revision}`)
    const reason = lifted.map(hold => `it was held: ${hold.reason}`)
    return [{ commit: id, time, subject, kind: 'resume', by: [author], approved: [], overridden: [], units, reason }]
  })
}
