import { createHash } from 'node:crypto'
import { InputError } from '../spec/problem.ts'
import type { Tree, TreeReader } from '../synth/tree.ts'

/** What a tree was asked, and the digest of its answer. */
export interface Asked {
  readonly ask: keyof TreeReader
  readonly path: string
  readonly digest: string
}

/** A tree that keeps a record of what it was asked. It asks the tree behind it once for each question. */
export interface RecordedTree extends TreeReader {
  readonly asked: ReadonlyMap<string, Asked>
  /** Whether it answers as somebody else's record says; leaves no record of its own. */
  answersLike(asked: Iterable<Asked>): boolean
  /** The text of a file as it was read here, else as it is now; leaves no record. */
  textOf(path: string): string | undefined
}

/**
 * Records the questions to a tree. Whoever judges by its answers alone comes to the same end with every tree that answers
 * all of `asked` in the same way.
 */
export function recordedTree(tree: TreeReader): RecordedTree {
  const answers = new Map<string, Answer>()
  const asked = new Map<string, Asked>()
  const texts = new Map<string, string>()
  const read = (path: string) => {
    const text = tree.read(path)
    if (text !== undefined) texts.set(path, text)
    return text
  }
  const below = (folder: string) => {
    const files = tree.below(folder)
    for (const [path, text] of files) texts.set(path, text)
    return files
  }
  const digests: { readonly [ask in keyof TreeReader]: (path: string) => [unknown, string] } = {
    read: path => digested(read(path), text => (text === undefined ? [] : [text])),
    names: folder => digested(tree.names(folder), names => names),
    files: folder => digested(tree.files(folder), files => files),
    below: folder => digested(below(folder), partsOf),
  }
  const answerOf = (ask: keyof TreeReader, path: string): Answer => {
    try {
      const [value, digest] = digests[ask](path)
      return { value, asked: { ask, path, digest } }
    } catch (refusal) {
      // That a file cannot be read is an answer too, and may be another one next time.
      if (!(refusal instanceof InputError)) throw refusal
      return { refusal, asked: { ask, path, digest: digestOf(['refused', refusal.message]) } }
    }
  }
  const answer = (ask: keyof TreeReader, path: string): Answer => {
    const question = `${ask} ${path}`
    const known = answers.get(question)
    if (known !== undefined) return known
    const given = answerOf(ask, path)
    answers.set(question, given)
    return given
  }
  const recorded =
    <Ask extends keyof TreeReader>(ask: Ask) =>
    (path: string) => {
      const given = answer(ask, path)
      asked.set(`${ask} ${path}`, given.asked)
      if ('refusal' in given) throw given.refusal
      return given.value as ReturnType<TreeReader[Ask]>
    }
  return {
    asked,
    // In the order in which they were asked: where an answer differs, the questions after it may mean nothing.
    answersLike: others => [...others].every(({ ask, path, digest }) => answer(ask, path).asked.digest === digest),
    textOf: path => texts.get(path) ?? tree.read(path),
    read: recorded('read'),
    names: recorded('names'),
    files: recorded('files'),
    below: recorded('below'),
  }
}

type Answer = { readonly asked: Asked } & ({ readonly value: unknown } | { readonly refusal: InputError })

function digested<T>(value: T, partsOfValue: (value: T) => Iterable<string>): [T, string] {
  return [value, digestOf(partsOfValue(value))]
}

/** The paths and contents of files, for a digest. */
export function* partsOf(files: Tree): Generator<string> {
  for (const entry of files) yield* entry
}

/** The SHA-256 over texts, in hexadecimal; each with its length, so that none runs into the next. */
export function digestOf(parts: Iterable<string>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}
