import type { IAlertmanagerConfig } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/AlertmanagerConfig'
import { Construct } from 'constructs'
import type { Observability, Receiver } from '../src/spec/observability.ts'
import type { Settings } from '../src/spec/settings.ts'
import type { UtcTimes } from '../src/spec/timetable.ts'
import { addExternalSecret } from './external-secret.ts'
import { metadata } from './names.ts'
import { add } from './object.ts'

type Spec = IAlertmanagerConfig['spec']
type ReceiverConfigs = Omit<NonNullable<Spec['receivers']>[number], 'name'>
type Interval = NonNullable<NonNullable<Spec['muteTimeIntervals']>[number]['timeIntervals']>[number]

const SEVERITIES = ['critical', 'warning'] as const
const UNATTENDED = 'unattended'
const SILENT = 'silent'

/** Who hears of the alerts of a tenant, by severity. Outside production nobody does while nobody is there. */
export class AlertRouting extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, observability: Observability) {
    super(scope, id)
    const { receivers, away, labels } = observability
    const known = SEVERITIES.flatMap(severity => {
      const receiver = receivers[severity]
      return receiver === undefined ? [] : [[severity, receiver] as const]
    })
    if (known.length === 0) return
    for (const [severity, { key, kind }] of known) {
      addExternalSecret(this, settings, {
        zone: 'app',
        name: secretName(severity),
        remote: key,
        shared: true,
        properties: { [PROPERTY[kind]]: PROPERTY[kind] },
        decidedBy: 'observability',
      })
    }
    const all = metadata(settings, 'app', 'alerts', 'edge')
    add<IAlertmanagerConfig>(
      this,
      'routing',
      {
        apiVersion: 'monitoring.coreos.com/v1alpha1',
        kind: 'AlertmanagerConfig',
        metadata: { ...all, labels: { ...all.labels, ...labels } },
        spec: {
          route: {
            receiver: SILENT,
            groupBy: ['alertname'],
            groupWait: '30s',
            groupInterval: '5m',
            repeatInterval: '12h',
            routes: known.map(([severity]) => ({
              receiver: severity,
              matchers: [{ name: 'severity', value: severity, matchType: '=' }],
              ...(severity === 'critical' ? { repeatInterval: '1h' } : {}),
              ...(away.length === 0 ? {} : { muteTimeIntervals: [UNATTENDED] }),
            })),
          },
          receivers: [
            { name: SILENT },
            ...known.map(([severity, receiver]) => ({ name: severity, ...configOf(severity, receiver) })),
          ],
          ...(away.length === 0
            ? {}
            : { muteTimeIntervals: [{ name: UNATTENDED, timeIntervals: away.map(intervalOf) }] }),
        },
      },
      'observability',
    )
  }
}

const PROPERTY = { pagerduty: 'routingKey', slack: 'url', webhook: 'url' } as const satisfies Record<
  Receiver['kind'],
  string
>

function secretName(severity: string): string {
  return `alerts-${severity}`
}

function configOf(severity: string, { kind, channel }: Receiver): ReceiverConfigs {
  const secret = { name: secretName(severity), key: PROPERTY[kind] }
  // The runbook goes along, so that nobody has to look for it at night.
  const text = '{{ range .Alerts }}{{ .Annotations.summary }} {{ .Annotations.runbook_url }}\n{{ end }}'
  const configs: Record<Receiver['kind'], ReceiverConfigs> = {
    pagerduty: {
      pagerdutyConfigs: [
        { routingKey: secret, sendResolved: true, severity, description: '{{ .CommonAnnotations.summary }}' },
      ],
    },
    slack: {
      slackConfigs: [{ apiURL: secret, sendResolved: true, text, ...(channel === undefined ? {} : { channel }) }],
    },
    webhook: { webhookConfigs: [{ urlSecret: secret, sendResolved: true }] },
  }
  return configs[kind]
}

const WEEK = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** In UTC and day by day: this kind knows no time zones, and a range from Saturday to Sunday would end before it begins. */
function intervalOf({ weekdays, times }: UtcTimes): Interval {
  return {
    weekdays: weekdays.map(day => WEEK[day % 7] ?? ''),
    ...(times.length === 0 ? {} : { times: times.map(({ from, to }) => ({ startTime: from, endTime: to })) }),
  }
}
