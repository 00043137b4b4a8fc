import { type Finding, type LintResult, SEVERITIES } from '../lint/finding.ts'
import { oneLine } from './printable.ts'
import type { ReportContext } from './reporter.ts'
import { amount, tallyLine, tallyOf } from './tally.ts'

/**
 * The most characters of a report: it also fits into a comment, of which GitHub takes 65 536. A step summary may have
 * 1 MiB.
 */
export const MARKDOWN_LIMIT = 60_000

/** The most characters of one cell. */
const WIDEST_CELL = 500

/** Room for the line that counts what was left out. */
const RESERVE = 200

interface Section {
  readonly title: string
  readonly lead?: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * A step summary: the tally, what could not be evaluated, the open findings by severity and policy, then what is
 * waived and carried. From the row on that would pass the limit, rows are left out and counted.
 */
export function markdown(result: LintResult, { policies }: ReportContext): string {
  const titles = new Map(policies.map(({ name, title }) => [name, title]))
  const sections = [
    notEvaluatedSection(result),
    ...openSections(result.findings, titles),
    waivedSection(result.findings),
    carriedSection(result.findings),
  ].filter(({ rows }) => rows.length > 0)

  let report = `## waybill lint\n\n${tallyLine(tallyOf(result))}\n`
  let left = sections.reduce((sum, { rows }) => sum + rows.length, 0)
  for (const { title, lead, columns, rows } of sections) {
    let pending = `\n### ${title}\n\n${lead === undefined ? '' : `${lead}\n\n`}`
    pending += `${tableRow(columns)}${tableRow(columns.map(() => '---'))}`
    for (const row of rows) {
      pending += tableRow(row)
      if (report.length + pending.length > MARKDOWN_LIMIT - RESERVE) {
        return `${report}\n${amount(left, 'more line')} left out here; the text and json reports hold all of them\n`
      }
      report += pending
      pending = ''
      left -= 1
    }
  }
  return report
}

function notEvaluatedSection({ notEvaluated }: LintResult): Section {
  return {
    title: `Not evaluated (${notEvaluated.length})`,
    columns: ['where', 'policy', 'reason'],
    rows: notEvaluated.map(({ file, range, policy, object, reason }) => [
      file === undefined ? '' : place(file, range?.start.line),
      policy === undefined ? '' : code(policy),
      cell(object === undefined ? reason : `${object}: ${reason}`),
    ]),
  }
}

function openSections(findings: readonly Finding[], titles: ReadonlyMap<string, string>): Section[] {
  return SEVERITIES.flatMap(severity => {
    const open = findings.filter(finding => finding.state === 'open' && finding.severity === severity)
    const names = [...new Set(open.map(({ policy }) => policy))].sort()
    return names.map(name => {
      const group = open.filter(({ policy }) => policy === name)
      return {
        title: `${severity}: ${code(name)} ${cell(titles.get(name) ?? '')} (${group.length})`,
        lead: `Fix: ${cell(group[0]?.fix ?? '')}`,
        columns: ['where', 'object', 'finding'],
        rows: group.map(({ file, range, object, message }) => [
          place(file, range.start.line),
          code(object),
          cell(message),
        ]),
      }
    })
  })
}

function waivedSection(findings: readonly Finding[]): Section {
  const waived = findings.filter(({ state }) => state === 'waived')
  return {
    title: `Waived (${waived.length})`,
    columns: ['where', 'policy', 'reason', 'owner', 'until'],
    rows: waived.map(({ file, range, policy, waiver }) => [
      place(file, range.start.line),
      code(policy),
      cell(waiver?.reason ?? ''),
      cell(waiver?.owner ?? ''),
      cell(waiver?.expires ?? ''),
    ]),
  }
}

function carriedSection(findings: readonly Finding[]): Section {
  const carried = findings.filter(({ state }) => state === 'carried')
  return {
    title: `Carried (${carried.length})`,
    columns: ['where', 'policy', 'finding'],
    rows: carried.map(({ file, range, policy, message }) => [
      place(file, range.start.line),
      code(policy),
      cell(message),
    ]),
  }
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

function place(file: string, line: number | undefined): string {
  return code(line === undefined ? file : `${file}:${line}`)
}

/** A code span; text that would end the span or the cell is written without one. */
function code(text: string): string {
  return /[\\`|]/.test(text) ? cell(text) : `\`${clipped(text)}\``
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': '@<!-- -->' }

/** A text that means nothing to Markdown and, with its `@` cut off, calls nobody on GitHub. */
export function cell(text: string): string {
  return clipped(text).replace(/[&<>@\\`*_~#|[\]]/g, character => ESCAPED[character] ?? `\\${character}`)
}

function clipped(text: string): string {
  const line = oneLine(text)
  return line.length <= WIDEST_CELL ? line : `${line.slice(0, WIDEST_CELL - 1)}…`
}
