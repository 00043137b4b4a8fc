import type { IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { Construct } from 'constructs'
import type { Monitoring } from '../src/spec/observability.ts'
import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import { runbookPath, SHARED_RUNBOOK } from '../src/spec/runbook.ts'
import { dashboardJson } from './dashboard.ts'
import { DASHBOARDS } from './dashboards.ts'
import { syncWave } from './names.ts'
import { add } from './object.ts'

interface IGrafanaDashboard {
  readonly apiVersion: 'grafana.integreatly.org/v1beta1'
  readonly kind: 'GrafanaDashboard'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: {
    readonly instanceSelector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly folder: string
    readonly allowCrossNamespaceImport: true
    readonly json: string
  }
}

/** How an environment is watched beyond its tenants: the ingress that they share, what they rest on, and who looks at it. */
export class PlatformWatch extends Construct {
  constructor(scope: Construct, id: string, settings: PlatformSettings, monitoring: Monitoring) {
    super(scope, id)
    const { platform, environment, place } = settings
    const metadata = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
      name: `${platform}-${name}`,
      namespace: place.monitoringNamespace,
      labels: {
        'app.kubernetes.io/managed-by': 'waybill',
        'app.kubernetes.io/part-of': platform,
        'waybill.dev/environment': environment,
        ...labels,
      },
      annotations: syncWave('edge'),
    })
    add<IPodMonitor>(
      this,
      'traefik',
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: metadata('traefik', monitoring.labels),
        spec: {
          namespaceSelector: { matchNames: [place.ingressNamespace] },
          selector: { matchLabels: { 'app.kubernetes.io/name': 'traefik' } },
          // The name that the chart of Traefik gives it.
          podMetricsEndpoints: [{ port: 'metrics', interval: '30s' }],
        },
      },
      'observability',
    )
    add<IPrometheusRule>(
      this,
      'alerts',
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: metadata('platform', monitoring.labels),
        spec: { groups: [{ name: `${platform}-${environment}-platform`, rules: rulesOf(settings, monitoring) }] },
      },
      'observability',
    )
    for (const { name, title, rows } of DASHBOARDS) {
      add<IGrafanaDashboard>(
        this,
        name,
        {
          apiVersion: 'grafana.integreatly.org/v1beta1',
          kind: 'GrafanaDashboard',
          metadata: metadata(name),
          spec: {
            instanceSelector: { matchLabels: monitoring.dashboards.instance },
            folder: monitoring.dashboards.folder,
            allowCrossNamespaceImport: true,
            json: dashboardJson(`waybill-${environment}-${name}`, `${title}: ${environment}`, environment, rows),
          },
        },
        'observability',
      )
    }
  }
}

type Rules = NonNullable<NonNullable<IPrometheusRule['spec']['groups']>[number]['rules']>

/** What every tenant rests on. The metrics are those of Traefik 3, kube-state-metrics, External Secrets and cert-manager. */
function rulesOf({ platform, environment, production, place }: PlatformSettings, { runbooks }: Monitoring): Rules {
  const traefik = `namespace="${place.ingressNamespace}"`
  const operators = `namespace=~"${[place.postgresNamespace, place.redisNamespace].join('|')}"`
  const alerts: [name: string, expr: string, lasting: string, critical: boolean, summary: string][] = [
    [
      'IngressDown',
      `sum(up{${traefik},job=~".*traefik.*"}) < 1 or absent(up{${traefik},job=~".*traefik.*"})`,
      '2m',
      true,
      'no pod of Traefik answers: no tenant can be reached',
    ],
    [
      'IngressAlone',
      `sum(up{${traefik},job=~".*traefik.*"}) < 2`,
      '30m',
      false,
      'one pod of Traefik is left: its node takes every tenant with it',
    ],
    [
      'IngressLostItsRoutes',
      'sum(rate(traefik_entrypoint_requests_total{code="404"}[5m])) / sum(rate(traefik_entrypoint_requests_total[5m])) > 0.5',
      '10m',
      true,
      'more than half of all requests find no route',
    ],
    [
      'OperatorDown',
      `min by (namespace, deployment) (kube_deployment_status_replicas_available{${operators}}) < 1`,
      '15m',
      false,
      '{{ $labels.deployment }} is away: what it looks after does not fail over',
    ],
    [
      'SecretNotSynced',
      'max by (exported_namespace, namespace, name) (externalsecret_status_condition{condition="Ready",status="False"}) == 1',
      '30m',
      false,
      'the secret {{ $labels.name }} is no longer read from the store',
    ],
    [
      'CertificateNotReady',
      'max by (exported_namespace, namespace, name) (certmanager_certificate_ready_status{condition="False"}) == 1',
      '2h',
      false,
      'the certificate {{ $labels.name }} could not be signed',
    ],
  ]
  return alerts.map(([alert, expr, lasting, critical, summary]) => ({
    alert,
    expr,
    for: lasting,
    labels: { environment, severity: critical && production ? 'critical' : 'warning', team: platform },
    annotations: {
      summary: `${environment}: ${summary}`,
      runbook_url: [runbooks, runbookPath(PLATFORM_UNIT, SHARED_RUNBOOK)].filter(part => part !== '').join('/'),
    },
  }))
}
