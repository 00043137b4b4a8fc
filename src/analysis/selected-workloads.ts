import { append } from '../manifest/group-by.ts'
import type { Source } from '../manifest/manifest.ts'
import { namespaceOf } from '../manifest/manifest-index.ts'
import { fieldsOf, isFields, labelsOf } from '../manifest/value.ts'
import type { Workload } from '../manifest/workload.ts'
import { type LabelIndex, labelIndexOf } from './label-index.ts'
import { perIndex } from './per-index.ts'

/** Finds the workloads of a namespace whose pods a LabelSelector selects; an absent selector selects none. */
export type WorkloadFinder = (namespace: string, selector: unknown) => readonly Workload[]

export const workloadFinderOf = perIndex((index): WorkloadFinder => {
  const byNamespace = new Map<string, LabelIndex<Workload>>()
  return (namespace, selector) => {
    const known = byNamespace.get(namespace) ?? labelIndexOf(index.workloadsIn(namespace), ({ labels }) => labels)
    byNamespace.set(namespace, known)
    return known.select(selector)
  }
})

/** The workloads behind each Service; none for one without a selector, whose addresses someone else writes. */
export const servedWorkloadsOf = perIndex((index): ReadonlyMap<Source, readonly Workload[]> => {
  const find = workloadFinderOf(index)
  return new Map(
    index.ofKind('Service', '').map(source => {
      const { selector, type } = fieldsOf(source.manifest.spec)
      const selects = isFields(selector) && Object.keys(selector).length > 0 && type !== 'ExternalName'
      return [source, selects ? find(namespaceOf(source), { matchLabels: labelsOf(selector) }) : []]
    }),
  )
})

/** The Services that send requests to each workload. */
export const servicesByWorkload = perIndex((index): ReadonlyMap<Workload, readonly Source[]> => {
  const services = new Map<Workload, Source[]>()
  for (const [service, workloads] of servedWorkloadsOf(index)) {
    for (const workload of workloads) append(services, workload, service)
  }
  return services
})

/** The PodDisruptionBudgets that select the pods of each workload. An empty selector selects all, an absent one none. */
export const budgetsByWorkload = perIndex((index): ReadonlyMap<Workload, readonly Source[]> => {
  const find = workloadFinderOf(index)
  const budgets = new Map<Workload, Source[]>()
  for (const budget of index.ofKind('PodDisruptionBudget')) {
    for (const workload of find(namespaceOf(budget), fieldsOf(budget.manifest.spec).selector)) {
      append(budgets, workload, budget)
    }
  }
  return budgets
})
