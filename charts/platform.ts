import { Chart } from 'cdk8s'
import type { Construct } from 'constructs'
import type { IPriorityClass } from 'kubernetes-models/scheduling.k8s.io/v1/PriorityClass'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import { TIER_DEFAULTS, TIERS } from '../src/spec/tier.ts'
import { priorityClass, syncWave } from './names.ts'
import { add } from './object.ts'
import { PlatformWatch } from './platform-watch.ts'

/** The part of an environment that its tenants share. */
export class PlatformUnit extends Chart {
  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id)
    const { platform, environment, monitoring } = settings
    for (const tier of TIERS) {
      add<IPriorityClass>(
        this,
        tier,
        {
          apiVersion: 'scheduling.k8s.io/v1',
          kind: 'PriorityClass',
          metadata: {
            name: priorityClass({ tier }),
            labels: {
              'app.kubernetes.io/managed-by': 'waybill',
              'app.kubernetes.io/part-of': platform,
              'waybill.dev/environment': environment,
              'waybill.dev/tier': tier,
            },
            annotations: syncWave('ground'),
          },
          value: TIER_DEFAULTS[tier].priority,
          globalDefault: false,
          // The lowest tier waits for room; it takes none from anybody.
          preemptionPolicy: tier === TIERS[0] ? 'Never' : 'PreemptLowerPriority',
          description: `Pods of tenants of tier ${tier}`,
        },
        'tier',
      )
    }
    if (monitoring !== undefined) new PlatformWatch(this, 'watch', settings, monitoring)
  }
}
