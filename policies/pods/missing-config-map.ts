import { configReferences } from '../../src/analysis/config-reference.ts'
import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy, evidence } from '../../src/lint/policy.ts'
import { fieldsOf } from '../../src/manifest/value.ts'

/** Kubernetes puts it into every namespace. */
const ALWAYS_THERE = 'kube-root-ca.crt'

export default definePolicy({
  title: 'every ConfigMap that a pod reads is there',
  fix: 'add the ConfigMap or the key, correct the name, or say optional: true',
  severity: { lite: 'off', standard: 'info', strict: 'error' },
  *check(index) {
    // A bundle of trust-manager becomes a ConfigMap of its name in every namespace.
    const bundles = new Set(index.ofKind('Bundle').map(({ manifest }) => manifest.metadata.name))
    for (const workload of writtenWorkloads(index)) {
      for (const { kind, name, entry, reader, at } of configReferences(workload)) {
        if (kind !== 'ConfigMap' || name === ALWAYS_THERE || bundles.has(name)) continue
        const { source } = workload
        const found = index.find('ConfigMap', name, workload.namespace)
        if (found === undefined) {
          const message = `${reader} needs ConfigMap "${name}", which is not here, so its pod waits for it and never starts`
          yield { source, at, message }
          continue
        }
        const { data, binaryData } = found.manifest
        if (entry === undefined) continue
        const { key } = entry
        if (Object.hasOwn({ ...fieldsOf(data), ...fieldsOf(binaryData) }, key)) continue
        yield {
          source,
          at: entry.at,
          message: `${reader} needs key "${key}" of ConfigMap "${name}", which has no such key, so its pod never starts`,
          evidence: [evidence(found, ['data'], 'these are its keys')],
        }
      }
    }
  },
})
