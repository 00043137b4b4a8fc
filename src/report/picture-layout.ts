import { Graph, layout } from '@dagrejs/dagre'
import type { NodeKind, Picture, PictureEdge, PictureNode } from './picture.ts'

/** Lengths are in the user units of an SVG, which a browser shows as CSS pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedPicture {
  readonly width: number
  readonly height: number
  readonly nodes: readonly { readonly node: PictureNode; readonly box: Box }[]
  readonly frames: readonly { readonly title: string; readonly box: Box }[]
  readonly edges: readonly { readonly edge: PictureEdge; readonly points: readonly Point[] }[]
}

export interface Point {
  readonly x: number
  readonly y: number
}

const NODE_HEIGHT = 46
const NARROWEST = 92
const WIDEST = 236
/** Room at the sides of a frame, and above for its title. */
const PADDING = 14
const TITLE = 24
const MARGIN = 8

/**
 * Places everything from left to right, each frame together. The same picture gives the same places: dagre decides by the order in
 * which it is told of nodes and edges, and by nothing else.
 */
export function placed(picture: Picture): PlacedPicture {
  const graph = new Graph({ compound: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 26, edgesep: 10, ranksep: 46, marginx: MARGIN, marginy: MARGIN + TITLE })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const title of picture.frames) graph.setNode(frameKey(title), { width: 0, height: 0 })
  for (const node of picture.nodes) {
    graph.setNode(node.key, { width: widthOf(node), height: NODE_HEIGHT })
    if (node.frame !== undefined) graph.setParent(node.key, frameKey(node.frame))
  }
  for (const { from, to } of picture.edges) graph.setEdge(from, to)
  layout(graph)
  const nodes = picture.nodes.map(node => ({ node, box: boxOf(graph.node(node.key)) }))
  const frames = picture.frames.map(title => ({ title, box: around(nodes.filter(({ node }) => node.frame === title)) }))
  const byKey = new Map(nodes.map(({ node, box }) => [node.key, box]))
  const columns = columnsOf(nodes.map(({ box }) => box))
  const both = new Set(picture.edges.map(({ from, to }) => `${to} ${from}`))
  const edges = picture.edges.flatMap(edge => {
    const [from, to] = [byKey.get(edge.from), byKey.get(edge.to)]
    if (from === undefined || to === undefined) return []
    const { points = [] } = graph.edge(edge.from, edge.to) as { readonly points?: readonly Point[] }
    const aside = both.has(`${edge.from} ${edge.to}`) ? (from.x < to.x ? -ASIDE : ASIDE) : 0
    return [{ edge, points: routed(from, to, points, columns, aside) }]
  })
  const corners = [
    ...[...nodes, ...frames].flatMap(({ box: { x, y, width, height } }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
    ...edges.flatMap(({ points }) => points),
  ]
  const [left, right] = extent(corners.map(({ x }) => x))
  const [top, bottom] = extent(corners.map(({ y }) => y))
  const shift = <P extends Point>(point: P): P => ({ ...point, x: round(point.x - left), y: round(point.y - top) })
  return {
    width: round(right - left),
    height: round(bottom - top),
    nodes: nodes.map(({ node, box }) => ({ node, box: shift(box) })),
    frames: frames.map(({ title, box }) => ({ title, box: shift(box) })),
    edges: edges.map(({ edge, points }) => ({ edge, points: points.map(shift) })),
  }
}

/** From the least to the greatest, with a margin on both sides. */
function extent(values: readonly number[]): readonly [number, number] {
  const [least, greatest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const,
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
  )
  return [least - MARGIN, greatest + MARGIN]
}

/** How far from the middle of a node an edge begins that another one comes back beside. */
const ASIDE = 6

/** Where nodes stand: dagre gives all of one rank the same middle. By that middle, how far the widest of them reaches from it. */
type Columns = ReadonlyMap<number, number>

function columnsOf(boxes: readonly Box[]): Columns {
  const columns = new Map<number, number>()
  for (const { x, width } of boxes) {
    const middle = Math.round(x + width / 2)
    columns.set(middle, Math.max(columns.get(middle) ?? 0, width / 2))
  }
  return columns
}

/**
 * An edge from the side of one node to the side of the other that faces it. Where it passes a column of nodes it is level, so that it
 * rises and falls between columns only and touches no node on its way.
 */
function routed(from: Box, to: Box, points: readonly Point[], columns: Columns, aside: number): readonly Point[] {
  const isForward = from.x + from.width / 2 < to.x + to.width / 2
  const [start, end] = isForward ? [from.x + from.width, to.x] : [from.x, to.x + to.width]
  const passed = points.slice(1, -1).flatMap(({ x, y }) => {
    const half = columns.get(Math.round(x))
    if (half === undefined) return []
    const [entry, exit] = isForward ? [x - half, x + half] : [x + half, x - half]
    return [
      { x: entry, y },
      { x: exit, y },
    ]
  })
  return [{ x: start, y: from.y + from.height / 2 + aside }, ...passed, { x: end, y: to.y + to.height / 2 + aside }]
}

function frameKey(title: string): string {
  return `frame ${title}`
}

/** Widths of a letter on average in the widest of the fonts that browsers fall back to, at the sizes of the style sheet. */
const TITLE_LETTER = 8.8
const NOTE_LETTER = 7.3
/** Between text and border, on both sides together. */
const AROUND = 28
/** Ends are round, so the text begins further in. */
const AROUND_PILL = 38

function widthOf({ title, note, kind }: PictureNode): number {
  const text = Math.max(title.length * TITLE_LETTER, note.length * NOTE_LETTER)
  const around = isPill(kind) ? AROUND_PILL : AROUND
  return Math.round(Math.min(WIDEST, Math.max(NARROWEST, text + around)))
}

/** Addresses and hosts are drawn with round ends. */
export function isPill(kind: NodeKind): boolean {
  return kind === 'outside' || kind === 'hosts'
}

/** The most characters of a node's title and of its note. */
export const LONGEST_TITLE = Math.floor((WIDEST - AROUND_PILL) / TITLE_LETTER)
export const LONGEST_NOTE = Math.floor((WIDEST - AROUND_PILL) / NOTE_LETTER)

/** dagre gives the middle. */
function boxOf(label: unknown): Box {
  const { x, y, width, height } = label as Box
  return { x: x - width / 2, y: y - height / 2, width, height }
}

function around(nodes: readonly { readonly box: Box }[]): Box {
  const [left, top] = [Math.min(...nodes.map(({ box }) => box.x)), Math.min(...nodes.map(({ box }) => box.y))]
  const right = Math.max(...nodes.map(({ box }) => box.x + box.width))
  const bottom = Math.max(...nodes.map(({ box }) => box.y + box.height))
  return {
    x: left - PADDING,
    y: top - PADDING - TITLE / 2,
    width: right - left + 2 * PADDING,
    height: bottom - top + 2 * PADDING + TITLE / 2,
  }
}

function round(length: number): number {
  return Math.round(length * 10) / 10
}
