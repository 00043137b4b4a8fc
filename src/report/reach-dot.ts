import type { ReachPart } from '../analysis/reach-part.ts'
import { type DrawnNode, drawingOf } from './reach-drawing.ts'

/** The reach in the language of Graphviz. */
export function reachDot(reach: ReachPart): string {
  const { nodes, frames, edges } = drawingOf(reach)
  const node = ({ key, lines }: DrawnNode) => `${key} [label=${quoted(lines.join('\n'))}];`
  return [
    'digraph reach {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...frames.flatMap((frame, nth) => [
      `  subgraph cluster_${nth} {`,
      `    label=${quoted(frame)};`,
      ...nodes.filter(own => own.frame === frame).map(own => `    ${node(own)}`),
      '  }',
    ]),
    ...nodes.filter(({ frame }) => frame === undefined).map(own => `  ${node(own)}`),
    ...edges.map(({ from, to, label, dashed }) => {
      const style = dashed ? ', style=dashed' : ''
      return `  ${from} -> ${to} [label=${quoted(label)}${style}];`
    }),
    '}',
    '',
  ].join('\n')
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
