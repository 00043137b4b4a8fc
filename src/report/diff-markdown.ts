import type { Group } from '../promote/group.ts'
import type { RiskClass } from '../promote/operation.ts'
import { type Hand, sayChange, sayConsequence, sayUnits } from './diff-phrase.ts'
import { sayLeft } from './diff-text.ts'

/** GitHub markdown: everything that comes from a manifest stands in a code span, where it can neither link nor mention. */
const MARKDOWN: Hand = { quote: codeSpan, words }

const HEADINGS: Readonly<Record<RiskClass, string>> = {
  destructive: 'Destructive',
  high: 'High risk',
  medium: 'Medium risk',
  low: 'Low risk',
  none: 'No risk',
}

/** A reader who looks for a tenant finds it here, unless there are very many. */
const MOST_UNITS = 40

/** Room for the line that counts what was left out. */
const RESERVE = 120

/**
 * The differences for the body of a pull request, in at most `limit` characters (200 or more): the riskiest first;
 * what does not fit is counted by class.
 */
export function diffMarkdown(groups: readonly Group[], limit: number): string {
  if (groups.length === 0) return 'No differences.\n'
  const all = new Set(groups.flatMap(({ units }) => units)).size
  let text = ''
  let section: RiskClass | undefined
  for (const [index, each] of groups.entries()) {
    const { risk } = each.operation
    const heading = risk.class === section ? '' : `${section === undefined ? '' : '\n'}**${HEADINGS[risk.class]}**\n\n`
    const units = all === 1 ? '' : ` – ${sayUnits(each.units, all, MOST_UNITS, MARKDOWN)}`
    const line = `${heading}- ${sayChange(each, MARKDOWN)}${units}: ${words(sayConsequence(each.operation))}\n`
    if (text.length + line.length > limit - RESERVE) return `${text}\nAnd ${sayLeft(groups.slice(index))}.\n`
    section = risk.class
    text += line
  }
  return text
}

/** A code span whose fence is longer than any run of backticks in the text. */
export function codeSpan(text: string): string {
  const runs = text.match(/`+/g)?.map(run => run.length) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs) + 1)
  const space = text.startsWith('`') || text.endsWith('`') || text === '' ? ' ' : ''
  return `${fence}${space}${text}${space}${fence}`
}

/** Our own sentences stay as they are; one that a strange name stands in becomes a code span as a whole. */
export function words(text: string): string {
  const isHarmless = /^[A-Za-z0-9 ,;:.'"()/×→-]*$/.test(text) && !/\/\/|www\./.test(text)
  return isHarmless ? text : codeSpan(text)
}
