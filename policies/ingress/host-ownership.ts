import { evidenceAt } from '../../src/analysis/evidence.ts'
import { type HttpRoute, ownerOf, waysInto } from '../../src/analysis/http-route.ts'
import { odooHosts } from '../../src/analysis/odoo-host.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'a host belongs to one tenant',
  fix: 'give each tenant hosts of its own, and expressions that match no other',
  severity: 'error',
  *check(index) {
    const ours = new Set(odooHosts(index).map(({ name }) => name))
    if (ours.size === 0) return
    const { http } = waysInto(index)
    const owners = new Map<string, HttpRoute>()
    for (const route of http) {
      for (const host of route.exactHosts.filter(name => ours.has(name))) {
        const first = owners.get(host)
        if (first === undefined) owners.set(host, route)
        else if (ownerOf(first.source) !== ownerOf(route.source)) yield judgement(route, first, host, 'is also')
      }
    }
    for (const route of http.filter(({ hosts }) => hosts.some(({ kind, negated }) => kind === 'regexp' && !negated))) {
      for (const [host, first] of owners) {
        if (ownerOf(first.source) === ownerOf(route.source) || route.answers({ host, path: '/' }) === 'no') continue
        yield judgement(route, first, host, 'matches')
      }
    }
  },
})

function judgement({ source, at }: HttpRoute, first: HttpRoute, host: string, how: string) {
  const what =
    how === 'matches'
      ? `an expression of "${ownerOf(source)}" matches host "${host}" of`
      : `host "${host}" of "${ownerOf(source)}" is also that of`
  return {
    source,
    at,
    message: `${what} "${ownerOf(first.source)}", so one of the two gets the other's requests, sessions and passwords`,
    evidence: [evidenceAt(first, `host "${host}" of "${ownerOf(first.source)}"`)],
  }
}
