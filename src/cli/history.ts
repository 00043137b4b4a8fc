import { type Command, Option } from 'commander'
import { openGit } from '../git.ts'
import { formatTime } from '../promote/instant.ts'
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
Who promoted, approved and rolled back what, and why, from Git alone: the trailers of the bot's commits say it.

Example:
  waybill history production acme-retail`,
    )
}

export async function run(
  [environmentName = '', unit]: readonly string[],
  { base }: { readonly base?: string },
): Promise<Outcome> {
  const { root, platform } = openWorkspace()
  const environment = requireEnvironment(platform, environmentName).name
  const git = openGit(root)
  const folder = [ENVIRONMENTS, environment, ...(unit === undefined ? [] : [unit])].join('/')
  const entries = git
    .log(git.resolve(base ?? git.currentBranch() ?? 'HEAD'), folder)
    .map(({ id, time, author, subject, trailers }) => {
      const of = (key: string) => trailers.filter(([name]) => name === key).map(([, value]) => value)
      const units = of('Waybill-Unit').filter(text => unit === undefined || text.startsWith(`${environment}/${unit} `))
      return {
        commit: id,
        time,
        subject,
        kind:
          of('Waybill-Rollback').length > 0 ? 'rollback' : of('Waybill-Promotion').length > 0 ? 'promotion' : 'change',
        by: [...of('Waybill-By'), ...(of('Waybill-By').length === 0 ? [author] : [])],
        approved: of('Approved-by'),
        units: [...units, ...of('Waybill-Rollback')],
        reason: of('Waybill-Reason'),
      }
    })
  const text = entries.map(({ commit, time, subject, by, approved, units, reason }) =>
    [
      `${formatTime(time)}  ${commit.slice(0, 12)}  ${subject}`,
      `  by ${by.join(', ')}${approved.length === 0 ? '' : `, approved by ${approved.join(', ')}`}`,
      ...reason.map(why => `  because ${why}`),
      ...units.map(line => `  ${line.replace(/sha256:[0-9a-f]{64}/g, short)}`),
    ].join('\n'),
  )
  const nothing = `nothing has happened to ${folder} yet`
  return {
    code: 0,
    text: text.length === 0 ? nothing : text.join('\n'),
    data: { environment, ...(unit === undefined ? {} : { unit }), entries },
  }
}
