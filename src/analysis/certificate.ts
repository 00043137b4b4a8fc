import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { Place } from './evidence.ts'
import { type HttpRoute, waysInto } from './http-route.ts'
import { redirects } from './odoo-host.ts'
import { perIndex } from './per-index.ts'
import { storeOf } from './stored-text.ts'
import { covers, type SecretName, type TlsSection, tlsSections } from './tls-section.ts'

/** A certificate that cert-manager keeps in a Secret: asked for by itself, or by an annotation of an Ingress or a Gateway. */
export interface Certificate {
  /** The Certificate, or whatever carries the annotation. */
  readonly place: Place
  readonly name: string
  readonly secret: SecretName
  /** Hosts that it is good for; a name may begin with `*.`. */
  readonly names: readonly string[]
  readonly issuer: Issuer | undefined
}

export interface Issuer {
  readonly kind: 'Issuer' | 'ClusterIssuer'
  readonly name: string
  /** `undefined` when it is not among the manifests. */
  readonly source: Source | undefined
}

/** How a host that a route names is answered. */
export interface HostSecurity {
  readonly host: string
  readonly route: HttpRoute
  /** None when the route answers without encryption. */
  readonly sections: readonly TlsSection[]
  /** The certificate behind the first section that has a Secret. */
  readonly certificate: Certificate | undefined
  /** Whether that certificate is good for the host; `undefined` when nobody can tell: no Secret, or another's. */
  readonly covered: boolean | undefined
  /** A Secret that nothing here makes. */
  readonly missing: SecretName | undefined
  /** The least version that is accepted, `1.2`; `undefined` when it is left to the proxy. */
  readonly minimum: string | undefined
  /** Whether the route only sends the browser elsewhere. */
  readonly redirects: boolean
  /** Seconds for which browsers will refuse plain text; 0 when nothing tells them to. */
  readonly hsts: number
}

export interface Certificates {
  readonly hosts: readonly HostSecurity[]
  readonly certificates: readonly Certificate[]
  /** Those whose Secret no route asks for. A pod may still mount it. */
  readonly unrouted: readonly Certificate[]
}

/** Hosts, how they are encrypted, and with which certificates, in the order of the routes and of the manifests. */
export const certificatesOf = perIndex((index): Certificates => {
  const certificates = [...declared(index), ...annotated(index)]
  const bySecret = new Map(certificates.map(certificate => [secretKey(certificate.secret), certificate]))
  const hosts = waysInto(index).http.flatMap(route =>
    route.exactHosts.map(host => securityOf(index, route, host, bySecret)),
  )
  const asked = new Set(
    hosts.flatMap(({ sections }) =>
      sections.flatMap(({ secret }) => (secret === undefined ? [] : [secretKey(secret)])),
    ),
  )
  return { hosts, certificates, unrouted: certificates.filter(({ secret }) => !asked.has(secretKey(secret))) }
})

function secretKey({ name, namespace }: SecretName): string {
  return `${namespace}/${name}`
}

function securityOf(
  index: Index,
  route: HttpRoute,
  host: string,
  bySecret: ReadonlyMap<string, Certificate>,
): HostSecurity {
  const sections = tlsSections(index, route, host)
  const secrets = sections.flatMap(({ secret }) => secret ?? [])
  const found = secrets.map(secret => bySecret.get(secretKey(secret))).filter(certificate => certificate !== undefined)
  const isMade = (secret: SecretName) =>
    bySecret.has(secretKey(secret)) || storeOf(index, 'Secret', secret.name, secret.namespace) !== undefined
  const isCovered = found.some(({ names }) => names.some(name => covers(name, host)))
  return {
    host,
    route,
    sections,
    certificate: found.find(({ names }) => names.some(name => covers(name, host))) ?? found[0],
    // A Secret that somebody else fills may be good for any host.
    covered: isCovered ? true : found.length > 0 && found.length === secrets.length ? false : undefined,
    missing: secrets.find(secret => !isMade(secret)),
    minimum: sections.map(minimumVersion).find(version => version !== undefined),
    redirects: redirects(route),
    hsts: hstsSeconds(route),
  }
}

function declared(index: Index): readonly Certificate[] {
  return index.ofKind('Certificate', 'cert-manager.io').flatMap(source => {
    const { secretName, dnsNames, commonName, issuerRef } = fieldsOf(source.manifest.spec)
    const name = textOf(secretName)
    if (name === undefined) return []
    const { kind = 'Issuer', name: issuer } = fieldsOf(issuerRef)
    const names = [...listOf(dnsNames).map(String), ...(typeof commonName === 'string' ? [commonName] : [])]
    return [
      {
        place: { source, at: ['spec'] },
        name: source.manifest.metadata.name,
        secret: { name, namespace: namespaceOf(source) },
        names,
        issuer: issuerOf(index, source, kind === 'ClusterIssuer' ? 'ClusterIssuer' : 'Issuer', textOf(issuer)),
      },
    ]
  })
}

const ISSUER_ANNOTATIONS = {
  'cert-manager.io/cluster-issuer': 'ClusterIssuer',
  'cert-manager.io/issuer': 'Issuer',
} as const

/** What cert-manager makes of an annotated Ingress or Gateway: a Certificate for each of its TLS sections. */
function annotated(index: Index): readonly Certificate[] {
  return [...index.ofKind('Ingress'), ...index.ofKind('Gateway')].flatMap(source => {
    const { annotations = {} } = source.manifest.metadata
    const [found] = Object.entries(ISSUER_ANNOTATIONS).filter(([key]) => annotations[key] !== undefined)
    if (found === undefined) return []
    const issuer = issuerOf(index, source, found[1], annotations[found[0]])
    const namespace = namespaceOf(source)
    const of = (name: unknown, names: readonly string[], at: readonly (string | number)[]): readonly Certificate[] =>
      typeof name === 'string' ? [{ place: { source, at }, name, secret: { name, namespace }, names, issuer }] : []
    const { tls, listeners } = fieldsOf(source.manifest.spec)
    return [
      ...listOf(tls).flatMap((entry, nth) => {
        const { hosts, secretName } = fieldsOf(entry)
        return of(secretName, listOf(hosts).map(String), ['spec', 'tls', nth])
      }),
      ...listOf(listeners).flatMap((entry, nth) => {
        const { hostname, tls: section } = fieldsOf(entry)
        const refs = listOf(fieldsOf(section).certificateRefs).map(fieldsOf)
        const names = typeof hostname === 'string' ? [hostname] : []
        return refs.flatMap(({ name }) => of(name, names, ['spec', 'listeners', nth]))
      }),
    ]
  })
}

function issuerOf(index: Index, source: Source, kind: Issuer['kind'], name: string | undefined): Issuer | undefined {
  if (name === undefined) return undefined
  const found =
    kind === 'Issuer'
      ? index.find(kind, name, namespaceOf(source))
      : index.ofKind(kind).find(({ manifest }) => manifest.metadata.name === name)
  return { kind, name, source: found }
}

const VERSIONS: Readonly<Record<string, string>> = {
  VersionTLS10: '1.0',
  VersionTLS11: '1.1',
  VersionTLS12: '1.2',
  VersionTLS13: '1.3',
}

function minimumVersion({ option }: TlsSection): string | undefined {
  return VERSIONS[textOf(fieldsOf(option?.manifest.spec).minVersion) ?? '']
}

const NGINX = 'nginx.ingress.kubernetes.io/'
/** Seconds that ingress-nginx sends by default: its documentation, "HTTP Strict Transport Security", read August 2026. */
const NGINX_HSTS = 31_536_000

function hstsSeconds({ source, middlewares }: HttpRoute): number {
  const { annotations = {} } = source.manifest.metadata
  const isNginx =
    fieldsOf(source.manifest.spec).ingressClassName === 'nginx' ||
    Object.keys(annotations).some(key => key.startsWith(NGINX))
  const seconds = middlewares.map(
    ({ source: middleware }) => fieldsOf(fieldsOf(middleware?.manifest.spec).headers).stsSeconds,
  )
  return Math.max(isNginx ? NGINX_HSTS : 0, ...seconds.map(value => (typeof value === 'number' ? value : 0)))
}
