import { objectName } from '../manifest/manifest.ts'
import { fieldsOf } from '../manifest/value.ts'
import { scaledValue } from './int-or-percent.ts'
import { countIn, podCount } from './pod-count.ts'
import type { Controller, PodSet } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'

/** What a change of the pod template does to the number of pods. */
export interface Rollout {
  /** Pods that may be missing at once. */
  readonly unavailable: number
  /** Pods beyond the desired number. Those that are on their way out are not counted. */
  readonly surge: number
  readonly because: Fact
}

/** The rollout of a set that has `pods` pods. The rounding is that of the controllers of Kubernetes. */
export function rolloutOf(set: PodSet, pods: number): Rollout {
  return ROLLOUTS[set.controller](set, pods)
}

const ROLLOUTS = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  Instances: (set, pods) => {
    const message = `the operator replaces the pods of "${set.id}" one at a time`
    return { unavailable: Math.min(1, pods), surge: 0, because: fact(set, [], message) }
  },
  ReplicaSet: set => unmoved(set, `a change of "${set.id}" reaches new pods only`),
  Pod: (set, pods) => ({
    unavailable: pods,
    surge: 0,
    because: { message: `nothing replaces "${set.id}" while it is made anew`, place: { source: set.source, at: [] } },
  }),
  Job: set => unmoved(set, `"${set.id}" runs to its end`),
  CronJob: set => unmoved(set, `"${set.id}" runs to its end`),
} as const satisfies Record<Controller, (set: PodSet, pods: number) => Rollout>

/** Both default to 25%. The surge is rounded up, what may be missing is rounded down; when both come to zero, one may be missing. */
function deployment(set: PodSet, pods: number): Rollout {
  const { type = 'RollingUpdate', rollingUpdate } = set.strategy.fields
  if (type === 'Recreate') {
    const message = `strategy Recreate ends every pod of "${set.id}" before it starts a new one`
    return { unavailable: pods, surge: 0, because: fact(set, ['type'], message) }
  }
  const { maxSurge = '25%', maxUnavailable = '25%' } = fieldsOf(rollingUpdate)
  const surge = scaledValue(maxSurge, pods, 'up')
  const missing = scaledValue(maxUnavailable, pods, 'down')
  if (surge === undefined || missing === undefined)
    return refused(set, pods, missing === undefined ? maxUnavailable : maxSurge)
  const unavailable = Math.min(pods, surge === 0 && missing === 0 ? 1 : missing)
  return {
    unavailable,
    surge: pods === 0 ? 0 : surge,
    because: missingFact(
      set,
      pods,
      unavailable,
      `maxUnavailable ${String(maxUnavailable)}, maxSurge ${String(maxSurge)}`,
    ),
  }
}

/**
 * One at a time, unless `maxUnavailable` asks for more and the server honours it. Its documentation rounds a percentage up
 * and earlier controllers rounded it down; up is the worse.
 */
function statefulSet(set: PodSet, pods: number): Rollout {
  const { type = 'RollingUpdate', rollingUpdate } = set.strategy.fields
  if (type === 'OnDelete') return unmoved(set, `strategy OnDelete leaves the pods of "${set.id}" to a person`)
  const { partition, maxUnavailable = 1 } = fieldsOf(rollingUpdate)
  const missing = scaledValue(maxUnavailable, pods, 'up')
  if (missing === undefined) return refused(set, pods, maxUnavailable)
  const changed = Math.max(0, pods - (countIn(partition) ?? 0))
  const unavailable = Math.min(changed, Math.max(1, missing))
  const held = partition === undefined ? '' : `, partition ${String(partition)}`
  return {
    unavailable,
    surge: 0,
    because: missingFact(set, pods, unavailable, `maxUnavailable ${String(maxUnavailable)}${held}`),
  }
}

/** `maxUnavailable` defaults to 1, `maxSurge` to 0; both are rounded up. */
function daemonSet(set: PodSet, pods: number): Rollout {
  const { type = 'RollingUpdate', rollingUpdate } = set.strategy.fields
  if (type === 'OnDelete') return unmoved(set, `strategy OnDelete leaves the pods of "${set.id}" to a person`)
  const { maxSurge = 0, maxUnavailable = 1 } = fieldsOf(rollingUpdate)
  const surge = scaledValue(maxSurge, pods, 'up')
  const missing = scaledValue(maxUnavailable, pods, 'up')
  if (surge === undefined || missing === undefined)
    return refused(set, pods, missing === undefined ? maxUnavailable : maxSurge)
  const unavailable = Math.min(pods, surge === 0 && missing === 0 ? 1 : missing)
  return {
    unavailable,
    surge,
    because: missingFact(set, pods, unavailable, `maxUnavailable ${String(maxUnavailable)}`),
  }
}

function missingFact(set: PodSet, pods: number, unavailable: number, setting: string): Fact {
  const message =
    unavailable === 0
      ? `a rollout of "${set.id}" keeps all of ${podCount(pods)} (${setting})`
      : `a rollout of "${set.id}" may take ${unavailable} of ${podCount(pods)} away at once (${setting})`
  return fact(set, ['rollingUpdate', 'maxUnavailable'], message)
}

function unmoved(set: PodSet, message: string): Rollout {
  return { unavailable: 0, surge: 0, because: fact(set, ['type'], message) }
}

/** Nothing is known of a rollout whose numbers the API server refuses, so all pods may be missing. */
function refused(set: PodSet, pods: number, value: unknown): Rollout {
  const message = `"${String(value)}" in "${objectName(set.source.manifest)}" is neither a number nor a percentage, so nothing holds during a rollout`
  return { unavailable: pods, surge: pods, because: fact(set, ['rollingUpdate'], message) }
}

function fact({ source, strategy }: PodSet, below: readonly string[], message: string): Fact {
  return { message, place: { source, at: [...strategy.at, ...below] } }
}
