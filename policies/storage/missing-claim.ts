import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'every claim that a pod mounts is there',
  fix: 'add the PersistentVolumeClaim, or correct claimName',
  severity: { lite: 'off', standard: 'info', strict: 'error' },
  *check(index) {
    for (const { source, namespace, pod, podAt } of writtenWorkloads(index)) {
      for (const [nth, volume] of listOf(pod.volumes).entries()) {
        const { name, persistentVolumeClaim } = fieldsOf(volume)
        const claim = textOf(fieldsOf(persistentVolumeClaim).claimName)
        if (claim === undefined || index.find('PersistentVolumeClaim', claim, namespace) !== undefined) continue
        const fact = `volume "${String(name)}" is claim "${claim}", which is not here`
        yield {
          source,
          at: [...podAt, 'spec', 'volumes', nth, 'persistentVolumeClaim', 'claimName'],
          message: `${fact}, so its pod waits for it and never starts`,
        }
      }
    }
  },
})
