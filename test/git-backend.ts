import { spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'

/** What Git has to say to a request. */
export interface GitAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Serves one request of Git's own protocol from the bare repositories in a folder, as any web server would. */
export function gitBackend(
  folder: string,
  request: IncomingMessage,
  path: string,
  query: string,
  body: Buffer,
  environment: Readonly<Record<string, string>>,
): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        ...process.env,
        ...environment,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'somebody',
        REQUEST_METHOD: request.method ?? 'GET',
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: String(body.length),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.on('error', reject)
    child.on('close', () => {
      const output = Buffer.concat(parts)
      const end = output.indexOf('\r\n\r\n')
      const lines = output.subarray(0, end).toString('utf8').split('\r\n')
      const headers = Object.fromEntries(lines.map(line => line.split(/:\s*/, 2) as [string, string]))
      const status = Number.parseInt(headers.Status ?? '200', 10)
      resolve({ status, headers, body: output.subarray(end + 4) })
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(body)
  })
}
