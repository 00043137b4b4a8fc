import type { Git } from '../git.ts'
import { inputError } from '../spec/problem.ts'
import { short } from '../synth/unit-file.ts'

/**
 * Stops before a branch of the bot is overwritten that a person has pushed to.
 *
 * @param onto a commit of the base
 * @param tip the commit at the tip of the branch
 * @throws InputError naming the commit, and the ways out
 */
export function refuseForeign(git: Git, branch: string, onto: string, tip: string): void {
  const foreign = git.foreign(onto, tip)
  if (foreign === undefined) return
  throw inputError(
    branch,
    `${foreign.author} has pushed ${short(foreign.id)} "${foreign.subject}" to the branch, so the bot leaves it alone`,
    'merge or close its pull request, or delete the branch; then run the command again',
  )
}
