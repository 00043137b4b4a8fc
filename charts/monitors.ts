import type { IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'
import type { IProbe } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Probe'
import { Construct } from 'constructs'
import type { Observability } from '../src/spec/observability.ts'
import type { Settings } from '../src/spec/settings.ts'
import { metadata, NAMES } from './names.ts'
import { add } from './object.ts'

/** What Prometheus reads of a tenant, and what it calls from outside. */
export class Monitors extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, observability: Observability) {
    super(scope, id)
    const { pooler, sessions, hosts, tenant, environment, servers } = settings
    if (servers === undefined) {
      this.addMonitor(settings, observability, NAMES.database, { 'cnpg.io/cluster': NAMES.database }, 'metrics')
    }
    if (settings.data?.replica === true) {
      this.addMonitor(settings, observability, NAMES.analytics, { 'cnpg.io/cluster': NAMES.analytics }, 'metrics')
    }
    if (pooler !== undefined) {
      this.addMonitor(settings, observability, NAMES.pooler, { 'cnpg.io/poolerName': NAMES.pooler }, 'metrics')
    }
    if (sessions === 'redis') {
      this.addMonitor(settings, observability, NAMES.redis, { app: NAMES.redis }, REDIS_EXPORTER_PORT)
    }
    const { prober } = observability
    if (prober === undefined) return
    const labels = { tenant, environment }
    const probe = (name: string, module: string, urls: string[]) =>
      add<IProbe>(
        this,
        name,
        {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'Probe',
          metadata: marked(settings, observability, 'app', name),
          spec: {
            interval: '60s',
            module,
            prober: { url: prober.address },
            targets: { staticConfig: { static: urls, labels } },
          },
        },
        'observability',
      )
    probe(
      'odoo-login',
      'http_2xx',
      hosts.map(host => `https://${host}/web/login`),
    )
    if (prober.websocketModule === undefined) return
    probe(
      'odoo-websocket',
      prober.websocketModule,
      hosts.map(host => `https://${host}/websocket`),
    )
  }

  private addMonitor(
    settings: Settings,
    observability: Observability,
    name: string,
    matchLabels: Record<string, string>,
    port: string,
  ) {
    const { tenant, environment } = settings
    add<IPodMonitor>(
      this,
      name,
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: marked(settings, observability, 'data', name),
        spec: {
          selector: { matchLabels },
          podMetricsEndpoints: [
            {
              port,
              interval: '30s',
              relabelings: Object.entries({ tenant, environment }).map(([targetLabel, replacement]) => ({
                action: 'replace' as const,
                targetLabel,
                replacement,
              })),
            },
          ],
        },
      },
      'observability',
    )
  }
}

/** The name that the Redis operator gives the port of its exporter; the single server calls its own the same. */
export const REDIS_EXPORTER_PORT = 'redis-exporter'

function marked(settings: Settings, { labels }: Observability, zone: 'app' | 'data', name: string) {
  const all = metadata(settings, zone, name, 'edge')
  return { ...all, labels: { ...all.labels, ...labels } }
}
