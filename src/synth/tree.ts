/** Path → content, relative to the folder of `platform.yaml`. */
export type Tree = ReadonlyMap<string, string>

/**
 * The files of a repository, wherever they are: on disk, or in a commit. Paths are relative to the folder of
 * `platform.yaml` and use `/`.
 */
export interface TreeReader {
  /** The content, `undefined` when there is no such file. */
  read(path: string): string | undefined
  /** Names directly below a folder, sorted; none when there is no such folder. */
  names(folder: string): readonly string[]
  /** Paths of all files below a folder, relative to it, sorted. */
  files(folder: string): readonly string[]
  /** All files below a folder with their content, by their whole path. */
  below(folder: string): Tree
}

/** One file before and after: `undefined` is a file that is not there. */
export interface FileChange {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
}
