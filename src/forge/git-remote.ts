import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Git } from '../git.ts'
import { inputError } from '../spec/problem.ts'
import type { Waiting } from './forge.ts'

/** A repository elsewhere, with which commits are exchanged. */
export interface GitRemote {
  /** Fetches refs with all their history, and forgets what is gone. @throws InputError when one of them is not there */
  fetch(refs: readonly string[]): Promise<void>
  /** Fetches a commit. Reports whether it could be had. */
  bring(commit: string): Promise<boolean>
  /**
   * Puts a branch at a commit, or takes it away. The server compares and sets in one step.
   *
   * @param expected what the branch has to be at, `undefined` when it has not to be there
   * @returns false when the branch is not where it was expected
   */
  push(branch: string, commit: string | undefined, expected: string | undefined): Promise<boolean>
}

/** Tries of one exchange. */
const TRIES = 4

const MOVED =
  /\(stale info\)|cannot lock ref|failed to update ref|remote ref does not exist|\(fetch first\)|\(non-fast-forward\)/
const MISSING = /couldn't find remote ref|not our ref|unadvertised object/

/** What Git says when trying again is of no use, and what to say instead. */
const FINAL: readonly (readonly [RegExp, message: string, hint: string])[] = [
  [
    /GH006|GH013|protected branch|hook declined|rule violation/,
    'the branch is protected against the bot',
    'let the bot push to branches that begin with "waybill/"',
  ],
  [
    /Authentication failed|could not read Username|terminal prompts disabled|error: 401/,
    'GitHub does not accept the token',
    'it may have expired or been revoked: make a new one and set GITHUB_TOKEN',
  ],
  [
    /error: 403|Permission to .* denied|Write access to repository not granted/,
    'the token may not read and write the content of the repository',
    'give it write access to contents',
  ],
  [
    /repository .* not found|error: 404/,
    'GitHub knows no such repository, or the token may not see it',
    'check the address of "origin", and that the token has access to the repository',
  ],
]

/**
 * The remote at an address, for whoever holds the token. The token goes to Git in its environment: the arguments of a
 * process are for everybody to read.
 *
 * @param local the repository that commits come from and go to
 */
export function gitRemote(local: Git, url: string, token: string, { second, patience, progress }: Waiting): GitRemote {
  const settings: readonly (readonly [string, string])[] = [
    // The empty one takes back what other tools have left in the configuration: two of these headers are refused.
    [`http.${url}.extraHeader`, ''],
    [`http.${url}.extraHeader`, `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`],
    ['credential.helper', ''],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', String(Math.ceil(patience / 1000))],
  ]
  const run = async (args: readonly string[]): Promise<string | undefined> => {
    for (let attempt = 1; ; attempt++) {
      const problem = await git(local.root, args, settings)
      if (problem === undefined || MOVED.test(problem) || MISSING.test(problem)) return problem
      const [, message, hint] = FINAL.find(([pattern]) => pattern.test(problem)) ?? []
      if (message !== undefined) throw inputError(url, message, hint)
      if (attempt === TRIES) throw inputError(url, `git ${args[0]} fails: ${lastLine(problem)}`, 'run it again')
      progress(`git ${args[0]} fails, trying again: ${lastLine(problem)}`)
      await sleep(attempt ** 2 * second)
    }
  }
  const fetch = (...args: readonly string[]) =>
    run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-gc', ...args])
  return {
    fetch: async refs => {
      // Soak and authors are read from the history: a clone without it would know of neither.
      const shallow = existsSync(join(local.commonDir, 'shallow')) ? ['--unshallow'] : []
      const problem = await fetch('--prune', ...shallow, url, ...refs)
      if (problem !== undefined) throw inputError(url, lastLine(problem).replace(/^fatal: /, ''), 'push it first')
    },
    bring: async commit => (await fetch(url, commit)) === undefined,
    push: async (branch, commit, expected) => {
      const lease = `--force-with-lease=refs/heads/${branch}:${expected ?? ''}`
      const args = ['push', '--quiet', '--no-verify', lease, url, `${commit ?? ''}:refs/heads/${branch}`]
      // A push whose answer was lost is repeated below us, and finds its own effect in the way; the next finds it done.
      return (await run(args)) === undefined || (await run(args)) === undefined
    },
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** What went wrong, `undefined` when nothing did. */
function git(
  root: string,
  args: readonly string[],
  settings: readonly (readonly [string, string])[],
): Promise<string | undefined> {
  const first = Number(process.env.GIT_CONFIG_COUNT ?? 0)
  const config = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ])
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', root, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...Object.fromEntries(config),
        GIT_CONFIG_COUNT: String(first + settings.length),
        GIT_TERMINAL_PROMPT: '0',
        LC_ALL: 'C',
      },
    })
    let problem = ''
    child.stderr.on('data', (chunk: Buffer) => {
      problem += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', code => resolve(code === 0 ? undefined : problem || `exit code ${code}`))
  })
}
