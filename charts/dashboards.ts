import { INDICATORS, type IndicatorName, metricOf } from '../src/spec/facts/indicators.ts'
import type { Panel, Row } from './dashboard.ts'

/** A dashboard for one kind of reader. */
export interface Dashboard {
  readonly name: string
  readonly title: string
  readonly rows: readonly Row[]
}

const OWN = 'tenant=~"$tenant",environment="$environment"'
const APP = 'namespace=~"($tenant)-$environment-app"'
const DATA = 'namespace=~"($tenant)-$environment-data"'
const REQUESTS = 'service=~"($tenant)-$environment-app-odoo(-api|-for-[a-z0-9-]+)?-[0-9a-f]{20}@kubernetescrd"'

const by = (expr: string, legend = '{{tenant}}') => [{ expr, legend }]

/** The indicator of each tenant over time. */
function indicator(name: IndicatorName, about: string): Panel {
  const { title, unit } = INDICATORS[name]
  return { title, about, kind: 'timeseries', unit, queries: by(`max by (tenant) (${metricOf(name)}{${OWN}})`) }
}

const OPEN_ALERTS: Panel = {
  title: 'Alerts',
  about: 'What is wrong at this moment. Each alert names its runbook.',
  kind: 'table',
  queries: [{ expr: `ALERTS{${OWN},alertstate="firing"}`, legend: '' }],
}

/** The same three for every environment: for those who answer for the business, for the platform, and for the users. */
export const DASHBOARDS: readonly Dashboard[] = [
  {
    name: 'executives',
    title: 'Is the business running',
    rows: [
      {
        title: 'Promises',
        panels: [
          {
            title: 'Requests answered, 30 days',
            about: 'Share of requests that were answered without an error: the promise of the tier.',
            kind: 'stat',
            unit: 'percentunit',
            green: 0.995,
            queries: by(
              `1 - (sum(increase(traefik_service_requests_total{${REQUESTS},code=~"5.."}[30d])) or vector(0)) / sum(increase(traefik_service_requests_total{${REQUESTS}}[30d]))`,
              'answered',
            ),
          },
          {
            title: 'Age of the newest backup',
            about: 'A disaster loses what is newer, but for the write-ahead log that was archived since.',
            kind: 'stat',
            unit: 's',
            red: 2 * 86_400,
            queries: by(
              `time() - max by (tenant) (barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${OWN}})`,
            ),
          },
          {
            title: 'Age of the newest restore that was tried',
            about: 'A backup that was never restored is a hope.',
            kind: 'stat',
            unit: 's',
            red: 35 * 86_400,
            queries: by(
              'time() - max by (namespace) (kube_cronjob_status_last_successful_time{namespace=~"($tenant)-$environment-restore"})',
              '{{namespace}}',
            ),
          },
        ],
      },
      {
        title: 'Order to cash',
        panels: [
          indicator('orders-confirmed', 'Falls to nothing when customers or sellers cannot work.'),
          indicator('till-orders', 'Falls to nothing when stores cannot reach Odoo; tills go on offline for a while.'),
          indicator('invoices-posted', 'What finance gets done.'),
          indicator('stock-lag', 'Grows while sales go on and goods are not booked.'),
          indicator('purchases-confirmed', 'What is ordered from suppliers.'),
          OPEN_ALERTS,
        ],
      },
    ],
  },
  {
    name: 'operations',
    title: 'Is the platform healthy',
    rows: [
      {
        title: 'Odoo',
        panels: [
          {
            title: 'Workers busy',
            about:
              'Seconds that requests took in a second, for each ready pod. Near the number of workers, people wait.',
            kind: 'timeseries',
            queries: by(
              `sum(rate(traefik_service_request_duration_seconds_sum{${REQUESTS}}[5m])) / sum(kube_deployment_status_replicas_available{${APP},deployment=~"odoo-(web|api)"})`,
              'busy in a pod',
            ),
          },
          {
            title: 'Slowest twentieth of requests',
            about: 'Time below which 95 % of requests stay.',
            kind: 'timeseries',
            unit: 's',
            queries: by(
              `histogram_quantile(0.95, sum by (le) (rate(traefik_service_request_duration_seconds_bucket{${REQUESTS}}[10m])))`,
              'p95',
            ),
          },
          {
            title: 'Requests by answer',
            about: '5xx are errors of ours, 429 are callers that were held back.',
            kind: 'timeseries',
            unit: 'reqps',
            queries: by(`sum by (code) (rate(traefik_service_requests_total{${REQUESTS}}[5m]))`, '{{code}}'),
          },
          {
            title: 'Pods ready',
            about: 'By Deployment.',
            kind: 'timeseries',
            queries: by(
              `sum by (namespace, deployment) (kube_deployment_status_replicas_available{${APP}})`,
              '{{namespace}} {{deployment}}',
            ),
          },
          {
            title: 'Memory against the limit',
            about: 'At 1 the kernel ends the pod and every request in it.',
            kind: 'timeseries',
            unit: 'percentunit',
            red: 0.9,
            queries: by(
              `max by (pod) (container_memory_working_set_bytes{${APP},container="odoo"}) / on (pod) max by (pod) (kube_pod_container_resource_limits{${APP},container="odoo",resource="memory"})`,
              '{{pod}}',
            ),
          },
          indicator('job-age', 'Jobs that could run and do not: is the queue down, or too small?'),
        ],
      },
      {
        title: 'PostgreSQL',
        panels: [
          {
            title: 'Connections',
            about: 'By state. Idle in transaction holds back vacuum.',
            kind: 'timeseries',
            queries: by(`sum by (tenant, state) (cnpg_backends_total{${OWN}})`, '{{tenant}} {{state}}'),
          },
          {
            title: 'Standbys behind',
            about: 'What a failover would have to catch up with.',
            kind: 'timeseries',
            unit: 's',
            red: 60,
            queries: by(`max by (tenant) (cnpg_pg_replication_lag{${OWN}})`),
          },
          {
            title: 'Since the last archived segment',
            about: 'What a disaster would lose.',
            kind: 'timeseries',
            unit: 's',
            red: 600,
            queries: by(`min by (tenant) (cnpg_pg_stat_archiver_seconds_since_last_archival{${OWN}})`),
          },
          {
            title: 'Waiting for the pooler',
            about: 'Longest time that a request waits for a connection.',
            kind: 'timeseries',
            unit: 's',
            red: 1,
            queries: by(`max by (tenant) (cnpg_pgbouncer_pools_maxwait{${OWN}})`),
          },
          {
            title: 'Volumes',
            about: 'Share that is taken.',
            kind: 'timeseries',
            unit: 'percentunit',
            red: 0.85,
            queries: by(
              `1 - min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes{${DATA}} / kubelet_volume_stats_capacity_bytes{${DATA}})`,
              '{{namespace}} {{persistentvolumeclaim}}',
            ),
          },
          {
            title: 'Size of the databases',
            about: 'How fast the data grows: the input of the next capacity review.',
            kind: 'timeseries',
            unit: 'bytes',
            queries: by(`max by (tenant, datname) (cnpg_pg_database_size_bytes{${OWN}})`, '{{tenant}} {{datname}}'),
          },
        ],
      },
    ],
  },
  {
    name: 'support',
    title: 'What users will call about',
    rows: [
      {
        title: 'Work that is not done',
        panels: [
          indicator('actions-overdue', 'Scheduled actions that are late: reorder rules, mails, reports.'),
          {
            title: 'Failed jobs',
            about: 'By channel. Odoo shows each of them with its error under Job Queue.',
            kind: 'timeseries',
            queries: by(
              `max by (tenant, channel) (cnpg_odoo_jobs_count{${OWN},state="failed"})`,
              '{{tenant}} {{channel}}',
            ),
          },
          indicator('mails-failed', 'Mails that Odoo could not hand over.'),
          indicator('edi-failed', 'Messages that a partner did not get, or that could not be read.'),
          indicator('stock-waiting', 'Orders that wait for goods.'),
          indicator('open-tills', 'Tills that are open at this moment.'),
        ],
      },
      {
        title: 'What people see',
        panels: [
          {
            title: 'Held back',
            about: 'Requests refused with 429: a limit that is too low, or somebody who guesses passwords.',
            kind: 'timeseries',
            unit: 'reqps',
            queries: by(
              `sum by (service) (rate(traefik_service_requests_total{${REQUESTS},code="429"}[5m]))`,
              '{{service}}',
            ),
          },
          {
            title: 'Answers from outside',
            about: '1 where the page answers, 0 where it does not.',
            kind: 'timeseries',
            green: 1,
            queries: by(`min by (instance) (probe_success{${OWN}})`, '{{instance}}'),
          },
          OPEN_ALERTS,
        ],
      },
    ],
  },
]
