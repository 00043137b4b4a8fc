import type { Index } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { matchesSelector, parseSelector } from '../manifest/selector.ts'
import { type Fields, fieldsOf, listOf } from '../manifest/value.ts'
import { type ClusterShape, leastNodes } from './cluster-shape.ts'
import { countIn } from './pod-count.ts'
import { type PodSet, podsIn, selectionOf } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'
import { rolloutOf } from './rollout.ts'
import { fullestDomain } from './spread.ts'

/** What is lost at once. */
export type Domain = 'node' | 'zone'

/** Labels of nodes by what they tell apart. A key that is not here may mean anything, so it keeps nothing apart. */
const DOMAINS: ReadonlyMap<unknown, Domain> = new Map([
  ['kubernetes.io/hostname', 'node'],
  ['topology.kubernetes.io/zone', 'zone'],
  ['failure-domain.beta.kubernetes.io/zone', 'zone'],
])

/** Labels that controllers put on the pods of one revision. */
const REVISION_KEYS = ['pod-template-hash', 'controller-revision-hash']

/** Something that keeps pods apart, or would if it were strict and met them. */
export interface Constraint {
  readonly domain: Domain
  /** The most of them in one domain, by how many pods are kept at least. Absent in one that decides nothing. */
  readonly pods?: (kept: number) => number
  /** The most of them that find a place. */
  readonly room?: number
  readonly because: Fact
  readonly repair?: Fact
}

/**
 * What a set's own PodSpec says of where its pods stand: required and preferred anti-affinity, and topology spread constraints.
 *
 * @param neighbours all sets of the namespace, the set itself among them
 */
export function placementConstraints(
  set: PodSet,
  neighbours: readonly PodSet[],
  index: Index,
  shape: ClusterShape,
): readonly Constraint[] {
  const { zones } = zonesOf(set, shape)
  return [...antiAffinityConstraints(set, index, zones, shape), ...spreadConstraints(set, neighbours, zones, shape)]
}

/** How many zones the pods may go to, and the field that lets them go to one alone. */
export function zonesOf({ pod }: PodSet, { zones }: ClusterShape): { readonly zones: number; readonly field?: string } {
  if (Object.keys(fieldsOf(pod.nodeSelector)).some(isZoneKey)) return { zones: 1, field: 'nodeSelector' }
  const { nodeAffinity } = fieldsOf(pod.affinity)
  const required = fieldsOf(fieldsOf(nodeAffinity).requiredDuringSchedulingIgnoredDuringExecution)
  const named = listOf(required.nodeSelectorTerms).map(term =>
    listOf(fieldsOf(term).matchExpressions)
      .map(fieldsOf)
      .filter(({ key, operator }) => isZoneKey(key) && operator === 'In')
      .flatMap(({ values }) => listOf(values)),
  )
  // A term that names no zone lets pods go to any.
  if (named.length === 0 || named.some(values => values.length === 0)) return { zones }
  const { size } = new Set(named.flat())
  return { zones: Math.min(zones, size), ...(size === 1 ? { field: 'affinity' } : {}) }
}

function isZoneKey(key: unknown): boolean {
  return DOMAINS.get(key) === 'zone'
}

function antiAffinityConstraints(set: PodSet, index: Index, zones: number, shape: ClusterShape): Constraint[] {
  const at: FieldPath = ['affinity', 'podAntiAffinity']
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = fieldsOf(fieldsOf(set.pod.affinity).podAntiAffinity)
  const place = (...below: FieldPath) => ({ source: set.source, at: set.placeOf([...at, ...below]) })
  return [
    ...listOf(required).flatMap((entry, nth): Constraint[] => {
      const term = fieldsOf(entry)
      const domain = DOMAINS.get(term.topologyKey)
      if (domain === undefined) return []
      const here = place('requiredDuringSchedulingIgnoredDuringExecution', nth)
      if (!repels(term, set, index)) {
        const message = `a required anti-affinity over ${domain}s of "${set.id}" selects other pods`
        return [
          {
            domain,
            because: { message, place: here },
            repair: { message: 'a selector of its own pods keeps them apart', place: here },
          },
        ]
      }
      const room = domain === 'zone' ? zones : shape.nodes
      const message = `a required anti-affinity keeps the pods of "${set.id}" in different ${domain}s${room === undefined ? '' : `, of which there are ${room}`}`
      return [{ domain, pods: () => 1, ...(room === undefined ? {} : { room }), because: { message, place: here } }]
    }),
    ...listOf(preferred).flatMap((entry, nth): Constraint[] => {
      const domain = DOMAINS.get(fieldsOf(fieldsOf(entry).podAffinityTerm).topologyKey)
      if (domain === undefined) return []
      const here = place('preferredDuringSchedulingIgnoredDuringExecution', nth)
      const message = `a preferred anti-affinity over ${domain}s of "${set.id}" is a wish`
      return [
        {
          domain,
          because: { message, place: here },
          repair: { message: 'a required anti-affinity keeps them apart', place: here },
        },
      ]
    }),
  ]
}

/** Whether a term selects all pods of the set itself: in its own namespace, unless it names others. */
function repels({ labelSelector, namespaces, namespaceSelector }: Fields, set: PodSet, index: Index): boolean {
  const named = listOf(namespaces)
  const here =
    (named.length === 0 && (namespaceSelector ?? undefined) === undefined) ||
    named.includes(set.namespace) ||
    matchesSelector(namespaceSelector, index.namespaceLabels(set.namespace))
  const selector = parseSelector(labelSelector)
  const pods = set.scale.ceiling.pods
  return here && 'matches' in selector && podsIn(selectionOf(set, selector), pods) === pods
}

function spreadConstraints(
  set: PodSet,
  neighbours: readonly PodSet[],
  zones: number,
  shape: ClusterShape,
): Constraint[] {
  return listOf(set.pod.topologySpreadConstraints).flatMap((entry, nth): Constraint[] => {
    const fields = fieldsOf(entry)
    const domain = DOMAINS.get(fields.topologyKey)
    if (domain === undefined) return []
    const place = (...below: FieldPath) => ({
      source: set.source,
      at: set.placeOf(['topologySpreadConstraints', nth, ...below]),
    })
    const useless = (message: string, field: string, remedy: string): Constraint[] => [
      {
        domain,
        because: { message: `a constraint over ${domain}s of "${set.id}" ${message}`, place: place(field) },
        repair: { message: remedy, place: place(field) },
      },
    ]
    if (fields.whenUnsatisfiable !== 'DoNotSchedule') {
      return useless('is a wish (ScheduleAnyway)', 'whenUnsatisfiable', 'DoNotSchedule makes it hold')
    }
    const counted = countedPods(set, fields, neighbours)
    if (counted === undefined) {
      return useless('selects other pods', 'labelSelector', 'a selector of its own pods keeps them apart')
    }
    const domains = domain === 'zone' ? zones : leastNodes(shape)
    const maxSkew = Math.max(1, countIn(fields.maxSkew) ?? 1)
    // With fewer domains than `minDomains` the emptiest counts as empty.
    const short = domains < (countIn(fields.minDomains) ?? 1) && (domain === 'zone' || shape.nodes !== undefined)
    const limit = (counting: number) => (short ? maxSkew : fullestDomain(counting, domains, maxSkew))
    const pods = limit(counted.pods)
    const own = set.scale.ceiling.pods
    const message = `at most ${pods} of the pods of "${set.id}" are in one of ${domains} ${domain}s (maxSkew ${maxSkew}${counted.why})`
    return [
      {
        domain,
        pods: kept => limit(counted.pods + Math.max(0, kept - own)),
        ...(short ? { room: domains * maxSkew } : {}),
        because: { message, place: place() },
        ...(limit(counted.apart) < pods
          ? {
              repair: {
                message: 'matchLabelKeys [pod-template-hash] tells the revisions apart',
                place: place('matchLabelKeys'),
              },
            }
          : {}),
      },
    ]
  })
}

/**
 * Pods among which a constraint spreads those of the set, and how many it were if it told revisions `apart`; `undefined` when
 * those of the set are not all among them.
 */
function countedPods(
  set: PodSet,
  { labelSelector, matchLabelKeys }: Fields,
  neighbours: readonly PodSet[],
): { readonly pods: number; readonly apart: number; readonly why: string } | undefined {
  const selector = parseSelector(labelSelector)
  if ('malformed' in selector) return undefined
  const own = set.scale.ceiling.pods
  if (podsIn(selectionOf(set, selector), own) < own) return undefined
  const keys = listOf(matchLabelKeys)
  const scaled = own > set.scale.floor.pods ? `, of ${own} that the autoscaler may have added` : ''
  if (keys.some(key => typeof key === 'string' && REVISION_KEYS.includes(key)))
    return { pods: own, apart: own, why: scaled }
  const alike = neighbours.filter(other => keys.every(key => sameLabel(set, other, key)))
  const others = alike
    .filter(({ id }) => id !== set.id)
    .reduce((sum, other) => sum + podsIn(selectionOf(other, selector), other.scale.ceiling.pods), 0)
  const { surge } = rolloutOf(set, own)
  const along = [
    ...(surge > 0 ? [`${surge} that a rollout removes`] : []),
    ...(others > 0 ? [`${others} of others`] : []),
  ]
  const why = along.length === 0 ? scaled : `${scaled}, with ${along.join(' and ')}`
  return { pods: own + surge + others, apart: own + others, why }
}

/** A key that the pods of the set do not carry is left out of account. */
function sameLabel(set: PodSet, other: PodSet, key: unknown): boolean {
  const [mine] = set.labels
  const [theirs] = other.labels
  return typeof key !== 'string' || mine[key] === undefined || mine[key] === theirs[key]
}
