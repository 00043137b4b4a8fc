import type { Asking } from './asking.ts'
import { listOf, type Schema } from './schema-terms.ts'

/** Rules that somebody from outside checks. */
const COMPLIANCE = ['gdpr', 'hipaa', 'iso27001', 'pci', 'sox'] as const
export type Compliance = (typeof COMPLIANCE)[number]

export const COMPLIANCE_SCHEMA: Schema = listOf('What the tenant has to comply with.', { enum: [...COMPLIANCE] })

/** Those whose auditors ask who touched what, and rather find it alone on its servers: sharing takes more proof. */
const REGULATED: readonly Compliance[] = ['hipaa', 'pci', 'sox']

export function regulationsOf(compliance: readonly Compliance[]): readonly Compliance[] {
  return compliance.filter(name => REGULATED.includes(name))
}

/** What the tenant has to comply with, in the order of the alphabet. */
export function complianceOf({ settle, home }: Pick<Asking, 'settle' | 'home'>): readonly Compliance[] {
  const { value } = settle<readonly Compliance[]>('compliance', () => [[], 'none stated', home])
  return [...value].sort()
}
