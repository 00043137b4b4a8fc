import { append } from './group-by.ts'
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
  /** Manifests whose `group/kind` matches, in input order. */
  ofKinds(pattern: RegExp): readonly Source[]
  /** The manifest of that kind and name; leave `namespace` out for cluster-scoped kinds. */
  find(kind: string, name: string, namespace?: string): Source | undefined
  /** Whether a text anywhere in a manifest holds the word, which is in lower case, whatever the case there. */
  mentions(word: string): boolean
  /** Labels of a namespace as the API server shows them: `kubernetes.io/metadata.name` is always there. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>>
  workloadsIn(namespace: string): readonly Workload[]
}

/** The namespace a manifest is in, `default` when it names none. Meaningless for cluster-scoped kinds. */
export function namespaceOf(source: Source): string {
  return source.manifest.metadata.namespace ?? DEFAULT_NAMESPACE
}

export function indexOf(sources: readonly Source[], facts: EnvironmentFacts): Index {
  const byKind = new Map<string, Source[]>()
  /** By `group/kind`. */
  const byGroup = new Map<string, Source[]>()
  /** Filled when a policy asks: nearly all ask for the same few kinds, namespaces and words. */
  const labelsByNamespace = new Map<string, Readonly<Record<string, string>>>()
  const byPattern = new Map<string, readonly Source[]>()
  const mentioned = new Map<string, boolean>()
  const byName = new Map<string, Source>()
  const workloads: Workload[] = []
  const byNamespace = new Map<string, Workload[]>()
  const namespaces = new Set<string>()
  for (const source of sources) {
    const { apiVersion, kind, metadata } = source.manifest
    append(byKind, kind, source)
    append(byGroup, `${groupOf(apiVersion)}/${kind}`, source)
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
  const sourcesOfKinds = (pattern: RegExp): readonly Source[] => {
    const lists = [...byGroup].flatMap(([name, list]) => (pattern.test(name) ? [list] : []))
    const [only, ...others] = lists
    if (others.length === 0) return only ?? []
    const wanted = new Set(lists.flat())
    return sources.filter(source => wanted.has(source))
  }
  return {
    facts,
    sources,
    workloads,
    namespaces: [...namespaces].sort(),
    ofKind: (kind, group) => (group === undefined ? byKind.get(kind) : byGroup.get(`${group}/${kind}`)) ?? [],
    ofKinds: pattern => {
      const found = byPattern.get(pattern.source) ?? sourcesOfKinds(pattern)
      byPattern.set(pattern.source, found)
      return found
    },
    find: (kind, name, namespace) =>
      byName.get(`${kind}\n${namespace ?? ''}\n${name}`) ??
      (namespace === DEFAULT_NAMESPACE ? byName.get(`${kind}\n\n${name}`) : undefined),
    mentions: word => {
      const found = mentioned.get(word) ?? sources.some(({ manifest }) => holds(manifest, word))
      mentioned.set(word, found)
      return found
    },
    namespaceLabels: namespace => {
      const found = labelsByNamespace.get(namespace) ?? {
        ...labelsOf(byName.get(`Namespace\n\n${namespace}`)?.manifest.metadata.labels),
        'kubernetes.io/metadata.name': namespace,
      }
      labelsByNamespace.set(namespace, found)
      return found
    },
    workloadsIn: namespace => byNamespace.get(namespace) ?? [],
  }
}

/** Whether any text or key in a value holds the word. */
function holds(value: unknown, word: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(word)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, entry]) => holds(key, word) || holds(entry, word))
}
