import type { ReachPart } from '../analysis/reach-part.ts'
import { type DrawnNode, drawingOf } from './reach-drawing.ts'

/** The reach as a Mermaid flowchart, which a forge draws inside a comment. */
export function reachMermaid(reach: ReachPart): string {
  const { nodes, frames, edges } = drawingOf(reach)
  const node = ({ key, lines }: DrawnNode) => `${key}["${lines.map(escaped).join('<br>')}"]`
  return [
    'flowchart LR',
    ...frames.flatMap((frame, nth) => [
      `  subgraph f${nth}["${escaped(frame)}"]`,
      ...nodes.filter(own => own.frame === frame).map(own => `    ${node(own)}`),
      '  end',
    ]),
    ...nodes.filter(({ frame }) => frame === undefined).map(own => `  ${node(own)}`),
    ...edges.map(({ from, to, label, dashed }) => `  ${from} ${dashed ? '-.->' : '-->'}|"${escaped(label)}"| ${to}`),
    '',
  ].join('\n')
}

/** Mermaid has character entities for what would end a label or be taken for markup. */
function escaped(text: string): string {
  return text.replace(/[&"<>#`]/g, character => `#${character.codePointAt(0)};`)
}
