import { type Certificate, certificatesOf } from '../../src/analysis/certificate.ts'
import { covers } from '../../src/analysis/tls-section.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'

export default definePolicy({
  title: 'every certificate serves somebody',
  fix: 'remove the Certificate, or route its host',
  severity: { lite: 'off', standard: 'info', strict: 'warning' },
  *check(index) {
    if (index.ofKind('Certificate', 'cert-manager.io').length === 0) return
    const { hosts, unrouted } = certificatesOf(index)
    for (const certificate of unrouted) {
      const { place, name, names } = certificate
      // A certificate without hosts is for something else than routes, and a host that is served has its own findings.
      const isServed = hosts.some(({ host }) => names.some(pattern => covers(pattern, host)))
      if (place.source.manifest.kind !== 'Certificate' || names.length === 0 || isServed) continue
      if (isMentioned(index, certificate)) continue
      yield {
        source: place.source,
        at: ['spec', 'dnsNames'],
        message: `certificate "${name}" is for "${names.join('", "')}", which no route serves, so it is renewed for nobody and its failures wake somebody up`,
      }
    }
  },
})

/** Whether any manifest of the namespace speaks of the Secret: a pod that mounts it, a database, a store of Traefik. */
function isMentioned(index: Index, { place, secret }: Certificate): boolean {
  return index.sources.some(
    source =>
      source !== place.source && namespaceOf(source) === secret.namespace && mentions(source.manifest, secret.name),
  )
}

function mentions(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return value === text
  return Object.values(value).some(inner => mentions(inner, text))
}
