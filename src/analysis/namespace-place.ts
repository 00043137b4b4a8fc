import type { Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'

/** The pods of the cluster itself live there; what is demanded of other namespaces would stop them first. */
const SYSTEM_NAMESPACE = 'kube-system'

/** The namespaces in which somebody runs workloads of their own. */
export function workloadNamespaces(index: Index): readonly string[] {
  return index.namespaces.filter(name => name !== SYSTEM_NAMESPACE && index.workloadsIn(name).length > 0)
}

/** Where to speak of a namespace: its own manifest, else the first workload in it. */
export function namespacePlace(
  index: Index,
  namespace: string,
): { readonly source: Source; readonly at: FieldPath } | undefined {
  const declared = index.find('Namespace', namespace)
  if (declared !== undefined) return { source: declared, at: ['metadata', 'name'] }
  const [workload] = index.workloadsIn(namespace)
  return workload && { source: workload.source, at: ['metadata', 'namespace'] }
}
