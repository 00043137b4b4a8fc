import type { IApplicationSpec } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ApplicationSpec'
import { AUTOSCALED } from './names.ts'

type SyncPolicy = NonNullable<IApplicationSpec['syncPolicy']>
type IgnoredDifference = NonNullable<IApplicationSpec['ignoreDifferences']>[number]

/** Compares what the API server would make of a manifest, so that defaults of webhooks are no difference. */
export const COMPARE = { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' } as const

/** Delivers by itself, and again when somebody changes something by hand. */
export const AUTOMATED = { prune: true, selfHeal: true, allowEmpty: false } as const

/**
 * Applies what is in Git and takes away what no longer is; what must stay says so itself. An empty folder never empties a
 * cluster. Definitions of operators may come with the same sync, or take a while: so it is tried again.
 */
export function syncPolicy(...options: readonly string[]): SyncPolicy {
  return {
    automated: AUTOMATED,
    // The definitions of CloudNativePG are larger than the annotation that a client keeps.
    syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true', ...options],
    retry: { limit: 10, backoff: { duration: '30s', factor: 2, maxDuration: '10m' } },
  }
}

const [AUTOSCALED_KEY, AUTOSCALED_VALUE] = Object.entries(AUTOSCALED)[0] as [string, string]

/** Fields that something in the cluster writes, and that delivery leaves to it. */
export function ignoredDifferences(sleeps: boolean): IgnoredDifference[] {
  return [
    {
      group: 'apps',
      kind: 'Deployment',
      jqPathExpressions: [
        `select(.metadata.annotations["${AUTOSCALED_KEY}"] == "${AUTOSCALED_VALUE}") | .spec.replicas`,
      ],
    },
    ...(sleeps
      ? [
          {
            group: 'postgresql.cnpg.io',
            kind: 'Cluster',
            jsonPointers: ['/metadata/annotations/cnpg.io~1hibernation'],
          },
        ]
      : []),
  ]
}
