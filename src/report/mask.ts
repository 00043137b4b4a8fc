import type { LintResult } from '../lint/finding.ts'
import { MASK } from '../lint/secret.ts'
import { append } from '../manifest/group-by.ts'
import type { Range } from '../manifest/manifest.ts'
import type { ReportedPolicy } from './reporter.ts'

/** One line of a file as it may be shown. */
export interface MaskedLine {
  readonly text: string
  /** Where a character of the file's line stands in `text`, columns from 1; the mask is one place, `end` is past it. */
  place(column: number): { readonly start: number; readonly end: number }
}

/**
 * A line of a file as it may be shown around `node`, the range of a field; `undefined` past the end of the file.
 * Without a node the line may lie in a file that does not parse.
 */
export type LineReader = (number: number, node?: Range) => MaskedLine | undefined

/**
 * Reads the lines of a file without the values that nobody may read: those in the ranges `flagged`, and everything in
 * a YAML document that holds a Secret but for the key that the frame is about.
 *
 * It reads text, not parsed manifests, so that it also holds in a file that does not parse. That is why it shows so
 * little of a Secret: where a value ends, and whether `user:` within one is a key, only a parser tells.
 */
export function maskedFile(text: string, flagged: readonly Range[]): LineReader {
  const lines = text.split(/\r\n|\n|\r/)
  const secret = secretLines(lines)
  return (number, node) => {
    const line = lines[number - 1]
    if (line === undefined) return undefined
    if (secret[number - 1]) return masked(line, node?.start.line === number ? keyEnd(line, node) : 0, line.length)
    const spans = flagged.filter(({ start, end }) => start.line <= number && number <= end.line)
    const from = spans.map(span => (span.start.line === number ? valueStart(line, span.start.column) : 0))
    const to = spans.map(span => (span.end.line === number ? span.end.column - 1 : line.length))
    // Several on one line become one mask, from where the first begins to where the last ends.
    return masked(line, Math.min(line.length, ...from), Math.max(0, ...to))
  }
}

/** By file, the ranges that policies of the family `secrets` flag, whatever became of the findings. */
export function flaggedRanges({ findings }: LintResult, policies: readonly ReportedPolicy[]): Map<string, Range[]> {
  const secrets = new Set(policies.filter(({ family }) => family === 'secrets').map(({ name }) => name))
  const byFile = new Map<string, Range[]>()
  for (const { policy, file, range } of findings) {
    if (secrets.has(policy)) append(byFile, file, range)
  }
  return byFile
}

const DOCUMENT_BREAK = /^(---|\.\.\.)(\s|$)/
/** A kind may stand on the line after its key: `kind: |-`. */
const HOLDS_SECRET = /\bkind\b["']?\s*:[^\n]*(?:\n[^\n]*)?\bSecret\b/

/** For each line, whether its document holds a Secret, alone or in a list. */
function secretLines(lines: readonly string[]): boolean[] {
  const breaks = lines.flatMap((line, index) => (index > 0 && DOCUMENT_BREAK.test(line) ? [index] : []))
  const starts = [0, ...breaks]
  return starts.flatMap((start, index) => {
    const body = lines.slice(start, starts[index + 1])
    const holds = HOLDS_SECRET.test(body.join('\n'))
    return body.map(line => holds && line.trim() !== '---')
  })
}

/** A key with its colon; after an unquoted one a space follows, or it would be part of a value. */
const KEY = /(?:"(?:[^"\\]|\\.)*"\s*:|'(?:[^']|'')*'\s*:|[\w./-]+\s*:(?=\s|$))\s*/
const KEY_FIRST = new RegExp(`^${KEY.source}`)
const NOTHING_BUT_KEY = new RegExp(`^\\s*(?:- +)*(?:${KEY.source})?$`)

/** Where the value begins in what starts at a column: behind the key when a key starts there. Counted from 0. */
function valueStart(line: string, column: number): number {
  return column - 1 + (KEY_FIRST.exec(line.slice(column - 1))?.[0].length ?? 0)
}

/** How much of the line in front of a node, and of its own key, is no value of a sibling. */
function keyEnd(line: string, { start }: Range): number {
  return NOTHING_BUT_KEY.test(line.slice(0, start.column - 1)) ? valueStart(line, start.column) : 0
}

/** The line with a mask from one index up to another; white space at the start of it is no secret. */
function masked(line: string, from: number, to: number): MaskedLine {
  const blank = /^\s*/.exec(line.slice(from, to))?.[0] ?? ''
  const start = from + blank.length
  if (start >= to) return { text: line, place: column => ({ start: column, end: column + 1 }) }
  const shift = to - start - MASK.length
  return {
    text: line.slice(0, start) + MASK + line.slice(to),
    place: column => {
      if (column <= start) return { start: column, end: column + 1 }
      if (column <= to) return { start: start + 1, end: start + 1 + MASK.length }
      return { start: column - shift, end: column - shift + 1 }
    },
  }
}
