import { type Document, LIST, MAP, ROOT } from './document.ts'
import type { FieldPath } from './path.ts'

/** From `start` up to, but not including, `end`: offsets into the text of a document. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** How a field, or its nearest present ancestor, stands in a text: all that whoever edits it has to know. */
export interface Site {
  /** How many steps of the path are there, down to what this is about. */
  readonly depth: number
  readonly form: 'block map' | 'flow map' | 'list' | 'scalar' | 'nothing'
  /** Absent for a value without characters. */
  readonly span?: Span
  /** Of a value in a map. */
  readonly key?: Span
  /** Of a map, in the order of the text; merge keys have no name. */
  readonly entries: readonly SiteEntry[]
  /** What stands between the root and the field, so that it is not its own: an alias, or a merge key. */
  readonly borrowed?: 'an alias' | 'a merge key'
}

export interface SiteEntry {
  readonly name?: string
  readonly key: Span
  /** Absent for a value without characters. */
  readonly value?: Span
}

interface Entry {
  /** -1 for an item of a list. */
  readonly key: number
  readonly node: number
}

/**
 * Where the value at `path` below `root` stands. Of an absent field, the key of its nearest present ancestor; of an ancestor that has
 * no key (an item of a list, the root), the first key in it.
 */
export function spanAt(document: Document, root: number, path: FieldPath): Span {
  let node = resolveAlias(document, root)
  let heading = headingOf(document, { key: -1, node }) ?? { start: 0, end: 0 }
  for (const step of path) {
    const entry = entryAt(document, node, step)
    if (entry === undefined) return heading
    heading = headingOf(document, entry) ?? heading
    node = resolveAlias(document, entry.node)
  }
  return spanOf(document, node) ?? heading
}

/** The site of the value at `path` below `root`. */
export function siteAt(document: Document, root: number, path: FieldPath): Site {
  if (isAlias(document, root)) return { depth: 0, form: 'nothing', entries: [], borrowed: 'an alias' }
  let node = root
  let key: Span | undefined
  let depth = 0
  for (const step of path) {
    const entry = entryAt(document, node, step)
    if (entry === undefined) break
    const isOwn = entriesOf(document, node).some(own => own.node === entry.node)
    if (!isOwn) return { ...siteOf(document, node, key, depth), borrowed: 'a merge key' }
    if (isAlias(document, entry.node)) return { ...siteOf(document, node, key, depth), borrowed: 'an alias' }
    node = entry.node
    key = entry.key === -1 ? undefined : spanOf(document, entry.key)
    depth++
  }
  return siteOf(document, node, key, depth)
}

function siteOf(document: Document, node: number, key: Span | undefined, depth: number): Site {
  const span = spanOf(document, node)
  const kind = kindOf(document, node)
  const flow = isFlow(document, node) ? 'flow map' : 'block map'
  return {
    depth,
    form: span === undefined ? 'nothing' : kind === MAP ? flow : kind === LIST ? 'list' : 'scalar',
    ...(span === undefined ? {} : { span }),
    ...(key === undefined ? {} : { key }),
    entries: kind === MAP ? entriesOf(document, node).map(entry => siteEntry(document, entry)) : [],
  }
}

function siteEntry(document: Document, entry: Entry): SiteEntry {
  const name = nameOf(document, entry.key)
  const value = spanOf(document, entry.node)
  return {
    ...(name === undefined ? {} : { name }),
    key: spanOf(document, entry.key) ?? { start: 0, end: 0 },
    ...(value === undefined ? {} : { value }),
  }
}

/** The nodes of the items of the list in field `name` of a map. */
export function itemsOf(document: Document, map: number, name: string): number[] {
  const entry = entryAt(document, resolveAlias(document, map), name)
  return entry === undefined ? [] : entriesOf(document, resolveAlias(document, entry.node)).map(item => item.node)
}

/** Whether `wanted`, a node or a key, stands in the text of `node`. */
export function contains(document: Document, node: number, wanted: number): boolean {
  return node <= wanted && wanted < following(document, node)
}

/** The path from `root` to a node or a key that stands in it. */
export function pathTo(document: Document, root: number, wanted: number): FieldPath {
  const path: (string | number)[] = []
  let node = root
  while (node !== wanted) {
    const isMap = kindOf(document, node) === MAP
    let key = node + 1
    let index = 0
    // Counted by hand, for a map with many remarks would be copied for each of them.
    for (let next = following(document, isMap ? key + 1 : key); next <= wanted; index++) {
      key = next
      next = following(document, isMap ? key + 1 : key)
    }
    path.push(isMap ? (nameOf(document, key) ?? '<<') : index)
    if (isMap && key === wanted) return path
    node = isMap ? key + 1 : key
  }
  return path
}

function startOf(document: Document, node: number): number {
  return document.cells[node * 3] ?? -1
}

/** The end of a node, or `MAP` or `LIST`. */
function kindOf(document: Document, node: number): number {
  return document.cells[node * 3 + 1] ?? -1
}

function isCollection(document: Document, node: number): boolean {
  const kind = kindOf(document, node)
  return kind === MAP || kind === LIST
}

function linkOf(document: Document, node: number): number {
  return document.cells[node * 3 + 2] ?? 0
}

function nameOf(document: Document, key: number): string | undefined {
  return document.names[linkOf(document, key)]
}

function isAlias(document: Document, node: number): boolean {
  return linkOf(document, node) < 0
}

function resolveAlias(document: Document, node: number): number {
  return isAlias(document, node) ? -1 - linkOf(document, node) : node
}

function following(document: Document, node: number): number {
  return isAlias(document, node) ? node + 1 : linkOf(document, node)
}

/** The entries of a map or the items of a list, in the order of the text. */
function entriesOf(document: Document, node: number): Entry[] {
  const entries: Entry[] = []
  if (!isCollection(document, node)) return entries
  const isMap = kindOf(document, node) === MAP
  const end = linkOf(document, node) - 1
  for (let next = node + 1; next < end; ) {
    const child = isMap ? next + 1 : next
    entries.push({ key: isMap ? next : -1, node: child })
    next = following(document, child)
  }
  return entries
}

/** The entry that decides what stands at `step`: the last of its name, be it from a merged map. */
function entryAt(document: Document, node: number, step: string | number): Entry | undefined {
  const entries = entriesOf(document, node)
  if (kindOf(document, node) === LIST) return typeof step === 'number' ? entries[step] : undefined
  for (const entry of entries.reverse()) {
    const name = nameOf(document, entry.key)
    if (name === step) return entry
    const found = name === undefined ? mergedEntryAt(document, resolveAlias(document, entry.node), step) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function mergedEntryAt(document: Document, node: number, step: string | number): Entry | undefined {
  if (kindOf(document, node) === MAP) return entryAt(document, node, step)
  for (const source of entriesOf(document, node)) {
    const found = entryAt(document, resolveAlias(document, source.node), step)
    if (found !== undefined) return found
  }
  return undefined
}

/** The span that names an entry: its key, or the first key in it. */
function headingOf(document: Document, entry: Entry): Span | undefined {
  if (entry.key !== -1) return spanOf(document, entry.key)
  const [first] = kindOf(document, entry.node) === MAP ? entriesOf(document, entry.node) : []
  return spanOf(document, first?.key ?? entry.node)
}

/** Where a node or a key stands; `undefined` for a value that has no characters. */
export function spanOf(document: Document, node: number): Span | undefined {
  const start = startOf(document, node)
  return start === -1 ? undefined : { start, end: endOf(document, node) }
}

/** The end of a node; that of a map or list lies after its last child, and after the closing bracket if it has any. */
function endOf(document: Document, node: number): number {
  if (!isCollection(document, node)) return kindOf(document, node)
  const { text } = document
  const start = startOf(document, node)
  const last = entriesOf(document, node).at(-1)
  let end = start + 1
  if (last !== undefined && last.key !== -1 && startOf(document, last.key) !== -1) end = endOf(document, last.key)
  if (last !== undefined && startOf(document, last.node) !== -1) end = endOf(document, last.node)
  if (!isFlow(document, node)) return end
  CLOSING.lastIndex = end
  return CLOSING.test(text) ? CLOSING.lastIndex : end
}

function isFlow(document: Document, node: number): boolean {
  const opening = document.text.charAt(startOf(document, node))
  return opening === '{' || opening === '['
}

const CLOSING = /(?:[\s,:?]|#[^\n]*\n)*[\]}]/y

const INDENTING_TAB = /^(?: *[-?][ ?-]*)?\t/gm

/** The first tab at the start of a line, or after the "-" of an item, with no quotes or brackets open around it. */
export function indentingTab(document: Document): number | undefined {
  const { text, cells } = document
  let node = ROOT
  let covered = 0
  for (const match of text.matchAll(INDENTING_TAB)) {
    const tab = match.index + match[0].length - 1
    for (; node * 3 < cells.length && startOf(document, node) <= tab; node++) {
      const isBlock = isCollection(document, node) && !isFlow(document, node)
      if (!isBlock) covered = Math.max(covered, endOf(document, node))
    }
    if (covered <= tab) return tab
  }
  return undefined
}
