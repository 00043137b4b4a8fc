import { availabilityOf } from '../analysis/availability.ts'
import { type BrokenPromise, brokenPromises } from '../analysis/availability-promise.ts'
import { type Budget, budgetOf } from '../analysis/budget.ts'
import { type AmountChange, budgetDelta } from '../analysis/budget-delta.ts'
import { connectionSubject } from '../analysis/connections.ts'
import { type Cost, costOf, type PriceList } from '../analysis/cost.ts'
import { append } from '../manifest/group-by.ts'
import type { Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import { compareQuantities } from '../manifest/quantity.ts'
import { amountText } from '../report/amount-text.ts'
import { ENVIRONMENTS } from '../synth/layout.ts'
import type { TwoIndexes } from './two-indexes.ts'
import type { UnitFact } from './unit-fact.ts'

/** Facts by unit: `acme/production`. */
export type FactsByUnit = ReadonlyMap<string, readonly UnitFact[]>

/** What an environment asks for, costs and promises differently. */
export interface CapacityChange {
  /** Of the environment in one line; absent where it does not change by a whole unit of the currency. */
  readonly cost?: string
  /** Of each unit whose cost changes. */
  readonly costs: FactsByUnit
  /** Amounts at the peak against their quotas, by namespace. */
  readonly amounts: FactsByUnit
  readonly connections: FactsByUnit
  /** Promises of availability that are broken now, and those that are kept again. */
  readonly broken: FactsByUnit
  readonly repaired: FactsByUnit
}

export const SAME_CAPACITY: CapacityChange = {
  costs: new Map(),
  amounts: new Map(),
  connections: new Map(),
  broken: new Map(),
  repaired: new Map(),
}

/**
 * What changes in budget, monthly cost and availability between two states of an environment. Both are told in the same
 * prices; amounts are those at the autoscalers' most, during a rollout.
 */
export function capacityChange({ before, after }: TwoIndexes, prices: PriceList): CapacityChange {
  const [was, is] = [budgetOf(before), budgetOf(after)] as const
  const unitOf = unitsIn(before, after)
  const [costBefore, costAfter] = [costOf(was, prices), costOf(is, prices)] as const
  const cost = sayCost(prices, costBefore.environment, costAfter.environment)
  const [broken, repaired] = promises(before, after)
  const told = (promise: BrokenPromise) => promise.message
  return {
    ...(cost === undefined ? {} : { cost: `${cost}; prices of ${prices.asOf}, ${prices.name}` }),
    costs: costsByUnit(prices, costBefore, costAfter, unitOf),
    amounts: amountsByUnit(was, is, unitOf),
    connections: connectionsByUnit(was, is),
    broken: factsByUnit(broken.map(promise => [unitOfSource(promise.set.source), told(promise)])),
    repaired: factsByUnit(repaired.map(promise => [unitOfSource(promise.set.source), told(promise)])),
  }
}

/** `acme/production` from the path of a file. */
function unitOfSource({ file }: Source): string {
  const [root, environment = '', unit = ''] = file.split('/')
  return root === ENVIRONMENTS ? `${unit}/${environment}` : file
}

/** The unit that makes a namespace. */
function unitsIn(...indexes: readonly Index[]): (namespace: string) => string {
  const made = indexes.flatMap(index => index.ofKind('Namespace', ''))
  const units = new Map(made.map(source => [source.manifest.metadata.name, unitOfSource(source)]))
  return namespace => units.get(namespace) ?? namespace
}

type Told = readonly [unit: string, told: string, what?: string]

function factsByUnit(told: readonly Told[]): FactsByUnit {
  const facts = new Map<string, UnitFact[]>()
  for (const [unit, text, what = ''] of told) {
    append(facts, unit, { what, where: [], told: text })
  }
  return facts
}

type Month = Cost['environment']

const NOTHING: Month = { steady: 0, rollout: 0, peak: 0 }

/** `USD 410 → 460 a month, at the most 600 → 700`, in whole units of the currency. */
function sayCost({ currency }: PriceList, before: Month, after: Month): string | undefined {
  const step = (moment: 'steady' | 'peak') => {
    const [from, to] = [Math.round(before[moment]), Math.round(after[moment])]
    return from === to ? undefined : `${from} → ${to}`
  }
  const [steady, peak] = [step('steady'), step('peak')]
  if (steady === undefined && peak === undefined) return undefined
  const most = peak === undefined ? '' : `, at the most ${peak}`
  return steady === undefined
    ? `${currency} ${Math.round(after.steady)} a month as before${most}`
    : `${currency} ${steady} a month${most}`
}

function costsByUnit(prices: PriceList, before: Cost, after: Cost, unitOf: (namespace: string) => string): FactsByUnit {
  const sums = ({ namespaces }: Cost) => {
    const byUnit = new Map<string, Month>()
    for (const [namespace, { steady, rollout, peak }] of namespaces) {
      const sum = byUnit.get(unitOf(namespace)) ?? NOTHING
      byUnit.set(unitOf(namespace), {
        steady: sum.steady + steady,
        rollout: sum.rollout + rollout,
        peak: sum.peak + peak,
      })
    }
    return byUnit
  }
  const [was, is] = [sums(before), sums(after)] as const
  const told = [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((unit): Told[] => {
    const text = sayCost(prices, was.get(unit) ?? NOTHING, is.get(unit) ?? NOTHING)
    return text === undefined ? [] : [[unit, text]]
  })
  return factsByUnit(told)
}

/** The amounts that somebody pays for or runs out of, in words. */
const AMOUNTS: Readonly<Record<string, string>> = {
  'requests.cpu': 'cores',
  'requests.memory': 'memory',
  'limits.memory': 'memory limits',
  storage: 'storage',
}

function amountsByUnit(before: Budget, after: Budget, unitOf: (namespace: string) => string): FactsByUnit {
  const told = budgetDelta(before, after).namespaces.flatMap(({ subject, changes }): Told[] => {
    const amounts = changes.flatMap(change => sayAmount(change, subject, after))
    return amounts.length === 0 ? [] : [[unitOf(subject), amounts.join(', '), subject]]
  })
  return factsByUnit(told)
}

/** `memory 6Gi → 8Gi of 24Gi`. */
function sayAmount({ resource, before, after }: AmountChange, namespace: string, budget: Budget): readonly string[] {
  const name = AMOUNTS[resource]
  if (name === undefined) return []
  const bare = resource.replace(/^requests\./, '')
  const bounds = [resource, bare, `requests.${bare}`]
  const use = budget.quotas.uses.find(each => each.namespace === namespace && bounds.includes(each.resource))
  const amounts = `${name} ${amountText(resource, before)} → ${amountText(resource, after)}`
  if (use === undefined) return [amounts]
  const isTooMuch = compareQuantities(use.used.peak, use.hard) > 0
  return [`${amounts} of ${amountText(resource, use.hard)}${isTooMuch ? ', which is too much' : ''}`]
}

function connectionsByUnit(before: Budget, after: Budget): FactsByUnit {
  const known = new Map([...before.connections, ...after.connections].map(each => [connectionSubject(each), each]))
  const told = budgetDelta(before, after).connections.flatMap(({ subject, before: was, after: is }): Told[] => {
    const source = known.get(subject)?.source
    if (source === undefined || is === undefined) return []
    const bound = was === undefined || was.max === is.max ? `of ${is.max}` : `of ${is.max}, ${was.max} before`
    const excess = is.total > is.max ? ', which is too many' : ''
    const name = `${source.manifest.kind}/${source.manifest.metadata.name}${subject.endsWith(')') ? ' (replicas)' : ''}`
    return [
      [unitOfSource(source), `${was?.total ?? 0} → ${is.total} ${bound}${excess}`, `${namespaceOf(source)}/${name}`],
    ]
  })
  return factsByUnit(told)
}

/** Promises that are broken now and were not, and those of pods that are still there which are kept again. */
function promises(before: Index, after: Index): readonly [readonly BrokenPromise[], readonly BrokenPromise[]] {
  const [was, is] = [availabilityOf(before), availabilityOf(after)] as const
  const [old, now] = [brokenPromises(was), brokenPromises(is)] as const
  const key = ({ set, scenario }: BrokenPromise) => `${set.id} ${scenario}`
  const [oldKeys, keys] = [new Set(old.map(key)), new Set(now.map(key))] as const
  const standing = new Set(is.sets.map(({ set }) => set.id))
  return [
    now.filter(promise => !oldKeys.has(key(promise))),
    old.filter(promise => standing.has(promise.set.id) && !keys.has(key(promise))),
  ]
}
