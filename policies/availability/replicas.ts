import { promisesAvailability } from '../../src/analysis/promised-tier.ts'
import { isReplicated, isSwitchedOff, replicaFloorsOf } from '../../src/analysis/replica-floor.ts'
import { servicesByWorkload } from '../../src/analysis/selected-workloads.ts'
import { definePolicy, evidence } from '../../src/lint/policy.ts'

/** With two, one pod serves while the other moves. */
const FEWEST = 2

const ONE_LEFT = 'nothing answers while that pod moves to another node'
const NONE_LEFT = 'whoever comes first waits until one has started'

export default definePolicy({
  title: 'workloads behind a Service run at least two pods in gold and platinum',
  fix: 'raise the replicas, or the floor of the autoscaler, to two or more',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    const floorOf = replicaFloorsOf(index)
    for (const [workload, [service]] of servicesByWorkload(index)) {
      const floor = floorOf(workload)
      if (!isReplicated(workload) || !promisesAvailability(workload, index) || isSwitchedOff(floor)) continue
      if (service === undefined || floor.count >= FEWEST) continue
      const pods = floor.count === 1 ? '1 pod' : `${floor.count} pods`
      const fact = `${workload.kind.toLowerCase()} "${workload.name}" ${floor.autoscaled ? 'may shrink to' : 'runs'} ${pods}`
      yield {
        source: floor.source,
        at: floor.at,
        message: `${fact}, so ${floor.count === 0 ? NONE_LEFT : ONE_LEFT}`,
        evidence: [
          evidence(service, ['spec', 'selector'], `service "${service.manifest.metadata.name}" sends requests there`),
        ],
      }
    }
  },
})
