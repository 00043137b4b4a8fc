import type { Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { entriesOf } from './kind-table.ts'
import { OPERATED } from './operated-pods.ts'
import { perIndex } from './per-index.ts'

/** The pods of the cluster itself live there; what is demanded of other namespaces would stop them first. */
const SYSTEM_NAMESPACE = 'kube-system'

/** A namespace in which pods run. */
export interface InhabitedNamespace {
  readonly name: string
  /** Where to speak of it: its own manifest, else the first one that runs pods in it. */
  readonly source: Source
  readonly at: FieldPath
  /** All pods stand on the network of their node, where no NetworkPolicy holds. */
  readonly onHosts: boolean
}

/** Every namespace with a workload, or with a resource of which an operator makes pods; sorted by name. */
export const inhabitedNamespaces = perIndex((index): readonly InhabitedNamespace[] => {
  const operated = new Map(
    entriesOf(index, OPERATED)
      .filter(([{ manifest }, made]) => made(manifest).pods.length > 0)
      .map(([source]) => [namespaceOf(source), source]),
  )
  return index.namespaces.flatMap(name => {
    const workloads = index.workloadsIn(name)
    const runner = workloads[0]?.source ?? operated.get(name)
    if (runner === undefined || name === SYSTEM_NAMESPACE) return []
    const declared = index.find('Namespace', name)
    const at: FieldPath = declared === undefined ? ['metadata', 'namespace'] : ['metadata', 'name']
    const onHosts = !operated.has(name) && workloads.every(({ pod }) => pod.hostNetwork === true)
    return [{ name, source: declared ?? runner, at, onHosts }]
  })
})
