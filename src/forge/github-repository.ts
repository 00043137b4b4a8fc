/** A repository on github.com or on a GitHub of somebody's own. */
export interface GithubRepository {
  readonly owner: string
  readonly name: string
  /** Where its API is: `https://api.github.com`. */
  readonly api: string
  /** Where Git finds it: `https://github.com/octo/shop.git`. */
  readonly url: string
}

export type Variables = Readonly<Record<string, string | undefined>>

const GITHUB_API = 'https://api.github.com'

/**
 * The repository behind the address of a remote, `undefined` when it is on no GitHub that is known: github.com, or the
 * one that `GITHUB_API_URL` names.
 */
export function repositoryAt(remote: string, variables: Variables): GithubRepository | undefined {
  const { api, server } = hostOf(variables)
  const { host, path } = locate(remote) ?? {}
  if (path === undefined || (host !== server.host && host !== server.hostname)) return undefined
  return repositoryNamed(path.replace(/^\/+|\/+$|\.git\/*$/g, ''), api, server)
}

/** The repository that `GITHUB_REPOSITORY` names, as `octo/shop`. */
export function repositoryIn(variables: Variables): GithubRepository | undefined {
  const { api, server } = hostOf(variables)
  return repositoryNamed(variables.GITHUB_REPOSITORY ?? '', api, server)
}

function repositoryNamed(fullName: string, api: string, server: URL): GithubRepository | undefined {
  const [owner, name, ...rest] = fullName.split('/')
  if (!owner || !name || rest.length > 0) return undefined
  return { owner, name, api, url: new URL(`${owner}/${name}.git`, server).href }
}

/** GitHub Enterprise Server has its API below `/api/v3`, everybody else on a host of its own that begins with `api.`. */
function hostOf({ GITHUB_API_URL, GITHUB_SERVER_URL }: Variables): { api: string; server: URL } {
  const api = GITHUB_API_URL ?? GITHUB_API
  const server = new URL(GITHUB_SERVER_URL ?? new URL('/', api.replace('://api.', '://')).href)
  return { api, server }
}

/** Host and path of an address, also of one as `git@github.com:octo/shop.git`. */
function locate(remote: string): { host: string; path: string } | undefined {
  const [, host, path] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(remote) ?? []
  if (host !== undefined && path !== undefined) return { host, path }
  if (!URL.canParse(remote)) return undefined
  const url = new URL(remote)
  return { host: url.protocol === 'ssh:' ? url.hostname : url.host, path: url.pathname }
}
