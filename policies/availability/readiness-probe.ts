import { servicesByWorkload } from '../../src/analysis/selected-workloads.ts'
import { definePolicy, evidence } from '../../src/lint/policy.ts'
import type { FieldPath } from '../../src/manifest/path.ts'

/** Kinds whose pods come and go while a Service sends requests to them. */
const SERVING = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])

export default definePolicy({
  title: 'workloads behind a Service say when they are ready',
  fix: 'add a readinessProbe to the container that answers',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  *check(index) {
    for (const [{ source, kind, name, containers, podAt }, [service]] of servicesByWorkload(index)) {
      const answering = containers.filter(({ role }) => role === 'main' || role === 'sidecar')
      if (!SERVING.has(kind) || service === undefined) continue
      if (answering.some(({ fields }) => fields.readinessProbe !== undefined && fields.readinessProbe !== null))
        continue
      const first = answering.find(({ role }) => role === 'main')
      const at: FieldPath = [...(first?.at ?? [...podAt, 'spec']), 'readinessProbe']
      const fact = `no container of ${kind.toLowerCase()} "${name}" has a readiness probe`
      const served = service.manifest.metadata.name
      yield {
        source,
        at,
        message: `${fact}, so service "${served}" sends requests to pods that are still starting`,
        evidence: [evidence(service, ['spec', 'selector'], `service "${served}" selects its pods`)],
      }
    }
  },
})
