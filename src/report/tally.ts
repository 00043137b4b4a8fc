import type { LintResult, Severity } from '../lint/finding.ts'

/** How much of everything a result holds. */
export interface Tally {
  readonly open: Readonly<Record<Severity, number>>
  readonly waived: number
  readonly carried: number
  readonly notEvaluated: number
  readonly files: number
  readonly manifests: number
  readonly policies: number
}

export function tallyOf({ findings, notEvaluated, files, manifests, policies }: LintResult): Tally {
  const open = { error: 0, warning: 0, info: 0 }
  const byState = { open: 0, waived: 0, carried: 0 }
  for (const { state, severity } of findings) {
    byState[state] += 1
    if (state === 'open') open[severity] += 1
  }
  const { waived, carried } = byState
  return { open, waived, carried, notEvaluated: notEvaluated.length, files, manifests, policies }
}

/** The tally as one line of text. */
export function tallyLine({ open, waived, carried, notEvaluated, files, manifests, policies }: Tally): string {
  const found = `${amount(open.error, 'error')}, ${amount(open.warning, 'warning')}, ${amount(open.info, 'info')} open`
  const looked = `${amount(files, 'file')}, ${amount(manifests, 'manifest')}, ${amount(policies, 'policy', 'policies')}`
  return `${found}; ${waived} waived, ${carried} carried, ${notEvaluated} not evaluated; ${looked}`
}

/** `1 file`, `2 files`. */
export function amount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`
}
