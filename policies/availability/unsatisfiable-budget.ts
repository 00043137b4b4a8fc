import { isReplicated, isSwitchedOff, type ReplicaFloor, replicaFloorsOf } from '../../src/analysis/replica-floor.ts'
import { budgetsByWorkload, workloadFinderOf } from '../../src/analysis/selected-workloads.ts'
import { definePolicy, evidence, type Judgement } from '../../src/lint/policy.ts'
import { type Index, namespaceOf } from '../../src/manifest/manifest-index.ts'
import { fieldsOf } from '../../src/manifest/value.ts'
import type { Workload } from '../../src/manifest/workload.ts'

export default definePolicy({
  title: 'every PodDisruptionBudget lets a pod move',
  fix: 'write maxUnavailable 1, run more pods than minAvailable, and select each pod with one budget only',
  severity: { lite: 'warning', standard: 'warning', strict: 'error' },
  *check(index) {
    yield* blockingBudgets(index)
    yield* doubleBudgets(index)
  },
})

function* blockingBudgets(index: Index): Generator<Judgement> {
  const find = workloadFinderOf(index)
  const floorOf = replicaFloorsOf(index)
  for (const source of index.ofKind('PodDisruptionBudget')) {
    const { minAvailable, maxUnavailable, selector } = fieldsOf(source.manifest.spec)
    const subject = `budget "${source.manifest.metadata.name}"`
    if (isNone(maxUnavailable)) {
      const message = `${subject} lets no pod be away, so no node that runs one of them can be drained`
      yield { source, at: ['spec', 'maxUnavailable'], message }
      continue
    }
    const workloads = find(namespaceOf(source), selector)
    const floors = workloads.map(floorOf).filter(floor => !isSwitchedOff(floor))
    const expected = workloads.every(isReplicated) ? floors.reduce((sum, floor) => sum + podsOf(floor), 0) : 0
    const wanted = wantedOf(minAvailable, expected)
    if (wanted === undefined || (wanted !== 'all' && (expected === 0 || wanted < expected))) continue
    const fact = wanted === 'all' ? 'all of its pods available' : `${wanted} of ${expected} pods available`
    yield {
      source,
      at: ['spec', 'minAvailable'],
      message: `${subject} wants ${fact}, so no node that runs one of them can be drained`,
      evidence: floors.map(floor => evidence(floor.source, floor.at, `${countOf(floor)} at the least`)),
    }
  }
}

/** The eviction API refuses a pod that two budgets select, whatever they say. */
function* doubleBudgets(index: Index): Generator<Judgement> {
  const floorOf = replicaFloorsOf(index)
  for (const [workload, [first, ...others]] of budgetsByWorkload(index)) {
    if (isSwitchedOff(floorOf(workload))) continue
    for (const source of others) {
      const names = `budgets "${first?.manifest.metadata.name}" and "${source.manifest.metadata.name}"`
      yield {
        source,
        at: ['spec', 'selector'],
        message: `${names} both select ${nameOf(workload)}, so none of its pods can be evicted`,
        evidence: first === undefined ? [] : [evidence(first, ['spec', 'selector'], 'the first selects it here')],
      }
    }
  }
}

const nameOf = ({ kind, name }: Workload) => `${kind.toLowerCase()} "${name}"`

function countOf({ source, count }: ReplicaFloor): string {
  const { kind, metadata } = source.manifest
  return `${kind} "${metadata.name}" keeps ${count === 1 ? '1 pod' : `${count} pods`}`
}

/** An autoscaler that may go down to nothing holds one pod before it does. */
function podsOf({ count }: ReplicaFloor): number {
  return Math.max(1, count)
}

const PERCENT = /^(\d+)%$/

function isNone(maxUnavailable: unknown): boolean {
  return maxUnavailable === 0 || (typeof maxUnavailable === 'string' && /^0+%$/.test(maxUnavailable))
}

/**
 * How many of the expected pods a `minAvailable` wants; `all` for 100 % or more, however many there are. Percentages are rounded up,
 * as the disruption controller of Kubernetes does.
 */
function wantedOf(minAvailable: unknown, expected: number): number | 'all' | undefined {
  if (typeof minAvailable === 'number') return minAvailable
  const [, percent] = PERCENT.exec(typeof minAvailable === 'string' ? minAvailable : '') ?? []
  if (percent === undefined) return undefined
  return Number(percent) >= 100 ? 'all' : Math.ceil((Number(percent) * expected) / 100)
}
