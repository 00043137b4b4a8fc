import { WEBSOCKET } from '../../src/analysis/data/odoo-paths.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import type { HttpRoute } from '../../src/analysis/http-route.ts'
import { type Answerer, answerers, odooHosts } from '../../src/analysis/odoo-host.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'live connections reach the process that holds them',
  fix: 'route /websocket (/longpolling up to 15.0) to port 8072 of the websocket process',
  severity: 'error',
  *check(index) {
    const lost = new Map<
      HttpRoute,
      { readonly hosts: Set<string>; readonly path: string; readonly answerer: Answerer }
    >()
    for (const { name, servers, answering } of odooHosts(index)) {
      const series = servers.find(({ image }) => image.series !== undefined)?.image.series
      const path = series === undefined || series >= WEBSOCKET.since ? WEBSOCKET.path : WEBSOCKET.before
      for (const { route } of answering(path)) {
        const deaf = answerers(index, route).find(isDeaf)
        if (deaf === undefined) continue
        const known = lost.get(route)
        if (known === undefined) lost.set(route, { hosts: new Set([name]), path, answerer: deaf })
        else known.hosts.add(name)
      }
    }
    for (const [{ source, at }, { hosts, path, answerer }] of lost) {
      const { odoo, port } = answerer
      yield {
        source,
        at,
        message: `"${path}" of host "${[...hosts].join('", "')}" goes to port ${port} of container "${odoo.container.name}", where live connections are refused, so chat, notifications and screens of the kitchen and the barcode stand still`,
        evidence: [
          evidenceAt(
            containerPlace(odoo),
            `it holds live connections ${whereInstead(odoo.config.integer('gevent_port'))}`,
          ),
        ],
      }
    }
  },
})

/** Whether a server surely refuses live connections on a port: one with workers takes them on the other port alone. */
function isDeaf({ odoo: { activity, config }, port }: Answerer): boolean {
  const workers = config.integer('workers')
  const live = config.integer('gevent_port')
  if (activity === 'http' && (workers === undefined || workers === 0)) return false
  return live !== undefined && port !== live
}

function whereInstead(port: number | undefined): string {
  return port === undefined ? 'elsewhere' : `on port ${port}`
}
