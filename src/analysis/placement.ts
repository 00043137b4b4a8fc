import { objectName } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { matchesSelector, parseSelector } from '../manifest/selector.ts'
import { type Fields, fieldsOf, labelsOf, listOf, numberOf, textOf } from '../manifest/value.ts'
import { type ClusterShape, leastNodes } from './cluster-shape.ts'
import { type PodSet, podsIn, selectionOf } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'
import { rolloutOf } from './rollout.ts'
import { fullestDomain } from './spread.ts'

/** A number of pods, and what it rests on. */
export interface Share {
  readonly pods: number
  readonly because: readonly Fact[]
  /** The field that would make the number a better one. */
  readonly repair?: Fact
  /** The same of a set that is kept at another number of pods, all else being equal. */
  readonly of?: (pods: number) => number
}

/** Where the pods of a set may stand at worst, when as many run as are kept at least. */
export interface Placement {
  /** How many find a place at all. */
  readonly placed: Share
  readonly onOneNode: Share
  readonly inOneZone: Share
}

type Domain = 'node' | 'zone'

/** Labels of nodes by what they tell apart. A key that is not here may mean anything, so it keeps nothing apart. */
const DOMAINS: ReadonlyMap<unknown, Domain> = new Map([
  ['kubernetes.io/hostname', 'node'],
  ['topology.kubernetes.io/zone', 'zone'],
  ['failure-domain.beta.kubernetes.io/zone', 'zone'],
])

/** Labels that controllers put on the pods of one revision. */
const REVISION_KEYS = ['pod-template-hash', 'controller-revision-hash']

/** What keeps pods apart, or would if it were strict and met them. */
interface Rule {
  readonly domain: Domain
  /** The most of them in one domain, by how many pods are kept at least. Absent in a rule that decides nothing. */
  readonly pods?: (kept: number) => number
  /** The most of them that find a place under the rule. */
  readonly room?: number
  readonly because: Fact
  readonly repair?: Fact
}

/**
 * The placement of a set, at worst: what no rule forbids happens. Rules bind the scheduler when it places a pod, so they say
 * nothing of what stays once others go: scaling down from the autoscaler's maximum, and a rollout whose constraint counts
 * the pods that it removes, may leave more pods in one domain than `maxSkew` seems to allow.
 *
 * @param neighbours all sets of the namespace, the set itself among them
 */
export function placementOf(set: PodSet, neighbours: readonly PodSet[], index: Index, shape: ClusterShape): Placement {
  const declared = set.scale.floor.pods
  const zones = zonesFor(set, shape)
  const rules = [...antiAffinityRules(set, index, zones, shape), ...spreadRules(set, neighbours, zones, shape)]
  const pin = pinOf(set, index)
  const placed = placedPods(set, declared, rules, pin)
  return {
    placed,
    onOneNode: shareOf(set, 'node', placed.pods, rules, pin),
    inOneZone: shareOf(set, 'zone', placed.pods, rules, pin ?? zonePinOf(set, zones, shape)),
  }
}

function placedPods(set: PodSet, declared: number, rules: readonly Rule[], pin: Pin | undefined): Share {
  const apart = rules.find(({ pods }) => pods?.(declared) === 1)
  const caps: Share[] = rules.flatMap(({ room, because }) =>
    room === undefined ? [] : [{ pods: room, because: [because] }],
  )
  if (pin?.pods !== undefined) caps.push({ pods: pin.pods, because: [pin.because] })
  if (pin !== undefined && apart !== undefined) caps.push({ pods: 1, because: [pin.because, apart.because] })
  const tightest = caps.sort((a, b) => a.pods - b.pods)[0]
  const floor = set.scale.floor.because
  if (tightest === undefined || tightest.pods >= declared) return { pods: declared, because: [floor], repair: floor }
  const [cause] = tightest.because
  return {
    pods: tightest.pods,
    because: [floor, ...tightest.because],
    ...(cause === undefined ? {} : { repair: cause }),
  }
}

function shareOf(set: PodSet, domain: Domain, pods: number, rules: readonly Rule[], pin: Pin | undefined): Share {
  if (pin !== undefined && pods > 1) return { pods, because: [pin.because], repair: pin.because }
  // What keeps pods in different zones keeps them on different nodes.
  const relevant = rules.filter(rule => rule.domain === domain || rule.domain === 'zone')
  const strict = relevant.flatMap(rule => (rule.pods === undefined ? [] : [{ rule, limit: rule.pods }]))
  const of = (kept: number) => Math.min(kept, ...strict.map(({ limit }) => limit(kept)))
  const best = strict.sort((a, b) => a.limit(pods) - b.limit(pods))[0]?.rule
  if (pods <= 1) return { pods, because: [], ...(best === undefined ? {} : { of }) }
  if (best !== undefined) {
    return {
      pods: of(pods),
      because: [best.because],
      ...(best.repair === undefined ? {} : { repair: best.repair }),
      of,
    }
  }
  const wishes = relevant.filter(rule => rule.pods === undefined && rule.domain === domain)
  const free = `nothing keeps the pods of "${set.id}" apart, so all ${pods} of them may be in one ${domain}`
  const constraints = { source: set.source, at: set.placeOf(['topologySpreadConstraints']) }
  return {
    pods,
    because: [
      ...wishes.map(({ because }) => because),
      ...(wishes.length > 0 ? [] : [{ message: free, place: constraints }]),
    ],
    repair: wishes[0]?.repair ?? {
      message: `a constraint over the ${domain}s with whenUnsatisfiable DoNotSchedule keeps them apart`,
      place: constraints,
    },
  }
}

/** How many zones the pods may go to. */
function zonesFor({ pod }: PodSet, { zones }: ClusterShape): number {
  if (zoneOf(labelsOf(pod.nodeSelector)) !== undefined) return 1
  const required = fieldsOf(
    fieldsOf(fieldsOf(pod.affinity).nodeAffinity).requiredDuringSchedulingIgnoredDuringExecution,
  )
  const named = listOf(required.nodeSelectorTerms).map(term =>
    listOf(fieldsOf(term).matchExpressions)
      .map(fieldsOf)
      .filter(({ key, operator }) => DOMAINS.get(key) === 'zone' && operator === 'In')
      .flatMap(({ values }) => listOf(values)),
  )
  if (named.length === 0 || named.some(values => values.length === 0)) return zones
  return Math.min(zones, new Set(named.flat()).size)
}

function zoneOf(nodeSelector: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(nodeSelector).find(([key]) => DOMAINS.get(key) === 'zone')?.[1]
}

function antiAffinityRules(set: PodSet, index: Index, zones: number, shape: ClusterShape): Rule[] {
  const at: FieldPath = ['affinity', 'podAntiAffinity']
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = fieldsOf(fieldsOf(set.pod.affinity).podAntiAffinity)
  const place = (...below: FieldPath) => ({ source: set.source, at: set.placeOf([...at, ...below]) })
  return [
    ...listOf(required).flatMap((entry, nth): Rule[] => {
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
    ...listOf(preferred).flatMap((entry, nth): Rule[] => {
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

function spreadRules(set: PodSet, neighbours: readonly PodSet[], zones: number, shape: ClusterShape): Rule[] {
  return listOf(set.pod.topologySpreadConstraints).flatMap((entry, nth): Rule[] => {
    const constraint = fieldsOf(entry)
    const domain = DOMAINS.get(constraint.topologyKey)
    if (domain === undefined) return []
    const place = (...below: FieldPath) => ({
      source: set.source,
      at: set.placeOf(['topologySpreadConstraints', nth, ...below]),
    })
    const useless = (message: string, field: string, remedy: string): Rule[] => [
      {
        domain,
        because: { message: `a constraint over ${domain}s of "${set.id}" ${message}`, place: place(field) },
        repair: { message: remedy, place: place(field) },
      },
    ]
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') {
      return useless('is a wish (ScheduleAnyway)', 'whenUnsatisfiable', 'DoNotSchedule makes it hold')
    }
    const counted = countedPods(set, constraint, neighbours)
    if (counted === undefined) {
      return useless('selects other pods', 'labelSelector', 'a selector of its own pods keeps them apart')
    }
    const domains = domain === 'zone' ? zones : leastNodes(shape)
    const maxSkew = Math.max(1, numberOf(constraint.maxSkew) ?? 1)
    // With fewer domains than `minDomains` the emptiest counts as empty.
    const short = domains < (numberOf(constraint.minDomains) ?? 1) && (domain === 'zone' || shape.nodes !== undefined)
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
  const why = along.length === 0 ? scaled : `${scaled === '' ? ',' : `${scaled} and`} among ${along.join(' and ')}`
  return { pods: own + surge + others, apart: own + others, why }
}

/** A key that the pods of the set do not carry is left out of account. */
function sameLabel(set: PodSet, other: PodSet, key: unknown): boolean {
  const [mine] = set.labels
  const [theirs] = other.labels
  return typeof key !== 'string' || mine[key] === undefined || mine[key] === theirs[key]
}

/** What holds all pods of a set in one place. */
interface Pin {
  /** The most pods that may run at all. */
  readonly pods?: number
  readonly because: Fact
}

function zonePinOf(set: PodSet, zones: number, shape: ClusterShape): Pin | undefined {
  if (zones > 1 || shape.zones === 1) return undefined
  const field = zoneOf(labelsOf(set.pod.nodeSelector)) === undefined ? 'affinity' : 'nodeSelector'
  const place = { source: set.source, at: set.placeOf([field]) }
  return { because: { message: `"${set.id}" is bound to one zone`, place } }
}

function pinOf(set: PodSet, index: Index): Pin | undefined {
  const { source, pod, namespace } = set
  const node = textOf(pod.nodeName)
  if (node !== undefined) {
    return {
      because: {
        message: `"${set.id}" is bound to the node "${node}"`,
        place: { source, at: set.placeOf(['nodeName']) },
      },
    }
  }
  for (const volume of listOf(pod.volumes)) {
    const name = textOf(fieldsOf(fieldsOf(volume).persistentVolumeClaim).claimName)
    const claim = name === undefined ? undefined : index.find('PersistentVolumeClaim', name, namespace)
    if (claim === undefined) continue
    const modes = listOf(fieldsOf(claim.manifest.spec).accessModes)
    if (modes.some(mode => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')) continue
    const alone = modes.includes('ReadWriteOncePod')
    const message = `the volume "${objectName(claim.manifest)}" is ${alone ? 'ReadWriteOncePod' : 'ReadWriteOnce'}, so ${
      alone ? 'one pod alone mounts it' : 'all pods that mount it are on one node'
    }`
    return {
      ...(alone ? { pods: 1 } : {}),
      because: { message, place: { source: claim, at: ['spec', 'accessModes'] } },
    }
  }
  return undefined
}
