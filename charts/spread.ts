import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint'
import type { Settings } from '../src/spec/settings.ts'

/** Pods of one kind stand in different zones, as strictly as the tier asks, and rather on different nodes. */
export function spread(
  settings: Pick<Settings, 'spread'>,
  matchLabels: Record<string, string>,
): ITopologySpreadConstraint[] {
  const over = (topologyKey: string, whenUnsatisfiable: Settings['spread']): ITopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels },
  })
  return [over('topology.kubernetes.io/zone', settings.spread), over('kubernetes.io/hostname', 'ScheduleAnyway')]
}

/** The same for a Deployment. A rollout that counted the pods it is about to remove would end lopsided. */
export function spreadRevision(settings: Settings, matchLabels: Record<string, string>): ITopologySpreadConstraint[] {
  return spread(settings, matchLabels).map(constraint => ({ ...constraint, matchLabelKeys: ['pod-template-hash'] }))
}
