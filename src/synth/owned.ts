import { InputError, type Problem } from '../spec/problem.ts'
import { digestOf } from './canonical-json.ts'
import type { FileChange, TreeReader } from './tree.ts'

/** A folder whose files waybill wrote, as its record tells. */
interface Owned {
  readonly folder: string
  /** The file that keeps the record; it holds the digests of all others, so nobody checks its own. */
  readonly record: string
  /** Digests by path below the folder; empty when nothing has been written yet. */
  readonly digests: Readonly<Record<string, string>>
  /** What to do about a file that a person changed. */
  readonly wayOut: string
}

/**
 * What has to be written for a folder to hold `files`: exactly those that differ, and the removal of what was written
 * before. Whatever else lies there is nobody's business.
 *
 * @throws InputError naming every file that a person changed or put there and that would be lost
 */
export function ownedChanges(
  reader: TreeReader,
  { folder, record, digests, wayOut }: Owned,
  files: ReadonlyMap<string, string>,
): FileChange[] {
  const paths = [...new Set([...files.keys(), ...Object.keys(digests)])].sort()
  const problems: Problem[] = []
  const changes: FileChange[] = []
  for (const path of paths) {
    const before = reader.read(`${folder}/${path}`)
    const after = files.get(path)
    if (before === after) continue
    const expected = digests[path]
    if (before !== undefined && path !== record && digestOf(before) !== expected) {
      problems.push({
        file: `${folder}/${path}`,
        message:
          expected === undefined
            ? 'the file is not one that waybill wrote, and one of its own has to stand at its path'
            : 'the file was changed by hand, and writing it would lose that change',
        hint: wayOut,
      })
    }
    changes.push({ path: `${folder}/${path}`, before, after })
  }
  if (problems.length > 0) throw new InputError(problems)
  return changes
}
