import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { Construct } from 'constructs'
import type { Schedule } from '../src/spec/schedule.ts'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, NAMES } from './names.ts'
import { add } from './object.ts'
import { BUSY } from './sizes.ts'

/**
 * Brings the pods of Odoo up for business hours, and takes all of them away in between. Where there are such hours, KEDA
 * owns the number of pods: it makes the autoscaler itself, and a second one would fight it.
 */
export class OfficeHours extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, schedule: Schedule) {
    super(scope, id)
    const { web, apiPods, websocket, queue } = settings
    const add = (name: string, replicas: number, most: number) =>
      addScaledObject(this, settings, schedule, name, replicas, most)
    add(NAMES.web, web.replicas, web.maxReplicas)
    if (apiPods !== undefined) add(NAMES.api, apiPods.replicas, apiPods.maxReplicas)
    add(NAMES.websocket, websocket.replicas, websocket.replicas)
    add(NAMES.cron, 1, 1)
    if (queue !== undefined) add(NAMES.queue, 1, 1)
  }
}

function addScaledObject(
  scope: Construct,
  settings: Settings,
  { open, timezone }: Schedule,
  name: string,
  replicas: number,
  most: number,
) {
  const desiredReplicas = String(replicas)
  const hours = open.map(({ start, end }) => ({ type: 'cron', metadata: { timezone, start, end, desiredReplicas } }))
  // A busy processor adds pods to those that are there; it never wakes the first one.
  const busy = { type: 'cpu', metricType: 'Utilization', metadata: { value: String(BUSY) } } as const
  add<IScaledObject>(
    scope,
    name,
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: metadata(settings, 'app', name, 'run'),
      spec: {
        scaleTargetRef: { name },
        minReplicaCount: 0,
        maxReplicaCount: most,
        triggers: [...hours, ...(most > replicas ? [busy] : [])],
      },
    },
    'schedule',
  )
}
