import { objectName } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import type { ClusterShape } from './cluster-shape.ts'
import { type Constraint, type Domain, placementConstraints, zonesOf } from './placement-constraint.ts'
import type { PodSet } from './pod-set.ts'
import type { Fact } from './reach-edge.ts'

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

/**
 * The placement of a set, at worst: what nothing forbids happens. Constraints bind the scheduler when it places a pod, so they say
 * nothing of what stays once others go: scaling down from the autoscaler's maximum, and a rollout whose constraint counts
 * the pods that it removes, may leave more pods in one domain than `maxSkew` seems to allow.
 *
 * @param neighbours all sets of the namespace, the set itself among them
 */
export function placementOf(set: PodSet, neighbours: readonly PodSet[], index: Index, shape: ClusterShape): Placement {
  const declared = set.scale.floor.pods
  const constraints = placementConstraints(set, neighbours, index, shape)
  const pin = pinOf(set, index)
  const placed = placedPods(set, declared, constraints, pin)
  return {
    placed,
    onOneNode: shareOf(set, 'node', placed.pods, constraints, pin),
    inOneZone: shareOf(set, 'zone', placed.pods, constraints, pin ?? zonePinOf(set, shape)),
  }
}

function placedPods(set: PodSet, declared: number, constraints: readonly Constraint[], pin: Pin | undefined): Share {
  const apart = constraints.find(({ pods }) => pods?.(declared) === 1)
  const caps: Share[] = constraints.flatMap(({ room, because }) =>
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

function shareOf(
  set: PodSet,
  domain: Domain,
  pods: number,
  constraints: readonly Constraint[],
  pin: Pin | undefined,
): Share {
  if (pin !== undefined && pods > 1) return { pods, because: [pin.because], repair: pin.because }
  // What keeps pods in different zones keeps them on different nodes.
  const relevant = constraints.filter(each => each.domain === domain || each.domain === 'zone')
  const strict = relevant.flatMap(constraint =>
    constraint.pods === undefined ? [] : [{ constraint, limit: constraint.pods }],
  )
  const of = (kept: number) => Math.min(kept, ...strict.map(({ limit }) => limit(kept)))
  const tightest = strict.toSorted((a, b) => a.limit(pods) - b.limit(pods))[0]?.constraint
  if (pods <= 1) return { pods, because: [], ...(tightest === undefined ? {} : { of }) }
  if (tightest === undefined) return together(set, domain, pods, constraints)
  const { because, repair } = tightest
  return { pods: of(pods), because: [because], ...(repair === undefined ? {} : { repair }), of }
}

/** All pods in one domain, and what was meant to keep them apart. */
function together(set: PodSet, domain: Domain, pods: number, constraints: readonly Constraint[]): Share {
  const wishes = constraints.filter(each => each.pods === undefined && each.domain === domain)
  const place = { source: set.source, at: set.placeOf(['topologySpreadConstraints']) }
  const message = `nothing keeps the pods of "${set.id}" apart, so all ${pods} of them may be in one ${domain}`
  return {
    pods,
    because: wishes.length > 0 ? wishes.map(({ because }) => because) : [{ message, place }],
    repair: wishes[0]?.repair ?? {
      message: `a constraint over the ${domain}s with whenUnsatisfiable DoNotSchedule keeps them apart`,
      place,
    },
  }
}

/** What holds all pods of a set in one place. */
interface Pin {
  /** The most pods that may run at all. */
  readonly pods?: number
  readonly because: Fact
}

function zonePinOf(set: PodSet, shape: ClusterShape): Pin | undefined {
  const { zones, field } = zonesOf(set, shape)
  if (zones > 1 || field === undefined) return undefined
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
