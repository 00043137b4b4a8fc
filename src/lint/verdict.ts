import type { LintResult, Severity } from './finding.ts'
import { reaches } from './severity.ts'

/**
 * 0: nothing open at or above `failOn`. 1: something is. 2: could not tell, whatever else was found.
 *
 * Under `strict` what a policy left unjudged in good order (a kind without a schema) counts as "could not tell" too.
 */
export function exitCode(result: LintResult, failOn: Severity, { strict }: { readonly strict: boolean }): 0 | 1 | 2 {
  if (result.notEvaluated.length > 0) return 2
  if (strict && result.notes.some(note => note.policy !== undefined)) return 2
  return result.findings.some(finding => finding.state === 'open' && reaches(finding.severity, failOn)) ? 1 : 0
}
