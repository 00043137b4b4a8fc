import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'

/** A ConfigMap or Secret that a pod needs before it starts. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  /** The one entry that is read, and where it is named; absent where all of them are. */
  readonly entry: { readonly key: string; readonly at: FieldPath } | undefined
  /** Who reads it: `container "web"`, `volume "config"`. */
  readonly reader: string
  /** The field with the name. */
  readonly at: FieldPath
}

/** Every reference to a ConfigMap or Secret that is not optional, in the order of the fields. */
export function configReferences(workload: Workload): readonly ConfigReference[] {
  return [...environmentReferences(workload), ...volumeReferences(workload)]
}

function environmentReferences({ containers }: Workload): readonly ConfigReference[] {
  return containers.flatMap(({ name, at, fields }) => {
    const reader = `container "${name}"`
    const single = listOf(fields.env).flatMap((entry, nth) => {
      const { configMapKeyRef, secretKeyRef } = fieldsOf(fieldsOf(entry).valueFrom)
      const below: FieldPath = [...at, 'env', nth, 'valueFrom']
      return [
        ...keyReference('ConfigMap', configMapKeyRef, reader, [...below, 'configMapKeyRef']),
        ...keyReference('Secret', secretKeyRef, reader, [...below, 'secretKeyRef']),
      ]
    })
    const whole = listOf(fields.envFrom).flatMap((entry, nth) => {
      const { configMapRef, secretRef } = fieldsOf(entry)
      const below: FieldPath = [...at, 'envFrom', nth]
      return [
        ...wholeReference('ConfigMap', configMapRef, 'name', reader, [...below, 'configMapRef']),
        ...wholeReference('Secret', secretRef, 'name', reader, [...below, 'secretRef']),
      ]
    })
    return [...single, ...whole]
  })
}

function volumeReferences({ pod, podAt }: Workload): readonly ConfigReference[] {
  return listOf(pod.volumes).flatMap((entry, nth) => {
    const { name, configMap, secret, projected } = fieldsOf(entry)
    const reader = `volume "${textOf(name) ?? ''}"`
    const at: FieldPath = [...podAt, 'spec', 'volumes', nth]
    const parts = listOf(fieldsOf(projected).sources).flatMap((part, position) => {
      const below: FieldPath = [...at, 'projected', 'sources', position]
      return [
        ...volumeReference('ConfigMap', fieldsOf(part).configMap, 'name', reader, [...below, 'configMap']),
        ...volumeReference('Secret', fieldsOf(part).secret, 'name', reader, [...below, 'secret']),
      ]
    })
    return [
      ...volumeReference('ConfigMap', configMap, 'name', reader, [...at, 'configMap']),
      ...volumeReference('Secret', secret, 'secretName', reader, [...at, 'secret']),
      ...parts,
    ]
  })
}

type Kind = ConfigReference['kind']

function keyReference(kind: Kind, value: unknown, reader: string, at: FieldPath): readonly ConfigReference[] {
  const { name, key, optional } = fieldsOf(value)
  if (typeof name !== 'string' || typeof key !== 'string' || optional === true) return []
  return [{ kind, name, entry: { key, at: [...at, 'key'] }, reader, at: [...at, 'name'] }]
}

function wholeReference(
  kind: Kind,
  value: unknown,
  field: string,
  reader: string,
  at: FieldPath,
): readonly ConfigReference[] {
  const { [field]: name, optional } = fieldsOf(value)
  if (typeof name !== 'string' || optional === true) return []
  return [{ kind, name, entry: undefined, reader, at: [...at, field] }]
}

/** A volume needs the whole, or the entries that it lists. */
function volumeReference(
  kind: Kind,
  value: unknown,
  field: string,
  reader: string,
  at: FieldPath,
): readonly ConfigReference[] {
  if (!isFields(value)) return []
  const { [field]: name, items, optional }: Fields = value
  const listed = listOf(items)
  if (listed.length === 0 || typeof name !== 'string' || optional === true) {
    return wholeReference(kind, value, field, reader, at)
  }
  return listed.flatMap((item, nth) => {
    const key = textOf(fieldsOf(item).key)
    const entry = key === undefined ? undefined : { key, at: [...at, 'items', nth, 'key'] }
    return entry === undefined ? [] : [{ kind, name, entry, reader, at: [...at, field] }]
  })
}
