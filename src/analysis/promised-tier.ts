import type { Index } from '../manifest/manifest-index.ts'
import { labelsOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'

const TIER_LABEL = 'waybill.dev/tier'

/** Tiers that promise to stay up when a node or a zone is lost. */
const AVAILABLE = new Set<string | undefined>(['gold', 'platinum'])

/** The tier of a workload: by its own label, that of its pods, that of its namespace, else that of the environment. */
export function tierOf(
  { source, labels, namespace }: Pick<Workload, 'source' | 'labels' | 'namespace'>,
  index: Index,
): string | undefined {
  return (
    labelsOf(source.manifest.metadata.labels)[TIER_LABEL] ??
    labels[TIER_LABEL] ??
    index.namespaceLabels(namespace)[TIER_LABEL] ??
    index.facts.tier
  )
}

export function promisesAvailability(workload: Workload, index: Index): boolean {
  return AVAILABLE.has(tierOf(workload, index))
}
