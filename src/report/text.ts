import type { Finding, LintResult, NotEvaluated, Severity } from '../lint/finding.ts'
import type { Range } from '../manifest/manifest.ts'
import { codeFrame } from './frame.ts'
import { flaggedRanges, type LineReader, maskedFile } from './mask.ts'
import { oneLine } from './printable.ts'
import type { Colors, ReportContext } from './reporter.ts'
import { tallyLine, tallyOf } from './tally.ts'

const COLOR: Readonly<Record<Severity, keyof Colors>> = { error: 'red', warning: 'yellow', info: 'cyan' }

/**
 * For people: what could not be judged, every open finding with its place, code and fix, the notes and the tally.
 * Waived and carried findings are counted.
 */
export function text(result: LintResult, context: ReportContext): string {
  const { colors } = context
  const readerOf = lineReaders(result, context)
  const frame = (file: string, range: Range, node?: Range): string[] => {
    const readLine = readerOf(file)
    return readLine === undefined ? [] : codeFrame(number => readLine(number, node), range, colors)
  }
  const blocks = [
    ...result.notEvaluated.map(entry => [
      notEvaluatedLine(entry, colors),
      ...(entry.file === undefined || entry.range === undefined ? [] : frame(entry.file, entry.range)),
    ]),
    ...result.findings
      .filter(({ state }) => state === 'open')
      .map(finding => [
        headline(finding, colors),
        ...frame(finding.file, finding.range, finding.range),
        ...footer(finding, colors),
      ]),
  ]
  const notes = result.notes.map(note => {
    const times = note.times === 1 ? '' : ` (${note.times} times)`
    const name = note.policy === undefined ? '' : ` [${note.policy}]`
    return colors.dim(`note: ${oneLine(note.text)}${times}${name}`)
  })
  const tally = tallyOf(result)
  const clean = tally.notEvaluated + tally.open.error + tally.open.warning + tally.open.info === 0
  const summary = clean ? colors.green(tallyLine(tally)) : colors.bold(tallyLine(tally))
  const paragraphs = [...blocks.map(block => block.join('\n')), notes.join('\n'), summary]
  return `${paragraphs.filter(paragraph => paragraph !== '').join('\n\n')}\n`
}

/** `file:line:column`, as editors and terminals turn it into a link. */
function placeOf(file: string, range: Range | undefined): string {
  return range === undefined ? oneLine(file) : `${oneLine(file)}:${range.start.line}:${range.start.column}`
}

function headline({ file, range, severity, message, policy }: Finding, colors: Colors): string {
  const label = colors[COLOR[severity]](severity)
  return `${colors.bold(placeOf(file, range))}: ${label}: ${oneLine(message)} ${colors.dim(`[${policy}]`)}`
}

function footer({ object, evidence = [], origin, fix }: Finding, colors: Colors): string[] {
  const decided = origin === undefined ? [] : [`decided by ${origin.file}:${origin.line} (${origin.key})`]
  return [
    `in ${object}`,
    ...evidence.map(({ file, range, message }) => `see ${placeOf(file, range)}: ${message}`),
    ...decided,
  ]
    .map(line => `  ${oneLine(line)}`)
    .concat(`  ${colors.green('fix:')} ${oneLine(fix)}`)
}

function notEvaluatedLine({ file, range, policy, object, reason }: NotEvaluated, colors: Colors): string {
  const place = file === undefined ? '' : `${colors.bold(placeOf(file, range))}: `
  const subject = object === undefined ? '' : `${object}: `
  const name = policy === undefined ? '' : ` ${colors.dim(`[${policy}]`)}`
  return `${place}${colors.red('not evaluated')}: ${oneLine(subject + reason)}${name}`
}

/** Prepares each file once, when its first frame is drawn. */
function lineReaders(result: LintResult, { textOf, policies }: ReportContext) {
  const flagged = flaggedRanges(result, policies)
  const known = new Map<string, LineReader | undefined>()
  return (file: string): LineReader | undefined => {
    if (!known.has(file)) {
      const content = textOf(file)
      known.set(file, content === undefined ? undefined : maskedFile(content, flagged.get(file) ?? []))
    }
    return known.get(file)
  }
}
