import { verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANSWERS, type Answer, people } from './fake-answers.ts'
import { BOT, type FakePull, type FakeRepository, NAME, OWNER, userNamed } from './fake-repository.ts'
import { gitBackend } from './git-backend.ts'
import { answerOf, type Call, callOf } from './github-contract.ts'

export const TOKEN = 'ghs_a-secret-that-nobody-prints'

/** Where GitHub Enterprise Server has its API. */
const API = '/api/v3'

/** Something that goes wrong, or happens, at one request. Late is after the request has had its effect. */
export type Fault =
  | {
      readonly kind: 'refuse'
      readonly status: number
      readonly late?: boolean
      readonly message?: string
      readonly headers?: Headers
    }
  /** The connection breaks. */
  | { readonly kind: 'reset'; readonly late?: boolean }
  /** No answer ever comes. */
  | { readonly kind: 'hang' }
  /** Pull requests are listed as they were some time ago. */
  | { readonly kind: 'stale'; readonly listed: readonly FakePull[] }
  /** The world moves on just before the request is heard. */
  | { readonly kind: 'event'; act(): unknown }

type Headers = Readonly<Record<string, string>>

/** A request as it came in. */
export interface Seen {
  readonly index: number
  /** As GitHub calls it, or `git fetch`, `git push` and `graphql`. */
  readonly operation: string
  readonly isWrite: boolean
}

/**
 * A GitHub with one repository, over HTTP. Every request and every answer is held against GitHub's own description of its
 * API, and Git is Git.
 */
export interface FakeGithub {
  readonly repository: FakeRepository
  /** The address of the repository. */
  readonly origin: string
  /** What tells a command to use it. */
  readonly variables: Readonly<Record<string, string>>
  readonly seen: Seen[]
  /** Requests and answers that were not as GitHub describes them. */
  readonly violations: string[]
  /** What goes wrong at a request. */
  fault: (seen: Seen) => Fault | undefined
  /** The account behind each token that is accepted. */
  readonly tokens: Map<string, string>
  /** The app that may ask for tokens, with its public key. */
  app?: { readonly id: string; readonly key: string }
  /** A pattern of refs that nobody may push to. */
  protected: string
  dispose(): Promise<void>
}

export async function fakeGithub(repository: FakeRepository): Promise<FakeGithub> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      self.violations.push(String(error))
      send(response, 400, { message: String(error) })
    })
  })
  // A test that fails before it disposes of its fake has to come to an end all the same.
  server.unref()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const self: FakeGithub = {
    repository,
    origin: `${url}/${OWNER}/${NAME}.git`,
    variables: { GITHUB_API_URL: url + API, GITHUB_SERVER_URL: url, GITHUB_TOKEN: TOKEN },
    seen: [],
    violations: [],
    fault: () => undefined,
    tokens: new Map([[TOKEN, BOT.login]]),
    protected: 'refs/heads/main',
    dispose: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      repository.dispose()
    },
  }
  return self

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const address = new URL(request.url ?? '/', url)
    const { call, operation, isWrite } = understand(request.method ?? '', address, body)
    const seen = { index: self.seen.length, operation, isWrite }
    self.seen.push(seen)
    const fault = self.fault(seen)
    if (fault?.kind === 'event') await fault.act()
    if (fault?.kind === 'hang') return
    const late = fault !== undefined && 'late' in fault && fault.late === true
    if (fault?.kind === 'reset' && !late) return void request.socket.destroy()
    if (fault?.kind === 'refuse' && !late) return refuse(response, fault)

    repository.follow()
    const listed = fault?.kind === 'stale' ? fault.listed : repository.pulls
    const exchanged = operation.startsWith('git ') ? await exchange(request, address, body) : undefined
    const [status, content] = exchanged === undefined ? reply(request, call, body, listed) : [200, undefined]
    repository.follow()

    if (fault?.kind === 'reset') request.socket.destroy()
    else if (fault?.kind === 'refuse') refuse(response, fault)
    else if (exchanged !== undefined) response.writeHead(exchanged.status, exchanged.headers).end(exchanged.body)
    else send(response, status, content, nextPage(address, content))
  }

  function understand(
    method: string,
    address: URL,
    body: Buffer,
  ): { call?: Call; operation: string; isWrite: boolean } {
    if (address.pathname.startsWith(`/${OWNER}/${NAME}.git/`)) {
      const isPush = `${address.pathname}${address.search}`.includes('receive-pack')
      return { operation: isPush ? 'git push' : 'git fetch', isWrite: isPush && method === 'POST' }
    }
    if (address.pathname === '/api/graphql') return { operation: 'graphql', isWrite: false }
    const path = new URL(address.pathname.replace(API, '') + address.search, url)
    const call = callOf(method, path, body.toString('utf8'))
    return { call, operation: call.operation, isWrite: method !== 'GET' }
  }

  async function exchange(request: IncomingMessage, { pathname, search }: URL, body: Buffer) {
    const [, basic = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? []
    const [, token = ''] = /^x-access-token:(.*)$/.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? []
    if (!self.tokens.has(token)) {
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="GitHub"' }, body: Buffer.from('') }
    }
    const guard = { PROTECTED: self.protected }
    return gitBackend(repository.folder, request, pathname, search.slice(1), body, guard)
  }

  function reply(request: IncomingMessage, call: Call | undefined, body: Buffer, listed: readonly FakePull[]): Answer {
    const [, token = ''] = /^(?:token|bearer) (.*)$/i.exec(request.headers.authorization ?? '') ?? []
    if (call?.operation.startsWith('apps/')) return answered(call, appAnswer(call, token))
    const login = self.tokens.get(token)
    if (login === undefined) return [401, { message: 'Bad credentials' }]
    if (call === undefined) return [200, people(repository, JSON.parse(body.toString('utf8')).query)]
    const act = ANSWERS[call.operation]
    if (act === undefined) throw new Error(`nobody has written ${call.operation}`)
    return answered(call, act({ ...call, repository, listed, user: userNamed(login) }))
  }

  function answered({ operation }: Call, [status, stated]: Answer): Answer {
    return [status, stated === undefined ? { message: `refused ${status}` } : answerOf(operation, status, stated)]
  }

  function appAnswer({ operation }: Call, jwt: string): Answer {
    const { app } = self
    const [head = '', claims = '', signature = ''] = jwt.split('.')
    const text = Buffer.from(`${head}.${claims}`)
    if (app === undefined || !verify('sha256', text, app.key, Buffer.from(signature, 'base64url')))
      return [401, undefined]
    const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
    if (iss !== app.id || exp - iat > 660) return [401, undefined]
    if (operation === 'apps/get-repo-installation') return [200, { id: 42 }]
    self.tokens.set('ghs_of-the-installation', BOT.login)
    return [201, { token: 'ghs_of-the-installation' }]
  }
}

/** Where the next page of a list is that says how long it is. */
function nextPage(address: URL, content: unknown): Headers {
  const { total_count: total = 0 } = (content ?? {}) as { readonly total_count?: number }
  const page = Number(address.searchParams.get('page') ?? 1)
  if (total <= page * Number(address.searchParams.get('per_page') ?? 30)) return {}
  const next = new URL(address)
  next.searchParams.set('page', String(page + 1))
  return { link: `<${next}>; rel="next"` }
}

function refuse(response: ServerResponse, { status, message, headers }: Fault & { readonly kind: 'refuse' }): void {
  send(response, status, { message: message ?? `fault ${status}` }, headers)
}

function send(response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void {
  const limits = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': '1804586400' }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...limits, ...headers })
  response.end(JSON.stringify(body))
}
