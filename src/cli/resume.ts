import { type Command, Option } from 'commander'
import { applyChanges } from '../files.ts'
import { HOLDS_FILE, liftHolds } from '../promote/hold.ts'
import { inputError } from '../spec/problem.ts'
import { short } from '../synth/unit-file.ts'
import type { Outcome } from './command.ts'
import { openWorkspace, requireEnvironment } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .argument('<environment>', 'where the unit was rolled back')
    .argument('<unit>', 'a tenant, or platform')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nTakes the holds of the unit out of holds.yaml, for you to commit. Then `waybill promote` proposes the revision again.',
    )
}

export async function run([environmentName = '', unit = '']: readonly string[]): Promise<Outcome> {
  const { root, reader, platform } = openWorkspace()
  const environment = requireEnvironment(platform, environmentName).name
  const before = reader.read(HOLDS_FILE)
  const { text, lifted } = liftHolds(before, environment, unit)
  if (lifted.length === 0) throw inputError(HOLDS_FILE, `nothing of "${unit}" is on hold in "${environment}"`)
  applyChanges(root, [{ path: HOLDS_FILE, before, after: text }])
  const lines = lifted.map(
    ({ revision, reason }) => `${short(revision)} may be proposed again (it was held: ${reason})`,
  )
  return { code: 0, text: [...lines, `commit ${HOLDS_FILE}`].join('\n'), data: { environment, unit, lifted } }
}
