import { type Certificate, certificatesOf } from '../../src/analysis/certificate.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'

export default definePolicy({
  title: 'every certificate serves somebody',
  fix: 'name its Secret in a tls section, or remove the Certificate',
  severity: { lite: 'off', standard: 'warning', strict: 'warning' },
  *check(index) {
    for (const certificate of certificatesOf(index).unrouted) {
      const { place, name, secret, names } = certificate
      // A certificate without hosts is for something else than routes.
      if (place.source.manifest.kind !== 'Certificate' || names.length === 0 || isMentioned(index, certificate))
        continue
      yield {
        source: place.source,
        at: ['spec', 'secretName'],
        message: `certificate "${name}" for "${names.join('", "')}" lies in secret "${secret.name}", which nothing asks for, so the route that is meant answers with another one`,
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
