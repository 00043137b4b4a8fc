import type { Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'
import { type AddressSet, ALL_ADDRESSES, formatAddresses } from './address-set.ts'
import { entriesOf } from './kind-table.ts'
import { OPERATED, type PodPort } from './operated-pods.ts'
import { perIndex } from './per-index.ts'
import { isPortNumber, isProtocol } from './port-set.ts'

/** Set on a namespace, or on pods that stand in another zone than their namespace. */
export const ZONE_LABEL = 'waybill.dev/zone'

/** Set on a namespace, or on pods, that belong to one tenant. */
export const TENANT_LABEL = 'waybill.dev/tenant'

/** The pods of one workload, or one of the sets that an operator makes from a custom resource. */
export interface PodEndpoint {
  readonly kind: 'pods'
  /** `Deployment/erp/web`; `Cluster/erp/db:replica` where an operator makes several sets. */
  readonly id: string
  readonly source: Source
  readonly namespace: string
  readonly zone: string | undefined
  readonly tenant: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Those of its containers, sidecars included, and also those that it is known to listen on without a name. */
  readonly ports: readonly PodPort[]
  /** Its traffic carries the address of the node, and no NetworkPolicy isolates it. */
  readonly hostNetwork: boolean
  /** Never more than one pod, which always reaches itself; the pods of a workload reach each other only if allowed. */
  readonly single: boolean
  /** In no manifest; a policy names it. */
  readonly stranger: boolean
}

/** Addresses outside the cluster that every policy treats alike. */
export interface RangeEndpoint {
  readonly kind: 'range'
  /** `outside`, `10.0.0.0/8`, `0.0.0.0/0 except 10.0.0.0/8, ::/0`. */
  readonly id: string
  readonly addresses: AddressSet
}

/** Pods that surely exist, in a namespace and with labels that nobody here knows: an ingress controller. */
export interface UnseenEndpoint {
  readonly kind: 'unseen'
  readonly id: string
}

export type Endpoint = PodEndpoint | RangeEndpoint | UnseenEndpoint

/** Everything in the manifests that runs pods, in the order of ids. */
export const podEndpointsOf = perIndex((index): readonly PodEndpoint[] => {
  const byId = new Map<string, PodEndpoint>()
  const add = (endpoint: PodEndpoint) => {
    if (!byId.has(endpoint.id)) byId.set(endpoint.id, endpoint)
  }
  const belonging = (namespace: string, labels: Readonly<Record<string, string>>) => {
    const ofNamespace = index.namespaceLabels(namespace)
    const labelled = (label: string) => labels[label] ?? ofNamespace[label]
    return { namespace, labels, zone: labelled(ZONE_LABEL), tenant: labelled(TENANT_LABEL), stranger: false }
  }
  for (const workload of index.workloads) {
    const { source, kind, namespace, name } = workload
    add({
      kind: 'pods',
      id: `${kind}/${namespace}/${name}`,
      source,
      ...belonging(namespace, podLabels(workload)),
      ports: containerPorts(workload),
      hostNetwork: workload.pod.hostNetwork === true,
      single: kind === 'Pod',
    })
  }
  for (const [source, made] of entriesOf(index, OPERATED)) {
    const { kind, metadata } = source.manifest
    const operated = made(source.manifest)
    const namespace = namespaceOf(source)
    const id = `${kind}/${namespace}/${metadata.name}`
    for (const { role, labels, ports } of operated.pods) {
      add({
        kind: 'pods',
        id: operated.pods.length === 1 ? id : `${id}:${role}`,
        source,
        ...belonging(namespace, labels),
        ports,
        hostNetwork: false,
        single: false,
      })
    }
  }
  return [...byId.values()].sort(byEndpointId)
})

/** By code units of the id. */
export function byEndpointId(a: Endpoint, b: Endpoint): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

export function rangeEndpoint(addresses: AddressSet = ALL_ADDRESSES): RangeEndpoint {
  return { kind: 'range', id: formatAddresses(addresses), addresses }
}

/** The labels of the template, and of a Job those that its controller adds and that are known beforehand. */
function podLabels({ kind, name, labels }: Workload): Readonly<Record<string, string>> {
  return kind === 'Job' ? { ...labels, 'batch.kubernetes.io/job-name': name, 'job-name': name } : labels
}

/** Init containers end before the pod serves, so their ports lead nowhere. */
function containerPorts(workload: Workload): readonly PodPort[] {
  return workload.containers
    .filter(({ role }) => role === 'main' || role === 'sidecar')
    .flatMap(({ fields }) => listOf(fields.ports))
    .flatMap(entry => {
      const { name, protocol = 'TCP', containerPort } = fieldsOf(entry)
      return isPortNumber(containerPort) && isProtocol(protocol)
        ? [{ name: textOf(name), protocol, port: containerPort }]
        : []
    })
}
