// Control characters could move a terminal's cursor or recolour it, bidirectional ones reorder what is read.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A line of somebody's file as it may be written to a terminal; every column stays where it is. */
export function printable(line: string): string {
  return line.replaceAll('\t', ' ').replace(UNPRINTABLE, '\ufffd')
}

/** A text as one printable line. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, ' '))
}
