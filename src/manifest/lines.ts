import type { Position, Range } from './manifest.ts'

/** Turns offsets into a text into lines and columns. */
export interface Lines {
  position(offset: number): Position
  /** From `start` up to, but not including, `end`; both are offsets. */
  range(start: number, end: number): Range
}

const BYTE_ORDER_MARK = 0xfeff

/** The line table of a text, made when the first position is asked for. A byte order mark takes no column. */
export function linesOf(text: string): Lines {
  let starts: number[] | undefined
  const position = (offset: number): Position => {
    starts ??= lineStarts(text)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(offset - (starts[low] ?? 0), 0) + 1, offset }
  }
  return { position, range: (start, end) => ({ start: position(start), end: position(end) }) }
}

function lineStarts(text: string): number[] {
  const starts = [text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The start of the line that `offset` is in. */
export function lineStartAt(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** The start of the line after the one that `offset` is in, or the end of the text. */
export function lineEndAt(text: string, offset: number): number {
  const found = text.indexOf('\n', offset)
  return found === -1 ? text.length : found + 1
}
