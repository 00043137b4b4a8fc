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
      const known = servers.get(host)
      if (known === undefined) servers.set(host, [odoo])
      else known.push(odoo)
    }
  }
  // Routes are read only where there is something that they could lead to.
  if (servers.size === 0) return []
  const { http } = waysInto(index)
  return [...servers].map(([name, behind]) => ({
    name,
    servers: behind,
    answering: path => answering(http, { host: name, path }).filter(({ route }) => !redirects(route)),
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

export function answerers(servers: readonly Odoo[], wanted: HttpRoute): readonly Answerer[] {
  return servers.flatMap(odoo =>
    odoo.routes.filter(({ route }) => route === wanted).flatMap(({ ports }) => ports.map(port => ({ odoo, port }))),
  )
}
