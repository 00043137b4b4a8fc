import type { Profile } from '../manifest/manifest-index.ts'
import { SEVERITIES, type Severity } from './finding.ts'
import type { Policy } from './policy.ts'

/** What a platform says about single policies, by name; it outranks the profile. */
export type SeverityOverrides = Readonly<Record<string, Severity | 'off'>>

/** How severe findings of the policy are there; `off` says that it does not run. */
export function severityOf(
  policy: Pick<Policy, 'name' | 'severity'>,
  profile: Profile,
  overrides: SeverityOverrides,
): Severity | 'off' {
  const override = Object.hasOwn(overrides, policy.name) ? overrides[policy.name] : undefined
  return override ?? policy.severity[profile]
}

/** 0 for the most severe: sorts errors first. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

/** Whether the severity is at or above the threshold. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return severityRank(severity) <= severityRank(threshold)
}
