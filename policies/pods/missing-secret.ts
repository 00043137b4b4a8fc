import { configReferences } from '../../src/analysis/config-reference.ts'
import { madeSecrets } from '../../src/analysis/made-secret.ts'
import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'every Secret that a pod reads comes from somewhere',
  fix: 'add an ExternalSecret or a SealedSecret that makes it, correct the name, or say optional: true',
  severity: { lite: 'off', standard: 'off', strict: 'error' },
  *check(index) {
    const made = madeSecrets(index)
    for (const workload of writtenWorkloads(index)) {
      const { source, namespace } = workload
      for (const { kind, name, reader, at } of configReferences(workload)) {
        if (kind !== 'Secret' || made.has(`${namespace}/${name}`)) continue
        if (index.find('Secret', name, namespace) !== undefined) continue
        const message = `${reader} needs Secret "${name}", which nothing here makes, so its pod waits for it and never starts`
        yield { source, at, message }
      }
    }
  },
})
