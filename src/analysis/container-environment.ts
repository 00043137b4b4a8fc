import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, isFields, listOf, textOf } from '../manifest/value.ts'
import type { Container, Workload } from '../manifest/workload.ts'
import type { Place } from './evidence.ts'
import { type StoreKind, storeOf } from './stored-text.ts'

/** A variable of a container. */
export interface Variable {
  readonly name: string
  /** `undefined` when the value does not stand in the manifests. */
  readonly value: string | undefined
  /** The entry of `env` or of `envFrom` that sets it. */
  readonly place: Place
  /** Whether the value comes out of a Secret. */
  readonly secret: boolean
}

export interface ContainerEnvironment {
  get(name: string): Variable | undefined
  readonly variables: readonly Variable[]
  /** Whether everything of a ConfigMap or Secret is read that is not among the manifests: any name may be set then. */
  readonly open: boolean
}

const SOURCES: readonly (readonly [field: string, from: string, kind: StoreKind])[] = [
  ['configMapRef', 'configMapKeyRef', 'ConfigMap'],
  ['secretRef', 'secretKeyRef', 'Secret'],
]

/** The environment that the pod gives a container; what its image sets besides is not in it. */
export function environmentOf(index: Index, workload: Workload, container: Container): ContainerEnvironment {
  const { source, namespace } = workload
  const variables = new Map<string, Variable>()
  let open = false
  for (const [nth, entry] of listOf(container.fields.envFrom).entries()) {
    const place = { source, at: [...container.at, 'envFrom', nth] }
    const fields = fieldsOf(entry)
    for (const [field, , kind] of SOURCES) {
      const name = textOf(fieldsOf(fields[field]).name)
      if (name === undefined) continue
      const store = storeOf(index, kind, name, namespace)
      open ||= store === undefined || store.open
      for (const { key, text } of store?.texts.values() ?? []) {
        const variable = `${textOf(fields.prefix) ?? ''}${key}`
        variables.set(variable, { name: variable, value: text, place, secret: kind === 'Secret' })
      }
    }
  }
  for (const [nth, entry] of listOf(container.fields.env).entries()) {
    const { name, value, valueFrom } = fieldsOf(entry)
    if (typeof name !== 'string') continue
    const place = { source, at: [...container.at, 'env', nth] }
    const read = isFields(valueFrom) ? referred(index, valueFrom, namespace) : { text: textOf(value) ?? '' }
    variables.set(name, { name, value: read.text, place, secret: read.secret ?? false })
  }
  return { get: name => variables.get(name), variables: [...variables.values()], open }
}

function referred(
  index: Index,
  valueFrom: Readonly<Record<string, unknown>>,
  namespace: string,
): { readonly text: string | undefined; readonly secret?: boolean } {
  for (const [, from, kind] of SOURCES) {
    const { name, key } = fieldsOf(valueFrom[from])
    if (typeof name !== 'string' || typeof key !== 'string') continue
    const text = storeOf(index, kind, name, namespace)?.texts.get(key)?.text
    return { text, secret: kind === 'Secret' }
  }
  return { text: undefined }
}

const REFERENCE = /\$\$|\$\(([A-Za-z_][\w.-]*)\)/g

/** A word of `command` or `args` as the kubelet hands it over: `$(NAME)` becomes the value, `$$` a dollar. */
export function expanded(word: string, environment: ContainerEnvironment): string {
  return word.replace(REFERENCE, (text, name: string | undefined) => {
    if (name === undefined) return '$'
    return environment.get(name)?.value ?? text
  })
}
