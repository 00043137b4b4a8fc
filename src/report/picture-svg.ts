import { html, type Markup } from './html.ts'
import type { PictureNode } from './picture.ts'
import { type Box, isPill, LONGEST_NOTE, LONGEST_TITLE, type PlacedPicture, type Point } from './picture-layout.ts'

/**
 * A picture as inline SVG, coloured by the style sheet around it. Pods are links to what is said of them.
 *
 * @param id begins every id in the picture; two pictures on a page have different ones
 * @param target the id of what is said of a node, none where nothing is
 */
export function pictureSvg(
  id: string,
  title: string,
  { width, height, nodes, frames, edges }: PlacedPicture,
  target: (node: PictureNode) => string | undefined,
): Markup {
  const arrow = `${id}.arrow`
  return html`<svg class="picture${width > BROAD ? ' broad' : ''}" id="${id}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${title}">
<defs><marker id="${arrow}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0.5 8 4 0 7.5z"/></marker></defs>
${frames.map(frame => frameOf(frame.title, frame.box))}
<g class="edges">${edges.map(
    ({ edge, points }) =>
      html`<path class="edge${edge.certain ? '' : ' unknown'}" data-from="${edge.from}" data-to="${edge.to}" d="${curve(points)}" marker-end="url(#${arrow})"/>
`,
  )}</g>
${nodes.map(({ node, box }) => nodeOf(node, box, target(node)))}
</svg>`
}

/** A picture broader than this may be drawn somewhat smaller where it does not fit. */
const BROAD = 1040

function frameOf(title: string, { x, y, width, height }: Box): Markup {
  const zone = /^(app|data|edge|management) zone$/.exec(title)?.[1] ?? 'other'
  return html`<g class="frame ${zone}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/><text x="${x + 14}" y="${y + 19}">${title}</text></g>
`
}

function nodeOf(node: PictureNode, { x, y, width, height }: Box, target: string | undefined): Markup {
  const { key, kind, title, note } = node
  const corner = isPill(kind) ? height / 2 : 7
  const inset = isPill(kind) ? 19 : 14
  const lines =
    note === ''
      ? html`<text class="title" x="${x + inset}" y="${y + 28}">${clipped(title, LONGEST_TITLE)}</text>`
      : html`<text class="title" x="${x + inset}" y="${y + 20}">${clipped(title, LONGEST_TITLE)}</text><text class="note" x="${x + inset}" y="${y + 36}">${clipped(note, LONGEST_NOTE)}</text>`
  const drawn = html`<title>${title}${note === '' ? '' : `, ${note}`}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${corner}"/>${lines}`
  return target === undefined
    ? html`<g class="node ${kind}" data-key="${key}">${drawn}</g>
`
    : html`<a class="node ${kind}" data-key="${key}" href="#${target}">${drawn}</a>
`
}

/** Level at every point, so that an edge leaves and enters nodes from the side. */
function curve([start, ...others]: readonly Point[]): string {
  let path = start === undefined ? '' : `M${start.x} ${start.y}`
  let before = start
  for (const point of others) {
    const { x, y } = point
    const middle = Math.round(((before?.x ?? x) + x) * 5) / 10
    path += before?.y === y ? `H${x}` : `C${middle} ${before?.y} ${middle} ${y} ${x} ${y}`
    before = point
  }
  return path
}

function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
