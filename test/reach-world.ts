import { type Document, isCollection, isNode, isPair, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { Manifest, Position, Source } from '../src/manifest/manifest.ts'
import { type Index, indexOf } from '../src/manifest/manifest-index.ts'
import type { FieldPath } from '../src/manifest/path.ts'

/** The index over manifests written as one YAML text, with the positions of their fields in `world.yaml`. */
export function world(text: string): Index {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines }) as Document.Parsed[]
  const sources = documents.flatMap((document): Source[] => {
    const manifest = document.toJS() as Manifest | null
    if (manifest === null) return []
    return [{ file: 'world.yaml', manifest, range: path => rangeOf(document, path, lines) }]
  })
  return indexOf(sources, { profile: 'standard' })
}

/** The index over manifests as data, which stand nowhere. */
export function worldOf(manifests: readonly Manifest[]): Index {
  const nowhere: Position = { line: 1, column: 1, offset: 0 }
  const range = () => ({ start: nowhere, end: nowhere })
  return indexOf(
    manifests.map(manifest => ({ file: 'world.yaml', manifest, range })),
    { profile: 'standard' },
  )
}

function rangeOf(document: Document, path: FieldPath, lines: LineCounter) {
  let node: unknown = document.contents
  let range = isNode(node) ? node.range : undefined
  for (const step of path) {
    if (!isCollection(node)) break
    const item = node.items.find((item, nth) =>
      isPair(item) ? (isScalar(item.key) ? item.key.value : item.key) === step : nth === step,
    )
    if (item === undefined) break
    const key = isPair(item) ? item.key : item
    range = isNode(key) ? (key as Node).range : range
    node = isPair(item) ? item.value : item
  }
  const [start = 0, end = start] = range ?? []
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, offset }
  }
  return { start: position(start), end: position(end) }
}
