import { Construct } from 'constructs'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { Settings } from '../src/spec/settings.ts'
import { follows, NAMES, odooSelector } from './names.ts'
import { add } from './object.ts'
import { addAccount, CONFIG_ARGUMENT, deploymentMetadata, lakeEnv, odooPodTemplate, runnerOff } from './odoo-pod.ts'

/**
 * The one pod that runs scheduled actions. It answers nobody, so it has no Service and no probe; and it is alone, so it
 * has no disruption budget, which would block drains.
 */
export class OdooCron extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { cron, schedule } = settings
    addAccount(this, settings, 'cron')
    add<IDeployment>(
      this,
      'deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: deploymentMetadata(settings, NAMES.cron, schedule !== undefined),
        spec: {
          ...(schedule === undefined ? { replicas: follows(settings) ? 0 : 1 } : {}),
          revisionHistoryLimit: 3,
          selector: { matchLabels: odooSelector('cron') },
          strategy: { type: 'Recreate' },
          template: odooPodTemplate(settings, {
            role: 'cron',
            size: cron,
            pods: 1,
            args: [
              CONFIG_ARGUMENT,
              '--no-http',
              '--workers=-1',
              `--max-cron-threads=${cron.threads}`,
              // The limits of a request hold for every worker, and would end an action after two minutes of computing.
              `--limit-time-cpu=${cron.timeLimit}`,
              `--limit-time-real=${cron.timeLimit}`,
            ],
            env: [...runnerOff(settings), ...lakeEnv(settings)],
            grace: cron.timeLimit,
          }),
        },
      },
      {
        '': 'release',
        'spec.template.spec.containers[0].args': 'cron.threads',
        'spec.template.spec.containers[0].image': 'release.image',
        'spec.template.spec.containers[0].resources': 'cron.memory',
        'spec.template.spec.terminationGracePeriodSeconds': 'cron.timeLimit',
      },
    )
  }
}
