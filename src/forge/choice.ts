import type { Git } from '../git.ts'
import { inputError } from '../spec/problem.ts'
import type { Forge, Waiting } from './forge.ts'
import { credentialIn } from './github-credential.ts'
import { repositoryAt, repositoryIn, type Variables } from './github-repository.ts'
import { localForge } from './local.ts'

export const FORGES = ['local', 'github'] as const
export type ForgeName = (typeof FORGES)[number]

/**
 * Opens the forge that is asked for. Without a wish it is GitHub when `origin` is there and a token is at hand: a
 * repository on a laptop never reaches out because of a token alone.
 *
 * @throws InputError when GitHub is asked for, and the repository or the token is missing
 */
export async function openForge(
  git: Git,
  wanted: ForgeName | undefined,
  variables: Variables,
  waiting: Waiting,
): Promise<Forge> {
  if (wanted === 'local') return localForge(git)
  const remote = git.remoteUrl('origin')
  const origin = remote === undefined ? undefined : repositoryAt(remote, variables)
  const repository = wanted === 'github' ? (origin ?? repositoryIn(variables)) : origin
  const credential = repository === undefined ? undefined : credentialIn(variables)
  if (repository === undefined || credential === undefined) {
    if (wanted === undefined) return localForge(git)
    if (repository === undefined) {
      throw inputError(
        '--forge',
        remote === undefined ? 'there is no "origin" that is on GitHub' : '"origin" is on no GitHub that is known',
        'set GITHUB_REPOSITORY=owner/name, and GITHUB_API_URL for a GitHub of your own',
      )
    }
    throw inputError(
      '--forge',
      `there is no token for ${repository.owner}/${repository.name}`,
      'set GITHUB_TOKEN or GH_TOKEN, or WAYBILL_APP_ID and WAYBILL_APP_KEY',
    )
  }
  const { githubForge } = await import('./github.ts')
  return githubForge(git, repository, credential, waiting)
}
