import { evidenceAt } from '../../src/analysis/evidence.ts'
import { waysInto } from '../../src/analysis/http-route.ts'
import type { MiddlewareUse } from '../../src/analysis/middleware.ts'
import { odooHosts } from '../../src/analysis/odoo-host.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import type { Index } from '../../src/manifest/manifest-index.ts'
import { fieldsOf, listOf, numberOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'limits of requests count each caller by itself',
  fix: 'set sourceCriterion: ipStrategy.depth behind load balancers, or a header that tells callers apart',
  severity: { lite: 'off', standard: 'error', strict: 'error' },
  *check(index) {
    const hosts = new Set(odooHosts(index).map(({ name }) => name))
    if (hosts.size === 0) return
    const limits = new Map<Source, MiddlewareUse>()
    for (const { exactHosts, middlewares } of waysInto(index).http) {
      if (!exactHosts.some(host => hosts.has(host))) continue
      for (const use of middlewares)
        if (use.kind === 'rateLimit' && use.source !== undefined) limits.set(use.source, use)
    }
    const hidden = limits.size === 0 ? undefined : hidingBalancer(index)
    for (const [source, { place, name }] of limits) {
      const { sourceCriterion } = fieldsOf(fieldsOf(source.manifest.spec).rateLimit)
      const { ipStrategy, requestHost, requestHeaderName } = fieldsOf(sourceCriterion)
      const { depth, excludedIPs } = fieldsOf(ipStrategy)
      const at = ['spec', 'rateLimit', 'sourceCriterion']
      const evidence = [evidenceAt(place, `a route uses "${name}"`)]
      const byAddress = requestHost !== true && requestHeaderName === undefined && (numberOf(depth) ?? 0) === 0
      if (requestHost === true) {
        yield {
          source,
          at,
          message: `middleware "${name}" counts by host, so all callers of a host share one limit and a single busy one locks out all others`,
          evidence,
        }
      } else if (byAddress && listOf(excludedIPs).length === 0 && hidden !== undefined) {
        yield {
          source,
          at,
          message: `middleware "${name}" counts by address, and service "${hidden.manifest.metadata.name}" hides the addresses of callers behind those of nodes, so everybody shares a few limits and is locked out when many log in`,
          evidence: [
            ...evidence,
            evidenceAt({ source: hidden, at: ['spec', 'externalTrafficPolicy'] }, 'addresses are replaced here'),
          ],
        }
      }
    }
  },
})

/** A Service of Traefik through which every request has the address of a node. */
function hidingBalancer(index: Index): Source | undefined {
  return index.ofKind('Service', '').find(({ manifest }) => {
    const { type, externalTrafficPolicy, selector } = fieldsOf(manifest.spec)
    const isTraefik = fieldsOf(selector)['app.kubernetes.io/name'] === 'traefik'
    return isTraefik && (type === 'LoadBalancer' || type === 'NodePort') && externalTrafficPolicy !== 'Local'
  })
}
