import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { availabilityOf, SCENARIOS } from '../src/analysis/availability.ts'
import { brokenPromises } from '../src/analysis/availability-promise.ts'
import { scaledValue } from '../src/analysis/int-or-percent.ts'
import { fullestDomain } from '../src/analysis/spread.ts'
import type { Manifest } from '../src/manifest/manifest.ts'
import type { Fields } from '../src/manifest/value.ts'
import {
  apart,
  budget,
  deployment,
  horizontal,
  NODE,
  rolling,
  service,
  spread,
  spreading,
  workload,
  ZONE,
} from './capacity-world.ts'
import { worldOf } from './reach-world.ts'

const SEED = { seed: 11, numRuns: 300 }

/** Places pods one after the other wherever the constraint lets them, in every possible way. */
function fullestByTrying(pods: number, domains: number, maxSkew: number): number {
  let states = new Set([Array<number>(domains).fill(0).join()])
  for (let placed = 0; placed < pods; placed++) {
    const next = new Set<string>()
    for (const state of states) {
      const counts = state.split(',').map(Number)
      for (const [nth, count] of counts.entries()) {
        if (count + 1 - Math.min(...counts) > maxSkew) continue
        next.add(
          counts
            .with(nth, count + 1)
            .sort((a, b) => a - b)
            .join(),
        )
      }
    }
    states = next
  }
  return Math.max(...[...states].flatMap(state => state.split(',').map(Number)))
}

test('the fullest domain is the fullest of all that the scheduler may leave behind', () => {
  for (let pods = 0; pods <= 11; pods++) {
    for (let domains = 1; domains <= 4; domains++) {
      for (let maxSkew = 1; maxSkew <= 4; maxSkew++) {
        const expected = fullestByTrying(pods, domains, maxSkew)
        assert.is(fullestDomain(pods, domains, maxSkew), expected, `${pods} pods, ${domains} domains, skew ${maxSkew}`)
      }
    }
  }
})

test('percentages are rounded as exact arithmetic rounds them', () => {
  const inputs = [fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 5_000 })] as const
  fc.assert(
    fc.property(...inputs, (percent, total) => {
      const exact = BigInt(percent) * BigInt(total)
      assert.is(scaledValue(`${percent}%`, total, 'down'), Number(exact / 100n))
      assert.is(scaledValue(`${percent}%`, total, 'up'), Number((exact + 99n) / 100n))
      assert.is(scaledValue(percent, total, 'up'), percent)
    }),
    SEED,
  )
})

const bound = fc.oneof(
  fc.integer({ min: 0, max: 7 }),
  fc.integer({ min: 0, max: 100 }).map(percent => `${percent}%`),
)
const limit = fc.oneof(
  bound.map(minAvailable => ({ minAvailable })),
  bound.map(maxUnavailable => ({ maxUnavailable })),
)

/** Evicts pods of the first set while the budget says yes, as the eviction API does, before any other is ready again. */
function drainByEvicting(
  first: number,
  second: number,
  limits: { minAvailable?: unknown; maxUnavailable?: unknown },
): number {
  const wanted = first + second
  const share = (value: unknown) =>
    typeof value === 'number' ? value : Math.ceil((Number(String(value).slice(0, -1)) * wanted) / 100)
  const healthy = 'maxUnavailable' in limits ? wanted - share(limits.maxUnavailable) : share(limits.minAvailable)
  let ready = first
  while (ready > 0 && ready + second - 1 >= healthy) ready -= 1
  return ready
}

test('a drain leaves what evicting pod after pod leaves, also under a budget that two sets share', () => {
  const number = fc.integer({ min: 0, max: 6 })
  fc.assert(
    fc.property(number, number, limit, (first, second, limits) => {
      const manifests = [
        deployment({ replicas: first }, {}, 'a'),
        deployment({ replicas: second }, {}, 'b'),
        budget({ selector: {}, ...limits }),
      ]
      const [set] = availabilityOf(worldOf(manifests)).sets
      assert.is(set?.verdicts.drain.ready, drainByEvicting(first, second, limits))
    }),
    SEED,
  )
})

const placement = fc.constantFrom<Fields>(
  {},
  apart(ZONE),
  apart(NODE),
  spreading(spread(ZONE)),
  spreading(spread(ZONE, { maxSkew: 3 })),
  spreading(spread(ZONE, { matchLabelKeys: undefined }), spread(NODE)),
  spreading(spread(ZONE, { minDomains: 4 })),
)
const controlled = fc.record({
  kind: fc.constantFrom('Deployment', 'StatefulSet'),
  replicas: fc.integer({ min: 0, max: 7 }),
  most: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
  update: fc.record({ surge: bound, missing: bound }),
  pod: placement,
  limits: fc.option(limit, { nil: undefined }),
  zones: fc.integer({ min: 2, max: 4 }),
  promised: fc.integer({ min: 1, max: 4 }),
})

test('of the pods that run, no disturbance leaves more than there are or fewer than none', () => {
  fc.assert(
    fc.property(controlled, given => {
      const [set] = availabilityOf(worldOf(manifestsOf(given, given.replicas)), { zones: given.zones }).sets
      if (set === undefined) throw new Error('no set')
      for (const scenario of SCENARIOS) {
        const { ready } = set.verdicts[scenario]
        assert.ok(Number.isInteger(ready) && ready >= 0 && ready <= set.verdicts.steady.ready, `${scenario}: ${ready}`)
      }
    }),
    SEED,
  )
})

type Given = typeof controlled extends fc.Arbitrary<infer T> ? T : never

function manifestsOf({ kind, most, update, pod, limits }: Given, replicas: number): Manifest[] {
  const declared = most === undefined ? { replicas } : {}
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'erp', labels: { 'waybill.dev/tier': 'own' } } },
    service(),
    workload(kind, { ...declared, ...(kind === 'Deployment' ? rolling(update.surge, update.missing) : {}) }, pod),
    ...(most === undefined
      ? []
      : [horizontal({ minReplicas: replicas, maxReplicas: Math.max(most, replicas) }, 'web', kind)]),
    ...(limits === undefined ? [] : [budget(limits)]),
  ]
}

test('where more pods are said to repair a promise, that many keep it, and one fewer does not', () => {
  let repaired = 0
  fc.assert(
    fc.property(controlled, fc.constantFrom(...SCENARIOS), (given, scenario) => {
      const shape = { zones: given.zones }
      const brokenAt = (replicas: number) =>
        brokenPromises(availabilityOf(worldOf(manifestsOf(given, replicas)), shape), {
          own: { [scenario]: given.promised },
        })
      const [first] = brokenAt(given.replicas)
      const needed = /^at least (\d+) pod/.exec(first?.repair.message ?? '')?.[1]
      if (needed === undefined) return
      const [then] = brokenAt(Number(needed))
      // With enough of them the next thing that is wrong may show, which is no longer their number.
      assert.not.match(then?.repair.message ?? '', /^at least/)
      if (then === undefined) repaired += 1
      // A budget that blocks drains for good keeps a promise in the worst way.
      const isBlocked = scenario === 'drain' && given.limits !== undefined
      const fewer = Number(needed) - 1
      assert.ok(isBlocked || fewer <= given.replicas || brokenAt(fewer).length > 0, `${fewer} would do`)
    }),
    { seed: 5, numRuns: 2_000 },
  )
  assert.ok(repaired > 100, `only ${repaired} repairs were tried`)
})

test.run()
