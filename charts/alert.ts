import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import type { Construct } from 'constructs'
import type { Observability } from '../src/spec/observability.ts'
import { type Fallback, type Occasional, type Runbook, runbookPath } from '../src/spec/runbook.ts'
import type { Settings } from '../src/spec/settings.ts'
import { atLeast, type Tier } from '../src/spec/tier.ts'
import { metadata, namespaceName, type Zone } from './names.ts'
import { add } from './object.ts'

/** Something that a person has to hear of. */
export interface Alert {
  readonly name: string
  readonly expr: string
  /** How long it has to last. */
  readonly for: string
  /** `critical` wakes somebody; outside production it never does. */
  readonly severity: 'critical' | 'warning'
  readonly summary: string
  readonly runbook: Runbook | Fallback | Occasional
  /** The least tier for which somebody wants to hear of it. */
  readonly from?: Tier
}

/** A number that is computed once for several alerts. */
export interface Recording {
  readonly record: string
  readonly expr: string
}

type Rules = NonNullable<NonNullable<IPrometheusRule['spec']['groups']>[number]['rules']>

/** Adds a PrometheusRule with those alerts that the tier asks for; each one names its team, and leads to its runbook. */
export function addAlerts(
  scope: Construct,
  settings: Settings,
  observability: Observability,
  of: { readonly zone: Zone; readonly name: string; readonly decidedBy: string },
  alerts: readonly Alert[],
  recordings: readonly Recording[] = [],
) {
  const { tenant, environment, tier, production } = settings
  const labels = { tenant, environment }
  const wanted = alerts.filter(({ from }) => from === undefined || atLeast(tier, from))
  const rules: Rules = [
    ...recordings.map(({ record, expr }) => ({ record, expr, labels })),
    ...wanted.map(({ name, expr, for: lasting, severity, summary, runbook }) => ({
      alert: name,
      expr,
      for: lasting,
      labels: {
        ...labels,
        // Alertmanager takes an AlertmanagerConfig to speak of its own namespace alone.
        namespace: namespaceName(settings, 'app'),
        severity: production ? severity : 'warning',
        team: observability.team,
        tier,
      },
      annotations: {
        summary: `${tenant}/${environment}: ${summary}`,
        runbook_url: [observability.runbooks, runbookPath(tenant, runbook)].filter(part => part !== '').join('/'),
      },
    })),
  ]
  if (rules.length === 0) return
  const all = metadata(settings, of.zone, of.name, 'edge')
  add<IPrometheusRule>(
    scope,
    `${of.zone}-${of.name}-alerts`,
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { ...all, labels: { ...all.labels, ...observability.labels } },
      spec: { groups: [{ name: `${tenant}-${environment}-${of.name}`, rules }] },
    },
    of.decidedBy,
  )
}
