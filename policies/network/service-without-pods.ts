import { operatedPodFinderOf } from '../../src/analysis/operated-labels.ts'
import { servedWorkloadsOf } from '../../src/analysis/selected-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf, isFields, labelsOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every Service leads to some pods',
  fix: 'give its selector the labels of the pods that it is for, in their namespace',
  severity: { lite: 'info', standard: 'warning', strict: 'error' },
  *check(index) {
    const isOperated = operatedPodFinderOf(index)
    for (const [source, workloads] of servedWorkloadsOf(index)) {
      const { selector, type } = fieldsOf(source.manifest.spec)
      const namespace = namespaceOf(source)
      const selects = isFields(selector) && Object.keys(selector).length > 0 && type !== 'ExternalName'
      // Where no workload is known, they are somebody else's, and so may be the Service's pods.
      if (!selects || workloads.length > 0 || index.workloadsIn(namespace).length === 0) continue
      if (isOperated(namespace, { matchLabels: labelsOf(selector) })) continue
      const subject = `service "${source.manifest.metadata.name}"`
      yield {
        source,
        at: ['spec', 'selector'],
        message: `${subject} selects no pod here, so every request to it fails`,
      }
    }
  },
})
