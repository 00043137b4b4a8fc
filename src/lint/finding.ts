import type { Origin, Range } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'

/** `error` blocks, `warning` asks, `info` informs. Ordered from the most severe. */
export const SEVERITIES = ['error', 'warning', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A fact elsewhere that the violation rests on, in the order in which a reader follows the chain. */
export interface Evidence {
  readonly file: string
  readonly range: Range
  readonly message: string
}

/** All that a policy says: a field, and a fact about it. The engine says who, where and how severe. */
export interface Violation {
  readonly at: FieldPath
  /** Subject, fact, consequence; lower case, no full stop, values in double quotes. */
  readonly message: string
  readonly evidence?: readonly Evidence[]
}

/** The waiver that accepts a finding. */
export interface AcceptedBy {
  readonly reason: string
  /** An annotation on the manifest itself names neither owner nor expiry. */
  readonly owner?: string
  /** The last day on which it holds, `YYYY-MM-DD`. */
  readonly expires?: string
  /** Where the waiver stands. */
  readonly file: string
  readonly range: Range
}

/**
 * `open`: counts against the threshold. `waived`: accepted by a waiver. `carried`: stood in the base revision already.
 */
export type FindingState = 'open' | 'waived' | 'carried'

/** A violation with everything that a reader or a machine needs to act on it. */
export interface Finding extends Violation {
  readonly policy: string
  readonly severity: Severity
  /** The one-line remedy. */
  readonly fix: string
  /** `Kind/namespace/name`. */
  readonly object: string
  readonly file: string
  readonly range: Range
  readonly origin?: Origin
  /** Stable across moves, renames of files and reordering: it holds names, never a list index or a line. */
  readonly fingerprint: string
  readonly state: FindingState
  readonly waiver?: AcceptedBy
}

/** Something that could not be judged. Any of these makes the verdict "could not tell" (exit 2). */
export interface NotEvaluated {
  readonly file?: string
  readonly range?: Range
  readonly policy?: string
  readonly object?: string
  readonly reason: string
}

/** Something worth a line that decides nothing: a file that is no manifest, an ignored evaluation error. */
export interface Note {
  readonly text: string
  /** How often it was said, at least 1. */
  readonly times: number
  /** The policy that had to leave something unjudged (a kind without a schema): under `--strict` that decides. */
  readonly policy?: string
}

/** One result in; each reporter makes one format out of it. */
export interface LintResult {
  readonly findings: readonly Finding[]
  readonly notEvaluated: readonly NotEvaluated[]
  readonly notes: readonly Note[]
  readonly files: number
  readonly manifests: number
  readonly policies: number
}
