import { evidenceAt } from '../../src/analysis/evidence.ts'
import { waysInto } from '../../src/analysis/http-route.ts'
import { type Odoo, odooOf } from '../../src/analysis/odoo.ts'
import { listeningPorts } from '../../src/analysis/odoo-container.ts'
import { containerPlace } from '../../src/analysis/odoo-setting.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { fieldsOf, listOf, numberOf } from '../../src/manifest/value.ts'

/** Ports that are Odoo's own by default. */
const USUAL = [8069, 8072]

export default definePolicy({
  title: 'every port of a Service that leads to Odoo is one on which it listens',
  fix: 'let targetPort, containerPort and gevent_port (or http_port) be the same number',
  severity: 'error',
  *check(index) {
    const containers = odooOf(index).filter(
      ({ lasting, activity }) => lasting && (activity === 'http' || activity === 'websocket'),
    )
    if (containers.length === 0) return
    const byPods = new Map(
      containers.map(odoo => [`${odoo.workload.kind}/${odoo.workload.namespace}/${odoo.workload.name}`, odoo]),
    )
    for (const { source, name, ports } of waysInto(index).services.values()) {
      for (const { at, backends } of ports) {
        for (const { pods, port } of backends) {
          const odoo = byPods.get(pods.id)
          if (odoo === undefined || !isAbout(odoo, port)) continue
          const listening = listeningPorts(odoo)
          if (listening.length === 0 || listening.includes(port)) continue
          yield {
            source,
            at,
            message: `service "${name}" leads to port ${port} of container "${odoo.container.name}", where Odoo listens on ${listening.join(' and ')} alone, so every connection is refused`,
            evidence: [evidenceAt(containerPlace(odoo), `it listens on ${listening.join(' and ')}`)],
          }
        }
      }
    }
  },
})

/** Whether a port of the pods can only be meant for Odoo: it declares it, or nobody does and it is one of Odoo's own. */
function isAbout({ workload, container }: Odoo, port: number): boolean {
  const declares = (fields: Readonly<Record<string, unknown>>) =>
    listOf(fields.ports).some(entry => numberOf(fieldsOf(entry).containerPort) === port)
  if (workload.containers.some(other => other !== container && declares(other.fields))) return false
  return declares(container.fields) || USUAL.includes(port)
}
