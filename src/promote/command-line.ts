/** The arguments of a process, told apart. */
export interface CommandLine {
  /** The value of each flag by its name without the leading dashes; the empty text for a switch. */
  readonly flags: ReadonlyMap<string, string>
  /** All that is no flag, in order: the program, its command, file names. */
  readonly words: readonly string[]
}

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/

/** Reads a list of arguments. A word after a flag without `=` is taken for its value. The last of equal flags wins. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const flags = new Map<string, string>()
  const words: string[] = []
  let open: string | undefined
  for (const arg of args) {
    const [, name, value] = FLAG.exec(arg) ?? []
    if (name !== undefined) {
      flags.set(name, value ?? '')
      open = value === undefined ? name : undefined
    } else if (open === undefined) words.push(arg)
    else {
      flags.set(open, arg)
      open = undefined
    }
  }
  return { flags, words }
}
