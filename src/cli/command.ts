import type { Command } from 'commander'
import type { Waiting } from '../forge/forge.ts'
import type { Colors } from '../report/reporter.ts'

/** 0: as it should be. 1: findings at or above the threshold, a tree that is not what it says, a closed gate. 2: could not tell. */
export type ExitCode = 0 | 1 | 2

/** What a command has to say, once for people and once for machines. */
export interface Outcome {
  readonly code: ExitCode
  readonly text: string
  /** Printed under `--format json`, together with `schemaVersion` and `command`. */
  readonly data: Readonly<Record<string, unknown>>
}

/** What a command learns of the terminal that it runs in. Its progress is for a person who watches, and else for nobody. */
export interface Terminal extends Waiting {
  readonly colors: Colors
  /** Whether a person can be asked. */
  readonly interactive: boolean
}

/** A command as its file declares it. */
export interface CommandFile {
  /** Adds arguments, options and examples. */
  define(command: Command): Command
  /**
   * Each file knows the type of the options that it has defined.
   *
   * @throws InputError for bad input; nothing has been written then
   */
  run(args: readonly string[], options: never, terminal: Terminal): Promise<Outcome>
}
