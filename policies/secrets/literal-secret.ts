import { credentialIn, isCredentialName, isLiteralCredential, literalSettings } from '../../src/analysis/credential.ts'
import { writtenWorkloads } from '../../src/analysis/written-workloads.ts'
import { definePolicy, type Judgement } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { type FieldPath, valueAt } from '../../src/manifest/path.ts'
import { fieldsOf, listOf, textOf } from '../../src/manifest/value.ts'
import type { Workload } from '../../src/manifest/workload.ts'

const CONSEQUENCE = 'so everyone who can read the repository can use it'

export default definePolicy({
  title: 'no secret is written in plain text',
  fix: 'keep the value in a secret store, bring it in with an ExternalSecret or a SealedSecret, and change the one that was written',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const source of index.ofKind('Secret', '')) yield* judgeSecret(source)
    for (const source of index.ofKind('ConfigMap', '')) yield* judgeTexts(source, ['data'])
    for (const source of index.ofKind('ExternalSecret'))
      yield* judgeTexts(source, ['spec', 'target', 'template', 'data'])
    for (const workload of writtenWorkloads(index)) yield* judgeEnvironment(workload)
  },
})

/** Entries that many Secrets carry beside the secret ones. */
const PUBLIC_ENTRIES = new Set(
  [
    'type',
    'url',
    'name',
    'namespace',
    'project',
    'server',
    'host',
    'port',
    'user',
    'username',
    'dbname',
    'database',
  ].concat(['tls.crt', 'ca.crt', 'enableOCI']),
)

function* judgeSecret(source: Source): Generator<Judgement> {
  const { data, stringData, metadata } = source.manifest
  for (const [field, entries] of Object.entries({ data, stringData })) {
    const held = Object.entries(fieldsOf(entries)).filter(([name, value]) => {
      const text = field === 'data' ? Buffer.from(String(value), 'base64').toString('utf8') : String(value)
      if (value === null || !isLiteralCredential(text) || !isLiteralCredential(String(value))) return false
      return !PUBLIC_ENTRIES.has(name) || credentialIn(text) !== undefined
    })
    const [first, ...others] = held
    if (first === undefined) continue
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    const message = `secret "${metadata.name}" holds "${first[0]}"${more} in plain text, ${CONSEQUENCE}`
    yield { source, at: [field, first[0]], message }
  }
}

/** Texts by name: files and settings of a ConfigMap, or of the template of an ExternalSecret. */
function* judgeTexts(source: Source, at: FieldPath): Generator<Judgement> {
  for (const [name, value] of Object.entries(fieldsOf(valueAt(source.manifest, at)))) {
    const text = textOf(value) ?? ''
    const isSetting = !text.trim().includes('\n')
    const named =
      isSetting && isCredentialName(name) && isLiteralCredential(text) ? [name] : literalSettings(name, text)
    const place: FieldPath = [...at, name]
    for (const setting of named) {
      yield { source, at: place, message: `"${setting}" is written in plain text, ${CONSEQUENCE}` }
    }
    const shown = isSetting || text.includes('PRIVATE KEY') ? credentialIn(text) : undefined
    if (named.length === 0 && shown !== undefined) {
      yield { source, at: place, message: `"${name}" holds ${shown} in plain text, ${CONSEQUENCE}` }
    }
  }
}

function* judgeEnvironment({ source, containers }: Workload): Generator<Judgement> {
  for (const { name: container, at, fields } of containers) {
    for (const [nth, entry] of listOf(fields.env).entries()) {
      const { name, value } = fieldsOf(entry)
      if (typeof name !== 'string' || value === undefined || value === null) continue
      const text = String(value)
      const isNamed = isCredentialName(name) && isLiteralCredential(text)
      const shown = credentialIn(text)
      if (!isNamed && shown === undefined) continue
      const what = isNamed ? `"${name}"` : `"${name}" with ${shown}`
      const message = `container "${container}" is given ${what} in plain text, ${CONSEQUENCE}`
      yield { source, at: [...at, 'env', nth, 'value'], message }
    }
  }
}
