import { evidenceAt } from '../../src/analysis/evidence.ts'
import { replicaBounds } from '../../src/analysis/replica-bounds.ts'
import { traefikOf } from '../../src/analysis/traefik.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'several Traefik pods order no certificates themselves',
  fix: 'let cert-manager keep the certificate in a Secret, and name it as tls.secretName',
  severity: 'error',
  *check(index) {
    const traefik = traefikOf(index).find(({ workload }) => replicaBounds(index, workload).most > 1)
    if (traefik === undefined) return
    const { workload } = traefik
    for (const source of index.ofKind('IngressRoute', 'traefik.io')) {
      const { certResolver } = fieldsOf(fieldsOf(source.manifest.spec).tls)
      if (typeof certResolver !== 'string') continue
      yield {
        source,
        at: ['spec', 'tls', 'certResolver'],
        message: `resolver "${certResolver}" orders a certificate in each pod of Traefik, and there may be several, so challenges reach the wrong pod and the limit of the authority is soon used up`,
        evidence: [
          evidenceAt({ source: workload.source, at: ['spec', 'replicas'] }, `${workload.kind} "${workload.name}"`),
        ],
      }
    }
  },
})
