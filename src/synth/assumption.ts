import { groupOf, type Manifest } from '../manifest/manifest.ts'
import { fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'

/** What has to be in a cluster before manifests can work there: one line each, the more general ones first. */
export interface Assumption {
  readonly what: string
  readonly names: readonly string[]
}

/** The operator that serves each API group which Kubernetes itself does not have. */
const OPERATORS: Readonly<Record<string, string>> = {
  'postgresql.cnpg.io': 'CloudNativePG',
  'barmancloud.cnpg.io': 'the Barman Cloud plugin of CloudNativePG',
  'traefik.io': 'Traefik',
  'cert-manager.io': 'cert-manager',
  'external-secrets.io': 'External Secrets',
  'redis.redis.opstreelabs.in': 'the Redis operator of OpsTree',
  'monitoring.coreos.com': 'the Prometheus operator',
  'grafana.integreatly.org': 'the Grafana operator',
}

/** Reads off the manifests themselves what they take for granted. Sorted, without repetition. */
export function assumptionsOf(manifests: Iterable<Manifest>): Assumption[] {
  const operators = new Set<string>()
  const issuers = new Set<string>()
  const stores = new Set<string>()
  const keys = new Set<string>()
  const classes = new Set<string>()
  const buckets = new Set<string>()
  for (const manifest of manifests) {
    const operator = OPERATORS[groupOf(manifest.apiVersion)]
    if (operator !== undefined) operators.add(operator)
    const spec = fieldsOf(manifest.spec)
    if (manifest.kind === 'Certificate') issuers.add(String(fieldsOf(spec.issuerRef).name))
    if (manifest.kind === 'ExternalSecret') {
      stores.add(String(fieldsOf(spec.secretStoreRef).name))
      for (const entry of listOf(spec.data)) keys.add(String(fieldsOf(fieldsOf(entry).remoteRef).key))
      for (const entry of listOf(spec.dataFrom)) keys.add(String(fieldsOf(fieldsOf(entry).extract).key))
    }
    if (manifest.kind === 'ObjectStore') buckets.add(bucketOf(spec))
    for (const name of storageClasses(spec)) classes.add(name)
  }
  const lines: [string, Set<string>][] = [
    ['operators', operators],
    ['ClusterIssuer', issuers],
    ['ClusterSecretStore', stores],
    ['secrets in it', keys],
    ['StorageClass', classes],
    ['bucket', buckets],
  ]
  return lines.filter(([, names]) => names.size > 0).map(([what, names]) => ({ what, names: [...names].sort() }))
}

function bucketOf(spec: Readonly<Record<string, unknown>>): string {
  return String(fieldsOf(spec.configuration).destinationPath).replace(/^s3:\/\/([^/]+).*$/, '$1')
}

/** Storage classes by name, at any depth; a claim without one takes the default class of the cluster. */
function storageClasses(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(storageClasses)
  if (!isFields(value)) return []
  const named = textOf(value.storageClassName) ?? textOf(value.storageClass)
  const claim =
    value.accessModes !== undefined ||
    value.resizeInUseVolumes !== undefined ||
    (value.size !== undefined && value.instances === undefined)
  const here = named !== undefined ? [named] : claim ? ['the default one'] : []
  return [...here, ...Object.values(value).flatMap(storageClasses)]
}
