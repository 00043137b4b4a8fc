import { type AddressSet, parseAddress, parseCidr } from './address-set.ts'
import type { PodEndpoint, RangeEndpoint } from './endpoint.ts'
import type { Reach } from './reach.ts'

/** What a name means: endpoints, or why none can be told. */
export type Named =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly (PodEndpoint | RangeEndpoint)[] }
  /** A namespace and a zone have this name, and hold different pods. */
  | { readonly kind: 'ambiguous' }
  /** Nothing has it; `known` are the names of the same form. */
  | { readonly kind: 'nothing'; readonly known: readonly string[] }

/**
 * The endpoints that a person names: a workload (`ns/name`, `ns/Kind/name`, or its id `Kind/ns/name`), a namespace, a
 * zone, `outside`, or addresses outside (`203.0.113.7`, `203.0.113.0/24`). `namespace:app` and `zone:app` tell the two apart.
 */
export function endpointsNamed(name: string, reach: Reach): Named {
  if (name === 'outside') return { kind: 'endpoints', endpoints: reach.outside() }
  const addresses = addressesNamed(name)
  if (addresses !== undefined) return { kind: 'endpoints', endpoints: reach.outside(addresses) }
  if (name.includes('/')) return workloadsNamed(name, reach.pods)
  const [, prefix, bare = name] = /^(namespace|zone):(.*)$/.exec(name) ?? []
  const inNamespace = prefix === 'zone' ? [] : reach.pods.filter(({ namespace }) => namespace === bare)
  const inZone = prefix === 'namespace' ? [] : reach.pods.filter(({ zone }) => zone === bare)
  if (inNamespace.length > 0 && inZone.length > 0) {
    const same = inNamespace.length === inZone.length && inNamespace.every(pods => inZone.includes(pods))
    if (!same) return { kind: 'ambiguous' }
  }
  const endpoints = inNamespace.length > 0 ? inNamespace : inZone
  if (endpoints.length > 0) return { kind: 'endpoints', endpoints }
  const namespaces = prefix === 'zone' ? [] : reach.pods.map(({ namespace }) => namespace)
  const zones = prefix === 'namespace' ? [] : reach.pods.flatMap(({ zone }) => zone ?? [])
  return { kind: 'nothing', known: [...new Set([...namespaces, ...zones, 'outside'])] }
}

function addressesNamed(name: string): AddressSet | undefined {
  const cidr = parseCidr(name)
  if (cidr !== undefined) return cidr
  const address = parseAddress(name)
  return address === undefined ? undefined : [{ from: address, until: address + 1n }]
}

function workloadsNamed(name: string, pods: readonly PodEndpoint[]): Named {
  const endpoints = pods.filter(endpoint => namesOf(endpoint).includes(name))
  if (endpoints.length > 0) return { kind: 'endpoints', endpoints }
  return { kind: 'nothing', known: [...new Set(pods.flatMap(namesOf))] }
}

/** `erp/Cluster/db` and `erp/Cluster/db:primary` both name the servers of a cluster, the latter fewer of them. */
function namesOf({ id, namespace }: PodEndpoint): readonly string[] {
  const kind = id.slice(0, id.indexOf('/'))
  const full = id.slice(kind.length + namespace.length + 2)
  const bare = full.replace(/:[^:]*$/, '')
  return [...new Set([bare, full])].flatMap(own => [
    `${namespace}/${own}`,
    `${namespace}/${kind}/${own}`,
    `${kind}/${namespace}/${own}`,
  ])
}
