import { definePolicy } from '../../src/lint/policy.ts'
import { parseImage } from '../../src/manifest/image.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

/** On 28 August 2025 versioned images moved to "bitnamilegacy" and get no updates there (bitnami/charts issue 35164). */
const BITNAMI = /^(?:(?:docker\.io|registry-1\.docker\.io)\/)?bitnami(legacy)?\//
/** Charts that install them. */
const CHARTS = /bitnamicharts|charts\.bitnami\.com/

export default definePolicy({
  title: 'nothing runs from images that nobody updates',
  fix: 'use the image of the project itself, or of its operator',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    for (const { source, containers } of index.workloads) {
      for (const { name, at, fields } of containers) {
        const image = textOf(fields.image) ?? ''
        const { repository, tag = 'latest', digest } = parseImage(image)
        const [ours, legacy] = BITNAMI.exec(repository) ?? []
        const isFrozen = ours !== undefined && (legacy !== undefined || digest !== undefined || tag !== 'latest')
        if (!isFrozen) continue
        yield {
          source,
          at: [...at, 'image'],
          message: `container "${name}" runs "${image}", which gets no updates since August 2025, so its holes stay open and the next node may not find it`,
        }
      }
    }
    for (const [kind, at] of SOURCES) {
      for (const source of index.ofKind(kind)) {
        const url = textOf(at.reduce<unknown>((value, step) => fieldsOf(value)[step], source.manifest))
        if (url === undefined || !CHARTS.test(url)) continue
        yield {
          source,
          at,
          message: `"${source.manifest.metadata.name}" installs from "${url}", whose images get no updates since August 2025, so their holes stay open and the next node may not find them`,
        }
      }
    }
  },
})

/** Where deliveries name their charts. */
const SOURCES: readonly (readonly [kind: string, at: readonly string[]])[] = [
  ['Application', ['spec', 'source', 'repoURL']],
  ['HelmRepository', ['spec', 'url']],
  ['OCIRepository', ['spec', 'url']],
]
