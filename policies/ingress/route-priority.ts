import { evidenceAt } from '../../src/analysis/evidence.ts'
import { answering, type HttpRoute, waysInto } from '../../src/analysis/http-route.ts'
import { odooHosts } from '../../src/analysis/odoo-host.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the rule for a path outranks the rule for every path',
  fix: 'give the narrower rule the higher priority',
  severity: 'error',
  *check(index) {
    const hosts = new Set(odooHosts(index).map(({ name }) => name))
    if (hosts.size === 0) return
    const { http, httpOf } = waysInto(index)
    for (const route of http) {
      const requests = requestsOf(route).filter(({ host }) => hosts.has(host))
      if (requests.length === 0) continue
      const losses = requests.map(request => {
        const rivals = httpOf(request.host).filter(other => other === route || sharesEntryPoint(other, route))
        return { request, winners: answering(rivals, request).map(({ route: winner }) => winner) }
      })
      // A rule that answers one of its paths does something.
      if (losses.some(({ winners }) => winners.includes(route))) continue
      const [
        {
          request,
          winners: [winner],
        } = { request: undefined, winners: [] },
      ] = losses
      if (request === undefined || winner === undefined) continue
      const { source, at } = route
      yield {
        source,
        at,
        message: `the rule for "${request.path}" of host "${request.host}" never answers, because another rule has priority ${winner.rank(request)} over its ${route.rank(request)}, so these requests go where all others go`,
        evidence: [evidenceAt(winner, 'this rule answers instead')],
      }
    }
  },
})

/** One request for each host and path that a rule names; none for rules by expression, or with further conditions. */
function requestsOf(route: HttpRoute) {
  const paths = route.paths.filter(({ kind, negated }) => kind !== 'regexp' && !negated).map(({ value }) => value)
  return route.exactHosts
    .flatMap(host => paths.map(path => ({ host, path })))
    .filter(request => route.answers(request) === 'yes')
}

function sharesEntryPoint({ entryPoints: a }: HttpRoute, { entryPoints: b }: HttpRoute): boolean {
  return a === undefined || b === undefined || a.some(name => b.includes(name))
}
