import type { Gitops } from '../src/spec/gitops.ts'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'

/**
 * What the objects of both engines have in common: names of what is delivered, paths in the repository, and how long to
 * wait. A unit is one application, one environment is one cluster, and the engine runs in it.
 */

/** Settings of an environment that something delivers. */
export type Delivered = PlatformSettings & { readonly gitops: Gitops }

/** The cluster that an engine of Argo CD runs in. */
export const IN_CLUSTER = 'https://kubernetes.default.svc'

/** `environments/production/acme`: where a unit stands in the repository. */
export function unitPath({ environment }: Pick<PlatformSettings, 'environment'>, unit: string): string {
  return `environments/${environment}/${unit}`
}

/** `acme-production`, for one look at several clusters tells them apart. */
export function applicationName({ environment }: Pick<PlatformSettings, 'environment'>, unit: string): string {
  return `${unit}-${environment}`
}
