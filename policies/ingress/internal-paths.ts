import { INTERNAL_PATHS } from '../../src/analysis/data/odoo-paths.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import type { HttpRoute } from '../../src/analysis/http-route.ts'
import type { Odoo } from '../../src/analysis/odoo.ts'
import { answerers, odooHosts } from '../../src/analysis/odoo-host.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, listOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'paths of administration end at the proxy',
  fix: 'add a rule of higher priority for the path, with an ipAllowList that admits nobody or only administrators',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    const open = new Map<
      string,
      {
        readonly route: HttpRoute
        readonly odoo: Odoo
        readonly hosts: Set<string>
        readonly path: string
        readonly does: string
      }
    >()
    for (const { name, servers, answering } of odooHosts(index)) {
      for (const { path, module, does } of INTERNAL_PATHS) {
        for (const { route } of answering(path)) {
          const found = answerers(index, route).find(({ odoo }) => servers.includes(odoo) && answersTo(odoo, module))
          if (found === undefined || isGuarded(route)) continue
          const key = `${route.source.file}\n${route.source.manifest.metadata.name}\n${route.at.join()}\n${path}`
          const known = open.get(key)
          if (known === undefined) open.set(key, { route, odoo: found.odoo, hosts: new Set([name]), path, does })
          else known.hosts.add(name)
        }
      }
    }
    for (const { route, odoo, hosts, path, does } of open.values()) {
      const { source, at } = route
      yield {
        source,
        at,
        message: `"${path}" of host "${[...hosts].join('", "')}" is open to everybody, and it ${does}`,
        evidence: [evidenceAt(containerPlace(odoo), `container "${odoo.container.name}" answers`)],
      }
    }
  },
})

/** Whether Odoo itself would answer: the manager does unless it is surely closed, a module's page if it is surely loaded. */
function answersTo({ config }: Odoo, module: string | undefined): boolean {
  // An open manager is a finding of its own.
  if (module === undefined) return config.flag('list_db') === undefined
  return (
    config
      .text('server_wide_modules')
      ?.split(',')
      .some(name => name.trim() === module) === true
  )
}

/** Middlewares that let only some callers pass; what a plugin does nobody knows. */
const GUARDS = ['basicAuth', 'digestAuth', 'forwardAuth', 'ipAllowList', 'ipWhiteList', 'plugin', undefined]
const NGINX_GUARDS = [
  'auth-type',
  'auth-url',
  'configuration-snippet',
  'denylist-source-range',
  'server-snippet',
  'whitelist-source-range',
]
const EVERYBODY = ['0.0.0.0/0', '::/0']

function isGuarded({ source, middlewares }: HttpRoute): boolean {
  const annotations = source.manifest.metadata.annotations ?? {}
  if (NGINX_GUARDS.some(name => annotations[`nginx.ingress.kubernetes.io/${name}`] !== undefined)) return true
  return middlewares.some(({ kind, source: middleware }) => {
    if (!GUARDS.includes(kind)) return false
    const { sourceRange } = fieldsOf(fieldsOf(middleware?.manifest.spec).ipAllowList)
    return !listOf(sourceRange).some(range => EVERYBODY.includes(String(range)))
  })
}
