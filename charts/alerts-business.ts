import { INDICATORS, metricOf } from '../src/spec/facts/indicators.ts'
import type { Observability } from '../src/spec/observability.ts'
import type { BusinessProcess } from '../src/spec/processes.ts'
import type { Settings } from '../src/spec/settings.ts'
import type { Alert } from './alert.ts'
import { namespaceName } from './names.ts'

/** What the business notices before any pod does: work that is not done, and processes that are out of their bounds. */
export function businessAlerts(settings: Settings, { queries, processes }: Observability): Alert[] {
  const here = `namespace="${namespaceName(settings, 'data')}"`
  const has = (query: string) => (queries as readonly string[]).includes(query)
  const { queue } = settings
  return [
    {
      name: 'ScheduledActionsOverdue',
      expr: `max(cnpg_odoo_actions_overdue{${here}}) > 0`,
      for: '30m',
      severity: 'warning',
      summary: '{{ $value }} scheduled actions are late',
      runbook: 'jobs-stuck',
    },
    ...(has('oldest_job') && queue !== undefined ? jobAlerts(here, queue.timeLimit) : []),
    ...(has('mails')
      ? [
          {
            name: 'MailsFail',
            expr: `max(cnpg_odoo_mails_failed{${here}}) - max(cnpg_odoo_mails_failed{${here}} offset 1h) > 5`,
            for: '15m',
            severity: 'warning',
            summary: 'mails could not be sent in the last hour',
            runbook: 'jobs-stuck',
            from: 'silver',
          } satisfies Alert,
        ]
      : []),
    ...(has('edi')
      ? [
          {
            name: 'EdiFails',
            expr: `max(cnpg_odoo_edi_failed{${here}}) - max(cnpg_odoo_edi_failed{${here}} offset 1h) > 0`,
            for: '5m',
            severity: 'warning',
            summary: 'EDI exchanges failed in the last hour',
            runbook: 'jobs-stuck',
            from: 'silver',
          } satisfies Alert,
        ]
      : []),
    ...processes.flatMap(process => processAlerts(here, process)),
  ]
}

function jobAlerts(here: string, timeLimit: number): Alert[] {
  const failed = `cnpg_odoo_jobs_count{${here},state="failed"}`
  return [
    {
      name: 'JobsWait',
      expr: `max(cnpg_odoo_oldest_job_seconds{${here}}) > ${Math.max(900, 2 * timeLimit)}`,
      for: '10m',
      severity: 'critical',
      summary: 'a job that could run has waited for longer than two jobs may take',
      runbook: 'jobs-stuck',
    },
    {
      name: 'JobsFail',
      // A channel without failures has no series, so its first one has nothing to be compared with.
      expr: `max by (channel) (${failed}) > (max by (channel) (${failed} offset 1h) or max by (channel) (${failed}) * 0)`,
      for: '5m',
      severity: 'warning',
      summary: 'jobs of {{ $labels.channel }} failed in the last hour',
      runbook: 'jobs-stuck',
      from: 'silver',
    },
  ]
}

/** A process out of its bounds, in the hours in which they hold. */
function processAlerts(here: string, { name, indicator, least, most, hours, fallback }: BusinessProcess): Alert[] {
  if (indicator === undefined) return []
  const value = `max(${metricOf(indicator)}{${here}})`
  const within = hours === undefined ? '' : ` and on () (hour() >= ${hours[0]} and hour() < ${hours[1]})`
  const words = name
    .split('-')
    .map(word => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')
  const out = (suffix: string, comparison: string, bound: string): Alert => ({
    name: `${words}${suffix}`,
    expr: `${value} ${comparison}${within}`,
    for: '15m',
    severity: 'critical',
    summary: `${INDICATORS[indicator].title.toLowerCase()}: {{ $value }}, ${bound}`,
    runbook: fallback ?? 'jobs-stuck',
  })
  return [
    ...(least === undefined ? [] : [out('TooFew', `< ${least}`, `the least is ${least}`)]),
    ...(most === undefined ? [] : [out('TooMany', `> ${most}`, `the most is ${most}`)]),
  ]
}
