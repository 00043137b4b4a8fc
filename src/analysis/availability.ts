import { append } from '../manifest/group-by.ts'
import { groupOf } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { parseSelector, type Selector } from '../manifest/selector.ts'
import { fieldsOf, isFields } from '../manifest/value.ts'
import { byNamespace } from './by-namespace.ts'
import { type ClusterShape, THREE_ZONES } from './cluster-shape.ts'
import {
  type BudgetFault,
  budgetFaults,
  type Cover,
  coversOf,
  disruptionBudgetsOf,
  isContested,
  unprotected,
} from './disruption-budget.ts'
import { OPERATED } from './operated-pods.ts'
import { type Placement, placementOf, type Share } from './placement.ts'
import { isLasting, type PodSet, podSetsOf } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'
import { rolloutOf } from './rollout.ts'

/**
 * What may happen, each by itself. `steady`: nothing, with autoscalers at their least. `rollout`: the pods are replaced.
 * `drain`: a node is emptied, with respect for disruption budgets. `zone`: a zone is gone at once.
 */
export const SCENARIOS = ['steady', 'rollout', 'drain', 'zone'] as const
export type Scenario = (typeof SCENARIOS)[number]

/** The least number of ready pods under a scenario. */
export interface Verdict {
  readonly ready: number
  /** The chain of facts, the deciding one last. */
  readonly because: readonly Fact[]
  /** What to change for more of them, other than their number. */
  readonly repair?: Fact
  /** How many stay of another number of pods, where nothing but their number helps. */
  readonly readyOf?: (pods: number) => number
}

export interface SetAvailability {
  readonly set: PodSet
  /** Whether a Service leads to the pods, so that somebody waits while none is ready. */
  readonly serves: boolean
  readonly verdicts: Readonly<Record<Scenario, Verdict>>
}

/** How many pods stay ready when something happens, at worst: what no field forbids is taken to happen. */
export interface Availability {
  readonly shape: ClusterShape
  /** Everything that runs for good, in the order of ids. */
  readonly sets: readonly SetAvailability[]
  readonly faults: readonly BudgetFault[]
}

export function availabilityOf(index: Index, shape: ClusterShape = THREE_ZONES): Availability {
  const all = podSetsOf(index, shape)
  const setsIn = byNamespace(all, ({ namespace }) => namespace)
  const placements = new Map(all.map(set => [set, placementOf(set, setsIn(set.namespace), index, shape)]))
  const budgets = disruptionBudgetsOf(index, all, set => placements.get(set)?.placed.pods ?? 0)
  const covers = coversOf(budgets)
  const serves = servedBy(index)
  const sets = [...placements]
    .filter(([set]) => isLasting(set))
    .map(([set, placement]) => ({
      set,
      serves: serves(set),
      verdicts: set.controller === 'DaemonSet' ? onEveryNode(set, shape) : verdictsOf(set, placement, covers(set)),
    }))
  return { shape, sets, faults: budgetFaults(all, budgets) }
}

type Verdicts = Readonly<Record<Scenario, Verdict>>

function verdictsOf(set: PodSet, placement: Placement, covers: readonly Cover[]): Verdicts {
  const { placed, onOneNode, inOneZone } = placement
  const { asleep, floor } = set.scale
  const replaced = rolloutOf(set, floor.pods)
  return {
    steady: {
      ready: placed.pods,
      because: [...placed.because, ...(asleep === undefined ? [] : [asleep])],
      ...repairedBy(placed.repair),
    },
    rollout: {
      ready: Math.min(placed.pods, Math.max(0, floor.pods - replaced.unavailable)),
      because: [...placed.because, replaced.because],
      repair: replaced.because,
    },
    drain: drained(set, placed, onOneNode, covers),
    zone: left(placed, inOneZone),
  }
}

/** A drain leaves the pods of a DaemonSet alone, but they go with the node; zones are taken to have like numbers of nodes. */
function onEveryNode(set: PodSet, { zones }: ClusterShape): Verdicts {
  const pods = set.scale.floor.pods
  const replaced = rolloutOf(set, pods)
  const verdict = (ready: number, ...facts: readonly Fact[]) => ({
    ready,
    because: [set.scale.floor.because, ...facts],
  })
  return {
    steady: verdict(pods),
    rollout: { ...verdict(pods - replaced.unavailable, replaced.because), repair: replaced.because },
    drain: verdict(Math.max(0, pods - 1), { message: `the pod of "${set.id}" on the node goes with it` }),
    zone: verdict(pods - Math.ceil(pods / zones), { message: `the pods of "${set.id}" in the zone go with it` }),
  }
}

function drained(set: PodSet, placed: Share, onOneNode: Share, covers: readonly Cover[]): Verdict {
  const bare = left(placed, onOneNode)
  if (covers.length === 0) {
    const message = `no PodDisruptionBudget selects the pods of "${set.id}", so a drain takes all that are on the node`
    const place = { source: set.source, at: set.placeOf([]) }
    const repair = { message: 'a PodDisruptionBudget over the pods keeps the others', place }
    return { ready: bare.ready, because: [...bare.because, { message, place }], repair }
  }
  const evicted = isContested(set, covers)
    ? 0
    : covers.reduce((sum, { budget, protects }) => sum + Math.min(budget.allowed, protects.pods), 0)
  const taken = evicted + unprotected(set, covers, placed.pods)
  const facts = covers.map(({ budget }) => budget.because)
  return {
    ready: placed.pods - Math.min(onOneNode.pods, taken),
    because: [...(taken < onOneNode.pods ? placed.because : bare.because), ...facts],
    ...repairedBy(facts[0]),
  }
}

/** What is left when all pods in one node or zone are gone. */
function left(placed: Share, share: Share): Verdict {
  return {
    ready: placed.pods - share.pods,
    because: [...placed.because, ...share.because],
    ...repairedBy(share.repair),
    ...readyOf(share),
  }
}

function readyOf({ of }: Share): Pick<Verdict, 'readyOf'> {
  return of === undefined ? {} : { readyOf: pods => pods - of(pods) }
}

function repairedBy(repair: Fact | undefined): Pick<Verdict, 'repair'> {
  return repair === undefined ? {} : { repair }
}

/** Whether a Service, declared or made by an operator, selects pods of a set. */
function servedBy(index: Index): (set: PodSet) => boolean {
  const selectors = new Map<string, Selector[]>()
  const add = (namespace: string, selector: unknown) => {
    if (!isFields(selector) || Object.keys(selector).length === 0) return
    const parsed = parseSelector({ matchLabels: selector })
    if ('matches' in parsed) append(selectors, namespace, parsed)
  }
  for (const source of index.ofKind('Service', '')) add(namespaceOf(source), fieldsOf(source.manifest.spec).selector)
  for (const source of index.sources) {
    const operated = OPERATED[`${groupOf(source.manifest.apiVersion)}/${source.manifest.kind}`]?.(source.manifest)
    for (const { selector } of operated?.services ?? []) add(namespaceOf(source), selector)
  }
  return ({ namespace, labels }) =>
    (selectors.get(namespace) ?? []).some(selector => labels.some(each => selector.matches(each)))
}
