import { parseAllDocuments } from 'yaml'
import { type Fields, fieldsOf, isFields } from '../src/manifest/value.ts'
import { KUSTOMIZATION, UNIT_FILE } from '../src/synth/layout.ts'

/** Characters of two values that no longer stand on one line. */
const LONG = 120

/** Files by their path. */
export type Files = ReadonlyMap<string, string>

/**
 * What differs between two trees, for a person to read: by folder the files that come and go, and of those that change the
 * fields, `path: before → after`. Files that change alike stand together. The kustomization says nothing that the list of
 * files does not say, and of `unit.json` only the promoted half counts.
 */
export function treeDiff(before: Files, after: Files): string {
  const folders = new Map<string, { added: string[]; removed: string[]; changed: Map<string, string[]> }>()
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    if (path.endsWith(`/${KUSTOMIZATION}`)) continue
    const [old, now] = [before.get(path), after.get(path)]
    if (old === now) continue
    const [folder, file] = split(path)
    const found = folders.get(folder) ?? { added: [], removed: [], changed: new Map<string, string[]>() }
    if (old === undefined) found.added.push(file)
    else if (now === undefined) found.removed.push(file)
    else {
      const [kinds, others] = [kindsOf(path, old), kindsOf(path, now)]
      const lines =
        kinds === others ? alike(differences(flat(path, old), flat(path, now))).join('\n') : `${kinds} → ${others}`
      if (lines === '') continue
      found.changed.set(lines, [...(found.changed.get(lines) ?? []), file])
    }
    folders.set(folder, found)
  }
  return [...folders]
    .map(([folder, { added, removed, changed }]) =>
      [
        `## ${folder}`,
        ...added.map(file => `added    ${file}`),
        ...removed.map(file => `removed  ${file}`),
        ...[...changed].flatMap(([lines, files]) => [
          ...files.map(file => `changed  ${file}`),
          ...lines.split('\n').map(line => `           ${line}`),
        ]),
        '',
      ].join('\n'),
    )
    .join('\n')
}

/** A unit, or a folder of pages; and the file in it. */
function split(path: string): [folder: string, file: string] {
  const steps = path.split('/')
  const depth = path.startsWith('environments/') ? 3 : 1
  return [steps.slice(0, depth).join('/'), steps.slice(depth).join('/')]
}

/** The values of a file by their paths; a page is one text. */
function flat(path: string, text: string): Map<string, string> {
  const values = new Map<string, string>()
  if (path.endsWith(`/${UNIT_FILE}`)) flatten(values, 'promoted', JSON.parse(text).promoted)
  else if (path.endsWith('.yaml')) for (const document of documentsOf(text)) flatten(values, '', document)
  else values.set('', text)
  return values
}

/** What a person calls the entries of a list; their indexes where they have no names of their own. */
function entryNames(entries: readonly unknown[]): readonly (string | number)[] {
  const ways: ((entry: Fields) => readonly unknown[])[] = [
    ({ name, alert, record }) => [name ?? alert ?? record],
    ({ tenant, name, environment }) => [tenant, name ?? environment],
    ({ name, alert, record, labels }) => [name ?? alert ?? record, fieldsOf(labels).severity],
  ]
  for (const way of ways) {
    const names = entries.map(entry =>
      way(fieldsOf(entry))
        .filter(part => typeof part === 'string')
        .join('/'),
    )
    if (!names.includes('') && new Set(names).size === names.length) return names
  }
  return [...entries.keys()]
}

function flatten(values: Map<string, string>, path: string, value: unknown): void {
  const dot = path === '' ? '' : '.'
  if (isFields(value) && Object.keys(value).length > 0) {
    for (const [key, child] of Object.entries(value)) {
      flatten(values, /[./]/.test(key) ? `${path}["${key}"]` : `${path}${dot}${key}`, child)
    }
  } else if (Array.isArray(value) && value.some(isFields)) {
    const names = entryNames(value)
    for (const [index, child] of value.entries()) flatten(values, `${path}[${names[index]}]`, child)
  } else values.set(path, typeof value === 'string' ? value : JSON.stringify(value))
}

function documentsOf(text: string): unknown[] {
  return parseAllDocuments(text).map(document => document.toJS())
}

/** The kinds of a file's objects; a file that comes to hold others is another file. */
function kindsOf(path: string, text: string): string {
  if (!path.endsWith('.yaml')) return ''
  return documentsOf(text)
    .map(document => String(fieldsOf(document).kind ?? ''))
    .join(', ')
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap(path => {
    const [old, now] = [before.get(path), after.get(path)]
    if (old === now) return []
    if (old !== undefined && now !== undefined && old.length + now.length > LONG && !`${old}${now}`.includes('\n')) {
      return [`${path}:`, `  - ${old}`, `  + ${now}`]
    }
    if (old?.includes('\n') || now?.includes('\n')) {
      const lines = lineDifferences((old ?? '').split('\n'), (now ?? '').split('\n'))
      return path === '' ? lines : [`${path}:`, ...lines.map(line => `  ${line}`)]
    }
    return [`${path}: ${old ?? 'nothing'} → ${now ?? 'nothing'}`]
  })
}

/** Several entries of one list that change alike, as one line. */
function alike(lines: readonly string[]): string[] {
  const together = new Map<string, string[]>()
  for (const [index, line] of lines.entries()) {
    const entry = /^(\S*)\[[^\]"]+\](\S*: .* → .*)/.exec(line)
    const key = entry === null ? `${index}` : `${entry[1]}[*]${entry[2]}`
    together.set(key, [...(together.get(key) ?? []), line])
  }
  return [...together].flatMap(([key, same]) => (same.length === 1 ? same : [`${key} (${same.length} times)`]))
}

/** The lines that go and come, by a longest common subsequence. */
function lineDifferences(before: readonly string[], after: readonly string[]): string[] {
  const longest = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  const at = (row: number, column: number) => longest[row]?.[column] ?? 0
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const best =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
      longest[row]?.splice(column, 1, best)
    }
  }
  const lines: string[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      row += 1
      column += 1
    } else if (row < before.length && (column === after.length || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(`- ${before[row]}`)
      row += 1
    } else {
      lines.push(`+ ${after[column]}`)
      column += 1
    }
  }
  return lines
}
