/** A Helm chart that installs an operator. */
export interface OperatorChart {
  readonly repository: string
  readonly chart: string
  /** The version of the chart, not of the operator. */
  readonly version: string
  /** The namespace that it is installed into where no setting names another one. */
  readonly namespace: string
  /** Operators whose definitions or certificates it needs to start. */
  readonly after: readonly string[]
}

const CNPG = 'https://cloudnative-pg.github.io/charts'

/**
 * The operators that manifests rest on, pinned. Read November 2026.
 *
 * Sources: the indexes of the chart repositories as public repositories that pin them quote them (cloudnative-pg 0.29.0 is
 * operator 1.30.0 of 29 June 2026; plugin-barman-cloud 0.8.0 follows 0.7.0, which is plugin 0.13.0; redis-operator 0.24.0
 * is operator 0.24.0); traefik-helm-chart for Traefik 3.7. None of the versions is a pre-release.
 */
export const OPERATORS = {
  'cert-manager': {
    repository: 'https://charts.jetstack.io',
    chart: 'cert-manager',
    version: 'v1.21.2',
    namespace: 'cert-manager',
    after: [],
  },
  'external-secrets': {
    repository: 'https://charts.external-secrets.io',
    chart: 'external-secrets',
    version: '2.11.0',
    namespace: 'external-secrets',
    after: [],
  },
  'cloudnative-pg': {
    repository: CNPG,
    chart: 'cloudnative-pg',
    version: '0.29.0',
    namespace: 'cnpg-system',
    after: [],
  },
  'plugin-barman-cloud': {
    repository: CNPG,
    chart: 'plugin-barman-cloud',
    version: '0.8.0',
    namespace: 'cnpg-system',
    after: ['cert-manager', 'cloudnative-pg'],
  },
  traefik: {
    repository: 'https://traefik.github.io/charts',
    chart: 'traefik',
    version: '41.3.0',
    namespace: 'traefik',
    after: [],
  },
  reloader: {
    repository: 'https://stakater.github.io/stakater-charts',
    chart: 'reloader',
    version: '2.2.11',
    namespace: 'reloader',
    after: [],
  },
  keda: {
    repository: 'https://kedacore.github.io/charts',
    chart: 'keda',
    version: '2.20.2',
    namespace: 'keda',
    after: [],
  },
  'redis-operator': {
    repository: 'https://ot-container-kit.github.io/helm-charts',
    chart: 'redis-operator',
    version: '0.24.0',
    namespace: 'redis-operator',
    after: [],
  },
} as const satisfies Record<string, OperatorChart>

export type OperatorName = keyof typeof OPERATORS
