import type { PolicyDefinition } from '../lint/policy.ts'

const compiled = new URL('../../policies/', import.meta.url)

/** The whole-environment policy in a module below `policies/`. The bundle has a table in place of this. */
export async function policyModule(module: string): Promise<PolicyDefinition> {
  const { default: definition } = (await import(new URL(module, compiled).href)) as { default: PolicyDefinition }
  return definition
}
