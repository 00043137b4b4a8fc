import { promisesAvailability } from '../../src/analysis/promised-tier.ts'
import { isReplicated, isSwitchedOff, replicaFloorsOf } from '../../src/analysis/replica-floor.ts'
import { budgetsByWorkload, servicesByWorkload } from '../../src/analysis/selected-workloads.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'workloads have a PodDisruptionBudget in gold and platinum',
  fix: 'add a PodDisruptionBudget that selects these pods and leaves one of them free to move: maxUnavailable 1',
  severity: { lite: 'warning', standard: 'error', strict: 'error' },
  *check(index) {
    const floorOf = replicaFloorsOf(index)
    const services = servicesByWorkload(index)
    const budgets = budgetsByWorkload(index)
    for (const workload of index.workloads) {
      if (!isReplicated(workload) || !promisesAvailability(workload, index) || budgets.has(workload)) continue
      const floor = floorOf(workload)
      const matters = services.has(workload) || floor.count > 1
      if (!matters || isSwitchedOff(floor)) continue
      const subject = `${workload.kind.toLowerCase()} "${workload.name}"`
      yield {
        source: workload.source,
        at: ['metadata', 'name'],
        message: `${subject} has no PodDisruptionBudget, so draining a node may stop all of its pods at once`,
      }
    }
  },
})
