import { type Document, documentOf, ROOT } from './document.ts'
import { isKustomization } from './kustomization.ts'
import { type Lines, lineEndAt, linesOf } from './lines.ts'
import type { Manifest, Range, Source } from './manifest.ts'
import type { FieldPath } from './path.ts'
import { contains, itemsOf, pathTo, type Site, type Span, siteAt, spanAt, spanOf } from './place.ts'
import { Refusal } from './syntax.ts'
import { type Fields, isFields, listOf, textOf } from './value.ts'

/** Something that Kubernetes could not read either, so nothing is known of the manifests in it. */
export interface Problem {
  readonly file: string
  readonly range: Range
  /** What is wrong and the thing to change. */
  readonly message: string
}

/** Something that is read, but hardly as it was meant. */
export interface Remark {
  readonly file: string
  readonly range: Range
  /** From the root of the manifest; without a `source`, from the root of the list around the manifests. */
  readonly at: FieldPath
  readonly message: string
  readonly source?: Source
}

/** What a part of a file is instead of a manifest. */
export type SkipReason =
  | 'empty file'
  | 'empty document'
  | 'empty list'
  | 'not a map'
  | 'no apiVersion and kind'
  | 'kustomization'
  | 'patch'
  | 'template text'
  | 'text after the end of the document'

export interface Skipped {
  readonly reason: SkipReason
  readonly range: Range
}

/** A manifest in its file, for those who edit it. */
export interface ParsedSource extends Source {
  /** How the value at `path`, or its nearest present ancestor, stands there; offsets are into the file. */
  site(path: FieldPath): Site
}

export interface Parsed {
  readonly sources: readonly ParsedSource[]
  readonly problems: readonly Problem[]
  readonly remarks: readonly Remark[]
  readonly skipped: readonly Skipped[]
}

interface Reading {
  readonly file: string
  readonly text: string
  readonly lines: Lines
  readonly sources: ParsedSource[]
  readonly problems: Problem[]
  readonly remarks: Remark[]
  readonly skipped: Skipped[]
}

/** A document in its file. */
interface Placed {
  readonly document: Document
  /** The offset in the file at which the text of the document starts. */
  readonly base: number
  /** The manifests found in the document, with the node of each. */
  readonly found: { readonly node: number; readonly source: ParsedSource }[]
}

/** What Kubernetes' YAML reader calls printable, and therefore accepts. */
const UNPRINTABLE = /[^\t\n\r -~\x85\xa0-\ufffd]/

/**
 * The manifests in a file of YAML or JSON, as Kubernetes reads them. Never throws: what cannot be read is a problem, and the other
 * documents of the file are read all the same. The items of a `List` are manifests of their own.
 *
 * `metadata` is always there and its `name` is text: `generateName` where there is no name, else empty. A namespace that is null
 * or empty is left out, as the API server does. A `metadata`, name or namespace of another type is a problem.
 */
export function parseManifests(file: string, text: string): Parsed {
  const reading: Reading = { file, text, lines: linesOf(text), sources: [], problems: [], remarks: [], skipped: [] }
  const unprintable = text.search(UNPRINTABLE)
  if (unprintable === -1) readChunks(reading)
  else refuseBinary(reading, unprintable)
  const { sources, problems, remarks, skipped } = reading
  return { sources, problems, remarks, skipped }
}

function refuseBinary(reading: Reading, offset: number): void {
  const code = reading.text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')
  const message =
    code === '0000'
      ? 'NUL byte in the file, which is no text in UTF-8'
      : `control character U+${code}, which no manifest may hold, remove it`
  refuse(reading, offset, offset + 1, message)
}

function refuse(reading: Reading, start: number, end: number, message: string): void {
  reading.problems.push({ file: reading.file, range: reading.lines.range(start, end), message })
}

function skip(reading: Reading, start: number, end: number, reason: SkipReason): void {
  reading.skipped.push({ reason, range: reading.lines.range(start, end) })
}

const BYTE_ORDER_MARK = '\ufeff'
const MARK = '---'
/** Blank lines and comments. A comment takes its line break along, or the pattern would match in many ways, slowly. */
const BLANK = /^\s*(?:#[^\n]*\n\s*)*(?:#[^\n]*)?$/
const DIRECTIVE = /^\s*(?:#[^\n]*\n\s*)*%/

/** Splits the text at the lines of "---" before any YAML is read, as Kubernetes does: an error then stays in its own document. */
function readChunks(reading: Reading): void {
  const { text } = reading
  const first = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  let start = first
  let mark = text.startsWith(MARK, first) ? first : nextMark(text, first)
  while (mark !== -1) {
    const next = nextMark(text, mark)
    const before = text.slice(start, mark)
    // Directives belong to the document after the mark.
    if (!DIRECTIVE.test(before)) {
      if (before !== '' && (start > first || !BLANK.test(before))) readChunk(reading, start, before)
      const lineEnd = lineEndAt(text, mark)
      const beside = text.slice(mark + MARK.length, lineEnd).trim()
      start = lineEnd
      if (beside !== '' && !beside.startsWith('#')) {
        refuse(reading, mark, mark + MARK.length, 'text follows "---" on the same line, move it to the next line')
        start = next === -1 ? text.length : next
      }
    }
    mark = next
  }
  const rest = text.slice(start)
  if (!BLANK.test(rest)) readChunk(reading, start, rest)
  const nothing = reading.sources.length + reading.problems.length + reading.skipped.length === 0
  if (nothing) skip(reading, first, text.length, 'empty file')
}

function nextMark(text: string, from: number): number {
  const found = text.indexOf(`\n${MARK}`, from)
  return found === -1 ? -1 : found + 1
}

/** Kubernetes reads no further than this, whatever follows in the chunk. */
const DOCUMENT_END = /^\.\.\.(?:\s|$)/m

function readChunk(reading: Reading, base: number, chunk: string): void {
  const end = chunk.includes('...') ? chunk.search(DOCUMENT_END) : -1
  const text = end === -1 ? chunk : chunk.slice(0, end)
  const ignored = end === -1 ? chunk.length : end + '...'.length
  try {
    const document = documentOf(text)
    if (document === undefined || document.value === null) skip(reading, base, base + text.length, 'empty document')
    else readDocument(reading, document, base)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (isTemplate(reading.text, text)) skip(reading, base, base + text.length, 'template text')
    else refuse(reading, base + error.start, base + error.end, error.message)
  }
  if (!BLANK.test(chunk.slice(ignored))) {
    skip(reading, base + ignored, base + chunk.length, 'text after the end of the document')
  }
}

/** What only the templates of Helm charts say; alerts and other manifests hold `{{ }}` of their own. */
const HELM =
  /\{\{[^{}]*(?:\.(?:Values|Release|Chart|Capabilities|Files|Template)\b|\b(?:include|define|toYaml|tpl)\b)|\{\{-?\s*\/\*/

function isTemplate(file: string, chunk: string): boolean {
  return chunk.includes('{{') && HELM.test(file)
}

function readDocument(reading: Reading, document: Document, base: number): void {
  const placed: Placed = { document, base, found: [] }
  const { value } = document
  const reason = isPatch(document) ? 'patch' : isFields(value) ? readObject(reading, placed, ROOT, value) : 'not a map'
  if (reason !== undefined) {
    const { start, end } = spanAt(document, ROOT, [])
    skip(reading, base + start, base + end, reason)
  }
  for (const { source } of placed.found) reading.sources.push(source)
  if (document.notes.length > 0 && reason === undefined) remark(reading, placed)
}

const KUSTOMIZE = 'kustomize.config.k8s.io/'

/** Takes the manifests in a map. Tells what the map is when it holds none. */
function readObject(reading: Reading, placed: Placed, node: number, fields: Fields): SkipReason | undefined {
  const { apiVersion, kind, metadata } = fields
  if (!isName(apiVersion) || !isName(kind)) {
    if (isKustomization(reading.file)) return 'kustomization'
    if (!isFields(metadata) || (apiVersion === undefined && kind === undefined)) return 'no apiVersion and kind'
    const missing = isName(kind) ? 'apiVersion' : 'kind'
    refuseField(reading, placed, node, [missing], `manifest has no "${missing}", so the API server refuses it`)
    return undefined
  }
  if (apiVersion.startsWith(KUSTOMIZE)) return 'kustomization'
  if (kind.endsWith('List') && (kind === 'List' || Array.isArray(fields.items))) {
    const common = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) }
    return readItems(reading, placed, node, listOf(fields.items), common)
  }
  return readManifest(reading, placed, node, fields)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Takes the manifests in the items of a list; `common` holds the fields that an item of a typed list may leave out. */
function readItems(
  reading: Reading,
  placed: Placed,
  list: number,
  items: readonly unknown[],
  common: Fields,
): SkipReason | undefined {
  for (const [index, node] of itemsOf(placed.document, list, 'items').entries()) {
    const item = items[index]
    const reason = isFields(item) ? readObject(reading, placed, node, { ...common, ...item }) : 'not a map'
    if (reason !== undefined) refuseField(reading, placed, node, [], `item of the list is no manifest: ${reason}`)
  }
  return items.length === 0 ? 'empty list' : undefined
}

function readManifest(reading: Reading, placed: Placed, node: number, fields: Fields): SkipReason | undefined {
  const metadata = fields.metadata ?? {}
  if (!isFields(metadata)) {
    refuseField(reading, placed, node, ['metadata'], '"metadata" is no map, put the name of the manifest in it')
    return undefined
  }
  for (const field of ['name', 'namespace']) {
    const value = metadata[field] ?? ''
    if (typeof value === 'string') continue
    refuseField(reading, placed, node, ['metadata', field], `"metadata.${field}" is no text, quote it`)
    return undefined
  }
  const manifest = isManifest(fields) ? fields : completed(fields, metadata)
  if (`${manifest.apiVersion}${manifest.kind}${manifest.metadata.name}`.includes('{{')) return 'template text'
  const { document, base } = placed
  const source: ParsedSource = {
    file: reading.file,
    manifest,
    range: path => {
      const { start, end } = spanAt(document, node, path)
      return reading.lines.range(base + start, base + end)
    },
    site: path => shifted(siteAt(document, node, path), base),
  }
  placed.found.push({ node, source })
  return undefined
}

function shifted({ span, key, entries, ...site }: Site, base: number): Site {
  const move = ({ start, end }: Span): Span => ({ start: base + start, end: base + end })
  return {
    ...site,
    ...(span === undefined ? {} : { span: move(span) }),
    ...(key === undefined ? {} : { key: move(key) }),
    entries: entries.map(({ key: own, value, ...entry }) => ({
      ...entry,
      key: move(own),
      ...(value === undefined ? {} : { value: move(value) }),
    })),
  }
}

function isManifest(fields: Fields): fields is Manifest {
  const { apiVersion, kind, metadata } = fields
  if (!isName(apiVersion) || !isName(kind) || !isFields(metadata) || typeof metadata.name !== 'string') return false
  return metadata.namespace === undefined || isName(metadata.namespace)
}

/** The manifest with the name and namespace in its metadata that `parseManifests` promises. */
function completed(fields: Fields, metadata: Fields): Manifest {
  const { namespace, ...others } = metadata
  const name = textOf(metadata.name) ?? textOf(metadata.generateName) ?? ''
  return {
    ...fields,
    apiVersion: textOf(fields.apiVersion) ?? '',
    kind: textOf(fields.kind) ?? '',
    metadata: { ...others, name, ...(isName(namespace) ? { namespace } : {}) },
  }
}

/** Of the two kinds of patches, a list of operations and a manifest with directives. */
function isPatch({ value, names }: Document): boolean {
  if (!Array.isArray(value)) return names.includes('$patch')
  return value.length > 0 && value.every(each => isFields(each) && isName(each.op) && isName(each.path))
}

function refuseField(reading: Reading, placed: Placed, node: number, at: FieldPath, message: string): void {
  const { start, end } = spanAt(placed.document, node, at)
  refuse(reading, placed.base + start, placed.base + end, message)
}

const MASKED = 'unquoted value is read as something else than text, quote it if text is meant'

function remark(reading: Reading, { document, base, found }: Placed): void {
  const { file, lines } = reading
  let next = 0
  for (const { node, message, revealing } of document.notes.toSorted((a, b) => a.node - b.node)) {
    while (next < found.length && (found[next]?.node ?? 0) <= node) next++
    const before = found[next - 1]
    const owner = before !== undefined && contains(document, before.node, node) ? before : undefined
    const { start, end } = spanOf(document, node) ?? spanAt(document, ROOT, [])
    reading.remarks.push({
      file,
      range: lines.range(base + start, base + end),
      at: pathTo(document, owner?.node ?? ROOT, node),
      message: revealing === true && owner?.source.manifest.kind === 'Secret' ? MASKED : message,
      ...(owner === undefined ? {} : { source: owner.source }),
    })
  }
}
