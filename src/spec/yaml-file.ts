import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { Position } from '../manifest/manifest.ts'
import type { FieldPath } from '../manifest/path.ts'
import { InputError, type Problem } from './problem.ts'

/** A YAML file that a person wrote, as plain data that knows where each of its values stands. */
export interface YamlFile {
  readonly file: string
  readonly value: unknown
  /** The key at `path` (of a list element its value); of an absent path, the nearest ancestor that is there. */
  place(path: FieldPath): Place
  /** The value at `path`, or its key when the value is empty. */
  valuePlace(path: FieldPath): Place
}

/** A stretch of a file, for a caret to stand under. */
export interface Place {
  readonly start: Position
  readonly length: number
}

/** More text than any platform needs: such a file is a mistake, and parsing it would only take long. */
const LARGEST_FILE = 4 * 1024 * 1024

/** A file may use anchors; a bomb repeats them without end. */
const MOST_ALIASES = 200

/**
 * Reads one YAML file.
 *
 * @throws InputError naming every syntax error, with its place; also for an empty, binary or oversized file.
 */
export function readYaml(file: string, text: string): YamlFile {
  const fail = (message: string, hint?: string): never => {
    throw new InputError([{ file, message, ...(hint === undefined ? {} : { hint }) }])
  }
  if (text.includes('\u0000')) fail('the file is binary, YAML text is needed')
  if (text.length > LARGEST_FILE) fail(`the file has ${text.length} characters, the most is ${LARGEST_FILE}`)
  const lines = new LineCounter()
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (from: number, to: number): Place => {
    const { line, col } = lines.linePos(from)
    return {
      start: { line: Math.max(1, line), column: Math.max(1, col), offset: from },
      length: Math.max(1, to - from),
    }
  }
  if (parsed.errors.length > 0) {
    throw new InputError(
      parsed.errors.slice(0, 10).map(
        ({ code, message, pos }): Problem => ({
          file,
          ...place(pos[0], Math.min(pos[1], endOfLine(text, pos[0]))),
          message: SYNTAX[code] ?? firstLower(message),
        }),
      ),
    )
  }
  if (parsed.contents === null) fail('the file is empty', 'describe a platform in it, or start with `waybill init`')
  let value: unknown
  try {
    value = parsed.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    fail(`the file cannot be expanded: ${firstLower(error instanceof Error ? error.message : String(error))}`)
  }
  const root = parsed.contents as Node
  const find = (path: FieldPath, wantsValue: boolean): Place => {
    let node: unknown = root
    let range = root.range ?? [0, 1]
    for (const [depth, step] of path.entries()) {
      const pair: Pair | undefined = isMap(node)
        ? node.items.find(item => isScalar(item.key) && String(item.key.value) === String(step))
        : undefined
      const next = pair?.value ?? (isSeq(node) ? node.items[Number(step)] : undefined)
      if (pair === undefined && next === undefined) break
      const last = depth === path.length - 1
      const keyRange = (pair?.key as Node | undefined)?.range
      const valueRange = (next as Node | undefined)?.range
      const chosen = wantsValue && last && isScalar(next) ? (valueRange ?? keyRange) : (keyRange ?? valueRange)
      if (chosen !== undefined && chosen !== null) range = chosen
      node = next
    }
    return place(range[0], Math.min(range[1], endOfLine(text, range[0])))
  }
  return { file, value, place: path => find(path, false), valuePlace: path => find(path, true) }
}

/** The parser's words where a person who does not know YAML would not understand them. */
const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab indents this line, YAML wants spaces',
  DUPLICATE_KEY: 'the key stands twice in one map',
  MULTIPLE_DOCS: 'a second document begins here, the file may hold one',
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}

function firstLower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\s+$/, '')
}
