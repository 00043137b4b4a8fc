import type { IKustomization } from '@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization'
import { Construct } from 'constructs'
import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import { applicationName, type Delivered, unitPath } from './delivery.ts'
import { clusterMetadata, KEEP } from './names.ts'
import { add } from './object.ts'

/** How long a unit may take to become healthy: the migration of a release may take two hours. */
const TIMEOUT = '2h30m'

const READY = "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')"
const ASLEEP = [
  'has(metadata.annotations)',
  "'cnpg.io/hibernation' in metadata.annotations",
  "metadata.annotations['cnpg.io/hibernation'] == 'on'",
].join(' && ')

/** What tells of objects that Flux does not know by itself whether they are well. Servers may sleep, but in production. */
export const fluxHealth = (production: boolean) => [
  { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', current: production ? READY : `(${ASLEEP}) || ${READY}` },
  { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Database', current: 'has(status.applied) && status.applied' },
  { apiVersion: 'postgresql.cnpg.io/v1', kind: 'DatabaseRole', current: 'has(status.applied) && status.applied' },
]

/**
 * One Kustomization for each tenant of the environment, after what they share. Until a tenant is promoted here, its own
 * reports that there is no such folder. Flux knows no windows: the calendar is kept by the gates of promotions alone.
 */
export class FluxUnits extends Construct {
  constructor(scope: Construct, id: string, settings: Delivered) {
    super(scope, id)
    for (const tenant of Object.keys(settings.residents)) {
      add<IKustomization>(
        this,
        tenant,
        {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: {
            ...clusterMetadata(settings, applicationName(settings, tenant), 'run', KEEP),
            namespace: settings.gitops.namespace,
          },
          spec: {
            ...fluxSource(settings, tenant),
            dependsOn: [{ name: applicationName(settings, PLATFORM_UNIT) }],
            wait: true,
            timeout: TIMEOUT,
            healthCheckExprs: fluxHealth(settings.production),
          },
        },
        'residents',
      )
    }
  }
}

/** Where a unit comes from, and what becomes of it when it goes: of production everything stays. */
export function fluxSource(settings: Delivered, unit: string) {
  const { platform, production } = settings
  return {
    sourceRef: { kind: 'GitRepository' as const, name: platform },
    path: `./${unitPath(settings, unit)}`,
    interval: '10m',
    retryInterval: '2m',
    prune: true,
    deletionPolicy: production ? ('Orphan' as const) : ('MirrorPrune' as const),
  }
}
