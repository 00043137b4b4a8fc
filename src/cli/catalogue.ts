import { readFileSync } from 'node:fs'
import { admissionPolicy } from '../lint/admission-policy.ts'
import { type Policy, policyFrom } from '../lint/policy.ts'
import { isNothingTo, type Look } from '../lint/relevance.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { policyModule } from './policy-module.ts'

/** What the build baked of `policies/`: one read at start-up instead of one for each policy. */
export interface BakedPolicies {
  /** ValidatingAdmissionPolicies by name. */
  readonly admission: readonly BakedAdmission[]
  /** Whole-environment policies: modules beside the catalogue. */
  readonly modules: readonly BakedModule[]
}

export interface BakedAdmission extends Pick<Policy, 'name' | 'family' | 'severity'> {
  readonly manifest: Manifest
}

export interface BakedModule extends Omit<Policy, 'judge'> {
  readonly module: string
  /** What has to be there for the policy to find anything; absent when nobody can say. */
  readonly looks?: readonly Look[]
}

const baked = new URL('../../policies/', import.meta.url)

/** What the build baked, read. */
export function bakedPolicies(): BakedPolicies {
  return JSON.parse(readFileSync(new URL('catalogue.json', baked), 'utf8')) as BakedPolicies
}

/**
 * Every built-in policy, in the order of their names. Given the environments that are to be judged, a policy that cannot
 * find anything in them is not loaded.
 */
export async function builtInPolicies(environments?: readonly Index[]): Promise<readonly Policy[]> {
  const { admission, modules } = bakedPolicies()
  const loaded = await Promise.all(
    modules.map(async ({ module, looks, ...described }): Promise<Policy> => {
      const isSilent = looks !== undefined && environments?.every(index => isNothingTo(looks, index)) === true
      if (isSilent) return { ...described, judge: () => [] }
      return policyFrom(described.name, described.family, await policyModule(module))
    }),
  )
  const all = [...admission.map(({ manifest }) => admissionPolicy(manifest)), ...loaded]
  return all.sort((left, right) => (left.name < right.name ? -1 : 1))
}
