import { promisesAvailability } from '../../src/analysis/promised-tier.ts'
import { isReplicated, replicaFloorsOf } from '../../src/analysis/replica-floor.ts'
import { definePolicy } from '../../src/lint/policy.ts'
import type { FieldPath } from '../../src/manifest/path.ts'
import { matchesSelector } from '../../src/manifest/selector.ts'
import { fieldsOf, listOf } from '../../src/manifest/value.ts'
import type { Workload } from '../../src/manifest/workload.ts'

const ZONE_KEYS = new Set<unknown>(['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'])

export default definePolicy({
  title: 'replicated workloads are spread over zones in gold and platinum',
  fix: 'add a topologySpreadConstraint over topology.kubernetes.io/zone whose labelSelector selects these pods',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    const floorOf = replicaFloorsOf(index)
    for (const workload of index.workloads) {
      if (!isReplicated(workload) || !promisesAvailability(workload, index) || floorOf(workload).count < 2) continue
      const spreads = zoneSpreadsOf(workload)
      if (spreads.some(({ selector }) => matchesSelector(selector, workload.labels))) continue
      const [blind] = spreads
      const subject = `${workload.kind.toLowerCase()} "${workload.name}"`
      const absent: FieldPath = [...workload.podAt, 'spec', 'topologySpreadConstraints']
      yield {
        source: workload.source,
        at: blind?.at ?? absent,
        message:
          blind === undefined
            ? `${subject} is not spread over zones, so losing one zone may stop all of its pods`
            : `the spread of ${subject} over zones selects none of its pods, so all of them may stand in one zone`,
      }
    }
  },
})

interface Spread {
  /** Where the selector stands. */
  readonly at: FieldPath
  readonly selector: unknown
}

/** Every way in which the pods ask to stand apart by zone. */
function zoneSpreadsOf({ pod, podAt }: Workload): readonly Spread[] {
  const spec: FieldPath = [...podAt, 'spec']
  const byZone = (list: unknown, at: FieldPath, termOf: (entry: unknown) => unknown, below: FieldPath): Spread[] =>
    listOf(list).flatMap((entry, nth) => {
      const term = fieldsOf(termOf(entry))
      return ZONE_KEYS.has(term.topologyKey)
        ? [{ at: [...at, nth, ...below, 'labelSelector'], selector: term.labelSelector }]
        : []
    })
  const antiAffinity = fieldsOf(fieldsOf(pod.affinity).podAntiAffinity)
  const [required, preferred] = ['required', 'preferred'].map(kind => `${kind}DuringSchedulingIgnoredDuringExecution`)
  const affinityAt: FieldPath = [...spec, 'affinity', 'podAntiAffinity']
  return [
    ...byZone(pod.topologySpreadConstraints, [...spec, 'topologySpreadConstraints'], entry => entry, []),
    ...byZone(antiAffinity[`${required}`], [...affinityAt, `${required}`], entry => entry, []),
    ...byZone(antiAffinity[`${preferred}`], [...affinityAt, `${preferred}`], entry => fieldsOf(entry).podAffinityTerm, [
      'podAffinityTerm',
    ]),
  ]
}
