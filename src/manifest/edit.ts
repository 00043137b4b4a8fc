import { lineStartAt } from './lines.ts'
import type { Value } from './manifest.ts'
import type { ParsedSource } from './parse.ts'
import type { FieldPath } from './path.ts'
import type { Site, SiteEntry, Span } from './place.ts'
import { resolvePlain } from './scalar.ts'
import { isFields } from './value.ts'

/** One stretch of a text that is replaced; an insertion where `start` is `end`. All other bytes stay. */
export interface TextEdit extends Span {
  readonly text: string
}

/** Why a text cannot be edited so. */
export interface Unedited {
  readonly because: string
}

type Edited = TextEdit | Unedited

const unedited = (because: string): Unedited => ({ because })

export function applyEdit(text: string, edit: TextEdit): string {
  return text.slice(0, edit.start) + edit.text + text.slice(edit.end)
}

/**
 * Gives the field at `path` a value. What is absent on the way there is made; a value that stands there is replaced if it is
 * a scalar. Comments, quotes, line breaks and the indentation of everything else stay as they are.
 */
export function setField(text: string, source: ParsedSource, path: FieldPath, value: Value): Edited {
  const site = source.site(path)
  if (site.borrowed !== undefined) return unedited(`the value comes from ${site.borrowed}`)
  const missing = path.slice(site.depth)
  const json = isJson(text, source)
  const { form, span, key } = site
  if (missing.length > 0 && form !== 'nothing' && !form.endsWith('map')) return unedited('no map stands there')
  if (missing.some(step => typeof step === 'number')) return unedited('no such item stands in the list')
  const [first, ...rest] = missing
  if (first !== undefined && form === 'flow map' && span !== undefined) {
    return intoFlow(text, site, span, `${scalarText(String(first), json)}: ${nested(rest, value, json)}`)
  }
  if (first !== undefined && form === 'block map') return intoBlock(text, site, source, missing.map(String), value)
  if (form === 'nothing') {
    if (key === undefined) return unedited('nothing stands there')
    const colon = /\s*:/y
    colon.lastIndex = key.end
    if (!colon.test(text)) return unedited('no ":" stands after its key')
    return { start: colon.lastIndex, end: colon.lastIndex, text: ` ${nested(missing, value, json)}` }
  }
  if (form !== 'scalar' || span === undefined) return unedited('more than one value stands there')
  if (isCollection(value)) return unedited('a single value stands there')
  return replaceScalar(text, span, scalarText(value, json))
}

/** Replaces what stands at a scalar. One with a tag or an anchor, or of several lines, is left alone. */
export function replaceScalar(text: string, span: Span, by: string): Edited {
  const line = text.slice(lineStartAt(text, span.start), span.start)
  const old = text.slice(span.start, span.end)
  if (old.includes('\n') || /^[|>]/.test(old)) return unedited('the value has several lines')
  if (/[&!]\S*\s+$/.test(line)) return unedited('the value has an anchor or a tag')
  return { ...span, text: by }
}

/** Takes the field at `path` away, with its line. */
export function dropField(text: string, source: ParsedSource, path: FieldPath): Edited {
  const site = source.site(path.slice(0, -1))
  const name = path.at(-1)
  const whole = source.site(path)
  if (whole.borrowed !== undefined) return unedited(`the value comes from ${whole.borrowed}`)
  const index = site.entries.findLastIndex(entry => entry.name === name)
  return index === -1 || whole.depth < path.length ? unedited('nothing stands there') : dropEntry(text, site, index)
}

/** Takes one entry of a map away. */
export function dropEntry(text: string, site: Site, index: number): Edited {
  const entry = site.entries[index]
  const [before, after] = [site.entries[index - 1], site.entries[index + 1]]
  if (entry === undefined || site.span === undefined) return unedited('nothing stands there')
  const cut = cutOf(text, site, entry, before, after)
  if ('because' in cut) return cut
  const beside = text.slice(cut.start, entry.key.start) + text.slice(endOf(entry), cut.end)
  return beside.includes('#') ? unedited('a comment stands beside it') : cut
}

function cutOf(text: string, site: Site, entry: SiteEntry, before?: SiteEntry, after?: SiteEntry): Edited {
  if (site.form === 'flow map') {
    if (after !== undefined) return { start: entry.key.start, end: after.key.start, text: '' }
    return { start: before === undefined ? entry.key.start : endOf(before), end: endOf(entry), text: '' }
  }
  if (before === undefined && after === undefined) return unedited('nothing else stands in its map')
  const line = lineStartAt(text, entry.key.start)
  const isFirstOnLine = text.slice(line, entry.key.start).trim() === ''
  if (!isFirstOnLine) {
    // The first key after the "-" of an item: the next one takes its place.
    return after === undefined
      ? unedited('nothing else stands in its map')
      : { start: entry.key.start, end: after.key.start, text: '' }
  }
  const end = text.indexOf('\n', Math.max(endOf(entry) - 1, entry.key.start))
  return { start: line, end: end === -1 ? text.length : end + 1, text: '' }
}

function endOf({ key, value }: SiteEntry): number {
  return value?.end ?? key.end
}

function isCollection(value: Value): boolean {
  return typeof value === 'object' && value !== null
}

/** In JSON, and so in any file that is all brackets, everything is quoted. */
function isJson(text: string, source: ParsedSource): boolean {
  const { form, entries } = source.site([])
  return form === 'flow map' && entries.every(({ key }) => text[key.start] === '"')
}

/** Plain where every reader of YAML takes it for the same text, else as JSON writes it. */
export function scalarText(value: Value, json: boolean): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'string') return JSON.stringify(value)
  const isPlain = !json && /^[A-Za-z][\w./-]*$/.test(value) && resolvePlain(value) === value
  return isPlain ? value : JSON.stringify(value)
}

function flowText(value: Value, json: boolean): string {
  if (Array.isArray(value)) return `[${value.map(item => flowText(item, json)).join(', ')}]`
  if (!isFields(value)) return scalarText(value as Value, json)
  const entries = Object.entries(value).map(
    ([key, child]) => `${scalarText(key, json)}: ${flowText(child as Value, json)}`,
  )
  return `{${entries.join(', ')}}`
}

function nested(path: FieldPath, value: Value, json: boolean): string {
  return path.reduceRight<string>(
    (inner, step) => `{${scalarText(String(step), json)}: ${inner}}`,
    flowText(value, json),
  )
}

function intoFlow(text: string, { entries }: Site, span: Span, entry: string): Edited {
  const last = entries.at(-1)
  if (last === undefined) return { start: span.start + 1, end: span.start + 1, text: entry }
  const at = endOf(last)
  if (text.slice(at, span.end).includes(',')) return unedited('a comma ends the map')
  const line = lineStartAt(text, last.key.start)
  const isOnLines = text.slice(line, last.key.start).trim() === '' && text.slice(at, span.end).includes('\n')
  const separator = isOnLines ? `,${lineBreakOf(text)}${text.slice(line, last.key.start)}` : ', '
  return { start: at, end: at, text: `${separator}${entry}` }
}

function intoBlock(
  text: string,
  { entries }: Site,
  source: ParsedSource,
  keys: readonly string[],
  value: Value,
): Edited {
  const [top, last] = [entries[0], entries.at(-1)]
  if (top === undefined || last === undefined) return unedited('no map stands there')
  const column = columnOf(text, top.key.start)
  const step = stepOf(text, source)
  const newline = lineBreakOf(text)
  const lines = keys.map((key, level) => `${' '.repeat(column + level * step)}${scalarText(key, false)}:`)
  const added = `${lines.join(newline)} ${flowText(value, false)}`
  const end = endOf(last)
  if (text[end - 1] === '\n') return { start: end, end, text: `${added}${newline}` }
  const found = text.indexOf('\n', end)
  const at = found === -1 ? text.length : text[found - 1] === '\r' ? found - 1 : found
  return { start: at, end: at, text: `${newline}${added}` }
}

/** How far an offset stands from the start of its line; a byte order mark takes no column. */
function columnOf(text: string, offset: number): number {
  const line = text.slice(lineStartAt(text, offset), offset)
  return line.startsWith('\ufeff') ? line.length - 1 : line.length
}

function lineBreakOf(text: string): string {
  const first = text.indexOf('\n')
  return text[first - 1] === '\r' ? '\r\n' : '\n'
}

/** By how many spaces a manifest indents what stands in `metadata`; two where nobody can tell. */
function stepOf(text: string, source: ParsedSource): number {
  const [root, inner] = [source.site([]), source.site(['metadata'])]
  const [outer, first] = [root.entries[0], inner.entries[0]]
  if (inner.form !== 'block map' || outer === undefined || first === undefined) return 2
  const step = columnOf(text, first.key.start) - columnOf(text, outer.key.start)
  return step > 0 ? step : 2
}
