import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import picocolors from 'picocolors'
import type { Outcome, Terminal } from '../src/cli/command.ts'
import { diskTree } from '../src/files.ts'
import { DIGEST } from './platform-fixture.ts'

export const TERMINAL: Terminal = {
  colors: picocolors.createColors(false),
  progress: () => undefined,
  second: 0,
  patience: 20_000,
  interactive: false,
}

/** One tenant on its way through three environments. */
export const PIPELINE = `apiVersion: waybill.dev/v1alpha1
kind: Platform
environments:
  dev: {tier: bronze}
  staging: {}
  production: {soak: 24h, approvals: 2}
tenants:
  shop:
    calendar: retail
    release:
      odoo: "18.0"
      image: registry.example/shop/odoo@sha256:${DIGEST}   # built by the pipeline
      modules: [stock]
    environments:
      dev: {host: dev.shop.example, users: 5}
      staging: {host: staging.shop.example, users: 5}
      production: {host: shop.example, users: 40}
`

/** Its calendar: one freeze of production. */
export const CALENDAR = `apiVersion: waybill.dev/v1alpha1
kind: Calendar
calendars:
  retail:
    timezone: Europe/Paris
    freezes:
      - {name: stocktaking, from: 2027-03-20, to: 2027-03-22, environments: [production]}
`

/** What the file of a command exports, as far as a test calls it. */
export interface Command<T> {
  run(args: readonly string[], options: T, terminal: Terminal): Promise<Outcome>
}

/** A folder with a Git repository and a clock of its own, removed with `dispose`. */
export interface Repository {
  readonly root: string
  /** Instant of commits and of commands: `2027-03-09T08:00:00Z`. */
  at: string
  write(path: string, text: string): void
  edit(path: string, change: (text: string) => string): void
  read(path: string): string
  /** Path → content of everything below a folder. */
  below(folder: string): Readonly<Record<string, string>>
  git(...args: readonly string[]): string
  commit(message: string, author?: string): void
  /** Runs a command file in the folder, as the terminal would. */
  run<T>(command: Command<T>, args: readonly string[], options?: Partial<T>): Promise<Outcome>
  /** Another one that stands where this one stands. */
  copy(): Repository
  dispose(): void
}

export function repository(files: Readonly<Record<string, string>>, at = '2027-03-09T08:00:00Z'): Repository {
  const self = repositoryIn(mkdtempSync(join(tmpdir(), 'waybill-')), at)
  for (const [path, text] of Object.entries(files)) self.write(path, text)
  self.git('init', '-q', '-b', 'main')
  self.git('config', 'user.name', 'Ines')
  self.git('config', 'user.email', 'ines@shop.example')
  return self
}

function repositoryIn(root: string, at: string): Repository {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const self: Repository = {
    root,
    at,
    write,
    read,
    edit: (path, change) => write(path, change(read(path))),
    below: folder => {
      const reader = diskTree(root)
      return Object.fromEntries(reader.files(folder).map(path => [path, reader.read(`${folder}/${path}`) ?? '']))
    },
    git: (...args) =>
      execFileSync('git', ['-C', root, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          GIT_AUTHOR_DATE: self.at,
          GIT_COMMITTER_DATE: self.at,
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_SYSTEM: '/dev/null',
        },
      }).trim(),
    commit: (message, author = 'Ines') => {
      self.git('add', '-A')
      self.git(
        '-c',
        `user.name=${author}`,
        '-c',
        `user.email=${author.toLowerCase()}@shop.example`,
        'commit',
        '-qm',
        message,
      )
    },
    run: async (command, args, options = {}) => {
      const before = process.cwd()
      process.chdir(root)
      try {
        return await command.run(args, { at: self.at, ...options } as never, TERMINAL)
      } finally {
        process.chdir(before)
      }
    },
    copy: () => {
      const other = mkdtempSync(join(tmpdir(), 'waybill-'))
      cpSync(root, other, { recursive: true })
      return repositoryIn(other, self.at)
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  }
  return self
}
