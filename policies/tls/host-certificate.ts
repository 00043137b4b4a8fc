import { type Coverage, coverageOf, coversHost } from '../../src/analysis/certificate-coverage.ts'
import { CERTIFICATE_ISSUERS } from '../../src/analysis/made-secret.ts'
import { hostTests, isMatchFault, parseMatch } from '../../src/analysis/traefik-match.ts'
import { definePolicy, evidence, type Judgement } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { type Fields, fieldsOf, isFields, labelsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every host is served with a certificate of its own',
  fix: 'add a TLS section for the host, with a Secret whose Certificate lists the host in dnsNames',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    const coverage = coverageOf(index)
    const shared = sharedSecrets(index)
    for (const { source, host, at, tls } of servedHosts(index)) {
      if (tls === 'elsewhere') continue
      if (tls === 'none') {
        const message = `host "${host}" has no TLS section, so passwords for it travel in plain text`
        yield { source, at, message }
      } else if (tls.secrets.length > 0) {
        const [secret] = tls.secrets
        const found = tls.secrets.map(name => coverage(namespaceOf(source), name, host))
        if (secret !== undefined) yield* judge(found, { source, at: tls.at, host, secret })
      } else if (!shared.some(([namespace, secret]) => coverage(namespace, secret, host).kind === 'covers')) {
        const message = `host "${host}" has a TLS section without a Secret, so visitors get the certificate of the controller`
        yield { source, at: tls.at, message }
      }
    }
  },
})

interface Served {
  readonly source: Source
  readonly host: string
  /** Where the host stands. */
  readonly at: FieldPath
  /** `elsewhere`: something outside of the manifests ends TLS, or gets the certificate. */
  readonly tls: 'none' | 'elsewhere' | { readonly at: FieldPath; readonly secrets: readonly string[] }
}

function* judge(
  found: readonly Coverage[],
  { source, at, host, secret }: { source: Source; at: FieldPath; host: string; secret: string },
): Generator<Judgement> {
  if (found.some(({ kind }) => kind === 'covers')) return
  const missing = found.find(coverage => coverage.kind === 'misses')
  if (missing === undefined) {
    const fact = `secret "${secret}" for host "${host}" comes from no Certificate and from nothing else here`
    yield { source, at, message: `${fact}, so visitors get the certificate of the controller` }
    return
  }
  const names = missing.names.length === 0 ? 'no name' : missing.names.map(name => `"${name}"`).join(', ')
  yield {
    source,
    at,
    message: `certificate in secret "${secret}" is not for host "${host}", so browsers refuse to open it`,
    evidence: [evidence(missing.source, missing.at, `it is for ${names}`)],
  }
}

function* servedHosts(index: Index): Generator<Served> {
  for (const source of index.ofKind('Ingress')) yield* ingressHosts(source)
  for (const source of index.ofKind('IngressRoute')) {
    if (/^traefik\./.test(source.manifest.apiVersion)) yield* routeHosts(source, index)
  }
}

// ---- Ingress -------------------------------------------------------------------------------------------------------

/** With one of these the load balancer of a cloud ends TLS with a certificate of its own store. */
const CLOUD_CERTIFICATES = [
  'alb.ingress.kubernetes.io/certificate-arn',
  'networking.gke.io/managed-certificates',
  'ingress.gcp.kubernetes.io/pre-shared-cert',
  'appgw.ingress.kubernetes.io/appgw-ssl-certificate',
]

function* ingressHosts(source: Source): Generator<Served> {
  const { rules, tls } = fieldsOf(source.manifest.spec)
  const annotations = labelsOf(source.manifest.metadata.annotations)
  const has = (names: readonly string[]) => names.some(name => Object.hasOwn(annotations, name))
  const entries = listOf(tls).map(fieldsOf)
  for (const [nth, rule] of listOf(rules).entries()) {
    const host = textOf(fieldsOf(rule).host)
    if (host === undefined || host === '') continue
    const at: FieldPath = ['spec', 'rules', nth, 'host']
    const own = entries.findIndex(({ hosts }) =>
      listOf(hosts).some(name => typeof name === 'string' && coversHost(name, host)),
    )
    const position = own === -1 ? entries.findIndex(({ hosts }) => listOf(hosts).length === 0) : own
    const entry = entries[position]
    const issued = own !== -1 && has(CERTIFICATE_ISSUERS)
    if (has(CLOUD_CERTIFICATES) || issued) yield { source, host, at, tls: 'elsewhere' }
    else if (entry === undefined) yield { source, host, at, tls: 'none' }
    else {
      const secret = textOf(entry.secretName)
      const secrets = secret === undefined ? [] : [secret]
      yield { source, host, at, tls: { at: ['spec', 'tls', position, 'secretName'], secrets } }
    }
  }
}

// ---- IngressRoute --------------------------------------------------------------------------------------------------

function* routeHosts(source: Source, index: Index): Generator<Served> {
  const { routes, tls } = fieldsOf(source.manifest.spec)
  const said = new Set<string>()
  for (const [nth, value] of listOf(routes).entries()) {
    const route = fieldsOf(value)
    for (const host of hostsOf(route)) {
      if (said.has(host)) continue
      said.add(host)
      yield { source, host, at: ['spec', 'routes', nth, 'match'], tls: tlsOf(tls, route, source, index) }
    }
  }
}

function hostsOf({ match }: Fields): readonly string[] {
  const parsed = parseMatch(textOf(match) ?? '')
  if (isMatchFault(parsed)) return []
  return hostTests(parsed).flatMap(({ kind, value, negated }) => (kind === 'exact' && !negated ? [value] : []))
}

function tlsOf(tls: unknown, route: Fields, source: Source, index: Index): Served['tls'] {
  if (!isFields(tls)) return redirects(route.middlewares, namespaceOf(source), index) ? 'elsewhere' : 'none'
  const secret = textOf(tls.secretName)
  if (tls.certResolver !== undefined && tls.certResolver !== '') return 'elsewhere'
  return { at: ['spec', 'tls', 'secretName'], secrets: secret === undefined ? [] : [secret] }
}

/** Whether one of the middlewares sends every request to HTTPS. One that stands elsewhere is believed by its name. */
function redirects(middlewares: unknown, namespace: string, index: Index): boolean {
  return listOf(middlewares).some(entry => {
    const { name = '', namespace: own = namespace } = fieldsOf(entry)
    const found = index.find('Middleware', String(name), String(own))
    if (found === undefined) return /redirect|https/i.test(String(name))
    const { redirectScheme, redirectRegex, chain } = fieldsOf(found.manifest.spec)
    return (
      fieldsOf(redirectScheme).scheme === 'https' ||
      /^https:/.test(textOf(fieldsOf(redirectRegex).replacement) ?? '') ||
      // A chain that names itself would never end; Traefik refuses it.
      (fieldsOf(chain).middlewares !== undefined &&
        redirects(
          listOf(fieldsOf(chain).middlewares).filter(inner => fieldsOf(inner).name !== name),
          String(own),
          index,
        ))
    )
  })
}

/** Namespace and name of the Secrets that Traefik has loaded anyway: it picks by the name that the visitor asks for. */
function sharedSecrets(index: Index): readonly (readonly [string, string])[] {
  const routes = index.ofKind('IngressRoute').map(source => [source, fieldsOf(source.manifest.spec).tls] as const)
  const stores = index.ofKind('TLSStore').flatMap(source => {
    const { defaultCertificate, certificates } = fieldsOf(source.manifest.spec)
    return [defaultCertificate, ...listOf(certificates)].map(entry => [source, entry] as const)
  })
  return [...routes, ...stores].flatMap(([source, holder]) => {
    const secret = textOf(fieldsOf(holder).secretName)
    return secret === undefined ? [] : [[namespaceOf(source), secret] as const]
  })
}
