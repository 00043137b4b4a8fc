import type { Construct } from 'constructs'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, type Wave, type Zone } from './names.ts'
import { add } from './object.ts'

/**
 * Lets a drain take one pod at a time. Only for what has at least two: a budget over a single pod blocks the drain for
 * good. Pods that are not ready may always go, so that a crashing one blocks nothing.
 */
export function addDisruptionBudget(
  scope: Construct,
  settings: Settings,
  of: { readonly zone: Zone; readonly name: string; readonly wave: Wave; readonly decidedBy: string },
  matchLabels: Record<string, string>,
) {
  add<IPodDisruptionBudget>(
    scope,
    `${of.name}-budget`,
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadata(settings, of.zone, of.name, of.wave),
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels } },
    },
    of.decidedBy,
  )
}
