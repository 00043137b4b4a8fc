import { type PodEndpoint, ZONE_LABEL } from '../../src/analysis/endpoint.ts'
import { environmentReach } from '../../src/analysis/environment-reach.ts'
import { entriesOf } from '../../src/analysis/kind-table.ts'
import { OPERATED } from '../../src/analysis/operated-pods.ts'
import type { RouteEntry } from '../../src/analysis/route-entry.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import { groupOf, type Source } from '../../src/manifest/manifest.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { fieldsOf, textOf } from '../../src/manifest/value.ts'

const DATA = 'data'

export default definePolicy({
  title: 'nothing leads from outside to databases and caches',
  fix: 'make it a Service of type ClusterIP, or take the hostPort, the host network or the route away',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    // Who reaches whom is worth computing only where something may hold data.
    if (!index.mentions(ZONE_LABEL) && entriesOf(index, OPERATED).length === 0) return
    const { entries, services } = environmentReach(index)
    const told = new Set<Source>()
    for (const entry of entries) {
      const exposed = entry.backends.flatMap(({ backends }) => backends.map(({ pods }) => pods)).find(holdsData)
      if (exposed === undefined) continue
      told.add(entry.source)
      const { source, at, way } = openingOf(entry)
      const message = `${way} leads from outside the cluster to "${exposed.id}", so whoever finds the address can try passwords on it`
      yield { source, at, message }
    }
    for (const { source, namespace, exposed, selects } of services.values()) {
      const isData = index.namespaceLabels(namespace)[ZONE_LABEL] === DATA
      if (!exposed || !selects || !isData || told.has(source)) continue
      const { at, way } = openingOf({ source, at: ['spec'], through: [] })
      const message = `${way} leads from outside the cluster into the data zone "${namespace}", so whoever finds the address can try passwords there`
      yield { source, at, message }
    }
  },
})

/** Pods of the data zone, and servers that an operator runs wherever they are. */
function holdsData({ zone, source: { manifest } }: PodEndpoint): boolean {
  return zone === DATA || `${groupOf(manifest.apiVersion)}/${manifest.kind}` in OPERATED
}

/** The line that opens the way, and what it is. */
function openingOf({ source, at, through }: Pick<RouteEntry, 'source' | 'at' | 'through'>): {
  readonly source: Source
  readonly at: FieldPath
  readonly way: string
} {
  const last = at.at(-1)
  if (last === 'hostPort') return { source, at, way: 'port of the node' }
  if (last === 'hostNetwork') return { source, at, way: 'network of the node' }
  if (through.length > 0) return { source, at, way: 'route' }
  const { type, externalIPs } = fieldsOf(source.manifest.spec)
  if (source.manifest.kind !== 'Service') return { source, at, way: 'service that the operator makes' }
  const byAddress = Array.isArray(externalIPs) && type !== 'LoadBalancer' && type !== 'NodePort'
  return byAddress
    ? { source, at: [...at, 'externalIPs'], way: 'external address of the service' }
    : { source, at: [...at, 'type'], way: `service of type "${textOf(type)}"` }
}
