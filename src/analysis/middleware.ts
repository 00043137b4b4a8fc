import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { Place } from './evidence.ts'

/** A Traefik middleware where a route names it. */
export interface MiddlewareUse {
  readonly name: string
  readonly namespace: string
  /** The reference; that of a chain for what the chain brings. */
  readonly place: Place
  /** `undefined` when it is not among the manifests. */
  readonly source: Source | undefined
  /** What it does: `ipAllowList`, `buffering`. One manifest does one thing. */
  readonly kind: string | undefined
}

/** The middlewares of a route in their order, chains opened. */
export function middlewaresOf(index: Index, route: Source, at: FieldPath): readonly MiddlewareUse[] {
  return referencesOf(route, at).flatMap(({ name, namespace, place }) =>
    opened(index, name, namespace, place, new Set()),
  )
}

interface Reference {
  readonly name: string
  readonly namespace: string
  readonly place: Place
}

const ANNOTATION = 'traefik.ingress.kubernetes.io/router.middlewares'

/** How each kind of route names middlewares; `at` is the route in its manifest. */
function referencesOf(source: Source, at: FieldPath): readonly Reference[] {
  const { kind, metadata, spec } = source.manifest
  const home = namespaceOf(source)
  if (kind === 'Ingress') {
    const text = metadata.annotations?.[ANNOTATION] ?? ''
    const place = { source, at: ['metadata', 'annotations', ANNOTATION] }
    return text.split(',').flatMap(entry => {
      // `namespace-name@kubernetescrd`: where the one ends and the other begins is told by the namespaces that exist.
      const [, joined] = /^\s*(.+)@kubernetescrd\s*$/.exec(entry) ?? []
      if (joined === undefined) return []
      const namespace = joined.startsWith(`${home}-`) ? home : joined.slice(0, joined.indexOf('-'))
      return [{ name: joined.slice(namespace.length + 1), namespace, place }]
    })
  }
  const [, list, nth] = at
  const entry = fieldsOf(listOf(fieldsOf(spec)[list ?? ''])[Number(nth)])
  if (kind === 'IngressRoute') {
    return listOf(entry.middlewares).flatMap((item, place) => {
      const { name, namespace } = fieldsOf(item)
      // A name with `@` is of another provider, which has its objects elsewhere.
      if (typeof name !== 'string' || name.includes('@')) return []
      return [{ name, namespace: textOf(namespace) ?? home, place: { source, at: [...at, 'middlewares', place] } }]
    })
  }
  return listOf(entry.filters).flatMap((item, place) => {
    const { group, kind: referred, name } = fieldsOf(fieldsOf(item).extensionRef)
    if (group !== 'traefik.io' || referred !== 'Middleware' || typeof name !== 'string') return []
    return [{ name, namespace: home, place: { source, at: [...at, 'filters', place] } }]
  })
}

function opened(
  index: Index,
  name: string,
  namespace: string,
  place: Place,
  seen: Set<Source>,
): readonly MiddlewareUse[] {
  const source = index.find('Middleware', name, namespace)
  const spec = fieldsOf(source?.manifest.spec)
  const [kind] = Object.keys(spec)
  if (kind !== 'chain' || source === undefined || seen.has(source)) return [{ name, namespace, place, source, kind }]
  seen.add(source)
  return listOf(fieldsOf(spec.chain).middlewares).flatMap(item => {
    const { name: inner, namespace: elsewhere } = fieldsOf(item)
    if (typeof inner !== 'string' || inner.includes('@')) return []
    return opened(index, inner, textOf(elsewhere) ?? namespace, place, seen)
  })
}
