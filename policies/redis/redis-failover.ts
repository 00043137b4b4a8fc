import { evidenceAt } from '../../src/analysis/evidence.ts'
import { sessionStoresOf } from '../../src/analysis/session-store.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'sessions are written to the server that takes them',
  fix: 'point Odoo to sentinels (ODOO_SESSION_REDIS_SENTINEL_HOST) or to the Service of the primary',
  severity: 'error',
  *check(index) {
    for (const { source, servers, clients } of sessionStoresOf(index)) {
      if (servers < 2) continue
      const { kind, metadata } = source.manifest
      const primary = kind === 'RedisReplication' ? `${metadata.name}-master` : undefined
      for (const { odoo, place, service, sentinel } of clients) {
        if (sentinel || service.name === primary) continue
        const count = Number.isFinite(servers) ? servers : 'several'
        yield {
          ...place,
          message: `container "${odoo.container.name}" writes sessions to any of ${count} servers behind service "${service.name}", so those that meet a replica are lost and people are logged out`,
          evidence: [evidenceAt({ source, at: ['metadata', 'name'] }, `${count} servers`)],
        }
      }
    }
  },
})
