import { Construct } from 'constructs'
import type { IPriorityClass } from 'kubernetes-models/scheduling.k8s.io/v1/PriorityClass'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import { TIER_DEFAULTS, TIERS } from '../src/spec/tier.ts'
import { clusterMetadata, priorityClass } from './names.ts'
import { add } from './object.ts'

/** Who goes first where there is not room for everybody: the tiers, in their order. */
export class Priorities extends Construct {
  constructor(scope: Construct, id: string, settings: Pick<PlatformSettings, 'platform' | 'environment'>) {
    super(scope, id)
    for (const tier of TIERS) {
      const { labels, ...metadata } = clusterMetadata(settings, priorityClass({ tier }), 'ground')
      add<IPriorityClass>(
        this,
        tier,
        {
          apiVersion: 'scheduling.k8s.io/v1',
          kind: 'PriorityClass',
          metadata: { ...metadata, labels: { ...labels, 'waybill.dev/tier': tier } },
          value: TIER_DEFAULTS[tier].priority,
          globalDefault: false,
          // The lowest tier waits for room; it takes none from anybody.
          preemptionPolicy: tier === TIERS[0] ? 'Never' : 'PreemptLowerPriority',
          description: `Pods of tenants of tier ${tier}`,
        },
        'tier',
      )
    }
  }
}
