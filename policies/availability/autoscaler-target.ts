import { definePolicy } from '../../src/lint/policy.ts'
import { groupOf } from '../../src/manifest/manifest.ts'
import { namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

/** Kinds that an autoscaler may name and that are written in manifests; others may have been made by an operator. */
const SCALABLE = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'])

export default definePolicy({
  title: 'every autoscaler has something to scale',
  fix: 'correct the kind and the name in scaleTargetRef, or remove the autoscaler',
  severity: { lite: 'warning', standard: 'warning', strict: 'error' },
  *check(index) {
    const autoscalers = [
      ...index.ofKind('HorizontalPodAutoscaler', 'autoscaling'),
      ...index.ofKind('ScaledObject', 'keda.sh'),
    ]
    for (const source of autoscalers) {
      const target = fieldsOf(fieldsOf(source.manifest.spec).scaleTargetRef)
      const kind = textOf(target.kind) ?? 'Deployment'
      const name = textOf(target.name)
      const isNative = ['apps', ''].includes(groupOf(textOf(target.apiVersion) ?? 'apps/v1'))
      if (name === undefined || !SCALABLE.has(kind) || !isNative) continue
      if (index.find(kind, name, namespaceOf(source)) !== undefined) continue
      const subject = `autoscaler "${source.manifest.metadata.name}"`
      const message = `${subject} scales ${kind.toLowerCase()} "${name}", which is not here, so nothing grows under load`
      yield { source, at: ['spec', 'scaleTargetRef', 'name'], message }
    }
  },
})
