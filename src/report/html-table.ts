import { html, type Markup } from './html.ts'

/** `good` and `bad` are seen and said; `quiet` is there for completeness. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet'

export type Cell = string | { readonly text: string; readonly tone: Tone }

/** A table as data: what a report shows of anything that was computed. */
export interface HtmlTable {
  readonly caption: string
  /** One sentence below the caption. */
  readonly note?: string
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[]
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly Cell[])[]
  /** What stands there instead when there are no rows. */
  readonly empty: string
}

export const left = (title: string) => ({ title, align: 'left' as const })
export const right = (title: string) => ({ title, align: 'right' as const })

/** More rows than these are counted. */
const MOST_ROWS = 400

export function tableMarkup({ caption, note, columns, rows, empty }: HtmlTable): Markup {
  const told = note === undefined ? undefined : html`<p class="note">${note}</p>`
  if (rows.length === 0) {
    return html`<div class="table"><h4>${caption}</h4>${told}<p class="empty">${empty}</p></div>
`
  }
  const classOf = (nth: number) => (columns[nth]?.align === 'right' ? 'number' : 'text')
  const head = columns.map(
    ({ title }, nth) => html`<th role="columnheader" scope="col" class="${classOf(nth)}">${title}</th>`,
  )
  const body = rows.slice(0, MOST_ROWS).map(row => {
    const cells = row.map((cell, nth) => {
      const content = typeof cell === 'string' ? cell : html`<span class="${cell.tone}">${cell.text}</span>`
      return nth === 0
        ? html`<th role="rowheader" scope="row">${content}</th>`
        : html`<td role="cell" class="${classOf(nth)}" data-label="${columns[nth]?.title}">${content}</td>`
    })
    return html`<tr role="row">${cells}</tr>
`
  })
  const more = rows.length - MOST_ROWS
  // On a phone the style sheet makes a list of every row; roles keep it a table for whoever listens.
  return html`<div class="table"><h4>${caption}</h4>${told}
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table role="table">
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">
${body}</tbody>
</table></div>
${more > 0 ? html`<p class="note">and ${more} more</p>` : undefined}</div>
`
}
