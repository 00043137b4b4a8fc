import type { LintResult, Severity } from '../lint/finding.ts'
import type { Policy } from '../lint/policy.ts'

export const FORMATS = ['text', 'json', 'sarif', 'junit', 'github', 'markdown'] as const
export type Format = (typeof FORMATS)[number]

/** What a report says of a policy besides its findings. Every `Policy` is one. */
export interface ReportedPolicy extends Pick<Policy, 'name' | 'family' | 'title' | 'fix' | 'severity'> {
  /** The policy's page, as Markdown. */
  readonly help?: string
}

/** The few colours that a report uses; those of picocolors fit. */
export type Colors = Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'cyan' | 'green', (text: string) => string>>

export interface ReportContext {
  /** Version of waybill, as semantic versioning writes it. */
  readonly version: string
  /** The text of a file as it was linted, for code frames; `undefined` where it is no longer at hand. */
  textOf(file: string): string | undefined
  /** The catalogue, with `WAIVER_POLICIES`: titles, help, and which findings are about secrets. */
  readonly policies: readonly ReportedPolicy[]
  /** Open findings below it are told, but fail nothing. */
  readonly failOn: Severity
  readonly colors: Colors
}

/** One result in, one text out, with a newline at its end unless it is empty. */
export type Reporter = (result: LintResult, context: ReportContext) => string

/** Every format, loaded when it is asked for. */
export const REPORTERS = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
  github: async () => (await import('./github.ts')).github,
  markdown: async () => (await import('./markdown.ts')).markdown,
} satisfies Record<Format, () => Promise<Reporter>>
