/** Rows of a table under their headings; text of cells is kept in one line. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(headings), `|${headings.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** Rows alone, for a table whose heading stands in a template; each ends in a line feed. */
export function rows(all: readonly (readonly string[])[]): string {
  return all.map(cells => `| ${cells.map(cell).join(' | ')} |\n`).join('')
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
}

/** A block of commands, as it stands in a list. */
export function commands(indent: number, ...lines: readonly string[]): string {
  return lines.map(line => (line === '' ? '\n' : `${' '.repeat(indent)}${line}\n`)).join('')
}
