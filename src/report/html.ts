import { printable } from './printable.ts'

/** Text that is HTML or SVG already. Nothing else makes one but `html` and `raw`. */
export interface Markup {
  readonly markup: string
}

type Piece = string | number | Markup | readonly Piece[] | undefined

/**
 * A piece of HTML. What is put in is text, of an element or of an attribute in double quotes, and is written so that it stays
 * text; markup and lists of it are put in as they are, `undefined` as nothing.
 */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let markup = strings[0] ?? ''
  for (const [nth, piece] of pieces.entries()) markup += written(piece) + (strings[nth + 1] ?? '')
  return { markup }
}

/** Text of ours that is markup: a style sheet, a script. */
export function raw(markup: string): Markup {
  return { markup }
}

function written(piece: Piece): string {
  if (piece === undefined) return ''
  if (typeof piece === 'object') return 'markup' in piece ? piece.markup : piece.map(written).join('')
  return String(piece)
    .split('\n')
    .map(printable)
    .join('\n')
    .replace(/[&<>"']/g, character => ENTITIES[character] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
