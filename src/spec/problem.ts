import type { Position } from '../manifest/manifest.ts'

/** One thing that is wrong with what a person wrote: where, what, and what to change. */
export interface Problem {
  readonly file: string
  /** Where the caret points; absent when the whole file is meant. */
  readonly start?: Position
  /** Number of characters that the caret underlines. */
  readonly length?: number
  readonly message: string
  /** The thing to change, in one line. */
  readonly hint?: string
  /** A second place that the message speaks of. */
  readonly also?: { readonly file: string; readonly line: number; readonly message: string }
}

/** Bad input. The command prints every problem and exits with 2; nothing has been written. */
export class InputError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problem => problem.message).join('\n'))
    this.name = 'InputError'
    this.problems = problems
  }
}

/** An `InputError` of one problem that belongs to no line. */
export function inputError(file: string, message: string, hint?: string): InputError {
  return new InputError([{ file, message, ...(hint === undefined ? {} : { hint }) }])
}

/** The problem as a person reads it: `file:line:column: message`, the line, a caret under what is meant, the hint. */
export function formatProblem(problem: Problem, text: string | undefined): string {
  const { file, start, message, hint, also } = problem
  const lines: string[] = []
  if (start === undefined) {
    lines.push(`${file}: ${message}`)
  } else {
    lines.push(`${file}:${start.line}:${start.column}: ${message}`)
    const line = text?.split(/\r?\n/)[start.line - 1]
    if (line !== undefined) {
      const gutter = `${start.line}`.padStart(5)
      const width = Math.max(1, Math.min(problem.length ?? 1, line.length - start.column + 1))
      lines.push(`${gutter} | ${line}`, `${' '.repeat(5)} | ${' '.repeat(start.column - 1)}${'^'.repeat(width)}`)
    }
  }
  if (also !== undefined) lines.push(`      also ${also.file}:${also.line}: ${also.message}`)
  if (hint !== undefined) lines.push(`      ${hint}`)
  return lines.join('\n')
}
