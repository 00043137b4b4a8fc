import { type Command, Option } from 'commander'
import { nearest } from '../manifest/nearest.ts'
import { type FieldPath, formatPath } from '../manifest/path.ts'
import { inputError } from '../spec/problem.ts'
import { settle } from '../spec/settle.ts'
import { unitOf } from '../spec/unit.ts'
import { recordedUnit, standingUnit } from '../synth/plan.ts'
import type { Outcome } from './command.ts'
import { openWorkspace, requireEnvironment, requireTenant, type Workspace } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .argument('<subject>', 'a policy, the fingerprint of a finding, or tenant/environment')
    .argument('[setting]', 'one setting of that tenant: web.replicas')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  waybill explain acme/production                 every setting, and the line that decided it
  waybill explain acme/production web.replicas    the derivation of one
  waybill explain memory-limits                   what a policy asks, why, and how to comply`,
    )
}

export async function run(args: readonly string[]): Promise<Outcome> {
  const [subject = '', setting] = args
  if (!subject.includes('/')) {
    const { explainPolicyOrFinding } = await import('./explain-policy.ts')
    return explainPolicyOrFinding(subject)
  }
  return explainSettings(openWorkspace(), subject, setting)
}

function explainSettings({ platform, reader }: Workspace, subject: string, setting: string | undefined): Outcome {
  const [tenantName = '', environmentName = ''] = subject.split('/')
  const tenant = requireTenant(platform, tenantName)
  const environment = requireEnvironment(platform, environmentName)
  if (!tenant.environments.has(environment.name)) {
    const homes = [...tenant.environments.keys()].join(', ')
    throw inputError(
      subject,
      `the tenant "${tenant.name}" does not live in "${environment.name}"`,
      `it lives in ${homes}`,
    )
  }
  const wanted = unitOf(platform, environment, tenant)
  const unit = standingUnit(platform, wanted, recordedUnit(reader, environment.name, tenant.name)) ?? wanted
  const { derivations } = settle(unit)
  const names = setting === undefined ? Object.keys(derivations).sort() : [setting]
  const explained = names.map(name => {
    const derivation = derivations[name]
    if (derivation === undefined) {
      const near = nearest(name, Object.keys(derivations))
      const hint =
        near === undefined ? `settings are ${Object.keys(derivations).sort().join(', ')}` : `did you mean "${near}"?`
      throw inputError(subject, `there is no setting "${name}"`, hint)
    }
    return { name, ...derivation, keys: derivation.keys.map(key => describeKey(key, platform.locate(key))) }
  })
  const text = explained.map(({ name, value, because, keys }) =>
    [
      `${name} = ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
      `  ${because}`,
      ...keys.map(key => `  ${key.at}  ${key.key}`),
    ].join('\n'),
  )
  return {
    code: 0,
    text: text.join('\n'),
    data: { tenant: tenant.name, environment: environment.name, settings: explained },
  }
}

function describeKey(key: FieldPath, { file, line }: { file: string; line: number }): { key: string; at: string } {
  return { key: formatPath(key), at: `${file}:${line}` }
}
