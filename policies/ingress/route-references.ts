import { waysInto } from '../../src/analysis/http-route.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'everything that a route names is there',
  fix: 'add the missing manifest, or correct the name and the namespace',
  severity: 'error',
  *check(index) {
    // Of an environment without Odoo only some of the manifests may be here.
    if (odooOf(index).length === 0) return
    const { services, http } = waysInto(index)
    for (const { middlewares } of http) {
      for (const { name, namespace, place, source } of middlewares) {
        if (source !== undefined || !isComplete(index, namespace, place.source)) continue
        yield missing(place.source, place.at, 'middleware', name, namespace)
      }
    }
    for (const route of index.ofKind('IngressRoute', 'traefik.io')) {
      const home = namespaceOf(route)
      const { routes, tls } = fieldsOf(route.manifest.spec)
      for (const [nth, entry] of listOf(routes).entries()) {
        for (const [place, item] of listOf(fieldsOf(entry).services).entries()) {
          const service = fieldsOf(item)
          const at = ['spec', 'routes', nth, 'services', place]
          const namespace = textOf(service.namespace) ?? home
          if (!isComplete(index, namespace, route)) continue
          const name = textOf(service.name) ?? ''
          const isThere =
            service.kind === 'TraefikService'
              ? isForeign(name) || index.find('TraefikService', name, namespace) !== undefined
              : services.has(`${namespace}/${name}`)
          if (!isThere)
            yield missing(
              route,
              [...at, 'name'],
              service.kind === 'TraefikService' ? 'traefik service' : 'service',
              name,
              namespace,
            )
          yield* named(index, route, [...at, 'serversTransport'], 'ServersTransport', {
            name: service.serversTransport,
            namespace,
          })
        }
      }
      yield* named(index, route, ['spec', 'tls', 'options'], 'TLSOption', {
        namespace: home,
        ...fieldsOf(fieldsOf(tls).options),
      })
    }
  },
})

const WORDS = { ServersTransport: 'servers transport', TLSOption: 'tls option' } as const

function* named(index: Index, route: Source, at: FieldPath, kind: keyof typeof WORDS, { name, namespace }: Fields) {
  const [wanted, where] = [textOf(name), textOf(namespace) ?? namespaceOf(route)]
  if (wanted === undefined || wanted === 'default' || isForeign(wanted) || !isComplete(index, where, route)) return
  if (index.find(kind, wanted, where) === undefined) yield missing(route, at, WORDS[kind], wanted, where)
}

/** `name@file`: another provider of Traefik has it. */
function isForeign(name: string): boolean {
  return name.includes('@')
}

/** Whether the manifests of a namespace are here: those of the route's own are, and of others if there is any. */
function isComplete(index: Index, namespace: string, route: Source): boolean {
  return namespace === namespaceOf(route) || index.namespaces.includes(namespace)
}

function missing(source: Source, at: FieldPath, what: string, name: string, namespace: string) {
  return {
    source,
    at,
    message: `${what} "${name}" is not in namespace "${namespace}", so Traefik drops the whole route and answers "not found"`,
  }
}
