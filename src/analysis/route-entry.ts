import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { PodEndpoint, UnseenEndpoint } from './endpoint.ts'
import { type ControllerHint, controllerPods } from './ingress-controller.ts'
import { entriesOf } from './kind-table.ts'
import { perIndex } from './per-index.ts'
import { isPortNumber, isProtocol } from './port-set.ts'
import type { Reach } from './reach.ts'
import type { Backend, ServiceTarget, ServiceTargets } from './service-target.ts'
import {
  type HostTest,
  hostTests,
  isMatchFault,
  type MatchDialect,
  type PathTest,
  parseMatch,
  pathTests,
} from './traefik-match.ts'

/** What a route sends requests to. */
export interface RouteBackend {
  readonly at: FieldPath
  /** `namespace/name`. */
  readonly service: string
  readonly port: number | string | undefined
  /** None when the Service or its port is missing from the manifests, or when it leads to no known pod. */
  readonly backends: readonly Backend[]
}

/** A way in from outside the cluster: a route, an exposed Service, or a port of a node. */
export interface RouteEntry {
  readonly source: Source
  /** The line that opens it. */
  readonly at: FieldPath
  /** Hosts and paths that it answers to; none means any. An exact host may begin with `*.`. */
  readonly hosts: readonly HostTest[]
  readonly paths: readonly PathTest[]
  /** The pods that take the requests in and pass them on; none when they go to the backends directly. */
  readonly through: readonly (PodEndpoint | UnseenEndpoint)[]
  readonly backends: readonly RouteBackend[]
  /** Why its controller ignores it. */
  readonly fault?: string
}

interface ServiceRef {
  readonly at: FieldPath
  readonly namespace: string
  readonly name: string
  readonly port: number | string | undefined
}

interface Route extends Pick<RouteEntry, 'at' | 'hosts' | 'paths' | 'fault'> {
  readonly refs: readonly ServiceRef[]
  readonly controller: ControllerHint
}

/** The routes of each kind that has any, by `group/kind`. */
const ROUTES: Readonly<Record<string, (source: Source, index: Index) => readonly Route[]>> = {
  'networking.k8s.io/Ingress': ingressRoutes,
  'traefik.io/IngressRoute': (source, index) => traefikRoutes(source, index, 'http'),
  'traefik.io/IngressRouteTCP': (source, index) => traefikRoutes(source, index, 'tcp'),
  'traefik.io/IngressRouteUDP': (source, index) => traefikRoutes(source, index, undefined),
  'gateway.networking.k8s.io/HTTPRoute': gatewayRoutes,
  'gateway.networking.k8s.io/GRPCRoute': gatewayRoutes,
  'gateway.networking.k8s.io/TLSRoute': gatewayRoutes,
  'gateway.networking.k8s.io/TCPRoute': gatewayRoutes,
  'gateway.networking.k8s.io/UDPRoute': gatewayRoutes,
}

/** The routes of each manifest; those who ask differ only in the pods that they know. */
const routesOf = perIndex(index =>
  entriesOf(index, ROUTES).map(([source, routesIn]) => ({ source, routes: routesIn(source, index) })),
)

/** Every way in, in the order of the manifests: routes and exposed Services first, then ports of nodes. */
export function routeEntriesOf(
  index: Index,
  reach: Pick<Reach, 'pods' | 'find'>,
  services: ServiceTargets,
): readonly RouteEntry[] {
  const exposed = [...services.values()].filter(service => service.exposed)
  return [
    ...routesOf(index).flatMap(({ source, routes }) =>
      routes.map(({ refs, controller, ...route }) => ({
        source,
        ...route,
        through: controllerPods(index, reach.pods, controller, source),
        backends: refs.map(ref => routeBackend(ref, services.get(`${ref.namespace}/${ref.name}`))),
      })),
    ),
    ...exposed.map(exposedService),
    ...index.workloads.flatMap(({ source, kind, namespace, name, containers, pod, podAt }) => {
      const pods = reach.find(`${kind}/${namespace}/${name}`)
      if (pods === undefined) return []
      if (pod.hostNetwork === true) return [nodePorts(source, [...podAt, 'spec', 'hostNetwork'], pods, pods.ports)]
      return containers.flatMap(({ at, fields }) =>
        listOf(fields.ports).flatMap((entry, nth) => {
          const { hostPort, containerPort: port, protocol = 'TCP' } = fieldsOf(entry)
          const open = isPortNumber(hostPort) && isPortNumber(port) && isProtocol(protocol)
          return open ? [nodePorts(source, [...at, 'ports', nth, 'hostPort'], pods, [{ port, protocol }])] : []
        }),
      )
    }),
  ]
}

function exposedService({ source, namespace, name, ports }: ServiceTarget): RouteEntry {
  return {
    source,
    at: ['spec'],
    hosts: [],
    paths: [],
    through: [],
    backends: ports.map(({ at, port, backends }) => ({ at, service: `${namespace}/${name}`, port, backends })),
  }
}

function nodePorts(
  source: Source,
  at: FieldPath,
  pods: PodEndpoint,
  ports: readonly Pick<Backend, 'port' | 'protocol'>[],
): RouteEntry {
  const backends = ports.map(({ port, protocol }) => ({
    at,
    service: pods.id,
    port,
    backends: [{ pods, port, protocol }],
  }))
  return { source, at, hosts: [], paths: [], through: [], backends }
}

/** A port is asked for by number or by name; a number in quotes is a number to every controller that takes one. */
function routeBackend({ at, namespace, name, port }: ServiceRef, service: ServiceTarget | undefined): RouteBackend {
  const found = (service?.ports ?? []).filter(
    own => `${own.port}` === `${port}` || (own.name !== undefined && own.name === port),
  )
  return { at, service: `${namespace}/${name}`, port, backends: found.flatMap(({ backends }) => backends) }
}

function portOf(value: unknown): number | string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? value : undefined
}

const INGRESS_PATHS: Readonly<Record<string, PathTest['kind']>> = { Exact: 'exact', Prefix: 'prefix' }

function ingressRoutes(source: Source): readonly Route[] {
  const { metadata, spec } = source.manifest
  const { ingressClassName, defaultBackend, rules } = fieldsOf(spec)
  const controller: ControllerHint = {
    kind: 'IngressClass',
    class: textOf(ingressClassName) ?? metadata.annotations?.['kubernetes.io/ingress.class'],
  }
  const refTo = (backend: unknown, at: FieldPath): readonly ServiceRef[] => {
    const { name, port } = fieldsOf(fieldsOf(backend).service)
    const { number, name: portName } = fieldsOf(port)
    return typeof name === 'string'
      ? [{ at, namespace: namespaceOf(source), name, port: portOf(number ?? portName) }]
      : []
  }
  const ofRules = listOf(rules).flatMap((entry, nth) => {
    const { host, http } = fieldsOf(entry)
    const hosts: readonly HostTest[] = typeof host === 'string' ? [{ kind: 'exact', value: host, negated: false }] : []
    return listOf(fieldsOf(http).paths).map((item, place): Route => {
      const { path, pathType, backend } = fieldsOf(item)
      const at = ['spec', 'rules', nth, 'http', 'paths', place]
      const kind = INGRESS_PATHS[textOf(pathType) ?? ''] ?? 'prefix'
      const paths: readonly PathTest[] = typeof path === 'string' ? [{ kind, value: path, negated: false }] : []
      return { at, hosts, paths, refs: refTo(backend, [...at, 'backend']), controller }
    })
  })
  const fallback = refTo(defaultBackend, ['spec', 'defaultBackend'])
  const atFallback: FieldPath = ['spec', 'defaultBackend']
  return fallback.length === 0
    ? ofRules
    : [...ofRules, { at: atFallback, hosts: [], paths: [], refs: fallback, controller }]
}

/** `dialect` is absent for UDP, which has nothing to match on. */
function traefikRoutes(source: Source, index: Index, dialect: MatchDialect | undefined): readonly Route[] {
  const controller: ControllerHint = { kind: 'controller', name: 'traefik' }
  return listOf(fieldsOf(source.manifest.spec).routes).map((entry, nth) => {
    const { match, services } = fieldsOf(entry)
    const at = ['spec', 'routes', nth]
    const parsed = dialect === undefined ? undefined : parseMatch(textOf(match) ?? '', dialect)
    if (parsed !== undefined && isMatchFault(parsed)) {
      const fault = `its match is refused at character ${parsed.offset + 1}: ${parsed.reason}`
      return { at: [...at, 'match'], hosts: [], paths: [], refs: [], controller, fault }
    }
    const refs = listOf(services).flatMap((service, place) =>
      traefikRefs(fieldsOf(service), [...at, 'services', place], namespaceOf(source), index, new Set()),
    )
    return {
      at,
      hosts: parsed === undefined ? [] : hostTests(parsed),
      paths: parsed === undefined ? [] : pathTests(parsed),
      refs,
      controller,
    }
  })
}

/** A TraefikService stands for the Services that it shares the load among or mirrors it to, and may nest. */
function traefikRefs(
  service: Fields,
  at: FieldPath,
  home: string,
  index: Index,
  seen: Set<Source>,
): readonly ServiceRef[] {
  const { name, kind, port } = service
  const namespace = textOf(service.namespace) ?? home
  if (typeof name !== 'string') return []
  if (kind !== 'TraefikService') return [{ at, namespace, name, port: portOf(port) }]
  const shared = index.find('TraefikService', name, namespace)
  if (shared === undefined || seen.has(shared)) return []
  seen.add(shared)
  const { weighted, mirroring, highestRandomWeight } = fieldsOf(shared.manifest.spec)
  return [
    ...listOf(fieldsOf(weighted).services),
    ...listOf(fieldsOf(highestRandomWeight).services),
    mirroring,
    ...listOf(fieldsOf(mirroring).mirrors),
  ].flatMap(part => traefikRefs(fieldsOf(part), at, namespace, index, seen))
}

const GATEWAY_PATHS: Readonly<Record<string, PathTest['kind']>> = {
  Exact: 'exact',
  PathPrefix: 'prefix',
  RegularExpression: 'regexp',
}

/** Routes of the Gateway API that hang on a Gateway; one that hangs on a Service routes inside the cluster only. */
function gatewayRoutes(source: Source, index: Index): readonly Route[] {
  const { hostnames, parentRefs, rules } = fieldsOf(source.manifest.spec)
  const parents = listOf(parentRefs)
    .map(fieldsOf)
    .filter(({ kind = 'Gateway' }) => kind === 'Gateway')
  return parents.flatMap(parent => {
    const gateway = index.find('Gateway', textOf(parent.name) ?? '', textOf(parent.namespace) ?? namespaceOf(source))
    const { gatewayClassName, listeners } = fieldsOf(gateway?.manifest.spec)
    const controller: ControllerHint = { kind: 'GatewayClass', class: textOf(gatewayClassName) }
    const listened = listOf(listeners)
      .map(fieldsOf)
      .filter(({ name }) => parent.sectionName === undefined || parent.sectionName === name)
      .map(({ hostname }) => hostname)
    const names = listOf(hostnames).length > 0 ? listOf(hostnames) : listened
    const hosts = names.flatMap(name =>
      typeof name === 'string' ? [{ kind: 'exact' as const, value: name, negated: false }] : [],
    )
    return listOf(rules).map((entry, nth) => {
      const { matches, backendRefs } = fieldsOf(entry)
      const at = ['spec', 'rules', nth]
      const paths = listOf(matches).flatMap((match): readonly PathTest[] => {
        const { type = 'PathPrefix', value } = fieldsOf(fieldsOf(match).path)
        const kind = GATEWAY_PATHS[textOf(type) ?? '']
        return kind === undefined || typeof value !== 'string' ? [] : [{ kind, value, negated: false }]
      })
      const refs = listOf(backendRefs).flatMap((ref, place) => {
        const { kind = 'Service', name, namespace, port } = fieldsOf(ref)
        if (kind !== 'Service' || typeof name !== 'string') return []
        const own = textOf(namespace) ?? namespaceOf(source)
        return [{ at: [...at, 'backendRefs', place], namespace: own, name, port: portOf(port) }]
      })
      return { at, hosts, paths, refs, controller }
    })
  })
}
