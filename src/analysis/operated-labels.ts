import { namespaceOf } from '../manifest/manifest-index.ts'
import { matchesSelector } from '../manifest/selector.ts'
import { entriesOf } from './kind-table.ts'
import { OPERATED } from './operated-pods.ts'
import { perIndex } from './per-index.ts'

/** Tells whether a LabelSelector selects pods that an operator makes in a namespace. */
export const operatedPodFinderOf = perIndex((index): ((namespace: string, selector: unknown) => boolean) => {
  const byNamespace = new Map<string, Readonly<Record<string, string>>[]>()
  for (const [source, made] of entriesOf(index, OPERATED)) {
    const { pods } = made(source.manifest)
    const namespace = namespaceOf(source)
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), ...pods.map(({ labels }) => labels)])
  }
  return (namespace, selector) => (byNamespace.get(namespace) ?? []).some(labels => matchesSelector(selector, labels))
})
