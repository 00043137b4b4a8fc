import { valueAt } from '../manifest/path.ts'
import { fieldsOf } from '../manifest/value.ts'
import { POD_TEMPLATE } from './pod-terms.ts'
import { high, low, medium } from './risk.ts'
import { saySelector } from './selector-words.ts'
import { amount, element, lastName, rest, say, type Terms, value, whole, within } from './term.ts'

const FLOOR = {
  more: low('more pods run at least'),
  less: medium('fewer pods run when there is little to do'),
  floor: { at: 0, risk: high('nothing runs when there is nothing to do') },
  other: medium('the least number of pods leaves or meets its default'),
}
const CEILING = {
  more: low('more pods may run'),
  less: medium('fewer pods may run at peak'),
  floor: { at: 0, risk: high('nothing may run') },
  other: medium('the greatest number of pods leaves or meets its default'),
}
const SIGNAL = {
  added: medium('scales on another signal'),
  removed: medium('no longer scales on this signal'),
  changed: medium('scales at another point'),
}
const TARGET = whole('replicas', 'scaled workload', high('another workload is scaled'), target =>
  say(fieldsOf(target).name),
)

export const AUTOSCALER: Terms = {
  spec: {
    minReplicas: amount('replicas', 'least replicas', FLOOR),
    maxReplicas: amount('replicas', 'most replicas', CEILING),
    scaleTargetRef: TARGET,
    metrics: { '[]': element('replicas', 'signal', SIGNAL) },
    '': rest('replicas', medium('the number of pods follows the load differently')),
  },
}

export const SCALED_OBJECT: Terms = {
  metadata: {
    annotations: {
      'autoscaling.keda.sh/paused': value('replicas', 'paused', high('changes whether the workload is scaled at all')),
      'autoscaling.keda.sh/paused-replicas': value(
        'replicas',
        'paused at replicas',
        high('the workload is held at a number of pods'),
      ),
      'autoscaling.keda.sh/paused-scale-in': value(
        'replicas',
        'paused scale-in',
        low('changes whether pods are taken away'),
      ),
    },
  },
  spec: {
    minReplicaCount: amount('replicas', 'least replicas', FLOOR),
    maxReplicaCount: amount('replicas', 'most replicas', CEILING),
    idleReplicaCount: amount('replicas', 'idle replicas', FLOOR),
    scaleTargetRef: TARGET,
    triggers: {
      '[]': {
        ...within('triggers', 'trigger', {
          metadata: {
            start: value('schedule', 'scaled up at', medium('the workload is up at other times')),
            end: value('schedule', 'scaled down at', medium('the workload is up at other times')),
            timezone: value('schedule', 'time zone', medium('the workload is up at other times')),
            desiredReplicas: amount('replicas', 'scheduled replicas', FLOOR),
          },
        }),
        '': element('replicas', 'trigger', SIGNAL),
      },
    },
    jobTargetRef: { template: POD_TEMPLATE, '': rest('schedule', medium('the jobs run differently')) },
    '': rest('replicas', medium('the number of pods follows the load differently')),
  },
}

export const DISRUPTION_BUDGET: Terms = {
  spec: {
    minAvailable: value('availability', 'least available pods', medium('changes how many pods a node drain may take')),
    maxUnavailable: value(
      'availability',
      'most unavailable pods',
      medium('changes how many pods a node drain may take'),
    ),
    selector: whole('availability', 'selector', high('other pods are protected'), saySelector),
    '': rest('availability', medium('node drains treat the pods differently')),
  },
}

export const QUOTA: Terms = {
  spec: {
    hard: {
      '*': amount('resources', change => `quota of ${lastName(change)}`, {
        more: low('the namespace may use more'),
        less: medium('pods beyond the quota are refused'),
        other: medium('changes whether the namespace is limited'),
      }),
    },
    '': rest('resources', medium('the namespace is limited differently')),
  },
}

export const LIMIT_RANGE: Terms = { spec: rest('resources', medium('new pods get other defaults or are refused')) }

/** Whether a VerticalPodAutoscaler leaves pods alone; without a word it does not. */
export function isAdviceOnly(manifest: unknown): boolean {
  return valueAt(manifest, ['spec', 'updatePolicy', 'updateMode']) === 'Off'
}

export const VERTICAL_AUTOSCALER: Terms = {
  spec: {
    updatePolicy: {
      updateMode: value('resources', 'resizing', ({ to }) =>
        to === 'Off' ? low('sizes are advised, and none is changed') : medium('pods restart with other sizes'),
      ),
    },
    '': rest('resources', medium('sizes are found differently')),
  },
}
