import { entriesOf } from '../../src/analysis/kind-table.ts'
import { OPERATED } from '../../src/analysis/operated-pods.ts'
import { definePolicy, evidence } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every route leads to a Service and a port that are there',
  fix: 'correct the name or the port of the backend, or add the Service',
  severity: { lite: 'info', standard: 'warning', strict: 'error' },
  *check(index) {
    const operated = operatedServices(index)
    for (const { source, at, namespace, name, port } of backendsOf(index)) {
      if (operated.has(`${namespace}/${name}`)) continue
      const service = index.find('Service', name, namespace)
      const subject = `route "${source.manifest.metadata.name}"`
      if (service === undefined) {
        const message = `${subject} leads to service "${name}", which is not here, so its visitors get an error`
        yield { source, at, message }
      } else if (port !== undefined && !hasPort(service, port)) {
        yield {
          source,
          at,
          message: `${subject} leads to port "${port}" of service "${name}", which has no such port, so its visitors get an error`,
          evidence: [evidence(service, ['spec', 'ports'], 'these are its ports')],
        }
      }
    }
  },
})

interface Backend {
  readonly source: Source
  readonly at: FieldPath
  readonly namespace: string
  readonly name: string
  /** Its number or its name, where the route says one. */
  readonly port: number | string | undefined
}

function* backendsOf(index: Index): Generator<Backend> {
  for (const source of index.ofKind('Ingress', 'networking.k8s.io')) yield* ingressBackends(source)
  for (const source of index.ofKind('IngressRoute', 'traefik.io')) yield* routeBackends(source)
}

function* ingressBackends(source: Source): Generator<Backend> {
  const { defaultBackend, rules } = fieldsOf(source.manifest.spec)
  const paths = listOf(rules).flatMap((rule, nth) =>
    listOf(fieldsOf(fieldsOf(rule).http).paths).map((path, position) => {
      const at: FieldPath = ['spec', 'rules', nth, 'http', 'paths', position, 'backend']
      return [fieldsOf(path).backend, at] as const
    }),
  )
  for (const [backend, at] of [[defaultBackend, ['spec', 'defaultBackend'] as FieldPath] as const, ...paths]) {
    const { name, port } = fieldsOf(fieldsOf(backend).service)
    if (typeof name !== 'string') continue
    const { number, name: portName } = fieldsOf(port)
    yield { source, at: [...at, 'service'], namespace: namespaceOf(source), name, port: portOf(number ?? portName) }
  }
}

function* routeBackends(source: Source): Generator<Backend> {
  for (const [nth, route] of listOf(fieldsOf(source.manifest.spec).routes).entries()) {
    for (const [position, entry] of listOf(fieldsOf(route).services).entries()) {
      const { kind = 'Service', name, namespace, port }: Fields = fieldsOf(entry)
      // `api@internal` and other providers stand outside of the cluster.
      if (kind !== 'Service' || typeof name !== 'string' || name.includes('@')) continue
      const at: FieldPath = ['spec', 'routes', nth, 'services', position]
      yield { source, at, namespace: textOf(namespace) ?? namespaceOf(source), name, port: portOf(port) }
    }
  }
}

function portOf(value: unknown): number | string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? value : undefined
}

function hasPort({ manifest }: Source, wanted: number | string): boolean {
  const { ports, type } = fieldsOf(manifest.spec)
  // A Service that is only another name for a host outside needs no ports.
  if (type === 'ExternalName') return true
  return listOf(ports).some(entry => {
    const { port, name } = fieldsOf(entry)
    return port === wanted || name === wanted || String(port) === wanted
  })
}

/** Services that an operator makes, as `namespace/name`. */
function operatedServices(index: Index): ReadonlySet<string> {
  return new Set(
    entriesOf(index, OPERATED).flatMap(([source, made]) =>
      made(source.manifest).services.map(({ name }) => `${namespaceOf(source)}/${name}`),
    ),
  )
}
