import type { Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, labelsOf, listOf } from '../manifest/value.ts'
import { entriesOf } from './kind-table.ts'
import { perIndex } from './per-index.ts'

/** With one of these on an Ingress, cert-manager makes a Certificate for the hosts of each TLS entry. */
export const CERTIFICATE_ISSUERS = [
  'cert-manager.io/cluster-issuer',
  'cert-manager.io/issuer',
  'kubernetes.io/tls-acme',
] as const

/**
 * Where manifests of other kinds say which Secrets they make, by `group/kind`; what is in them stands elsewhere.
 * CloudNativePG: "Secrets" in its documentation, as of 1.30.
 */
const MAKERS: Readonly<Record<string, (source: Source) => readonly unknown[]>> = {
  'bitnami.com/SealedSecret': ({ manifest }) => [manifest.metadata.name],
  'external-secrets.io/ExternalSecret': ({ manifest: { metadata, spec } }) => [
    fieldsOf(fieldsOf(spec).target).name ?? metadata.name,
  ],
  'secrets.hashicorp.com/VaultStaticSecret': ({ manifest }) => [fieldsOf(fieldsOf(manifest.spec).destination).name],
  'cert-manager.io/Certificate': ({ manifest }) => [fieldsOf(manifest.spec).secretName],
  'networking.k8s.io/Ingress': ({ manifest: { metadata, spec } }) => {
    const annotations = labelsOf(metadata.annotations)
    const issued = CERTIFICATE_ISSUERS.some(name => Object.hasOwn(annotations, name))
    return issued ? listOf(fieldsOf(spec).tls).map(entry => fieldsOf(entry).secretName) : []
  },
  'postgresql.cnpg.io/Cluster': ({ manifest: { metadata } }) =>
    ['app', 'superuser', 'ca', 'server', 'replication'].map(role => `${metadata.name}-${role}`),
}

/** The Secrets that come about without being written, as `namespace/name`. */
export const madeSecrets = perIndex((index): ReadonlySet<string> => {
  const made = new Set<string>()
  for (const [source, namesIn] of entriesOf(index, MAKERS)) {
    for (const name of namesIn(source)) if (typeof name === 'string') made.add(`${namespaceOf(source)}/${name}`)
  }
  return made
})
