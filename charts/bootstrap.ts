import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application'
import type { IKustomization } from '@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization'
import type { IGitRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepository'
import { Chart } from 'cdk8s'
import type { Construct } from 'constructs'
import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import { COMPARE, ignoredDifferences, syncPolicy } from './argo-sync.ts'
import { applicationName, type Delivered, IN_CLUSTER, unitPath } from './delivery.ts'
import { fluxHealth, fluxSource } from './flux-units.ts'
import { clusterMetadata, NAMES, sharedNamespace } from './names.ts'
import { add } from './object.ts'

/** What a person applies once, by hand, to a new cluster: from then on the repository is all that it obeys. */
export class Bootstrap extends Chart {
  constructor(scope: Construct, id: string, settings: Delivered) {
    super(scope, id)
    if (settings.gitops.engine === 'argocd') addApplication(this, settings)
    else addKustomization(this, settings)
  }
}

function addApplication(scope: Construct, settings: Delivered) {
  const { gitops, production } = settings
  add<IApplication>(
    scope,
    'application',
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        ...clusterMetadata(settings, applicationName(settings, PLATFORM_UNIT), 'ground', COMPARE),
        namespace: gitops.namespace,
      },
      spec: {
        // The projects come with this application, so it cannot stand in one of them.
        project: 'default',
        source: {
          repoURL: gitops.repository,
          targetRevision: gitops.revision,
          path: unitPath(settings, PLATFORM_UNIT),
        },
        destination: { server: IN_CLUSTER, namespace: gitops.namespace },
        syncPolicy: syncPolicy('SkipDryRunOnMissingResource=true'),
        ignoreDifferences: ignoredDifferences(!production),
        revisionHistoryLimit: 5,
      },
    },
    'gitops.engine',
  )
}

function addKustomization(scope: Construct, settings: Delivered) {
  const { gitops, operators, servers } = settings
  const { repository, revision, secret, namespace } = gitops
  add<IGitRepository>(
    scope,
    'source',
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { ...clusterMetadata(settings, settings.platform, 'ground'), namespace },
      spec: {
        url: repository,
        interval: '1m',
        ref: refOf(revision),
        ...(secret === undefined ? {} : { secretRef: { name: secret } }),
      },
    },
    'gitops.repository',
  )
  // It brings the Kustomizations of the tenants, which wait for it: so it cannot wait for everything that it brings.
  const healthChecks = [
    ...[...operators.keys()].map(name => ({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      name,
      namespace,
    })),
    ...(servers === undefined
      ? []
      : [
          {
            apiVersion: 'postgresql.cnpg.io/v1',
            kind: 'Cluster',
            name: NAMES.database,
            namespace: sharedNamespace(settings),
          },
        ]),
  ]
  add<IKustomization>(
    scope,
    'units',
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { ...clusterMetadata(settings, applicationName(settings, PLATFORM_UNIT), 'ground'), namespace },
      spec: {
        ...fluxSource(settings, PLATFORM_UNIT),
        timeout: '20m',
        ...(healthChecks.length === 0 ? {} : { healthChecks, healthCheckExprs: fluxHealth(settings.production) }),
      },
    },
    'gitops.engine',
  )
}

/** A revision as Flux wants to be told of it: a commit by its digits, anything with slashes by its whole name. */
function refOf(revision: string) {
  if (/^[0-9a-f]{40}$/.test(revision)) return { commit: revision }
  return revision.startsWith('refs/') ? { name: revision } : { branch: revision }
}
