#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import type { CommandFile, ExitCode, Terminal } from './command.ts'

/** Every command: its summary, and the file that is loaded when it is called. */
const COMMANDS: Readonly<Record<string, readonly [summary: string, load: () => Promise<CommandFile>]>> = {
  init: ['start a platform from an example', () => import('./init.ts')],
  synth: ['write the manifests of every unit, or check them', () => import('./synth.ts')],
  lint: ['judge manifests: a platform, or any YAML', () => import('./lint.ts')],
  policy: ['list the policies, or test your own', () => import('./policy.ts')],
  reach: ['tell who can connect to whom, and why', () => import('./reach.ts')],
  availability: ['tell how many pods stay ready when something happens', () => import('./availability.ts')],
  budget: ['sum up what is asked for, against quotas and connections', () => import('./budget.ts')],
  report: ['write all that is known of an environment as one page of HTML', () => import('./report.ts')],
  explain: ['tell what a policy asks, or how a setting came about', () => import('./explain.ts')],
  release: ['give a tenant a new image', () => import('./release.ts')],
  promote: ['propose what one environment has to the next, as a pull request', () => import('./promote.ts')],
  pulls: ['list, show, approve, merge and close pull requests', () => import('./pulls.ts')],
  gates: ['judge the commits since a revision as a promotion would be judged', () => import('./gates.ts')],
  rollback: ['propose the revision that a unit had before', () => import('./rollback.ts')],
  diff: ['tell what differs between environments or commits, in words of the domain', () => import('./diff.ts')],
  calendar: ['show when changes may reach an environment, and simulate it', () => import('./calendar.ts')],
  history: ['tell who promoted, approved and rolled back what, from Git alone', () => import('./history.ts')],
  resume: ['let a revision that was rolled back be proposed again', () => import('./resume.ts')],
}

/** The code of an outcome that nobody can use: bad usage, bad input, or a fault of ours. */
const COULD_NOT_TELL: ExitCode = 2

async function main(argv: readonly string[]): Promise<ExitCode> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    // The one answer that has to come at once: no library is loaded for it.
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    process.stdout.write(`${version}\n`)
    return 0
  }
  const { Command, CommanderError } = await import('commander')
  const program = new Command('waybill')
    .description('A GitOps repository generator and policy linter for Odoo retail and distribution platforms.')
    .option('-C <folder>', 'run as if started in this folder')
    .option('-V, --version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
  const words = argv[0] === '-C' ? argv.slice(2) : argv
  const called = words.find(word => !word.startsWith('-'))
  let code: ExitCode = 0
  for (const [name, [summary, load]] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary).exitOverride()
    if (name !== called && !(called === 'help' && words.includes(name))) continue
    const file = await load()
    file.define(command).action(async () => {
      const { C: folder } = program.opts<{ C?: string }>()
      if (folder !== undefined) process.chdir(folder)
      const options = command.opts()
      const outcome = await file.run(command.args, options as never, await terminal())
      const json = { schemaVersion: 1, command: name, ...outcome.data }
      const text = options.format === 'json' ? `${JSON.stringify(json, null, 2)}\n` : outcome.text
      process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`)
      code = outcome.code
    })
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 || error.code === 'commander.help'
      ? argv.length === 0
        ? COULD_NOT_TELL
        : 0
      : COULD_NOT_TELL
  }
  return code
}

const EXAMPLES = `
Start here:
  waybill init --example bakery my-platform    write a platform of six lines, ready to commit
  waybill -C my-platform synth                 write its manifests
  waybill -C my-platform lint                  judge them
  waybill lint k8s/                            judge any YAML, no platform needed

Exit codes: 0 as it should be, 1 findings or a closed gate, 2 could not tell (bad input, nothing was written).`

async function terminal(): Promise<Terminal> {
  const { default: picocolors } = await import('picocolors')
  return {
    colors: picocolors.createColors(process.stdout.isTTY === true && process.env.NO_COLOR === undefined),
    progress: line => {
      if (process.stderr.isTTY) process.stderr.write(`${line}\n`)
    },
    second: 1000,
    patience: 30_000,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  }
}

// Whoever reads may stop reading, as `| head` does: that is no fault of anybody.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { report } = await import('./failure.ts')
  process.stderr.write(report(error))
  process.exitCode = COULD_NOT_TELL
}
