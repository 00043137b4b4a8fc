import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, isFields, labelsOf, listOf, textOf } from '../manifest/value.ts'
import type { Endpoint, PodEndpoint } from './endpoint.ts'
import { entriesOf } from './kind-table.ts'
import { labelIndexOf } from './label-index.ts'
import { OPERATED } from './operated-pods.ts'
import { isPortNumber, isProtocol, type Port, type Protocol } from './port-set.ts'
import type { Reach } from './reach.ts'
import type { Edge, EdgeFact, Reachability } from './reach-edge.ts'

/** Pods behind a port of a Service, and the port on which they are asked. */
export interface Backend extends Port {
  readonly pods: PodEndpoint
}

export interface ServicePort {
  readonly at: FieldPath
  readonly name: string | undefined
  readonly protocol: Protocol
  readonly port: number
  /** None where no known pod carries the labels, or none of them has a port of the name. */
  readonly backends: readonly Backend[]
}

/** A Service that stands in the manifests, or that an operator makes from `source`. */
export interface ServiceTarget {
  readonly source: Source
  readonly namespace: string
  readonly name: string
  /** Reached from outside without a route: on a load balancer, on every node, or on addresses of its own. */
  readonly exposed: boolean
  /** If not, its addresses are written by someone else or lie outside, and nothing is known of them. */
  readonly selects: boolean
  readonly ports: readonly ServicePort[]
}

/** Services by `namespace/name`. */
export type ServiceTargets = ReadonlyMap<string, ServiceTarget>

export function serviceTargetsOf(index: Index, reach: Pick<Reach, 'pods'>): ServiceTargets {
  const byNamespace = new Map<string, PodEndpoint[]>()
  for (const pods of reach.pods) {
    byNamespace.set(pods.namespace, byNamespace.get(pods.namespace) ?? [])
    byNamespace.get(pods.namespace)?.push(pods)
  }
  const indexed = new Map([...byNamespace].map(([name, pods]) => [name, labelIndexOf(pods, ({ labels }) => labels)]))
  const targets = new Map<string, ServiceTarget>()
  const add = (source: Source, name: string, spec: unknown, placeOfPort: (nth: number) => FieldPath) => {
    const namespace = namespaceOf(source)
    const { selector, ports, type, externalIPs } = fieldsOf(spec)
    const selects = isFields(selector) && Object.keys(selector).length > 0 && type !== 'ExternalName'
    const pods = selects ? (indexed.get(namespace)?.select({ matchLabels: labelsOf(selector) }) ?? []) : []
    targets.set(`${namespace}/${name}`, {
      source,
      namespace,
      name,
      exposed: type === 'LoadBalancer' || type === 'NodePort' || listOf(externalIPs).length > 0,
      selects,
      ports: listOf(ports).flatMap((entry, nth) => servicePort(fieldsOf(entry), placeOfPort(nth), pods)),
    })
  }
  for (const [source, made] of entriesOf(index, OPERATED)) {
    for (const { name, ...spec } of made(source.manifest).services) add(source, name, spec, () => ['metadata', 'name'])
  }
  // What stands in the manifests wins over what an operator would make under the same name.
  for (const source of index.ofKind('Service', '')) {
    add(source, source.manifest.metadata.name, source.manifest.spec, nth => ['spec', 'ports', nth])
  }
  return targets
}

function servicePort(
  { name, protocol = 'TCP', port, targetPort }: Readonly<Record<string, unknown>>,
  at: FieldPath,
  pods: readonly PodEndpoint[],
): readonly ServicePort[] {
  if (!isProtocol(protocol) || !isPortNumber(port)) return []
  const target = targetPort ?? port
  const backends = pods.flatMap(behind => {
    if (isPortNumber(target)) return [{ pods: behind, protocol, port: target }]
    const named = behind.ports.find(own => own.name === target && own.protocol === protocol)
    return named === undefined ? [] : [{ pods: behind, protocol, port: named.port }]
  })
  return [{ at, name: textOf(name), protocol, port, backends }]
}

/** A connection to a Service: it goes to any of its backends, so it is allowed only if every one of them allows it. */
export interface ServiceEdge {
  readonly verdict: Reachability
  readonly backends: readonly Edge[]
  readonly because: readonly EdgeFact[]
}

/** `denied` when no backend allows it; `unknown` when they differ or when none is known. */
export function edgeToService(reach: Reach, from: Endpoint, service: ServiceTarget, port: Port): ServiceEdge {
  const found = service.ports.find(own => own.port === port.port && own.protocol === port.protocol)
  const label = `service "${service.namespace}/${service.name}"`
  if (found === undefined) {
    const message = `${label} has no port ${port.protocol} ${port.port}`
    return {
      verdict: 'denied',
      backends: [],
      because: [{ effect: 'closes', message, place: { source: service.source, at: ['spec'] } }],
    }
  }
  const place = { source: service.source, at: found.at }
  if (found.backends.length === 0) {
    const message = `${label} leads to no pod that is known`
    return { verdict: 'unknown', backends: [], because: [{ effect: 'clouds', message, place }] }
  }
  const backends = found.backends.map(({ pods, ...target }) => reach.edge(from, pods, target))
  const [verdict = 'unknown', ...others] = new Set(backends.map(edge => edge.verdict))
  const because = backends.flatMap(edge => edge.because)
  if (others.length === 0) return { verdict, backends, because }
  return {
    verdict: 'unknown',
    backends,
    because: [{ effect: 'clouds', message: `${label} leads to pods that differ`, place }, ...because],
  }
}
