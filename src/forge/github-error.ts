import { GraphqlResponseError } from '@octokit/graphql'
import { formatTime } from '../promote/instant.ts'
import { inputError } from '../spec/problem.ts'

/** What GitHub said of a request that it did not grant. */
export interface Refusal {
  /** 500 also stands for a connection that broke or an answer that never came. */
  readonly status: number
  readonly words: string
  readonly headers: Readonly<Record<string, string | number | undefined>>
}

/** Reads a refusal from what the client threw, `undefined` when it is a fault of another kind. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof GraphqlResponseError) {
    const [first] = error.errors ?? []
    const status = first?.type === 'FORBIDDEN' ? 403 : first?.type === 'NOT_FOUND' ? 404 : 500
    return { status, words: first?.message ?? error.message, headers: error.headers }
  }
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined
  const { response } = error as { response?: { data?: unknown; headers?: Refusal['headers'] } }
  return { status: error.status, words: wordsOf(response?.data) ?? error.message, headers: response?.headers ?? {} }
}

function wordsOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('message' in data)) return undefined
  const details = 'errors' in data && Array.isArray(data.errors) ? data.errors : []
  const texts = details.map(detail => (typeof detail === 'string' ? detail : (detail?.message ?? detail?.code)))
  return [String(data.message), ...texts.filter(text => text !== undefined)].join(': ')
}

type Reply = readonly [message: string, hint: string]

/** What to say and what to do, the first that fits. `doing` completes "the token may not …". */
const REPLIES: readonly (readonly [(refusal: Refusal) => boolean, (refusal: Refusal, doing: string) => Reply])[] = [
  [
    ({ status }) => status === 401,
    () => [
      'GitHub does not accept the token',
      'it may have expired or been revoked: make a new one and set GITHUB_TOKEN',
    ],
  ],
  [
    ({ status, words }) => (status === 403 || status === 429) && /secondary rate|abuse/i.test(words),
    ({ headers }) => [
      'GitHub asks for a pause: the token has made too many requests in a short time',
      `run it again in ${headers['retry-after'] ?? 60} s`,
    ],
  ],
  [
    ({ status, headers }) => (status === 403 || status === 429) && String(headers['x-ratelimit-remaining']) === '0',
    ({ headers }) => [
      'the token has used up its requests of this hour',
      `run it again after ${formatTime(Number(headers['x-ratelimit-reset'] ?? 0))}`,
    ],
  ],
  [
    ({ status, words }) => status === 403 && /SAML/.test(words),
    () => [
      'the organisation wants the token to be authorised for it',
      'authorise it in the settings of the token (SSO)',
    ],
  ],
  [
    ({ status }) => status === 403,
    ({ words, headers }, doing) => [
      `the token may not ${doing}: ${words}`,
      `give it ${headers['x-accepted-github-permissions'] ?? 'write access to contents, pull requests and commit statuses'}`,
    ],
  ],
  [
    ({ status }) => status === 404,
    (_refusal, doing) => [
      `GitHub finds nothing where waybill wanted to ${doing}, or the token may not see it`,
      'check the address of "origin", and that the token has access to the repository',
    ],
  ],
  [
    ({ status }) => status === 405 || status === 409,
    ({ words }, doing) => [
      `GitHub refuses to ${doing}: ${words}`,
      'bring the pull request up to date with `waybill promote`, and see what the protection of the branch asks for',
    ],
  ],
  [({ status }) => status >= 500, ({ words }, doing) => [`GitHub did not ${doing}: ${words}`, 'run it again']],
]

/** An error that says what to do about a refusal; any other error as it is. */
export function told(error: unknown, subject: string, doing: string): unknown {
  const refusal = refusalOf(error)
  if (refusal === undefined) return error
  const [, reply] = REPLIES.find(([fits]) => fits(refusal)) ?? []
  const [message, hint] = reply?.(refusal, doing) ?? [`GitHub refuses to ${doing}: ${refusal.words}`, undefined]
  return inputError(subject, message, hint)
}
