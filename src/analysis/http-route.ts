import { append } from '../manifest/group-by.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { regexOf } from '../manifest/re2.ts'
import { fieldsOf, listOf, numberOf, textOf } from '../manifest/value.ts'
import { podEndpointsOf } from './endpoint.ts'
import { type MiddlewareUse, middlewaresOf } from './middleware.ts'
import { perIndex } from './per-index.ts'
import { type RouteEntry, routeEntriesOf } from './route-entry.ts'
import { type ServiceTargets, serviceTargetsOf } from './service-target.ts'
import { isMatchFault, type Match, parseMatch, regexpFault } from './traefik-match.ts'

/** A request, as far as routes are asked about it. */
export interface Request {
  readonly host: string
  readonly path: string
}

/** `maybe`: it depends on something else in the request, such as a header or the address of the client. */
export type Answer = 'yes' | 'maybe' | 'no'

/** A rule that sends HTTP requests to Services. */
export interface HttpRoute extends RouteEntry {
  readonly kind: 'Ingress' | 'IngressRoute' | 'HTTPRoute'
  /** Hosts that are named in full, in lower case. */
  readonly exactHosts: readonly string[]
  /** Every host that it may answer, in lower case; `undefined` when they cannot be listed. */
  readonly onlyHosts: ReadonlySet<string> | undefined
  readonly middlewares: readonly MiddlewareUse[]
  /** Traefik's entry points; `undefined` when it names none, and for other kinds. */
  readonly entryPoints: readonly string[] | undefined
  answers(request: Request): Answer
  /** Of two routes that answer, the one with the higher rank does. */
  rank(request: Request): number
}

/** The ways into an environment, read without its network policies. */
export interface Ways {
  readonly services: ServiceTargets
  readonly http: readonly HttpRoute[]
  /** Those of `http` that may answer a host, in their order. */
  httpOf(host: string): readonly HttpRoute[]
  /** Exposed Services and ports of nodes: requests reach the pods without anything in between. */
  readonly direct: readonly RouteEntry[]
}

export const waysInto = perIndex((index): Ways => {
  const pods = podEndpointsOf(index)
  const byId = new Map(pods.map(endpoint => [endpoint.id, endpoint]))
  const services = serviceTargetsOf(index, { pods })
  const entries = routeEntriesOf(index, { pods, find: id => byId.get(id) }, services)
  const http = entries.flatMap(entry => httpRoute(index, entry) ?? [])
  return {
    services,
    http,
    httpOf: byHost(http),
    direct: entries.filter(({ through }) => through.length === 0),
  }
})

/** Routes by the host that they may answer: a platform has thousands of them, and each host a few. */
function byHost(routes: readonly HttpRoute[]): Ways['httpOf'] {
  const anywhere: number[] = []
  const somewhere = new Map<string, number[]>()
  for (const [nth, { onlyHosts }] of routes.entries()) {
    if (onlyHosts === undefined) anywhere.push(nth)
    for (const host of onlyHosts ?? []) {
      append(somewhere, host, nth)
    }
  }
  return host => [...anywhere, ...(somewhere.get(host) ?? [])].sort((a, b) => a - b).flatMap(nth => routes[nth] ?? [])
}

/** The route that answers a request on each entry point, and those that may answer before it. */
export interface Answering {
  readonly route: HttpRoute
  /** Routes of a higher rank that answer some of these requests. */
  readonly before: readonly HttpRoute[]
}

/** Which routes answer a request: one for each entry point that any of them listens on. */
export function answering(routes: readonly HttpRoute[], request: Request): readonly Answering[] {
  const found = routes
    .filter(route => route.answers(request) !== 'no')
    .map(route => ({ route, rank: route.rank(request) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ route }) => route)
  const entryPoints = new Set(found.flatMap(({ entryPoints: own }) => own ?? []))
  const answers = (entryPoints.size === 0 ? [undefined] : [...entryPoints]).flatMap(
    (entryPoint): readonly Answering[] => {
      const here = found.filter(
        ({ entryPoints: own }) => own === undefined || entryPoint === undefined || own.includes(entryPoint),
      )
      const nth = here.findIndex(route => route.answers(request) === 'yes')
      const route = here[nth]
      return route === undefined ? [] : [{ route, before: here.slice(0, nth) }]
    },
  )
  return answers.filter(({ route }, nth) => answers.findIndex(other => other.route === route) === nth)
}

function httpRoute(index: Index, entry: RouteEntry): HttpRoute | undefined {
  const { source, at, hosts } = entry
  const { kind } = source.manifest
  if (kind !== 'Ingress' && kind !== 'IngressRoute' && kind !== 'HTTPRoute') return undefined
  const exactHosts = hosts
    .filter(host => host.kind === 'exact' && !host.negated && !host.value.includes('*'))
    .map(({ value }) => value.toLowerCase())
  const points = kind === 'IngressRoute' ? listOf(fieldsOf(source.manifest.spec).entryPoints).map(String) : []
  return {
    ...entry,
    kind,
    exactHosts: [...new Set(exactHosts)],
    middlewares: middlewaresOf(index, source, at),
    entryPoints: points.length === 0 ? undefined : points,
    ...(kind === 'IngressRoute' ? traefikMatching(entry) : pathMatching(entry)),
  }
}

type Matching = Pick<HttpRoute, 'answers' | 'rank' | 'onlyHosts'>

function traefikMatching({ source, at, fault }: RouteEntry): Matching {
  const [, , nth] = at
  const { match, priority } = fieldsOf(listOf(fieldsOf(source.manifest.spec).routes)[Number(nth)])
  const text = textOf(match) ?? ''
  const parsed = fault === undefined ? parseMatch(text) : undefined
  if (parsed === undefined || isMatchFault(parsed)) return { onlyHosts: new Set(), answers: () => 'no', rank: () => 0 }
  const given = numberOf(priority) ?? 0
  // Without a priority, or with zero, the length of the rule is the priority.
  return {
    onlyHosts: hostsWithin(parsed),
    answers: request => evaluate(parsed, request),
    rank: () => (given === 0 ? text.length : given),
  }
}

/** The hosts outside of which a match answers nothing, `undefined` when they cannot be listed. */
function hostsWithin(match: Match): ReadonlySet<string> | undefined {
  if (match.kind === 'test') return match.name === 'Host' ? new Set([(match.args[0] ?? '').toLowerCase()]) : undefined
  if (match.kind === 'not') return undefined
  const parts = match.of.map(hostsWithin)
  // Every part of an "and" has to hold, so any of them sets the limits.
  if (match.kind === 'and') return parts.find(hosts => hosts !== undefined)
  return parts.some(hosts => hosts === undefined) ? undefined : new Set(parts.flatMap(hosts => [...(hosts ?? [])]))
}

const OPPOSITE = { yes: 'no', maybe: 'maybe', no: 'yes' } as const

function evaluate(match: Match, request: Request): Answer {
  if (match.kind === 'not') return OPPOSITE[evaluate(match.of, request)]
  if (match.kind === 'test') return TESTS[match.name]?.(match.args[0] ?? '', request) ?? 'maybe'
  const parts = match.of.map(part => evaluate(part, request))
  const [decisive, other] = match.kind === 'and' ? (['no', 'yes'] as const) : (['yes', 'no'] as const)
  if (parts.includes(decisive)) return decisive
  return parts.includes('maybe') ? 'maybe' : other
}

const told = (holds: boolean): Answer => (holds ? 'yes' : 'no')

const TESTS: Readonly<Record<string, (value: string, request: Request) => Answer>> = {
  Host: (value, { host }) => told(value.toLowerCase() === host),
  HostRegexp: (value, { host }) => told(isFoundIn(value, host)),
  Path: (value, { path }) => told(value === path),
  PathPrefix: (value, { path }) => told(path.startsWith(value)),
  PathRegexp: (value, { path }) => told(isFoundIn(value, path)),
}

function isFoundIn(pattern: string, text: string): boolean {
  const regex = regexOf(pattern)
  return typeof regex !== 'string' && regex.test(text)
}

/** Hosts weigh more than paths, an exact path more than any prefix, a longer prefix more than a shorter one. */
const WEIGHT = { host: 1e6, exact: 1e5 }

/** Ingress and HTTPRoute: any of the hosts and any of the paths; none of them means every one. */
function pathMatching({ source, at, hosts, paths }: RouteEntry): Matching {
  const isIngress = source.manifest.kind === 'Ingress'
  const ofHost = (value: string, host: string): boolean => {
    if (!value.startsWith('*.')) return value.toLowerCase() === host
    const rest = value.slice(1).toLowerCase()
    // The wildcard of an Ingress stands for one label, that of the Gateway API for any number.
    return host.endsWith(rest) && (!isIngress || !host.slice(0, -rest.length).includes('.'))
  }
  const ofPath = ({ kind, value }: { kind: string; value: string }, path: string): Answer => {
    if (kind === 'exact') return told(path === value)
    // A pattern that is refused answers nothing.
    if (kind === 'regexp') return told(regexpFault(value) === undefined && isFoundIn(`^(?:${value})$`, path))
    const prefix = value.replace(/\/+$/, '')
    return told(path === prefix || path.startsWith(`${prefix}/`))
  }
  const narrowed = !isIngress && hasOtherConditions(source, Number(at[2]))
  const isListed = hosts.length > 0 && hosts.every(({ value }) => !value.startsWith('*.'))
  return {
    onlyHosts: isListed ? new Set(hosts.map(({ value }) => value.toLowerCase())) : undefined,
    answers: ({ host, path }) => {
      const isHere = hosts.length === 0 || hosts.some(({ value }) => ofHost(value, host))
      const isThere = paths.length === 0 || paths.some(test => ofPath(test, path) === 'yes')
      if (!isHere || !isThere) return 'no'
      return narrowed ? 'maybe' : 'yes'
    },
    rank: ({ host, path }) => {
      const matching = paths.filter(test => ofPath(test, path) === 'yes')
      const lengths = matching.map(({ kind, value }) => value.length + (kind === 'exact' ? WEIGHT.exact : 0))
      const isExactHost = hosts.some(({ value }) => value.toLowerCase() === host)
      return Math.max(0, ...lengths) + (isExactHost ? WEIGHT.host : hosts.length > 0 ? WEIGHT.host / 2 : 0)
    },
  }
}

/** Whether every match of a rule of an HTTPRoute asks for a header, a query or a method besides. */
function hasOtherConditions(source: Source, nth: number): boolean {
  const rule = fieldsOf(listOf(fieldsOf(source.manifest.spec).rules)[nth])
  const matches = listOf(rule.matches).map(fieldsOf)
  return (
    matches.length > 0 &&
    matches.every(match => ['headers', 'queryParams', 'method'].some(key => match[key] !== undefined))
  )
}

/** Who owns what a route serves: the tenant that its manifest names, else its namespace. */
export function ownerOf(source: Source): string {
  return source.manifest.metadata.labels?.['waybill.dev/tenant'] ?? namespaceOf(source)
}
