import { realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { applyChanges, completePending, findRoot, readText } from '../files.ts'
import type { Finding } from '../lint/finding.ts'
import { type Mended, mend } from '../lint/mend.ts'
import { isFields } from '../manifest/value.ts'
import { count } from '../report/plural.ts'
import { registryOf } from '../schema/registry.ts'
import { inputError } from '../spec/problem.ts'
import { UNIT_FILE } from '../synth/layout.ts'
import type { JudgedFiles, MendableFiles } from './lint-judgement.ts'

/** Beside what waybill wrote: who is listed in one of these is not for people to edit. */
const RECORDS = [UNIT_FILE, 'record.json']

/** Completes what a killed run has left half written. */
export function completeEarlier(): void {
  completePending(journalFolder())
}

/**
 * Mends files and judges them again. All of them are written or none; a file that somebody changed meanwhile is not
 * overwritten.
 *
 * @param base the folder that the names of the files count from
 * @param dry whether to judge only what would be written
 * @throws InputError for standard input, and when a file changed since it was read
 */
export async function mended(
  judged: MendableFiles,
  base: string,
  dry: boolean,
): Promise<JudgedFiles & { readonly said: string }> {
  const { texts, result, bench, judge } = judged
  if (texts.has(STDIN)) throw inputError('-', 'standard input is no file that could be mended', 'name the files')
  const done = await mend({
    texts,
    result,
    policies: bench.policies,
    registry: registryOf(bench.schemas, bench.definitions),
    reserved: finding => reservedBy(finding, base),
    judge,
  })
  if (!dry) write(done, texts, base)
  return { ...judged, texts: new Map([...texts, ...done.texts]), result: done.result, said: saidOf(done, dry) }
}

const STDIN = '<stdin>'

/** Why nobody edits a file that waybill wrote, and where to go instead. */
function reservedBy({ file, origin }: Finding, base: string): string | undefined {
  const path = resolve(base, file)
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const isRecorded = RECORDS.some(record => listedIn(join(folder, record), relative(folder, path)))
    if (!isRecorded) continue
    const where =
      origin === undefined ? 'the spec decides it' : `${origin.file}:${origin.line} (${origin.key}) decides it`
    return `waybill wrote this file, and ${where}`
  }
  return undefined
}

function listedIn(record: string, path: string): boolean {
  const text = readText(record)
  if (text === undefined) return false
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Of a unit that somebody broke nobody can tell whose the files are. Other programs keep a record.json too.
    return record.endsWith(UNIT_FILE)
  }
  const files = isFields(value) ? value.files : undefined
  return isFields(files) && Object.hasOwn(files, path)
}

function write({ texts }: Mended, before: ReadonlyMap<string, string>, base: string): void {
  // A link stays a link: what it leads to is written.
  const paths = [...texts].map(([file, after]) => ({ file, after, path: realpathSync(resolve(base, file)) }))
  const home = journalFolder()
  for (const { file, path } of paths.filter(({ path }) => relative(home, path).startsWith('..'))) {
    throw inputError(
      file,
      `the file stands outside of ${home}, and all files are written together or none`,
      `run in ${dirname(path)}, or name its folder with -C`,
    )
  }
  for (const { file, path } of paths) {
    if (readText(path, file) === before.get(file)) continue
    throw inputError(file, 'the file was changed while it was being mended', 'run it again: nothing was written')
  }
  applyChanges(
    home,
    paths.map(({ file, path, after }) => ({ path: relative(home, path), before: before.get(file), after })),
  )
}

/** Where the journal stands while files are replaced: in one place, for the next run to find. */
function journalFolder(): string {
  return realpathSync(findRoot(process.cwd()) ?? process.cwd())
}

function saidOf({ fixed, left, texts }: Mended, dry: boolean): string {
  const line = (word: string, { file, range, message, policy }: Finding, because = '') =>
    `${word} ${file}:${range.start.line}: ${message} [${policy}]${because}`
  const lines = [
    ...fixed.map(finding => line('fixed', finding)),
    ...left.map(({ finding, because }) => line('left', finding, `: ${because}`)),
  ]
  const verdict = `${count(fixed.length, 'finding')} ${dry ? 'would be fixed' : 'fixed'} in ${count(texts.size, 'file')}, ${left.length} left`
  return `${[...lines, verdict].join('\n')}\n\n`
}
