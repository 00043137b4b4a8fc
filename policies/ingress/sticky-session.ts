import { evidenceAt } from '../../src/analysis/evidence.ts'
import { odooOf } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { Source } from '../../src/manifest/manifest.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { fieldsOf, isFields, listOf } from '../../src/manifest/value.ts'

const AFFINITY = 'nginx.ingress.kubernetes.io/affinity'

export default definePolicy({
  title: 'any pod may answer any request',
  fix: 'remove the sticky cookie, and keep sessions where all pods find them',
  severity: { lite: 'off', standard: 'warning', strict: 'warning' },
  *check(index) {
    const told = new Set<string>()
    for (const odoo of odooOf(index)) {
      for (const { route } of odoo.routes) {
        const found = stickyAt(route.source, route.at)
        const key = `${route.source.file}\n${route.source.manifest.metadata.name}\n${found?.join()}`
        if (found === undefined || told.has(key)) continue
        told.add(key)
        yield {
          source: route.source,
          at: found,
          message: `the route keeps each person on one pod of container "${odoo.container.name}", so the first pods stay full, new ones stay empty, and every rollout logs people out whose session lies in a pod`,
          evidence: [evidenceAt(containerPlace(odoo), `container "${odoo.container.name}"`)],
        }
      }
    }
  },
})

function stickyAt({ manifest }: Source, at: FieldPath): FieldPath | undefined {
  if (manifest.kind === 'Ingress') {
    return manifest.metadata.annotations?.[AFFINITY] === 'cookie' ? ['metadata', 'annotations', AFFINITY] : undefined
  }
  const route = fieldsOf(listOf(fieldsOf(manifest.spec).routes)[Number(at[2])])
  const nth = listOf(route.services).findIndex(service => isFields(fieldsOf(fieldsOf(service).sticky).cookie))
  return nth === -1 ? undefined : [...at, 'services', nth, 'sticky']
}
