import type { Observability } from '../src/spec/observability.ts'
import type { Settings, Web } from '../src/spec/settings.ts'
import type { Alert, Recording } from './alert.ts'
import { NAMES, namespaceName, sessionsFailOver } from './names.ts'
import { requestSelector } from './traefik-service.ts'

/**
 * What goes wrong with the pods of Odoo and with what people see of them. The metrics are those of kube-state-metrics, of
 * the kubelet, of cert-manager, of the blackbox exporter and of Traefik 3, which counts requests by service.
 */
export function odooAlerts(settings: Settings, observability: Observability): Alert[] {
  const here = `namespace="${namespaceName(settings, 'app')}"`
  const { web, apiPods, queue, websocket } = settings
  const requests = requestSelector(settings, 'web')
  const available = (deployment: string) =>
    `sum(kube_deployment_status_replicas_available{${here},deployment="${deployment}"})`
  const down = (name: string, deployment: string, lasting: string, summary: string): Alert => ({
    name,
    expr: `${available(deployment)} < 1`,
    for: lasting,
    severity: 'critical',
    summary,
    runbook: 'odoo-down',
  })
  const duration = 'traefik_service_request_duration_seconds'
  // Little: the seconds that requests took in a second are the workers that were busy.
  const saturated = (name: string, who: 'web' | 'api', { workers, maxReplicas }: Web): Alert => ({
    name,
    expr: `sum(rate(${duration}_sum{${requestSelector(settings, who)}}[5m])) / (${available(NAMES[who])} * ${workers}) > 0.8`,
    for: '10m',
    severity: 'warning',
    summary: `more than 80 % of the workers of ${NAMES[who]} are busy (${workers} in a pod, ${maxReplicas} pods at most)`,
    runbook: 'odoo-slow',
  })
  return [
    down('OdooDown', NAMES.web, '2m', 'no pod answers people'),
    ...(apiPods === undefined ? [] : [down('ApiDown', NAMES.api, '2m', 'no pod answers machines')]),
    down('LiveConnectionsDown', NAMES.websocket, '5m', 'no pod holds live connections: tills and chats do not refresh'),
    down('ScheduledActionsDown', NAMES.cron, '15m', 'no pod runs scheduled actions'),
    ...(queue === undefined ? [] : [down('QueueDown', NAMES.queue, '15m', 'no pod runs queued jobs')]),
    {
      name: 'OdooPodsMissing',
      expr: `${available(NAMES.web)} < ${web.replicas} or ${available(NAMES.websocket)} < ${websocket.replicas}`,
      for: '15m',
      severity: 'warning',
      summary: 'fewer pods are ready than the load asks for',
      runbook: 'odoo-down',
      from: 'silver',
    },
    {
      name: 'OdooRestarts',
      expr: `sum by (pod) (increase(kube_pod_container_status_restarts_total{${here},pod=~"odoo-.*"}[1h])) > 3`,
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.pod }} restarts again and again',
      runbook: 'odoo-down',
    },
    {
      name: 'OdooOutOfMemory',
      expr: `max by (pod) (kube_pod_container_status_last_terminated_reason{${here},reason="OOMKilled"}) == 1 and on (pod) sum by (pod) (increase(kube_pod_container_status_restarts_total{${here}}[1h])) > 0`,
      for: '1m',
      severity: 'warning',
      summary: 'the kernel ended {{ $labels.pod }} for its memory, and with it every request in it',
      runbook: 'odoo-slow',
      from: 'silver',
    },
    {
      name: 'MigrationFailed',
      expr: `max(kube_job_status_failed{${here},job_name=~"${NAMES.migrate}-.*"}) > 0`,
      for: '1m',
      severity: 'critical',
      summary: 'a migration failed, and the pods of the release wait for it',
      runbook: 'rollback',
    },
    saturated('WorkersSaturated', 'web', web),
    ...(apiPods === undefined ? [] : [saturated('ApiSaturated', 'api', apiPods)]),
    {
      name: 'OdooSlow',
      expr: `histogram_quantile(0.95, sum by (le) (rate(${duration}_bucket{${requests}}[10m]))) > ${observability.latency}`,
      for: '15m',
      severity: 'warning',
      summary: `one request in twenty takes longer than ${observability.latency} s`,
      runbook: 'odoo-slow',
      from: 'silver',
    },
    ...budgetAlerts(settings, observability),
    ...(settings.filestore.size === undefined ? [] : [volumeAlert(here)]),
    ...certificateAlerts(settings),
    ...(settings.sessions === 'redis' ? sessionAlerts(settings) : []),
    ...(observability.prober === undefined ? [] : [outsideAlert(settings)]),
  ]
}

/** Windows of the burn rate: the long one, the short one that ends the alert, the factor, and who hears of it. */
const BURNS = [
  ['1h', '5m', 14.4, 'critical', 'in two days'],
  ['6h', '30m', 6, 'critical', 'in five days'],
  ['3d', '6h', 1, 'warning', 'before the month is over'],
] as const

const WINDOWS = ['5m', '30m', '1h', '6h', '3d'] as const

const ERRORS = 'waybill:odoo_errors:ratio'

/** Shares of failed requests over the windows that the alerts compare. */
export function errorRatios(settings: Settings, { availability }: Observability): Recording[] {
  if (availability === undefined) return []
  const requests = requestSelector(settings, 'all')
  return WINDOWS.map(window => ({
    record: `${ERRORS}_${window}`,
    expr: `(sum(rate(traefik_service_requests_total{${requests},code=~"5.."}[${window}])) or vector(0)) / sum(rate(traefik_service_requests_total{${requests}}[${window}]))`,
  }))
}

/** Burn rates over several windows: Site Reliability Workbook, chapter 5, "multiwindow, multi-burn-rate alerts". */
function budgetAlerts({ tenant, environment }: Settings, { availability }: Observability): Alert[] {
  if (availability === undefined) return []
  const budget = Number(((100 - availability) / 100).toFixed(6))
  const ratio = (window: string, factor: number) =>
    `${ERRORS}_${window}{tenant="${tenant}",environment="${environment}"} > ${Number((factor * budget).toFixed(6))}`
  return BURNS.map(([long, short, factor, severity, when]) => ({
    name: `ErrorBudgetBurns${long.toUpperCase()}`,
    expr: `${ratio(long, factor)} and ${ratio(short, factor)}`,
    for: '2m',
    severity,
    summary: `at this rate of errors the promise of ${availability} % is broken ${when}`,
    runbook: 'odoo-slow',
  }))
}

function volumeAlert(here: string): Alert {
  const volume = (metric: string) =>
    `kubelet_volume_stats_${metric}{${here},persistentvolumeclaim="${NAMES.filestore}"}`
  return {
    name: 'FilestoreFull',
    expr: `min(${volume('available_bytes')} / ${volume('capacity_bytes')}) < 0.1`,
    for: '10m',
    severity: 'critical',
    summary: 'the volume of the attachments has less than 10 % left',
    runbook: 'volume-full',
  }
}

/** The certificate is renewed 30 days before its end: at 21 days renewing has failed for nine. */
function certificateAlerts(settings: Settings): Alert[] {
  const of = (label: string) =>
    `certmanager_certificate_expiration_timestamp_seconds{${label}="${namespaceName(settings, 'app')}",name="${NAMES.tls}"}`
  // Whether Prometheus keeps the label of the metric depends on how cert-manager is watched.
  const left = `min(${of('namespace')} or ${of('exported_namespace')}) - time()`
  const expires = (days: number, severity: Alert['severity']): Alert => ({
    name: `CertificateExpiresIn${days}Days`,
    expr: `${left} < ${days * 86_400}`,
    for: '1h',
    severity,
    summary: `the certificate of ${settings.hosts.join(', ')} ends in less than ${days} days`,
    runbook: 'cert-expiry',
  })
  return [expires(21, 'warning'), expires(7, 'critical')]
}

function sessionAlerts(settings: Settings): Alert[] {
  const here = `namespace="${namespaceName(settings, 'data')}"`
  const several = sessionsFailOver(settings)
  return [
    {
      name: 'SessionsDown',
      expr: `(sum(kube_statefulset_status_replicas_ready{${here},statefulset="${NAMES.redis}"}) or vector(0)) < ${several ? 2 : 1}`,
      for: several ? '2m' : '5m',
      severity: 'critical',
      summary: 'the store of sessions is away: nobody can log in, or nobody takes over when the next server goes',
      runbook: 'sessions-lost',
    },
    {
      name: 'SessionsEvicted',
      expr: `sum(increase(redis_evicted_keys_total{${here}}[15m])) > 0`,
      for: '5m',
      severity: 'warning',
      summary: 'the store of sessions is full and logs people out',
      runbook: 'sessions-lost',
      from: 'silver',
    },
  ]
}

/** "Healthy and useless": the ingress may lose its routes while every pod is well. */
function outsideAlert({ tenant, environment }: Settings): Alert {
  return {
    name: 'NotReachable',
    expr: `min by (instance) (probe_success{tenant="${tenant}",environment="${environment}"}) == 0`,
    for: '3m',
    severity: 'critical',
    summary: '{{ $labels.instance }} does not answer from outside',
    runbook: 'odoo-down',
  }
}
