import { Construct } from 'constructs'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { Queue, Settings } from '../src/spec/settings.ts'
import { follows, NAMES, odooSelector, PORTS } from './names.ts'
import { add } from './object.ts'
import { addAccount, CONFIG_ARGUMENT, deploymentMetadata, lakeEnv, odooPodTemplate } from './odoo-pod.ts'

/**
 * The one pod that runs queued jobs. Its runner hands each job to a worker of the same pod over the loopback address, so
 * nobody else ever reaches that route; one worker more than jobs keeps an answer for the probes.
 */
export class OdooQueue extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, queue: Queue) {
    super(scope, id)
    const { schedule } = settings
    addAccount(this, settings, 'queue')
    add<IDeployment>(
      this,
      'deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: deploymentMetadata(settings, NAMES.queue, schedule !== undefined),
        spec: {
          ...(schedule === undefined ? { replicas: follows(settings) ? 0 : 1 } : {}),
          revisionHistoryLimit: 3,
          selector: { matchLabels: odooSelector('queue') },
          strategy: { type: 'Recreate' },
          template: odooPodTemplate(settings, {
            role: 'queue',
            size: queue,
            pods: 1,
            args: [
              CONFIG_ARGUMENT,
              `--workers=${queue.capacity + 1}`,
              `--limit-time-cpu=${queue.timeLimit}`,
              `--limit-time-real=${queue.timeLimit}`,
            ],
            env: [
              { name: 'ODOO_QUEUE_JOB_CHANNELS', value: channels(queue) },
              { name: 'ODOO_QUEUE_JOB_HOST', value: 'localhost' },
              { name: 'ODOO_QUEUE_JOB_PORT', value: String(PORTS.odoo) },
              ...lakeEnv(settings),
            ],
            http: { port: PORTS.odoo, health: '/web/health', patience: queue.timeLimit, serves: false },
            grace: queue.timeLimit,
          }),
        },
      },
      {
        '': 'release',
        'spec.template.spec.containers[0].args': 'queue.capacity',
        'spec.template.spec.containers[0].image': 'release.image',
        'spec.template.spec.containers[0].resources': 'queue.memory',
        'spec.template.spec.terminationGracePeriodSeconds': 'queue.timeLimit',
      },
    )
  }
}

/** `root:6,root.edi:2`: how many jobs run at the same time, in all and of each channel. */
function channels(queue: Queue): string {
  const below = Object.entries(queue.channels).map(([name, capacity]) => `root.${name}:${capacity}`)
  return [`root:${queue.capacity}`, ...below].join(',')
}
