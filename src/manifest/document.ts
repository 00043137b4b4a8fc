import { createRequire } from 'node:module'
import type { AliasEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml'
import { lineStartAt } from './lines.ts'
import type { Value } from './manifest.ts'
import { indentingTab, type Span } from './place.ts'
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
  /** Whether the message quotes a value, which may be secret. Messages of a `Refusal` never do. */
  readonly revealing?: boolean
}

/** The root node: node 0 is the document. */
export const ROOT = 1

/** Stand for the end of a collection. */
export const MAP = -2
export const LIST = -3

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
  const tab = text.includes('\t') ? indentingTab(document) : undefined
  if (tab !== undefined) throw refusedTab(tab)
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
      mark(reading, node, event, -1)
      return undefined
    }
    const value = scalarOf(reading, event, text)
    name = typeof value === 'string' ? value : keyOf(text, value)
    mark(reading, node, event, reading.names.length)
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
    const message = 'the name of an anchor has a character that none may have, quote the value if text is meant'
    throw new Refusal(message, event.anchorStart - 1, event.anchorEnd)
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
    const message = 'there is no anchor of this name before the alias, quote the value if text is meant'
    throw new Refusal(message, start - 1, end)
  }
  if (anchor.nodes === 0) throw new Refusal('the anchor contains itself, as no manifest can', start - 1, end)
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
  mark(reading, node, event, node + 1)
  anchorScalar(reading, node, event, value)
  if (typeof value === 'string' || value === null || event.style !== PLAIN) return value
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Refusal('value is a number that JSON cannot hold, quote it', event.valueStart, event.valueEnd)
  }
  if (String(value) !== text && event.tagStart === -1) {
    const message = surprise(text, value, field)
    if (message !== undefined) reading.notes.push({ node, message, revealing: true })
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
  if (value === undefined) throw new Refusal(`value is no ${tag}`, event.tagStart, event.tagEnd)
  return value
}

function fullTag(tag: string, prefixes: ReadonlyMap<string, string>): string {
  if (tag.startsWith('!<')) return tag.slice(2, -1)
  const handle = tag.slice(0, tag.indexOf('!', 1) + 1)
  const prefix = prefixes.get(handle)
  return prefix === undefined ? tag : prefix + tag.slice(handle.length)
}

/** Notes where a scalar stands, with its quotes or the header of its block. */
function mark(reading: Reading, node: number, event: ScalarEvent, link: number): void {
  const { style, valueStart, valueEnd } = event
  let start = valueStart
  let end = valueEnd
  if (style === PLAIN) {
    if (reading.brackets > 0 && start !== -1) refuseInBrackets(reading.text, start, end)
  } else if (style === SINGLE_QUOTED || style === DOUBLE_QUOTED) {
    start--
    end++
  } else {
    start = headerOf(reading.text, event)
    end = Math.max(contentEnd(reading.text, event), start + 1)
  }
  const cell = node * 3
  reading.cells[cell] = start
  reading.cells[cell + 1] = end
  reading.cells[cell + 2] = link
}

/** The offset of the "|" or ">" above a block scalar. */
function headerOf(text: string, { valueStart, valueEnd }: ScalarEvent): number {
  const line = lineStartAt(text, valueStart - 1)
  const start = line + text.slice(line, valueStart).search(/[|>][-+0-9]*(?:[ \t]+#.*)?\s*$/)
  const isIndentGiven = /\d/.test(text.slice(start, start + 3))
  const tab = isIndentGiven ? null : /^(?: *\r?\n)* *\t/.exec(text.slice(valueStart, valueEnd))
  if (tab !== null) throw refusedTab(valueStart + tab[0].length - 1)
  return start
}

/** The end of a block scalar, without its last line break unless the header keeps it. */
function contentEnd(text: string, { chomping, valueEnd }: ScalarEvent): number {
  if (chomping === KEEP || !text.startsWith('\n', valueEnd - 1)) return valueEnd
  return text.startsWith('\r', valueEnd - 2) ? valueEnd - 2 : valueEnd - 1
}

const COLON_AT_BRACKET = /[ \t]*:[,[\]{}]/y

/** Within brackets js-yaml, which reads YAML 1.2, takes some plain scalars apart in another way than Kubernetes does. */
function refuseInBrackets(text: string, start: number, end: number): void {
  COLON_AT_BRACKET.lastIndex = end
  if (text[start] === ':' || COLON_AT_BRACKET.test(text)) {
    throw new Refusal('":" has no space after it, add one or quote the text', start, end)
  }
  if (text.slice(start, end).includes('?')) {
    throw new Refusal('"?" stands in an unquoted value in brackets, quote the value', start, end)
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
