import { ENTRYPOINT } from '../../src/analysis/data/odoo-images.ts'
import { ODOO_OPTIONS, READS_VARIABLES } from '../../src/analysis/data/odoo-options.ts'
import { evidenceAt } from '../../src/analysis/evidence.ts'
import { type Odoo, odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf, listOf } from '../../src/manifest/value.ts'

export default definePolicy({
  title: 'no Service has a name that Odoo reads as a setting',
  fix: 'set enableServiceLinks: false, or give the Service another name',
  severity: 'error',
  *check(index) {
    const services = index.ofKind('Service', '')
    for (const odoo of odooOf(index)) {
      const { workload, container } = odoo
      if (workload.pod.enableServiceLinks === false) continue
      for (const source of services.filter(service => namespaceOf(service) === workload.namespace)) {
        const { name } = source.manifest.metadata
        const { clusterIP, ports } = fieldsOf(source.manifest.spec)
        // Headless Services and those without ports make no variables.
        if (clusterIP === 'None' || listOf(ports).length === 0) continue
        const variable = readBy(odoo).find(read => linkNames(name, ports).includes(read))
        if (variable === undefined || odoo.environment.get(variable) !== undefined) continue
        yield {
          source: workload.source,
          at: [...workload.podAt, 'spec', 'enableServiceLinks'],
          message: `service "${name}" becomes variable "${variable}" in container "${container.name}", which takes it for a setting, so Odoo is sent to the wrong place or does not start`,
          evidence: [evidenceAt({ source, at: ['metadata', 'name'] }, `Service "${name}"`)],
        }
      }
    }
  },
})

/** Variables that a container takes settings from. */
function readBy({ image, command }: Odoo): readonly string[] {
  const ofEntrypoint = image.style === 'official' && command.entrypoint ? Object.values(ENTRYPOINT) : []
  const ofServer = image.series !== undefined && image.series >= READS_VARIABLES ? ODOO_OPTIONS : []
  return [
    ...ofEntrypoint.flatMap(({ variables }) => variables),
    ...ofServer.map(({ name, variable }) => variable ?? `ODOO_${name.toUpperCase()}`),
  ]
}

/** The variables that the kubelet makes of a Service: kubernetes.io, "Discovering services". */
function linkNames(service: string, ports: unknown): readonly string[] {
  const prefix = service.toUpperCase().replaceAll('-', '_')
  const ofPorts = listOf(ports).flatMap(entry => {
    const { port, protocol = 'TCP' } = fieldsOf(entry)
    return ['', '_ADDR', '_PORT', '_PROTO'].map(suffix => `${prefix}_PORT_${port}_${protocol}${suffix}`)
  })
  return [`${prefix}_SERVICE_HOST`, `${prefix}_SERVICE_PORT`, `${prefix}_PORT`, ...ofPorts]
}
