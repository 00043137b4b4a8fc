import { Construct } from 'constructs'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import type { IService } from 'kubernetes-models/v1/Service'
import { ODOO } from '../src/spec/facts/odoo.ts'
import type { Settings } from '../src/spec/settings.ts'
import { addDisruptionBudget } from './disruption-budget.ts'
import { metadata, NAMES, odooSelector, PORTS, webDatabaseHost } from './names.ts'
import { add } from './object.ts'
import { addAccount, CONFIG_ARGUMENT, deploymentMetadata, odooPodTemplate } from './odoo-pod.ts'
import { BUSY } from './sizes.ts'

/** The pods that answer people and machines. */
export class OdooWeb extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    const { web, pooler, schedule } = settings
    const scales = web.maxReplicas > web.replicas || schedule !== undefined
    const selector = odooSelector('web')
    const host = webDatabaseHost(settings)
    const template = odooPodTemplate(settings, {
      role: 'web',
      size: web,
      pods: web.maxReplicas,
      args: [CONFIG_ARGUMENT, ...(pooler === undefined ? [] : [`--db_host=${host}`])],
      host,
      http: { port: PORTS.odoo, health: '/web/health', patience: ODOO.timeReal, serves: true },
      grace: ODOO.timeReal,
    })
    addAccount(this, settings, 'web')
    add<IDeployment>(
      this,
      'deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: deploymentMetadata(settings, NAMES.web, scales),
        spec: {
          ...(scales ? {} : { replicas: web.replicas }),
          revisionHistoryLimit: 3,
          selector: { matchLabels: selector },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template,
        },
      },
      {
        '': 'release',
        ...(scales ? {} : { 'spec.replicas': 'web.replicas' }),
        'spec.template.spec.containers[0].image': 'release.image',
        'spec.template.spec.containers[0].resources': 'web.memory',
        'spec.template.spec.containers[0].resources.requests.cpu': 'web.cpu',
      },
    )
    add<IService>(
      this,
      'service',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata(settings, 'app', NAMES.web, 'run'),
        spec: { type: 'ClusterIP', selector, ports: [{ name: 'http', port: PORTS.odoo, targetPort: PORTS.odoo }] },
      },
      'release',
    )
    if (web.replicas > 1) {
      const of = { zone: 'app', name: NAMES.web, wave: 'run', decidedBy: 'web.replicas' } as const
      addDisruptionBudget(this, settings, of, selector)
    }
    if (!scales || schedule !== undefined) return
    add<IHorizontalPodAutoscaler>(
      this,
      'autoscaler',
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: metadata(settings, 'app', NAMES.web, 'run'),
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAMES.web },
          minReplicas: web.replicas,
          maxReplicas: web.maxReplicas,
          // Not memory: workers keep what they had, so a pod that was once needed would stay.
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: BUSY } } },
          ],
          behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
        },
      },
      { '': 'web.maxReplicas', 'spec.minReplicas': 'web.replicas' },
    )
  }
}
