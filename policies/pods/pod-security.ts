import { enforcedLevel, podSecurityViolations } from '../../src/analysis/pod-security.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'pods keep to the Pod Security level that their namespace enforces',
  fix: 'change the field, or move the pod to a namespace that enforces a lower level',
  severity: 'error',
  *check(index) {
    for (const workload of index.workloads) {
      const { level, minor } = enforcedLevel(index.namespaceLabels(workload.namespace))
      for (const { at, fact } of podSecurityViolations(workload, level, minor)) {
        const message = `${fact}, and namespace "${workload.namespace}" enforces "${level}", so the cluster refuses the pod`
        yield { source: workload.source, at, message }
      }
    }
  },
})
