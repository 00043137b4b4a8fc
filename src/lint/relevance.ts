import { type Index, indexOf } from '../manifest/manifest-index.ts'
import type { Judgement } from './policy.ts'

/** One question that a policy asks of an environment. */
export type Look =
  | { readonly of: 'sources' | 'workloads' | 'namespaces' }
  | { readonly of: 'kind'; readonly kind: string; readonly group?: string }
  | { readonly of: 'kinds'; readonly pattern: string }
  | { readonly of: 'word'; readonly word: string }

type Check = (index: Index) => Iterable<Judgement>

/**
 * What a policy asks of an environment in which there is nothing, to find nothing there. A policy knows an environment by
 * its answers alone: one that answers all of these as the empty one does leads it the same way, to the same end.
 *
 * `undefined` when that cannot be said: it finds something, or its way depends on more than what is there.
 */
export function looksOf(check: Check): readonly Look[] | undefined {
  const looks = new Map<string, Look>()
  let isSure = true
  const note = (look: Look) => looks.set(JSON.stringify(look), look)
  const unsure = () => {
    isSure = false
  }
  const empty = indexOf([], { profile: 'strict' })
  const watched: Index = {
    get facts() {
      unsure()
      return empty.facts
    },
    get sources() {
      note({ of: 'sources' })
      return empty.sources
    },
    get workloads() {
      note({ of: 'workloads' })
      return empty.workloads
    },
    get namespaces() {
      note({ of: 'namespaces' })
      return empty.namespaces
    },
    ofKind(kind, group) {
      note({ of: 'kind', kind, ...(group === undefined ? {} : { group }) })
      return empty.ofKind(kind, group)
    },
    ofKinds(pattern) {
      note({ of: 'kinds', pattern: pattern.source })
      return empty.ofKinds(pattern)
    },
    find(kind, name, namespace) {
      note({ of: 'kind', kind })
      return empty.find(kind, name, namespace)
    },
    mentions(word) {
      note({ of: 'word', word })
      return empty.mentions(word)
    },
    namespaceLabels(namespace) {
      unsure()
      return empty.namespaceLabels(namespace)
    },
    workloadsIn(namespace) {
      note({ of: 'workloads' })
      return empty.workloadsIn(namespace)
    },
  }
  for (const _ of check(watched)) unsure()
  return isSure ? [...looks.values()] : undefined
}

/** Whether an environment answers every question as one in which there is nothing. */
export function isNothingTo(looks: readonly Look[], index: Index): boolean {
  return looks.every(look => {
    if (look.of === 'kind') return index.ofKind(look.kind, look.group).length === 0
    if (look.of === 'kinds') return index.ofKinds(new RegExp(look.pattern)).length === 0
    return look.of === 'word' ? !index.mentions(look.word) : index[look.of].length === 0
  })
}
