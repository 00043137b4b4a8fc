import { fault } from './fault.ts'
import type { Library, ValueType } from './library.ts'
import type { Comparable, Value } from './value.ts'

/** The parts of a URL, as Go's net/url splits an absolute URI or an absolute path. */
export class Url implements Comparable {
  readonly text: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    this.text = text
    this.scheme = scheme
    this.host = host
    this.path = path
    this.query = query
  }
  equals(other: Value): boolean {
    return other instanceof Url && other.text === this.text
  }
}

const HOST = /^(\[[0-9a-fA-F:.]+(?:%25[^\]]*)?\]|[^[\]:\s"<>\\^`{|}]*)(:\d*)?$/
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what net/url refuses
const CONTROL = /[\u0000-\u001f\u007f]/

/** The URL that a text writes, or why it writes none. */
export function parseUrl(text: string): Url | string {
  const refused = (why: string) => `parse ${JSON.stringify(text)}: ${why}`
  if (text === '') return refused('empty url')
  if (CONTROL.test(text)) return refused('net/url: invalid control character in URL')
  const [, scheme = '', rest = text] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? []
  if (scheme === '' && !text.startsWith('/')) return refused('invalid URI for request')
  const [beforeFragment = ''] = rest.split('#', 1)
  const question = beforeFragment.indexOf('?')
  const query = question === -1 ? '' : beforeFragment.slice(question + 1)
  const locator = question === -1 ? beforeFragment : beforeFragment.slice(0, question)
  if (!locator.startsWith('/')) {
    // An opaque URI such as "mailto:someone" is no target of a request.
    return scheme !== '' && locator !== ''
      ? new Url(text, scheme.toLowerCase(), '', '', query)
      : refused('invalid URI for request')
  }
  const hasHost = locator.startsWith('//') && (scheme !== '' || !locator.startsWith('///'))
  const slash = hasHost ? locator.indexOf('/', 2) : 0
  const authority = hasHost ? locator.slice(2, slash === -1 ? undefined : slash) : ''
  const path = slash === -1 ? '' : locator.slice(slash)
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (!HOST.test(host)) return refused('invalid host or port')
  if (BAD_ESCAPE.test(path)) return refused('invalid URL escape')
  return new Url(text, scheme.toLowerCase(), host, path, query)
}

function url(text: string): Url {
  const parsed = parseUrl(text)
  if (typeof parsed === 'string') throw fault(`URL parse error during conversion from string: ${parsed}`)
  return parsed
}

function hostname({ host }: Url): string {
  return host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
}

function port({ host }: Url): string {
  return /:(\d+)$/.exec(host)?.[1] ?? ''
}

// net/url leaves these alone in a path; everything else is escaped as UTF-8.
const PATH_SAFE = /[^A-Za-z0-9\-._~$&+,/:;=@!'()*%[\]]+/g

function escapedPath({ path }: Url): string {
  return path.replace(PATH_SAFE, run =>
    [...Buffer.from(run, 'utf8')].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

/** Repeated keys collect their values; a pair that cannot be unescaped, or holds a semicolon, is left out. */
function queryOf({ query }: Url): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';') || BAD_ESCAPE.test(pair)) continue
    const [key = '', ...value] = pair.split('=')
    const decode = (part: string) =>
      Buffer.from(
        part
          .replaceAll('+', ' ')
          .replace(/[^%]+|%(..)/g, (run, hex?: string) =>
            hex === undefined
              ? Buffer.from(run, 'utf8').toString('latin1')
              : String.fromCharCode(Number.parseInt(hex, 16)),
          ),
        'latin1',
      ).toString('utf8')
    const name = decode(key)
    values.set(name, [...(values.get(name) ?? []), decode(value.join('='))])
  }
  return values
}

export const URL_TYPES: readonly ValueType[] = [{ name: 'kubernetes.URL', ctor: Url }]

const U = 'kubernetes.URL'

export const URLS: Library = {
  [`url(string): ${U}`]: url,
  'isURL(string): bool': (text: string) => typeof parseUrl(text) !== 'string',
  [`${U}.getScheme(): string`]: (of: Url) => of.scheme,
  [`${U}.getHost(): string`]: (of: Url) => of.host,
  [`${U}.getHostname(): string`]: hostname,
  [`${U}.getPort(): string`]: port,
  [`${U}.getEscapedPath(): string`]: escapedPath,
  [`${U}.getQuery(): map<string, list<string>>`]: queryOf,
}
