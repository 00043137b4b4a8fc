import { definePolicy, evidence, type Judgement } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf, isFields, textOf } from '../../src/manifest/value.ts'

const MODERN = new Set<unknown>(['VersionTLS12', 'VersionTLS13'])

/** The name by which one TLSOption, wherever it stands, holds for every route that names none. */
const DEFAULT = 'default'

export default definePolicy({
  title: 'every IngressRoute accepts TLS 1.2 or newer only',
  fix: 'name a TLSOption with minVersion VersionTLS12 in tls.options, or call one of them default',
  severity: { lite: 'off', standard: 'warning', strict: 'error' },
  edit: 'manifest.spec.minVersion = "VersionTLS12"',
  *check(index) {
    const defaults = index.ofKind('TLSOption').filter(({ manifest }) => manifest.metadata.name === DEFAULT)
    yield* doubleDefaults(defaults)
    /** Each option with the first route that uses it: what is wrong with an option is said once. */
    const used = new Map<Source, Source>()
    for (const route of index.ofKind('IngressRoute')) {
      const { tls } = fieldsOf(route.manifest.spec)
      if (!isFields(tls) || !/^traefik\./.test(route.manifest.apiVersion)) continue
      const name = textOf(fieldsOf(tls.options).name) ?? DEFAULT
      const option = name === DEFAULT ? defaults[0] : optionOf(route, index)
      // An option of another provider stands outside of the cluster.
      if (option === undefined && name.includes('@')) continue
      if (option === undefined) yield missing(route, name)
      else if (!used.has(option)) used.set(option, route)
    }
    for (const [option, route] of used) yield* judgeOption(option, route)
  },
})

function optionOf(route: Source, index: Index): Source | undefined {
  const { name, namespace } = fieldsOf(fieldsOf(fieldsOf(route.manifest.spec).tls).options)
  return index.find('TLSOption', String(name), textOf(namespace) ?? namespaceOf(route))
}

function missing(source: Source, name: string): Judgement {
  const message =
    name === DEFAULT
      ? 'no TLSOption is named here or called "default", so the release of Traefik decides which versions are good enough'
      : `options "${name}" do not exist, so Traefik refuses every connection to these hosts`
  return { source, at: ['spec', 'tls', 'options', 'name'], message }
}

function* judgeOption(option: Source, route: Source): Generator<Judgement> {
  const { minVersion } = fieldsOf(option.manifest.spec)
  if (MODERN.has(minVersion)) return
  const { name } = option.manifest.metadata
  const message =
    minVersion === undefined
      ? `options "${name}" have no minVersion, so the release of Traefik decides which versions are good enough`
      : `options "${name}" accept "${String(minVersion)}", so a connection can be talked down to a broken protocol`
  yield {
    source: option,
    at: ['spec', 'minVersion'],
    message,
    evidence: [evidence(route, ['spec', 'tls'], `route "${route.manifest.metadata.name}" uses it`)],
  }
}

function* doubleDefaults([first, ...others]: readonly Source[]): Generator<Judgement> {
  for (const source of others) {
    yield {
      source,
      at: ['metadata', 'name'],
      message: 'another TLSOption is called "default" too, so Traefik drops both',
      evidence: first === undefined ? [] : [evidence(first, ['metadata', 'name'], 'the other one')],
    }
  }
}
