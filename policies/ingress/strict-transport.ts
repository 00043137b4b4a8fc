import { certificatesOf } from '../../src/analysis/certificate.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { odooHosts } from '../../src/analysis/odoo-host.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'browsers are told to come back encrypted',
  fix: 'add a headers middleware with stsSeconds: 31536000 to the rule that answers pages',
  severity: { lite: 'off', standard: 'warning', strict: 'warning' },
  *check(index) {
    const hosts = odooHosts(index)
    if (hosts.length === 0) return
    const security = certificatesOf(index).hosts
    const told = new Set<unknown>()
    for (const { name, answering } of hosts) {
      for (const { route } of answering('/web/login')) {
        const found = security.find(({ host, route: own }) => host === name && own === route)
        if (found === undefined || found.sections.length === 0 || found.hsts > 0 || told.has(route)) continue
        told.add(route)
        yield {
          source: route.source,
          at: route.at,
          message: `pages of host "${name}" carry no Strict-Transport-Security, so a browser that is led to "http" sends its session in plain text`,
          evidence: found.sections.slice(0, 1).map(({ place }) => evidenceAt(place, 'it is encrypted here')),
        }
      }
    }
  },
})
