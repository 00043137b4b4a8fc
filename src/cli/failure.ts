import { findRoot, readText } from '../files.ts'
import { formatProblem, InputError, type Problem } from '../spec/problem.ts'

/** What a person reads when a command could not tell: bad input with a caret; a stack only where the fault is ours. */
export function report(error: unknown): string {
  if (!(error instanceof InputError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return `waybill failed, and it is not your fault. Please report this:\n${stack}\n`
  }
  const root = findRoot(process.cwd()) ?? process.cwd()
  return error.problems.map(problem => `${formatProblem(problem, textOf(root, problem))}\n`).join('')
}

function textOf(root: string, { file, start }: Problem): string | undefined {
  if (start === undefined) return undefined
  try {
    return readText(`${root}/${file}`)
  } catch (unreadable) {
    if (unreadable instanceof InputError) return undefined
    throw unreadable
  }
}
