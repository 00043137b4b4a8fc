import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LintResult } from '../lint/finding.ts'
import type { ReportedPolicy } from '../report/reporter.ts'
import { type Asked, digestOf, type RecordedTree } from './recorded-tree.ts'

const FOLDER = '.waybill/cache'
/** How many questions are remembered: a hook that names other files each time does not fill the disk. */
const KEPT = 24

/** What of a judgement its reports need, besides the files. */
export interface Judgement {
  readonly result: LintResult
  readonly policies: readonly ReportedPolicy[]
}

/** A question: `name` tells it from other questions, `input` is all that goes into its answer besides what the tree is asked. */
export interface Asking {
  readonly name: readonly string[]
  readonly input: readonly string[]
}

interface Entry extends Judgement {
  readonly key: string
  readonly asked: readonly Asked[]
}

/** Judgements of earlier runs. */
export interface LintCache {
  /** The judgement of the same question about the same input; `undefined` when there is none that is sure to hold. */
  recall(asking: Asking, tree: RecordedTree): Judgement | undefined
  /** Keeps a judgement for the next run. A disk that cannot take it is no error: nothing but time is lost. */
  keep(asking: Asking, tree: RecordedTree, judgement: Judgement): void
}

/** One that remembers nothing. */
export const NO_CACHE: LintCache = { recall: () => undefined, keep: () => undefined }

/**
 * The cache in a folder: a file for each question, with the digest of its content in its first line.
 *
 * A judgement holds when the program, the input and every answer of the tree are the same, all by their content: times of
 * files are not asked, for a checkout sets them as it likes. What is damaged is passed over and written anew.
 */
export function lintCacheIn(root: string): LintCache {
  const folder = join(root, FOLDER)
  const pathOf = ({ name }: Asking) => join(folder, `lint-${digestOf(name).slice(0, 16)}`)
  const keyOf = ({ name, input }: Asking) => digestOf([runningProgram(), digestOf(name), ...input])
  return {
    recall(asking, tree) {
      const entry = entryIn(pathOf(asking))
      return entry?.key === keyOf(asking) && tree.answersLike(entry.asked) ? entry : undefined
    },
    keep(asking, { asked }, { result, policies }) {
      const entry: Entry = { key: keyOf(asking), asked: [...asked.values()], result, policies }
      const body = JSON.stringify(entry)
      const path = pathOf(asking)
      const unfinished = `${path}.${process.pid}`
      try {
        mkdirSync(folder, { recursive: true })
        writeFileSync(join(folder, '.gitignore'), '*\n')
        writeFileSync(unfinished, `${digestOf([body])}\n${body}`)
        renameSync(unfinished, path)
        forgetOldest(folder)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === undefined) throw error
      }
    },
  }
}

/** Fewer manifests are judged about as fast as an earlier judgement of them is looked up. */
const WORTHWHILE = 50

/** The judgement that the cache has, or else that of `judge`, for the cache to keep. */
export async function remembered(
  cache: LintCache,
  asking: Asking,
  tree: RecordedTree,
  judge: () => Promise<Judgement>,
): Promise<Judgement> {
  const known = cache.recall(asking, tree)
  if (known !== undefined) return known
  const judgement = await judge()
  const { manifests, notEvaluated } = judgement.result
  // A policy that threw has no file to its name: memory or stack may have run out, which no input decides.
  const isSure = notEvaluated.every(({ file }) => file !== undefined)
  if (isSure && manifests >= WORTHWHILE) cache.keep(asking, tree, judgement)
  return judgement
}

function entryIn(path: string): Entry | undefined {
  let text: string | undefined
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return undefined
  }
  const end = text.indexOf('\n')
  const body = text.slice(end + 1)
  return end !== -1 && text.slice(0, end) === digestOf([body]) ? (JSON.parse(body) as Entry) : undefined
}

function forgetOldest(folder: string): void {
  const entries = readdirSync(folder)
    .filter(name => name.startsWith('lint-'))
    .map(name => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((left, right) => right.time - left.time)
  for (const { path } of entries.slice(KEPT)) rmSync(path, { force: true })
}

/** What judges: every file of the program, as the build has digested it, and what runs it. */
function runningProgram(): string {
  const { program } = JSON.parse(readFileSync(new URL('../../generator.json', import.meta.url), 'utf8'))
  return `${process.version} ${program}`
}
