import type { Range } from '../manifest/manifest.ts'
import type { MaskedLine } from './mask.ts'
import { printable } from './printable.ts'
import type { Colors } from './reporter.ts'

/** The most characters of a line that a frame shows; of a longer one, the part around the caret. */
const WIDEST = 120

/**
 * The line at which a range starts with one line before and after it, and a caret under exactly what the range covers
 * there. Empty when the file has no such line (it changed meanwhile).
 */
export function codeFrame(
  readLine: (number: number) => MaskedLine | undefined,
  { start, end }: Range,
  colors: Colors,
): string[] {
  const line = readLine(start.line)
  if (line === undefined) return []
  const length = line.text.trimEnd().length
  const first = line.place(start.column).start
  const covered = end.line > start.line ? length + 1 : line.place(end.column - 1).end
  const last = Math.max(first + 1, Math.min(covered, length + 1))
  const from = line.text.length <= WIDEST ? 0 : Math.max(0, first - 1 - WIDEST / 2)

  const gutter = String(start.line + 1).length
  const frame: string[] = []
  for (const number of [start.line - 1, start.line, start.line + 1]) {
    const shown = number === start.line ? line : readLine(number)
    if (shown === undefined || (number > start.line && shown.text === '')) continue
    const margin = String(number).padStart(gutter)
    const text = printable(shown.text.slice(from, from + WIDEST)).trimEnd()
    if (number !== start.line) {
      frame.push(colors.dim(`  ${margin} | ${text}`.trimEnd()))
      continue
    }
    const caret = '^'.repeat(Math.min(last, from + WIDEST + 1) - first)
    frame.push(`${colors.bold(`> ${margin} |`)} ${text}`.trimEnd())
    frame.push(`  ${' '.repeat(gutter)} | ${' '.repeat(first - 1 - from)}${colors.red(caret)}`)
  }
  return frame
}
