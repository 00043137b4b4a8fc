import { operatedPodFinderOf } from '../../src/analysis/operated-labels.ts'
import { workloadFinderOf } from '../../src/analysis/selected-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every PodDisruptionBudget protects some pods',
  fix: 'give it the labels of the pods that it is for, in their namespace',
  severity: { lite: 'info', standard: 'warning', strict: 'error' },
  *check(index) {
    const find = workloadFinderOf(index)
    const isOperated = operatedPodFinderOf(index)
    for (const source of index.ofKind('PodDisruptionBudget')) {
      const { selector } = fieldsOf(source.manifest.spec)
      const namespace = namespaceOf(source)
      // Where no workload is known, they are somebody else's, and so may be the budget's pods.
      if (index.workloadsIn(namespace).length === 0 || isOperated(namespace, selector)) continue
      if (find(namespace, selector).length > 0) continue
      const subject = `budget "${source.manifest.metadata.name}"`
      yield { source, at: ['spec', 'selector'], message: `${subject} selects no pod here, so it protects nothing` }
    }
  },
})
