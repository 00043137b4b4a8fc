import { waysInto } from '../../src/analysis/http-route.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every middleware and transport that a route names is there',
  fix: 'add the missing manifest, or correct the name and the namespace',
  severity: 'error',
  *check(index) {
    // Of an environment without Odoo only some of the manifests may be here.
    if (odooOf(index).length === 0) return
    for (const { middlewares } of waysInto(index).http) {
      for (const { name, namespace, place, source } of middlewares) {
        if (source !== undefined || !isComplete(index, namespace, place.source)) continue
        yield missing(place.source, place.at, 'middleware', name, namespace)
      }
    }
    for (const route of index.ofKind('IngressRoute', 'traefik.io')) {
      for (const [nth, entry] of listOf(fieldsOf(route.manifest.spec).routes).entries()) {
        for (const [place, item] of listOf(fieldsOf(entry).services).entries()) {
          const { name, kind, namespace: given, serversTransport } = fieldsOf(item)
          const at = ['spec', 'routes', nth, 'services', place]
          const namespace = textOf(given) ?? namespaceOf(route)
          if (!isComplete(index, namespace, route)) continue
          const shared = kind === 'TraefikService' ? textOf(name) : undefined
          if (isMissing(index, 'TraefikService', shared, namespace)) {
            yield missing(route, [...at, 'name'], 'traefik service', shared, namespace)
          }
          const transport = textOf(serversTransport)
          if (isMissing(index, 'ServersTransport', transport, namespace)) {
            yield missing(route, [...at, 'serversTransport'], 'servers transport', transport, namespace)
          }
        }
      }
    }
  },
})

/** A name with `@` belongs to another provider of Traefik. */
function isMissing(index: Index, kind: string, name: string | undefined, namespace: string): boolean {
  return name !== undefined && !name.includes('@') && index.find(kind, name, namespace) === undefined
}

/** Whether the manifests of a namespace are here: those of the route's own are, and of others if there is any. */
function isComplete(index: Index, namespace: string, route: Source): boolean {
  return namespace === namespaceOf(route) || index.namespaces.includes(namespace)
}

function missing(source: Source, at: FieldPath, what: string, name: string | undefined, namespace: string) {
  return {
    source,
    at,
    message: `${what} "${name}" is not in namespace "${namespace}", so Traefik drops the whole route and answers "not found"`,
  }
}
