import { evidenceAt } from '../../src/analysis/evidence.ts'
import { waysInto } from '../../src/analysis/http-route.ts'
import { installationsOf, type Odoo } from '../../src/analysis/odoo.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import type { ServiceTarget } from '../../src/analysis/service-target.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the pod that runs scheduled actions answers nobody',
  fix: 'give it --no-http and --workers=-1, and select its pods with no Service',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    const installations = installationsOf(index)
    if (installations.length === 0) return
    const services = firstServices(waysInto(index).services.values())
    for (const members of installations) {
      const lasting = members.filter(odoo => odoo.lasting)
      for (const odoo of lasting) {
        const { container } = odoo
        const service = services.get(podsOf(odoo))
        if (odoo.role === 'cron' && service !== undefined) {
          yield {
            source: service.source,
            at: ['spec', 'selector'],
            message: `service "${service.name}" also selects the pods of container "${container.name}", which answers nobody, so every request that is sent there fails`,
            evidence: [evidenceAt(containerPlace(odoo), 'it runs without http')],
          }
        }
        const others = lasting.filter(other => other !== odoo && other.activity === 'http' && other.routes.length > 0)
        const isForCron = odoo.role === 'web' && odoo.runsCron === true && odoo.routes.length === 0
        if (!isForCron || service !== undefined || others.length === 0 || odoo.exposed.length > 0) continue
        yield {
          ...containerPlace(odoo),
          message: `container "${container.name}" runs scheduled actions and keeps a web server that nobody asks, so its memory goes to idle workers and the next Service that matches sends people there`,
        }
      }
    }
  },
})

/** The first Service that selects each set of pods. */
function firstServices(services: Iterable<ServiceTarget>): ReadonlyMap<string, ServiceTarget> {
  const found = new Map<string, ServiceTarget>()
  for (const service of services) {
    if (!service.selects) continue
    const behind = service.ports.flatMap(({ backends }) => backends.map(({ pods }) => pods.id))
    for (const id of behind) if (!found.has(id)) found.set(id, service)
  }
  return found
}

function podsOf({ workload: { kind, namespace, name } }: Odoo): string {
  return `${kind}/${namespace}/${name}`
}
