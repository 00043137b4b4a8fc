import type { LintResult, Severity } from '../lint/finding.ts'
import type { Range } from '../manifest/manifest.ts'

const COMMAND: Readonly<Record<Severity, 'error' | 'warning' | 'notice'>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
}

/**
 * Workflow commands that GitHub Actions turns into annotations: one for each open finding and for all that could not
 * be evaluated. GitHub shows the first 10 of a kind in each step; the log holds them all.
 */
export function github(result: LintResult): string {
  const lines = [
    ...result.notEvaluated.map(({ file, range, policy, object, reason }) => {
      const title = policy === undefined ? 'not evaluated' : `not evaluated: ${policy}`
      return command('error', file, range, title, object === undefined ? reason : `${object}: ${reason}`)
    }),
    ...result.findings
      .filter(({ state }) => state === 'open')
      .map(({ severity, file, range, policy, object, message, evidence = [], origin, fix }) => {
        const decided = origin === undefined ? [] : [`decided by ${origin.file}:${origin.line} (${origin.key})`]
        const seen = evidence.map(item => `see ${item.file}:${item.range.start.line}: ${item.message}`)
        const body = [message, `in ${object}`, ...seen, ...decided, `fix: ${fix}`].join('\n')
        return command(COMMAND[severity], file, range, policy, body)
      }),
  ]
  return lines.map(line => `${line}\n`).join('')
}

function command(
  name: 'error' | 'warning' | 'notice',
  file: string | undefined,
  range: Range | undefined,
  title: string,
  message: string,
): string {
  const properties = { ...(file === undefined ? {} : { file }), ...(range === undefined ? {} : lines(range)), title }
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::${name} ${list.join(',')}::${escapeData(message)}`
}

/** The runner drops columns when a range spans lines, and everything when an end stands before its start. */
function lines({ start, end }: Range): Readonly<Record<string, number>> {
  if (start.line !== end.line) return { line: start.line, endLine: end.line }
  return { line: start.line, endLine: end.line, col: start.column, endColumn: Math.max(start.column, end.column) }
}

const DATA: Readonly<Record<string, string>> = { '%': '%25', '\r': '%0D', '\n': '%0A' }
const PROPERTY: Readonly<Record<string, string>> = { ...DATA, ':': '%3A', ',': '%2C' }

/** The message of a workflow command on one line, so that nothing in it can be a command of its own. */
export function escapeData(text: string): string {
  return text.replace(/[%\r\n]/g, character => DATA[character] ?? character)
}

/** A property of a workflow command, where a comma or colon would end it. */
export function escapeProperty(text: string): string {
  return text.replace(/[%\r\n:,]/g, character => PROPERTY[character] ?? character)
}
