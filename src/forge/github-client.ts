import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { Octokit } from '@octokit/rest'
import type { Waiting } from './forge.ts'

/** Seconds that a run waits at most when GitHub asks for a pause; after that, somebody had better run it later. */
const LONGEST_PAUSE = 120
/** Pauses of one request. */
const PAUSES = 2

const Client = Octokit.plugin(throttling, retry)

/** Answers that the same request gets again: there is no use in asking twice. 403 and 429 are for the throttling plugin. */
const FINAL = [400, 401, 403, 404, 405, 409, 410, 422, 429, 451]

/**
 * The plugin would leave one second between writes and three between notifications. A run makes five writes at most and
 * is over, so they go at once; that GitHub asks for a pause is still heard.
 */
const AT_ONCE = { key: () => ({ schedule: (_job: object, act: () => Promise<void>) => act() }) } as never

/** A client that tries again what failed in passing, and pauses when it is asked to. */
export function githubClient(api: string, token: string, { second, patience, progress }: Waiting): Octokit {
  const pause = (seconds: number, request: { method: string; url: string }, _client: object, pauses: number) => {
    if (seconds > LONGEST_PAUSE || pauses >= PAUSES) return false
    progress(`GitHub asks for a pause of ${seconds} s (${request.method} ${request.url})`)
    return true
  }
  return new Client({
    auth: token,
    baseUrl: api,
    userAgent: 'waybill',
    request: {
      fetch: (url: string, request: RequestInit) => fetch(url, { ...request, signal: AbortSignal.timeout(patience) }),
    },
    log: { debug: () => undefined, info: () => undefined, warn: progress, error: progress },
    retry: { doNotRetry: FINAL, retryAfterBaseValue: second },
    throttle: {
      write: AT_ONCE,
      notifications: AT_ONCE,
      retryAfterBaseValue: second,
      onRateLimit: pause,
      onSecondaryRateLimit: pause,
    },
  })
}
