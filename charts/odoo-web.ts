import { Construct } from 'constructs'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import type { IService } from 'kubernetes-models/v1/Service'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings, Web } from '../src/spec/settings.ts'
import { addDisruptionBudget } from './disruption-budget.ts'
import { follows, metadata, NAMES, odooSelector, PORTS, webDatabaseHost } from './names.ts'
import { add } from './object.ts'
import { addAccount, CONFIG_ARGUMENT, deploymentMetadata, odooPodTemplate } from './odoo-pod.ts'
import { BUSY } from './sizes.ts'

/** The pods that answer people, or machines apart from them: a burst of one must not keep the other waiting. */
export class OdooWeb extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, role: 'web' | 'api', pods: Web) {
    super(scope, id)
    const { pooler, schedule } = settings
    const name = NAMES[role]
    const asleep = follows(settings)
    // Something else owns the number: a number here would undo its work at every sync.
    const scales = (pods.maxReplicas > pods.replicas || schedule !== undefined) && !asleep
    const selector = odooSelector(role)
    const host = webDatabaseHost(settings)
    const template = odooPodTemplate(settings, {
      role,
      size: pods,
      pods: pods.maxReplicas,
      args: [CONFIG_ARGUMENT, `--workers=${pods.workers}`, ...(pooler === undefined ? [] : [`--db_host=${host}`])],
      host,
      http: { port: PORTS.odoo, health: '/web/health', patience: ODOO.timeReal, serves: true },
      grace: ODOO.timeReal,
    })
    addAccount(this, settings, role)
    add<IDeployment>(
      this,
      'deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: deploymentMetadata(settings, name, scales),
        spec: {
          ...(scales ? {} : { replicas: asleep ? 0 : pods.replicas }),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selector },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template,
        },
      },
      {
        '': 'release',
        ...(scales ? {} : { 'spec.replicas': `${role}.replicas` }),
        'spec.template.spec.containers[0].args': `${role}.workers`,
        'spec.template.spec.containers[0].image': 'release.image',
        'spec.template.spec.containers[0].resources': `${role}.memory`,
        'spec.template.spec.containers[0].resources.requests.cpu': `${role}.workers`,
      },
    )
    add<IService>(
      this,
      'service',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata(settings, 'app', name, 'run'),
        spec: { type: 'ClusterIP', selector, ports: [{ name: 'http', port: PORTS.odoo, targetPort: PORTS.odoo }] },
      },
      'release',
    )
    if (pods.replicas > 1 && !asleep) {
      const of = { zone: 'app', name, wave: 'run', decidedBy: `${role}.replicas` } as const
      addDisruptionBudget(this, settings, of, selector)
    }
    if (!scales || schedule !== undefined) return
    add<IHorizontalPodAutoscaler>(
      this,
      'autoscaler',
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: metadata(settings, 'app', name, 'run'),
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
          minReplicas: pods.replicas,
          maxReplicas: pods.maxReplicas,
          // Not memory: workers keep what they had, so a pod that was once needed would stay.
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: BUSY } } },
          ],
          behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
        },
      },
      { '': `${role}.maxReplicas`, 'spec.minReplicas': `${role}.replicas` },
    )
  }
}
