import { readFileSync } from 'node:fs'
import { admissionPolicy } from '../lint/admission-policy.ts'
import { type Policy, type PolicyDefinition, policyFrom } from '../lint/policy.ts'
import type { Manifest } from '../manifest/manifest.ts'

/** What the build baked of `policies/`: one read at start-up instead of one for each policy. */
export interface BakedPolicies {
  /** ValidatingAdmissionPolicies by name. */
  readonly admission: readonly { readonly name: string; readonly family: string; readonly manifest: Manifest }[]
  /** Whole-environment policies: modules beside the catalogue. */
  readonly modules: readonly { readonly name: string; readonly family: string; readonly module: string }[]
}

const baked = new URL('../../policies/', import.meta.url)

/** Every built-in policy, in the order of their names. */
export async function builtInPolicies(): Promise<readonly Policy[]> {
  const { admission, modules } = JSON.parse(readFileSync(new URL('catalogue.json', baked), 'utf8')) as BakedPolicies
  const loaded = await Promise.all(
    modules.map(async ({ name, family, module }) => {
      const { default: definition } = (await import(new URL(module, baked).href)) as { default: PolicyDefinition }
      return policyFrom(name, family, definition)
    }),
  )
  const all = [...admission.map(({ manifest }) => admissionPolicy(manifest)), ...loaded]
  return all.sort((left, right) => (left.name < right.name ? -1 : 1))
}
