/** A configuration file in sections of keys, as Python's configparser reads it for Odoo. */
export interface Ini {
  /** `key` for the section `options`, which is Odoo's, `section.key` for any other. Keys are lower case. */
  readonly entries: ReadonlyMap<string, string>
  /** Lines that are neither section, key nor comment: template directives. */
  readonly others: readonly string[]
}

const SECTION = /^\[([^\]]+)\]\s*$/

/** The file, or `undefined` when it has no section and so is another format. The last of equal keys wins. */
export function parseIni(text: string): Ini | undefined {
  const entries = new Map<string, string>()
  const others: string[] = []
  let section: string | undefined
  let key: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;].*)?$/.test(line)) continue
    const [, header] = SECTION.exec(line) ?? []
    const delimiter = line.search(/[=:]/)
    if (header !== undefined) {
      section = header
      key = undefined
    } else if (/^\s/.test(line) && key !== undefined) {
      entries.set(key, `${entries.get(key) ?? ''}\n${line.trim()}`)
    } else if (section === undefined || delimiter < 1 || line.startsWith('{{')) {
      others.push(line)
    } else {
      const name = line.slice(0, delimiter).trim().toLowerCase()
      key = section === 'options' ? name : `${section}.${name}`
      entries.set(key, line.slice(delimiter + 1).trim())
    }
  }
  return section === undefined ? undefined : { entries, others }
}
