/** A column of a table: numbers stand to the right. */
export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** Rows in columns with a line of titles above, two spaces between; the empty text without rows. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const all = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, nth) => Math.max(...all.map(row => row[nth]?.length ?? 0)))
  return all
    .map(row => {
      const cells = columns.map(({ align }, nth) => {
        const [text, width] = [row[nth] ?? '', widths[nth] ?? 0]
        return align === 'right' ? text.padStart(width) : text.padEnd(width)
      })
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}
