import type { ICertificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate'
import type { IIngressRoute } from '@kubernetes-models/traefik/traefik.io/v1alpha1/IngressRoute'
import type { IMiddleware } from '@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware'
import type { IMiddlewareSpec } from '@kubernetes-models/traefik/traefik.io/v1alpha1/MiddlewareSpec'
import type { IRoute } from '@kubernetes-models/traefik/traefik.io/v1alpha1/Route'
import type { IServersTransport } from '@kubernetes-models/traefik/traefik.io/v1alpha1/ServersTransport'
import type { ITLSOption } from '@kubernetes-models/traefik/traefik.io/v1alpha1/TLSOption'
import { Construct } from 'constructs'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Population } from '../src/spec/population.ts'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, NAMES, PORTS } from './names.ts'
import { add } from './object.ts'

/** The routes and all that they use: Traefik serves nothing at all when a route names what is not there. */
const NAME = 'odoo'

/** Bytes that one request may carry: Odoo's own limit of an upload. */
const LARGEST_BODY = 128 * 1024 * 1024
/** Bytes of it that Traefik keeps in memory. */
const BODY_IN_MEMORY = 2 * 1024 * 1024
/** Seconds for which browsers refuse to speak without TLS: a year. */
const HSTS = 31_536_000
/** Seconds that Traefik waits for an answer beyond the time that Odoo gives a request. */
const MARGIN = 10
/** Hours before its end at which the certificate is renewed: longer than any freeze of deliveries. */
const RENEW = 30 * 24

/** Pages that nobody outside has any business with; some of them ask for no login. */
const CLOSED = ['/web/database', '/web/tests', '/queue_job/', '/metrics', '/monitoring']
/** Pages on which somebody may guess a password; a website puts its language in front. */
const GUESSABLE = '^/([a-z]{2,3}(_[A-Za-z]{2,4})?/)?web/(login|reset_password|signup)'
const GUESSED = `PathRegexp(\`${GUESSABLE}\`)`
const API = ['/xmlrpc', '/jsonrpc', '/json/']
/** Where machines show their key, and the pages on which they do; elsewhere it stands in the body. */
const KEY = 'Authorization'
const KEYED = ['/json/2/']
const LIVE = ['/websocket']

/** How requests from outside reach Odoo: people, each population on a road of its own, machines, and live connections. */
export class Ingress extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { hosts, place, populations } = settings
    const middlewares = { ...generalMiddlewares(settings), ...populationMiddlewares(settings) }
    for (const [name, [spec, decidedBy]] of Object.entries(middlewares)) {
      add<IMiddleware>(
        this,
        `middleware-${name}`,
        {
          apiVersion: 'traefik.io/v1alpha1',
          kind: 'Middleware',
          metadata: metadata(settings, 'app', name, 'edge'),
          spec,
        },
        decidedBy,
      )
    }
    const here = hosts.map(host => `Host(\`${host}\`)`).join(' || ')
    const secure = (name: string, routes: IRoute[]) =>
      add<IIngressRoute>(
        this,
        name,
        {
          apiVersion: 'traefik.io/v1alpha1',
          kind: 'IngressRoute',
          metadata: metadata(settings, 'app', name, 'edge'),
          spec: {
            ingressClassName: place.ingressClass,
            entryPoints: ['websecure'],
            routes,
            tls: { secretName: NAMES.tls, options: { name: NAME } },
          },
        },
        'hosts',
      )
    secure(NAME, routesOf(settings, here))
    for (const population of populations) {
      secure(`${NAME}-for-${population.name}`, populationRoutes(settings, here, population))
    }
    if (settings.apiPods !== undefined) secure(NAMES.api, apiRoutes(settings, here, NAMES.api))
    secure(NAMES.websocket, [liveRoute(here)])
    add<IIngressRoute>(
      this,
      'redirect',
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'IngressRoute',
        metadata: metadata(settings, 'app', `${NAME}-redirect`, 'edge'),
        spec: {
          ingressClassName: place.ingressClass,
          entryPoints: ['web'],
          // The lowest priority: the answer to a certificate challenge has to come unredirected.
          routes: [route(here, 1, ['https'], NAMES.web, PORTS.odoo)],
        },
      },
      'hosts',
    )
    add<ITLSOption>(
      this,
      'tls-option',
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'TLSOption',
        metadata: metadata(settings, 'app', NAME, 'edge'),
        spec: { minVersion: 'VersionTLS12', sniStrict: true },
      },
      'hosts',
    )
    add<IServersTransport>(
      this,
      'transport',
      {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'ServersTransport',
        metadata: metadata(settings, 'app', NAME, 'edge'),
        // Odoo has to give up first: a caller that is sent away while the work goes on tries again, and orders twice.
        spec: { forwardingTimeouts: { dialTimeout: '5s', responseHeaderTimeout: `${ODOO.timeReal + MARGIN}s` } },
      },
      'hosts',
    )
    add<ICertificate>(
      this,
      'certificate',
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: metadata(settings, 'app', NAMES.tls, 'edge'),
        spec: {
          secretName: NAMES.tls,
          dnsNames: [...hosts],
          issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: place.issuer },
          renewBefore: `${RENEW}h`,
          privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        },
      },
      'hosts',
    )
  }
}

const SECURITY_HEADERS = {
  stsSeconds: HSTS,
  contentTypeNosniff: true,
  customFrameOptionsValue: 'SAMEORIGIN',
  referrerPolicy: 'strict-origin-when-cross-origin',
}

/** Middlewares by name, each with the setting that decided it. */
type Middlewares = Readonly<Record<string, readonly [IMiddlewareSpec, string]>>

function generalMiddlewares(settings: Settings): Middlewares {
  const { api, loginsPerMinute, place } = settings
  const { waf } = place
  const { perKey } = api
  return {
    // Paths are matched as they were sent, and Odoo decodes them: "/web%2Fdatabase" would pass the rule below.
    'encoded-characters': [{ encodedCharacters: {} }, 'hosts'],
    closed: [{ ipAllowList: { sourceRange: ['127.0.0.1/32'], rejectStatusCode: 404 } }, 'hosts'],
    security: [{ headers: SECURITY_HEADERS }, 'hosts'],
    // Till networks are slow, and a worker that waits for a body serves nobody.
    body: [{ buffering: { maxRequestBodyBytes: LARGEST_BODY, memRequestBodyBytes: BODY_IN_MEMORY } }, 'hosts'],
    compress: [{ compress: {} }, 'hosts'],
    'login-rate': [{ rateLimit: { ...perMinute(loginsPerMinute), ...byAddress(settings) } }, 'users'],
    'api-rate': [{ rateLimit: { ...perSecond(api.perSecond), ...byAddress(settings) } }, 'users'],
    // Each by the key that it shows: one that runs wild does not silence the others behind the same address.
    ...(perKey === undefined
      ? {}
      : {
          'api-quota': [
            { rateLimit: { ...perSecond(perKey), sourceCriterion: { requestHeaderName: KEY } } },
            'api.quota',
          ],
        }),
    ...(api.from.length === 0
      ? {}
      : { 'api-callers': [{ ipAllowList: { sourceRange: [...api.from], ...strategy(settings) } }, 'users'] }),
    ...(waf === undefined ? {} : { waf: [{ plugin: { [waf.plugin]: waf.configuration } }, 'hosts'] }),
    https: [{ redirectScheme: { scheme: 'https', permanent: true } }, 'hosts'],
  }
}

/** Requests that one browser may have under way: the page, its pictures and its data load side by side. */
const AT_ONCE = 20
/** Logins a minute that are no more than a few people who mistyped. */
const FEWEST_LOGINS = 30

/**
 * The limits of each population. Where many share an address a limit by address would stop a whole store at its opening:
 * there it goes by the cookie, which is the browser's own.
 */
function populationMiddlewares(settings: Settings): Middlewares {
  const entries = settings.populations.flatMap(({ name, nat, from, pages }) => {
    const caller = nat ? { sourceCriterion: { requestHeaderName: 'Cookie' } } : byAddress(settings)
    return [
      [`${name}-logins`, { rateLimit: { ...perMinute(FEWEST_LOGINS), ...caller } }],
      [`${name}-at-once`, { inFlightReq: { amount: AT_ONCE, ...caller } }],
      ...(pages.length === 0 ? [] : [[`${name}-callers`, { ipAllowList: { sourceRange: [...from] } }]]),
    ] as [string, IMiddlewareSpec][]
  })
  return Object.fromEntries(entries.map(([name, spec]) => [name, [spec, 'populations']]))
}

function perMinute(logins: number) {
  return { average: logins, period: '1m', burst: logins }
}

function perSecond(requests: number) {
  return { average: requests, period: '1s', burst: 2 * requests }
}

/** Where the address of a caller is found: so many proxies before the last in X-Forwarded-For, or on the connection. */
function strategy({ place }: Settings) {
  return place.depth === 0 ? {} : { ipStrategy: { depth: place.depth } }
}

function byAddress(settings: Settings) {
  return settings.place.depth === 0 ? {} : { sourceCriterion: strategy(settings) }
}

/**
 * Apart from the others, whose durations are measured: a live connection is no request and no answer. Nothing may hold it
 * back to look at it.
 */
function liveRoute(hosts: string): IRoute {
  return route(on(hosts, under(LIVE)), 900, ['security'], NAMES.websocket, PORTS.websocket)
}

function on(hosts: string, paths: string): string {
  return `(${hosts}) && (${paths})`
}

function under(paths: readonly string[]): string {
  return paths.map(path => `PathPrefix(\`${path}\`)`).join(' || ')
}

/** The firewall reads the whole request, so live connections never pass it. */
function inspected({ place }: Settings): string[] {
  return place.waf === undefined ? [] : ['waf']
}

/** Explicit priorities: the default one is the length of the rule, which says nothing about what it guards. */
function routesOf(settings: Settings, hosts: string): IRoute[] {
  const waf = inspected(settings)
  return [
    web(on(hosts, under(CLOSED)), 1_000, 'closed'),
    ...(settings.apiPods === undefined ? apiRoutes(settings, hosts, NAMES.web) : []),
    web(on(hosts, GUESSED), 700, ...waf, 'login-rate', 'body', 'security'),
    web(hosts, 10, ...waf, 'body', 'security', 'compress'),
  ]
}

function apiRoutes(settings: Settings, hosts: string, name: string): IRoute[] {
  const { api } = settings
  const callers = api.from.length === 0 ? [] : ['api-callers']
  const after = [...inspected(settings), 'body', 'security']
  const answer = (paths: readonly string[], priority: number, ...limits: string[]) =>
    route(on(hosts, under(paths)), priority, ['encoded-characters', ...callers, ...limits, ...after], name, PORTS.odoo)
  return [
    ...(api.perKey === undefined ? [] : [answer(KEYED, 810, 'api-rate', 'api-quota')]),
    answer(API, 800, 'api-rate'),
  ]
}

/** Pages that a population has for itself answer nobody else, so their rule does not ask for the address: its list does. */
function populationRoutes(settings: Settings, hosts: string, { name, from, pages }: Population): IRoute[] {
  const here = `(${hosts}) && (${from.map(cidr => `ClientIP(\`${cidr}\`)`).join(' || ')})`
  const limits = [`${name}-at-once`, ...inspected(settings), 'body', 'security']
  return [
    ...(pages.length === 0 ? [] : [web(on(hosts, under(pages)), 780, `${name}-callers`, ...limits, 'compress')]),
    web(`${here} && (${GUESSED})`, 750, `${name}-logins`, ...limits),
    web(here, 100, ...limits, 'compress'),
  ]
}

function web(match: string, priority: number, ...middlewares: string[]): IRoute {
  return route(match, priority, ['encoded-characters', ...middlewares], NAMES.web, PORTS.odoo)
}

function route(match: string, priority: number, middlewares: readonly string[], name: string, port: number): IRoute {
  return {
    kind: 'Rule',
    match,
    priority,
    middlewares: middlewares.map(middleware => ({ name: middleware })),
    services: [{ name, port, serversTransport: NAME }],
  }
}
