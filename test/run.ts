/**
 * Runs every `test/*.test.ts` (its compiled output) in a process of its own and counts what ran.
 *
 * uvu exits 0 when `.run()` is forgotten, when no file matches, when a hook throws and under `.only`,
 * so the verdict is ours: green only when every file ran at least one test and all that it ran passed.
 *
 *   node dist/test/run.js [part of a file name …]
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

process.exitCode = 1

const compiled = fileURLToPath(new URL('.', import.meta.url))
const sources = fileURLToPath(new URL('../../test/', import.meta.url))
const wanted = process.argv.slice(2)

interface Result {
  readonly suite: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What is wrong with the suite itself; the failures of its tests are in `output`. */
  readonly fault: string | undefined
  readonly output: string
}

function count(output: string, label: string): number {
  return Number(new RegExp(`^ {2}${label}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0)
}

function judge(suite: string, output: string, code: number | null): Result {
  const total = count(output, 'Total')
  const passed = count(output, 'Passed')
  const skipped = count(output, 'Skipped')
  const source = readFileSync(sources + suite, 'utf8')
  const fault = /^\s*\w+\.only\(/m.test(source)
    ? 'has a test with .only, which silently drops the others'
    : total + skipped === 0
      ? 'ran no test: was its .run() forgotten?'
      : code !== 0 && passed === total
        ? `ended with exit code ${code} though every test passed: a hook threw`
        : undefined
  return { suite, passed, failed: total - passed + (fault === undefined ? 0 : 1), skipped, fault, output }
}

function run(suite: string): Promise<Result> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, ['--enable-source-maps', compiled + suite.replace(/\.ts$/, '.js')], {
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('close', code => resolve(judge(suite, output, code)))
  })
}

const waiting = readdirSync(sources)
  .filter(name => name.endsWith('.test.ts'))
  .filter(name => wanted.length === 0 || wanted.some(part => name.includes(part)))
  .sort()
const results: Result[] = []

async function worker(): Promise<void> {
  for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
    const result = await run(suite)
    results.push(result)
    const skips = result.skipped > 0 ? `, ${result.skipped} skipped` : ''
    console.log(`${result.failed > 0 ? '✘' : '•'} ${suite}  ${result.passed} passed${skips}`)
    for (const line of result.output.match(/^skipped: .*$/gm) ?? []) console.log(`  ${line}`)
    if (result.failed > 0) console.log(result.output)
    if (result.fault !== undefined) console.log(`  ${suite} ${result.fault}`)
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, worker))

const sum = (pick: (result: Result) => number) => results.reduce((total, result) => total + pick(result), 0)
const passed = sum(result => result.passed)
const failed = sum(result => result.failed)
const skipped = sum(result => result.skipped)
if (failed === 0 && passed > 0) process.exitCode = 0
else if (passed === 0) console.log(`no test ran${wanted.length > 0 ? `: nothing matches ${wanted.join(' ')}` : ''}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
