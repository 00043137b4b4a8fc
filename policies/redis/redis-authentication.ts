import { evidenceAt } from '../../src/analysis/evidence.ts'
import { isPolicyFault, readNetworkPolicy } from '../../src/analysis/network-policy.ts'
import { type SessionStore, sessionStoresOf } from '../../src/analysis/session-store.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import { matchesSelector } from '../../src/manifest/selector.ts'

export default definePolicy({
  title: 'the store of sessions asks for a password, and is not open to every pod',
  fix: 'set requirepass from a Secret, and a NetworkPolicy that admits Odoo alone',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const store of sessionStoresOf(index)) {
      const { source, at, password, clients } = store
      const { name } = source.manifest.metadata
      const evidence = clients.slice(0, 1).map(({ place }) => evidenceAt(place, 'Odoo keeps its sessions there'))
      if (password === false) {
        yield {
          source,
          at,
          message: `"${name}" holds the sessions of Odoo and asks for no password, so whoever connects is logged in as anybody`,
          evidence,
        }
      }
      if (isIsolated(index, store)) continue
      yield {
        source,
        at: ['metadata', 'name'],
        message: `"${name}" holds the sessions of Odoo and no NetworkPolicy selects its pods, so every pod of the cluster can try`,
        evidence,
      }
    }
  },
})

function isIsolated(index: Index, { pods }: SessionStore): boolean {
  return index.ofKind('NetworkPolicy', 'networking.k8s.io').some(source => {
    const policy = readNetworkPolicy(source)
    if (isPolicyFault(policy) || namespaceOf(source) !== pods.namespace) return false
    return policy.rules.ingress !== undefined && matchesSelector(policy.subject, pods.labels)
  })
}
