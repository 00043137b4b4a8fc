import { X509Certificate } from 'node:crypto'
import { append } from '../manifest/group-by.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { madeSecrets } from './made-secret.ts'

/** What is known of the certificate in a Secret. */
export type Coverage =
  | { readonly kind: 'covers' }
  /** It is for other names; the field that lists them. */
  | { readonly kind: 'misses'; readonly source: Source; readonly at: FieldPath; readonly names: readonly string[] }
  /** Nothing among the manifests makes the Secret. */
  | { readonly kind: 'no secret' }

/**
 * Whether a certificate for `name` is good for `host`: the same name, or a wildcard that stands for exactly the first label of it
 * (RFC 6125, section 6.4.3). A host with a wildcard of its own needs the same wildcard.
 */
export function coversHost(name: string, host: string): boolean {
  const [wanted, given] = [host.toLowerCase(), name.toLowerCase()]
  return wanted === given || (given.startsWith('*.') && wanted.slice(wanted.indexOf('.')) === given.slice(1))
}

/** Tells of a Secret whether its certificate covers a host. */
export function coverageOf(index: Index): (namespace: string, secret: string, host: string) => Coverage {
  const certificates = new Map<string, Source[]>()
  for (const source of index.ofKind('Certificate', 'cert-manager.io')) {
    const key = `${namespaceOf(source)}/${textOf(fieldsOf(source.manifest.spec).secretName)}`
    append(certificates, key, source)
  }
  const made = madeSecrets(index)
  return (namespace, secret, host) => {
    const issued = certificates.get(`${namespace}/${secret}`) ?? []
    if (issued.some(source => dnsNames(source).some(name => coversHost(name, host)))) return { kind: 'covers' }
    const [certificate] = issued
    if (certificate !== undefined) {
      return { kind: 'misses', source: certificate, at: ['spec', 'dnsNames'], names: dnsNames(certificate) }
    }
    const written = index.find('Secret', secret, namespace)
    if (written !== undefined) return coverageOfSecret(written, host)
    return made.has(`${namespace}/${secret}`) ? { kind: 'covers' } : { kind: 'no secret' }
  }
}

function dnsNames({ manifest }: Source): readonly string[] {
  return listOf(fieldsOf(manifest.spec).dnsNames).flatMap(name => textOf(name) ?? [])
}

/** What a Secret in plain text holds can be read; when it does not parse, nobody here knows what it covers. */
function coverageOfSecret(source: Source, host: string): Coverage {
  const { data, stringData } = source.manifest
  const plain = textOf(fieldsOf(stringData)['tls.crt'])
  const encoded = textOf(fieldsOf(data)['tls.crt'])
  const pem = plain ?? (encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8'))
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return { kind: 'covers' }
  const names = namesIn(pem)
  if (names === undefined || names.some(name => coversHost(name, host))) return { kind: 'covers' }
  return { kind: 'misses', source, at: [plain === undefined ? 'data' : 'stringData', 'tls.crt'], names }
}

/** The DNS names of the first certificate in a PEM text, or `undefined` when it cannot be read. */
function namesIn(pem: string): readonly string[] | undefined {
  try {
    const { subjectAltName = '' } = new X509Certificate(pem)
    return subjectAltName.split(', ').flatMap(entry => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length)] : []))
  } catch {
    return undefined
  }
}
