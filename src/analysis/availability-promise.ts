import type { Violation } from '../lint/finding.ts'
import type { Source } from '../manifest/manifest.ts'
import type { Tier } from '../spec/tier.ts'
import { type Availability, SCENARIOS, type Scenario, type SetAvailability } from './availability.ts'
import type { ClusterShape } from './cluster-shape.ts'
import { podCount } from './pod-count.ts'
import type { PodSet } from './pod-set.ts'
import { evidenceOf, type Fact } from './reach-edge.ts'

/** The least number of ready pods under each scenario; a scenario that is left out is not promised. */
export type ReadyPromise = Readonly<Partial<Record<Scenario, number>>>

/**
 * What each tier promises of everything that serves: silver is there while a release goes out, gold also while a node is
 * drained and when a zone is lost, platinum then with a second pod to spare. Bronze promises nothing.
 */
export const TIER_PROMISES = {
  bronze: {},
  silver: { rollout: 1 },
  gold: { rollout: 1, drain: 1, zone: 1 },
  platinum: { rollout: 2, drain: 2, zone: 2 },
} as const satisfies Record<Tier, ReadyPromise>

/** A set that keeps fewer pods than its tier promises, as a policy may report it. */
export interface BrokenPromise extends Violation {
  /** The manifest in which the repair stands. */
  readonly source: Source
  readonly set: PodSet
  readonly scenario: Scenario
  readonly tier: string
  readonly promised: number
  readonly ready: number
  readonly because: readonly Fact[]
  /** The field to change, and what it has to say. */
  readonly repair: Fact
}

const WHEN = {
  steady: 'as it stands',
  rollout: 'during a rollout',
  drain: 'while a node is drained',
  zone: 'when a zone is lost',
} as const satisfies Record<Scenario, string>

/**
 * Broken promises in the order of sets, then of scenarios. Only sets that serve and whose tier is known are promised anything.
 *
 * @param promises by tier
 */
export function brokenPromises(
  { sets, shape }: Availability,
  promises: Readonly<Record<string, ReadyPromise>> = TIER_PROMISES,
): readonly BrokenPromise[] {
  return sets.flatMap(entry => {
    const { set, serves, verdicts } = entry
    const { tier } = set
    if (!serves || tier === undefined || !Object.hasOwn(promises, tier)) return []
    return SCENARIOS.flatMap((scenario): BrokenPromise[] => {
      const promised = promises[tier]?.[scenario] ?? 0
      const { ready, because } = verdicts[scenario]
      if (ready >= promised) return []
      const repair = repairOf(entry, scenario, promised, shape)
      const message = `"${set.id}" keeps ${podCount(ready)} ready ${WHEN[scenario]}, and tier "${tier}" promises ${promised}`
      return [
        {
          source: repair.place?.source ?? set.source,
          at: repair.place?.at ?? [],
          message,
          evidence: evidenceOf(because),
          set,
          scenario,
          tier,
          promised,
          ready,
          because,
          repair,
        },
      ]
    })
  })
}

/** First room for the pods, then enough of them, then whatever takes too many away at once. */
function repairOf({ set, verdicts }: SetAvailability, scenario: Scenario, promised: number, shape: ClusterShape): Fact {
  const { steady } = verdicts
  const { floor } = set.scale
  const verdict = verdicts[scenario]
  if (set.controller === 'Pod') {
    return { message: 'a Deployment brings its pods back', place: { source: set.source, at: [] } }
  }
  if (scenario === 'zone' && shape.zones === 1) return { message: 'a second zone' }
  if (steady.ready < floor.pods && best(set, scenario, steady.ready, shape) < promised && steady.repair !== undefined) {
    return steady.repair
  }
  const atBest = (pods: number) => best(set, scenario, pods, shape)
  if (atBest(floor.pods) >= promised && verdict.repair !== undefined) return verdict.repair
  const readyOf = verdict.repair === undefined ? verdict.readyOf : undefined
  const needed = fewest(readyOf ?? atBest, promised)
  if (needed === undefined) return verdict.because.at(-1) ?? floor.because
  return {
    message: `at least ${podCount(needed)}`,
    ...(floor.because.place === undefined ? {} : { place: floor.because.place }),
  }
}

/** Nobody is told to run more pods than this to repair a promise. */
const MOST_ADVISED = 1_000

/** The smallest number of pods of which `promised` stay. */
function fewest(readyOf: (pods: number) => number, promised: number): number | undefined {
  for (let number = promised; number <= MOST_ADVISED; number++) if (readyOf(number) >= promised) return number
  return undefined
}

/** How many of so many pods stay ready if every field is set as well as can be; there are two zones at least. */
function best({ controller }: PodSet, scenario: Scenario, number: number, { zones }: ClusterShape): number {
  const oneLess = Math.max(0, number - 1)
  const ofRollout = controller === 'StatefulSet' || controller === 'Instances' ? oneLess : number
  return { steady: number, rollout: ofRollout, drain: oneLess, zone: number - Math.ceil(number / zones) }[scenario]
}
