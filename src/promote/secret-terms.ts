import { fieldsOf, listOf } from '../manifest/value.ts'
import { FILE } from './file-terms.ts'
import { high, low, medium } from './risk.ts'
import { HIDDEN } from './secret-value.ts'
import { elementName, fromTo, lastName, rest, say, type Term, type Terms, value, whole } from './term.ts'

/** An entry of a Secret: that it changes is told, never its value. */
const HIDDEN_ENTRY: Term = {
  whole: true,
  read: change => [
    {
      topic: 'secret',
      what: `value of ${lastName(change)}`,
      ...fromTo(change, () => HIDDEN),
      risk: high('whatever uses the secret needs the new value at the same time'),
    },
  ],
}

export const SECRET: Terms = {
  data: { '*': HIDDEN_ENTRY },
  stringData: { '*': HIDDEN_ENTRY },
  type: value('secret', 'type', high('consumers may refuse another type')),
  '': rest('secret', medium('the secret is kept differently'), 0),
}

export const SEALED_SECRET: Terms = {
  spec: {
    encryptedData: { '*': HIDDEN_ENTRY },
    '': rest('secret', medium('the secret is made differently')),
  },
}

export const CONFIG_MAP: Terms = {
  data: { '*': FILE },
  binaryData: {
    '*': value('configuration', lastName, medium('whatever reads this file behaves differently'), () => 'binary'),
  },
  '': rest('configuration', medium('the configuration is kept differently'), 0),
}

/** `acme/psp` or `acme/psp password` of a remote store. */
function sayRemote(entry: unknown): string | undefined {
  const { key, property, version } = fieldsOf(fieldsOf(entry).remoteRef)
  const parts = [key, property, version].filter(part => part !== undefined).map(String)
  return parts.length === 0 ? say(entry) : parts.join(' ')
}

const REMOTE: Term = {
  whole: true,
  read(change) {
    const risk =
      change.from === undefined
        ? medium('another secret is fetched')
        : change.to === undefined
          ? high('consumers no longer find this key')
          : high('consumers get another secret')
    return [{ topic: 'secret', what: `remote key of ${elementName(change)}`, ...fromTo(change, sayRemote), risk }]
  },
}

const EXTERNAL_SPEC: Terms = {
  data: { '[]': REMOTE },
  dataFrom: whole('secret', 'remote keys', high('consumers get other secrets')),
  secretStoreRef: whole('secret', 'store', high('secrets come from another store')),
  refreshInterval: value('secret', 'refresh interval', low('a rotated secret arrives at another time')),
  refreshPolicy: value('secret', 'refresh policy', medium('changes whether a rotated secret arrives')),
  target: {
    template: { data: { '*': FILE }, '': rest('secret', medium('the secret is made differently'), 1) },
    name: value('secret', 'secret name', high('consumers no longer find the secret')),
    deletionPolicy: value('secret', 'deletion policy', ({ to }) =>
      to === 'Delete' ? high('the secret goes when its source goes') : low('the secret stays when its source goes'),
    ),
    '': rest('secret', medium('the secret is made differently')),
  },
  '': rest('secret', medium('the secret is made differently')),
}

export const EXTERNAL_SECRET: Terms = { spec: EXTERNAL_SPEC }

export const CLUSTER_EXTERNAL_SECRET: Terms = {
  spec: { externalSecretSpec: EXTERNAL_SPEC, '': rest('secret', high('other namespaces get the secret')) },
}

export const SECRET_STORE: Terms = {
  spec: rest('secret', high('secrets are read from elsewhere, or as somebody else')),
}

/** The remote keys that an ExternalSecret reads, never their values. */
export function sayRemoteKeys(spec: unknown): string | undefined {
  const { data, dataFrom } = fieldsOf(spec)
  const keys = [
    ...listOf(data).map(sayRemote),
    ...listOf(dataFrom).map(entry => say(fieldsOf(fieldsOf(entry).extract).key)),
  ]
  return [...new Set(keys.filter(key => key !== undefined))].sort().join(', ') || undefined
}

/** What sort of configuration a new ConfigMap holds: the names of its files. */
export function sayFiles(manifest: unknown): string | undefined {
  const { data, binaryData, stringData } = fieldsOf(manifest)
  const names = [data, binaryData, stringData].flatMap(files => Object.keys(fieldsOf(files)))
  return names.sort().join(', ') || undefined
}
