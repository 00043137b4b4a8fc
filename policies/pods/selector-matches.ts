import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { matchesSelector } from '../../src/manifest/selector.ts'
import { fieldsOf, isFields } from '../../src/manifest/value.ts'

/** Kinds whose selector the API server compares with the labels of their own template. */
const SELECTING = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'])

export default definePolicy({
  title: 'workloads select the pods that they make',
  fix: 'give the pod template the labels of the selector; the selector itself can never be changed',
  severity: 'error',
  *check(index) {
    for (const { kind, name, source, labels } of writtenWorkloads(index)) {
      const { selector } = fieldsOf(source.manifest.spec)
      if (!SELECTING.has(kind) || !isFields(selector) || matchesSelector(selector, labels)) continue
      const subject = `${kind.toLowerCase()} "${name}"`
      const message = `${subject} does not select the pods of its own template, so the API server refuses it`
      yield { source, at: ['spec', 'selector'], message }
    }
  },
})
