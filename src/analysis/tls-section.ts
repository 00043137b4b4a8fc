import { groupOf, type Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Place } from './evidence.ts'
import type { HttpRoute } from './http-route.ts'

/** A Secret with a certificate, where something asks for it. */
export interface SecretName {
  readonly name: string
  readonly namespace: string
}

/** Where a route, or what it hangs on, says how connections are encrypted. */
export interface TlsSection {
  readonly place: Place
  /** `undefined` when a resolver of the proxy, a certificate of its own or the one behind it is used. */
  readonly secret: SecretName | undefined
  /** Traefik's resolver that orders the certificate. */
  readonly resolver: string | undefined
  /** Traefik's TLSOption, the default one if the section names none. */
  readonly option: Source | undefined
}

/** The sections that hold for a host of a route; none when it is answered without encryption. */
export function tlsSections(index: Index, route: HttpRoute, host: string): readonly TlsSection[] {
  const { source, kind } = route
  if (kind === 'Ingress') return ofIngress(source, host)
  return kind === 'IngressRoute' ? ofIngressRoute(index, source) : ofGateways(index, source, host)
}

function ofIngress(source: Source, host: string): readonly TlsSection[] {
  return listOf(fieldsOf(source.manifest.spec).tls).flatMap((entry, nth) => {
    const { hosts, secretName } = fieldsOf(entry)
    const named = listOf(hosts).map(String)
    if (named.length > 0 && !named.some(name => covers(name, host))) return []
    const name = textOf(secretName)
    return [
      {
        place: { source, at: ['spec', 'tls', nth] },
        secret: name === undefined ? undefined : { name, namespace: namespaceOf(source) },
        resolver: undefined,
        option: undefined,
      },
    ]
  })
}

function ofIngressRoute(index: Index, source: Source): readonly TlsSection[] {
  const { tls } = fieldsOf(source.manifest.spec)
  if (!isFields(tls)) return []
  const home = namespaceOf(source)
  const { options, secretName, certResolver, store } = tls
  const named = fieldsOf(options)
  const option = textOf(named.name)
  const wanted = textOf(secretName)
  const ofStore =
    wanted === undefined && typeof certResolver !== 'string' ? storeSecret(index, fieldsOf(store)) : undefined
  return [
    {
      place: { source, at: ['spec', 'tls'] },
      secret: wanted === undefined ? ofStore : { name: wanted, namespace: home },
      resolver: textOf(certResolver),
      option:
        option === undefined
          ? index.ofKind('TLSOption', 'traefik.io').find(({ manifest }) => manifest.metadata.name === 'default')
          : index.find('TLSOption', option, textOf(named.namespace) ?? home),
    },
  ]
}

/** The certificate of a TLSStore; the one called "default" serves whoever names none. */
function storeSecret(index: Index, { name = 'default' }: Fields): SecretName | undefined {
  const store = index.ofKind('TLSStore', 'traefik.io').find(({ manifest }) => manifest.metadata.name === name)
  const secret = textOf(fieldsOf(fieldsOf(store?.manifest.spec).defaultCertificate).secretName)
  return store === undefined || secret === undefined ? undefined : { name: secret, namespace: namespaceOf(store) }
}

function ofGateways(index: Index, source: Source, host: string): readonly TlsSection[] {
  return listOf(fieldsOf(source.manifest.spec).parentRefs).flatMap(entry => {
    const parent = fieldsOf(entry)
    const gateway = index.find('Gateway', textOf(parent.name) ?? '', textOf(parent.namespace) ?? namespaceOf(source))
    if (gateway === undefined || groupOf(gateway.manifest.apiVersion) !== 'gateway.networking.k8s.io') return []
    return listOf(fieldsOf(gateway.manifest.spec).listeners).flatMap((item, nth): readonly TlsSection[] => {
      const { name, hostname, protocol, tls } = fieldsOf(item)
      const isMeant = parent.sectionName === undefined || parent.sectionName === name
      const isHere = typeof hostname !== 'string' || hostname === host || within(hostname, host)
      if (!isMeant || !isHere || (protocol !== 'HTTPS' && protocol !== 'TLS')) return []
      const place = { source: gateway, at: ['spec', 'listeners', nth] }
      const refs = listOf(fieldsOf(tls).certificateRefs).map(fieldsOf)
      const none = { place, secret: undefined, resolver: undefined, option: undefined }
      if (refs.length === 0) return [none]
      return refs.map(ref => ({
        ...none,
        secret: { name: textOf(ref.name) ?? '', namespace: textOf(ref.namespace) ?? namespaceOf(gateway) },
      }))
    })
  })
}

/** The wildcard of a listener stands for any number of labels. */
function within(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1))
}

/** Whether a name of a certificate is good for a host: the wildcard stands for exactly one label (RFC 6125). */
export function covers(name: string, host: string): boolean {
  const [pattern, wanted] = [name.toLowerCase(), host.toLowerCase()]
  if (!pattern.startsWith('*.')) return pattern === wanted
  const rest = pattern.slice(1)
  return wanted.endsWith(rest) && wanted.length > rest.length && !wanted.slice(0, -rest.length).includes('.')
}
