import { type Command, Option } from 'commander'
import { openGit } from '../git.ts'
import { differences } from '../promote/difference.ts'
import { group } from '../promote/group.ts'
import type { Operation } from '../promote/operation.ts'
import { manifestsOf } from '../promote/plan.ts'
import { riskOf } from '../promote/risk.ts'
import { diffText } from '../report/diff-text.ts'
import { environmentNamed } from '../spec/platform.ts'
import { inputError } from '../spec/problem.ts'
import { unitsOf } from '../spec/unit.ts'
import { unitFolder } from '../synth/layout.ts'
import { recordedUnit, unitFolders } from '../synth/plan.ts'
import { render } from '../synth/render.ts'
import type { TreeReader } from '../synth/tree.ts'
import type { Outcome } from './command.ts'
import { generator, openWorkspace, requireTenant, type Workspace } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .argument('<from>', 'an environment, or a commit')
    .argument('<to>', 'an environment, or a commit')
    .option('-t, --tenant <tenant>', 'only this tenant')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Two environments: what the second would become if it had what the first has, in words of the domain. Two commits: what
changed in every environment between them.

Examples:
  waybill diff staging production
  waybill diff main~1 main`,
    )
}

export async function run(
  [from = '', to = '']: readonly string[],
  { tenant }: { readonly tenant?: string },
): Promise<Outcome> {
  const workspace = openWorkspace()
  const { platform } = workspace
  if (tenant !== undefined) requireTenant(platform, tenant)
  const known = [from, to].map(name => environmentNamed(platform, name) !== undefined)
  if (known[0] !== known[1]) {
    throw inputError(
      `${from} ${to}`,
      'one of the two is an environment and the other is not',
      `environments are ${platform.environments.map(({ name }) => name).join(', ')}`,
    )
  }
  const operations = known[0] ? betweenEnvironments(workspace, from, to) : betweenCommits(workspace, from, to)
  const chosen = new Map([...operations].filter(([unit]) => tenant === undefined || unit.startsWith(`${tenant}/`)))
  const risk = riskOf([...chosen.values()].flat()).class
  return { code: 0, text: diffText(group(chosen)), data: { from, to, risk, units: Object.fromEntries(chosen) } }
}

/** By `tenant/environment`: what stands in `to`, against what it would be with the promoted half that `from` has. */
function betweenEnvironments(
  { platform, reader }: Workspace,
  from: string,
  to: string,
): Map<string, readonly Operation[]> {
  const target = environmentNamed(platform, to)
  const operations = new Map<string, readonly Operation[]>()
  for (const unit of target === undefined ? [] : unitsOf(platform, target)) {
    const source = recordedUnit(reader, from, unit.name)
    const files =
      source === undefined
        ? new Map<string, string>()
        : render({ ...unit, promoted: source.promoted }, generator(), platform.locate)
    operations.set(`${unit.name}/${to}`, differences(standing(reader, to, unit.name), manifestsOf(files)))
  }
  return operations
}

function betweenCommits({ root }: Workspace, from: string, to: string): Map<string, readonly Operation[]> {
  const git = openGit(root)
  const [before, after] = [from, to].map(revision => git.tree(git.resolve(revision)))
  if (before === undefined || after === undefined) return new Map()
  const units = new Map([...unitFolders(before), ...unitFolders(after)].map(unit => [unit.join('/'), unit]))
  return new Map(
    [...units.values()].map(([environment, unit]) => [
      `${unit}/${environment}`,
      differences(standing(before, environment, unit), standing(after, environment, unit)),
    ]),
  )
}

function standing(reader: TreeReader, environment: string, unit: string) {
  const folder = `${unitFolder(environment, unit)}/`
  return manifestsOf(
    new Map([...reader.below(folder.slice(0, -1))].map(([path, text]) => [path.slice(folder.length), text])),
  )
}
