import type { Finding, LintResult } from './finding.ts'

/**
 * Marks the open findings of `head` that stood in `base` already as `carried`.
 *
 * Fingerprints are counted: when base holds one and head two equal ones, the second is new. A finding that is waived
 * in head uses up its counterpart first. One that was waived in base and is open in head is not carried: whoever
 * withdraws a waiver answers for the finding.
 *
 * Both results belong to the same environments; a fingerprint does not name the environment.
 */
export function carry(head: LintResult, base: LintResult): LintResult {
  const open = tallyOf(base.findings.filter(finding => finding.state !== 'waived'))
  for (const finding of head.findings) if (finding.state === 'waived') take(open, finding.fingerprint)
  return {
    ...head,
    findings: head.findings.map(finding =>
      finding.state === 'open' && take(open, finding.fingerprint) ? { ...finding, state: 'carried' } : finding,
    ),
  }
}

function tallyOf(findings: readonly Finding[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { fingerprint } of findings) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1)
  return counts
}

/** Takes one of the fingerprint away; false when none is left. */
function take(counts: Map<string, number>, fingerprint: string): boolean {
  const count = counts.get(fingerprint) ?? 0
  if (count === 0) return false
  counts.set(fingerprint, count - 1)
  return true
}
