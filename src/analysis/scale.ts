import { append } from '../manifest/group-by.ts'
import { objectName, type Source } from '../manifest/manifest.ts'
import { type Index, namespaceOf } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import { type Fields, fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { countIn } from './pod-count.ts'
import type { Fact } from './reach-edge.ts'

/** A number of pods, and the line that decides it. */
export interface Bound {
  readonly pods: number
  readonly because: Fact
}

/** Between how many pods a set is kept, disturbances aside. */
export interface Scale {
  readonly floor: Bound
  readonly ceiling: Bound
  /** Set where a schedule takes all pods away at times; `floor` then holds for the rest of the time. */
  readonly asleep?: Fact
}

/** Something that changes the number of pods of another manifest. */
export interface Autoscaler extends Scale {
  /** It leaves a target alone that was set to zero pods: a HorizontalPodAutoscaler does, KEDA does not. */
  readonly yieldsToZero: boolean
}

/** Autoscalers by the `Kind/namespace/name` of their target. */
export type Autoscalers = ReadonlyMap<string, readonly Autoscaler[]>

export function autoscalersOf(index: Index): Autoscalers {
  const found = new Map<string, Autoscaler[]>()
  const add = (source: Source, autoscaler: Autoscaler) => {
    const { kind, name } = fieldsOf(fieldsOf(source.manifest.spec).scaleTargetRef)
    const target = `${textOf(kind) ?? 'Deployment'}/${namespaceOf(source)}/${textOf(name) ?? ''}`
    append(found, target, autoscaler)
  }
  for (const source of index.ofKind('HorizontalPodAutoscaler', 'autoscaling')) add(source, horizontal(source))
  for (const source of index.ofKind('ScaledObject', 'keda.sh')) add(source, scaledObject(source))
  return found
}

/** The scale of a set with so many pods declared, once its autoscalers have their way; several of them quarrel. */
export function scaleOf(declared: Bound, autoscalers: readonly Autoscaler[]): Scale {
  const acting = autoscalers.filter(({ yieldsToZero }) => declared.pods !== 0 || !yieldsToZero)
  const [first, ...others] = acting
  if (first === undefined) return { floor: declared, ceiling: declared }
  return others.reduce<Scale>(
    (scale, { floor, ceiling, asleep }) => ({
      floor: floor.pods < scale.floor.pods ? floor : scale.floor,
      ceiling: ceiling.pods > scale.ceiling.pods ? ceiling : scale.ceiling,
      ...((scale.asleep ?? asleep) === undefined ? {} : { asleep: scale.asleep ?? asleep }),
    }),
    first,
  )
}

/** Default of the API: at least 1. */
function horizontal(source: Source): Autoscaler {
  const { minReplicas, maxReplicas } = fieldsOf(source.manifest.spec)
  const least = countIn(minReplicas) ?? 1
  const most = Math.max(least, countIn(maxReplicas) ?? least)
  return {
    floor: bound(source, ['spec', 'minReplicas'], least, 'keeps at least'),
    ceiling: bound(source, ['spec', 'maxReplicas'], most, 'adds pods up to'),
    yieldsToZero: true,
  }
}

/** Defaults of KEDA: at least 0, at most 100. */
function scaledObject(source: Source): Autoscaler {
  const { minReplicaCount, maxReplicaCount, idleReplicaCount, triggers } = fieldsOf(source.manifest.spec)
  const declared = countIn(minReplicaCount) ?? 0
  const least = countIn(idleReplicaCount) ?? declared
  const hours = least > 0 ? undefined : leastHours(listOf(triggers).map(fieldsOf))
  const floor =
    hours === undefined
      ? bound(
          source,
          ['spec', idleReplicaCount === undefined ? 'minReplicaCount' : 'idleReplicaCount'],
          least,
          'keeps at least',
        )
      : bound(source, hours.at, Math.max(declared, hours.pods), 'keeps, in its hours, at least')
  const most = Math.max(floor.pods, countIn(maxReplicaCount) ?? 100)
  return {
    floor,
    ceiling: bound(source, ['spec', 'maxReplicaCount'], most, 'adds pods up to'),
    yieldsToZero: false,
    ...(hours === undefined
      ? {}
      : {
          asleep: {
            message: `"${objectName(source.manifest)}" takes all pods away outside its hours`,
            place: { source, at: hours.at },
          },
        }),
  }
}

/** The cron trigger that asks for the fewest pods, one at least: between its start and its end they run. */
function leastHours(triggers: readonly Fields[]): { readonly at: FieldPath; readonly pods: number } | undefined {
  return triggers
    .map(({ type, metadata }, nth) => ({
      at: ['spec', 'triggers', nth, 'metadata', 'desiredReplicas'],
      pods: type === 'cron' ? (countIn(Number(fieldsOf(metadata).desiredReplicas)) ?? 0) : 0,
    }))
    .filter(({ pods }) => pods > 0)
    .sort((a, b) => a.pods - b.pods)[0]
}

function bound(source: Source, at: FieldPath, pods: number, verb: string): Bound {
  return { pods, because: { message: `"${objectName(source.manifest)}" ${verb} ${pods}`, place: { source, at } } }
}
