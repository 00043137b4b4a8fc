import { groupOf, type Manifest, type Source } from './manifest.ts'
import { labelsOf } from './value.ts'
import { DEFAULT_NAMESPACE, type Workload, workloadOf } from './workload.ts'

/** How strict an environment wants to be judged; each policy says its severity for each. */
export const PROFILES = ['lite', 'standard', 'strict'] as const
export type Profile = (typeof PROFILES)[number]

/** What is known of an environment besides its manifests. Foreign YAML has none of the optional ones. */
export interface EnvironmentFacts {
  readonly profile: Profile
  readonly name?: string
  readonly tier?: string
  /** The minor that the cluster runs: `1.35`. */
  readonly kubernetes?: string
}

/** All manifests of one environment, indexed once and shared by every policy and analysis. */
export interface Index {
  readonly facts: EnvironmentFacts
  readonly sources: readonly Source[]
  readonly workloads: readonly Workload[]
  /** CustomResourceDefinitions that the cluster has besides those among the manifests. */
  readonly definitions?: readonly Manifest[]
  /** Every namespace that is declared or used, sorted. */
  readonly namespaces: readonly string[]
  /** Manifests of a kind, in input order; of any group unless one is given (`''` is the core group). */
  ofKind(kind: string, group?: string): readonly Source[]
  /** The manifest of that kind and name; leave `namespace` out for cluster-scoped kinds. */
  find(kind: string, name: string, namespace?: string): Source | undefined
  /** Labels of a namespace as the API server shows them: `kubernetes.io/metadata.name` is always there. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>>
  workloadsIn(namespace: string): readonly Workload[]
}

/** The namespace a manifest is in, `default` when it names none. Meaningless for cluster-scoped kinds. */
export function namespaceOf(source: Source): string {
  return source.manifest.metadata.namespace ?? DEFAULT_NAMESPACE
}

export function indexOf(
  sources: readonly Source[],
  facts: EnvironmentFacts,
  definitions: readonly Manifest[] = [],
): Index {
  const byKind = new Map<string, Source[]>()
  /** Filled when a policy asks: nearly all ask for the same few kinds. */
  const byGroup = new Map<string, readonly Source[]>()
  const byName = new Map<string, Source>()
  const workloads: Workload[] = []
  const byNamespace = new Map<string, Workload[]>()
  const namespaces = new Set<string>()
  for (const source of sources) {
    const { kind, metadata } = source.manifest
    append(byKind, kind, source)
    const key = `${kind}\n${metadata.namespace ?? ''}\n${metadata.name}`
    if (!byName.has(key)) byName.set(key, source)
    if (kind === 'Namespace') namespaces.add(metadata.name)
    else if (metadata.namespace !== undefined) namespaces.add(metadata.namespace)
    const workload = workloadOf(source)
    if (workload === undefined) continue
    workloads.push(workload)
    namespaces.add(workload.namespace)
    append(byNamespace, workload.namespace, workload)
  }
  return {
    facts,
    sources,
    workloads,
    definitions,
    namespaces: [...namespaces].sort(),
    ofKind: (kind, group) => {
      const all = byKind.get(kind) ?? []
      if (group === undefined) return all
      const key = `${group}/${kind}`
      const found = byGroup.get(key) ?? all.filter(source => groupOf(source.manifest.apiVersion) === group)
      byGroup.set(key, found)
      return found
    },
    find: (kind, name, namespace) =>
      byName.get(`${kind}\n${namespace ?? ''}\n${name}`) ??
      (namespace === DEFAULT_NAMESPACE ? byName.get(`${kind}\n\n${name}`) : undefined),
    namespaceLabels: namespace => ({
      ...labelsOf(byName.get(`Namespace\n\n${namespace}`)?.manifest.metadata.labels),
      'kubernetes.io/metadata.name': namespace,
    }),
    workloadsIn: namespace => byNamespace.get(namespace) ?? [],
  }
}

function append<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [item])
  else group.push(item)
}
