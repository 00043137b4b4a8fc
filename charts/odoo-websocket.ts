import { Construct } from 'constructs'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IService } from 'kubernetes-models/v1/Service'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addDisruptionBudget } from './disruption-budget.ts'
import { follows, metadata, NAMES, odooSelector, PORTS } from './names.ts'
import { add } from './object.ts'
import { addAccount, CONFIG_ARGUMENT, deploymentMetadata, odooPodTemplate } from './odoo-pod.ts'

/** Connections of the pool; one more is kept for the LISTEN that never ends. */
const POOL = ODOO.connectionsPerWebsocket - 1

/** Seconds that a live connection gets to end by itself: browsers connect again to another pod. */
const GOODBYE = 35

/** The pods that hold a connection to every open tab. Their number is fixed: removing one drops all of its tabs. */
export class OdooWebsocket extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { websocket, schedule } = settings
    const selector = odooSelector('websocket')
    addAccount(this, settings, 'websocket')
    add<IDeployment>(
      this,
      'deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: deploymentMetadata(settings, NAMES.websocket, schedule !== undefined),
        spec: {
          ...(schedule === undefined ? { replicas: follows(settings) ? 0 : websocket.replicas } : {}),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selector },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: odooPodTemplate(settings, {
            role: 'websocket',
            size: websocket,
            pods: websocket.replicas,
            // Anywhere but in the first place the word means nothing, and another web server starts.
            args: ['gevent', CONFIG_ARGUMENT, `--db_maxconn=${POOL}`],
            http: { port: PORTS.websocket, health: '/websocket/health', patience: ODOO.timeReal, serves: true },
            grace: GOODBYE,
          }),
        },
      },
      {
        '': 'release',
        ...(schedule === undefined ? { 'spec.replicas': 'websocket.replicas' } : {}),
        'spec.template.spec.containers[0].image': 'release.image',
        'spec.template.spec.containers[0].resources': 'websocket.memory',
      },
    )
    add<IService>(
      this,
      'service',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata(settings, 'app', NAMES.websocket, 'run'),
        spec: {
          type: 'ClusterIP',
          selector,
          ports: [{ name: 'http', port: PORTS.websocket, targetPort: PORTS.websocket }],
        },
      },
      'release',
    )
    if (websocket.replicas < 2 || follows(settings)) return
    const of = { zone: 'app', name: NAMES.websocket, wave: 'run', decidedBy: 'websocket.replicas' } as const
    addDisruptionBudget(this, settings, of, selector)
  }
}
