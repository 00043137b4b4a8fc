import { Construct } from 'constructs'
import type { ILimitRange } from 'kubernetes-models/v1/LimitRange'
import type { INamespace } from 'kubernetes-models/v1/Namespace'
import type { IResourceQuota } from 'kubernetes-models/v1/ResourceQuota'
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import type { Settings } from '../src/spec/settings.ts'
import { commonLabels, KEEP, metadata, namespaceName, syncWave, type Zone, zonesOf } from './names.ts'
import { add } from './object.ts'
import { quotaOf } from './quota.ts'
import { mebibytes, millicores, UNSIZED } from './sizes.ts'

const DECIDING = { app: 'web.maxReplicas', data: 'database.instances', restore: 'recovery.restoreTest' } as const

/**
 * The namespaces of a tenant, what each may take, and a default ServiceAccount that can do nothing.
 *
 * All enforce the Pod Security level "restricted": the servers, Jobs and sidecars of CloudNativePG and the pods of the
 * session store keep to it as well.
 */
export class Namespaces extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id)
    for (const zone of zonesOf(settings)) this.addNamespace(settings, zone)
  }

  private addNamespace(settings: Settings, zone: Zone) {
    const deciding = DECIDING[zone]
    add<INamespace>(
      this,
      zone,
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: namespaceName(settings, zone),
          labels: {
            ...commonLabels(settings, zone),
            'pod-security.kubernetes.io/audit': 'restricted',
            'pod-security.kubernetes.io/enforce': 'restricted',
            'pod-security.kubernetes.io/warn': 'restricted',
            'waybill.dev/data-class': settings.dataClass,
          },
          annotations: { ...KEEP, ...syncWave('ground') },
        },
      },
      'tier',
    )
    const quota = quotaOf(settings, zone)
    add<IResourceQuota>(
      this,
      `${zone}-quota`,
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: metadata(settings, zone, 'quota', 'ground'),
        spec: {
          hard: {
            'requests.cpu': millicores(quota.cpu),
            'requests.memory': mebibytes(quota.memoryRequest),
            'limits.memory': mebibytes(quota.memoryLimit),
            pods: String(quota.pods),
            persistentvolumeclaims: String(quota.claims),
            'requests.storage': mebibytes(quota.storage),
            // Nothing here is reached from outside except through the ingress.
            'services.loadbalancers': '0',
            'services.nodeports': '0',
          },
        },
      },
      deciding,
    )
    add<ILimitRange>(
      this,
      `${zone}-limits`,
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: metadata(settings, zone, 'defaults', 'ground'),
        spec: {
          limits: [
            {
              type: 'Container',
              // The quota counts requests, so a container that names none would not start.
              defaultRequest: { cpu: millicores(UNSIZED.cpu), memory: mebibytes(UNSIZED.memoryRequest) },
              default: { memory: mebibytes(UNSIZED.memoryLimit) },
            },
          ],
        },
      },
      'tier',
    )
    add<IServiceAccount>(
      this,
      `${zone}-default`,
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: metadata(settings, zone, 'default', 'ground'),
        automountServiceAccountToken: false,
      },
      'tier',
    )
  }
}
