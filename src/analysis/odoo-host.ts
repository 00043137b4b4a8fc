import { append } from '../manifest/group-by.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf } from '../manifest/value.ts'
import { type Answering, answering, type HttpRoute, waysInto } from './http-route.ts'
import { type Odoo, odooOf } from './odoo.ts'
import { perIndex } from './per-index.ts'

/** A host, named in full by a route, that people reach an Odoo by. */
export interface OdooHost {
  readonly name: string
  /** The web servers behind it. */
  readonly servers: readonly Odoo[]
  /** The routes that answer a path, one for each entry point; those that only send the browser elsewhere are left out. */
  answering(path: string): readonly Answering[]
}

/** Every host of every Odoo, in the order of the routes. */
export const odooHosts = perIndex((index): readonly OdooHost[] => {
  const servers = new Map<string, Odoo[]>()
  for (const odoo of odooOf(index)) {
    if (odoo.role !== 'web') continue
    for (const host of new Set(odoo.routes.flatMap(({ route }) => route.exactHosts))) {
      append(servers, host, odoo)
    }
  }
  // Routes are read only where there is something that they could lead to.
  if (servers.size === 0) return []
  const { httpOf } = waysInto(index)
  return [...servers].map(([name, behind]) => ({
    name,
    servers: behind,
    answering: path => answering(httpOf(name), { host: name, path }).filter(({ route }) => !redirects(route)),
  }))
})

const REDIRECTS = ['redirectScheme', 'redirectRegex']

/** Whether a route answers with another address, whatever it leads to. */
export function redirects({ middlewares, kind, source, at }: HttpRoute): boolean {
  if (middlewares.some(use => REDIRECTS.includes(use.kind ?? ''))) return true
  return kind === 'HTTPRoute' && redirectFilters(source.manifest.spec, Number(at[2]))
}

function redirectFilters(spec: unknown, nth: number): boolean {
  const rule = fieldsOf(listOf(fieldsOf(spec).rules)[nth])
  return listOf(rule.filters).some(filter => fieldsOf(filter).type === 'RequestRedirect')
}

/** A container that a route leads to, with the port on which it is asked. */
export interface Answerer {
  readonly odoo: Odoo
  readonly port: number
}

/** Of every route, the containers that it leads to. */
const answerersByRoute = perIndex((index): ReadonlyMap<HttpRoute, readonly Answerer[]> => {
  const found = new Map<HttpRoute, Answerer[]>()
  for (const odoo of odooOf(index)) {
    for (const { route, ports } of odoo.routes) {
      const known = found.get(route) ?? []
      found.set(route, known)
      for (const port of ports) known.push({ odoo, port })
    }
  }
  return found
})

/** The containers that a route leads to, in the order of the manifests. */
export function answerers(index: Index, route: HttpRoute): readonly Answerer[] {
  return answerersByRoute(index).get(route) ?? []
}
