import { isReplicated, replicaFloorsOf } from '../../src/analysis/replica-floor.ts'
import { definePolicy, evidence } from '../../src/lint/policy.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'

/** Access modes that several nodes may use at once. */
const SHARED = new Set<unknown>(['ReadWriteMany', 'ReadOnlyMany'])

export default definePolicy({
  title: 'pods that stand on several nodes mount claims that several nodes can mount',
  fix: 'use a ReadWriteMany claim, object storage, or a StatefulSet with a claim for each pod',
  severity: { lite: 'warning', standard: 'warning', strict: 'error' },
  *check(index) {
    const floorOf = replicaFloorsOf(index)
    for (const workload of index.workloads) {
      const { source, namespace, pod, podAt, kind, name } = workload
      const { count, autoscaled, source: by, at: byField } = floorOf(workload)
      // The pods of a DaemonSet always stand on several nodes; those of other kinds mostly have claims of their own.
      if (kind !== 'DaemonSet' && !(isReplicated(workload) && (autoscaled || count > 1))) continue
      for (const [nth, volume] of listOf(pod.volumes).entries()) {
        const claimName = textOf(fieldsOf(fieldsOf(volume).persistentVolumeClaim).claimName)
        const claim = claimName === undefined ? undefined : index.find('PersistentVolumeClaim', claimName, namespace)
        if (claim === undefined) continue
        const modes = listOf(fieldsOf(claim.manifest.spec).accessModes)
        if (modes.length === 0 || modes.some(mode => SHARED.has(mode))) continue
        const subject = `${kind.toLowerCase()} "${name}"`
        const fact = `pods of ${subject} share claim "${claimName}", which one node at a time can mount`
        yield {
          source,
          at: [...podAt, 'spec', 'volumes', nth, 'persistentVolumeClaim', 'claimName'],
          message: `${fact}, so those on other nodes never start`,
          evidence: [
            evidence(claim, ['spec', 'accessModes'], `claim "${claimName}" is ${modes.join(', ')}`),
            ...(kind === 'DaemonSet'
              ? []
              : [evidence(by, byField, autoscaled ? 'an autoscaler adds pods' : `there are ${count} pods`)]),
          ],
        }
      }
    }
  },
})
