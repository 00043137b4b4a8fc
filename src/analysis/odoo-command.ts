import { listOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import { type ContainerEnvironment, expanded } from './container-environment.ts'
import { ENTRYPOINT_FILE } from './data/odoo-images.ts'
import { MIGRATION_PROGRAMS, ODOO_OPTIONS, ODOO_PROGRAMS, type OdooOption } from './data/odoo-options.ts'
import type { Place } from './evidence.ts'
import type { ImageTraits } from './odoo-image.ts'

/** A word of a command line, and the entry of `command` or `args` that it stands in. */
export interface Word {
  readonly text: string
  readonly place: Place
}

/** One option that the arguments set. */
export interface Argument {
  readonly option: OdooOption
  readonly value: string
  readonly place: Place
}

/** One run of Odoo in a container. */
export interface Invocation {
  /** File name of the program: `odoo`, `click-odoo-update`. */
  readonly program: string
  /** What follows the program. */
  readonly words: readonly Word[]
  readonly arguments: readonly Argument[]
  /** Words that are neither flags nor their values. */
  readonly positional: readonly Word[]
}

/** How a container runs Odoo. */
export interface OdooCommand {
  /** In the order in which they run; the last one is what the container is for. */
  readonly invocations: readonly Invocation[]
  /** Whether the entrypoint of the image comes before the program. */
  readonly entrypoint: boolean
}

/**
 * The runs of Odoo in a container; none when its command is another program. Where neither `command` nor `args` says
 * anything, the image decides: then there is one run without arguments.
 */
export function odooCommand(
  workload: Workload,
  container: Container,
  environment: ContainerEnvironment,
  image: ImageTraits,
): OdooCommand {
  const wordsIn = (field: 'command' | 'args'): Word[] =>
    listOf(container.fields[field]).map((entry, nth) => ({
      text: expanded(String(entry), environment),
      place: { source: workload.source, at: [...container.at, field, nth] },
    }))
  const [command, args] = [wordsIn('command'), wordsIn('args')]
  const words = [...command, ...args]
  const entrypoint = command.length === 0 || command[0]?.text.endsWith(ENTRYPOINT_FILE) === true
  const [first] = words
  if (first === undefined) return { invocations: [invocation('odoo', [])], entrypoint }
  const toProgram =
    command.length === 0 && (first.text.startsWith('-') || first.text === 'gevent' || first.text === 'shell')
  if (toProgram && image.odoo !== 'unlikely') return { invocations: [invocation('odoo', words)], entrypoint }
  return { invocations: invocationsIn(words, environment, image.odoo !== 'unlikely'), entrypoint }
}

/** Programs that start the one after them. Those that take a word of their own first have a 1. */
const LAUNCHERS: Readonly<Record<string, number>> = {
  'ddtrace-run': 0,
  'dumb-init': 0,
  'opentelemetry-instrument': 0,
  'su-exec': 1,
  catatonit: 0,
  env: 0,
  exec: 0,
  gosu: 1,
  nice: 0,
  nohup: 0,
  time: 0,
  timeout: 1,
  tini: 0,
}
const SHELLS = ['sh', 'bash', 'dash', 'ash']
const PROGRAMS: readonly string[] = [...ODOO_PROGRAMS, ...MIGRATION_PROGRAMS]
const KEYWORDS = ['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', '(']

function invocationsIn(
  words: readonly Word[],
  environment: ContainerEnvironment,
  likely: boolean,
): readonly Invocation[] {
  for (let at = 0; at < words.length; at++) {
    const { text, place } = words[at] ?? { text: '', place: undefined }
    const name = text.slice(text.lastIndexOf('/') + 1)
    if (PROGRAMS.includes(name)) return [invocation(name, words.slice(at + 1))]
    const script = SHELLS.includes(name) ? scriptAfter(words, at) : undefined
    if (script !== undefined && place !== undefined) {
      return commandsIn(script, environment).flatMap(command => invocationsIn(command, environment, likely))
    }
    const taken = Object.hasOwn(LAUNCHERS, name) ? (LAUNCHERS[name] ?? 0) : undefined
    const isScript = /\.(py|sh)$|entrypoint/.test(name)
    // A script of an Odoo image is given the program that it starts; elsewhere the word may mean anything.
    const passesOn = SHELLS.includes(name) || /^python[\d.]*$/.test(name) || (isScript && likely)
    const isNoise = text.startsWith('-') || /^[A-Za-z_]\w*=/.test(text) || KEYWORDS.includes(text)
    const dashes = isScript ? words.findIndex((word, nth) => nth > at && word.text === '--') : -1
    if (taken === undefined && !passesOn && !isNoise && dashes === -1) return []
    at = dashes === -1 ? at + (taken ?? 0) : dashes
  }
  return []
}

/** The text after `-c`, however it is written: `-c`, `-ec`, `-lc`. */
function scriptAfter(words: readonly Word[], shell: number): Word | undefined {
  const flag = words.findIndex(({ text }, nth) => nth > shell && /^-[a-z]*c$/.test(text))
  return flag === -1 ? undefined : words[flag + 1]
}

const TOKEN = /(?<end>\n|;|&&|\|\||[|&])|(?<word>(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;|&"'\\])+)/gs

/** The simple commands of a shell script. Control flow is not followed: each command counts as one that may run. */
function commandsIn({ text, place }: Word, environment: ContainerEnvironment): readonly (readonly Word[])[] {
  const commands: Word[][] = [[]]
  const script = text.replace(/\\\n/g, ' ').replace(/^\s*#.*$/gm, '')
  for (const { groups } of script.matchAll(TOKEN)) {
    if (groups?.end !== undefined) commands.push([])
    else if (groups?.word !== undefined) commands.at(-1)?.push({ text: unquoted(groups.word, environment), place })
  }
  return commands
}

function unquoted(word: string, environment: ContainerEnvironment): string {
  return word
    .replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) => double ?? single ?? escaped)
    .replace(/\$\{?([A-Za-z_]\w*)\}?/g, (text, name) => environment.get(name)?.value ?? text)
}

function invocation(program: string, words: readonly Word[]): Invocation {
  const args: Argument[] = []
  const positional: Word[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === undefined) break
    const flag = readFlag(word.text)
    if (flag === undefined) {
      if (!word.text.startsWith('-')) positional.push(word)
      continue
    }
    const { option, value } = flag
    if (option.switch !== undefined) args.push({ option, value: option.switch, place: word.place })
    else if (value !== undefined) args.push({ option, value, place: word.place })
    else {
      const next = words[++at]
      if (next !== undefined) args.push({ option, value: next.text, place: next.place })
    }
  }
  return { program, words, arguments: args, positional }
}

const BY_FLAG: ReadonlyMap<string, OdooOption> = new Map(
  ODOO_OPTIONS.flatMap(option => option.flags.map(flag => [flag.replaceAll('_', '-'), option] as const)),
)

/** `--workers=4`, `--workers`, `-d`, `-dacme`; `undefined` for what is no flag that decides anything here. */
function readFlag(text: string): { readonly option: OdooOption; readonly value: string | undefined } | undefined {
  const [, long, value] = /^--([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(text) ?? []
  if (long !== undefined) {
    const option = long.length > 1 ? BY_FLAG.get(long.replaceAll('_', '-')) : undefined
    return option === undefined ? undefined : { option, value }
  }
  const [, short = '', rest] = /^-([A-Za-z])([\s\S]*)$/.exec(text) ?? []
  const option = BY_FLAG.get(short)
  return option === undefined ? undefined : { option, value: rest === '' ? undefined : rest }
}
