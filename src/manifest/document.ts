import { createRequire } from 'node:module'
import type { AliasEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml'
import { lineStartAt } from './lines.ts'
import type { Value } from './manifest.ts'
import type { FieldPath } from './path.ts'
import { keyOf, resolvePlain, resolveTagged, type Scalar } from './scalar.ts'
import { eventsOf, Refusal, refusedTab } from './syntax.ts'

const { CHOMPING_MODE, COLLECTION_STYLE, EVENT_ID, SCALAR_STYLE, getScalarValue } = createRequire(import.meta.url)(
  'js-yaml',
) as typeof import('js-yaml')
const { DOCUMENT, SEQUENCE, MAPPING, SCALAR, ALIAS, POP } = EVENT_ID
const { FLOW } = COLLECTION_STYLE
const { KEEP } = CHOMPING_MODE
const { PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED } = SCALAR_STYLE

/** One YAML document: its value as Kubernetes reads it, and where each node of it stands. */
export interface Document {
  readonly text: string
  readonly value: Value
  /** What was read, but hardly meant. */
  readonly notes: readonly Note[]
  /**
   * A node is known by the index of its event, and has three cells: start, end, link. Start and end are offsets into the text,
   * -1 for a scalar without characters; the end of a map is `MAP`, of a list `LIST`. The link of a key is the index of its name,
   * -1 for a merge key; the link of an alias is `-1 - node` of what it stands for; of any other node, the node that follows it.
   */
  readonly cells: Int32Array
  /** The names of all keys in the order of the text. */
  readonly names: readonly string[]
}

/** A remark on one node. */
export interface Note {
  readonly node: number
  readonly message: string
}

/** From `start` up to, but not including, `end`: offsets into the text of a document. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The root node: node 0 is the document. */
export const ROOT = 1

const MAP = -2
const LIST = -3

interface Anchor {
  readonly node: number
  readonly value: Value
  readonly nodesBefore: number
  /** How many nodes an alias brings; 0 while the anchored node is being read. */
  nodes: number
}

interface Reading {
  readonly text: string
  readonly events: readonly Event[]
  readonly cells: Int32Array
  readonly names: string[]
  readonly notes: Note[]
  readonly anchors: Map<string, Anchor>
  readonly tagPrefixes: Map<string, string>
  /** The event to read next. */
  next: number
  /** How many brackets are open around it. */
  brackets: number
  /** How many nodes Kubernetes visits to read what was read so far, and how many of them because of aliases. */
  nodes: number
  aliased: number
}

/** The document in a text that holds at most one, `undefined` when it holds none. Throws a `Refusal`. */
export function documentOf(text: string): Document | undefined {
  const events = eventsOf(text)
  const first = events[0]
  if (first?.type !== DOCUMENT) return undefined
  const cells = new Int32Array(events.length * 3)
  const tagPrefixes = new Map([['!!', 'tag:yaml.org,2002:']])
  for (const each of first.directives) if (each.kind === 'tag') tagPrefixes.set(each.handle, each.prefix)
  const reading: Reading = {
    text,
    events,
    cells,
    names: [],
    notes: [],
    anchors: new Map(),
    tagPrefixes,
    next: ROOT,
    brackets: 0,
    nodes: 0,
    aliased: 0,
  }
  const value = readNode(reading, '')
  const document = { text, value, notes: reading.notes, cells, names: reading.names }
  if (text.includes('\t')) refuseTabs(document)
  return document
}

/** Reads the node at hand; `field` is the name of the nearest key above it. */
function readNode(reading: Reading, field: string): Value {
  const node = reading.next++
  const event = reading.events[node]
  reading.nodes++
  switch (event?.type) {
    case SCALAR:
      return readScalar(reading, node, event, field)
    case MAPPING:
      return readMap(reading, node, event)
    case SEQUENCE:
      return readList(reading, node, event, field)
    case ALIAS:
      return readAlias(reading, node, event)
  }
  throw new Error(`event ${event?.type} stands where a node begins`)
}

function readMap(reading: Reading, node: number, event: MappingEvent): Value {
  const { events } = reading
  const map: Record<string, Value> = {}
  const anchor = openAnchor(reading, node, event, map)
  /** Names that "<<" brought and that no key of this map has replaced. */
  let merged: Set<string> | undefined
  openCollection(reading, node, event, MAP)
  while (events[reading.next]?.type !== POP) {
    const key = reading.next
    const name = readKey(reading)
    if (name === undefined) {
      merged ??= new Set()
      merge(reading, key, map, merged)
      continue
    }
    if (Object.hasOwn(map, name) && !merged?.delete(name)) {
      reading.notes.push({ node: key, message: `the key "${name}" stands twice, the last one wins` })
    }
    setEntry(map, name, readNode(reading, name))
  }
  closeCollection(reading, node, event, anchor)
  return map
}

function setEntry(map: Record<string, Value>, name: string, value: Value): void {
  if (name !== '__proto__') map[name] = value
  else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true })
}

function readList(reading: Reading, node: number, event: SequenceEvent, field: string): Value {
  const { events } = reading
  const list: Value[] = []
  const anchor = openAnchor(reading, node, event, list)
  openCollection(reading, node, event, LIST)
  while (events[reading.next]?.type !== POP) list.push(readNode(reading, field))
  closeCollection(reading, node, event, anchor)
  return list
}

type CollectionEvent = MappingEvent | SequenceEvent

function openCollection(reading: Reading, node: number, event: CollectionEvent, kind: number): void {
  reading.cells[node * 3] = event.start
  reading.cells[node * 3 + 1] = kind
  if (event.style === FLOW) reading.brackets++
}

function closeCollection(reading: Reading, node: number, event: CollectionEvent, anchor: Anchor | undefined): void {
  if (event.style === FLOW) reading.brackets--
  reading.next++
  reading.cells[node * 3 + 2] = reading.next
  if (anchor !== undefined) anchor.nodes = reading.nodes - anchor.nodesBefore
}

/** The name of the key at hand, `undefined` for a merge key. */
function readKey(reading: Reading): string | undefined {
  const node = reading.next++
  const event = reading.events[node]
  reading.nodes++
  let name: string | undefined
  if (event?.type === SCALAR) {
    const text = textOf(reading.text, event)
    const isPlain = event.style === PLAIN && event.tagStart === -1
    if (isPlain && text === '<<') {
      place(reading, node, event, -1)
      return undefined
    }
    const value = scalarOf(reading, event, text)
    name = typeof value === 'string' ? value : keyOf(text, value)
    place(reading, node, event, reading.names.length)
    anchorScalar(reading, node, event, value)
    if (isPlain && name !== undefined && name !== text) {
      reading.notes.push({ node, message: `the key ${text} is read as "${name}", quote it if text is meant` })
    }
  } else if (event?.type === ALIAS) {
    const value = readAlias(reading, node, event)
    name = typeof value === 'object' ? undefined : keyOf(String(value), value)
    reading.cells[node * 3 + 2] = reading.names.length
  }
  if (name === undefined) {
    const { start, end } = spanOfEvent(event)
    throw new Refusal('a key is no text, quote it', start, end)
  }
  reading.names.push(name)
  return name
}

/** Copies the maps after "<<" into `map`. Kubernetes goes by the order: a later "<<" replaces what stands before it. */
function merge(reading: Reading, key: number, map: Record<string, Value>, merged: Set<string>): void {
  const event = reading.events[reading.next]
  const value = readNode(reading, '<<')
  const sources = Array.isArray(value) && event?.type === SEQUENCE ? value.toReversed() : [value]
  const replaced = new Set<string>()
  for (const source of sources) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) {
      const { start, end } = spanOfEvent(event)
      throw new Refusal('"<<" merges maps and there is none after it, quote it if a key is meant', start, end)
    }
    for (const [name, entry] of Object.entries(source as Record<string, Value>)) {
      if (Object.hasOwn(map, name) && !merged.has(name)) replaced.add(name)
      setEntry(map, name, entry)
      merged.add(name)
    }
  }
  const message =
    replaced.size > 0
      ? `"<<" stands after "${[...replaced].join('", "')}" and replaces it, put "<<" first`
      : '"<<" copies another map into this one, which not every reader does'
  reading.notes.push({ node: key, message })
}

function openAnchor(
  reading: Reading,
  node: number,
  event: ScalarEvent | CollectionEvent,
  value: Value,
): Anchor | undefined {
  if (event.anchorStart === -1) return undefined
  const name = reading.text.slice(event.anchorStart, event.anchorEnd)
  if (!ANCHOR_NAME.test(name)) {
    throw new Refusal(
      `the anchor "${name}" has a character that no anchor may have`,
      event.anchorStart,
      event.anchorEnd,
    )
  }
  const anchor = { node, value, nodesBefore: reading.nodes - 1, nodes: 0 }
  reading.anchors.set(name, anchor)
  return anchor
}

function anchorScalar(reading: Reading, node: number, event: ScalarEvent, value: Scalar): void {
  const anchor = openAnchor(reading, node, event, value)
  if (anchor !== undefined) anchor.nodes = 1
}

const ANCHOR_NAME = /^[-\w]+$/

function readAlias(reading: Reading, node: number, event: AliasEvent): Value {
  const { anchorStart: start, anchorEnd: end } = event
  const name = reading.text.slice(start, end)
  const anchor = reading.anchors.get(name)
  if (anchor === undefined) {
    throw new Refusal(
      `there is no anchor "${name}" before this alias, quote the value if text is meant`,
      start - 1,
      end,
    )
  }
  if (anchor.nodes === 0)
    throw new Refusal(`the anchor "${name}" contains itself, which no manifest can`, start - 1, end)
  reading.cells[node * 3] = start - 1
  reading.cells[node * 3 + 1] = end
  reading.cells[node * 3 + 2] = -1 - anchor.node
  reading.nodes += anchor.nodes
  reading.aliased += anchor.nodes
  if (reading.aliased > 100 && reading.nodes > 1000 && reading.aliased > reading.nodes * aliasShare(reading.nodes)) {
    throw new Refusal('aliases blow the document up beyond what Kubernetes reads, write the fields out', start - 1, end)
  }
  return anchor.value
}

/** The part of all visited nodes that aliases may bring: the limits of Kubernetes' own YAML reader. */
function aliasShare(nodes: number): number {
  return 0.99 - 0.89 * Math.min(Math.max((nodes - 400_000) / 3_600_000, 0), 1)
}

function readScalar(reading: Reading, node: number, event: ScalarEvent, field: string): Value {
  const text = textOf(reading.text, event)
  const value = scalarOf(reading, event, text)
  place(reading, node, event, node + 1)
  anchorScalar(reading, node, event, value)
  if (typeof value === 'string' || value === null || event.style !== PLAIN) return value
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Refusal(`${text} is a number that JSON cannot hold, quote it`, event.valueStart, event.valueEnd)
  }
  if (String(value) !== text && event.tagStart === -1) {
    const message = surprise(text, value, field)
    if (message !== undefined) reading.notes.push({ node, message })
  }
  return value
}

/** Fields that hold file modes, which people write in octal and mean so. */
const MODE_FIELDS: ReadonlySet<string> = new Set(['mode', 'defaultMode'])

/** What to say about a plain scalar that is read otherwise than most people would. */
function surprise(text: string, value: Scalar, field: string): string | undefined {
  if (typeof value === 'boolean') {
    return /^(?:true|false)$/i.test(text) ? undefined : `${text} is read as ${value}, quote it if text is meant`
  }
  if (/^[-+]?0[0-7_]+$/.test(text)) {
    return MODE_FIELDS.has(field) ? undefined : `${text} is octal and read as ${value}, quote it if text is meant`
  }
  if (/^[-+]?0[0-9b]|_/i.test(text)) return `${text} is read as ${value}, quote it if text is meant`
  if (/^[-+]?\d{17,}$/.test(text) && typeof value === 'number') {
    return `${text} is too large for an integer and loses digits, quote it if text is meant`
  }
  return undefined
}

function textOf(text: string, event: ScalarEvent): string {
  if (event.fast) return text.slice(event.valueStart, event.valueEnd)
  const value = getScalarValue(text, event)
  // In Kubernetes the last line of a block scalar has a line break only where the text has one.
  const isUnended = event.style > DOUBLE_QUOTED && event.valueEnd === text.length && !text.endsWith('\n')
  return isUnended && value.endsWith('\n') ? value.slice(0, -1) : value
}

function scalarOf(reading: Reading, event: ScalarEvent, text: string): Scalar {
  if (event.tagStart !== -1) return taggedValue(reading, event, text)
  return event.style === PLAIN ? resolvePlain(text) : text
}

function taggedValue(reading: Reading, event: ScalarEvent, text: string): Scalar {
  const tag = reading.text.slice(event.tagStart, event.tagEnd)
  const value = resolveTagged(fullTag(tag, reading.tagPrefixes), text)
  if (value === undefined) throw new Refusal(`"${text}" is no ${tag}`, event.tagStart, event.tagEnd)
  return value
}

function fullTag(tag: string, prefixes: ReadonlyMap<string, string>): string {
  if (tag.startsWith('!<')) return tag.slice(2, -1)
  const handle = tag.slice(0, tag.indexOf('!', 1) + 1)
  const prefix = prefixes.get(handle)
  return prefix === undefined ? tag : prefix + tag.slice(handle.length)
}

/** Notes where a scalar stands: with its quotes, a block scalar with its header and without its last line break. */
function place(reading: Reading, node: number, event: ScalarEvent, link: number): void {
  const { cells, text } = reading
  const { style, valueStart, valueEnd } = event
  const cell = node * 3
  cells[cell + 2] = link
  if (style === PLAIN) {
    cells[cell] = valueStart
    cells[cell + 1] = valueEnd
    if (reading.brackets > 0 && valueStart !== -1) refuseInBrackets(text, valueStart, valueEnd)
  } else if (style === SINGLE_QUOTED || style === DOUBLE_QUOTED) {
    cells[cell] = valueStart - 1
    cells[cell + 1] = valueEnd + 1
  } else {
    const header = lineStartAt(text, valueStart - 1)
    const start = header + text.slice(header, valueStart).search(/[|>][-+0-9]*(?:[ \t]+#.*)?\s*$/)
    const content = text.slice(valueStart, valueEnd)
    const tab = /^(?: *\r?\n)* *\t/.exec(content)
    if (tab !== null && event.indent > 0 && !/\d/.test(text.slice(start, start + 3))) {
      throw refusedTab(valueStart + tab[0].length - 1)
    }
    const ending = event.chomping === KEEP ? 0 : (/[\r\n]*$/.exec(content.slice(-2))?.[0].length ?? 0)
    cells[cell] = start
    cells[cell + 1] = Math.max(valueEnd - ending, start + 1)
  }
}

const COLON_AT_BRACKET = /[ \t]*:[,[\]{}]/y

/** Within brackets js-yaml, which reads YAML 1.2, takes some plain scalars apart in another way than Kubernetes does. */
function refuseInBrackets(text: string, start: number, end: number): void {
  COLON_AT_BRACKET.lastIndex = end
  const colon = text[start] === ':' || COLON_AT_BRACKET.test(text)
  if (colon) throw new Refusal('":" has no space after it, add one or quote the text', start, end)
  if (text.slice(start, end).includes('?'))
    throw new Refusal('"?" stands in an unquoted value in brackets, quote the value', start, end)
}

const INDENTING_TAB = /^(?: *[-?][ ?-]*)?\t/gm

/** A tab at the start of a line, or after the "-" of an item, is an error unless quotes or brackets are open around it. */
function refuseTabs(document: Document): void {
  const { text, cells } = document
  let node = ROOT
  let covered = 0
  for (const match of text.matchAll(INDENTING_TAB)) {
    const tab = match.index + match[0].length - 1
    for (; node * 3 < cells.length && startOf(document, node) <= tab; node++) {
      const isBlock = kindOf(document, node) < -1 && !isFlow(document, node)
      if (!isBlock) covered = Math.max(covered, endOf(document, node))
    }
    if (covered <= tab) throw refusedTab(tab)
  }
}

function spanOfEvent(event: Event | undefined): Span {
  switch (event?.type) {
    case SCALAR:
      return event.valueStart === -1 ? { start: 0, end: 0 } : { start: event.valueStart, end: event.valueEnd }
    case ALIAS:
      return { start: event.anchorStart - 1, end: event.anchorEnd }
    case MAPPING:
    case SEQUENCE:
      return { start: event.start, end: event.start + 1 }
  }
  return { start: 0, end: 0 }
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

function kindOf(document: Document, node: number): number {
  return document.cells[node * 3 + 1] ?? -1
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
  const kind = kindOf(document, node)
  const entries: Entry[] = []
  if (kind !== MAP && kind !== LIST) return entries
  const end = linkOf(document, node) - 1
  for (let next = node + 1; next < end; ) {
    const child = kind === MAP ? next + 1 : next
    entries.push({ key: kind === MAP ? next : -1, node: child })
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
  const kind = kindOf(document, node)
  if (kind !== MAP && kind !== LIST) return kind
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
