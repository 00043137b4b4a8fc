import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { type Fields, fieldsOf, isFields, textOf } from '../manifest/value.ts'
import type { Place } from './evidence.ts'
import { perIndex } from './per-index.ts'

/** Kinds of object that pods read texts from. */
export type StoreKind = 'ConfigMap' | 'Secret'

/** One key of a ConfigMap or Secret. */
export interface StoredText {
  readonly key: string
  /** `undefined` when the text lies in a secret store outside the cluster. A template keeps its `{{ … }}`. */
  readonly text: string | undefined
  readonly place: Place
}

/** What a ConfigMap or Secret holds. */
export interface Store {
  readonly source: Source
  readonly texts: ReadonlyMap<string, StoredText>
  /** Whether it may hold further keys, written by somebody outside. */
  readonly open: boolean
}

/** The ConfigMap or Secret of that name, be it that an ExternalSecret makes it; `undefined` when nothing here makes one. */
export function storeOf(index: Index, kind: StoreKind, name: string, namespace: string): Store | undefined {
  const plain = index.find(kind, name, namespace)
  if (plain !== undefined) return kind === 'ConfigMap' ? configMap(plain) : secret(plain)
  const external = kind === 'Secret' ? externalSecrets(index).get(`${namespace}/${name}`) : undefined
  return external === undefined ? undefined : externalSecret(external)
}

/** ExternalSecrets by namespace and name of the Secret that each one makes. */
const externalSecrets = perIndex(index => {
  const made = new Map<string, Source>()
  for (const source of index.ofKind('ExternalSecret', 'external-secrets.io')) {
    const { target } = fieldsOf(source.manifest.spec)
    const name = textOf(fieldsOf(target).name) ?? source.manifest.metadata.name
    made.set(`${namespaceOf(source)}/${name}`, source)
  }
  return made
})

function configMap(source: Source): Store {
  return { source, texts: textsOf(source, ['data'], fieldsOf(source.manifest.data)), open: false }
}

function secret(source: Source): Store {
  const encoded = textsOf(source, ['data'], fieldsOf(source.manifest.data), decoded)
  const plain = textsOf(source, ['stringData'], fieldsOf(source.manifest.stringData))
  return { source, texts: new Map([...encoded, ...plain]), open: false }
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8')
}

function externalSecret(source: Source): Store {
  const { target, data, dataFrom } = fieldsOf(source.manifest.spec)
  const { template } = fieldsOf(target)
  const { data: templated, templateFrom, mergePolicy } = fieldsOf(template)
  const fetched = new Map<string, StoredText>()
  // A template replaces what was fetched unless the two are merged.
  if (!isFields(template) || mergePolicy === 'Merge' || (templated === undefined && templateFrom === undefined)) {
    for (const [nth, entry] of (Array.isArray(data) ? data : []).entries()) {
      const key = textOf(fieldsOf(entry).secretKey)
      if (key !== undefined) fetched.set(key, { key, text: undefined, place: { source, at: ['spec', 'data', nth] } })
    }
  }
  const texts = textsOf(source, ['spec', 'target', 'template', 'data'], fieldsOf(templated))
  const open = templateFrom !== undefined || (dataFrom !== undefined && texts.size === 0)
  return { source, texts: new Map([...fetched, ...texts]), open }
}

function textsOf(
  source: Source,
  at: readonly string[],
  fields: Fields,
  read = (text: string): string => text,
): Map<string, StoredText> {
  const texts = new Map<string, StoredText>()
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value === 'string') texts.set(key, { key, text: read(value), place: { source, at: [...at, key] } })
  }
  return texts
}
