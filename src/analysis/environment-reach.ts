import { perIndex } from './per-index.ts'
import { type Reach, reachOf } from './reach.ts'
import { type WayIn, waysInto } from './reach-path.ts'
import { type RouteEntry, routeEntriesOf } from './route-entry.ts'
import { type ServiceTargets, serviceTargetsOf } from './service-target.ts'
import { anyOtherPod, strangersOf } from './stranger.ts'

/** Who reaches whom in an environment, strangers and any other pod of the cluster among them, and by which ways. */
export interface EnvironmentReach {
  readonly reach: Reach
  readonly services: ServiceTargets
  readonly entries: readonly RouteEntry[]
  readonly wayIn: WayIn
}

/** Computed once for each environment, whoever asks. */
export const environmentReach = perIndex((index): EnvironmentReach => {
  const reach = reachOf(index, [...strangersOf(index), ...anyOtherPod(index)])
  const services = serviceTargetsOf(index, reach)
  const entries = routeEntriesOf(index, reach, services)
  return { reach, services, entries, wayIn: waysInto(reach, entries) }
})
