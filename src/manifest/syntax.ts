import { createRequire } from 'node:module'
import type { Event } from 'js-yaml'
import { lineEndAt, lineStartAt } from './lines.ts'

// The CommonJS build: on Node 20 it is about twice as fast as the ESM one.
const { EVENT_ID, YAMLException, parseEvents } = createRequire(import.meta.url)('js-yaml') as typeof import('js-yaml')

/** Why a document cannot be read. Offsets count from the start of its text. Never leaves the reading of manifests. */
export class Refusal extends Error {
  readonly start: number
  readonly end: number

  constructor(message: string, start: number, end: number = start) {
    super(message)
    this.start = start
    this.end = end
  }
}

/** Deeper than any schema nests, and shallow enough for a recursive reader of the values. */
const OPTIONS = { maxDepth: 300 }

/**
 * The events of a text that holds at most one document; throws a `Refusal`.
 * Like Kubernetes, and unlike YAML 1.2, it lets the lines inside brackets and quotes be indented anyhow.
 */
export function eventsOf(text: string): Event[] {
  try {
    return kubernetesOnly(parseEvents(text, OPTIONS), text)
  } catch (error) {
    if (isDeficient(error)) return eventsOfPadded(text)
    throw refusalOf(error, text)
  }
}

/** js-yaml reads YAML 1.2, Kubernetes only 1.1. */
function kubernetesOnly(events: Event[], text: string): Event[] {
  const first = events[0]
  const foreign =
    first?.type === EVENT_ID.DOCUMENT && first.directives.some(each => each.kind === 'yaml' && each.version !== '1.1')
  if (foreign) {
    const message = '"%YAML" asks for a version that Kubernetes does not read, remove the line'
    throw new Refusal(message, text.indexOf('%YAML'))
  }
  return events
}

function isDeficient(error: unknown): boolean {
  return error instanceof YAMLException && error.reason === 'deficient indentation'
}

const PADDING = ' '.repeat(256)
/** How many characters may be parsed again to read one text: about a second. */
const PADDING_BUDGET = 20_000_000

/** Parses again with the lines padded that are indented too little for the parser, one construct more each time. */
function eventsOfPadded(text: string): Event[] {
  // A tab before a bracket in the same line counts as too little indentation too, though it only separates.
  const source = text.replace(/\S[^\n]*/g, line => line.replaceAll('\t', ' '))
  let lines: number[] = []
  for (let budget = PADDING_BUDGET; ; budget -= text.length) {
    const padded = pad(source, lines)
    try {
      const events = kubernetesOnly(parseEvents(padded, OPTIONS), padded)
      for (const event of events) unpad(event, lines)
      return events
    } catch (error) {
      const refusal = refusalOf(error, padded)
      const offset = unpadded(refusal.start, lines)
      const line = lineStartAt(text, offset)
      if (!isDeficient(error) || lines.includes(line) || budget < 0) throw new Refusal(refusal.message, offset)
      const before = lines.filter(each => each < line)
      const constructEnd = endOfConstruct(source, line, pad(source.slice(0, line), before) + PADDING)
      lines = [
        ...before,
        ...lineStartsBetween(source, line, constructEnd),
        ...lines.filter(each => each >= constructEnd),
      ]
    }
  }
}

function pad(text: string, lines: readonly number[]): string {
  return [0, ...lines].map((start, index) => text.slice(start, lines[index])).join(PADDING)
}

/** The offset in the text, given the one in the padded text. */
function unpadded(offset: number, lines: readonly number[]): number {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle] ?? 0) + middle * PADDING.length < offset) low = middle + 1
    else high = middle
  }
  return offset - low * PADDING.length
}

function unpad(event: Event, lines: readonly number[]): void {
  const fields = event as unknown as Record<string, number>
  for (const field of ['start', 'valueStart', 'valueEnd', 'anchorStart', 'anchorEnd', 'tagStart', 'tagEnd']) {
    const offset = fields[field]
    if (offset !== undefined && offset !== -1) fields[field] = unpadded(offset, lines)
  }
}

function lineStartsBetween(text: string, first: number, end: number): number[] {
  const starts = [first]
  for (let start = lineEndAt(text, first); start < end; start = lineEndAt(text, start)) starts.push(start)
  return starts
}

/** Where the construct ends that is open at `line`; what it is, the parser's complaint about the text before tells. */
function endOfConstruct(text: string, line: number, before: string): number {
  try {
    parseEvents(before, OPTIONS)
    return line
  } catch (error) {
    const { reason } = error as { reason: string }
    if (reason.includes('double quoted')) return endOfMatch(INSIDE_DOUBLE_QUOTES, text, line)
    if (reason.includes('single quoted')) return endOfMatch(INSIDE_SINGLE_QUOTES, text, line)
    return endOfBrackets(text, line)
  }
}

const INSIDE_DOUBLE_QUOTES = /[^"\\]*(?:\\.[^"\\]*)*"?/sy
const INSIDE_SINGLE_QUOTES = /[^']*(?:''[^']*)*'?/y
const BRACKET_TOKEN =
  /"[^"\\]*(?:\\.[^"\\]*)*"?|'[^']*(?:''[^']*)*'?|(?<=\s)#[^\r\n]*|\s+|(?:[^\s[\]{},:]|:(?!\s))[^[\]{},\r\n#:]*|./sy

function endOfMatch(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : text.length
}

function endOfBrackets(text: string, from: number): number {
  let depth = 0
  BRACKET_TOKEN.lastIndex = from
  for (let token = BRACKET_TOKEN.exec(text)?.[0]; token !== undefined; token = BRACKET_TOKEN.exec(text)?.[0]) {
    if (token === '[' || token === '{') depth++
    else if ((token === ']' || token === '}') && --depth < 0) return BRACKET_TOKEN.lastIndex
  }
  return text.length
}

/** What the parser says, and what we say: the fact and the thing to change. */
const MESSAGES: readonly (readonly [reason: string, message: string])[] = [
  ['tab characters', 'tab used for indentation, use spaces'],
  ['bad indentation', 'line fits no level of indentation, align it with the lines beside it'],
  ['deficient indentation', 'line is indented less than the brackets or quotes around it, indent it further'],
  ['nesting exceeded', 'maps and lists nest deeper than 300 levels, which no manifest does'],
  ['unexpected end of the stream within a flow collection', 'bracket is opened and never closed, close it'],
  ['missed comma', 'comma is missing between two entries, add it'],
  ['expected the node content', 'comma has nothing before it, remove it'],
  ["expected ':'", 'key has no ":" after it, add one or quote the text before it'],
  ['can not read a block mapping entry', 'key runs over several lines, write it on one'],
  ['a whitespace character is expected after', '":" has no space after it, add one'],
  ['end of the stream', 'text follows the end of the document, put "---" on a line between them'],
  ['unknown escape', 'backslash before a character that has no such escape, double it or use single quotes'],
  ['expected hexadecimal', 'escape has too few hexadecimal digits, complete it'],
  ['name of an alias', '"*" at the start of a value names an anchor, quote the value if text is meant'],
  ['name of an anchor', '"&" at the start of a value names an anchor, quote the value if text is meant'],
]

/** The refusal in a thrown error; throws what is none. */
function refusalOf(error: unknown, text: string): Refusal {
  if (error instanceof Refusal) return error
  if (!(error instanceof YAMLException)) throw error
  const { reason } = error
  const offset = error.mark?.position ?? 0
  const tab = tabBefore(text, offset)
  if (tab !== undefined) return refusedTab(tab)
  const quote = /within a (double|single) quoted/.exec(reason)
  if (quote !== null) return unclosedQuote(text, quote[1] === 'double' ? '"' : "'", offset)
  if (text[offset] === ':' && reason.startsWith('bad indentation')) {
    return new Refusal('": " stands inside an unquoted value, quote the value', offset, offset + 1)
  }
  const message = MESSAGES.find(([start]) => reason.startsWith(start))?.[1] ?? reason
  return new Refusal(message, offset)
}

export function refusedTab(offset: number): Refusal {
  return new Refusal('tab used for indentation, use spaces', offset, offset + 1)
}

/** The tab that indents the line of `offset` or a blank line right above it. */
function tabBefore(text: string, offset: number): number | undefined {
  let line = lineStartAt(text, offset)
  for (let end = offset + 1; ; end = line, line = lineStartAt(text, line - 1)) {
    const content = text.slice(line, end)
    const tab = /^ *\t/.exec(content)
    if (tab !== null) return line + tab[0].length - 1
    if (line === 0 || (end <= offset && content.trim() !== '')) return undefined
  }
}

/** Closes the quote at the end of the text: the last scalar is then the one that was left open. */
function unclosedQuote(text: string, quote: string, end: number): Refusal {
  const message = `${quote === '"' ? 'double' : 'single'} quote is opened and never closed, close it`
  let start = end
  try {
    const last = parseEvents(text + quote, OPTIONS).findLast(event => event.type === EVENT_ID.SCALAR)
    if (last !== undefined) start = last.valueStart - 1
  } catch (error) {
    // Something else is open around it: then the end of the text is the best place that is known.
    if (!(error instanceof YAMLException)) throw error
  }
  return new Refusal(message, start)
}
