import { type Finding, type LintResult, SEVERITIES, type Severity } from '../lint/finding.ts'
import { codeFrame } from './frame.ts'
import { html, type Markup } from './html.ts'
import { type HtmlTable, left, type Tone, tableMarkup } from './html-table.ts'
import { flaggedRanges, type LineReader, maskedFile } from './mask.ts'
import type { ReportContext } from './reporter.ts'

const TONES: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'warn', info: 'quiet' }

/** More findings than these are counted. */
const MOST = 200

/** Open findings, the most severe first, each with the code that it is about, in which no secret is left to read; then what could not be judged. */
export function findingsSection(
  result: LintResult,
  context: Pick<ReportContext, 'textOf' | 'policies' | 'colors'>,
): readonly Markup[] {
  const readers = new Map<string, LineReader | undefined>()
  const flagged = flaggedRanges(result, context.policies)
  const readerOf = (file: string): LineReader | undefined => {
    if (!readers.has(file)) {
      const text = context.textOf(file)
      readers.set(file, text === undefined ? undefined : maskedFile(text, flagged.get(file) ?? []))
    }
    return readers.get(file)
  }
  const open = SEVERITIES.flatMap(severity =>
    result.findings.filter(finding => finding.state === 'open' && finding.severity === severity),
  )
  const shown = open.slice(0, MOST).map(finding => {
    const read = readerOf(finding.file)
    const frame = read === undefined ? [] : codeFrame(line => read(line, finding.range), finding.range, context.colors)
    return article(finding, frame)
  })
  const more = open.length - MOST
  return [
    ...(shown.length === 0 ? [html`<p class="empty">No finding is open.</p>`] : shown),
    ...(more > 0 ? [html`<p class="note">and ${more} more; "waybill lint" tells all of them</p>`] : []),
    ...(result.notEvaluated.length === 0 ? [] : [tableMarkup(unjudged(result))]),
  ]
}

function article(finding: Finding, frame: readonly string[]): Markup {
  const { severity, message, policy, object, file, range, fix, evidence = [], origin } = finding
  return html`<article class="finding">
<h4><span class="severity ${TONES[severity]}">${severity}</span>${message}</h4>
<p class="meta">${policy}, in ${object}, <code>${file}:${range.start.line}</code></p>
${frame.length === 0 ? undefined : html`<pre tabindex="0" aria-label="The code it is about">${frame.join('\n')}</pre>`}
${evidence.map(
  each => html`<p class="meta">${each.message} <code>${each.file}:${each.range.start.line}</code></p>
`,
)}${origin === undefined ? undefined : html`<p class="meta">decided by ${origin.key} <code>${origin.file}:${origin.line}</code></p>`}
<p class="fix">${fix}</p>
</article>
`
}

function unjudged({ notEvaluated }: LintResult): HtmlTable {
  return {
    caption: 'Not judged',
    note: 'What could not be judged is no pass.',
    columns: [left('where'), left('policy'), left('why')],
    rows: notEvaluated.map(({ file, range, policy, object, reason }) => [
      file === undefined ? '' : `${file}${range === undefined ? '' : `:${range.start.line}`}`,
      policy ?? '',
      object === undefined ? reason : `${object}: ${reason}`,
    ]),
    empty: '',
  }
}
