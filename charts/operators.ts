import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application'
import type { IHelmRelease } from '@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmRelease'
import type { IHelmRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmRepository'
import { Construct } from 'constructs'
import { OPERATORS, type OperatorChart, type OperatorName } from '../src/spec/facts/operators.ts'
import { mergePatch } from '../src/spec/merge-patch.ts'
import { PLATFORM_UNIT } from '../src/spec/platform.ts'
import type { PlatformSettings } from '../src/spec/platform-settings.ts'
import type { Place } from '../src/spec/settings.ts'
import { COMPARE, syncPolicy } from './argo-sync.ts'
import { applicationName, type Delivered, IN_CLUSTER } from './delivery.ts'
import { clusterMetadata, KEEP } from './names.ts'
import { add } from './object.ts'

/** Settings that name the namespace of an operator. */
const PLACES: Readonly<Partial<Record<OperatorName, (place: Place) => string>>> = {
  'cloudnative-pg': place => place.postgresNamespace,
  'plugin-barman-cloud': place => place.postgresNamespace,
  traefik: place => place.ingressNamespace,
  'redis-operator': place => place.redisNamespace,
}

export function operatorNamespace({ place }: Pick<PlatformSettings, 'place'>, name: OperatorName): string {
  return PLACES[name]?.(place) ?? OPERATORS[name].namespace
}

type Values = Readonly<Record<string, unknown>>

/** What the chart of an operator is told: what manifests here rest on, and over it what the spec states. */
function valuesOf(name: OperatorName, { place, operators }: PlatformSettings): Values {
  const ours: Readonly<Partial<Record<OperatorName, Values>>> = {
    'cert-manager': { crds: { enabled: true } },
    // An annotation is what delivery does not mind; the other way writes a variable into the pods.
    reloader: { reloader: { reloadStrategy: 'annotations' } },
    traefik: {
      deployment: { replicas: 2 },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
      ingressClass: { enabled: true, isDefaultClass: false, name: place.ingressClass },
      providers: { kubernetesCRD: { allowCrossNamespace: false, ingressClass: place.ingressClass } },
      // A picture of a till that is slow to arrive takes longer than the minute that is the default.
      ports: { websecure: { transport: { respondingTimeouts: { readTimeout: '600s' } } } },
      // One line for each request, without its headers: who asks, for what, for how long.
      accessLog: { enabled: true, format: 'json' },
    },
  }
  return mergePatch(ours[name], operators.get(name) ?? {}) as Values
}

/**
 * The operators that manifests rest on, each pinned to the version of a chart. They are never pruned: with an operator
 * would go its definitions, and with those every database that was made of them.
 */
export class Operators extends Construct {
  constructor(scope: Construct, id: string, settings: Delivered) {
    super(scope, id)
    for (const name of settings.operators.keys()) {
      if (settings.gitops.engine === 'argocd') addApplication(this, settings, name)
      else addHelmRelease(this, settings, name)
    }
    if (settings.gitops.engine === 'argocd') return
    for (const repository of new Set([...settings.operators.keys()].map(name => OPERATORS[name].repository))) {
      addHelmRepository(this, settings, repository)
    }
  }
}

function addApplication(scope: Construct, settings: Delivered, name: OperatorName) {
  const { repository, chart, version }: OperatorChart = OPERATORS[name]
  const values = valuesOf(name, settings)
  add<IApplication>(
    scope,
    name,
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        ...clusterMetadata(settings, name, 'operators', { ...KEEP, ...COMPARE }),
        namespace: settings.gitops.namespace,
      },
      spec: {
        project: applicationName(settings, PLATFORM_UNIT),
        source: {
          repoURL: repository,
          chart,
          targetRevision: version,
          ...(Object.keys(values).length === 0 ? {} : { helm: { valuesObject: values } }),
        },
        destination: { server: IN_CLUSTER, namespace: operatorNamespace(settings, name) },
        syncPolicy: syncPolicy('CreateNamespace=true'),
      },
    },
    'operators',
  )
}

function addHelmRelease(scope: Construct, settings: Delivered, name: OperatorName) {
  const { repository, chart, version, after }: OperatorChart = OPERATORS[name]
  const values = valuesOf(name, settings)
  const remediation = { retries: 5 }
  add<IHelmRelease>(
    scope,
    name,
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { ...clusterMetadata(settings, name, 'operators', KEEP), namespace: settings.gitops.namespace },
      spec: {
        interval: '1h',
        timeout: '10m',
        targetNamespace: operatorNamespace(settings, name),
        releaseName: name,
        chart: { spec: { chart, version, sourceRef: { kind: 'HelmRepository', name: repositoryName(repository) } } },
        ...(after.length === 0 ? {} : { dependsOn: after.map(other => ({ name: other })) }),
        install: { createNamespace: true, crds: 'CreateReplace', remediation },
        upgrade: { crds: 'CreateReplace', remediation },
        ...(Object.keys(values).length === 0 ? {} : { values }),
      },
    },
    'operators',
  )
}

function addHelmRepository(scope: Construct, settings: Delivered, url: string) {
  add<IHelmRepository>(
    scope,
    repositoryName(url),
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: {
        ...clusterMetadata(settings, repositoryName(url), 'operators'),
        namespace: settings.gitops.namespace,
      },
      spec: { url, interval: '24h' },
    },
    'operators',
  )
}

/** `cloudnative-pg-github-io-charts` of `https://cloudnative-pg.github.io/charts`. */
function repositoryName(url: string): string {
  return url.replace(/^https:\/\//, '').replaceAll(/[^a-z0-9]+/g, '-')
}
