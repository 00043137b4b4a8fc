import { objectName, type Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { parseSelector } from '../manifest/selector.ts'
import { type Fields, fieldsOf } from '../manifest/value.ts'
import { byNamespace } from './by-namespace.ts'
import { scaledValue } from './int-or-percent.ts'
import { podCount } from './pod-count.ts'
import { isControlled, type PodSet, podsIn, selectionOf } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'

/** Pods of one set that a budget protects. */
export interface Protected {
  readonly set: PodSet
  /** Which of them, as in the labels of the set. */
  readonly selection: readonly boolean[]
  readonly pods: number
}

/** A PodDisruptionBudget, or what an operator keeps in its place, while as many pods run as are kept at least. */
export interface DisruptionBudget {
  readonly source: Source
  /** The field that bounds it. */
  readonly at: FieldPath
  readonly protects: readonly Protected[]
  /** How many pods a drain may take before others are ready again. */
  readonly allowed: number
  readonly because: Fact
}

/** Something about budgets that a drain runs into. */
export interface BudgetFault {
  /** `blocks`: no pod may ever go. `overlaps`: the API evicts no pod that two budgets select. `idle`: it protects nothing. */
  readonly kind: 'blocks' | 'overlaps' | 'idle'
  readonly source: Source
  readonly at: FieldPath
  /** Subject, fact, consequence. */
  readonly message: string
  readonly because: readonly Fact[]
}

/** @param readyOf how many pods of a set run while it is left alone */
export function disruptionBudgetsOf(
  index: Index,
  sets: readonly PodSet[],
  readyOf: (set: PodSet) => number,
): readonly DisruptionBudget[] {
  const protectedBy = (set: PodSet, selection: readonly boolean[]): Protected => ({
    set,
    selection,
    pods: podsIn(selection, readyOf(set)),
  })
  const setsIn = byNamespace(sets, ({ namespace }) => namespace)
  const declared = index
    .ofKind('PodDisruptionBudget', 'policy')
    .filter(source => !isControlled(source, index))
    .map(source => {
      const spec = fieldsOf(source.manifest.spec)
      const selector = parseSelector(spec.selector)
      if (!('matches' in selector)) return counted(source, ['spec'], spec, [])
      const protects = setsIn(namespaceOf(source))
        .map(set => protectedBy(set, selectionOf(set, selector)))
        .filter(({ selection }) => selection.includes(true))
      return counted(source, ['spec'], spec, protects)
    })
  const operated = sets.flatMap(set => {
    if (set.budget === undefined) return []
    const protects = [
      protectedBy(
        set,
        set.labels.map(() => true),
      ),
    ]
    return [
      'spec' in set.budget
        ? counted(set.source, set.budget.at, set.budget.spec, protects)
        : budget(set.source, set.budget.at, protects, set.budget.allowed(readyOf(set)), 'as its operator sees to it'),
    ]
  })
  return [...declared, ...operated]
}

/** A budget, and what it protects of one set. */
export interface Cover {
  readonly budget: DisruptionBudget
  readonly protects: Protected
}

/** The budgets over each set, in their order. */
export function coversOf(budgets: readonly DisruptionBudget[]): (set: PodSet) => readonly Cover[] {
  const bySet = new Map<PodSet, Cover[]>()
  for (const budget of budgets) {
    for (const protects of budget.protects) {
      const covers = bySet.get(protects.set)
      if (covers === undefined) bySet.set(protects.set, [{ budget, protects }])
      else covers.push({ budget, protects })
    }
  }
  return set => bySet.get(set) ?? []
}

/** Whether two budgets select one and the same pod of a set. */
export function isContested(set: PodSet, covers: readonly Cover[]): boolean {
  return set.labels.some((_, nth) => covers.filter(({ protects }) => protects.selection[nth]).length > 1)
}

/** How many of the `pods` pods of a set no budget selects. */
export function unprotected(set: PodSet, covers: readonly Cover[], pods: number): number {
  return podsIn(
    set.labels.map((_, nth) => !covers.some(({ protects }) => protects.selection[nth])),
    pods,
  )
}

/** In the order of budgets, then of sets. */
export function budgetFaults(sets: readonly PodSet[], budgets: readonly DisruptionBudget[]): readonly BudgetFault[] {
  const covers = coversOf(budgets)
  return [...budgets.flatMap(faultsOf), ...sets.flatMap(set => contest(set, covers(set)))]
}

function faultsOf({ source, at, protects, allowed, because }: DisruptionBudget): BudgetFault[] {
  const name = objectName(source.manifest)
  if (protects.length === 0) {
    const message = `"${name}" selects no pods, so a drain takes what it was meant to protect`
    return [{ kind: 'idle', source, at: ['spec', 'selector'], message, because: [] }]
  }
  const pods = podsOf(protects)
  if (allowed > 0 || pods === 0) return []
  const message = `"${name}" lets none of its ${podCount(pods)} go, so a drain of their nodes never ends`
  const floors = protects.map(({ set }) => set.scale.floor.because)
  return [{ kind: 'blocks', source, at, message, because: [...floors, because] }]
}

function contest(set: PodSet, covers: readonly Cover[]): BudgetFault[] {
  const [shown, ...others] = covers.map(({ budget }) => budget)
  if (shown === undefined || !isContested(set, covers)) return []
  const names = covers.map(({ budget }) => `"${objectName(budget.source.manifest)}"`).join(' and ')
  const message = `${names} select the same pods of "${set.id}", and no pod of two budgets is evicted, so a drain of their nodes never ends`
  const { source } = shown
  return [
    { kind: 'overlaps', source, at: ['spec', 'selector'], message, because: others.map(({ because }) => because) },
  ]
}

/**
 * The arithmetic of the disruption controller: a whole `minAvailable` is compared with the pods that are there, everything else
 * with what their controllers want. Percentages are rounded up. Where it cannot count it lets no pod go.
 */
function counted(source: Source, at: FieldPath, spec: Fields, protects: readonly Protected[]): DisruptionBudget {
  const { minAvailable, maxUnavailable } = spec
  const field = maxUnavailable === undefined ? 'minAvailable' : 'maxUnavailable'
  const value = maxUnavailable ?? minAvailable
  if (value === undefined) return budget(source, at, protects, 0, 'neither minAvailable nor maxUnavailable is set')
  const result = (allowed: number, remark: string) =>
    budget(source, [...at, field], protects, allowed, `${field} ${String(value)}${remark}`)
  const isWhole = field === 'minAvailable' && typeof value === 'number'
  const uncounted = protects.find(({ set }) => SCALE[set.controller] === 'never')
  if (!isWhole && uncounted !== undefined) return result(0, `, which nobody can count over "${uncounted.set.id}"`)
  const ready = podsOf(protects)
  const wanted = protects
    .filter(({ set }) => SCALE[set.controller] === 'asked')
    .reduce((sum, { set }) => sum + set.scale.floor.pods, 0)
  const expected = isWhole ? ready : wanted
  const bound = scaledValue(value, expected, 'up')
  if (bound === undefined) return result(0, ', which is neither a number nor a percentage')
  const healthy = field === 'maxUnavailable' ? Math.max(0, expected - bound) : bound
  return result(expected === 0 ? 0 : Math.max(0, ready - healthy), '')
}

/** Whether the disruption controller can ask what keeps the pods how many it wants. Bare pods are wanted by nobody. */
const SCALE = {
  Deployment: 'asked',
  ReplicaSet: 'asked',
  StatefulSet: 'asked',
  Instances: 'asked',
  DaemonSet: 'never',
  Job: 'never',
  CronJob: 'never',
  Pod: 'alone',
} as const satisfies Record<PodSet['controller'], string>

function budget(
  source: Source,
  at: FieldPath,
  protects: readonly Protected[],
  allowed: number,
  why: string,
): DisruptionBudget {
  const pods = podCount(podsOf(protects))
  const message = `"${objectName(source.manifest)}" lets a drain take ${allowed} of ${pods} at a time (${why})`
  return { source, at, protects, allowed, because: { message, place: { source, at } } }
}

function podsOf(protects: readonly Protected[]): number {
  return protects.reduce((sum, { pods }) => sum + pods, 0)
}
